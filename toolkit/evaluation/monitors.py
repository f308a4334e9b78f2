# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Evaluate the definition of a monitor at a moment.

This is an approximation: `differences.md` says where Datadog differs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from toolkit.evaluation.errors import EvaluationError, NotEvaluated
from toolkit.evaluation.functions import ALGORITHMS
from toolkit.evaluation.points import COUNT, PointStore, Tags
from toolkit.evaluation.queries import Evaluation
from toolkit.evaluation.tables import NO_VALUE, Grid, Table, collapsed, combined
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import (
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Expression,
    LogMonitor,
    MetricMonitor,
    Negative,
    Window,
    expressions_within,
    series_of,
)

STEP = 60
"""Seconds of an interval, if the window of a monitor does not have too many of them."""

MOST_INTERVALS = 1440

HOURS_UNTIL_NO_STATUS = 24
"""Source: https://docs.datadoghq.com/api/latest/monitors/, `no_data_timeframe` of service checks."""

Group = tuple[str, ...]
"""The tags, `key:value`, of a group of a monitor, in the order of its query. Without groups it is empty."""


class Status(StrEnum):
    """What a monitor says of a group."""

    OK = 'OK'
    WARN = 'WARN'
    ALERT = 'ALERT'
    NO_DATA = 'NO DATA'
    NOT_EVALUATED = 'NOT EVALUATED'
    """Only Datadog can tell. The value is that of the query within."""


@dataclass(frozen=True)
class MonitorState:
    """The status of a group, and the value that it comes from, or None if there is no data."""

    status: Status
    value: float | None = None


CountLogs = Callable[[str, tuple[str, ...], float, float], Mapping[tuple[str, ...], int]]
"""
How many logs match a search, by group: from search, keys, start and end, in seconds since 1970.

A group is the values of the keys.
"""


def evaluate_monitor(
    definition: Mapping,
    store: PointStore,
    now: float,
    previous: Mapping[Group, MonitorState] | None = None,
    count_logs: CountLogs | None = None,
) -> dict[Group, MonitorState]:
    """
    Evaluate a monitor, as the API has it (`query`, `options`), at `now`, in seconds since 1970.

    `previous` are the states of the evaluation before. They matter to recovery thresholds, and to groups that have no
    data any more. `count_logs` is for monitors of logs.
    Raises `EvaluationError`, and `QueryError`.
    """
    monitor = parse_monitor(definition['query'])
    options = definition.get('options', {})
    now -= options.get('evaluation_delay') or 0
    previous = previous or {}
    match monitor:
        case MetricMonitor() if _algorithms(monitor.expression):
            values = _values_of_metric(monitor, store, now)
            return {group: MonitorState(Status.NOT_EVALUATED, value) for group, value in values.items()}
        case MetricMonitor() | ChangeMonitor():
            if isinstance(monitor, MetricMonitor):
                values = _values_of_metric(monitor, store, now)
            else:
                values = _values_of_change(monitor, store, now)
            if options.get('require_full_window'):
                full = _full_groups(monitor, store, now)
                values = {group: value for group, value in values.items() if group in full}
            counts = _is_count(monitor.expression, store)
            keyless = not any(series.keys for series in series_of(monitor.expression))
        case LogMonitor():
            values, counts, keyless = _values_of_logs(monitor, now, count_logs), True, not monitor.keys
        case CheckMonitor():
            return _states_of_check(monitor, options, store, now, previous)
    thresholds = {'critical': monitor.threshold, **(options.get('thresholds') or {})}
    states = {
        group: MonitorState(_status(value, monitor.comparison, thresholds, _before(previous, group)), value)
        for group, value in values.items()
    }
    missing = set(previous) | ({()} if keyless else set())
    for group in sorted(missing - set(states)):
        states[group] = _without_data(
            options, counts, monitor.comparison, thresholds, previous.get(group, MonitorState(Status.NO_DATA))
        )
    return states


# ---- values


