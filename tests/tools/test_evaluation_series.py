# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""One metric query: which series, over time, over space. The numbers are worked out by hand."""

from __future__ import annotations

import pytest
from point_stores import START, results, store_with

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import evaluate
from toolkit.queries.parsing import parse_query

# ---- which series

TAGGED = store_with(
    {
        'a{k:x,host:h1,alone}': [1],
        'a{k:xy,host:h2}': [10],
        'a{k:z,host:h1}': [100],
        'a{host:h3}': [1000],
    }
)


@pytest.mark.parametrize(
    ('scope', 'total'),
    [
        ('*', 1111),
        ('k:x', 1),
        ('k:x*', 11),
        ('k:*y', 10),
        ('k:*', 111),
        ('!k:x', 1110),
        ('!k:*', 1000),
        ('k:x.', None),
        ('k:?', None),
        ('k:[x]', None),
        ('alone', 1),
        ('al*', 1),
        ('k', None),
        ('k:X', None),
        ('k:x,host:h1', 1),
        ('k:x,host:h2', None),
        ('k:x OR host:h2', 11),
        ('k:x OR host:h1 AND k:z', 101),
        ('(k:x OR k:z) AND NOT host:h1', None),
        ('NOT (k:x OR k:z)', 1010),
        ('k IN (x, z)', 101),
        ('k IN (x*)', 11),
        ('k NOT IN (x, z)', 1010),
        ('$host', 101),
        ('!$host', 1010),
        ('$none', 1111),
        ('$all', 1111),
        ('host:$host.value', 101),
        ('host:$all.value', 1111),
        ('k:$all.value', 111),
        ('k IN ($k.value, z)', 101),
        ('k:$k.value*', 11),
    ],
)
def test_scope(scope, total):
    found = results(f'sum:a{{{scope}}}', TAGGED, 1, host='host:h1', all='*', k='k:x')

    assert found == ({} if total is None else {'': [total]})


@pytest.mark.parametrize('scope', ['$host', 'host:$host.value'])
@pytest.mark.parametrize('choice', ['h1', 'host:', ':h1', ''])
def test_a_choice_is_a_key_and_a_value(scope, choice):
    with pytest.raises(EvaluationError, match=r'the choice for \$host is `.*`: it has to be key:value'):
        results(f'sum:a{{{scope}}}', TAGGED, 1, host=choice)


def test_many_wildcards_take_no_time():
    store = store_with({'a{k:' + 'x' * 190 + '}': [1]})

    assert results(f'sum:a{{k:{"*x" * 50}y}}', store, 1) == {}


def test_what_was_never_submitted():
    assert results('sum:never{*} by {k}', TAGGED, 1) == {}
    assert results('sum:a{*}', PointStore(), 1) == {}


# ---- over time


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        # Two intervals of a minute, with points at 0, 20, 40 and 60, 80, 100 seconds.
        ('avg:a{*}', [2, 5]),
        ('sum:a{*}', [2, 5]),
        ('max:a{*}', [2, 5]),
        ('a{*}.rollup(sum)', [6, 15]),
        ('a{*}.rollup(max)', [3, 6]),
        ('a{*}.rollup(min)', [1, 4]),
        ('a{*}.rollup(count)', [3, 3]),
        ('a{*}.rollup(120)', [3.5]),
        ('a{*}.rollup(sum, 120)', [21]),
        ('a{*}.rollup(max, 20)', [1, 2, 3, 4, 5, 6]),
        ('a{*}.as_count()', [2, 5]),
        ('a{*}.as_rate()', [2, 5]),
        # Counts are sums, or sums divided by 60 seconds.
        ('sum:a.count{*}.as_count()', [60, 150]),
        ('sum:a.count{*}', [60, 150]),
        ('sum:a.count{*}.as_rate()', [1, 2.5]),
        ('sum:a.count{*}.as_rate().rollup(sum, 120)', [1.75]),
        ('sum:a.count{*}.as_count().rollup(max)', [30, 60]),
    ],
)
def test_over_time(query, values):
    store = store_with({'a': [1, 2, 3, 4, 5, 6], 'a.count': [10, 20, 30, 40, 50, 60]}, every=20)

    assert results(query, store, 2) == {'': values}


def test_intervals_begin_at_multiples_of_the_step():
    store = store_with({'a': [1, 2, 4, 8, 16, 32]}, every=30)

    [series] = evaluate(parse_query('a{*}.rollup(sum).fill(null)'), store, START + 30, START + 130, 60)

    assert series.times.tolist() == [START, START + 60, START + 120]
    # The points at the beginning, and at 150 seconds, are outside the window.
    assert series.values.tolist() == [2, 4 + 8, 16]


def test_a_rollup_that_is_too_short_for_the_graph_is_not_used():
    store = store_with({'a': [1, 3]}, every=1)

    assert results('a{*}.rollup(max, 1)', store, 25)[''][:2] == [1, 3]
    assert results('a{*}.rollup(max, 1)', store, 26)[''][:1] == [3]


