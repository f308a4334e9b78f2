# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import csv
from pathlib import Path

import pytest
from catalog import exposition_of, families_of, versions

from datadog_checks.cilium.commands.explain import Explanation, explain, families_of_text, recognise
from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS
from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS

with (Path(__file__).parents[2] / 'metadata.csv').open(encoding='utf-8', newline='') as lines:
    METADATA = {row['metric_name'] for row in csv.DictReader(lines)}
RECORDED = [*RECORDINGS.glob('*.txt'), *(Path(__file__).parent.parent / 'recordings' / '1.16').glob('*.txt')]


def explained(text: str, component: str = 'agent', go_metrics: bool = False) -> dict[str, Explanation]:
    explanations = explain(COMPONENT_BY_NAME[component], families_of_text(text), go_metrics)
    return {explanation.family: explanation for explanation in explanations}


@pytest.mark.parametrize('path', RECORDED, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_recognises_every_recording(path):
    families = [family for family, _ in families_of_text(path.read_text())]
    assert recognise(families).name == path.name.split('.')[0]


@pytest.mark.parametrize('version', versions())
@pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)
def test_recognises_every_version(component, version):
    families = {family.name for family in families_of(component, version)}
    nothing_of_its_own = (component.name, version) == ('hubble_relay', '1.12')  # its gRPC families are Hubble's too
    assert recognise(families) is (component if families and not nothing_of_its_own else None)


def test_recognises_an_envoy_among_its_own_families():
    assert recognise(['envoy_cluster_upstream_cx_total', 'envoy_server_live']).name == 'envoy'


@pytest.mark.parametrize('families', [[], ['go_goroutines'], ['node_cpu_seconds_total']], ids=['none', 'go', 'foreign'])
def test_recognises_nobody_in_what_is_not_of_one_component(families):
    assert recognise(families) is None


def test_tells_name_type_series_and_tag_keys():
    text = (
        '# TYPE cilium_drop_count_total counter\n'
        'cilium_drop_count_total{direction="EGRESS",reason="Policy denied"} 1\n'
        'cilium_drop_count_total{direction="INGRESS",reason="Policy denied"} NaN\n'
        'cilium_drop_count_total{direction="INGRESS",reason="Stale or unroutable IP"} 2\n'
    )
    assert explained(text)['cilium_drop_count_total'] == Explanation(
        family='cilium_drop_count_total',
        type='counter',
        series=2,
        tag_keys=('direction', 'reason'),
        names=('cilium.drop_count.count',),
        reason='',
    )


@pytest.mark.parametrize('path', RECORDED, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_every_name_is_one_of_the_metadata(path):
    explanations = explained(path.read_text(), path.name.split('.')[0], go_metrics=True)
    names = [name for explanation in explanations.values() for name in explanation.names]
    assert names
    assert set(names) <= METADATA


@pytest.mark.parametrize(
    ('type_', 'names'),
    [
        ('gauge', ('cilium.unreachable.nodes',)),
        ('counter', ('cilium.unreachable.nodes.count',)),
        ('histogram', tuple(f'cilium.unreachable.nodes.{suffix}' for suffix in ('bucket', 'sum', 'count'))),
        ('summary', tuple(f'cilium.unreachable.nodes.{suffix}' for suffix in ('quantile', 'sum', 'count'))),
    ],
)
def test_names_have_the_suffixes_of_the_type(type_, names):
    text = f'# TYPE cilium_unreachable_nodes {type_}\n'
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
    text = exposition_of([f for f in families_of(COMPONENT_BY_NAME['agent'], '1.20') if 'alloc_bytes' in f.name])
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
        ('cilium_policy', 'agent', 'cilium_policy 1\n', 'does not tell its type'),
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


def test_a_version_family_is_collected_as_a_gauge_of_its_own():
    text = '# TYPE cilium_operator_version gauge\ncilium_operator_version{version="1.20.0"} 0\n'
    assert explained(text, 'operator')['cilium_operator_version'].names == ('cilium.operator.version',)