def _grid(window: Window, now: float) -> Grid:
    if window.kind == 'current':
        raise EvaluationError(f'{window}: only windows that end now can be evaluated here')
    step = max(STEP, window.seconds / MOST_INTERVALS)
    return Grid(now - window.seconds, step, round(window.seconds / step), late=True)


def _evaluation(store: PointStore, collapse_series: str | None = None) -> Evaluation:
    # In a window without data, Datadog documents, default_zero() has no effect on monitors.
    return Evaluation(store, collapse_series=collapse_series, zero_for_nothing=False)


def _algorithms(expression: Expression) -> bool:
    return any(isinstance(part, Call) and part.function in ALGORITHMS for part in expressions_within(expression))


def _values_of_metric(monitor: MetricMonitor, store: PointStore, now: float) -> dict[Group, float]:
    expression = monitor.expression
    is_arithmetic = any(isinstance(part, Binary | Negative) for part in expressions_within(expression))
    has_counts = any(series.form == 'as_count' for series in series_of(expression))
    if has_counts and monitor.aggregator != 'sum' and not _algorithms(expression):
        raise EvaluationError(f'{monitor.aggregator}({monitor.window}) of as_count(): Datadog takes sum only')
    # Source: https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/: of counts, the window is
    # aggregated before arithmetic.
    early = monitor.aggregator if is_arithmetic and has_counts else None
    table = _evaluation(store, collapse_series=early).of(expression, _grid(monitor.window, now))
    return _values(collapsed(table, monitor.aggregator))


def _values_of_change(monitor: ChangeMonitor, store: PointStore, now: float) -> dict[Group, float]:
    """Source: https://docs.datadoghq.com/monitors/guide/change-alert/"""
    grid, shift = _grid(monitor.window, now), monitor.shift.seconds
    evaluation = _evaluation(store)
    current = evaluation.of(monitor.expression, grid)
    before = evaluation.of(monitor.expression, grid.shifted(-shift)).shifted(shift)
    if monitor.change == 'change':
        change = combined(current, before, np.subtract)
    else:
        change = combined(current, before, lambda now, then: (now - then) / then * 100)
    return _values(collapsed(change, monitor.aggregator))


def _values_of_logs(monitor: LogMonitor, now: float, count_logs: CountLogs | None) -> dict[Group, float]:
    if monitor.method != 'count' or count_logs is None:
        raise NotEvaluated('of logs, only counts are evaluated here, and only where there are logs')
    counts = count_logs(monitor.search, monitor.keys, now - monitor.window.seconds, now)
    return {_group(monitor.keys, values): float(count) for values, count in counts.items()}


def _values(table: Table) -> dict[Group, float]:
    """Return the values of groups. A monitor does not see series without one of the keys of its groups."""
    return {
        _group(table.keys, group): float(value)
        for group, (value,) in zip(table.groups, table.values, strict=True)
        if not np.isnan(value) and NO_VALUE not in group
    }


def _group(keys: tuple[str, ...], values: tuple[str, ...]) -> Group:
    return tuple(f'{key}:{value}' for key, value in zip(keys, values, strict=True))


def _full_groups(monitor: MetricMonitor | ChangeMonitor, store: PointStore, now: float) -> set[Group]:
    """Return the groups that have data in the first interval of the window."""
    table = _evaluation(store).of(monitor.expression, _grid(monitor.window, now))
    full = ~np.isnan(table.values[:, 0])
    return {_group(table.keys, group) for group, is_full in zip(table.groups, full, strict=True) if is_full}


def _is_count(expression: Expression, store: PointStore) -> bool:
    """Tell whether Datadog evaluates missing data as zero: for counts, unless `default_zero` is there."""
    if any(isinstance(part, Call) and part.function == 'default_zero' for part in expressions_within(expression)):
        return False
    return all(
        series.form is not None or (series.metric in store.metrics and store.metrics[series.metric].type == COUNT)
        for series in series_of(expression)
    )


# ---- statuses

