# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Points of metrics, and statuses of service checks, in the memory of this process."""

from __future__ import annotations

import sys
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from datadog_checks.cilium.commands.submissions import Bucket, ServiceCheckStatus, Submission
from toolkit.evaluation.tags import normalised_tag

GAUGE, COUNT, DISTRIBUTION = 'gauge', 'count', 'distribution'

BOUND_TAGS = ('lower_bound', 'upper_bound')
"""The keys of the tags of a distribution's bucket."""

_SPARE_COLUMNS = 32

Tags = tuple[str, ...]
"""Normalised, sorted, each once."""


class NotKept(ValueError):
    """A store could not keep some of the series that it was given. It has kept all others."""


@dataclass(frozen=True)
class KeyColumn:
    """
    What the series of a metric have for one tag key.

    `codes` has a number for each series: the place in `values`, or -1 for a series without the key.
    """

    codes: np.ndarray
    values: list[str]


@dataclass
class Metric:
    """
    The series of a metric: its type (gauge, count or distribution), and the row of the store and the tags of each.

    A distribution has a series for each bucket, with how many values came into it. It has `BOUND_TAGS`, also where the
    bucket was submitted without them.
    """

    type: str
    rows: list[int] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    _columns: dict[str, KeyColumn] = field(default_factory=dict)

    def add_series(self, row: int, tags: Tags) -> None:
        """Add a series."""
        self.rows.append(row)
        self.tags.append(tags)
        self._columns.clear()

    def column(self, key: str) -> KeyColumn:
        """Return what the series have for a tag key. Of a key that a series has twice, the first value counts."""
        if key not in self._columns:
            places: dict[str, int] = {}
            prefix = f'{key}:'
            codes = np.full(len(self.tags), -1, dtype=np.int32)
            for number, tags in enumerate(self.tags):
                for tag in tags:
                    if tag.startswith(prefix):
                        codes[number] = places.setdefault(tag[len(prefix) :], len(places))
                        break
            self._columns[key] = KeyColumn(codes, list(places))
        return self._columns[key]


