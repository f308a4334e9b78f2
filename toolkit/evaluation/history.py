# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What a monitor of metrics says minute after minute, and what it sends: hours of a large fleet in one evaluation.

The values are those that `evaluate_monitor` gives at each minute, but for two things. In gaps that end later, it cannot
know their end yet, and goes on with the last point. And `default_zero` has values for a group whose window is empty.
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

WORST_LAST = (Status.OK, Status.NO_DATA, Status.WARN, Status.ALERT)
"""A history has the place of a status in here; -1 is a group that was never seen so far."""

_RENOTIFIED = {'alert': Status.ALERT, 'warn': Status.WARN, 'no data': Status.NO_DATA}
_NEVER_SEEN = -1
_MOST_AT_ONCE = 4_000_000
"""Values in memory while windows are made one value each."""


@dataclass(frozen=True)
class History:
    """
    What a monitor says of its groups: `values` and `statuses` have a row for each group, a column for each of `times`.

    Times are in seconds since 1970. Of values, NaN is no data. Statuses are places in `WORST_LAST`, or -1.
    """

    times: np.ndarray
    groups: list[Group]
    values: np.ndarray
    statuses: np.ndarray


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
    rows = [row for row, group in enumerate(table.groups) if NO_VALUE not in group]
    groups = [tuple(f'{key}:{value}' for key, value in zip(table.keys, table.groups[row], strict=True)) for row in rows]
    values = table.values[rows]
    condition = Condition(monitor.comparison, {'critical': monitor.threshold, **(options.get('thresholds') or {})})
    zero = missing_is_zero(monitor.expression, store)
    statuses = np.full(values.shape, _NEVER_SEEN, dtype=np.int8)
    # Most groups of a fleet have always data, and are always well.
    simple = ~np.isnan(values).any(axis=1) & ~condition.holds(values).any(axis=1)
    statuses[simple] = 0
    for row in np.flatnonzero(~simple):
        statuses[row] = _statuses(values[row].tolist(), condition, options, zero)
    return History(start + STEP * np.arange(1, values.shape[1] + 1), groups, values, statuses)


def _statuses(line: list[float], condition: Condition, options: Mapping, zero: bool) -> list[int]:
    found = []
    before: Status | None = None
    for value in line:
        if value == value:
            before = condition.status(value, before or Status.OK)
        elif before is not None:
            before = state_without_data(options, zero, condition, MonitorState(before)).status
        found.append(_NEVER_SEEN if before is None else WORST_LAST.index(before))
    return found


def notifications(definition: Mapping, history: History) -> list[Notification]:
    """
    Return what a monitor sends, recoveries left out.

    Groups that are sent for together are told once, when the first of them gets bad; only what is worse is told again,
    or the same as a reminder. A new group has some time to settle. One that is there at the beginning is not new.
    """
    options = definition['options']
    keys = options.get('notify_by')
    members: dict[Group, list[int]] = {}
    for number, group in enumerate(history.groups):
        about = group if keys is None else tuple(tag for tag in group if tag.partition(':')[0] in keys)
        members.setdefault(about, []).append(number)
    statuses = _without_new_groups(history, options.get('new_group_delay') or 0)
    renotified = [WORST_LAST.index(_RENOTIFIED[name]) for name in options.get('renotify_statuses') or ()]
    interval = 60 * (options.get('renotify_interval') or 0)
    sent = []
    for about, numbers in members.items():
        last, told = 0, 0.0
        for column, worst in enumerate(statuses[numbers].max(axis=0).clip(0).tolist()):
            time = float(history.times[column])
            is_reminder = worst in renotified and interval and time - told >= interval
            if worst and (worst > last or is_reminder):
                bad = tuple(history.groups[number] for number in numbers if statuses[number, column] == worst)
                sent.append(Notification(time, WORST_LAST[worst], about, bad))
                told = time
            last = worst
    return sorted(sent, key=lambda one: one.time)


def _without_new_groups(history: History, delay: float) -> np.ndarray:
    """Return the statuses, with a 0 where a group is still new."""
    seen = history.statuses != _NEVER_SEEN
    first = np.where(seen[:, :1].all(axis=1), -np.inf, history.times[seen.argmax(axis=1)])
    return np.where(history.times < first[:, np.newaxis] + delay, 0, history.statuses)


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
        table = Evaluation(store, of_series=rolled, zero_for_nothing=False).of(monitor.expression, grid)
        return replace(table, values=table.values[:, width:])
    else:
        table = Evaluation(store, zero_for_nothing=False).of(monitor.expression, grid)
    values = rolled(table).values[:, width:]
    if options.get('require_full_window'):
        # A window begins one minute after the value that comes before it.
        values = np.where(np.isnan(table.values[:, 1 : 1 + values.shape[1]]), np.nan, values)
    return replace(table, values=values)


def _rolling(aggregator: str, width: int) -> Callable[[Table], Table]:
    """Return what makes of each value that of the window which ends with it."""

    def rolled(table: Table) -> Table:
        padded = np.pad(table.values, ((0, 0), (width - 1, 0)), constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
        values = np.empty_like(table.values)
        at_once = max(1, _MOST_AT_ONCE // (windows.shape[1] * width))
        for row in range(0, len(values), at_once):
            some = windows[row : row + at_once]
            values[row : row + at_once] = AGGREGATORS[aggregator](some.reshape(-1, width)).reshape(some.shape[:2])
        return replace(table, values=values)

    return rolled
