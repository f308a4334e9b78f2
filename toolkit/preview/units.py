# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The unit of a number in a widget: what its format says, or what metadata.csv says of its metric."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import Binary, Call, Expression, MetricSeries, Negative, Number, Reference

Format = dict[str, object]
"""`unit`, `per` (a unit of time) and `precision`. Each may be absent."""

KEEPS_UNIT = frozenset({'default_zero', 'abs', 'top', 'moving_rollup', 'exclude_null', 'clamp_min', 'clamp_max'})
PER_TIME = {'per_second': 'second', 'per_minute': 'minute', 'per_hour': 'hour', 'derivative': 'second'}


class UnitBook:
    """Knows the units of metadata.csv."""

    def __init__(self, metadata: Mapping[str, Mapping[str, str]]) -> None:
        self._metadata = metadata

    def format_of(self, request: Mapping, place: int) -> Format:
        """Return the format of the formula at a place of a request, or of the query where there are no formulas."""
        formulas = request.get('formulas')
        given = formulas[place].get('number_format') if formulas and place < len(formulas) else None
        if given:
            return _given(given)
        try:
            expressions = {
                query['name']: parse_query(query['query']) for query in request['queries'] if 'query' in query
            }
            if formulas:
                return self._format(parse_formula(formulas[place]['formula']), expressions)
            return self._format(next(iter(expressions.values())), expressions)
        except (QueryError, KeyError, StopIteration):
            return {}

    def format_of_expression(self, expression: Expression) -> Format:
        """Return the format of an expression without references, such as that of a monitor."""
        return self._format(expression, {})

    def _format(self, expression: Expression, queries: Mapping[str, Expression]) -> Format:
        match expression:
            case Reference(name):
                return self._format(queries[name], queries)
            case MetricSeries(metric=metric, form=form):
                row = self._metadata.get(metric, {})
                format: Format = {'unit': row['unit_name']} if row.get('unit_name') else {}
                if form == 'as_rate':
                    format['per'] = 'second'
                elif row.get('per_unit_name'):
                    format['per'] = row['per_unit_name']
                return format
            case Negative(operand):
                return self._format(operand, queries)
            case Call(function, operand) if function in PER_TIME:
                return {**self._format(operand, queries), 'per': PER_TIME[function]}
            case Call(function, operand):
                kept = function in KEEPS_UNIT or function.startswith(('ewma_', 'median_', 'anomal', 'forecast'))
                return self._format(operand, queries) if kept else {}
            case Binary(operator, left, right):
                return self._of_operation(operator, left, right, queries)
            case _:
                return {}

    def _of_operation(
        self, operator: str, left: Expression, right: Expression, queries: Mapping[str, Expression]
    ) -> Format:
        first, second = self._format(left, queries), self._format(right, queries)
        if operator in ('+', '-'):
            return first or second
        if isinstance(right, Number):
            return first if operator == '/' and not _is_share(left) else {}
        # Seconds by operations are seconds each; packets by packets are a share.
        if operator == '/' and first.get('unit') != second.get('unit'):
            return {'unit': first['unit']} if 'unit' in first else {}
        return {}


def _is_share(expression: Expression) -> bool:
    return isinstance(expression, Binary) and expression.operator == '/'


def _given(number_format: Mapping) -> Format:
    unit = number_format.get('unit', {})
    format: Format = {}
    if unit.get('label'):
        format['unit'] = unit['label']
    elif unit.get('unit_name'):
        format['unit'] = unit['unit_name']
        if unit.get('per_unit_name'):
            format['per'] = unit['per_unit_name']
    return format
