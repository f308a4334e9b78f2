# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The functions of Datadog's query language, over tables. Source: https://docs.datadoghq.com/dashboards/functions/"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.tables import AGGREGATORS, NO_VALUE, Table

TIMESHIFTS = {
    'hour_before': -3600,
    'day_before': -86400,
    'week_before': -7 * 86400,
    'month_before': -28 * 86400,
}
"""Seconds. `timeshift` has them as its argument."""

ALGORITHMS = ('anomalies', 'forecast', 'outliers')
"""Functions whose result is not known outside Datadog: what they are applied to is the result here."""

Argument = float | str


def apply(function: str, table: Table, arguments: Sequence[Argument]) -> Table:
    """
    Apply a function to a table.

    Raises `EvaluationError` for a function that is known, but not built here.
    """
    if function in ALGORITHMS:
        return table
    try:
        applied = _FUNCTIONS[function]
    except KeyError:
        raise EvaluationError(f'{function}() cannot be evaluated here') from None
    with np.errstate(all='ignore'):
        result = applied(table, *arguments)
    if not isinstance(result, Table):
        result = table.with_values(np.where(np.isfinite(result), result, np.nan))
    return result


def _changes(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each value that follows another, what it adds to that, and the seconds in between."""
    values = table.values
    change, seconds = np.full_like(values, np.nan), np.full_like(values, np.nan)
    for row, line in enumerate(values):
        places = np.flatnonzero(~np.isnan(line))
        change[row, places[1:]] = np.diff(line[places])
        seconds[row, places[1:]] = np.diff(places) * table.grid.step
    return change, seconds


def _diff(table: Table) -> np.ndarray:
    return _changes(table)[0]


def _growth(table: Table) -> np.ndarray:
    change = _diff(table)
    return np.where(change < 0, np.nan, change)


def _dt(table: Table) -> np.ndarray:
    return _changes(table)[1]


def _per(seconds: float) -> Callable[[Table], np.ndarray]:
    # A value that fell is a counter that began anew.
    return lambda table: seconds * _growth(table) / _dt(table)


def _cumsum(table: Table) -> np.ndarray:
    return np.where(np.isnan(table.values), np.nan, np.nancumsum(table.values, axis=1))


def _integral(table: Table) -> np.ndarray:
    return _cumsum(table) * table.grid.step


def _exclude_null(table: Table) -> Table:
    return table.only(np.array([i for i, group in enumerate(table.groups) if NO_VALUE not in group], dtype=int))


def _top(table: Table, limit: Argument, by: Argument, direction: Argument) -> Table:
    ranks = _RANKS[str(by)](table)
    order = np.argsort(-ranks if direction == 'desc' else ranks, kind='stable')
    order = order[~np.isnan(ranks[order])]
    return table.only(order[: int(limit)])


def _moving_rollup(table: Table, seconds: Argument, method: Argument) -> np.ndarray:
    width = max(1, int(float(seconds) // table.grid.step))
    padded = np.pad(table.values, ((0, 0), (width - 1, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    rows, columns = windows.shape[:2]
    flat = windows.reshape(rows * columns, width)
    if method == 'count':
        result = np.count_nonzero(~np.isnan(flat), axis=1).astype(float)
    else:
        result = AGGREGATORS[str(method)](flat)
    return result.reshape(rows, columns)


def _ewma(span: int) -> Callable[[Table], np.ndarray]:
    def ewma(table: Table) -> np.ndarray:
        weight, result = 2 / (span + 1), np.full_like(table.values, np.nan)
        average = np.full(len(table.values), np.nan)
        for column, values in enumerate(table.values.T):
            fresh = np.isnan(average)
            average = np.where(
                fresh, values, np.where(np.isnan(values), average, average + weight * (values - average))
            )
            result[:, column] = np.where(np.isnan(values), np.nan, average)
        return result

    return ewma


def _median(span: int) -> Callable[[Table], np.ndarray]:
    def median(table: Table) -> np.ndarray:
        padded = np.pad(table.values, ((0, 0), (span - 1, 0)), constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(padded, span, axis=1)
        there = ~np.isnan(table.values)
        result = np.full_like(table.values, np.nan)
        result[there] = np.nanmedian(windows[there], axis=1)
        return result

    return median


def _trend_line(table: Table) -> np.ndarray:
    result, place = np.full_like(table.values, np.nan), np.arange(table.grid.count)
    for row, line in enumerate(table.values):
        there = ~np.isnan(line)
        if np.count_nonzero(there) > 1:
            result[row] = np.polyval(np.polyfit(place[there], line[there], 1), place)
    return result


def _counted(test: Callable[[np.ndarray], np.ndarray]) -> Callable[[Table], Table]:
    def count(table: Table) -> Table:
        counts = np.count_nonzero(test(table.values), axis=0).astype(float).reshape(1, -1)
        return Table(table.grid, (), [()] if table.groups else [], counts if table.groups else counts[:0])

    return count


def _aggregated(name: str) -> Callable[[Table], np.ndarray]:
    return lambda table: AGGREGATORS[name](table.values)


_RANKS: dict[str, Callable[[Table], np.ndarray]] = {
    'mean': _aggregated('avg'),
    **{name: _aggregated(name) for name in ('sum', 'min', 'max', 'last')},
    'l2norm': lambda table: np.sqrt(AGGREGATORS['sum'](table.values**2)),
    'area': lambda table: AGGREGATORS['sum'](table.values) * table.grid.step,
}

_FUNCTIONS: dict[str, Callable[..., Table | np.ndarray]] = {
    'abs': lambda table: np.abs(table.values),
    'log2': lambda table: np.log2(table.values),
    'log10': lambda table: np.log10(table.values),
    'cumsum': _cumsum,
    'integral': _integral,
    'default_zero': lambda table: np.nan_to_num(table.values, nan=0.0),
    'exclude_null': _exclude_null,
    'clamp_min': lambda table, least: np.where(table.values < least, least, table.values),
    'clamp_max': lambda table, most: np.where(table.values > most, most, table.values),
    'cutoff_min': lambda table, least: np.where(table.values < least, np.nan, table.values),
    'cutoff_max': lambda table, most: np.where(table.values > most, np.nan, table.values),
    'count_nonzero': _counted(lambda values: ~np.isnan(values) & (values != 0)),
    'count_not_null': _counted(lambda values: ~np.isnan(values)),
    'top': _top,
    'per_second': _per(1),
    'per_minute': _per(60),
    'per_hour': _per(3600),
    'dt': _dt,
    'diff': _diff,
    'monotonic_diff': _growth,
    'derivative': lambda table: _diff(table) / _dt(table),
    'throughput': lambda table: table.values / table.grid.step,
    **{f'ewma_{span}': _ewma(span) for span in (3, 5, 7, 10, 20)},
    **{f'median_{span}': _median(span) for span in (3, 5, 7, 9)},
    'moving_rollup': _moving_rollup,
    'trend_line': _trend_line,
}
