# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Results on their way: series with a group each, on common times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from toolkit.evaluation.errors import EvaluationError

NO_VALUE = 'N/A'
"""The value of a tag key in the group of the series that do not have the key, as Datadog shows it."""

Group = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """
    A window from `begin` to `end`, in seconds since 1970, and intervals that cover it.

    There are `count` intervals of `step` seconds each, from `start` on: the first may begin before the window, and the
    last may end after it. A point at the border of two intervals is in the later one, and one at `end` is outside; if
    `late` is set, it is in the earlier one, and one at `begin` is outside.
    """

    begin: float
    end: float
    step: float
    start: float
    count: int
    late: bool = False

    @classmethod
    def of_graph(cls, begin: float, end: float, step: float) -> Grid:
        """Return intervals that begin at multiples of their length, as Datadog's do."""
        start = float(np.floor(begin / step) * step)
        return cls(begin, end, step, start, _count(end - start, step))

    @classmethod
    def of_monitor(cls, begin: float, end: float, step: float) -> Grid:
        """Return intervals the last of which ends with the window."""
        count = _count(end - begin, step)
        return cls(begin, end, step, end - count * step, count, late=True)

    @property
    def times(self) -> np.ndarray:
        """Where the intervals begin, which is how Datadog labels them."""
        return self.edges[:-1]

    @property
    def edges(self) -> np.ndarray:
        """Where the intervals begin, and where the last one ends."""
        return self.start + self.step * np.arange(self.count + 1)

    def in_window(self, times: np.ndarray) -> np.ndarray:
        """Return which times are not in those parts of the intervals that are outside the window."""
        if self.late:
            return (times <= self.start) | (times > self.begin)
        return ((times < self.start) | (times >= self.begin)) & (times < self.end)

    def shifted(self, seconds: float) -> Grid:
        """Return the same intervals at another time."""
        return replace(self, begin=self.begin + seconds, end=self.end + seconds, start=self.start + seconds)

    def of_step(self, step: float) -> Grid:
        """Return intervals of another length for the same window."""
        make = Grid.of_monitor if self.late else Grid.of_graph
        return make(self.begin, self.end, step)

    def whole(self) -> Grid:
        """Return the window as one interval."""
        return Grid(self.begin, self.end, self.end - self.begin, self.begin, 1, self.late)

    def earlier(self, seconds: float) -> tuple[Grid, int]:
        """Return the intervals with as many before them as `seconds` take, and how many these are."""
        more = _count(seconds, self.step)
        return replace(self, start=self.start - more * self.step, count=self.count + more), more


def _count(seconds: float, step: float) -> int:
    """Return how many steps cover some time. What is too much by less than a millionth is not."""
    return max(1, int(np.ceil(seconds / step - 1e-6)))


@dataclass(frozen=True)
class Table:
    """
    Series: `values` has a row for each of `groups`, and a column for each interval of `grid`; NaN is no data.

    A group has a value for each of `keys`. Without keys there is one group, `()`, or none if there is no data.
    `zero_aligned` is set for counts and rates: in arithmetic, what they lack is zero.
    """

    grid: Grid
    keys: tuple[str, ...]
    groups: list[Group]
    values: np.ndarray
    zero_aligned: bool = False

    def with_values(self, values: np.ndarray) -> Table:
        """Return a table with other values in the same places."""
        return replace(self, values=values)

    def only(self, rows: np.ndarray) -> Table:
        """Return a table of some of the series, by number."""
        return replace(self, groups=[self.groups[row] for row in rows], values=self.values[rows])

    def shifted(self, seconds: float) -> Table:
        """Return the same values at another time."""
        return replace(self, grid=self.grid.shifted(seconds))

    def on_step(self, grid: Grid) -> Table:
        """Return the table on a finer grid: each value stands for all its interval."""
        if grid == self.grid:
            return self
        places = np.clip(np.floor((grid.times - self.grid.start) / self.grid.step), 0, self.grid.count - 1)
        return replace(self, grid=grid, values=self.values[:, places.astype(int)])


Operation = Callable[[np.ndarray, np.ndarray], np.ndarray]


def combined(left: Table, right: Table, operation: Operation) -> Table:
    """
    Apply an operation to each pair of series with the same group. Groups that one side lacks are left out.

    A side without keys is paired with every group of the other. Raises `EvaluationError` if the keys differ otherwise.
    """
    grid = left.grid if left.grid.step <= right.grid.step else right.grid
    left, right = left.on_step(grid), right.on_step(grid)
    if not left.keys or not right.keys:
        more = left if left.keys else right
        pairs = [(i, j) for i in range(len(left.groups)) for j in range(len(right.groups))]
        keys, groups = more.keys, [left.groups[i] + right.groups[j] for i, j in pairs]
    else:
        if sorted(left.keys) != sorted(right.keys):
            raise EvaluationError(
                f'series by {{{",".join(left.keys)}}} and by {{{",".join(right.keys)}}} have no groups in common'
            )
        order = [right.keys.index(key) for key in left.keys]
        number_of = {tuple(group[place] for place in order): j for j, group in enumerate(right.groups)}
        pairs = [(i, number_of[group]) for i, group in enumerate(left.groups) if group in number_of]
        keys, groups = left.keys, [left.groups[i] for i, _ in pairs]
    rows = np.array(pairs, dtype=int).reshape(-1, 2)
    a, b = left.values[rows[:, 0]], right.values[rows[:, 1]]
    # Source: https://docs.datadoghq.com/dashboards/functions/interpolation/, "always aligned as 0".
    nothing = np.isnan(a) & np.isnan(b)
    a = np.where(np.isnan(a) & ~nothing, 0, a) if left.zero_aligned else a
    b = np.where(np.isnan(b) & ~nothing, 0, b) if right.zero_aligned else b
    with np.errstate(all='ignore'):
        values = operation(a, b)
    # Source: https://docs.datadoghq.com/monitors/guide/monitor-arithmetic-and-sparse-metrics/: 10/0 is no data.
    values = np.where(np.isfinite(values), values, np.nan)
    return Table(grid, keys, groups, values, left.zero_aligned and right.zero_aligned)


AGGREGATORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
"""Each makes of rows one value per row; NaN is left out, and is the result of nothing but NaN."""


def _aggregator(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    AGGREGATORS[function.__name__.strip('_')] = function
    return function


@_aggregator
def _sum(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values).all(axis=1), np.nan, np.nansum(values, axis=1))


@_aggregator
def _avg(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid='ignore'):
        return np.nansum(values, axis=1) / np.count_nonzero(~np.isnan(values), axis=1)


@_aggregator
def _min(values: np.ndarray) -> np.ndarray:
    return np.fmin.reduce(values, axis=1, initial=np.nan)


@_aggregator
def _max(values: np.ndarray) -> np.ndarray:
    return np.fmax.reduce(values, axis=1, initial=np.nan)


@_aggregator
def _last(values: np.ndarray) -> np.ndarray:
    return np.array([row[~np.isnan(row)][-1] if not np.isnan(row).all() else np.nan for row in values])


def collapsed(table: Table, aggregator: str) -> Table:
    """
    Return the table with all intervals made one: `aggregator` is one of avg, sum, min, max and last.

    Raises `EvaluationError` for any other.
    """
    if aggregator not in AGGREGATORS:
        raise EvaluationError(f'cannot aggregate by {aggregator}: only by {", ".join(AGGREGATORS)}')
    return replace(table, grid=table.grid.whole(), values=AGGREGATORS[aggregator](table.values).reshape(-1, 1))
