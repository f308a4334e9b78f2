# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The monitors on whole recordings: silent in health and while agents restart one by one, and loud in the incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from expositions import RECORDED_COMPONENTS, recording
from monitor_scenarios import START, Cluster, Expose, Place, running_cluster

from datadog_checks.cilium.components import COMPONENT_BY_NAME, datadog_name
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.monitors.assets import asset_of
from toolkit.monitors.definitions import definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import CheckMonitor, series_of

MONITORS = {d.monitor_id: asset_of(d)['definition'] for d in definitions() if d.subject != 'logs'}
PARSED = {monitor_id: parse_monitor(body['query']) for monitor_id, body in MONITORS.items()}
REPAIRS: dict[str, dict[str, float]] = yaml.safe_load(
    (Path(__file__).parent / 'scenarios_healthy.yaml').read_text(encoding='utf-8')
)

SECONDS_BETWEEN_RECORDINGS = {'healthy-2': 10, 'incident': 135}
"""Since the recording before, by the newest `cilium_event_ts` of the agent."""

RECORDED_AFTER_MINUTES = 2
"""How long the recorded agent had been running at healthy-1, by its `cilium_process_start_time_seconds`."""

GROWING = {'counter': ('',), 'histogram': ('_bucket', '_sum', '_count'), 'summary': ('_sum', '_count')}
"""By the type of a family, what the names of series that only grow have after that of the family."""

SETTLED = 35
"""Minutes after which every window but the longest has seen only what is played."""


@pytest.fixture(scope='module')
def cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.parametrize('version', ['1.16', '1.20'])
def test_no_monitor_alerts_in_health(cluster: Cluster, version: str) -> None:
    replays = {c: Replay(c, version, repairs=REPAIRS.get(c, {})) for c in RECORDED_COMPONENTS}
    exposed = {Place(component, 'node-1'): replay.text for component, replay in replays.items()}
    assert alerts(cluster, exposed, minutes=65) == {}


def test_monitors_find_the_faults_of_the_recorded_machine(cluster: Cluster) -> None:
    """What `scenarios_healthy.yaml` puts right, and nothing else."""
    exposed = {Place(component, 'node-1'): Replay(component, '1.20').text for component in RECORDED_COMPONENTS}
    assert alerts(cluster, exposed, minutes=SETTLED) == {
        'controllers_failing': Status.ALERT,
        'hive_degraded': Status.ALERT,
        'kvstore_quorum_errors': Status.ALERT,
        'kvstoremesh_remote_cluster_not_ready': Status.ALERT,
        'remote_cluster_not_ready': Status.ALERT,
        'agent_errors_logged': Status.WARN,
    }


def test_monitors_find_the_recorded_incident(cluster: Cluster) -> None:
    """
    A node does not answer, names that do not exist are looked up, packets go to addresses that no pod owns any more.

    Its denied packets are too few for an alert: five a minute.
    """
    replays = {c: Replay(c, '1.20', ('healthy-2', 'incident'), REPAIRS.get(c, {})) for c in RECORDED_COMPONENTS}
    exposed = {Place(component, 'node-1'): replay.text for component, replay in replays.items()}
    assert alerts(cluster, exposed, minutes=SETTLED) == {
        'unreachable_nodes': Status.ALERT,
        'unreachable_health_endpoints': Status.ALERT,
    }


def test_no_monitor_alerts_while_agents_restart_one_by_one(cluster: Cluster) -> None:
    """
    Each of three agents is away for a minute. Its counters begin anew, and it does in two minutes what the recorded one
    had done since its start. Meanwhile its endpoints are not ready, and the others do not reach its node.
    """
    restarts = {'node-1': 66.0, 'node-2': 69.0, 'node-3': 72.0}
    exposed: dict[Place, Expose] = {}
    for node in restarts:
        for component in ('agent', 'hubble'):
            replay = Replay(component, '1.20', repairs=REPAIRS.get(component, {}), families=families_used(component))
            exposed[Place(component, node)] = restarting(replay, node, restarts)
    assert alerts(cluster, exposed, minutes=90) == {}


def test_no_monitor_alerts_while_endpoints_are_away_for_a_minute(cluster: Cluster) -> None:
    """As above, at the Agent's own interval: monitors of service checks count its runs."""
    checks = {monitor_id for monitor_id, monitor in PARSED.items() if isinstance(monitor, CheckMonitor)}
    assert checks
    for component in ('agent', 'hubble', 'operator', 'clustermesh_apiserver', 'kvstoremesh'):
        replay = Replay(component, '1.20', families=frozenset())
        exposed = {Place(component, 'node-1'): lambda m, replay=replay: None if 3 < m <= 4 else replay.text(m)}
        assert alerts(cluster, exposed, minutes=8, every=15, monitors=checks) == {}


