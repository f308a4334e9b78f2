# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import csv
from pathlib import Path

import pytest
from expositions import exposition_of
from for_each import for_each

from datadog_checks.cilium.commands.cost import Count, uses_of
from datadog_checks.cilium.commands.explain import Explanation, explain
from datadog_checks.cilium.commands.families import families_of_text
from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS
from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS
from datadog_checks.cilium.levels import LEVELS
from datadog_checks.cilium.recognition import recognise
from datadog_checks.cilium.scraping.blocks import ExpositionError
from toolkit.catalog.catalog import catalog, versions

with (Path(__file__).parents[2] / 'metadata.csv').open(encoding='utf-8', newline='') as lines:
    METADATA = {row['metric_name'] for row in csv.DictReader(lines)}
RECORDED = [*RECORDINGS.glob('*.txt'), *(Path(__file__).parent.parent / 'recordings' / '1.16').glob('*.txt')]


DROPS = (
    '# TYPE cilium_drop_count_total counter\n'
    'cilium_drop_count_total{direction="EGRESS",reason="Policy denied"} 1\n'
    'cilium_drop_count_total{direction="INGRESS",reason="Policy denied"} NaN\n'
    'cilium_drop_count_total{direction="INGRESS",reason="Stale or unroutable IP"} 2\n'
)


def explained(text: str, component: str = 'agent', **instance: object) -> dict[str, Explanation]:
    report = explain(COMPONENT_BY_NAME[component], text, instance)
    return {family.family: family for family in report.families}


