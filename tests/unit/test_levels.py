# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The option `collection_level`: what is left out, and what the other options do on top of it."""

from __future__ import annotations

import logging

import pytest
from endpoints import plain
from expositions import family, recording

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME, METRICS_DIRECTORY, metrics_by_family, target_name
from datadog_checks.cilium.levels import LEVELS, level_named, metrics_at

AGENT = COMPONENT_BY_NAME['agent']

USED = 'cilium_k8s_client_api_latency_time_seconds'
USED_BOUND = 1.0
"""A histogram of which the dashboards use some buckets, and one of the bounds."""
BARE = 'cilium_policy_implementation_delay'
"""A histogram of which the assets use sum and count, and percentiles where it is a distribution, but no buckets."""
BARER = 'cilium_bpf_syscall_duration_seconds'
"""One of which they use sum and count alone."""
UNUSED = 'cilium_datapath_errors_total'
"""A counter that no asset uses."""


def histogram(name: str, *bounds: str) -> str:
    """Return a histogram with a bucket for each bound."""
    buckets = ''.join(f'{name}_bucket{{le="{bound}"}} {number}\n' for number, bound in enumerate(bounds, 1))
    return f'# TYPE {name} histogram\n{buckets}{name}_sum 3\n{name}_count {len(bounds)}\n'


EXPOSITION = ''.join(
    (
        family('cilium_unreachable_nodes', 'gauge', 1),
        family(UNUSED, 'counter', 7),
        family('go_goroutines', 'gauge', 9),
        histogram(USED, '0.37', '1', '+Inf'),
        histogram(BARE, '1', '+Inf'),
        histogram(BARER, '1', '+Inf'),
    )
)
NODES, GOROUTINES = 'cilium.unreachable.nodes', 'cilium.go_goroutines'
LATENCY, DELAY = 'cilium.k8s_client.api_latency_time.seconds', 'cilium.policy.implementation_delay'
SYSCALLS = 'cilium.bpf.syscall_duration.seconds'
ERRORS = 'cilium.datapath.errors.count'
AT_STANDARD = {
    NODES,
    f'{LATENCY}.bucket',
    *(f'{name}.{suffix}' for name in (LATENCY, DELAY, SYSCALLS) for suffix in ('sum', 'count')),
}


@pytest.fixture
def agent(serve):
    return serve(plain(EXPOSITION))


@pytest.fixture
def collect(agent, run):
    """Run the check once on the agent, and return the metrics by name with their tags."""

    def collect(init_config=None, runs=1, **options):
        check = CiliumCheck('cilium', init_config or {}, [{'agent_endpoint': agent.url, **options}])
        for _ in range(runs):
            submitted = run(check)
        return {
            name: [dict(tag.split(':', 1) for tag in metric.tags) for metric in submitted.metrics(name)]
            for name in submitted.metric_names
            if not name.startswith('cilium.scrape.')
        }

    return collect


def test_what_the_examples_are():
    standard = level_named('standard')
    assert USED_BOUND in standard.buckets[target_name(metrics_by_family(AGENT)[USED])]
    assert target_name(metrics_by_family(AGENT)[BARE]) in standard.distributions - standard.buckets.keys()
    barer = target_name(metrics_by_family(AGENT)[BARER])
    assert barer in standard.metrics - standard.buckets.keys() - standard.distributions
    assert target_name(metrics_by_family(AGENT)[UNUSED]) not in standard.metrics


@pytest.mark.parametrize('level', LEVELS[1:])
def test_every_file_of_metrics_has_something_of_a_level_and_the_smaller_level_is_in_the_larger(level):
    larger = level_named(level) if level != 'minimal' else level_named('standard')
    assert level_named(level).metrics <= larger.metrics
    assert level_named(level).buckets.keys() <= larger.metrics
    assert (METRICS_DIRECTORY / 'levels' / f'{level}.yaml').exists()


