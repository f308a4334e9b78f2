# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What a monitor of metrics says minute after minute, and what it sends: hours of a large fleet in one evaluation.

The values are those that `evaluate_monitor` gives at each minute, but for gaps that end later: it cannot know their end
yet, and goes on with the last point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from toolkit.evaluation.errors import NotEvaluated
from toolkit.evaluation.monitor_states import Condition, Group, MonitorState, Status, state_without_data
from toolkit.evaluation.monitor_values import STEP, has_algorithm, missing_is_zero, of_counts_in_arithmetic
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import Evaluation
from toolkit.evaluation.tables import AGGREGATORS, NO_VALUE, Grid, Table, combined
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor

_WORST_LAST = (Status.OK, Status.NO_DATA, Status.WARN, Status.ALERT)
_RENOTIFIED = {'alert': Status.ALERT, 'warn': Status.WARN, 'no data': Status.NO_DATA}


@dataclass(frozen=True)
class History:
    """
    What a monitor says of its groups: `values` and `statuses` have a row for each group, a column for each of `times`.

    Times are in seconds since 1970. NaN is no data, and a status of None is a group that was never seen so far.
    """

    times: np.ndarray
    groups: list[Group]
    values: np.ndarray
    statuses: list[list[Status | None]]


@dataclass(frozen=True)
class Notification:
    """What is sent at a time: for the tags of `notify_by`, and because of which groups."""

    time: float
    status: Status
    about: Group
    groups: tuple[Group, ...]


def history_of(definition: Mapping, store: PointStore, start: float, end: float) -> History:
    """
    Return what a monitor, as the API has it, says at each minute after `start` until `end`, in seconds since 1970.

    Raises `NotEvaluated` for monitors of logs, of service checks, and those that only Datadog can evaluate.
    """
    monitor = parse_monitor(definition['query'])
    if not isinstance(monitor, MetricMonitor | ChangeMonitor) or has_algorithm(monitor.expression):
        raise NotEvaluated(f'{definition["name"]}: only monitors of metrics have a history here')
    options = definition.get('options', {})
    table = _values(monitor, options, store, start, end)
    groups, values = _seen_by_a_monitor(table)
    condition = Condition(monitor.comparison, {'critical': monitor.threshold, **(options.get('thresholds') or {})})
    zero = missing_is_zero(monitor.expression, store)

    def status(value: float, before: Status | None) -> Status | None:
        if not np.isnan(value):
            return condition.status(value, before or Status.OK)
        return before and state_without_data(options, zero, condition, MonitorState(before)).status

    statuses: list[list[Status | None]] = []
    for line in values.tolist():
        states: list[Status | None] = []
        for value in line:
            states.append(status(value, states[-1] if states else None))
        statuses.append(states)
    return History(start + STEP * np.arange(1, values.shape[1] + 1), groups, values, statuses)


def notifications(definition: Mapping, history: History) -> list[Notification]:
    """
    Return what a monitor sends, recoveries left out.

    Groups that are sent for together are told once, when the first of them gets bad; only what is worse is told again,
    or the same as a reminder. A new group has some time to settle. One that is there at the beginning is not new.
    """
    options = definition['options']
    keys = options.get('notify_by')
    delay = options.get('new_group_delay') or 0
    members: dict[Group, list[int]] = {}
    for number, group in enumerate(history.groups):
        about = group if keys is None else tuple(tag for tag in group if tag.partition(':')[0] in keys)
        members.setdefault(about, []).append(number)
    watched = [_when_watched(states, history.times, delay) for states in history.statuses]
    renotified = {_RENOTIFIED[name] for name in options.get('renotify_statuses') or ()}
    interval = 60 * (options.get('renotify_interval') or 0)
    sent = []
    for about, numbers in members.items():
        last, told = Status.OK, 0.0
        for column, time in enumerate(history.times):
            found = {n: history.statuses[n][column] or Status.OK for n in numbers if time >= watched[n]}
            worst = max(found.values(), default=Status.OK, key=_WORST_LAST.index)
            is_reminder = worst in renotified and interval and time - told >= interval
            if worst is not Status.OK and (_WORST_LAST.index(worst) > _WORST_LAST.index(last) or is_reminder):
                bad = tuple(history.groups[n] for n, status in found.items() if status is worst)
                sent.append(Notification(float(time), worst, about, bad))
                told = float(time)
            last = worst
    return sorted(sent, key=lambda one: one.time)


def _when_watched(states: list[Status | None], times: np.ndarray, delay: float) -> float:
    first = next((column for column, status in enumerate(states) if status is not None), 0)
    return 0.0 if first == 0 else float(times[first]) + delay


def _values(
    monitor: MetricMonitor | ChangeMonitor, options: Mapping, store: PointStore, start: float, end: float
) -> Table:
    delay = options.get('evaluation_delay') or 0
    width = round(monitor.window.seconds / STEP)
    grid = Grid.of_monitor(start - delay - monitor.window.seconds, end - delay, STEP)
    rolled = _rolling(monitor.aggregator, width)
    if isinstance(monitor, ChangeMonitor):
        shift, evaluation = monitor.shift.seconds, Evaluation(store, zero_for_nothing=False)
        current = evaluation.of(monitor.expression, grid)
        before = evaluation.of(monitor.expression, grid.shifted(-shift)).shifted(shift)
        relative = monitor.change != 'change'
        table = combined(current, before, lambda now, then: (now - then) / (then / 100 if relative else 1))
    elif of_counts_in_arithmetic(monitor):
        return _last(Evaluation(store, of_series=rolled, zero_for_nothing=False).of(monitor.expression, grid), width)
    else:
        table = Evaluation(store, zero_for_nothing=False).of(monitor.expression, grid)
    result = rolled(table)
    if options.get('require_full_window'):
        full = ~np.isnan(table.values[:, 1 : 1 + result.values.shape[1] - width])
        return replace(result, values=np.where(full, result.values[:, width:], np.nan))
    return _last(result, width)


def _last(table: Table, width: int) -> Table:
    """Return the values of those minutes that have a whole window before them."""
    return replace(table, values=table.values[:, width:])


def _rolling(aggregator: str, width: int) -> Callable[[Table], Table]:
    """Return what makes of each value that of the window which ends with it."""

    def rolled(table: Table) -> Table:
        padded = np.pad(table.values, ((0, 0), (width - 1, 0)), constant_values=np.nan)
        values = np.empty_like(table.values)
        for row, line in enumerate(padded):
            values[row] = AGGREGATORS[aggregator](np.lib.stride_tricks.sliding_window_view(line, width))
        return replace(table, values=values)

    return rolled


def _seen_by_a_monitor(table: Table) -> tuple[list[Group], np.ndarray]:
    rows = [row for row, group in enumerate(table.groups) if NO_VALUE not in group]
    groups = [tuple(f'{key}:{value}' for key, value in zip(table.keys, table.groups[row], strict=True)) for row in rows]
    return groups, table.values[rows]
