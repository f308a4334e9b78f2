# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Every monitor alerts when it should, and not just below that.

`scenarios/` holds what components expose. The real check scrapes it, and the monitor is evaluated on what it submits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from monitor_scenarios import (
    CLUSTER,
    START,
    Cluster,
    Place,
    exposition,
    minutes_to_play,
    running_cluster,
    silent_at_the_end,
)

from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.monitors.assets import asset_of
from toolkit.monitors.definitions import definitions
from toolkit.queries.parsing import parse_monitor

FOLDER = Path(__file__).parent / 'scenarios'
MONITORS = {d.monitor_id: asset_of(d)['definition'] for d in definitions() if d.subject != 'logs'}
SCENARIOS: dict[str, dict] = {
    monitor_id: scenario
    for path in sorted(FOLDER.glob('*.yaml'))
    for monitor_id, scenario in yaml.safe_load(path.read_text(encoding='utf-8')).items()
}
EVERY, EVERY_IF_IT_JUMPS = 300, 60
"""Seconds between two scrapes: few of them, since scraping is what takes the time."""

CASES = {'quiet': Status.OK, 'warns': Status.WARN, 'fires': Status.ALERT}


def is_anomaly(monitor_id: str) -> bool:
    return 'anomalies(' in MONITORS[monitor_id]['query']


def cases() -> Iterator[object]:
    for monitor_id, scenario in SCENARIOS.items():
        for case in CASES:
            if case in scenario:
                yield pytest.param(monitor_id, case, id=f'{monitor_id}-{case}')


@pytest.fixture(scope='module')
def cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.mark.parametrize(('monitor_id', 'case'), cases())
def test_monitor_alerts_when_it_should_and_not_just_below(cluster: Cluster, monitor_id: str, case: str) -> None:
    scenario = SCENARIOS[monitor_id]
    states = play(cluster, monitor_id, str(scenario[case]))

    expected = Status(scenario['status']) if case == 'fires' and 'status' in scenario else CASES[case]
    group = (f'kube_cluster_name:{CLUSTER}', *scenario['group']) if 'group' in scenario else ()
    assert group in states
    assert states[group].status is expected, states[group]
    assert {state.status for state in states.values()} <= {expected, Status.OK}, states
    if 'far' not in scenario and states[group].value is not None:
        assert states[group].value == near(threshold(monitor_id, case))


def threshold(monitor_id: str, case: str) -> float:
    """Return the threshold that a case is on one side of: of the alert, or of the warning if there is one below."""
    thresholds = MONITORS[monitor_id]['options']['thresholds']
    return thresholds.get('warning', thresholds['critical']) if case == 'quiet' else thresholds['critical']


def near(threshold: float) -> object:
    """Compare with a threshold: as close as a scenario has to be, so that it cannot pass with a value far off."""
    return pytest.approx(threshold, rel=0.06, abs=1.1 if float(threshold).is_integer() else 0)


def test_anomaly_monitors_have_data_to_judge(cluster: Cluster) -> None:
    anomalies = {monitor_id for monitor_id in MONITORS if is_anomaly(monitor_id)}
    assert anomalies
    for monitor_id in anomalies:
        states = play(cluster, monitor_id, '')
        expected = SCENARIOS[monitor_id]['value']
        assert states == {
            (f'kube_cluster_name:{CLUSTER}',): MonitorState(Status.NOT_EVALUATED, pytest.approx(expected))
        }, monitor_id


def test_every_monitor_has_a_scenario_with_both_sides_of_its_threshold() -> None:
    assert set(SCENARIOS) == set(MONITORS)
    for monitor_id, scenario in SCENARIOS.items():
        needed = {'value'} if is_anomaly(monitor_id) else {'quiet', 'fires'}
        if 'warning' in MONITORS[monitor_id]['options']['thresholds']:
            needed.add('warns')
        assert needed <= set(scenario), monitor_id


def play(cluster: Cluster, monitor_id: str, value: str) -> dict[Group, MonitorState]:
    """Play the scenario of a monitor with a value in the place of VALUE, and return the states at its end."""
    scenario = SCENARIOS[monitor_id]
    minutes = scenario.get('minutes') or minutes_to_play(parse_monitor(MONITORS[monitor_id]['query']))
    silent = {Place.named(name): float(str(time).replace('VALUE', value)) for name, time in _silent(scenario)}
    exposed = {}
    for name, text in scenario.items():
        place = Place.named(name)
        if place.component in COMPONENT_BY_NAME:
            expose = exposition(text.replace('VALUE', value))
            exposed[place] = silent_at_the_end(expose, silent[place], minutes) if place in silent else expose
    every = scenario.get('every', EVERY_IF_IT_JUMPS if ' ' in value else EVERY)
    store, states = PointStore(), {}
    for minute, store in cluster.play(exposed, minutes, every):
        # The states before are what a group that falls silent is known by.
        if 'status' in scenario and minute == minutes // 2:
            states = evaluate_monitor(MONITORS[monitor_id], store, START + minute * 60)
    return evaluate_monitor(MONITORS[monitor_id], store, START + minutes * 60, previous=states)


def _silent(scenario: dict) -> list[tuple[str, object]]:
    return list(scenario.get('silent', {}).items())