@pytest.mark.parametrize('path', RECORDED, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_recognises_every_recording(path):
    families = families_of_text(path.read_text())
    assert recognise([family.name for family in families]).name == path.name.split('.')[0]


@for_each('version', versions())
@for_each('component', COMPONENTS, ids=lambda component: component.name)
def test_recognises_every_version(component, version):
    families = {family.name for family in catalog().exposed(component, version)}
    nothing_of_its_own = (component.name, version) == ('hubble_relay', '1.12')  # its gRPC families are Hubble's too
    assert recognise(families) is (component if families and not nothing_of_its_own else None)


def test_recognises_an_envoy_among_its_own_families():
    assert recognise(['envoy_cluster_upstream_cx_total', 'envoy_server_live']).name == 'envoy'


@pytest.mark.parametrize('families', [[], ['go_goroutines'], ['node_cpu_seconds_total']], ids=['none', 'go', 'foreign'])
def test_recognises_nobody_in_what_is_not_of_one_component(families):
    assert recognise(families) is None


def test_tells_name_type_series_and_tag_keys():
    assert explained(DROPS)['cilium_drop_count_total'] == Explanation(
        family='cilium_drop_count_total',
        type='counter',
        series=2,
        tag_keys=('direction', 'reason'),
        names=('cilium.drop_count.count',),
        reason='',
        levels=dict.fromkeys(LEVELS, Count(2)),
        used_by=uses_of(COMPONENT_BY_NAME['agent'], 'cilium_drop_count_total'),
    )


@pytest.mark.parametrize('path', RECORDED, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_every_name_is_one_of_the_metadata(path):
    explanations = explained(path.read_text(), path.name.split('.')[0], go_metrics=True)
    names = [name for explanation in explanations.values() for name in explanation.names]
    assert names
    assert set(names) <= METADATA


@pytest.mark.parametrize(
    ('type_', 'samples', 'suffixes'),
    [
        ('gauge', [' 1'], ['']),
        ('counter', [' 1'], ['.count']),
        ('histogram', ['_bucket{le="1"} 1', '_sum 1', '_count 1'], ['.bucket', '.sum', '.count']),
        ('summary', ['{quantile="1"} 1', '_sum 1', '_count 1'], ['.quantile', '.sum', '.count']),
    ],
)
def test_names_have_the_suffixes_of_the_type(type_, samples, suffixes):
    lines = [f'cilium_unreachable_nodes{sample}' for sample in samples]
    text = '\n'.join([f'# TYPE cilium_unreachable_nodes {type_}', *lines, ''])
    names = tuple(f'cilium.unreachable.nodes{suffix}' for suffix in suffixes)
    assert explained(text)['cilium_unreachable_nodes'].names == names


def test_tells_the_tag_keys_as_the_check_names_them():
    text = (
        '# TYPE cilium_k8s_client_api_calls_total counter\ncilium_k8s_client_api_calls_total{host="h",method="GET"} 1\n'
        '# TYPE cilium_policy_implementation_delay histogram\n'
        'cilium_policy_implementation_delay_bucket{source="s",le="1"} 1\n'
        'cilium_policy_implementation_delay_bucket{source="s",le="+Inf"} 1\n'
        'cilium_policy_implementation_delay_sum{source="s"} 1\n'
        'cilium_policy_implementation_delay_count{source="s"} 1\n'
    )
    explanations = explained(text)
    assert explanations['cilium_k8s_client_api_calls_total'].tag_keys == ('cilium_host', 'method')
    assert explanations['cilium_policy_implementation_delay'].tag_keys == ('cilium_source', 'upper_bound')
    assert explanations['cilium_policy_implementation_delay'].series == 3


def test_tells_two_families_apart_that_the_parser_calls_the_same():
    text = exposition_of(
        [
            family
            for family in catalog().exposed(COMPONENT_BY_NAME['agent'], catalog().newest)
            if 'alloc_bytes' in family.name
        ]
    )
    explanations = explained(text, go_metrics=True)
    assert explanations['go_memstats_alloc_bytes'].type == 'gauge'
    assert explanations['go_memstats_alloc_bytes_total'].type == 'counter'


@pytest.mark.parametrize(
    ('family', 'component', 'text', 'reason'),
    [
        ('go_threads', 'agent', '# TYPE go_threads gauge\ngo_threads 9\n', 'go_metrics: true'),
        ('cilium_new_thing', 'agent', '# TYPE cilium_new_thing gauge\ncilium_new_thing 1\n', 'does not know it'),
        ('process_open_fds', 'operator', '# TYPE process_open_fds gauge\nprocess_open_fds 1\n', 'repeats'),
        ('envoy_server_live', 'envoy', '# TYPE envoy_server_live gauge\nenvoy_server_live 1\n', '`envoy` check'),
        ('cilium_policy', 'agent', 'cilium_policy 1\n', 'gives no type for it'),
        ('cilium_policy', 'agent', '# TYPE cilium_policy stateset\ncilium_policy 1\n', 'the type stateset'),
        (
            'cilium_endpoint_count',
            'agent',
            '# TYPE cilium_endpoint_count gauge\ncilium_endpoint_count 1\n'
            '# TYPE cilium_endpoint gauge\ncilium_endpoint 1\n',
            'cilium_endpoint replaces it',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else '',
)
def test_tells_why_a_family_is_not_collected(family, component, text, reason):
    explanation = explained(text, component)[family]
    assert explanation.names == ()
    assert reason in explanation.reason


def test_a_successor_without_metadata_replaces_nothing_as_in_the_check():
    text = 'cilium_endpoint 1\n# TYPE cilium_endpoint_count gauge\ncilium_endpoint_count 1\n'
    explanations = explained(text)
    assert explanations['cilium_endpoint_count'].names == ('cilium.endpoint.count',)
    assert explanations['cilium_endpoint'].reason == 'the endpoint gives no type for it'


def test_a_version_family_is_collected_as_a_gauge_of_its_own():
    text = '# TYPE cilium_operator_version gauge\ncilium_operator_version{version="1.20.0"} 0\n'
    assert explained(text, 'operator')['cilium_operator_version'].names == ('cilium.operator.version',)


@pytest.mark.parametrize(
    ('options', 'names', 'keys', 'series'),
    [
        ({'exclude_labels': ['reason']}, ('cilium.drop_count.count',), ('direction',), 2),
        ({'rename_labels': {'reason': 'why'}}, ('cilium.drop_count.count',), ('direction', 'why'), 2),
        ({'include_labels': ['reason']}, ('cilium.drop_count.count',), ('reason',), 2),
        (
            {'exclude_metrics_by_labels': {'direction': ['EGRESS']}},
            ('cilium.drop_count.count',),
            ('direction', 'reason'),
            1,
        ),
        ({'metrics': [{'cilium_drop_count': 'mine'}]}, ('cilium.mine.count',), ('direction', 'reason'), 2),
        (
            {'extra_metrics': [{'cilium_drop_count': {'name': 'mine', 'type': 'gauge'}}]},
            ('cilium.mine',),
            ('direction', 'reason'),
            2,
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else '',
)
def test_options_change_what_becomes_of_a_family_as_in_the_check(options, names, keys, series):
    explanation = explained(DROPS, **options)['cilium_drop_count_total']
    assert (explanation.names, explanation.tag_keys, explanation.series) == (names, keys, series)


@pytest.mark.parametrize(
    ('options', 'reason'),
    [
        ({'exclude_metrics': ['.*']}, '`exclude_metrics`'),
        ({'exclude_metrics': ['cilium_drop_count']}, '`exclude_metrics`'),
        ({'metrics': ['other']}, '`metrics`'),
        ({'metric_patterns': {'exclude': ['drop_count']}}, '`metric_patterns`'),
        ({'raw_line_filters': ['drop_count']}, 'the options leave all its series out'),
        ({'exclude_metrics_by_labels': {'reason': True}}, 'the options leave all its series out'),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else '',
)
def test_tells_which_option_leaves_a_family_out(options, reason):
    other = '# TYPE cilium_policy gauge\ncilium_policy 1\n'
    explanation = explained(DROPS + other, **options)['cilium_drop_count_total']
    assert (explanation.names, explanation.series) == ((), 3)
    assert reason in explanation.reason


def test_shared_labels_are_tags_of_the_other_families():
    text = '# TYPE cilium_policy gauge\ncilium_policy{zone="a"} 1\n' + DROPS
    options = {'share_labels': {'cilium_policy': {'labels': ['zone']}}}
    assert explained(text, **options)['cilium_drop_count_total'].tag_keys == ('direction', 'reason', 'zone')


def test_bad_lines_are_left_out_and_counted_as_the_check_does():
    report = explain(COMPONENT_BY_NAME['agent'], DROPS + 'cilium_drop_count_total{reason="x"} three\n', {})
    (family,) = report.families
    assert family.names == ('cilium.drop_count.count',)
    assert family.series == 2
    assert report.status == 'WARNING'
    assert report.message.startswith("1 lines could not be read and are left out. The first one is 'cilium_drop")


def test_a_family_without_a_readable_line():
    text = '# TYPE cilium_policy gauge\ncilium_policy one\n' + DROPS
    explanations = explained(text)
    assert explanations['cilium_policy'].reason == 'none of its lines can be read'
    assert explanations['cilium_drop_count_total'].series == 2


def test_an_answer_that_the_check_would_refuse_is_not_explained():
    with pytest.raises(ExpositionError, match='None of its lines can be parsed'):
        explain(COMPONENT_BY_NAME['agent'], 'cilium_policy one\n', {})


def test_tags_of_every_series_are_those_of_the_instance():
    options = {'tags': ['env:x', 'service:mine'], 'tag_by_endpoint': False}
    report = explain(COMPONENT_BY_NAME['agent'], DROPS, options)
    assert report.tags == ('env:x', 'service:mine', 'source:cilium-agent')


def test_lines_end_as_they_like():
    report = explain(COMPONENT_BY_NAME['agent'], DROPS.replace('\n', '\r\n'), {})
    assert [family.series for family in report.families] == [2]