_COMPARISONS = {
    '>': operator.gt,
    '>=': operator.ge,
    '<': operator.lt,
    '<=': operator.le,
    '==': operator.eq,
}

_RECOVERIES = {'>': operator.le, '>=': operator.lt, '<': operator.ge, '<=': operator.gt, '==': operator.ne}
"""Source: https://docs.datadoghq.com/monitors/guide/recovery-thresholds/"""


def _before(previous: Mapping[Group, MonitorState], group: Group) -> Status:
    return previous[group].status if group in previous else Status.OK


def _status(value: float, comparison: str, thresholds: Mapping, before: Status) -> Status:
    for status, name, earlier in (
        (Status.ALERT, 'critical', (Status.ALERT,)),
        (Status.WARN, 'warning', (Status.WARN, Status.ALERT)),
    ):
        threshold, recovery = thresholds.get(name), thresholds.get(f'{name}_recovery')
        if threshold is not None and _COMPARISONS[comparison](value, threshold):
            return status
        if before in earlier and recovery is not None and not _RECOVERIES[comparison](value, recovery):
            return status
    return Status.OK


def _without_data(
    options: Mapping, is_count: bool, comparison: str, thresholds: Mapping, before: MonitorState
) -> MonitorState:
    """Source: https://docs.datadoghq.com/monitors/configuration/#no-data"""
    choice = options.get('on_missing_data') or ('show_no_data' if options.get('notify_no_data') else 'default')
    if choice == 'resolve':
        return MonitorState(Status.OK)
    if choice in ('show_no_data', 'show_and_notify_no_data'):
        return MonitorState(Status.NO_DATA)
    if is_count:
        return MonitorState(_status(0, comparison, thresholds, before.status), 0)
    return MonitorState(before.status)


def _states_of_check(
    monitor: CheckMonitor,
    options: Mapping,
    store: PointStore,
    now: float,
    previous: Mapping[Group, MonitorState],
) -> dict[Group, MonitorState]:
    """A group is as bad as the worst of the endpoints, or what else a check has statuses of, in it."""
    thresholds = options.get('thresholds') or {}
    minutes = options.get('no_data_timeframe') or HOURS_UNTIL_NO_STATUS * 60
    states: dict[Group, MonitorState] = {}
    for tags, statuses in store.statuses(monitor.check).items():
        group = _group_of_check(monitor, tags)
        known = [(time, status) for time, status in statuses if time <= now]
        if group is None or not known:
            continue
        if known[-1][0] < now - minutes * 60:
            state = MonitorState(Status.NO_DATA if options.get('notify_no_data') else _before(previous, group))
        else:
            recent = [status for _, status in known[-monitor.last :]]
            state = _state_of_statuses(recent, thresholds, _before(previous, group))
        states[group] = max(states.get(group, state), state, key=lambda state: _BADNESS.index(state.status))
    return states


_BADNESS = (Status.OK, Status.NO_DATA, Status.WARN, Status.ALERT)


def _group_of_check(monitor: CheckMonitor, tags: Tags) -> Group | None:
    """Return the group that a status with these tags is in, or None if the monitor does not see it."""
    if any(tag != '*' and tag not in tags for tag in monitor.over) or set(monitor.excluded) & set(tags):
        return None
    group = tuple(next((tag for tag in tags if tag.startswith(f'{key}:')), '') for key in monitor.keys)
    return None if '' in group else group


def _state_of_statuses(statuses: list[str], thresholds: Mapping, before: Status) -> MonitorState:
    """Count the statuses at the end that are the same: the value is how many."""
    newest = statuses[-1]
    run = next((i for i, status in enumerate(reversed(statuses)) if status != newest), len(statuses))
    for name, key, status in (
        ('CRITICAL', 'critical', Status.ALERT),
        ('WARNING', 'warning', Status.WARN),
        ('OK', 'ok', Status.OK),
    ):
        if newest == name and run >= (thresholds.get(key) or 1):
            return MonitorState(status, run)
    return MonitorState(before, run)