class PointStore:
    """
    The points of the last `retention` seconds, of up to `max_series` series.

    There is a row for each series and a column for each time that anything was added. A cell without a point is NaN.
    A store is not for several threads at the same time.
    """

    def __init__(self, retention: float = 4 * 3600, max_series: int = 200_000) -> None:
        self.retention = retention
        self.max_series = max_series
        self.metrics: dict[str, Metric] = {}
        self._statuses: dict[str, dict[Tags, list[tuple[float, str]]]] = defaultdict(dict)
        self._row_of: dict[tuple[str, Tags], int] = {}
        self._row_of_submitted: dict[tuple[str, str, tuple[str, ...]], int] = {}
        self._times = np.empty(0)
        self._values = np.empty((0, 0))

    @classmethod
    def of_lines(cls, times: np.ndarray, lines: Iterable[tuple[str, str, Tags, np.ndarray]]) -> PointStore:
        """
        Return a store of whole series: name, type, tags and, for each of `times`, a value or NaN.

        Times ascend. Tags are as Datadog stores them. No two series have the same name and tags.
        """
        store = cls(retention=float('inf'))
        values = []
        for row, (name, metric_type, tags, line) in enumerate(lines):
            store.metrics.setdefault(name, Metric(metric_type)).add_series(row, tags)
            store._row_of[name, tags] = row
            values.append(line)
        store._times, store._values = times, np.array(values).reshape(len(values), len(times))
        return store

    def add(
        self, time: float, metrics: Iterable[Submission], service_checks: Iterable[ServiceCheckStatus] = ()
    ) -> None:
        """
        Add what a run of the check submitted at a time, in seconds since 1970.

        Of two points of a gauge at the same time the later one counts; others are added up.
        Raises `NotKept`, once everything else is added, if there is no room for new series or if a metric is a gauge
        and a count. The message tells how many points were left out, and why the first one was.
        """
        self._forget_before(max(time, self._times[-1] if len(self._times) else time) - self.retention)
        column = self._column_at(time)
        points: dict[int, float] = {}
        refused: list[NotKept] = []
        for metric in metrics:
            try:
                row = self._row(metric)
            except NotKept as e:
                refused.append(e)
                continue
            before = points.get(row, self._point(row, column)) if metric.type != GAUGE else 0
            points[row] = metric.value + before
        self._reserve(len(self._row_of), len(self._times))
        self._values[list(points), column] = list(points.values())
        for check in service_checks:
            self._add_status(time, check)
        if refused:
            raise NotKept(f'{len(refused)} points are left out. The first one: {refused[0]}')

    def times(self, start: float, end: float) -> tuple[slice, np.ndarray]:
        """Return which columns, and which times, are from `start` on and not after `end`."""
        first, last = np.searchsorted(self._times, start, 'left'), np.searchsorted(self._times, end, 'right')
        columns = slice(int(first), int(last))
        return columns, self._times[columns]

    def values(self, rows: np.ndarray, columns: slice) -> np.ndarray:
        """Return the points of series: a row for each, a column for each time, NaN for no point."""
        return self._values[rows, columns]

    def statuses(self, check: str) -> dict[Tags, list[tuple[float, str]]]:
        """Return the statuses of a service check by tags: time and one of OK, WARNING, CRITICAL and UNKNOWN."""
        return self._statuses.get(check, {})

    @property
    def series_count(self) -> int:
        """The number of series."""
        return len(self._row_of)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes: those of all points, and those of names and tags, each counted once."""
        texts: dict[int, int] = {}
        tuples = 0
        for key in (*self._row_of, *self._row_of_submitted):
            name, tags = key[0], key[-1]
            tuples += sys.getsizeof(key) + sys.getsizeof(tags)
            for text in (name, *tags):
                texts[id(text)] = sys.getsizeof(text)
        indexes = sys.getsizeof(self._row_of) + sys.getsizeof(self._row_of_submitted)
        return self._values.nbytes + self._times.nbytes + tuples + indexes + sum(texts.values())

    def _row(self, metric: Submission) -> int:
        tags = _told_apart(metric)
        row = self._row_of_submitted.get((metric.name, metric.type, tags))
        if row is None:
            row = self._new_row(metric)
            self._row_of_submitted[metric.name, metric.type, tuple(map(sys.intern, tags))] = row
        return row

    def _new_row(self, metric: Submission) -> int:
        known = self.metrics.get(metric.name) or Metric(metric.type)
        if known.type != metric.type:
            raise NotKept(f'{metric.name} is a {known.type}, and cannot be a {metric.type} too')
        tags = _normalised(_told_apart(metric))
        row = self._row_of.get((metric.name, tags))
        if row is None:
            if len(self._row_of) >= self.max_series:
                raise NotKept(f'{metric.name}: there are {self.max_series} series already')
            self.metrics[metric.name] = known
            row = self._row_of[metric.name, tags] = len(self._row_of)
            known.add_series(row, tags)
        return row

    def _point(self, row: int, column: int) -> float:
        if row >= len(self._values) or np.isnan(self._values[row, column]):
            return 0.0
        return float(self._values[row, column])

    def _column_at(self, time: float) -> int:
        column, used = int(np.searchsorted(self._times, time)), len(self._times)
        if column == used or self._times[column] != time:
            self._reserve(len(self._row_of), used + 1)
            self._times = np.insert(self._times, column, time)
            self._values[:, column + 1 : used + 1] = self._values[:, column:used].copy()
            self._values[:, column] = np.nan
        return column

    def _reserve(self, rows: int, columns: int) -> None:
        """Make room for so many rows and columns, and some more, so that it need not be made at every call."""
        has_rows, has_columns = self._values.shape
        if rows <= has_rows and columns <= has_columns:
            return
        shape = (
            has_rows if rows <= has_rows else max(rows, int(has_rows * 1.25)),
            has_columns if columns <= has_columns else columns + min(columns, _SPARE_COLUMNS),
        )
        values = np.full(shape, np.nan)
        values[:has_rows, :has_columns] = self._values
        self._values = values

    def _forget_before(self, time: float) -> None:
        """Drop what is older, when it is worth the trouble, and the series of which nothing is left."""
        expired = int(np.searchsorted(self._times, time))
        if expired <= len(self._times) // 8:
            return
        self._values = self._values[: len(self._row_of), expired : len(self._times)].copy()
        self._times = self._times[expired:]
        alive = ~np.all(np.isnan(self._values), axis=1)
        if alive.all():
            return
        self._values = self._values[alive]
        row_now = np.cumsum(alive) - 1
        self._row_of = {key: int(row_now[row]) for key, row in self._row_of.items() if alive[row]}
        self._row_of_submitted = {key: int(row_now[row]) for key, row in self._row_of_submitted.items() if alive[row]}
        types = {name: metric.type for name, metric in self.metrics.items()}
        self.metrics = {}
        for (name, tags), row in self._row_of.items():
            self.metrics.setdefault(name, Metric(types[name])).add_series(row, tags)

    def _add_status(self, time: float, check: ServiceCheckStatus) -> None:
        statuses = self._statuses[check.name].setdefault(_normalised(check.tags), [])
        insort(statuses, (time, check.status), key=lambda status: status[0])
        while statuses[0][0] < statuses[-1][0] - self.retention:
            del statuses[0]


def _told_apart(metric: Submission) -> tuple[str, ...]:
    """Return the tags of a submission, those of a bucket with its bounds."""
    if not isinstance(metric, Bucket):
        return metric.tags
    return tuple({*metric.tags, *(f'{key}:{bound}' for key, bound in zip(BOUND_TAGS, metric.bounds, strict=True))})


def _normalised(tags: Iterable[str]) -> Tags:
    return tuple(sorted({normalised_tag(tag) for tag in tags} - {''}))
