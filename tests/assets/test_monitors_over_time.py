# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What monitors do before and after a scenario: how long they look, when an alert ends, and what silence means."""

from __future__ import annotations

import re

import numpy as np
import pytest
from for_each import for_each
from monitor_scenarios import (
    COMPLETE,
    MONITORS,
    SCENARIOS,
    Cluster,
    group_of,
    is_anomaly,
    minutes_to_play,
    play,
    play_case,
)

from toolkit.evaluation.monitors import MonitorState, Status, evaluate_monitor
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import SHARED, definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, CheckMonitor, MetricMonitor

DEFINITIONS = {definition.monitor_id: definition for definition in definitions()}
PARSED = {monitor_id: parse_monitor(MONITORS[monitor_id]['query']) for monitor_id in COMPLETE}
OF_METRICS = [
    monitor_id
    for monitor_id, monitor in PARSED.items()
    if not isinstance(monitor, CheckMonitor) and not is_anomaly(monitor_id)
]

NUMBERS = {'a': 1, 'an': 1, 'three': 3, 'four': 4, 'five': 5, 'ten': 10}
SECONDS = {'minute': 60, 'hour': 3600, 'day': 86400, 'week': 7 * 86400}
DURATION = re.compile(r'\b(\d+|an?|three|four|five|ten) (minute|hour|day|week)s?\b')
ALERT_WINDOW = re.compile(r"alert_window='last_(\d+)m'")

WAIT = 1800
"""Seconds after a scenario in which nothing comes, beyond what the monitor looks back."""


@pytest.mark.parametrize('monitor_id', OF_METRICS)
def test_silence_ends_an_alert_unless_it_is_one(cluster: Cluster, monitor_id: str) -> None:
    played, monitor = play_case(cluster, monitor_id, 'fires'), PARSED[monitor_id]
    shift = monitor.shift.seconds if isinstance(monitor, ChangeMonitor) else 0
    later = played.end + monitor.window.seconds + shift + WAIT

    states = played.states
    # Close enough to each other that none misses the end of a window.
    for now in np.arange(played.end, later, monitor.window.seconds / 3):
        states = evaluate_monitor(MONITORS[monitor_id], played.store, now, previous=states)

    expected = Status.NO_DATA if 'silence' in DEFINITIONS[monitor_id].body else Status.OK
    assert {state.status for state in states.values()} == {expected}


@pytest.mark.parametrize('monitor_id', [i for i in OF_METRICS if not {'far', 'status'} & set(SCENARIOS[i])])
def test_alert_lasts_until_its_recovery(cluster: Cluster, monitor_id: str) -> None:
    """Just below the threshold it goes on, if there is a recovery threshold further down."""
    scenario, thresholds = SCENARIOS[monitor_id], MONITORS[monitor_id]['options']['thresholds']
    below = 'warns' if 'warns' in scenario else 'quiet'
    group = group_of(cluster, scenario)
    for case, name, before in ((below, 'critical', Status.ALERT), ('quiet', 'warning', Status.WARN)):
        if name not in thresholds:
            continue
        played = play_case(cluster, monitor_id, case)
        states = evaluate_monitor(MONITORS[monitor_id], played.store, played.end, {group: MonitorState(before)})
        goes_on = f'{name}_recovery' in thresholds
        assert (states[group].status is before) == goes_on, (case, states[group])


def takes_all_values(monitor_id: str) -> bool:
    """Return whether a monitor says "for so long": it takes the lowest value, or the highest of what should be high."""
    monitor = PARSED[monitor_id]
    return isinstance(monitor, MetricMonitor) and monitor.aggregator in ('min', 'max')


@pytest.mark.parametrize('monitor_id', filter(takes_all_values, OF_METRICS))
def test_all_values_are_all_on_one_side(monitor_id: str) -> None:
    monitor = PARSED[monitor_id]
    assert monitor.aggregator == ('min' if monitor.comparison.startswith('>') else 'max')


@pytest.mark.parametrize(
    'monitor_id',
    [
        i
        for i in OF_METRICS
        if takes_all_values(i) and 'status' not in SCENARIOS[i] and isinstance(SCENARIOS[i]['fires'], int | float)
    ],
)
def test_single_scrape_is_no_alert_where_all_values_count(cluster: Cluster, monitor_id: str) -> None:
    scenario = SCENARIOS[monitor_id]
    healthy, middle = str(scenario['quiet']).partition('x')[0], round(minutes_to_play(PARSED[monitor_id]) / 2)
    played = play(cluster, monitor_id, f'{healthy}x{middle} {scenario["fires"]}x1 {healthy}')
    assert {state.status for state in played.states.values()} <= {Status.OK}


