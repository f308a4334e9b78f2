# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a monitor says minute after minute, and what it sends."""

from __future__ import annotations

import numpy as np
import pytest
from fleet import START as FLEET_START
from fleet import Cluster
from fleet_alerts import CORE, SETTLED, of_features
from fleet_metrics import store_of
from monitor_scenarios import MONITORS
from point_stores import START, store_with

from toolkit.evaluation.errors import NotEvaluated
from toolkit.evaluation.history import WORST_LAST, Notification, history_of, notifications
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import series_of

ALERT, WARN, NO_DATA = Status.ALERT, Status.WARN, Status.NO_DATA


def definition(query: str, critical: float = 5, **options: object) -> dict:
    return {
        'name': 'A monitor',
        'query': f'{query} > {critical}',
        'options': {'thresholds': {'critical': critical}, 'on_missing_data': 'resolve', **options},
    }


BY_NODE = 'max(last_1m):max:a{*} by {cluster,node}'


def sent(body: dict, points: dict[str, list[float | None]], minutes: int) -> list[tuple[int, Status, str, int]]:
    """Return what is sent: minute, status, what for, and how many groups are bad."""
    history = history_of(body, store_with(points), START, START + 60 * minutes)
    return [_short(one) for one in notifications(body, history)]


def _short(one: Notification) -> tuple[int, Status, str, int]:
    return round((one.time - START) / 60), one.status, ','.join(one.about), len(one.groups)


def test_values_are_those_of_the_window() -> None:
    body = definition('sum(last_2m):sum:a.count{*}.as_count()')
    history = history_of(body, store_with({'a.count{}': [1, 2, 4, 8]}), START, START + 180)
    assert history.values.tolist() == [[3, 6, 12]]
    assert [WORST_LAST[status] for status in history.statuses[0]] == [Status.OK, ALERT, ALERT]


def test_alert_is_sent_once() -> None:
    points = {'a{cluster:x,node:1}': [0, 9, 9, 9, 0, 9]}
    assert sent(definition(BY_NODE), points, 5) == [
        (1, ALERT, 'cluster:x,node:1', 1),
        (5, ALERT, 'cluster:x,node:1', 1),
    ]


def test_second_node_hides_behind_the_first() -> None:
    points = {
        'a{cluster:x,node:1}': [0, 9, 9, 9],
        'a{cluster:x,node:2}': [0, 0, 9, 9],
        'a{cluster:y,node:3}': [0, 0, 9, 9],
    }
    assert sent(definition(BY_NODE, notify_by=['cluster']), points, 3) == [
        (1, ALERT, 'cluster:x', 1),
        (2, ALERT, 'cluster:y', 1),
    ]


def test_what_is_worse_is_sent_again() -> None:
    points = {'a{cluster:x,node:1}': [0, 4, 4, 9]}
    body = definition(BY_NODE, thresholds={'critical': 5, 'warning': 3})
    assert [(minute, status) for minute, status, _, _ in sent(body, points, 3)] == [(1, WARN), (3, ALERT)]


def test_alert_that_lasts_is_repeated() -> None:
    points = {'a{cluster:x,node:1}': [0, *[9] * 9]}
    body = definition(BY_NODE, renotify_interval=3, renotify_statuses=['alert'])
    assert [minute for minute, _, _, _ in sent(body, points, 9)] == [1, 4, 7]


def test_new_group_has_time_to_settle() -> None:
    points: dict[str, list[float | None]] = {
        'a{cluster:x,node:1}': [0] * 8,
        'a{cluster:x,node:2}': [None, None, *[9] * 6],
    }
    assert [minute for minute, _, _, _ in sent(definition(BY_NODE, new_group_delay=180), points, 7)] == [5]


@pytest.mark.parametrize(('choice', 'expected'), [('show_and_notify_no_data', [(7, NO_DATA)]), ('resolve', [])])
def test_missing_data_is_what_the_monitor_says(choice: str, expected: list[tuple[int, Status]]) -> None:
    # A gauge goes on for five minutes after its last point.
    points = {'a{cluster:x,node:1}': [0, 0], 'b{}': [0] * 12}
    body = definition(BY_NODE, on_missing_data=choice)
    assert [(minute, status) for minute, status, _, _ in sent(body, points, 10)] == expected


@pytest.mark.parametrize(
    'query',
    [
        '"a.check".over("*").last(2).count_by_status()',
        "avg(last_4h):anomalies(avg:a{*}, 'basic', 2) >= 1",
        'logs("error").index("*").rollup("count").last("5m") > 1',
    ],
)
def test_other_monitors_have_no_history(query: str) -> None:
    with pytest.raises(NotEvaluated, match='A monitor'):
        history_of({'name': 'A monitor', 'query': query}, store_with({'a{}': [1]}), START, START + 60)


def test_history_says_what_the_monitor_says() -> None:
    """Minute by minute, on a fleet to which something happens."""
    cluster = Cluster(12, SETTLED + 60)
    cluster.stop([3], SETTLED + 15)
    cluster.cut_off(np.arange(6), SETTLED + 35)
    cluster.restart_api_server(SETTLED + 15)
    for monitor_id in (*CORE, *of_features('bgp')):
        definition = MONITORS[monitor_id]
        store = store_of([cluster], (s.metric for s in series_of(parse_monitor(definition['query']).expression)))
        history = history_of(definition, store, FLEET_START + 60 * SETTLED, FLEET_START + 60 * (cluster.minutes - 1))
        states: dict[Group, MonitorState] = {}
        for column, time in enumerate(history.times):
            states = evaluate_monitor(definition, store, time, states)
            for row, group in enumerate(history.groups):
                state = states.get(group)
                if state is not None and state.value is not None and not np.isnan(history.values[row, column]):
                    assert history.values[row, column] == pytest.approx(state.value), (monitor_id, group, column)
                    assert WORST_LAST[history.statuses[row, column]] is state.status, (monitor_id, group, column)
