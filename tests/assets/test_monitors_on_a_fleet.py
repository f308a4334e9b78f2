# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the monitors send, and what they do not, about clusters of up to a thousand nodes."""

from __future__ import annotations

import numpy as np
from fleet import START, Cluster
from fleet_alerts import CORE, SETTLED, Alert, alerts_of, of_features
from fleet_metrics import DESCRIBED
from monitor_scenarios import MONITORS

from datadog_checks.cilium.commands.submissions import ServiceCheckStatus
from toolkit.evaluation.monitors import Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import series_of

BEGIN = SETTLED + 15
"""The minute at which something happens."""


def first(alerts: list[Alert], most: int = 4) -> Alert:
    """Return the first alert of a priority of at most this number."""
    return next(alert for alert in alerts if alert.priority <= most)


def nodes_of(alert: Alert) -> set[str]:
    return {tag.removeprefix('kube_node:') for group in alert.groups for tag in group if tag.startswith('kube_node:')}


# ---- what must stay silent


def test_healthy_mesh_is_silent() -> None:
    mesh = [Cluster(50, 150, name, elsewhere=50) for name in ('east', 'west')]
    assert alerts_of(mesh, [*CORE, *of_features('clustermesh')]) == []


def test_three_thousand_nodes_of_which_some_are_always_bad_are_silent() -> None:
    cluster = Cluster(3000, SETTLED + 30)
    for node, minute in zip(range(0, 3000, 200), range(40, SETTLED + 25, 4), strict=False):
        cluster.restart(node, minute)
        cluster.fault('cilium.controllers.failing.count', 3, nodes=node + 1)
        cluster.fault('cilium.endpoint.state', 5, 'endpoint_state:not-ready', nodes=node + 2)
    cluster.stop(range(5), 0)
    assert alerts_of(cluster) == []


def test_scale_in_is_silent_though_an_agent_remembers_the_nodes() -> None:
    cluster = Cluster(300, 210)
    cluster.keep_old_count(0, BEGIN)
    cluster.leave(range(200, 300), BEGIN, minutes=10)
    assert alerts_of(cluster) == []


def test_cluster_of_half_an_hour_sends_one_ticket_at_most() -> None:
    cluster = Cluster(10, 240, name='ci-1234')
    cluster.join(range(10), BEGIN, minutes=3)
    cluster.leave(range(10), BEGIN + 30, minutes=2)
    cluster.delete(BEGIN + 33)
    alerts = alerts_of(cluster, [*CORE, *of_features('bgp', 'clustermesh', 'envoy', 'hubble-relay')])
    assert len(alerts) <= 1
    assert all(alert.priority >= 3 for alert in alerts)


def test_rolling_upgrade_of_a_thousand_nodes_in_three_hours_is_silent() -> None:
    cluster = Cluster(1000, SETTLED + 240, elsewhere=200)
    cluster.upgrade(BEGIN, minutes=180)
    assert alerts_of(cluster, [*CORE, *of_features('bgp', 'clustermesh', 'envoy', 'hubble-relay')]) == []


def test_scale_out_by_three_hundred_is_silent() -> None:
    for minutes in (10, 40):
        cluster = Cluster(1300, SETTLED + 120)
        cluster.join(range(1000, 1300), BEGIN, minutes)
        assert alerts_of(cluster) == [], minutes


def test_spot_nodes_that_are_replaced_are_silent() -> None:
    """Each hour, 5 % of 1,000."""
    hours = 3
    cluster = Cluster(1000 + 50 * hours, SETTLED + 60 * hours + 15)
    for number in range(50 * hours):
        minute = BEGIN + number * 60 // 50
        cluster.leave([number], minute, minutes=1)
        cluster.join([1000 + number], minute + 1, minutes=1)
    assert alerts_of(cluster) == []


def test_restart_of_the_api_server_is_silent() -> None:
    cluster = Cluster(500, SETTLED + 90)
    cluster.restart_api_server(BEGIN)
    assert alerts_of(cluster) == []


