# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From the queries of a definition to the queries and formulas that a widget has in Datadog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from toolkit.dashboards.definition import Line, Widget
from toolkit.dashboards.lines import lines_of
from toolkit.queries.syntax import (
    AllOf,
    Binary,
    Call,
    Everything,
    Expression,
    MetricSeries,
    Negative,
    Reference,
    Scope,
    Variable,
    series_of,
)

Request = dict[str, object]

TONES: dict[str, Request] = {
    'good': {'palette': 'green'},
    'waiting': {'palette': 'yellow'},
    'bad': {'palette': 'red'},
    'neutral': {'palette': 'blue'},
}
"""The palette of a line by what it means. Groups of one line are shades of it."""


def request_of(widget: Widget, scope: str, response_format: str, looks: Mapping[str, Request] | None = None) -> Request:
    """
    Return `queries`, `formulas` and `response_format` of the request for what a widget shows.

    `scope` is template variables with commas between, which every query gets. `looks` has, by
    the names of lines, what their formulas hold besides. Raises `QueryError`.
    """
    variables = tuple(Variable(name.strip().removeprefix('$')) for name in scope.split(',') if name.strip())
    names: dict[MetricSeries, str] = {}
    aggregators: dict[str, str] = {}
    formulas = []
    for alias, (line, written) in lines_of(widget).items():
        expression = _in_scope(written, variables)
        formula = _formula(widget, alias, line, _with_references(expression, names))
        formulas.append(formula | (looks or {}).get(alias, {}))
        for series in series_of(expression):
            aggregators.setdefault(names[series], line.over_time or widget.over_time or usual_aggregator(series))
    queries = [
        {'name': name, 'data_source': 'metrics', 'query': str(series)}
        | ({'aggregator': aggregators[name]} if response_format == 'scalar' else {})
        for series, name in names.items()
    ]
    return {'response_format': response_format, 'queries': queries, 'formulas': formulas}


def _formula(widget: Widget, alias: str, line: Line, expression: Expression) -> Request:
    formula: Request = {'formula': str(expression)}
    # Datadog would show the text of the formula.
    if alias or not isinstance(expression, Reference):
        formula['alias'] = alias or widget.title
    if unit := line.unit or widget.unit:
        formula['number_format'] = {'unit': {'type': 'canonical_unit', 'unit_name': unit}}
    if line.tone:
        formula['style'] = TONES[line.tone]
    return formula


def usual_aggregator(series: MetricSeries) -> str:
    """Return how the values of a query over time become one: the sum of counts, the mean of rates, the last gauge."""
    return {'as_count': 'sum', 'as_rate': 'avg', None: 'last'}[series.form]


def _in_scope(expression: Expression, variables: tuple[Variable, ...]) -> Expression:
    """Return an expression whose series are all limited to template variables."""
    match expression:
        case MetricSeries():
            return replace(expression, scope=_both(variables, expression.scope))
        case Binary(left=left, right=right):
            return replace(expression, left=_in_scope(left, variables), right=_in_scope(right, variables))
        case Negative(operand) | Call(operand=operand):
            return replace(expression, operand=_in_scope(operand, variables))
        case _:
            return expression


def _both(variables: tuple[Variable, ...], scope: Scope) -> Scope:
    inner = () if isinstance(scope, Everything) else scope.scopes if isinstance(scope, AllOf) else (scope,)
    scopes = (*variables, *inner)
    return AllOf(scopes) if len(scopes) > 1 else scopes[0] if scopes else Everything()


def _with_references(expression: Expression, names: dict[MetricSeries, str]) -> Expression:
    """Return a formula: the expression with names for its series, which are added to `names` where they are new."""
    match expression:
        case MetricSeries():
            return Reference(names.setdefault(expression, f'query{len(names) + 1}'))
        case Binary(left=left, right=right):
            return replace(expression, left=_with_references(left, names), right=_with_references(right, names))
        case Negative(operand) | Call(operand=operand):
            return replace(expression, operand=_with_references(operand, names))
        case _:
            return expression
