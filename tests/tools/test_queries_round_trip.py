# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The text of a query, parsed again, is the same query."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.queries.building import FILLS, FUNCTIONS, LONGEST_FILL, MONITOR_AGGREGATORS, ROLLUPS
from toolkit.queries.parsing import QueryError, parse_formula, parse_monitor, parse_query
from toolkit.queries.syntax import (
    AllOf,
    AnyOf,
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Everything,
    Expression,
    Fill,
    LogMonitor,
    MetricMonitor,
    MetricSeries,
    Negative,
    NoneOf,
    Number,
    Reference,
    Rollup,
    Scope,
    Tag,
    TagIn,
    Text,
    Variable,
    Window,
)

WORDS = st.from_regex(r'[a-z][a-z0-9_]{0,8}', fullmatch=True)
NAMES = st.from_regex(r'[a-z][a-z0-9_]{0,5}(\.[a-z0-9_]{1,5}){0,2}', fullmatch=True)
VALUES = st.from_regex(r'\*?[a-z0-9_./:-]{1,8}(\$v\.value)?\*?', fullmatch=True)
COUNTS = st.integers(1, 10_000)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Number(value + 0.0))
TEXTS = st.text(st.characters(codec='ascii', categories=('L', 'N', 'P', 'S', 'Zs')), max_size=10)


def _within(scopes: st.SearchStrategy[Scope], other: type) -> st.SearchStrategy[tuple[Scope, ...]]:
    """Two or more scopes that are not of the kind that they are put into: those would be one with it."""
    return st.lists(scopes.filter(lambda s: not isinstance(s, other)), min_size=2, max_size=3).map(tuple)


def _larger_scopes(scopes: st.SearchStrategy[Scope]) -> st.SearchStrategy[Scope]:
    return st.one_of(
        scopes.filter(lambda scope: not isinstance(scope, NoneOf)).map(NoneOf),
        _within(scopes, AllOf).map(AllOf),
        _within(scopes, AnyOf).map(AnyOf),
    )


SCOPES = st.recursive(
    st.one_of(
        st.just(Everything()),
        st.builds(Tag, WORDS, VALUES),
        st.builds(Tag, st.just(''), WORDS),
        st.builds(TagIn, WORDS, st.lists(VALUES, min_size=1, max_size=3).map(tuple)),
        st.builds(Variable, WORDS),
    ),
    _larger_scopes,
    max_leaves=6,
)

SERIES = st.builds(
    MetricSeries,
    st.sampled_from([None, 'avg', 'sum', 'min', 'max', 'count', 'p50', 'p99.9']),
    NAMES,
    SCOPES,
    st.lists(WORDS, max_size=3, unique=True).map(tuple),
    st.sampled_from([None, 'as_count', 'as_rate']),
    st.one_of(
        st.none(),
        st.builds(Rollup, st.sampled_from(ROLLUPS), st.none() | COUNTS),
        st.builds(Rollup, st.none(), COUNTS),
    ),
    st.one_of(st.none(), st.builds(Fill, st.sampled_from(FILLS), st.none() | st.integers(0, LONGEST_FILL))),
    st.booleans(),
)


def _argument(kind: str | list[str]) -> st.SearchStrategy[Number | Text]:
    if isinstance(kind, list):
        return st.sampled_from(kind).map(Text)
    return {'number': NUMBERS, 'text': TEXTS.map(Text), 'duration': NUMBERS | TEXTS.map(Text)}[kind]


@st.composite
def _calls(draw: st.DrawFn, operands: st.SearchStrategy[Expression]) -> Call:
    name = draw(st.sampled_from(sorted(FUNCTIONS)))
    spec = FUNCTIONS[name]
    kinds = spec.get('arguments', [])
    kinds = kinds[: len(kinds) - draw(st.integers(0, spec.get('optional', 0)))]
    keywords = draw(st.lists(st.sampled_from(sorted(spec['keywords'])), unique=True)) if 'keywords' in spec else []
    return Call(
        name,
        draw(operands),
        tuple(draw(_argument(kind)) for kind in kinds),
        tuple((keyword, draw(_argument(spec['keywords'][keyword]))) for keyword in keywords),
    )


def _expressions(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.recursive(
        leaves | NUMBERS,
        lambda inner: st.one_of(
            st.builds(Binary, st.sampled_from(['+', '-', '*', '/', '%', '**']), inner, inner),
            inner.filter(lambda e: not isinstance(e, Number | Negative)).map(Negative),
            _calls(inner),
        ),
        max_leaves=6,
    )


QUERIES = st.builds(Binary, st.just('+'), _expressions(SERIES), SERIES)
WINDOWS = st.builds(
    Window, st.sampled_from(['last', 'next', 'current']), COUNTS, st.sampled_from('mhdw') | st.just('mo')
)
COMPARISONS = st.sampled_from(['>', '>=', '<', '<=', '=='])
THRESHOLDS = NUMBERS.map(lambda number: number.value)
STRINGS = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
KEYS = st.lists(WORDS, max_size=3).map(tuple)

MONITORS = st.one_of(
    st.builds(MetricMonitor, st.sampled_from(MONITOR_AGGREGATORS), WINDOWS, QUERIES, COMPARISONS, THRESHOLDS),
    st.builds(
        ChangeMonitor,
        st.sampled_from(['change', 'pct_change']),
        st.sampled_from(MONITOR_AGGREGATORS),
        WINDOWS,
        WINDOWS,
        QUERIES,
        COMPARISONS,
        THRESHOLDS,
    ),
    st.builds(CheckMonitor, TEXTS, STRINGS, st.just(()) | STRINGS, KEYS, COUNTS),
    st.builds(
        LogMonitor,
        TEXTS,
        TEXTS,
        st.just('count'),
        st.none(),
        KEYS,
        st.builds(Window, st.just('last'), COUNTS, st.sampled_from('mhd')),
        COMPARISONS,
        THRESHOLDS,
    ),
)


@given(QUERIES)
@example(Binary('+', Binary('**', Number(-2.0), Negative(MetricSeries(None, 'a', Everything()))), Number(-0.0)))
@example(Binary('-', MetricSeries(None, 'a', Everything()), Binary('-', Number(1), Number(2))))
def test_queries(query):
    assert parse_query(str(query)) == query


@given(_expressions(NAMES.map(Reference)))
def test_formulas(formula):
    assert parse_formula(str(formula)) == formula


@given(MONITORS)
def test_monitors(monitor):
    assert parse_monitor(str(monitor)) == monitor


WORDS_OF_QUERIES = ['a', 'b', 'k:v', '1', 'by', 'sum', 'AND', 'NOT', 'IN', 'last_5m', 'as_count', 'abs', '>', '==']
PIECES = st.sampled_from([*':{}()*,.!$"\'-+/ ', *WORDS_OF_QUERIES])


@given(st.lists(PIECES, max_size=15).map(''.join))
@example('a{*}.')
def test_any_other_text_is_a_query_or_refused(text):
    for parse in (parse_query, parse_formula, parse_monitor):
        try:
            parsed = parse(text)
        except QueryError:
            continue
        assert parse(str(parsed)) == parsed
