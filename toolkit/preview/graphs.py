# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Graphs over time: lines, areas and bars with marks and events, and heat maps."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypedDict

import numpy as np

from toolkit.assets import requests_of
from toolkit.evaluation.widgets import LabelledSeries, timeseries_of
from toolkit.preview.moment import MOST_ROWS, Drawing, Moment, label_of, no_data, search_with_variables

MOST_SERIES = 60


class Grid(TypedDict):
    """The points in time of a graph: `count` of them, each `step` seconds, from `start` on."""

    start: float
    step: float
    count: int


class Line(TypedDict):
    """A series as it is drawn."""

    label: str
    values: list[float | None]
    display: str
    palette: str
    style: str
    width: str


def timeseries(definition: Mapping, moment: Moment) -> Drawing:
    """Return a graph of series, with marks across and events over it."""
    series: list[Line] = []
    formats = []
    requests = [request for request in requests_of(definition) if not _is_of_events(request)]
    several = sum(len(request.get('formulas', request.get('queries', ()))) for request in requests) > 1
    for request in requests:
        result = timeseries_of(request, moment.store, moment.start, moment.end, moment.step, moment.variables)
        formats += [moment.units.format_of(request, place) for place in range(len(request.get('formulas', ())) or 1)]
        series += [_line(one, request, moment, several) for one in result.series]
    if not series:
        return no_data(definition)
    left_out = len(series) - MOST_SERIES
    if left_out > 0:
        series = sorted(series, key=lambda one: sum(value or 0 for value in one['values']), reverse=True)[:MOST_SERIES]
    axis = definition.get('yaxis', {})
    return {
        'kind': 'timeseries',
        **_grid(moment),
        'series': series,
        'note': f'{left_out} smaller series are not drawn' if left_out > 0 else '',
        'format': formats[0] if formats else {},
        'legend': bool(definition.get('show_legend', True)),
        'markers': [marker for given in definition.get('markers', ()) for marker in _markers(given)],
        'events': [event for request in requests_of(definition) for event in _overlay(request, moment)],
        'minimum': _bound(axis.get('min')),
        'maximum': _bound(axis.get('max')),
    }


def _is_of_events(request: Mapping) -> bool:
    return any(query['data_source'] == 'events' for query in request.get('queries', ()))


def _overlay(request: Mapping, moment: Moment) -> list[Drawing]:
    """Return the events that are drawn over a graph: a line down at the time of each."""
    if not _is_of_events(request):
        return []
    search = search_with_variables(request['queries'][0]['search']['query'], moment.variables)
    found = moment.events.logs(search, moment.start, moment.end)
    return [{'time': event.timestamp / 1000, 'text': event.message, 'status': event.status} for event in found]


def _grid(moment: Moment) -> Grid:
    return {
        'start': moment.start // moment.step * moment.step,
        'step': moment.step,
        'count': math.ceil((moment.end - moment.start // moment.step * moment.step) / moment.step),
    }


def _line(one: LabelledSeries, request: Mapping, moment: Moment, several: bool) -> Line:
    style = request.get('style', {})
    return {
        'label': label_of(one.label, one.tags, several),
        'values': _on_grid(one, moment),
        'display': request.get('display_type', 'line'),
        'palette': _palette_of_formula(one.label, request) or style.get('palette', ''),
        'style': style.get('line_type', 'solid'),
        'width': style.get('line_width', 'normal'),
    }


def _palette_of_formula(label: str, request: Mapping) -> str:
    """Return the palette of the formula that a line belongs to, whose alias is its label."""
    styles = (formula.get('style', {}) for formula in request.get('formulas', ()) if formula.get('alias') == label)
    return next((style.get('palette', '') for style in styles), '')


def _on_grid(one: LabelledSeries, moment: Moment) -> list[float | None]:
    """Return the values of a series on the grid of its graph: a rollup may give it longer intervals."""
    grid = _grid(moment)
    values = one.values
    if len(values) != grid['count'] or one.times[0] != grid['start']:
        times = grid['start'] + grid['step'] * np.arange(grid['count'])
        place = np.searchsorted(one.times, times, 'right') - 1
        values = np.where(place >= 0, values[np.maximum(place, 0)], np.nan)
    return [None if value != value else value for value in rounded(values).tolist()]


def rounded(values: np.ndarray) -> np.ndarray:
    """Round to five digits, more than a pixel can show: the page gets a third of the text."""
    with np.errstate(divide='ignore'):
        digits = np.clip(4 - np.floor(np.log10(np.abs(values))), -300, 300)
    scale = np.power(10.0, np.nan_to_num(digits))
    return np.round(values * scale) / scale


def _bound(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None  # `auto`


def _markers(given: Mapping) -> list[Drawing]:
    numbers = [float(number) for number in re.findall(r'-?\d+(?:\.\d+)?(?:e-?\d+)?', given['value'])]
    meaning = given.get('display_type', '').split(' ')[0] or 'info'
    return [{'value': number, 'meaning': meaning, 'label': given.get('label', '')} for number in numbers]


def heat_map(definition: Mapping, moment: Moment) -> Drawing:
    """A row for each group, darker where its value is higher: Datadog draws buckets of values."""
    request = requests_of(definition)[0]
    result = timeseries_of(request, moment.store, moment.start, moment.end, moment.step, moment.variables)
    if not result.series:
        return no_data(definition)
    rows = [{'label': label_of(one.label, one.tags, False), 'values': _on_grid(one, moment)} for one in result.series]
    rows.sort(key=lambda row: (_bound(row['label']) is None, _bound(row['label']) or 0), reverse=True)
    return {
        'kind': 'heatmap', **_grid(moment), 'rows': rows[:MOST_ROWS], 'format': moment.units.format_of(request, 0)
    }  # fmt: skip