@for_each('monitor_id', DEFINITIONS)
def test_time_that_is_told_is_the_time_that_counts(monitor_id: str) -> None:
    monitor = parse_monitor(asset_of(DEFINITIONS[monitor_id])['definition']['query'])
    told = {
        (NUMBERS.get(number) or int(number)) * SECONDS[unit]
        for number, unit in DURATION.findall(' '.join(DEFINITIONS[monitor_id].body['summary'].split()))
    }
    if isinstance(monitor, CheckMonitor):
        counts = set()
    elif isinstance(monitor, ChangeMonitor):
        counts = {monitor.shift.seconds}
    elif algorithm := ALERT_WINDOW.search(str(monitor)):
        counts = {int(algorithm[1]) * SECONDS['minute']}
    else:
        counts = {monitor.window.seconds}
    assert told == counts, (
        f'toolkit/monitors/definitions/{DEFINITIONS[monitor_id].subject}.yaml: `summary` of {monitor_id} names '
        f'{in_minutes(told)}. The query looks at {in_minutes(counts)}: name that, as in "For 30 minutes,", and no other'
    )


def in_minutes(times: set[float]) -> str:
    """Return times in seconds as a text in minutes."""
    return ' and '.join(f'{seconds / 60:g} minutes' for seconds in sorted(times)) or 'no time'


def test_anomaly_monitors_are_alike() -> None:
    """
    What they judge, for how long and how strictly. As in https://docs.datadoghq.com/monitors/types/anomaly/: `basic` is
    for what has no season, and does not take an incident for the new normal after an hour, as `agile` does.
    """
    anomalies = [monitor_id for monitor_id in MONITORS if 'anomalies(' in MONITORS[monitor_id]['query']]
    assert anomalies
    for monitor_id in anomalies:
        (window,) = ALERT_WINDOW.findall(MONITORS[monitor_id]['query'])
        arguments = f"'basic', 3, direction='above', interval=60, alert_window='last_{window}m', "
        assert f"{arguments}count_default_zero='true') >= 0.8" in MONITORS[monitor_id]['query']
        options = MONITORS[monitor_id]['options']
        assert options['threshold_windows'] == dict.fromkeys(('trigger_window', 'recovery_window'), f'last_{window}m')
        # A fifth of the window at most: an interval that is longer makes it blind.
        assert int(window) * 60 >= 60 * 5
        assert options['thresholds'] == {'critical': 0.8, 'critical_recovery': 0}


def test_forecast_monitors_are_alike() -> None:
    """As in https://docs.datadoghq.com/monitors/types/forecasts/: a straight line through the last week."""
    forecasts = [body['query'] for body in MONITORS.values() if 'forecast(' in body['query']]
    assert len(forecasts) >= 3
    for query in forecasts:
        assert re.match(r'(max|min)\(next_1[dw]\):forecast\(', query)
        assert "'linear', 1, interval='60m', history='1w', model='default')" in query


OPTIONS_OF_THEIR_OWN = {
    'evaluation_delay',
    'new_group_delay',
    'notify_by',
    'notify_no_data',
    'on_missing_data',
    'threshold_windows',
    'thresholds',
}


@for_each('monitor_id', DEFINITIONS)
def test_options_are_those_of_all_monitors_but_for_some(monitor_id: str) -> None:
    definition = asset_of(DEFINITIONS[monitor_id])['definition']
    of_logs = {'enable_logs_sample': True} if DEFINITIONS[monitor_id].subject == 'logs' else {}
    simple = {'require_full_window': True} if monitor_id == 'agent_version_skew' else {}
    paged = SHARED['pages'] if definition['priority'] in (1, 2) else {}
    expected = {**SHARED['options'], **of_logs, **simple, **paged}

    assert {key: value for key, value in expected.items() if key not in OPTIONS_OF_THEIR_OWN} == {
        key: value for key, value in definition['options'].items() if key not in OPTIONS_OF_THEIR_OWN
    }


@for_each('monitor_id', DEFINITIONS)
def test_page_is_repeated_as_long_as_it_lasts(monitor_id: str) -> None:
    """A second fault in the same cluster would hide behind the first one."""
    definition = asset_of(DEFINITIONS[monitor_id])['definition']
    is_page = definition['priority'] in (1, 2)
    assert bool(definition['options']['renotify_interval']) == is_page
    assert definition['options'].get('renotify_statuses') == (['alert'] if is_page else None)
