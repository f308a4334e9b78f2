# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Monitors. The numbers are worked out by hand."""

from __future__ import annotations

import pytest
from point_stores import START, add, store_with

from datadog_checks.cilium.commands.submissions import ServiceCheckStatus
from toolkit.evaluation.errors import EvaluationError, NotEvaluated
from toolkit.evaluation.monitors import MonitorState, Status, evaluate_monitor
from toolkit.evaluation.points import PointStore

OK, WARN, ALERT, NO_DATA = Status.OK, Status.WARN, Status.ALERT, Status.NO_DATA


def evaluated(
    query: str,
    store: PointStore,
    minutes: float,
    options: dict | None = None,
    previous: dict[tuple[str, ...], MonitorState] | None = None,
) -> dict[tuple[str, ...], tuple[str, float | None]]:
    """Evaluate a monitor so many minutes after `START`. Return status and value by group."""
    definition = {'query': query, 'options': options or {}}
    states = evaluate_monitor(definition, store, START + 60 * minutes, previous)
    return {
        group: (state.status, None if state.value is None else round(state.value, 6)) for group, state in states.items()
    }


# ---- values

# The window of the last five minutes, at the sixth minute, has the last five of these points.
POINTS = store_with({'a{k:x}': [0, 90, 1, 2, 3, 4, 5], 'a{k:y}': [9] * 7, 'a': [7] * 7, 'late': [None] * 4 + [1, 1, 1]})


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        ('avg(last_5m):avg:a{k:*} by {k} > 100', {('k:x',): 3, ('k:y',): 9}),
        ('sum(last_5m):avg:a{k:x} > 100', {(): 15}),
        ('min(last_5m):avg:a{k:x} > 100', {(): 1}),
        ('max(last_5m):avg:a{k:x} > 100', {(): 5}),
        ('max(last_6m):avg:a{k:x} > 100', {(): 90}),
        ('max(last_5m):avg:a{k:x} + 1 > 100', {(): 6}),
        ('max(last_5m):avg:a{k:x} by {k} - avg:a{k:y} > 100', {('k:x',): -4}),
        # A monitor by k does not see the series without k.
        ('avg(last_5m):avg:a{*} by {k} > 100', {('k:x',): 3, ('k:y',): 9}),
        ('avg(last_5m):sum:a{*} > 100', {(): 19}),
    ],
)
def test_a_window_of_a_gauge(query, values):
    assert evaluated(query, POINTS, 6) == {group: (OK, value) for group, value in values.items()}


def test_a_window_ends_with_the_moment_of_the_evaluation():
    store = store_with({'a.count': [1, 2, 4, 8, 16, 32]}, every=15)

    assert evaluated('sum(last_1m):sum:a.count{*}.as_count() > 100', store, 1) == {(): (OK, 2 + 4 + 8 + 16)}
    assert evaluated('sum(last_1m):sum:a.count{*}.as_count() > 100', store, 1.25) == {(): (OK, 4 + 8 + 16 + 32)}


@pytest.mark.parametrize(
    ('query', 'value'),
    [
        # The intervals end with the window: a minute, then two of two minutes.
        ('sum(last_5m):sum:a.count{*}.as_count().rollup(sum, 120) > 1000', 2 + 4 + 8 + 16 + 32),
        ('max(last_5m):sum:a{*}.rollup(sum, 120).fill(null) > 1000', 16 + 32),
        ('min(last_5m):sum:a{*}.rollup(sum, 120).fill(null) > 1000', 2),
    ],
)
def test_a_rollup_that_does_not_fit_into_the_window(query, value):
    store = store_with({'a.count': [1, 2, 4, 8, 16, 32], 'a': [1, 2, 4, 8, 16, 32]})

    assert evaluated(query, store, 5) == {(): (OK, value)}


def test_the_evaluation_delay_moves_the_window():
    options = {'evaluation_delay': 60}

    assert evaluated('max(last_1m):avg:a{k:x} > 100', POINTS, 6, options) == {(): (OK, 4)}


def test_a_long_window_has_longer_intervals():
    store = PointStore(retention=10 * 86400)
    add(store, {'a': [1, 2, 3]}, every=86400)

    assert evaluated('sum(last_1w):avg:a{*}.fill(null) > 100', store, 3 * 1440) == {(): (OK, 6)}


def test_current_windows_are_refused():
    with pytest.raises(EvaluationError, match='current_1d: only windows that end now'):
        evaluated('sum(current_1d):a{*} > 1', POINTS, 6)


