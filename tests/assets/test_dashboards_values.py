# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the tiles at the top of the dashboards say: zero while all is well, nothing while nothing is scraped."""

from __future__ import annotations

import pytest

from datadog_checks.cilium.commands.submissions import Submission
from toolkit.assets import widgets_in
from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import load_all
from toolkit.evaluation.points import COUNT, GAUGE, PointStore
from toolkit.evaluation.widgets import evaluate_request

START, STEP, POINTS = 1_700_000_040, 60, 5
CLUSTER = 'kube_cluster_name:demo'
REQUESTS = {
    (definition.name, widget['definition']['title']): widget['definition']['requests'][0]
    for definition in load_all()
    for widget in widgets_in(dashboard_of(definition, load_all())['widgets'])
    if widget['definition']['type'] in ('query_value', 'toplist') or 'restarts' in widget['definition'].get('title', '')
}
VARIABLES = ('cluster', 'node', 'namespace', 'pod', 'remote_cluster', 'source_namespace', 'destination_namespace')

AGENTS = ('cilium.version', GAUGE, 'cilium_version:1.20.0', 1)
FORWARDED = ('cilium.forward_count.count', COUNT, 'direction:egress', 188)
FLOWS = ('cilium.hubble.flows_processed.count', COUNT, 'verdict:forwarded', 100)


def stored(*submitted: tuple[str, str, str, float]) -> PointStore:
    """Return a store where each of some metrics has a point in each interval, on one node."""
    store = PointStore()
    for number in range(POINTS):
        store.add(
            START + STEP * number,
            [Submission(name, kind, value, (CLUSTER, 'kube_node:a', tag)) for name, kind, tag, value in submitted],
        )
    return store


def value_of(dashboard: str, title: str, store: PointStore) -> float | None:
    """Return the only value of a tile; None if it is empty."""
    request = REQUESTS[dashboard, title]
    shown = evaluate_request(request, store, START, START + STEP * POINTS, STEP, dict.fromkeys(VARIABLES, '*'))
    values = [row.values[0] for row in shown.rows]
    return values[0] if values else None


@pytest.mark.parametrize(
    ('dashboard', 'title', 'healthy', 'event', 'value'),
    [
        pytest.param(
            'cilium_overview',
            'Packets dropped',
            (FORWARDED, ('cilium.drop_count.count', COUNT, 'reason:unsupported_l3_protocol', 25)),
            ('cilium.drop_count.count', COUNT, 'reason:invalid_packet', 12),
            6,
            id='packets dropped',
        ),
        pytest.param(
            'cilium_agent',
            'Degraded modules',
            (AGENTS, ('cilium.hive.status', GAUGE, 'status:ok', 80)),
            ('cilium.hive.status', GAUGE, 'status:degraded', 2),
            200,
            id='degraded modules',
        ),
        pytest.param(
            'cilium_overview',
            'Endpoints not ready',
            (
                ('cilium.endpoint.state', GAUGE, 'endpoint_state:ready', 2),
                ('cilium.endpoint.state', GAUGE, 'endpoint_state:regenerating', 1),
                ('cilium.endpoint.state', GAUGE, 'endpoint_state:disconnecting', 1),
            ),
            ('cilium.endpoint.state', GAUGE, 'endpoint_state:waiting-for-identity', 1),
            25,
            id='endpoints not ready',
        ),
        pytest.param(
            'hubble_network_flows',
            'Events lost',
            (FLOWS,),
            ('cilium.hubble.lost_events.count', COUNT, 'cilium_source:hubble_ring_buffer', 2),
            2 * POINTS,
            id='events lost',
        ),
        pytest.param(
            'hubble_network_flows',
            'Flows dropped',
            (FLOWS,),
            ('cilium.hubble.flows_processed.count', COUNT, 'verdict:dropped', 25),
            20,
            id='flows dropped',
        ),
        pytest.param(
            'hubble_network_flows',
            'Drops by policy',
            (FLOWS,),
            ('cilium.hubble.drop.count', COUNT, 'reason:policy_denied', 3),
            3 * POINTS,
            id='drops by policy',
        ),
        pytest.param(
            'hubble_network_flows',
            'DNS server failures',
            (
                ('cilium.hubble.dns.responses.count', COUNT, 'rcode:no_error', 3),
                ('cilium.hubble.dns.responses.count', COUNT, 'rcode:non-existent_domain', 4),
            ),
            ('cilium.hubble.dns.responses.count', COUNT, 'rcode:server_failure', 1),
            12.5,
            id='DNS server failures',
        ),
        pytest.param(
            'hubble_network_flows',
            'HTTP 5xx',
            (('cilium.hubble.http.requests.count', COUNT, 'status:200', 3),),
            ('cilium.hubble.http.requests.count', COUNT, 'status:503', 1),
            25,
            id='HTTP 5xx',
        ),
        pytest.param(
            'cilium_cluster_mesh',
            'Quorum errors',
            (('cilium.clustermesh_apiserver.version', GAUGE, 'cilium_version:1.20.0', 1),),
            ('cilium.kvstoremesh.kvstore.quorum_errors.count', COUNT, 'error:timeout', 1),
            POINTS,
            id='quorum errors',
        ),
    ],
)
def test_tile_is_zero_while_all_is_well_and_empty_while_nothing_is_scraped(dashboard, title, healthy, event, value):
    assert value_of(dashboard, title, stored()) is None
    assert value_of(dashboard, title, stored(*healthy)) == 0
    assert value_of(dashboard, title, stored(*healthy, event)) == pytest.approx(value)


def test_agent_that_is_gone_is_missing_and_nodes_of_a_mesh_are_not():
    node, gone = (('kubernetes.node.filesystem.usage_pct', GAUGE, f'x:{name}', 0.5) for name in 'ab')
    of_the_mesh = ('cilium.nodes.managed.total', GAUGE, 'x:y', 30)

    assert value_of('cilium_overview', 'Agents missing', stored(AGENTS, of_the_mesh, node)) == 0
    assert value_of('cilium_overview', 'Agents missing', stored(AGENTS, of_the_mesh, node, gone)) == 50


@pytest.mark.parametrize('states', [(1, 1), (0, 1), (1, 0)])
def test_bgp_session_of_one_instance_that_is_down_counts(states):
    of_instances = [
        ('cilium.bgp_control_plane.session_state', GAUGE, f'instance_name:{number}', state)
        for number, state in enumerate(states)
    ]

    assert value_of('cilium_operator', 'BGP sessions down', stored(*of_instances)) == (0 in states)


@pytest.mark.parametrize(('step', 'restarts'), [(0, 0), (1, 0), (-1, 0), (10, 0), (600, 1)])
def test_clock_that_moves_is_no_restart(step, restarts):
    store = PointStore()
    for number in range(POINTS):
        start = START - 5000 + (step if number >= 2 else 0)
        tags = (CLUSTER, 'kube_node:a')
        store.add(START + STEP * number, [Submission('cilium.process.start_time.seconds', GAUGE, start, tags)])

    shown = evaluate_request(
        REQUESTS['cilium_overview', 'Agent restarts'],
        store,
        START,
        START + STEP * POINTS,
        STEP,
        dict.fromkeys(VARIABLES, '*'),
    )

    (line,) = shown.series
    assert [value for value in line.values if value > 0] == [1] * restarts