def test_one_node_of_ten_that_is_down_pages_nobody() -> None:
    cluster = Cluster(10, SETTLED + 90)
    cluster.stop([3], BEGIN)
    assert {alert.priority for alert in alerts_of(cluster)} == {3}


# ---- what must be told


def test_agents_in_a_crash_loop_are_named_within_a_quarter_of_an_hour() -> None:
    cluster = Cluster(1000, SETTLED + 75)
    nodes = [3, 333, 666, 999]
    cluster.crash_loop(nodes, BEGIN, minutes=45)
    alert = first(alerts_of(cluster))
    assert alert.minute <= BEGIN + 15
    assert nodes_of(alert) == {f'node-{node}' for node in nodes}


def test_agents_that_are_killed_for_memory_are_named_within_a_quarter_of_an_hour() -> None:
    cluster = Cluster(1000, SETTLED + 75)
    nodes = [3, 333, 666, 999]
    cluster.crash_loop(nodes, BEGIN, minutes=45)
    cluster.fault('kubernetes.containers.last_state.terminated', 1, nodes=nodes, start=BEGIN)
    alert = next(alert for alert in alerts_of(cluster) if alert.monitor_id == 'component_oom_killed')
    assert alert.minute <= BEGIN + 15
    assert nodes_of(alert) == {f'node-{node}' for node in nodes}


def test_half_of_a_cluster_that_is_cut_off_pages_within_six_minutes() -> None:
    cluster = Cluster(100, SETTLED + 60)
    cluster.cut_off(np.arange(50), BEGIN)
    assert first(alerts_of(cluster), most=2).minute <= BEGIN + 6


def test_half_of_a_cluster_that_is_cut_off_from_datadog_too_pages_within_six_minutes() -> None:
    cluster = Cluster(100, SETTLED + 60)
    cluster.stop(np.arange(50), BEGIN)
    assert first(alerts_of(cluster), most=2).minute <= BEGIN + 6


def test_pod_network_of_half_a_cluster_that_is_broken_pages_within_six_minutes() -> None:
    cluster = Cluster(100, SETTLED + 60)
    cluster.fault('cilium.unreachable.health_endpoints', 50, start=BEGIN)
    alert = first(alerts_of(cluster), most=2)
    assert (alert.monitor_id, alert.minute <= BEGIN + 6) == ('pod_network_broken', True)


def test_two_percent_of_nodes_that_are_not_reached_are_a_ticket_after_twenty_minutes() -> None:
    cluster = Cluster(1000, SETTLED + 60)
    cluster.stop(np.arange(20), BEGIN)
    alerts = alerts_of(cluster)
    assert first(alerts).priority == 3
    assert BEGIN + 18 <= first(alerts).minute <= BEGIN + 23
    assert all(alert.priority >= 3 for alert in alerts)


def test_node_that_is_cut_off_pages() -> None:
    cluster = Cluster(1000, SETTLED + 60)
    cluster.cut_off([7], BEGIN)
    alert = first(alerts_of(cluster))
    assert (alert.monitor_id, alert.priority, nodes_of(alert)) == ('node_isolated', 2, {'node-7'})


def test_all_bgp_sessions_down_wake_somebody_within_four_minutes() -> None:
    cluster = Cluster(100, SETTLED + 60)
    cluster.fault('cilium.bgp_control_plane.session_state', 0, start=BEGIN)
    alert = first(alerts_of(cluster, of_features('bgp')), most=1)
    assert alert.minute <= BEGIN + 4


def test_node_that_fails_for_ever_does_not_hide_nine_hundred_others() -> None:
    cluster = Cluster(1000, BEGIN + 90)
    cluster.fault('cilium.controllers.failing.count', 1, nodes=0)
    cluster.fault('cilium.controllers.failing.count', 1, nodes=np.arange(100, 1000), start=BEGIN)
    alerts = alerts_of(cluster)
    assert first(alerts).monitor_id == 'controllers_failing'
    assert BEGIN < first(alerts).minute <= BEGIN + 20
    # Who wants tickets for single nodes has had one before.
    assert alerts_of(cluster, ['controllers_failing_on_node'])[0].minute < BEGIN