# The example of https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/, for two groups.
REQUESTS = store_with(
    {
        'error.count{k:x}': [None, 1, 2, 3, 4, 5],
        'total.count{k:x}': [None, 10, 10, 10, 10, 10],
        'total.count{k:y}': [None, 10, 10, 10, 10, 10],
    }
)


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        ('sum(last_5m):sum:error.count{*}.as_count() > 100', {(): 15}),
        ('sum(last_5m):sum:error.count{*}.as_rate() > 100', {(): 0.25}),
        # Rates are divided in each interval, counts over the window.
        ('sum(last_5m):sum:error.count{k:x}.as_rate() / sum:total.count{k:x}.as_rate() > 100', {(): 1.5}),
        ('sum(last_5m):sum:error.count{k:x}.as_count() / sum:total.count{k:x}.as_count() > 100', {(): 0.3}),
        ('sum(last_5m):100 * sum:error.count{*}.as_count() / sum:total.count{*}.as_count() > 100', {(): 15}),
        (
            'sum(last_5m):sum:error.count{*} by {k}.as_count() / sum:total.count{*} by {k}.as_count() > 100',
            {('k:x',): 0.3},
        ),
        (
            'sum(last_5m):sum:error.count{*}.as_count() / (sum:total.count{*}.as_count() + 100) > 100',
            {(): 0.075},
        ),
    ],
)
def test_counts(query, values):
    assert evaluated(query, REQUESTS, 5) == {group: (OK, value) for group, value in values.items()}


@pytest.mark.parametrize('aggregator', ['avg', 'min', 'max'])
def test_of_as_count_only_the_sum_is_taken(aggregator):
    with pytest.raises(EvaluationError, match='Datadog takes sum only'):
        evaluated(f'{aggregator}(last_5m):sum:error.count{{*}}.as_count() > 1', REQUESTS, 5)


@pytest.mark.parametrize(
    ('query', 'value'),
    [
        # From 1, 2 to 3, 6 four minutes later.
        ('change(avg(last_2m),last_4m):avg:a{*} > 100', 3),
        ('change(max(last_2m),4m_ago):avg:a{*} > 100', 4),
        ('pct_change(avg(last_2m),last_4m):avg:a{*} > 1000', 200),
    ],
)
def test_change(query, value):
    store = store_with({'a': [1, 2, 9, 9, 3, 6]})

    assert evaluated(query, store, 5) == {(): (OK, value)}


def test_change_from_nothing():
    store = store_with({'a': [0, 5]})

    assert evaluated('change(avg(last_1m),last_1m):avg:a{*} > 1', store, 1) == {(): (ALERT, 5)}
    assert evaluated('pct_change(avg(last_1m),last_1m):avg:a{*} > 1', store, 1) == {(): (NO_DATA, None)}


@pytest.mark.parametrize(
    'query',
    [
        "avg(last_5m):anomalies(avg:a{k:*} by {k}, 'agile', 2, direction='above', interval=60) >= 1",
        "max(next_5m):forecast(avg:a{k:*} by {k}, 'linear', 1) >= 1",
        "avg(last_5m):outliers(avg:a{k:*} by {k}, 'DBSCAN', 3) > 0",
    ],
)
def test_of_algorithms_the_query_within_is_evaluated(query):
    states = evaluated(query, POINTS, 6)

    assert {status for status, _ in states.values()} == {Status.NOT_EVALUATED}
    assert set(states) == {('k:x',), ('k:y',)}
    assert states['k:y',][1] == 9


# ---- statuses


@pytest.mark.parametrize(
    ('comparison', 'statuses'),
    [('>', 'OOA'), ('>=', 'OAA'), ('<', 'AOO'), ('<=', 'AAO'), ('==', 'OAO')],
)
def test_comparison(comparison, statuses):
    for value, status in zip((1, 2, 3), statuses, strict=True):
        states = evaluated(f'avg(last_1m):avg:a{{*}} {comparison} 2', store_with({'a': [value]}), 0)
        assert states == {(): ({'O': OK, 'A': ALERT}[status], value)}


THRESHOLDS = {'critical': 80, 'critical_recovery': 70, 'warning': 60, 'warning_recovery': 50}
BELOW = {'critical': 20, 'critical_recovery': 30, 'warning': 40, 'warning_recovery': 50}


