# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Evaluate expressions of the query language on the points of a store.

This is an approximation: `differences.md` says where Datadog differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from toolkit.evaluation import functions
from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.scopes import Variables
from toolkit.evaluation.series import evaluate_series
from toolkit.evaluation.tables import Grid, Operation, Table, collapsed, combined
from toolkit.queries.syntax import Binary, Call, Expression, MetricSeries, Negative, Number, Reference

_OPERATIONS: dict[str, Operation] = {
    '+': np.add,
    '-': np.subtract,
    '*': np.multiply,
    '/': np.divide,
    '%': np.mod,
    '**': np.power,
}


@dataclass(frozen=True, eq=False)
class ResultSeries:
    """
    A series of a result.

    `tags` is its group; `times` are where intervals begin, in seconds since 1970; of `values`, NaN is no data.
    """

    tags: dict[str, str]
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class ResultScalar:
    """A value of a result, and its group."""

    tags: dict[str, str]
    value: float


@dataclass
class Evaluation:
    """
    What expressions are evaluated with.

    `queries` are what a formula refers to. With `collapse`, an aggregator by query name, each query is made one value
    before the formula is applied; with `of_series`, that is what each series of a metric becomes before arithmetic is
    done.
    `zero_for_nothing` lets `default_zero` make a series of zeros of a query without groups that finds nothing.
    """

    store: PointStore
    variables: Variables = field(default_factory=dict)
    queries: Mapping[str, Expression] = field(default_factory=dict)
    collapse: Mapping[str, str] = field(default_factory=dict)
    of_series: Callable[[Table], Table] | None = None
    zero_for_nothing: bool = True

    def of(self, expression: Expression, grid: Grid) -> Table:
        """Return the series of an expression on a grid. Raises `EvaluationError`."""
        match expression:
            case Number(value):
                return Table(grid, (), [()], np.full((1, grid.count), value))
            case Reference(name):
                return self._query(name, grid)
            case MetricSeries():
                table = evaluate_series(expression, self.store, grid, self.variables)
                return self.of_series(table) if self.of_series else table
            case Negative(operand):
                table = self.of(operand, grid)
                return table.with_values(-table.values)
            case Binary(operator, left, right):
                return self._binary(operator, left, right, grid)
            case Call(function, operand):
                if (shift := _shift_of(expression)) is not None:
                    return self.of(operand, grid.shifted(shift)).shifted(-shift)
                table = self.of(operand, grid)
                if function == 'default_zero' and self.zero_for_nothing and not (table.groups or table.keys):
                    table = Table(table.grid, (), [()], np.zeros((1, table.grid.count)))
                return functions.apply(function, table, [argument.value for argument in expression.arguments])

    def _query(self, name: str, grid: Grid) -> Table:
        if name not in self.queries:
            raise EvaluationError(f'there is no query named `{name}`: only {", ".join(self.queries) or "none"}')
        table = self.of(self.queries[name], grid)
        return collapsed(table, self.collapse[name]) if name in self.collapse else table

    def _binary(self, operator: str, left: Expression, right: Expression, grid: Grid) -> Table:
        # A number has no intervals of its own: it takes those of the other side.
        operation = _OPERATIONS[operator]
        with np.errstate(all='ignore'):
            if isinstance(right, Number):
                table = self.of(left, grid)
                values = operation(table.values, np.asarray(right.value))
            elif isinstance(left, Number):
                table = self.of(right, grid)
                values = operation(np.asarray(left.value), table.values)
            else:
                return combined(self.of(left, grid), self.of(right, grid), operation)
        return table.with_values(np.where(np.isfinite(values), values, np.nan))


def _shift_of(call: Call) -> float | None:
    """Return by how many seconds a function shifts time, or None if it does not."""
    match call:
        case Call('timeshift', arguments=(Number(seconds),)):
            return seconds
        case _:
            return functions.TIMESHIFTS.get(call.function)


def evaluate(
    expression: Expression,
    store: PointStore,
    start: float,
    end: float,
    step: float,
    variables: Variables | None = None,
) -> list[ResultSeries]:
    """
    Evaluate the query of a widget from `start` to `end`, in seconds since 1970, with a value for each `step` seconds.

    Intervals begin at multiples of the step, or of the seconds of a rollup. Series without any data are left out.
    Raises `EvaluationError`.
    """
    return series_from(Evaluation(store, variables or {}).of(expression, grid_of(start, end, step)))


def grid_of(start: float, end: float, step: float) -> Grid:
    """Return the intervals of a graph. Raises `EvaluationError` if there are none."""
    if not (step > 0 and end > start):
        raise EvaluationError(f'there is nothing from {start} to {end} in steps of {step} seconds')
    return Grid.of_graph(start, end, step)


def series_from(table: Table) -> list[ResultSeries]:
    """Return the series of a table that have data."""
    times = table.grid.times
    return [
        ResultSeries(dict(zip(table.keys, group, strict=True)), times, values)
        for group, values in zip(table.groups, table.values, strict=True)
        if not np.isnan(values).all()
    ]


def scalars_from(table: Table) -> list[ResultScalar]:
    """Return the values of a table of one interval that have data."""
    return [
        ResultScalar(dict(zip(table.keys, group, strict=True)), float(values[0]))
        for group, values in zip(table.groups, table.values, strict=True)
        if not np.isnan(values[0])
    ]