class TestLevel:
    def test_full_is_the_default(self, collect):
        assert collect().keys() == AT_STANDARD | {ERRORS, f'{DELAY}.bucket', f'{SYSCALLS}.bucket'}

    @pytest.mark.parametrize('runs', [1, 2], ids=['learnt', 'remembered'])
    def test_standard_has_what_the_assets_use(self, collect, runs):
        found = collect(collection_level='standard', runs=runs)

        assert found.keys() == AT_STANDARD
        assert [tags['upper_bound'] for tags in found[f'{LATENCY}.bucket']] == ['1.0']

    def test_minimal_has_what_the_core_monitors_use(self, collect):
        assert collect(collection_level='minimal').keys() == {NODES, f'{DELAY}.sum', f'{DELAY}.count'}

    def test_init_config_sets_it_for_all_instances(self, collect):
        assert collect(init_config={'collection_level': 'standard'}).keys() == AT_STANDARD

    def test_the_instance_comes_first(self, collect):
        found = collect(init_config={'collection_level': 'minimal'}, collection_level='standard')
        assert found.keys() == AT_STANDARD

    @pytest.mark.parametrize('where', ['instance', 'init_config'])
    def test_another_one_is_refused(self, where):
        instance, init_config = {'agent_endpoint': 'http://localhost:9962/metrics'}, {}
        (instance if where == 'instance' else init_config)['collection_level'] = 'Standart'
        check = CiliumCheck('cilium', init_config, [instance])

        with pytest.raises(ConfigurationError, match='`collection_level` must be full, standard or minimal, not'):
            check.configure_scrapers()

    def test_the_version_is_always_collected(self, agent, collect):
        agent.answer = plain(family('cilium_version', 'gauge', 1, version='1.20.0'))
        assert collect(collection_level='minimal').keys() == {'cilium.version'}

    def test_answers_in_the_openmetrics_format_have_the_same(self, agent, collect):
        agent.answer = plain(EXPOSITION.replace(f'TYPE {UNUSED}', 'TYPE cilium_datapath_errors') + '# EOF\n')
        found = collect(collection_level='standard', use_latest_spec=True)

        assert found.keys() == AT_STANDARD
        assert [tags['upper_bound'] for tags in found[f'{LATENCY}.bucket']] == ['1.0']


class TestWhatIsLeftOut:
    def test_is_skipped_without_parsing(self, agent, collect, aggregator):
        agent.answer = plain(EXPOSITION.replace(f'{UNUSED} 7', f'{UNUSED}{{garbage'))
        collect(collection_level='standard')
        aggregator.assert_service_check('cilium.openmetrics.health', CiliumCheck.OK)

    def test_is_not_called_unknown(self, agent, collect, caplog):
        caplog.set_level(logging.INFO)
        agent.answer = plain(recording('agent'))
        collect(collection_level='minimal')

        assert 'does not know them' not in caplog.text

    def test_what_is_unknown_is_called_so(self, agent, collect, caplog):
        caplog.set_level(logging.INFO)
        agent.answer = plain(EXPOSITION + family('cilium_not_yet_known', 'gauge', 1))
        collect(collection_level='minimal')

        assert '1 families are not collected: unknown to this version of the integration' in caplog.text

    def test_does_not_make_the_component_another_one(self, agent, collect, aggregator):
        agent.answer = plain(recording('agent'))
        collect(collection_level='minimal')
        aggregator.assert_service_check('cilium.openmetrics.health', CiliumCheck.OK)


class TestOptionsOnTop:
    def test_extra_metrics_adds_a_family(self, collect):
        found = collect(collection_level='standard', extra_metrics=[{UNUSED: 'datapath.errors'}])
        assert found.keys() == AT_STANDARD | {ERRORS}

    def test_extra_metrics_adds_the_buckets_of_a_histogram(self, collect):
        extra = [{BARE: 'policy.implementation_delay'}, {USED: 'k8s_client.api_latency_time.seconds'}]
        found = collect(collection_level='standard', extra_metrics=extra)

        assert found.keys() == AT_STANDARD | {f'{DELAY}.bucket'}
        assert [tags['upper_bound'] for tags in found[f'{LATENCY}.bucket']] == ['0.37', '1.0']

    def test_extra_metrics_adds_by_a_pattern(self, collect):
        found = collect(collection_level='standard', extra_metrics=['^cilium_datapath_.+'])
        assert found.keys() == AT_STANDARD | {'cilium.cilium_datapath_errors.count'}

    def test_exclude_metrics_takes_away(self, collect):
        found = collect(collection_level='standard', exclude_metrics=['cilium_unreachable_nodes'])
        assert found.keys() == AT_STANDARD - {NODES}

    def test_buckets_are_switched_off_altogether(self, collect):
        found = collect(collection_level='standard', collect_histogram_buckets=False)
        assert found.keys() == AT_STANDARD - {f'{LATENCY}.bucket'}

    def test_metrics_takes_the_place_of_the_level(self, collect):
        found = collect(
            collection_level='minimal', metrics=[{BARE: 'delay', UNUSED.removesuffix('_total'): 'deletions'}]
        )
        assert found.keys() == {
            'cilium.delay.bucket',
            'cilium.delay.sum',
            'cilium.delay.count',
            'cilium.deletions.count',
        }

    def test_metrics_of_go_that_are_asked_for_stay(self, collect):
        assert len(collect(collection_level='minimal', go_metrics=True).keys()) == 4
        assert set(metrics_at(AGENT, 'minimal', go_metrics=True)) > set(metrics_at(AGENT, 'minimal'))

    def test_distributions_have_all_buckets_of_those_whose_percentiles_are_used(self, agent, collect, aggregator):
        distributions = {'histogram_buckets_as_distributions': True, 'collect_counters_with_distributions': True}
        agent.answer = plain(EXPOSITION)
        collect(collection_level='standard', **distributions)

        assert len(aggregator.histogram_bucket(LATENCY)) == 3
        assert len(aggregator.histogram_bucket(DELAY)) == 2
        assert not aggregator.histogram_bucket(SYSCALLS)