@pytest.mark.parametrize(
    ('comparison', 'thresholds', 'before', 'value', 'after'),
    [
        ('>', THRESHOLDS, OK, 81, ALERT),
        ('>', THRESHOLDS, OK, 80, WARN),
        ('>', THRESHOLDS, OK, 60, OK),
        ('>', THRESHOLDS, ALERT, 71, ALERT),
        ('>', THRESHOLDS, ALERT, 70, WARN),
        ('>', THRESHOLDS, ALERT, 55, WARN),
        ('>', THRESHOLDS, ALERT, 50, OK),
        ('>', THRESHOLDS, WARN, 71, WARN),
        ('>', THRESHOLDS, WARN, 51, WARN),
        ('>', THRESHOLDS, WARN, 50, OK),
        ('>=', THRESHOLDS, OK, 80, ALERT),
        ('>=', THRESHOLDS, ALERT, 70, ALERT),
        ('>=', THRESHOLDS, ALERT, 69, WARN),
        ('>', {'critical': 80}, ALERT, 80, OK),
        ('<', BELOW, OK, 19, ALERT),
        ('<', BELOW, OK, 20, WARN),
        ('<', BELOW, ALERT, 29, ALERT),
        ('<', BELOW, ALERT, 30, WARN),
        ('<', BELOW, WARN, 49, WARN),
        ('<', BELOW, WARN, 50, OK),
        ('<=', BELOW, ALERT, 30, ALERT),
        ('<=', BELOW, ALERT, 31, WARN),
    ],
)
def test_thresholds(comparison, thresholds, before, value, after):
    query = f'avg(last_1m):avg:a{{*}} by {{k}} {comparison} {thresholds["critical"]}'
    previous = {('k:x',): MonitorState(before, 0)}

    states = evaluated(query, store_with({'a{k:x}': [value]}), 0, {'thresholds': thresholds}, previous)

    assert states == {('k:x',): (after, value)}


# ---- missing data


@pytest.mark.parametrize(
    ('options', 'query', 'before', 'after'),
    [
        ({}, 'avg(last_1m):avg:a{*} by {k} > 1', ALERT, (ALERT, None)),
        ({}, 'avg(last_1m):avg:a{*} by {k} > 1', OK, (OK, None)),
        ({'on_missing_data': 'default'}, 'avg(last_1m):avg:a{*} by {k} > 1', WARN, (WARN, None)),
        ({'on_missing_data': 'show_no_data'}, 'avg(last_1m):avg:a{*} by {k} > 1', ALERT, (NO_DATA, None)),
        ({'on_missing_data': 'show_and_notify_no_data'}, 'avg(last_1m):avg:a{*} by {k} > 1', OK, (NO_DATA, None)),
        ({'on_missing_data': 'resolve'}, 'avg(last_1m):avg:a{*} by {k} > 1', ALERT, (OK, None)),
        ({'notify_no_data': True}, 'avg(last_1m):avg:a{*} by {k} > 1', OK, (NO_DATA, None)),
        # Missing counts are zero, but for those with default_zero().
        ({}, 'sum(last_1m):sum:a.count{*} by {k}.as_count() > 1', ALERT, (OK, 0)),
        ({}, 'sum(last_1m):sum:a.count{*} by {k}.as_count() < 1', OK, (ALERT, 0)),
        ({}, 'sum(last_1m):default_zero(sum:a.count{*} by {k}.as_count()) < 1', OK, (OK, None)),
    ],
)
def test_a_group_without_data(options, query, before, after):
    store = store_with({'a{k:x}': [5], 'a.count{k:x}': [5], 'other': [1] * 20})
    previous = {('k:x',): MonitorState(before, 5)}

    assert evaluated(query, store, 10, options, previous) == {('k:x',): after}


def test_a_group_that_was_never_there_is_not_missing():
    options = {'on_missing_data': 'show_and_notify_no_data'}

    assert evaluated('avg(last_1m):avg:a{*} by {k} > 1', PointStore(), 10, options) == {}


@pytest.mark.parametrize(
    ('query', 'state'),
    [
        ('avg(last_1m):avg:never{*} > 1', (NO_DATA, None)),
        ('avg(last_1m):default_zero(avg:never{*}) < 1', (NO_DATA, None)),
        ('sum(last_1m):sum:never.count{*}.as_count() < 1', (ALERT, 0)),
    ],
)
def test_a_monitor_without_groups_and_without_data(query, state):
    assert evaluated(query, PointStore(), 10) == {(): state}


def test_default_zero_fills_a_window_that_is_not_empty():
    store = store_with({'a.count': [None, 6], 'other': [1] * 10})

    assert evaluated('avg(last_3m):sum:a.count{*}.as_rate() > 1', store, 3) == {(): (OK, 0.1)}
    assert evaluated('avg(last_3m):default_zero(sum:a.count{*}.as_rate()) > 1', store, 3) == {(): (OK, 0.033333)}


def test_require_full_window():
    query = 'avg(last_3m):avg:a{*} by {k} > 1'
    store = store_with({'a{k:x}': [5, 5, 5], 'a{k:y}': [None, 5, 5]})

    assert evaluated(query, store, 2, {'require_full_window': True}) == {('k:x',): (ALERT, 5)}
    assert evaluated(query, store, 2) == {('k:x',): (ALERT, 5), ('k:y',): (ALERT, 5)}


