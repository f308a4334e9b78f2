# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The monitors on whole recordings: silent in health and while agents restart one by one, and loud in the incident."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml
from expositions import RECORDED_COMPONENTS, recording
from monitor_scenarios import START, Cluster, Expose, Place, running_cluster

from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.monitors.assets import asset_of
from toolkit.monitors.definitions import definitions

MONITORS = {d.monitor_id: asset_of(d)['definition'] for d in definitions() if d.subject != 'logs'}
REPAIRS: dict[str, dict[str, float]] = yaml.safe_load(
    (Path(__file__).parent / 'scenarios_healthy.yaml').read_text(encoding='utf-8')
)
QUIET = {Status.OK, Status.NOT_EVALUATED}

SECONDS_BETWEEN_RECORDINGS = {'healthy-2': 10, 'incident': 135}
"""From the one before, by the newest `cilium_event_ts` of the agent."""

FAULTS_OF_THE_RECORDING = {
    '1.20': {
        'controllers_failing': Status.ALERT,
        'hive_degraded': Status.ALERT,
        'kvstore_quorum_errors': Status.ALERT,
        'kvstoremesh_remote_cluster_not_ready': Status.ALERT,
        'remote_cluster_not_ready': Status.ALERT,
        'agent_errors_logged': Status.WARN,
    },
}
"""What the recordings of a healthy node make alert if nothing is put right: see scenarios_healthy.yaml."""

INCIDENT = {
    'unreachable_nodes': Status.ALERT,
    'unreachable_health_endpoints': Status.ALERT,
}
"""What the recorded incident makes alert: a node that does not answer, ..."""


@pytest.fixture(scope='module')
def cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.parametrize('version', ['1.16', '1.20'])
def test_no_monitor_alerts_in_health(cluster: Cluster, version: str) -> None:
    exposed = {Place(c, 'node-1'): going_on(c, version, repairs=REPAIRS.get(c, {})) for c in RECORDED_COMPONENTS}
    assert bad_states(cluster, exposed, minutes=65) == {}


def test_monitors_see_the_faults_of_the_recorded_machine(cluster: Cluster) -> None:
    exposed = {Place(c, 'node-1'): going_on(c, '1.20') for c in RECORDED_COMPONENTS}
    assert bad_states(cluster, exposed, minutes=35) == FAULTS_OF_THE_RECORDING['1.20']


def test_monitors_see_the_recorded_incident(cluster: Cluster) -> None:
    exposed = {
        Place(c, 'node-1'): going_on(c, '1.20', ('healthy-2', 'incident'), REPAIRS.get(c, {}))
        for c in RECORDED_COMPONENTS
    }
    assert bad_states(cluster, exposed, minutes=35) == INCIDENT


@cache
def samples(component: str, version: str, stage: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return the values of a recording by series, and the types of families."""
    values, types = {}, {}
    for line in recording(component, stage, version).splitlines():
        if line.startswith('# TYPE '):
            _, _, family, type_ = line.split(' ')
            types[family] = type_
        elif not line.startswith('#'):
            series, value = line.rsplit(' ', 1)
            values[series] = float(value)
    return values, types


def going_on(
    component: str,
    version: str,
    stages: tuple[str, str] = ('healthy-1', 'healthy-2'),
    repairs: Mapping[str, float] | None = None,
) -> Expose:
    """
    Return what a component exposes if it goes on as between two recordings.

    Counters, and parts of histograms, grow as fast as they did between them. Gauges are those of the second one.
    """
    before, _ = samples(component, version, stages[0])
    after, types = samples(component, version, stages[1])
    missing = set(repairs or {}) - set(after)
    assert version != '1.20' or not missing, f'nothing to put right: {missing}'
    lines: list[tuple[str, float, float]] = []
    for series, value in after.items():
        grown = max(0, value - before.get(series, 0)) if is_counter(series, types) else 0
        lines.append((series, value, grown * 60 / SECONDS_BETWEEN_RECORDINGS[stages[1]]))
    lines = [(s, repairs[s], 0) if repairs and s in repairs else (s, value, growth) for s, value, growth in lines]
    type_lines = {family: f'# TYPE {family} {type_}\n' for family, type_ in types.items()}

    def expose(minute: float) -> str:
        text, seen = [], set()
        for series, value, growth in lines:
            family = family_of(series, types)
            if family not in seen:
                seen.add(family)
                text.append(type_lines[family])
            text.append(f'{series} {value + growth * minute:.15g}\n')
        return ''.join(text)

    return expose
