# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Every monitor alerts when it should, and not just below that.

`scenarios/` holds what components expose. The real check scrapes it, and the monitor is evaluated on what it submits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest
from for_each import for_each
from monitor_scenarios import (
    CASES,
    COMPLETE,
    DEFINITIONS,
    FOLDER,
    MONITORS,
    SCENARIOS,
    Cluster,
    Place,
    exposed_by,
    forgotten_keys,
    group_of,
    is_anomaly,
    play,
    play_case,
)
from prometheus_client.parser import text_string_to_metric_families
from values_over_time import value_at

from toolkit.catalog.catalog import catalog
from toolkit.checkout import ROOT
from toolkit.evaluation.monitors import MonitorState, Status


def cases() -> Iterator[object]:
    for monitor_id in COMPLETE:
        for case in CASES:
            if case in SCENARIOS[monitor_id]:
                yield pytest.param(monitor_id, case, id=f'{monitor_id}-{case}')


@pytest.mark.parametrize(('monitor_id', 'case'), cases())
def test_monitor_alerts_when_it_should_and_not_just_below(cluster: Cluster, monitor_id: str, case: str) -> None:
    scenario = SCENARIOS[monitor_id]
    states = play_case(cluster, monitor_id, case).states

    expected = Status(scenario['status']) if case == 'fires' and 'status' in scenario else CASES[case]
    group = group_of(cluster, scenario)
    assert group in states, f'{path_of(monitor_id)}: `group` of {monitor_id} is none of {list(states)}'
    assert states[group].status is expected, states[group]
    assert {state.status for state in states.values()} <= {expected, Status.OK}, states
    if 'far' not in scenario and states[group].value is not None:
        wanted, value = threshold(monitor_id, case), states[group].value
        assert value == near(wanted), (
            f'{path_of(monitor_id)}: `{case}` of {monitor_id} gives {value:g}. Write a value that gives almost '
            f'{wanted:g}'
        )


def path_of(monitor_id: str) -> str:
    """Return the file that the scenario of a monitor belongs into."""
    return (FOLDER / f'{DEFINITIONS[monitor_id].subject}.yaml').relative_to(ROOT).as_posix()


def threshold(monitor_id: str, case: str) -> float:
    """Return the threshold that a case is on one side of: of the alert, or of the warning if there is one below."""
    thresholds = MONITORS[monitor_id]['options']['thresholds']
    return thresholds.get('warning', thresholds['critical']) if case == 'quiet' else thresholds['critical']


def near(threshold: float) -> object:
    """Compare with a threshold: as close as a scenario has to be, so that it cannot pass with a value far off."""
    return pytest.approx(threshold, rel=0.06, abs=1.1 if float(threshold).is_integer() else 0)


def test_anomaly_monitors_have_data_to_judge(cluster: Cluster) -> None:
    anomalies = {monitor_id for monitor_id in COMPLETE if is_anomaly(monitor_id)}
    assert anomalies
    for monitor_id in anomalies:
        states = play(cluster, monitor_id, '').states
        expected = SCENARIOS[monitor_id]['value']
        group = group_of(cluster, SCENARIOS[monitor_id])
        assert states == {group: MonitorState(Status.NOT_EVALUATED, pytest.approx(expected))}, monitor_id


def test_every_monitor_has_a_scenario_with_both_sides_of_its_threshold() -> None:
    forgotten = [
        f'{path_of(monitor_id)}: write {", ".join(f"`{key}`" for key in keys)} of the scenario `{monitor_id}`. '
        'README.md there tells how'
        for monitor_id in MONITORS
        if (keys := forgotten_keys(monitor_id))
    ]
    assert forgotten == []
    of_no_monitor = sorted(SCENARIOS.keys() - MONITORS.keys())
    assert of_no_monitor == [], 'remove these from tests/assets/scenarios/: there are no such monitors'


@for_each('monitor_id', SCENARIOS)
def test_scenario_is_what_some_version_of_cilium_exposes(monitor_id: str) -> None:
    for name, text in exposed_by(SCENARIOS[monitor_id]).items():
        component = Place.named(name).component
        for family in text_string_to_metric_families(text.replace('VALUE', '0').replace(' 0+', ' ')):
            known = exposed_labels()[component, family.type, family.name.removesuffix('_total')]
            assert known, (
                f'{name}: toolkit/catalog/families.csv has no {family.type} {family.name} of {component}, in no version'
            )
            for sample in family.samples:
                labels = set(sample.labels) - {'le'}
                # DNS metrics have the name that was asked for only with the option `query`.
                assert labels in known or labels | {'query'} in known, (
                    f'{name}: {sample.name} has the labels {sorted(labels)}. In toolkit/catalog/families.csv it has '
                    f'{" or ".join(str(sorted(one)) for one in known)}'
                )


@cache
def exposed_labels() -> dict[tuple[str, str, str], list[set[str]]]:
    """Return the sets of labels that a family of a component has had, by component, type and name without `_total`."""
    found = defaultdict(list)
    for family in catalog().families:
        for shape in set(family.shapes.values()):
            found[family.component.name, shape.type, family.name.removesuffix('_total')].append(set(shape.labels))
    return found


@pytest.mark.parametrize(
    ('notation', 'minute', 'value'),
    [
        ('5', 90, 5),
        ('0+3', 0, 0),
        ('0+3', 7, 21),
        ('2+0.5', 4, 4),
        ('1e8', 1, 100_000_000),
        ('-1', 1, -1),
        ('0x20 7', 19, 0),
        ('0x20 7', 20, 7),
        ('0+1x10 4', 9, 9),
        ('1x5 0+2', 8, 6),
        ('_x5 3', 4, None),
        ('_x5 3', 5, 3),
        ('1x3', 3, None),
    ],
)
def test_values_over_time(notation: str, minute: float, value: float | None) -> None:
    assert value_at(notation, minute) == value


@pytest.mark.parametrize('notation', ['', 'a', '1 2', '1x', '1+', '1x2.5 3', '1-2'])
def test_notation_that_is_none_is_refused(notation: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(notation))):
        value_at(notation, 0)
