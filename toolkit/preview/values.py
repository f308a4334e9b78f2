# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Values of the whole time shown: a number, lists, tables, changes and distributions."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from operator import itemgetter

import numpy as np

from toolkit.assets import requests_of
from toolkit.evaluation.widgets import Scalars, scalars_of
from toolkit.preview.graphs import rounded
from toolkit.preview.moment import MOST_ROWS, Drawing, Moment, label_of, no_data, short

COMPARATORS = {'>': operator.gt, '>=': operator.ge, '<': operator.lt, '<=': operator.le, '=': operator.eq}


def _scalars(request: Mapping, moment: Moment) -> Scalars:
    return scalars_of(request, moment.store, moment.start, moment.end, moment.step, moment.variables)


def query_value(definition: Mapping, moment: Moment) -> Drawing:
    """Return a number, in the colors of its conditional formats."""
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    value = result.rows[0].values[0] if result.rows else None
    if value is None:
        return no_data(definition)
    format = moment.units.format_of(request, 0)
    if isinstance(definition.get('precision'), int):
        format = {**format, 'precision': definition['precision']} if not float(value).is_integer() else format
    if definition.get('custom_unit'):
        format = {**format, 'unit': definition['custom_unit']}
    return {'kind': 'value', 'value': value, 'format': format, 'palette': _palette(request, 0, value)}


def top_list(definition: Mapping, moment: Moment) -> Drawing:
    """Return groups by their value."""
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    several = len(result.labels) > 1
    found = [
        (value, place, label_of(result.labels[place], row.tags, several))
        for row in result.rows
        for place, value in enumerate(row.values)
        if value is not None
    ]
    if not found:
        return no_data(definition)
    if not request.get('sort'):
        found.sort(key=itemgetter(0), reverse=True)
    rows = [
        {'label': label, 'value': value, 'palette': _palette(request, place, value)}
        for value, place, label in found[:MOST_ROWS]
    ]
    return {'kind': 'list', 'rows': rows, 'format': moment.units.format_of(request, 0)}


def table(definition: Mapping, moment: Moment) -> Drawing:
    """Return a table: a column for each formula."""
    labels: list[str] = []
    formats: list[Drawing] = []
    rows: dict[tuple[tuple[str, str], ...], list[Drawing]] = {}
    for request in requests_of(definition):
        result = _scalars(request, moment)
        before = len(labels)
        labels += [short(label) for label in result.labels]
        formats += [moment.units.format_of(request, place) for place in range(len(result.labels))]
        for row in result.rows:
            cells = rows.setdefault(tuple(row.tags.items()), [])
            cells += [{'value': None, 'palette': ''}] * (before - len(cells))
            cells += [
                {'value': value, 'palette': _palette(request, place, value)} for place, value in enumerate(row.values)
            ]
    if not rows:
        return no_data(definition)
    keys = list(dict.fromkeys(key for tags in rows for key, _ in tags))
    return {
        'kind': 'table',
        'keys': keys,
        'columns': [{'label': label, 'format': format} for label, format in zip(labels, formats, strict=True)],
        'rows': [
            {'group': [dict(tags).get(key, '') for key in keys], 'cells': cells}
            for tags, cells in list(rows.items())[:MOST_ROWS]
        ],
    }


def change(definition: Mapping, moment: Moment) -> Drawing:
    """Return what is now and what was before."""
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    # The formulas of a change are what was before, and what is now.
    rows = [
        {'label': label_of(result.labels[-1], row.tags, False), 'before': row.values[0], 'now': row.values[-1]}
        for row in result.rows
        if row.values[-1] is not None
    ]
    if not rows:
        return no_data(definition)
    return {
        'kind': 'change',
        'rows': rows[:MOST_ROWS],
        'format': moment.units.format_of(request, 0),
        'increaseGood': bool(request.get('increase_good')),
    }


def _palette(request: Mapping, place: int, value: float | None) -> str:
    """Return the palette of the first conditional format that a value meets."""
    formulas = request.get('formulas', ())
    rules = request.get('conditional_formats') or (
        formulas[place].get('conditional_formats', ()) if place < len(formulas) else ()
    )
    for rule in rules:
        if value is not None and COMPARATORS[rule['comparator']](value, rule['value']):
            return rule['palette']
    return ''


def distribution(definition: Mapping, moment: Moment) -> Drawing:
    """How many groups have a value in each of ten ranges."""
    request = requests_of(definition)[0]
    if 'queries' not in request and isinstance(request.get('query'), Mapping):
        request = {**request, 'queries': [{'name': 'query1', **request['query']}]}
    values = [row.values[0] for row in _scalars(request, moment).rows if row.values[0] is not None]
    if not values:
        return no_data(definition)
    counts, edges = np.histogram(values, bins=10)
    return {
        'kind': 'histogram',
        'counts': counts.tolist(),
        'edges': rounded(edges).tolist(),
        'format': moment.units.format_of(request, 0),
    }