# ---- service checks

CHECK = '"c".over("service:s").exclude("stage:test").by("k").last(4).count_by_status()'
STATUSES = {'O': 'OK', 'W': 'WARNING', 'C': 'CRITICAL', 'U': 'UNKNOWN'}


def statuses(texts: dict[str, str]) -> PointStore:
    """Return a store with statuses of `c`, a letter each minute, by tags."""
    store = PointStore()
    for tags, text in texts.items():
        for minute, letter in enumerate(text):
            check = ServiceCheckStatus('c', STATUSES[letter], tuple(tags.split(',')), '')
            store.add(START + 60 * minute, [], [check])
    return store


@pytest.mark.parametrize(
    ('text', 'before', 'after'),
    [
        ('O', OK, (OK, 1)),
        ('OCC', OK, (OK, 2)),
        ('OCCC', OK, (ALERT, 3)),
        ('CCCCCC', OK, (ALERT, 4)),
        ('CCCO', ALERT, (ALERT, 1)),
        ('CCCOO', ALERT, (OK, 2)),
        ('CCOC', OK, (OK, 1)),
        ('OWW', OK, (WARN, 2)),
        ('OW', OK, (OK, 1)),
        ('CCU', ALERT, (ALERT, 1)),
    ],
)
def test_consecutive_statuses(text, before, after):
    options = {'thresholds': {'critical': 3, 'warning': 2, 'ok': 2}}
    previous = {('k:x',): MonitorState(before, 0)}
    store = statuses({'service:s,k:x': text})

    assert evaluated(CHECK, store, len(text), options, previous) == {('k:x',): after}


def test_which_statuses_a_monitor_of_a_check_sees():
    store = statuses(
        {
            'service:s,k:x,endpoint:1': 'O',
            'service:s,k:x,endpoint:2': 'C',
            'service:s,k:y,endpoint:1': 'O',
            'service:s,k:z,stage:test': 'C',
            'service:other,k:z': 'C',
            'service:s': 'C',
        }
    )

    assert evaluated(CHECK, store, 1) == {('k:x',): (ALERT, 1), ('k:y',): (OK, 1)}
    assert evaluated('"c".over("*").last(1).count_by_status()', store, 1) == {(): (ALERT, 1)}
    # All tags have to be there.
    assert evaluated(CHECK.replace('"service:s"', '"service:s","k:y"'), store, 1) == {('k:y',): (OK, 1)}
    assert evaluated(CHECK, store, -1) == {}


@pytest.mark.parametrize(
    ('options', 'minutes', 'status'),
    [
        ({'notify_no_data': True, 'no_data_timeframe': 10}, 10, ALERT),
        ({'notify_no_data': True, 'no_data_timeframe': 10}, 11, NO_DATA),
        ({'notify_no_data': True}, 1440, ALERT),
        ({'notify_no_data': True}, 1441, NO_DATA),
        ({'no_data_timeframe': 10}, 11, OK),
    ],
)
def test_no_status_for_some_time(options, minutes, status):
    states = evaluated(CHECK, statuses({'service:s,k:x': 'C'}), minutes, options)

    assert states['k:x',][0] == status


# ---- logs


def test_logs():
    asked = []

    def count_logs(search, keys, start, end):
        asked.append((search, keys, start, end))
        return {('demo',): 6, ('other',): 5}

    query = 'logs("source:cilium-agent").index("*").rollup("count").by("kube_cluster_name").last("15m") > 5'
    states = evaluate_monitor({'query': query}, PointStore(), START, count_logs=count_logs)

    assert states == {
        ('kube_cluster_name:demo',): MonitorState(ALERT, 6),
        ('kube_cluster_name:other',): MonitorState(OK, 5),
    }
    assert asked == [('source:cilium-agent', ('kube_cluster_name',), START - 900, START)]


def test_no_logs():
    query = 'logs("x").index("*").rollup("count").last("15m") > 5'

    states = evaluate_monitor({'query': query}, PointStore(), START, count_logs=lambda *_: {})

    assert states == {(): MonitorState(OK, 0)}


@pytest.mark.parametrize(
    ('query', 'count_logs'),
    [
        ('logs("x").index("*").rollup("count").last("15m") > 5', None),
        ('logs("x").index("*").rollup("cardinality", "@y").last("15m") > 5', lambda *_: {}),
    ],
)
def test_what_is_not_evaluated_of_logs(query, count_logs):
    with pytest.raises(NotEvaluated, match='only counts are evaluated'):
        evaluate_monitor({'query': query}, PointStore(), START, count_logs=count_logs)
