# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""One metric query: select its series, aggregate them over time, then over space."""

from __future__ import annotations

import numpy as np

from toolkit.evaluation.distributions import DISTRIBUTION_AGGREGATOR, of_buckets
from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import COUNT, DISTRIBUTION, GAUGE, Metric, PointStore
from toolkit.evaluation.scopes import Variables, taken
from toolkit.evaluation.tables import NO_VALUE, Grid, Group, Table
from toolkit.queries.syntax import Fill, MetricSeries

LONGEST_GAP = 300
"""
Seconds after a point of a gauge in which its series goes on without one.

Source: https://docs.datadoghq.com/metrics/guide/interpolation-the-fill-modifier-explained/
"""

MOST_INTERVALS = 1500
"""A rollup so short that there are more is not used. Source: https://docs.datadoghq.com/dashboards/functions/rollup/"""


def evaluate_series(series: MetricSeries, store: PointStore, grid: Grid, variables: Variables) -> Table:
    """
    Return the series of a metric query on a grid, or on one of the step of its rollup.

    Raises `EvaluationError` for an aggregator that the type of the metric does not have.
    """
    aggregator = series.aggregator or 'avg'
    step = series.rollup and series.rollup.seconds
    if step and (grid.end - grid.start) / step <= MOST_INTERVALS:
        grid = grid.of_step(step)
    metric = store.metrics.get(series.metric)
    if metric is None:
        return Table(grid, series.keys, [], np.empty((0, grid.count)))
    is_distribution = metric.type == DISTRIBUTION
    if is_distribution != bool(DISTRIBUTION_AGGREGATOR.fullmatch(aggregator)):
        raise EvaluationError(f'{series}: a {metric.type} has no {aggregator} here')
    numbers = np.flatnonzero(taken(series.scope, metric, variables))
    values = _over_time(series, metric, store, grid, np.array(metric.rows, dtype=int)[numbers])
    alive = ~np.isnan(values).all(axis=1)
    values, numbers = values[alive], numbers[alive]
    groups, group_of = _groups(metric, series.keys, numbers)
    if is_distribution:
        values = of_buckets(values, metric, numbers, group_of, aggregator)
    else:
        values = _over_space(values, group_of, len(groups), aggregator)
    return Table(grid, series.keys, groups, values, zero_aligned=metric.type == COUNT)


def _over_time(series: MetricSeries, metric: Metric, store: PointStore, grid: Grid, rows: np.ndarray) -> np.ndarray:
    fill = series.fill or Fill('linear' if metric.type == GAUGE else 'null', None)
    limit = LONGEST_GAP if fill.limit is None else fill.limit
    # A gap may begin before the first interval.
    longer, more = grid.earlier(limit) if fill.method != 'null' else (grid, 0)
    columns, times = store.times(*longer.edges[[0, -1]])
    in_window = grid.in_window(times)
    method = (series.rollup and series.rollup.method) or ('avg' if metric.type == GAUGE else 'sum')
    values = _rolled_up(store.values(rows, columns)[:, in_window], times[in_window], longer, method)
    if metric.type == COUNT and series.form == 'as_rate':
        values = values / grid.step
    if fill.method != 'null':
        values = _filled(values, longer.step, fill.method, limit)
    return values[:, more:]


def _rolled_up(values: np.ndarray, times: np.ndarray, grid: Grid, method: str) -> np.ndarray:
    """Make one value of the points in each interval."""
    interval = np.searchsorted(grid.edges, times, 'left' if grid.late else 'right') - 1
    inside = (interval >= 0) & (interval < grid.count)
    values, interval = values[:, inside], interval[inside]
    rolled = np.full((len(values), grid.count), np.nan)
    if not interval.size:
        return rolled
    used, first = np.unique(interval, return_index=True)
    there = ~np.isnan(values)
    counts = np.add.reduceat(there, first, axis=1, dtype=float)
    match method:
        case 'sum' | 'avg':
            result = np.add.reduceat(np.where(there, values, 0), first, axis=1)
            counts[counts == 0] = np.nan
            result = result / counts if method == 'avg' else np.where(np.isnan(counts), np.nan, result)
        case 'min':
            result = np.fmin.reduceat(values, first, axis=1)
        case 'max':
            result = np.fmax.reduceat(values, first, axis=1)
        case 'count':
            result = np.where(counts > 0, counts, np.nan)
        case _:
            raise AssertionError(method)
    rolled[:, used] = result
    return rolled


def _filled(values: np.ndarray, step: float, method: str, limit: float) -> np.ndarray:
    """Put values into gaps, up to `limit` seconds after a point."""
    there = ~np.isnan(values)
    if there.all():
        return values
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    before = np.maximum.accumulate(np.where(there, place, -1), axis=1)
    gap = ~there & (before >= 0) & ((place - before) * step <= limit)
    row, column = np.nonzero(gap)
    start = before[row, column]
    filled = values.copy()
    if method == 'zero':
        filled[row, column] = 0
        return filled
    value = values[row, start]
    if method == 'linear':
        none = values.shape[1]
        after = np.minimum.accumulate(np.where(there, place, none)[:, ::-1], axis=1)[:, ::-1][row, column]
        ends = after < none
        rise = values[row[ends], after[ends]] - value[ends]
        value[ends] += rise * (column[ends] - start[ends]) / (after[ends] - start[ends])
    filled[row, column] = value
    return filled


def _groups(metric: Metric, keys: tuple[str, ...], numbers: np.ndarray) -> tuple[list[Group], np.ndarray]:
    """Return the groups that series are in, and for each series the number of its group."""
    if not keys:
        return ([()] if numbers.size else []), np.zeros(len(numbers), dtype=int)
    columns = [metric.column(key) for key in keys]
    codes = np.stack([column.codes[numbers] for column in columns], axis=1)
    distinct, group_of = np.unique(codes, axis=0, return_inverse=True)
    groups = [
        tuple(NO_VALUE if code < 0 else column.values[code] for code, column in zip(row, columns, strict=True))
        for row in distinct
    ]
    return groups, group_of.reshape(-1)


def _over_space(values: np.ndarray, group_of: np.ndarray, groups: int, aggregator: str) -> np.ndarray:
    """Make one series of those in each group."""
    if not groups:
        return np.empty((0, values.shape[1]))
    order = np.argsort(group_of, kind='stable')
    values = values[order]
    first = np.searchsorted(group_of[order], np.arange(groups))
    if aggregator in ('min', 'max'):
        return (np.fmin if aggregator == 'min' else np.fmax).reduceat(values, first, axis=0)
    there = ~np.isnan(values)
    counts = np.add.reduceat(there, first, axis=0, dtype=float)
    sums = np.add.reduceat(np.where(there, values, 0), first, axis=0)
    with np.errstate(invalid='ignore'):
        return sums / counts if aggregator == 'avg' else np.where(counts > 0, sums, np.nan)
