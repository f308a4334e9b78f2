# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Corners of the evaluation: values that do not change, gaps, several operators. Worked out by hand."""

from __future__ import annotations

import pytest
from point_stores import results, store_with

from toolkit.queries.parsing import parse_query

CORNERS = store_with(
    {
        'still': [3, 3, 5, 1],
        'gaps{k:few}': [10, None, None, None],
        'gaps{k:many}': [6, 6, 6, 6],
        'one.count': [1, None, 1],
        'two.count': [None, 2, None],
        'three.count': [None, 4, None],
    }
)


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        # What stays the same has grown by nothing, and what fell has begun anew.
        ('monotonic_diff(still{*})', [None, 0, 2, None]),
        ('per_minute(still{*})', [None, 0, 2, None]),
    ],
)
def test_what_grows(query: str, values: list[float | None]) -> None:
    assert results(query, CORNERS, 4) == {'': values}


@pytest.mark.parametrize(('by', 'first'), [('mean', 'k:few'), ('max', 'k:few'), ('area', 'k:many')])
def test_rank_of_series_with_gaps(by: str, first: str) -> None:
    assert list(results(f"top(avg:gaps{{*}} by {{k}}.fill(null), 1, '{by}', 'desc')", CORNERS, 4)) == [first]


@pytest.mark.parametrize(
    ('query', 'values'),
    [
        ('sum:one.count{*}.as_count() + sum:two.count{*}.as_count()', [1, 2, 1]),
        ('sum:one.count{*}.as_count() + sum:two.count{*}.as_count() + sum:three.count{*}.as_count()', [1, 6, 1]),
        ('sum:one.count{*}.as_count() + ( sum:two.count{*}.as_count() + sum:three.count{*}.as_count() )', [1, 6, 1]),
    ],
)
def test_counts_that_are_not_there_are_zero_in_any_order(query: str, values: list[float]) -> None:
    assert results(query, CORNERS, 3) == {'': values}


@pytest.mark.parametrize(
    'text', ['(a{*} ** 2) ** 3', 'a{*} ** 2 ** 3', '(a{*} - 1) - 2', 'a{*} - (1 - 2)', '-(a{*} ** 2)']
)
def test_texts_keep_their_order(text: str) -> None:
    assert parse_query(str(parse_query(text))) == parse_query(text)


def test_powers_go_from_right_to_left() -> None:
    assert parse_query('(a{*} ** 2) ** 3') != parse_query('a{*} ** 2 ** 3') == parse_query('a{*} ** (2 ** 3)')
