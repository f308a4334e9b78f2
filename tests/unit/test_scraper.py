# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the scraper does with families that it cannot collect, and what it says of them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from endpoints import plain
from expositions import family

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME, canonical_family
from datadog_checks.cilium.scraping.limits import MAX_NAMED

NODES = family('cilium_unreachable_nodes', 'gauge', 1)
UNKNOWN = 'not collected: unknown to this version of the integration'
UNTYPED = 'not collected: the endpoint gives no type for them'


@pytest.fixture
def reports(caplog):
    """Return what was logged at the level that people see by default and above, since the last call."""
    caplog.set_level(logging.INFO)

    def reports():
        messages = [record.getMessage() for record in caplog.records]
        messages = [message for message in messages if 'docs/migration.md' not in message]  # Once, at the start.
        caplog.clear()
        return messages

    return reports


@pytest.fixture
def agent(serve):
    return serve(plain(NODES))


@pytest.fixture
def check(agent):
    return CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])


def test_nothing_is_said_when_everything_is_collected(check, run, reports):
    run(check)

    assert reports() == []


def test_families_that_nobody_knows_are_named_once(agent, check, run, reports):
    agent.answer = plain(NODES + family('cilium_newer_total', 'counter', 1) + family('cilium_newest', 'gauge', 2))

    assert run(check).metric_names == ['cilium.unreachable.nodes']
    assert reports() == [f'{agent.url}: 2 families are {UNKNOWN}: cilium_newer, cilium_newest']
    run(check)
    assert reports() == []


def test_families_that_come_later_are_named_then(agent, check, run, reports):
    agent.answer = plain(NODES + family('cilium_new', 'gauge', 1))
    run(check)
    reports()
    agent.answer = plain(NODES + family('cilium_new', 'gauge', 1) + family('cilium_newer', 'gauge', 1))

    run(check)

    assert reports() == [f'{agent.url}: 1 families are {UNKNOWN}: cilium_newer']


def test_each_endpoint_speaks_for_itself(serve, agent, run, reports):
    agent.answer = plain(NODES + family('cilium_new', 'gauge', 1))
    operator = serve(plain(family('cilium_new', 'gauge', 1)))

    run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': operator.url}]))

    assert set(reports()) == {
        f'{agent.url}: 1 families are {UNKNOWN}: cilium_new',
        f'{operator.url}: 1 families are {UNKNOWN}: cilium_new',
    }