def test_points_outside_the_window_do_not_count():
    store = store_with({'a.count': [1, 2, 4, 8, 16]}, start=START - 120)

    assert results('sum:a.count{*}.as_count()', store, 2) == {'': [4, 8]}


# ---- over space

SPACE = {
    'a{k:x,l:1}': [1, 2],
    'a{k:x,l:2}': [3, None],
    'a{k:y,l:1}': [10, 20],
    'a{l:2}': [100, 200],
}


@pytest.mark.parametrize(
    ('query', 'groups'),
    [
        ('sum:a{*}.fill(null)', {'': [114, 222]}),
        ('avg:a{*}.fill(null)', {'': [28.5, 74]}),
        ('a{*}.fill(null)', {'': [28.5, 74]}),
        ('min:a{*}.fill(null)', {'': [1, 2]}),
        ('max:a{*}.fill(null)', {'': [100, 200]}),
        ('avg:a{*} by {k}.fill(null)', {'k:N/A': [100, 200], 'k:x': [2, 2], 'k:y': [10, 20]}),
        ('sum:a{k:*} by {l}.fill(null)', {'l:1': [11, 22], 'l:2': [3, None]}),
        (
            'sum:a{k:*} by {l,k}.fill(null)',
            {'l:1,k:x': [1, 2], 'l:1,k:y': [10, 20], 'l:2,k:x': [3, None]},
        ),
        ('max:a{k:x} by {none}.fill(null)', {'none:N/A': [3, 2]}),
    ],
)
def test_over_space(query, groups):
    assert results(query, store_with(SPACE), 2) == groups


def test_over_time_comes_before_over_space():
    store = store_with(
        {'a{k:x}': [1, 3], 'a{k:y}': [10, 20], 'a.count{k:x}': [1, 3], 'a.count{k:y}': [10, 20]}, every=30
    )

    assert results('sum:a{*}', store, 1) == {'': [2 + 15]}
    assert results('max:a{*}.rollup(min)', store, 1) == {'': [10]}
    assert results('max:a.count{*}.as_count()', store, 1) == {'': [30]}
    assert results('avg:a.count{*}.as_rate()', store, 1) == {'': [round((4 / 60 + 30 / 60) / 2, 6)]}


def test_a_series_without_points_in_the_window_is_in_no_group():
    store = store_with({'a.count{k:x}': [1, None], 'a.count{k:y}': [None, 1]})

    assert results('sum:a.count{*} by {k}.as_count()', store, 1) == {'k:x': [1]}


@pytest.mark.parametrize('aggregator', ['count', 'p95'])
def test_what_only_distributions_have_is_refused(aggregator):
    with pytest.raises(EvaluationError, match=f'a gauge has no {aggregator}'):
        results(f'{aggregator}:a{{*}}', TAGGED, 1)


# ---- gaps


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        # A line from 10 to 40, then 40 goes on for 300 seconds.
        ('a{*}', [None, 10, 20, 30, 40, 40, 40, 40, 40, 40, None]),
        ('a{*}.fill(linear, 60)', [None, 10, 20, None, 40, 40, None, None, None, None, None]),
        ('a{*}.fill(last, 120)', [None, 10, 10, 10, 40, 40, 40, None, None, None, None]),
        ('a{*}.fill(zero, 120)', [None, 10, 0, 0, 40, 0, 0, None, None, None, None]),
        ('a{*}.fill(null)', [None, 10, None, None, 40, None, None, None, None, None, None]),
        ('a.count{*}.as_count()', [None, 1, None, 1, None, None, None, None, None, None, None]),
        ('a.count{*}.as_rate().fill(zero, 60)', [None, 0.016667, 0, 0.016667, 0] + [None] * 6),
    ],
)
def test_gaps(query, values):
    store = store_with({'a': [None, 10, None, None, 40], 'a.count': [None, 1, None, 1], 'other': [1] * 11})

    assert results(query, store, 11) == {'': values}


def test_a_gap_that_begins_before_the_window():
    store = store_with({'a': [10, None, None, None, 50], 'b': [10], 'c.count': [1]}, start=START - 120)

    assert results('a{*}', store, 4) == {'': [30, 40, 50, 50]}
    assert results('b{*}', store, 4) == {'': [10, 10, 10, 10]}
    assert results('b{*}', store, 5) == {'': [10, 10, 10, 10, None]}
    assert results('c.count{*}.as_count()', store, 4) == {}


def test_gauges_at_different_times_are_aligned():
    """
    The example of Datadog's documentation, and what its X and Y are by the same rules.

    Source: https://docs.datadoghq.com/metrics/guide/interpolation-the-fill-modifier-explained/
    """
    store = store_with({'a{host:a}': [15, None, None, 25, None], 'a{host:b}': [None, 10, None, None, 40]}, every=10)

    assert results('sum:a{*}', store, 1, step=10) == {'': [15, 28.333333, 41.666667, 55, 65, 65]}


def test_a_long_gap_is_filled_for_300_seconds_only():
    store = store_with({'a': [0] + [None] * 9 + [100], 'other': [1] * 11})

    assert results('a{*}', store, 11) == {'': [0, 10, 20, 30, 40, 50, None, None, None, None, 100]}
