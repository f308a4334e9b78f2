# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a query makes of a distribution: the number of its values, and percentiles."""

from __future__ import annotations

import re

import numpy as np

from toolkit.evaluation.points import BOUND_TAGS, Metric

DISTRIBUTION_AGGREGATOR = re.compile(r'count|p\d+(\.\d+)?')


def of_buckets(
    counts: np.ndarray, metric: Metric, numbers: np.ndarray, group_of: np.ndarray, aggregator: str
) -> np.ndarray:
    """
    Return a row for each group of buckets, with a value for each interval, NaN where no value came.

    `counts` has a row for each bucket and tells how many values came into it in an interval. `numbers` are those of the
    buckets among the series of the metric, and `group_of` those of their groups. `aggregator` is `count` or a
    percentile such as `p95`.
    """
    groups = range(group_of.max() + 1 if len(group_of) else 0)
    lower, upper = (_bounds(metric, key, numbers) for key in BOUND_TAGS)
    percent = aggregator.removeprefix('p') if aggregator != 'count' else None
    rows = [np.empty((0, counts.shape[1]))]
    for group in groups:
        members = np.flatnonzero(group_of == group)
        members = members[np.argsort(upper[members], kind='stable')]
        total = np.nancumsum(counts[members], axis=0)
        row = total[-1] if percent is None else _quantile(float(percent) / 100, total, lower[members], upper[members])
        rows.append(np.where(total[-1] > 0, row, np.nan)[np.newaxis])
    return np.concatenate(rows)


def _quantile(share: float, total: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """
    Return a quantile for each column of `total`: how many values are in each bucket and those before it.

    Within a bucket, values spread evenly, as the Agent hands them on: `InsertInterpolate` in its `pkg/util/quantile`.
    """
    wanted = share * total[-1]
    place = np.argmax(total >= wanted, axis=0)
    columns = np.arange(total.shape[1])
    below = np.where(place > 0, total[place - 1, columns], 0)
    here = total[place, columns] - below
    # The outermost buckets are open. Their values are at the one bound that they have.
    first = np.where(np.isinf(lower), upper, lower)[place]
    last = np.where(np.isinf(upper), lower, upper)[place]
    return first + (last - first) * (wanted - below) / np.where(here > 0, here, 1)


def _bounds(metric: Metric, key: str, numbers: np.ndarray) -> np.ndarray:
    column = metric.column(key)
    return np.array([float(value) for value in column.values])[column.codes[numbers]]