class Replay:
    """
    A recorded component that goes on as between two recordings.

    What only grows goes on growing as fast. Everything else is as in the second recording. `repairs` are values that
    series get instead, `families` those that are exposed, or None for all.
    """

    def __init__(
        self,
        component: str,
        version: str,
        stages: tuple[str, str] = ('healthy-1', 'healthy-2'),
        repairs: Mapping[str, float] | None = None,
        families: frozenset[str] | None = None,
    ) -> None:
        repairs = repairs or {}
        first = dict(line.rsplit(' ', 1) for line in recording(component, stages[0], version).splitlines())
        seconds = SECONDS_BETWEEN_RECORDINGS[stages[1]]
        self._lines: list[tuple[str, float, float, float]] = []
        family = family_type = ''
        for line in recording(component, stages[1], version).splitlines():
            if line.startswith('# TYPE '):
                _, _, family, family_type = line.split(' ')
                if families is None or family in families:
                    self._lines.append((line, 0, 0, 0))
                continue
            series, text = line.rsplit(' ', 1)
            if families is not None and family not in families:
                continue
            value, before = repairs.get(series, float(text)), float(first.get(series, 0))
            grows = series.partition('{')[0] in {family + suffix for suffix in GROWING.get(family_type, ())}
            growth = max(0.0, value - before) * 60 / seconds if grows and series not in repairs else 0.0
            self._lines.append((series, value, growth, before if grows else value))

    def text(self, minute: float, restarted: float | None = None, now: Mapping[str, float] | None = None) -> str:
        """Return what is exposed at a minute, after a restart at another, with other values for some series now."""
        now = now or {}
        return ''.join(
            f'{series}\n'
            if series.startswith('#')
            else f'{series} {now.get(series, self._value(line, minute, restarted)):.15g}\n'
            for line in self._lines
            for series in line[:1]
        )

    def _value(self, line: tuple[str, float, float, float], minute: float, restarted: float | None) -> float:
        _, value, growth, at_first = line
        if not growth:
            return value
        if restarted is None:
            return value + growth * minute
        running = minute - restarted
        return at_first * min(1, running / RECORDED_AFTER_MINUTES) + growth * running


def restarting(replay: Replay, node: str, restarts: Mapping[str, float]) -> Expose:
    """Return what an agent exposes while it and others restart, each at its minute."""
    own = restarts[node]

    def expose(minute: float) -> str | None:
        if own <= minute < own + 1:
            return None
        now: dict[str, float] = {}
        if own + 1 <= minute < own + 3:
            now |= STARTING
        elif any(time <= minute < time + 3 for time in restarts.values()):
            now |= OTHER_NODE_RESTARTS
        return replay.text(minute, own if minute > own else None, now)

    return expose


STARTING = {
    'cilium_endpoint_state{endpoint_state="ready"}': 0,
    'cilium_endpoint_state{endpoint_state="regenerating"}': 5,
    'cilium_clustermesh_remote_cluster_readiness_status{target_cluster="remote"}': 0,
    'cilium_controllers_failing': 2,
    'cilium_hive_status{status="degraded"}': 3,
}
OTHER_NODE_RESTARTS = {
    'cilium_unreachable_nodes': 1,
    'cilium_unreachable_health_endpoints': 1,
    'cilium_node_health_connectivity_status{status="reachable",type="node"}': 2,
    'cilium_node_health_connectivity_status{status="unreachable",type="node"}': 1,
}


def families_used(component_name: str) -> frozenset[str]:
    """Return the recorded families of a component that a monitor uses."""
    metrics = {s.metric for m in PARSED.values() if not isinstance(m, CheckMonitor) for s in series_of(m.expression)}
    names = metrics | {metric.rpartition('.')[0] for metric in metrics}
    component = COMPONENT_BY_NAME[component_name]
    recorded = {
        line.split(' ')[2] for line in recording(component_name, 'healthy-2').splitlines() if line.startswith('# TYPE ')
    }
    return frozenset(family for family in recorded if datadog_name(component, family) in names)


def alerts(
    cluster: Cluster,
    exposed: Mapping[Place, Expose],
    minutes: float,
    every: float = 60,
    monitors: set[str] | None = None,
) -> dict[str, Status]:
    """Play, evaluate the monitors each five minutes, and return the worst that each said, where it is not OK."""
    worst: dict[str, Status] = {}
    states: dict[str, dict[Group, MonitorState]] = {}
    for minute, store in cluster.play(exposed, minutes, every):
        if minute % (5 if every == 60 else 1):
            continue
        for monitor_id in monitors or MONITORS:
            states[monitor_id] = evaluate_monitor(
                MONITORS[monitor_id], store, START + minute * 60, previous=states.get(monitor_id)
            )
            for state in states[monitor_id].values():
                if (
                    state.status in (Status.WARN, Status.ALERT, Status.NO_DATA)
                    and worst.get(monitor_id) is not Status.ALERT
                ):
                    worst[monitor_id] = state.status
    return worst