def test_an_endpoint_with_ever_new_families_does_not_fill_the_log(agent, check, run, reports):
    for start in range(0, 5 * MAX_NAMED, MAX_NAMED // 2):
        names = (f'cilium_{number:06}' for number in range(start, start + MAX_NAMED // 2))
        agent.answer = plain(NODES + ''.join(family(name, 'gauge', 1) for name in names))
        run(check)

    messages = reports()
    assert len(messages) == 2
    assert sum(message.count('cilium_') for message in messages) == MAX_NAMED


def test_a_long_name_does_not_fill_the_log(agent, check, run, reports):
    agent.answer = plain(NODES + family('cilium_' + 100_000 * 'x', 'gauge', 1))

    submitted = run(check)

    assert submitted.metric_names == ['cilium.unreachable.nodes']
    (message,) = reports()
    assert 'lines of these families could not be read and are left out: cilium_xxx' in message
    assert len(message) < 3000


CASES = Path(__file__).parents[1] / 'cases' / 'pasted-text'


class TestPastedText:
    """What people paste into a file and serve: with lines of a terminal, or of another command."""

    def test_lines_before_the_first_family_have_a_name_in_messages(self, agent, check, run, reports):
        agent.answer = plain((CASES / 'pasted.txt').read_bytes())

        submitted = run(check)

        submitted.assert_metric('cilium.drop_count.count', value=1152, count=1)
        (message,) = (report for report in reports() if 'could not be read' in report)
        assert 'are left out: lines before the first family, cilium_act_processing_time_seconds. ' in message
        assert 'Defaulted container' in message
        (health,) = submitted.service_checks('cilium.openmetrics.health')
        assert health.status == CiliumCheck.WARNING
        assert health.message.startswith('3 lines could not be read')

    def test_families_without_their_metadata(self, agent, check, run, reports):
        agent.answer = plain((CASES / 'grep_only.txt').read_bytes())

        assert run(check).metric_names == []
        assert reports() == [f'{agent.url}: 1 families are {UNTYPED}: cilium_bpf_map_pressure']

    def test_a_table(self, agent, check, run, reports):
        """Lines without labels are samples to the parser, of families without a type."""
        agent.answer = plain((CASES / 'metrics_list.txt').read_bytes())

        submitted = run(check)

        assert submitted.metric_names == []
        submitted.assert_service_check('cilium.openmetrics.health', CiliumCheck.WARNING, count=1)
        untyped, bad = reports()
        assert untyped == f'{agent.url}: 1 families are {UNTYPED}: cilium_controllers_failing'
        assert "are left out: lines before the first family. The first one is 'Metric  " in bad


@pytest.mark.parametrize(
    ('family', 'canonical'),
    [
        ('policymap_10_0_0_1_node_1_version', 'npds_version'),
        ('policymap_update_success_update_success', 'npds_update_success'),
        ('policymap_a_control_plane_connected_state', 'npds_control_plane_connected_state'),
        ('policymap_10_0_0_1_node_1_policy_updates_rejected', 'policy_updates_rejected'),
        ('hostmap_1_update_success', 'nphds_update_success'),
        ('hostmap_update_success', None),
        ('policymap_10_0_0_1_node_1_version_text', None),
        ('policymap_version', None),
        ('policymap__version', None),
        ('policymap_subversion', None),
        ('policymap_', None),
        ('npds_version', None),
    ],
)
def test_a_family_with_a_part_that_is_made_at_run_time(family, canonical):
    family = f'envoy_cilium_{family}'
    expected = family if canonical is None else f'envoy_cilium_{canonical}'

    assert canonical_family(COMPONENT_BY_NAME['envoy'], family) == expected


@pytest.mark.parametrize(
    ('component', 'body'),
    [
        ('agent', family('go_goroutines', 'gauge', 1)),
        ('agent', family('cilium_version', 'gauge', 0, version='1.16.15')),
        ('agent', family('cilium_version', 'gauge', 0, version='')),
        ('operator', family('process_open_fds', 'gauge', 1)),
        ('envoy', family('envoy_server_live', 'gauge', 1)),
    ],
    ids=['Go runtime, switched off', 'version', 'empty version', 'repeated by another family', "another check's"],
)
def test_families_that_are_left_out_on_purpose_are_not_named(component, body, serve, run, reports):
    endpoint = serve(plain(body))

    run(CiliumCheck('cilium', {}, [{f'{component}_endpoint': endpoint.url}]))

    assert reports() == []


@pytest.mark.parametrize(
    ('component', 'name'),
    [('operator', 'processes'), ('envoy', 'cilium_envoy')],
)
def test_families_that_resemble_those_that_are_left_out_are_named(component, name, serve, run, reports):
    endpoint = serve(plain(family(name, 'gauge', 1)))

    run(CiliumCheck('cilium', {}, [{f'{component}_endpoint': endpoint.url}]))

    assert reports() == [f'{endpoint.url}: 1 families are {UNKNOWN}: {name}']


@pytest.mark.parametrize(
    'options',
    [
        {'extra_metrics': ['my_own']},
        {'extra_metrics': [{'my_own': 'name'}]},
        {'extra_metrics': ['my_.+']},
        {'extra_metrics': [{'my_own': {'name': 'name', 'type': 'gauge'}}]},
    ],
    ids=['name', 'renamed', 'pattern', 'type'],
)
def test_families_that_the_instance_adds_are_not_named(options, agent, run, reports):
    agent.answer = plain(NODES + family('my_own', 'gauge', 1))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}]))

    assert len(submitted.metric_names) == 2
    assert reports() == []


def test_families_whose_type_is_not_told_are_named_once(agent, check, run, reports):
    """Among them one that the base class would stop the whole scrape for: it goes by the type of each scrape."""
    agent.answer = plain('cilium_agent_bootstrap_seconds 1\ncilium_identity 4\n' + NODES)

    assert run(check).metric_names == ['cilium.unreachable.nodes']
    assert reports() == [f'{agent.url}: 2 families are {UNTYPED}: cilium_agent_bootstrap_seconds, cilium_identity']
    run(check)
    assert reports() == []


@pytest.mark.parametrize('wire_type', ['untyped', 'unknown', 'info', 'stateset', 'gaugehistogram'])
@pytest.mark.parametrize('name', ['cilium_agent_bootstrap_seconds', 'cilium_identity'], ids=['dynamic', 'fixed'])
def test_a_type_that_is_not_collected_harms_no_other_family(name, wire_type, agent, check, run):
    agent.answer = plain(family(name, wire_type, 1) + NODES)

    submitted = run(check)

    assert submitted.metric_names == ['cilium.unreachable.nodes']
    submitted.assert_service_check('cilium.openmetrics.health', CiliumCheck.OK, count=1)


def test_a_type_of_the_instance_needs_none_from_the_endpoint(agent, run, reports):
    agent.answer = plain('cilium_identity 4\n' + NODES)
    extra_metrics = [{'cilium_identity': {'name': 'identity.count', 'type': 'gauge'}}]

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'extra_metrics': extra_metrics}]))

    submitted.assert_metric('cilium.identity.count', value=4, metric_type=AggregatorStub.GAUGE, count=1)
    assert reports() == []


@pytest.mark.parametrize('value', ['NaN', '+Inf', '-Inf'])
def test_values_that_are_no_numbers_are_not_submitted(value, agent, check, run):
    agent.answer = plain(f'# TYPE cilium_identity gauge\ncilium_identity{{type="a"}} {value}\n' + NODES)

    assert run(check).metric_names == ['cilium.unreachable.nodes']
