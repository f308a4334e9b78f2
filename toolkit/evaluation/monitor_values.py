# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The values that monitors of metrics and of logs compare with their thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from toolkit.evaluation.errors import EvaluationError, NotEvaluated
from toolkit.evaluation.functions import ALGORITHMS
from toolkit.evaluation.monitor_states import Group
from toolkit.evaluation.points import COUNT, PointStore
from toolkit.evaluation.queries import Evaluation
from toolkit.evaluation.tables import NO_VALUE, Grid, Table, collapsed, combined
from toolkit.queries.syntax import (
    Binary,
    Call,
    ChangeMonitor,
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

CountLogs = Callable[[str, tuple[str, ...], float, float], Mapping[tuple[str, ...], int]]
"""
How many logs match a search, by group: from search, keys, start and end, in seconds since 1970.

A group is the values of the keys.
"""


def has_algorithm(expression: Expression) -> bool:
    """Tell whether only Datadog can evaluate an expression."""
    return any(isinstance(part, Call) and part.function in ALGORITHMS for part in expressions_within(expression))


def values_of_metric(monitor: MetricMonitor, store: PointStore, now: float) -> dict[Group, float]:
    """
    Return the value of each group that has data. Of algorithms it is the value of the query within.

    Raises `EvaluationError`.
    """
    expression = monitor.expression
    has_counts = any(series.form == 'as_count' for series in series_of(expression))
    if has_counts and monitor.aggregator != 'sum' and not has_algorithm(expression):
        raise EvaluationError(f'{monitor.aggregator}({monitor.window}) of as_count(): Datadog takes sum only')
    early = (lambda table: collapsed(table, monitor.aggregator)) if of_counts_in_arithmetic(monitor) else None
    table = _evaluation(store, early).of(expression, _grid(monitor.window, now))
    return _values(collapsed(table, monitor.aggregator))


def of_counts_in_arithmetic(monitor: MetricMonitor) -> bool:
    """
    Tell whether the window is aggregated before arithmetic is done, as Datadog does with counts.

    Source: https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/
    """
    is_arithmetic = any(isinstance(part, Binary | Negative) for part in expressions_within(monitor.expression))
    return is_arithmetic and any(series.form == 'as_count' for series in series_of(monitor.expression))


def values_of_change(monitor: ChangeMonitor, store: PointStore, now: float) -> dict[Group, float]:
    """
    Return the change of each group that has data now and before, in percent for `pct_change`.

    Source: https://docs.datadoghq.com/monitors/guide/change-alert/
    Raises `EvaluationError`.
    """
    grid, shift = _grid(monitor.window, now), monitor.shift.seconds
    evaluation = _evaluation(store)
    current = evaluation.of(monitor.expression, grid)
    before = evaluation.of(monitor.expression, grid.shifted(-shift)).shifted(shift)
    if monitor.change == 'change':
        change = combined(current, before, np.subtract)
    else:
        change = combined(current, before, lambda now, then: (now - then) / then * 100)
    return _values(collapsed(change, monitor.aggregator))


def values_of_logs(monitor: LogMonitor, now: float, count_logs: CountLogs | None) -> dict[Group, float]:
    """Return how many logs each group has. Raises `NotEvaluated` for other methods, and without logs."""
    if monitor.method != 'count' or count_logs is None:
        raise NotEvaluated('of logs, only counts are evaluated here, and only where there are logs')
    counts = count_logs(monitor.search, monitor.keys, now - monitor.window.seconds, now)
    return {_group(monitor.keys, values): float(count) for values, count in counts.items()}


def groups_with_full_window(monitor: MetricMonitor | ChangeMonitor, store: PointStore, now: float) -> set[Group]:
    """Return the groups that have data in the first interval of the window."""
    table = _evaluation(store).of(monitor.expression, _grid(monitor.window, now))
    full = ~np.isnan(table.values[:, 0])
    return {_group(table.keys, group) for group, is_full in zip(table.groups, full, strict=True) if is_full}


def missing_is_zero(expression: Expression, store: PointStore) -> bool:
    """
    Tell whether Datadog evaluates missing data as zero: that of counts, unless `default_zero` is there.

    Source: https://docs.datadoghq.com/monitors/configuration/#no-data
    """
    if any(isinstance(part, Call) and part.function == 'default_zero' for part in expressions_within(expression)):
        return False
    return all(
        series.form is not None or (series.metric in store.metrics and store.metrics[series.metric].type == COUNT)
        for series in series_of(expression)
    )


def _evaluation(store: PointStore, of_series: Callable[[Table], Table] | None = None) -> Evaluation:
    # In a window without data, Datadog documents, default_zero() has no effect on monitors.
    return Evaluation(store, of_series=of_series, zero_for_nothing=False)


def _grid(window: Window, now: float) -> Grid:
    if window.kind == 'current':
        raise EvaluationError(f'{window}: only windows that end now can be evaluated here')
    step = max(STEP, window.seconds / MOST_INTERVALS)
    return Grid.of_monitor(now - window.seconds, now, step)


def _values(table: Table) -> dict[Group, float]:
    """Return the values of groups. A monitor does not see series without one of the keys of its groups."""
    return {
        _group(table.keys, group): float(value)
        for group, (value,) in zip(table.groups, table.values, strict=True)
        if not np.isnan(value) and NO_VALUE not in group
    }


def _group(keys: tuple[str, ...], values: tuple[str, ...]) -> Group:
    return tuple(f'{key}:{value}' for key, value in zip(keys, values, strict=True))
