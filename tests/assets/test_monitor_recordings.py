# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The monitors on whole recordings: silent in health and while agents restart one by one, and loud in the incident."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from expositions import DIRECTORIES, RECORDED_COMPONENTS, VERSION, recording
from monitor_scenarios import CLUSTER, MONITORS, START, Cluster, Place
from values_over_time import Expose, points_of

from datadog_checks.cilium.commands.submissions import Submission
from datadog_checks.cilium.components import COMPONENT_BY_NAME, datadog_name
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import CheckMonitor, series_of
from toolkit.yaml_files import read_yaml

PARSED = {monitor_id: parse_monitor(body['query']) for monitor_id, body in MONITORS.items()}
REPAIRS: dict[str, dict[str, dict[str, float]]] = read_yaml(Path(__file__).parent / 'scenarios_healthy.yaml')

SECONDS_BETWEEN_RECORDINGS = {'healthy-2': 10, 'incident': 135}
"""Since the recording before, by the newest `cilium_event_ts` of the agent."""

RECORDED_AFTER_MINUTES = 2
"""How long the recorded agent had been running at healthy-1, by its `cilium_process_start_time_seconds`."""

GROWING = {'counter': ('',), 'histogram': ('_bucket', '_sum', '_count'), 'summary': ('_sum', '_count')}
"""By the type of a family, what the names of series that only grow have after that of the family."""

SETTLED = 35
"""Minutes after which every window but the longest has seen only what is played."""


@pytest.mark.parametrize('version', DIRECTORIES)
def test_no_monitor_alerts_in_health(cluster: Cluster, version: str) -> None:
    exposed = {Place(c, 'node-1'): healthy(c, version).text for c in RECORDED_COMPONENTS}
    assert alerts(cluster, exposed, minutes=65) == {}


def test_monitors_find_the_faults_of_the_recorded_machine(cluster: Cluster) -> None:
    """What `scenarios_healthy.yaml` puts right, and nothing else."""
    exposed = {Place(c, 'node-1'): Replay(c, VERSION).text for c in RECORDED_COMPONENTS}
    assert alerts(cluster, exposed, minutes=SETTLED) == {
        'agent_errors_logged': Status.ALERT,
        'controllers_failing': Status.ALERT,
        'controllers_failing_on_node': Status.ALERT,
        'hive_degraded': Status.ALERT,
        'kvstore_quorum_errors': Status.ALERT,
        'kvstoremesh_remote_cluster_not_ready': Status.ALERT,
        'remote_cluster_not_ready': Status.ALERT,
    }


def test_monitors_find_the_recorded_incident(cluster: Cluster) -> None:
    """A node does not answer. Of denied packets, and of those to addresses that no pod owns, there are too few."""
    replays = {c: healthy(c, VERSION, stages=('healthy-2', 'incident')) for c in RECORDED_COMPONENTS}
    exposed = {Place(component, 'node-1'): replay.text for component, replay in replays.items()}
    assert alerts(cluster, exposed, minutes=SETTLED) == {
        # The remote cluster that is not there, as above.
        'kvstoremesh_quorum_errors': Status.ALERT,
        'unreachable_nodes': Status.ALERT,
    }


RESTARTS = {'node-1': 22.0, 'node-2': 25.0, 'node-3': 28.0}
"""Minutes at which agents restart, one by one. Each is away for a minute."""


def test_no_monitor_alerts_while_agents_restart_one_by_one(cluster: Cluster) -> None:
    """
    Counters begin anew, and an agent does in two minutes what the recorded one had done since its start. Meanwhile its
    endpoints are not ready, and the other agents do not reach its node.
    """
    exposed = {
        Place(component, node): restarting(healthy(component, VERSION, families=families_used(component)), node)
        for node in RESTARTS
        for component in ('agent', 'hubble')
    }
    assert alerts(cluster, exposed, minutes=45, every=60, first=20) == {}


def test_agents_are_not_missing_while_they_restart_one_by_one(cluster: Cluster) -> None:
    """As above, with a Datadog Agent on each node."""
    replay = Replay('agent', VERSION, families=frozenset({'cilium_version'}))
    exposed = {Place('agent', node): restarting(replay, node) for node in RESTARTS}
    disks = ''.join(f'kubernetes.node.filesystem.usage_pct{{kube_node:{node}}} 0.4\n' for node in RESTARTS)
    points, monitors = points_of(disks, CLUSTER), {'agents_not_reporting'}
    assert alerts(cluster, exposed, minutes=45, every=60, first=20, monitors=monitors, points=points) == {}


