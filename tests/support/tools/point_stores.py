# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Stores of points that are small enough to work out results by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from datadog_checks.cilium.commands.submissions import Submission
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import evaluate
from toolkit.queries.parsing import parse_query

START = 720_000
"""Seconds. It is the beginning of an hour, and of all shorter intervals."""


def store_with(points: Mapping[str, Sequence[float | None]], every: float = 60, start: float = START) -> PointStore:
    """
    Return a store with a point of each series every so many seconds.

    A series is written `name{tag,tag}`. Those whose name ends in `.count` are counts, the others gauges. None is no
    point.
    """
    store = PointStore()
    add(store, points, every, start)
    return store


def add(
    store: PointStore, points: Mapping[str, Sequence[float | None]], every: float = 60, start: float = START
) -> None:
    """Add points to a store, as `store_with` has them."""
    for column in range(max(map(len, points.values()))):
        store.add(
            start + column * every,
            [
                submission(series, values[column])
                for series, values in points.items()
                if column < len(values) and values[column] is not None
            ],
        )


def submission(series: str, value: float) -> Submission:
    """Return a point of a series, as `store_with` writes it."""
    name, _, tags = series.rstrip('}').partition('{')
    return Submission(
        name, 'count' if name.endswith('.count') else 'gauge', value, tuple(filter(None, tags.split(',')))
    )


def results(
    query: str, store: PointStore, minutes: int, step: float = 60, **variables: str
) -> dict[str, list[float | None]]:
    """Evaluate a query from `START` on. Return values by group, written `key:value,key:value`; None is no data."""
    found = evaluate(parse_query(query), store, START, START + 60 * minutes, step, variables)
    return {group_text(series.tags): plain(series.values) for series in found}


def group_text(tags: Mapping[str, str]) -> str:
    """Return the tags of a group as a text."""
    return ','.join(f'{key}:{value}' for key, value in tags.items())


def plain(values: np.ndarray) -> list[float | None]:
    """Return values as a list, rounded so that they can be written down; None is no data."""
    return [None if np.isnan(value) else round(float(value), 6) for value in values]
