# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Read Datadog's query language.

The grammar is in `query.lark`, the functions are in `functions.yaml`. What comes out is in `syntax`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, overload

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from toolkit.queries.building import Builder
from toolkit.queries.errors import QueryError
from toolkit.queries.syntax import (
    ChangeMonitor,
    Expression,
    MetricMonitor,
    Monitor,
    depth_of,
    references_of,
    series_of,
)

LONGEST = 10_000
"""Characters of a text."""

TEXTS = 4096
"""Texts whose results are kept: the preview reads the same ones in each refresh."""

DEEPEST = 100
"""Parts inside each other. It is more than people write, and far from what would exhaust Python's stack."""


@lru_cache(TEXTS)
def parse_query(text: str) -> Expression:
    """
    Read the query of a widget: series, with arithmetic and functions over them.

    Raises `QueryError`.
    """
    expression = _parse(text, 'expression')
    _check_series(expression, text)
    return expression


@lru_cache(TEXTS)
def parse_formula(text: str) -> Expression:
    """
    Read the formula of a widget: names of queries, with arithmetic and functions over them.

    Raises `QueryError`.
    """
    expression = _parse(text, 'expression')
    for series in series_of(expression):
        raise QueryError('a formula has names of queries, not queries', text, text.find(series.metric))
    return expression


@lru_cache(TEXTS)
def parse_monitor(text: str) -> Monitor:
    """
    Read the query of a monitor of a metric, of the change of a metric, of a service check or of logs.

    Raises `QueryError`.
    """
    monitor = _parse(text, 'monitor')
    if isinstance(monitor, MetricMonitor | ChangeMonitor):
        _check_series(monitor.expression, text)
    return monitor


@cache
def _grammar() -> Lark:
    starts = ['expression', 'monitor']
    return Lark.open('query.lark', rel_to=__file__, parser='lalr', start=starts, maybe_placeholders=True)


@overload
def _parse(text: str, start: Literal['expression']) -> Expression: ...
@overload
def _parse(text: str, start: Literal['monitor']) -> Monitor: ...
def _parse(text: str, start: str) -> Expression | Monitor:
    if len(text) > LONGEST:
        raise QueryError(f'this is longer than {LONGEST} characters', text, LONGEST)
    try:
        parsed = Builder(text).transform(_grammar().parse(text, start=start))
        too_deep = depth_of(parsed) > DEEPEST
    except UnexpectedInput as e:
        raise _syntax_error(e, text) from None
    except VisitError as e:
        raise e.orig_exc from None
    except RecursionError:
        too_deep = True
    if too_deep:
        raise QueryError(f'more than {DEEPEST} parts are inside each other', text, 0)
    return parsed


def _syntax_error(error: UnexpectedInput, text: str) -> QueryError:
    if isinstance(error, UnexpectedToken) and error.token.type != '$END':
        return QueryError(f'`{error.token}` cannot stand here', text, error.token.start_pos)
    if isinstance(error, UnexpectedCharacters):
        position = error.pos_in_stream or 0  # The lexer sets it: other errors of this class have none.
        return QueryError(f'`{text[position]}` cannot stand here', text, position)
    return QueryError('the query ends too early', text, len(text.rstrip()))


def _check_series(expression: Expression, text: str) -> None:
    for name in references_of(expression):
        raise QueryError(f'`{name}` has no scope: a metric is written {name}{{*}}', text, text.find(name))
    if not series_of(expression):
        raise QueryError('there is no metric in this query', text, 0)
