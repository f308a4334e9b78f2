# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Metric queries on any points, against the same rules written down one value at a time."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from point_stores import START, group_text, submission

from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import evaluate
from toolkit.queries.syntax import Everything, Fill, MetricSeries, Rollup

MINUTES = 8
SERIES = [f'{name}{{k:{k},m:{m}}}' for name in ('g', 'c.count') for k in 'xy' for m in 'xy']

Points = dict[tuple[str, int], float]
"""By series, and second after `START` of which there are some before."""

POINTS = st.dictionaries(
    st.tuples(st.sampled_from(SERIES), st.integers(-20, 15).map(lambda half: 30 * half)),
    st.integers(-100, 100).map(float),
    max_size=40,
)
QUERIES = st.builds(
    MetricSeries,
    st.sampled_from(['avg', 'sum', 'min', 'max']),
    st.sampled_from(['g', 'c.count']),
    st.just(Everything()),
    st.sampled_from([(), ('k',), ('m', 'k'), ('none',)]),
    st.sampled_from([None, 'as_count', 'as_rate']),
    st.none()
    | st.builds(Rollup, st.sampled_from(['avg', 'sum', 'min', 'max', 'count']), st.sampled_from([None, 60, 120])),
    st.none() | st.builds(Fill, st.sampled_from(['linear', 'last', 'zero', 'null']), st.sampled_from([None, 60, 180])),
)

AGGREGATE = {
    'avg': lambda values: sum(values) / len(values),
    'sum': sum,
    'min': min,
    'max': max,
    'count': len,
}


def expected(query: MetricSeries, points: Points) -> dict[str, dict[int, float]]:
    """Return values by group, and by second after `START` at which the interval begins."""
    is_count = query.metric == 'c.count'
    step = (query.rollup and query.rollup.seconds) or 60
    method = query.rollup.method if query.rollup else 'sum' if is_count else 'avg'
    fill = query.fill or Fill('null' if is_count else 'linear', None)
    groups: dict[str, list[dict[int, float]]] = defaultdict(list)
    for series in SERIES:
        name, _, text = series.rstrip('}').partition('{')
        if name != query.metric:
            continue
        intervals = defaultdict(list)
        for (other, second), value in points.items():
            if other == series:
                intervals[second // step * step].append(value)
        values = {begin: AGGREGATE[method](in_interval) for begin, in_interval in intervals.items()}
        if is_count and query.form == 'as_rate':
            values = {begin: value / step for begin, value in values.items()}
        values = filled(values, step, fill)
        tags = dict(tag.split(':') for tag in text.split(','))
        if values:
            groups[group_text({key: tags.get(key, 'N/A') for key in query.keys})].append(values)
    return {
        group: {
            begin: AGGREGATE[query.aggregator]([values[begin] for values in members if begin in values])
            for begin in sorted({begin for values in members for begin in values})
        }
        for group, members in groups.items()
    }


def filled(values: dict[int, float], step: int, fill: Fill) -> dict[int, float]:
    """Fill the gaps of a series, and return what is in the window."""
    limit = 300 if fill.limit is None else fill.limit
    result = dict(values)
    for begin in range(0, 60 * MINUTES, step):
        earlier = [other for other in values if other < begin]
        if begin in values or not earlier or begin - max(earlier) > limit or fill.method == 'null':
            continue
        before, later = max(earlier), [other for other in values if begin < other < 60 * MINUTES]
        match fill.method:
            case 'zero':
                result[begin] = 0
            case 'linear' if later:
                after = min(later)
                share = (begin - before) / (after - before)
                result[begin] = values[before] + share * (values[after] - values[before])
            case _:
                result[begin] = values[before]
    return {begin: value for begin, value in result.items() if 0 <= begin < 60 * MINUTES}


@given(QUERIES, POINTS)
def test_any_query_of_any_points(query, points):
    store = PointStore()
    for (series, second), value in points.items():
        store.add(START + second, [submission(series, value)])

    found = evaluate(query, store, START, START + 60 * MINUTES, 60)

    values = {
        group_text(series.tags): {
            int(time - START): value
            for time, value in zip(series.times, series.values.tolist(), strict=True)
            if value == value
        }
        for series in found
    }
    assert values == {group: pytest.approx(by_time) for group, by_time in expected(query, points).items()}