def test_no_monitor_alerts_while_endpoints_are_away_for_a_minute(cluster: Cluster) -> None:
    """As above, at the Agent's own interval: monitors of service checks count its runs."""
    checks = {monitor_id for monitor_id, monitor in PARSED.items() if isinstance(monitor, CheckMonitor)}
    assert checks
    for component in ('agent', 'hubble', 'operator', 'clustermesh_apiserver', 'kvstoremesh'):
        replay = Replay(component, VERSION, families=families_used(component))
        exposed = {Place(component, 'node-1'): lambda m, replay=replay: None if 3 < m <= 4 else replay.text(m)}
        assert alerts(cluster, exposed, minutes=6, every=15, monitors=checks) == {}


@dataclass(frozen=True)
class Series:
    """A recorded series: the text before its value, and for one that only grows by how much a minute."""

    text: str
    value: float
    growth: float = 0
    at_first: float | None = None
    """Of one that only grows, the value in the recording before, when its process was young."""

    def at(self, minute: float, restarted: float | None) -> float:
        """Return the value at a minute, after a restart at another one."""
        if restarted is None or self.at_first is None:
            return self.value + self.growth * minute
        running = minute - restarted
        return self.at_first * min(1, running / RECORDED_AFTER_MINUTES) + self.growth * running


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
        self._repairs = repairs or {}
        self._before = dict(line.rsplit(' ', 1) for line in recording(component, stages[0], version).splitlines())
        self._minutes = SECONDS_BETWEEN_RECORDINGS[stages[1]] / 60
        self._lines: list[str | Series] = []
        family = family_type = ''
        for line in recording(component, stages[1], version).splitlines():
            if line.startswith('# TYPE '):
                _, _, family, family_type = line.split(' ')
            if families is None or family in families:
                self._lines.append(line if line.startswith('#') else self._series(line, family, family_type))

    def _series(self, line: str, family: str, family_type: str) -> Series:
        text, value = line.rsplit(' ', 1)
        if text in self._repairs:
            return Series(text, self._repairs[text])
        if text.partition('{')[0] not in {family + suffix for suffix in GROWING.get(family_type, ())}:
            return Series(text, float(value))
        before = float(self._before.get(text, 0))
        return Series(text, float(value), max(0, float(value) - before) / self._minutes, before)

    def text(self, minute: float, restarted: float | None = None, now: Mapping[str, float] | None = None) -> str:
        """Return what is exposed at a minute, after a restart at another, with other values for some series now."""
        now = now or {}
        return ''.join(
            f'{line}\n'
            if isinstance(line, str)
            else f'{line.text} {now.get(line.text, line.at(minute, restarted)):.15g}\n'
            for line in self._lines
        )


def healthy(component: str, version: str, **options: object) -> Replay:
    """Return a recording in which what was wrong with the machine is put right."""
    return Replay(component, version, repairs=REPAIRS[version].get(component, {}), **options)


def restarting(replay: Replay, node: str) -> Expose:
    """Return what an agent exposes while it and the others restart."""
    own = RESTARTS[node]

    def expose(minute: float) -> str | None:
        if own <= minute < own + 1:
            return None
        now: dict[str, float] = {}
        if own + 1 <= minute < own + 3:
            now = STARTING
        elif any(time <= minute < time + 3 for time in RESTARTS.values()):
            now = OTHER_NODE_RESTARTS
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
    every: float = 300,
    first: float = 0,
    monitors: Iterable[str] = MONITORS,
    points: Callable[[float], list[Submission]] = lambda _minute: [],
) -> dict[str, Status]:
    """Play, evaluate the monitors with each round from `first` on, and return the worst of each where it is not OK."""
    worst: dict[str, Status] = {}
    states: dict[str, dict[Group, MonitorState]] = {}
    for minute, store in cluster.play(exposed, minutes, every, points):
        for monitor_id in monitors if minute >= first else ():
            now = START + minute * 60
            states[monitor_id] = evaluate_monitor(MONITORS[monitor_id], store, now, states.get(monitor_id))
            found = {state.status for state in states[monitor_id].values()} | {worst.get(monitor_id, Status.OK)}
            worst[monitor_id] = max(found, key=BADNESS.index)
    return {
        monitor_id: status for monitor_id, status in worst.items() if status not in (Status.OK, Status.NOT_EVALUATED)
    }


BADNESS = (Status.NOT_EVALUATED, Status.OK, Status.WARN, Status.NO_DATA, Status.ALERT)
