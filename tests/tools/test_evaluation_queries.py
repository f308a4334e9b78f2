# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Arithmetic, scalars and shifts in time, on results that are small enough to work out by hand."""

from __future__ import annotations

import pytest
from point_stores import START, add, group_text, results, store_with

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import Evaluation, evaluate, grid_of, scalars_from
from toolkit.evaluation.tables import collapsed
from toolkit.queries.parsing import parse_query

STORE = store_with(
    {
        'a{k:x,l:1}': [1, 2, None],
        'a{k:y,l:2}': [4, 6, 8],
        'b{k:x,l:1}': [10, 0, 10],
        'b{k:z,l:2}': [5, 5, 5],
        'errors.count{k:x}': [1, None, 3],
        'requests.count{k:x}': [10, 10, None],
        'requests.count{k:y}': [30, None, None],
    }
)


@pytest.mark.parametrize(
    ('query', 'groups'),
    [
        ('sum:a{*}.fill(null) + 1', {'': [6, 9, 9]}),
        ('1 - sum:a{*}.fill(null)', {'': [-4, -7, -7]}),
        ('-sum:a{*}.fill(null)', {'': [-5, -8, -8]}),
        ('2 * 3 + sum:a{*}.fill(null)', {'': [11, 14, 14]}),
        ('sum:a{*}.fill(null) % 3', {'': [2, 2, 2]}),
        ('sum:a{*}.fill(null) ** 2', {'': [25, 64, 64]}),
        ('sum:a{*}.fill(null) / 0', {}),
        # Division by zero, and by nothing, is nothing.
        ('avg:a{k:x}.fill(null) / avg:b{k:x}.fill(null)', {'': [0.1, None, None]}),
        # Groups that one side lacks are left out.
        ('sum:a{*} by {k}.fill(null) + sum:b{*} by {k}.fill(null)', {'k:x': [11, 2, None]}),
        (
            'sum:a{*} by {k,l}.fill(null) + sum:b{*} by {l,k}.fill(null)',
            {'k:x,l:1': [11, 2, None]},
        ),
        # A side without groups goes with each group of the other.
        ('sum:a{*} by {k}.fill(null) / sum:b{*}', {'k:x': [0.066667, 0.4, None], 'k:y': [0.266667, 1.2, 0.533333]}),
        ('sum:b{*} - sum:a{*} by {k}.fill(null)', {'k:x': [14, 3, None], 'k:y': [11, -1, 7]}),
        ('sum:a{*} by {k} / sum:never{*}', {}),
        # Of counts, what one side lacks is zero.
        ('sum:errors.count{*}.as_count() + sum:requests.count{*}.as_count()', {'': [41, 10, 3]}),
        ('sum:errors.count{*}.as_count() / sum:requests.count{*}.as_count()', {'': [0.025, 0, None]}),
        ('sum:errors.count{*}.as_rate() * 60', {'': [1, None, 3]}),
        # Intervals of two minutes stand for both of their minutes.
        ('sum:a{*}.fill(null) + sum:b{*}.fill(null).rollup(max, 120)', {'': [20, 23, 23]}),
    ],
)
def test_arithmetic(query, groups):
    assert results(query, STORE, 3) == groups


def test_groups_by_different_keys_do_not_go_together():
    with pytest.raises(EvaluationError, match='by {k} and by {l} have no groups in common'):
        results('sum:a{*} by {k} + sum:b{*} by {l}', STORE, 3)


@pytest.mark.parametrize(
    ('function', 'seconds'),
    [
        ('timeshift(sum:a{*}, -7200)', 7200),
        ('hour_before(sum:a{*})', 3600),
        ('day_before(sum:a{*})', 86400),
        ('week_before(sum:a{*})', 7 * 86400),
        ('month_before(sum:a{*})', 28 * 86400),
    ],
)
def test_shifts_in_time(function, seconds):
    store = PointStore(retention=30 * 86400)
    add(store, {'a': [1, 2, 3]}, start=START - seconds)
    add(store, {'a': [11, 22, 33]})

    assert results(f'sum:a{{*}} - {function}', store, 3) == {'': [10, 20, 30]}
    [series] = evaluate(parse_query(function), store, START, START + 180, 60)
    assert series.times.tolist() == [START, START + 60, START + 120]


@pytest.mark.parametrize(
    ('query', 'aggregator', 'values'),
    [
        ('sum:a{*} by {k}.fill(null)', 'avg', {'k:x': 1.5, 'k:y': 6}),
        ('sum:a{*} by {k}.fill(null)', 'sum', {'k:x': 3, 'k:y': 18}),
        ('sum:a{*} by {k}.fill(null)', 'min', {'k:x': 1, 'k:y': 4}),
        ('sum:a{*} by {k}.fill(null)', 'max', {'k:x': 2, 'k:y': 8}),
        ('sum:a{*} by {k}.fill(null)', 'last', {'k:x': 2, 'k:y': 8}),
        ('sum:requests.count{*}.as_count()', 'sum', {'': 50}),
        ('sum:requests.count{*}.as_rate()', 'avg', {'': 25 / 60}),
        ('sum:never{*}', 'sum', {}),
        ('default_zero(sum:never{*})', 'last', {'': 0}),
    ],
)
def test_scalar(query, aggregator, values):
    table = Evaluation(STORE).of(parse_query(query), grid_of(START, START + 180, 60))

    found = scalars_from(collapsed(table, aggregator))

    assert {group_text(scalar.tags): scalar.value for scalar in found} == pytest.approx(values)


def test_scalar_by_an_unknown_aggregator():
    with pytest.raises(EvaluationError, match='cannot aggregate by median'):
        collapsed(Evaluation(STORE).of(parse_query('a{*}'), grid_of(START, START + 180, 60)), 'median')


@pytest.mark.parametrize(('end', 'step'), [(START, 60), (START - 1, 60), (START + 60, 0)])
def test_a_window_without_length_is_refused(end, step):
    with pytest.raises(EvaluationError, match='there is nothing from'):
        evaluate(parse_query('a{*}'), STORE, START, end, step)
