# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The recorded cluster, collected by the real check, as dashboards and monitors see it."""

from __future__ import annotations

import json

import pytest
from point_stores import START, group_text, plain

from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, HEALTHY_BEFORE, INCIDENT, RecordedCluster
from datadog_checks.cilium.commands.submissions import Run
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.monitors import Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import evaluate
from toolkit.evaluation.widgets import Scalars, evaluate_request
from toolkit.queries.parsing import parse_query

STAGES = (HEALTHY_BEFORE, HEALTHY, INCIDENT, INCIDENT)
CLUSTER = 'kube_cluster_name:Demo'


def tags_from_agent(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Give the series of the node its name, and those of all components that of the cluster."""
    of_node = 'service:cilium-agent' in tags
    return (CLUSTER, 'kube_node:node-1') if of_node else (CLUSTER,)


@pytest.fixture(scope='module')
def collected() -> tuple[PointStore, list[Run]]:
    """Return the points of the recorded cluster, a minute apart, and the runs that they come from."""
    store, runs = PointStore(), []
    with RecordedCluster() as cluster:
        collector = Collector(cluster.instance, store, tags_from_agent)
        for minute, stage in enumerate(STAGES):
            cluster.stage = stage
            runs.append(collector.collect(START + 60 * minute))
    return store, runs


def test_every_point_is_kept(collected):
    store, runs = collected

    assert [run.error for run in runs] == [''] * len(STAGES)
    columns, times = store.times(START, START + 3600)
    assert times.tolist() == [START, START + 60, START + 120, START + 180]
    assert set(store.metrics) == {metric.name for run in runs for metric in run.metrics}
    assert store.series_count > 4000


def test_drops_during_the_incident_are_those_that_the_check_submitted(collected):
    store, runs = collected
    by_reason: dict[str, list[float | None]] = {}
    for minute, run in enumerate(runs):
        for metric in run.metrics:
            if metric.name == 'cilium.drop_count.count':
                [reason] = [tag for tag in metric.tags if tag.startswith('reason:')]
                normalised = reason.lower().replace(' ', '_')
                by_reason.setdefault(normalised, [None] * len(runs))
                by_reason[normalised][minute] = (by_reason[normalised][minute] or 0) + metric.value

    query = parse_query('sum:cilium.drop_count.count{$cluster} by {reason}.as_count()')
    found = evaluate(query, store, START, START + 240, 60, {'cluster': CLUSTER.lower()})

    assert {group_text(series.tags): plain(series.values) for series in found} == by_reason
    assert by_reason['reason:stale_or_unroutable_ip'] == [None, None, 12, 0]


def test_the_tags_of_the_agent_are_there(collected):
    store, _ = collected

    def groups(metric: str) -> set[str]:
        query = parse_query(f'avg:{metric}{{*}} by {{kube_cluster_name,kube_node}}')
        return {group_text(series.tags) for series in evaluate(query, store, START, START + 60, 60)}

    assert groups('cilium.version') == {'kube_cluster_name:demo,kube_node:node-1'}
    assert groups('cilium.operator.version') == {'kube_cluster_name:demo,kube_node:N/A'}


@pytest.mark.parametrize(('minute', 'status'), [(0, Status.OK), (1, Status.OK), (2, Status.ALERT), (3, Status.ALERT)])
def test_a_monitor_fires_during_the_incident(collected, minute, status):
    store, _ = collected
    query = 'max(last_1m):max:cilium.unreachable.nodes{*} by {kube_cluster_name,kube_node} > 0'

    states = evaluate_monitor({'query': query}, store, START + 60 * minute)

    group = ('kube_cluster_name:demo', 'kube_node:node-1')
    assert {group: state.status for group, state in states.items()} == {group: status}


def test_service_checks_of_all_endpoints_are_ok(collected):
    store, runs = collected
    query = '"cilium.openmetrics.health".over("*").by("service").last(2).count_by_status()'

    states = evaluate_monitor({'query': query}, store, START + 240)

    assert len(states) == len(runs[0].service_checks)
    assert {state.status for state in states.values()} == {Status.OK}


def test_an_endpoint_that_does_not_answer():
    store = PointStore()
    collector = Collector({'agent_endpoint': 'http://127.0.0.1:1/metrics'}, store)

    run = collector.collect(START)

    assert run.error
    query = '"cilium.openmetrics.health".over("*").last(1).count_by_status()'
    assert evaluate_monitor({'query': query}, store, START)[()].status is Status.ALERT


def test_a_request_of_a_dashboard_over_the_incident(collected):
    store, _ = collected
    request = json.loads("""
        {
            "response_format": "scalar",
            "queries": [
                {"name": "dropped", "data_source": "metrics", "aggregator": "sum",
                 "query": "sum:cilium.drop_count.count{$cluster,kube_node:$node.value} by {direction}.as_count()"},
                {"name": "forwarded", "data_source": "metrics", "aggregator": "sum",
                 "query": "sum:cilium.forward_count.count{$cluster} by {direction}.as_count()"}
            ],
            "formulas": [{"formula": "100 * dropped / forwarded", "alias": "Dropped in percent"}],
            "sort": {"count": 10, "order_by": [{"type": "formula", "index": 0, "order": "desc"}]}
        }
    """)
    variables = {'cluster': 'kube_cluster_name:demo', 'node': 'kube_node:node-1'}

    result = evaluate_request(request, store, START, START + 240, 60, variables)

    assert isinstance(result, Scalars)
    percent = {group_text(row.tags): row.values[0] for row in result.rows}
    assert list(percent) == ['direction:egress', 'direction:ingress']
    assert all(0 < value < 10 for value in percent.values())
