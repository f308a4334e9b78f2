# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Evaluate what a widget of a dashboard requests.

This is an approximation: `differences.md` says where Datadog differs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from toolkit.evaluation.errors import NotEvaluated
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.queries import Evaluation, grid_of, scalars_from, series_from
from toolkit.evaluation.scopes import Variables
from toolkit.evaluation.tables import AGGREGATORS, Grid, Table
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import Expression, Reference


@dataclass(frozen=True, eq=False)
class LabelledSeries:
    """
    A line of a graph.

    `label` is the alias of the formula, or its text; `tags` are the group; `times` are seconds since 1970; NaN is no
    data.
    """

    label: str
    tags: dict[str, str]
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Row:
    """A row of a table or of a top list: its group, and a value for each label; None is no data."""

    tags: dict[str, str]
    values: list[float | None]


@dataclass(frozen=True)
class Timeseries:
    """What a graph shows."""

    series: list[LabelledSeries]


@dataclass(frozen=True)
class Scalars:
    """What a query value, a top list or a table shows: a column for each label."""

    labels: list[str]
    rows: list[Row]


def evaluate_request(
    request: Mapping,
    store: PointStore,
    start: float,
    end: float,
    step: float,
    variables: Variables | None = None,
) -> Timeseries | Scalars:
    """
    Evaluate a request, as the JSON of a dashboard has it, from `start` to `end`, in seconds since 1970.

    Its `response_format` tells of which kind it is: see `timeseries_of` and `scalars_of`.
    """
    evaluated = scalars_of if request.get('response_format') == 'scalar' else timeseries_of
    return evaluated(request, store, start, end, step, variables)


def timeseries_of(
    request: Mapping,
    store: PointStore,
    start: float,
    end: float,
    step: float,
    variables: Variables | None = None,
) -> Timeseries:
    """
    Evaluate a request of a graph. Without formulas each query is one.

    Raises `NotEvaluated` for queries of anything but metrics, `EvaluationError`, and `QueryError`.
    """
    evaluation = Evaluation(store, variables or {}, _expressions(request))
    return Timeseries(
        [
            LabelledSeries(label, series.tags, series.times, series.values)
            for label, table in _tables(request, evaluation, grid_of(start, end, step))
            for series in series_from(table)
        ]
    )


def scalars_of(
    request: Mapping,
    store: PointStore,
    start: float,
    end: float,
    step: float,
    variables: Variables | None = None,
) -> Scalars:
    """As `timeseries_of`, of a request whose queries are made one value before formulas are applied."""
    expressions = _expressions(request)
    collapse = {query['name']: query.get('aggregator', 'avg') for query in request['queries']}
    evaluation = Evaluation(store, variables or {}, expressions, collapse)
    evaluated = list(_tables(request, evaluation, grid_of(start, end, step)))
    rows: dict[frozenset[tuple[str, str]], Row] = {}
    for column, (_, table) in enumerate(evaluated):
        for scalar in scalars_from(table):
            row = rows.setdefault(frozenset(scalar.tags.items()), Row(scalar.tags, [None] * len(evaluated)))
            row.values[column] = scalar.value
    return Scalars([label for label, _ in evaluated], _sorted(list(rows.values()), request.get('sort') or {}))


def _expressions(request: Mapping) -> dict[str, Expression]:
    queries = request.get('queries')
    if not queries:
        raise NotEvaluated('there are no queries of metrics in this request')
    for query in queries:
        if query['data_source'] != 'metrics':
            raise NotEvaluated(f'{query["data_source"]} are not evaluated here')
    return {query['name']: parse_query(query['query']) for query in queries}


def _tables(request: Mapping, evaluation: Evaluation, grid: Grid) -> Iterator[tuple[str, Table]]:
    """Yield the label and the table of each formula."""
    queries = request['queries']
    for formula in request.get('formulas') or [{'formula': query['name']} for query in queries]:
        expression = parse_formula(formula['formula'])
        label = formula.get('alias') or _label(formula['formula'], expression, queries)
        yield label, _limited(evaluation.of(expression, grid), formula.get('limit'))


def _label(formula: str, expression: object, queries: list[Mapping]) -> str:
    if isinstance(expression, Reference):
        return next((query['query'] for query in queries if query['name'] == expression.name), formula)
    return formula


def _limited(table: Table, limit: Mapping | None) -> Table:
    """Return the series with the highest, or the lowest, averages."""
    if not limit:
        return table
    ranks = AGGREGATORS['avg'](table.values)
    order = np.argsort(ranks if limit.get('order') == 'asc' else -ranks, kind='stable')
    return table.only(order[~np.isnan(ranks[order])][: limit.get('count', len(order))])


def _sorted(rows: list[Row], sort: Mapping) -> list[Row]:
    # The order that is named first counts most: it is applied last.
    for order in reversed(sort.get('order_by', [])):
        descending = order.get('order', 'desc') == 'desc'
        if order['type'] == 'formula':
            least = -math.inf if descending else math.inf
            rows.sort(key=lambda row: _or(row.values[order['index']], least), reverse=descending)
        else:
            rows.sort(key=lambda row: row.tags.get(order['name'], ''), reverse=descending)
    return rows[: sort.get('count', len(rows))]


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
