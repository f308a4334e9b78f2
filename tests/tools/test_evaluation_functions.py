# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Functions, on results that are small enough to work out by hand."""

from __future__ import annotations

import pytest
from point_stores import results, store_with

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.functions import ALGORITHMS
from toolkit.queries.building import FUNCTIONS

STORE = store_with({'a': [4, 1, None, 7, 16], 'n': [-2, 0, 8, 0, 0], 'other': [1] * 5})


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        ('abs(n{*})', [2, 0, 8, 0, 0]),
        ('log2(n{*})', [None, None, 3, None, None]),
        ('log10(100 * a{*}.fill(null) / a{*}.fill(null))', [2, 2, None, 2, 2]),
        ('cumsum(a{*}.fill(null))', [4, 5, None, 12, 28]),
        ('integral(a{*}.fill(null))', [240, 300, None, 720, 1680]),
        ('default_zero(a{*}.fill(null))', [4, 1, 0, 7, 16]),
        ('default_zero(a{*})', [4, 1, 4, 7, 16]),
        ('clamp_min(a{*}.fill(null), 4)', [4, 4, None, 7, 16]),
        ('clamp_max(a{*}.fill(null), 4)', [4, 1, None, 4, 4]),
        ('cutoff_min(a{*}.fill(null), 4)', [4, None, None, 7, 16]),
        ('cutoff_max(a{*}.fill(null), 4)', [4, 1, None, None, None]),
        # From 1 to 7 it takes two minutes.
        ('diff(a{*}.fill(null))', [None, -3, None, 6, 9]),
        ('dt(a{*}.fill(null))', [None, 60, None, 120, 60]),
        ('monotonic_diff(a{*}.fill(null))', [None, None, None, 6, 9]),
        ('derivative(a{*}.fill(null))', [None, -0.05, None, 0.05, 0.15]),
        ('per_second(a{*}.fill(null))', [None, None, None, 0.05, 0.15]),
        ('per_minute(a{*}.fill(null))', [None, None, None, 3, 9]),
        ('per_hour(a{*}.fill(null))', [None, None, None, 180, 540]),
        ('throughput(a{*}.fill(null))', [0.066667, 0.016667, None, 0.116667, 0.266667]),
        # The weight of the newest value is 2 / (3 + 1).
        ('ewma_3(a{*}.fill(null))', [4, 2.5, None, 4.75, 10.375]),
        ('median_3(a{*}.fill(null))', [4, 2.5, None, 4, 11.5]),
        ('moving_rollup(n{*}, 120, "sum")', [-2, -2, 8, 8, 0]),
        ('moving_rollup(n{*}, 120, "max")', [-2, 0, 8, 8, 0]),
        ('moving_rollup(n{*}, 120, "min")', [-2, -2, 0, 0, 0]),
        ('moving_rollup(n{*}, 120, "avg")', [-2, -1, 4, 4, 0]),
        ('moving_rollup(a{*}.fill(null), 180, "count")', [1, 2, 2, 2, 2]),
        # The line through (0, 4), (1, 1), (3, 7), (4, 16): slope 30 / 10, and 7 at 2.
        ('trend_line(a{*}.fill(null))', [1, 4, 7, 10, 13]),
        ("anomalies(n{*}, 'basic', 2)", [-2, 0, 8, 0, 0]),
        ("forecast(n{*}, 'linear', 1)", [-2, 0, 8, 0, 0]),
        ("outliers(n{*}, 'DBSCAN', 3)", [-2, 0, 8, 0, 0]),
    ],
)
def test_function(query, values):
    assert results(query, STORE, 5) == {'': values}


GROUPS = store_with({'g{k:x}': [1, 9], 'g{k:y}': [4, 4], 'g{k:z}': [0, -5], 'g': [3, None], 'g{k:last}': [None, 2]})


@pytest.mark.parametrize(
    ('query', 'groups'),
    [
        ("top(g{k:*} by {k}.fill(null), 2, 'mean', 'desc')", ['k:x', 'k:y']),
        ("top(g{k:*} by {k}.fill(null), 2, 'mean', 'asc')", ['k:z', 'k:last']),
        ("top(g{k:*} by {k}.fill(null), 1, 'max', 'desc')", ['k:x']),
        ("top(g{k:*} by {k}.fill(null), 1, 'min', 'desc')", ['k:y']),
        ("top(g{k:*} by {k}.fill(null), 2, 'sum', 'desc')", ['k:x', 'k:y']),
        ("top(g{k:*} by {k}.fill(null), 1, 'last', 'asc')", ['k:z']),
        ("top(g{k:*} by {k}.fill(null), 3, 'l2norm', 'desc')", ['k:x', 'k:y', 'k:z']),
        ("top(g{k:*} by {k}.fill(null), 3, 'area', 'desc')", ['k:x', 'k:y', 'k:last']),
        ('exclude_null(g{*} by {k})', ['k:last', 'k:x', 'k:y', 'k:z']),
    ],
)
def test_which_groups_are_left(query, groups):
    found = list(results(query, GROUPS, 2))

    assert (found if query.startswith('top') else sorted(found)) == groups


def test_counting_groups():
    assert results('count_not_null(g{*} by {k}.fill(null))', GROUPS, 2) == {'': [4, 4]}
    assert results('count_nonzero(g{*} by {k}.fill(null))', GROUPS, 2) == {'': [3, 4]}
    assert results('count_not_null(never{*} by {k})', GROUPS, 2) == {}


def test_default_zero_where_there_is_nothing():
    assert results('default_zero(never{*})', STORE, 2) == {'': [0, 0]}
    assert results('default_zero(never{*} by {k})', STORE, 2) == {}


def test_default_zero_of_a_single_point():
    """
    The example of Datadog's documentation: a gauge goes on for five minutes, the rest is zero.

    Source: https://docs.datadoghq.com/dashboards/functions/interpolation/#default-zero
    """
    store = store_with({'a': [None] * 3 + [1], 'other': [1] * 12})

    assert results('default_zero(a{*})', store, 12) == {'': [0] * 3 + [1] * 6 + [0] * 3}


@pytest.mark.parametrize('function', ['autosmooth', 'robust_trend', 'piecewise_constant'])
def test_what_is_not_built_is_refused(function):
    with pytest.raises(EvaluationError, match=rf'{function}\(\) cannot be evaluated here'):
        results(f'{function}(a{{*}})', STORE, 2)


def test_every_function_is_evaluated_or_refused_with_a_reason():
    refused = set()
    for name, spec in FUNCTIONS.items():
        words = {'number': '10', 'text': "'x'"}
        kinds = spec.get('arguments', [])
        arguments = ''.join(f', {words[k] if isinstance(k, str) else repr(k[0])}' for k in kinds)
        try:
            results(f'{name}(g{{*}} by {{k}}{arguments})', GROUPS, 2)
        except EvaluationError:
            refused.add(name)

    assert refused == {'autosmooth', 'robust_trend', 'piecewise_constant', 'calendar_shift'}
    assert set(ALGORITHMS) < set(FUNCTIONS)