def test_page_comes_again_as_long_as_it_lasts() -> None:
    cluster = Cluster(100, BEGIN + 9 * 60)
    cluster.cut_off(np.arange(50), BEGIN)
    pages = [alert for alert in alerts_of(cluster, ['cluster_partitioned']) if alert.priority <= 2]
    assert [round((alert.minute - BEGIN) / 60) for alert in pages] == [0, 4, 8]


def test_proxies_that_are_gone_everywhere_are_told() -> None:
    gone = {
        'cilium-envoy': ('kubernetes_state.daemonset.ready', 'kube_daemon_set'),
        'standalone-dns-proxy': ('kubernetes_state.daemonset.ready', 'kube_daemon_set'),
        'hubble-relay': ('kubernetes_state.deployment.replicas_available', 'kube_deployment'),
        'clustermesh-apiserver': ('kubernetes_state.deployment.replicas_available', 'kube_deployment'),
        'cilium-operator': ('kubernetes_state.deployment.replicas_available', 'kube_deployment'),
    }
    monitors = [*CORE, *of_features('envoy', 'standalone-dns-proxy', 'hubble-relay', 'clustermesh')]
    for name, (metric, key) in gone.items():
        cluster = Cluster(100, SETTLED + 45)
        cluster.fault(metric, 0, f'{key}:{name}', start=BEGIN)
        alert = first(alerts_of(cluster, monitors))
        assert alert.minute <= BEGIN + 15, name


def test_proxy_that_stops_on_one_node_is_told() -> None:
    """Its pod is there, and does not answer: the check says so every 15 seconds."""
    for source in ('cilium-envoy', 'standalone-dns-proxy', 'hubble-relay'):
        store = PointStore()
        for run in range(20):
            store.add(START + 15 * run, (), [status_of(source, node, node == 5 and run > 5) for node in range(100)])
        alerting = {
            monitor_id: [group for group, state in states.items() if state.status is Status.ALERT]
            for monitor_id, definition in MONITORS.items()
            if definition['type'] == 'service check'
            and (states := evaluate_monitor(definition, store, START + 15 * 19))
        }
        assert [len(groups) for groups in alerting.values()] == [1], source
        assert 'node-5' in str(alerting)


def status_of(source: str, node: int, is_down: bool) -> ServiceCheckStatus:
    """Return what the check says of a component on a node."""
    tags = (f'source:{source}', 'kube_cluster_name:prod', f'kube_node:node-{node}', f'endpoint:http://node-{node}')
    return ServiceCheckStatus('cilium.openmetrics.health', 'CRITICAL' if is_down else 'OK', tags, '')


def test_envoy_that_is_cut_off_from_its_agent_is_told() -> None:
    cluster = Cluster(1000, SETTLED + 45)
    cluster.fault('cilium.envoy.npds.control_plane_connected_state', 0, nodes=5, start=BEGIN)
    alert = first(alerts_of(cluster, of_features('envoy')))
    assert (alert.monitor_id, nodes_of(alert)) == ('envoy_stream_cut', {'node-5'})


def test_api_of_agents_that_hangs_is_told() -> None:
    for nodes, hanging in ((20, 1), (1000, 30)):
        cluster = Cluster(nodes, SETTLED + 45)
        for metric in ('unreachable.nodes', 'unreachable.health_endpoints', 'controllers.failing.count'):
            cluster.fault(f'cilium.{metric}', np.nan, nodes=np.arange(hanging), start=BEGIN)
        assert first(alerts_of(cluster)).monitor_id == 'agent_api_hangs'


def test_agents_that_are_gone_everywhere_page() -> None:
    cluster = Cluster(100, SETTLED + 60)
    cluster.stop(np.arange(100), BEGIN)
    assert first(alerts_of(cluster), most=2).monitor_id == 'agents_not_ready'


def test_fleet_has_what_core_monitors_ask_for() -> None:
    """Otherwise they would be silent because they see nothing."""
    assert len(CORE) >= 28
    for monitor_id in CORE:
        metrics = {series.metric for series in series_of(parse_monitor(MONITORS[monitor_id]['query']).expression)}
        assert metrics <= DESCRIBED, monitor_id
