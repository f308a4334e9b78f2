# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
From a widget of a dashboard to what the page draws: numbers and plain text, no HTML.

A drawing is a mapping for JSON with a `kind`, one of those that static/widgets.js draws. Whatever cannot be drawn
becomes a drawing that says so.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.scopes import Variables
from toolkit.evaluation.widgets import LabelledSeries, Scalars, evaluate_request
from toolkit.logs.engine import EngineError
from toolkit.preview.assets import metric_series, requests_of
from toolkit.preview.log_book import LogBook
from toolkit.preview.log_rows import log_row, pattern_rows
from toolkit.preview.monitor_list import monitor_list
from toolkit.preview.units import UnitBook
from toolkit.preview.watch import Watched
from toolkit.queries.errors import QueryError

Drawing = dict[str, object]

MOST_SERIES = 60
MOST_ROWS = 100
MOST_LOGS = 50

COMPARATORS = {'>': operator.gt, '>=': operator.ge, '<': operator.lt, '<=': operator.le, '=': operator.eq}
STATUSES_WORST_FIRST = ('CRITICAL', 'WARNING', 'UNKNOWN', 'OK')


@dataclass(frozen=True)
class Moment:
    """
    What widgets are drawn from: points, logs and events from `start` to `end`, in seconds since 1970, the states of
    monitors, and variables.
    """

    store: PointStore
    logs: LogBook
    units: UnitBook
    start: float
    end: float
    step: float
    variables: Variables
    events: LogBook = field(default_factory=LogBook)
    watched: Sequence[Watched] = ()


def draw(definition: Mapping, moment: Moment) -> Drawing:
    """Return the drawing of a widget that is not a group."""
    painter = _PAINTERS.get(definition['type'])
    # Of what was never submitted, there is nothing to evaluate: the reader wants to know what it needs.
    if painter and _asks_for_nothing_known(definition, moment.store):
        return _no_data(definition)
    if painter is None:
        return {'kind': 'message', 'text': f'The preview does not draw widgets of the kind `{definition["type"]}`.'}
    try:
        return painter(definition, moment)
    except (EvaluationError, QueryError, EngineError) as e:
        return {'kind': 'message', 'text': f'Not drawn: {e}'}


def _asks_for_nothing_known(definition: Mapping, store: PointStore) -> bool:
    names = {
        series.metric
        for request in requests_of(definition)
        for query in request.get('queries', ())
        if query['data_source'] == 'metrics'
        for series in metric_series(query['query'])
    }
    return bool(names) and not names & store.metrics.keys()


_VARIABLE = re.compile(r'\$([A-Za-z0-9_-]+)(\.value)?')


def text_with_variables(text: str, variables: Variables) -> str:
    """Return a title or a note with the chosen values. A variable without a choice stays, in a link it becomes `*`."""

    def chosen(found: re.Match) -> str:
        value = variables.get(found[1], '*').partition(':')[2]
        return value or ('*' if found[2] else found[0])

    return _VARIABLE.sub(chosen, text)


def search_with_variables(search: str, variables: Variables) -> str:
    """Return the search of a list of logs, or a tag, with the chosen tags or values. Without a choice it is `*`."""

    def chosen(found: re.Match) -> str:
        tag = variables.get(found[1], '*')
        return (tag.partition(':')[2] or '*') if found[2] else tag

    return _VARIABLE.sub(chosen, search)


def label_of(label: str, tags: Mapping[str, str], several: bool) -> str:
    """Return the label of a group: the values of its tags, and the alias of the formula where there are several."""
    group = ', '.join(value or '(empty)' for value in tags.values())
    if not group:
        return _short(label)
    return f'{_short(label)}: {group}' if several else group


def _short(label: str) -> str:
    """Return the metric of a label that is a query: a formula without an alias has such a label."""
    found = re.fullmatch(r'(?:\w+:)?([\w.]+)\{.*', label)
    return found[1] if found else label


# ---- time series


def _timeseries(definition: Mapping, moment: Moment) -> Drawing:
    series: list[Drawing] = []
    formats = []
    requests = [request for request in requests_of(definition) if not _is_of_events(request)]
    several = sum(len(request.get('formulas', request.get('queries', ()))) for request in requests) > 1
    for request in requests:
        result = evaluate_request(
            {**request, 'response_format': 'timeseries'}, moment.store, moment.start, moment.end, moment.step,
            moment.variables,
        )  # fmt: skip
        formats += [moment.units.format_of(request, place) for place in range(len(request.get('formulas', ())) or 1)]
        series += [_line(one, request, moment, several) for one in result.series]
    if not series:
        return _no_data(definition)
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


def _grid(moment: Moment) -> Drawing:
    return {
        'start': moment.start // moment.step * moment.step,
        'step': moment.step,
        'count': math.ceil((moment.end - moment.start // moment.step * moment.step) / moment.step),
    }


def _line(one: LabelledSeries, request: Mapping, moment: Moment, several: bool) -> Drawing:
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
    return [None if value != value else value for value in _rounded(values).tolist()]


def _rounded(values: np.ndarray) -> np.ndarray:
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


# ---- scalars


def _scalars(request: Mapping, moment: Moment) -> Scalars:
    return evaluate_request(
        {**request, 'response_format': 'scalar'}, moment.store, moment.start, moment.end, moment.step, moment.variables
    )


def _query_value(definition: Mapping, moment: Moment) -> Drawing:
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    value = result.rows[0].values[0] if result.rows else None
    if value is None:
        return _no_data(definition)
    format = moment.units.format_of(request, 0)
    if isinstance(definition.get('precision'), int):
        format = {**format, 'precision': definition['precision']} if not float(value).is_integer() else format
    if definition.get('custom_unit'):
        format = {**format, 'unit': definition['custom_unit']}
    return {'kind': 'value', 'value': value, 'format': format, 'palette': _palette(request, 0, value)}


def _top_list(definition: Mapping, moment: Moment) -> Drawing:
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    several = len(result.labels) > 1
    rows = [
        {
            'label': label_of(result.labels[place], row.tags, several),
            'value': row.values[place],
            'palette': _palette(request, place, row.values[place]),
        }
        for row in result.rows
        for place in range(len(result.labels))
        if row.values[place] is not None
    ]
    if not rows:
        return _no_data(definition)
    if not request.get('sort'):
        rows.sort(key=lambda row: row['value'], reverse=True)
    return {'kind': 'list', 'rows': rows[:MOST_ROWS], 'format': moment.units.format_of(request, 0)}


def _table(definition: Mapping, moment: Moment) -> Drawing:
    labels: list[str] = []
    formats: list[Drawing] = []
    rows: dict[tuple[tuple[str, str], ...], list[Drawing]] = {}
    for request in requests_of(definition):
        result = _scalars(request, moment)
        before = len(labels)
        labels += [_short(label) for label in result.labels]
        formats += [moment.units.format_of(request, place) for place in range(len(result.labels))]
        for row in result.rows:
            cells = rows.setdefault(tuple(row.tags.items()), [])
            cells += [{'value': None, 'palette': ''}] * (before - len(cells))
            cells += [
                {'value': value, 'palette': _palette(request, place, value)} for place, value in enumerate(row.values)
            ]
    if not rows:
        return _no_data(definition)
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


def _change(definition: Mapping, moment: Moment) -> Drawing:
    request = requests_of(definition)[0]
    result = _scalars(request, moment)
    # The formulas of a change are what was before, and what is now.
    rows = [
        {'label': label_of(result.labels[-1], row.tags, False), 'before': row.values[0], 'now': row.values[-1]}
        for row in result.rows
        if row.values[-1] is not None
    ]
    if not rows:
        return _no_data(definition)
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


# ---- distributions


def _heat_map(definition: Mapping, moment: Moment) -> Drawing:
    """A row for each group, darker where its value is higher: Datadog draws buckets of values."""
    request = requests_of(definition)[0]
    result = evaluate_request(
        {**request, 'response_format': 'timeseries'}, moment.store, moment.start, moment.end, moment.step,
        moment.variables,
    )  # fmt: skip
    if not result.series:
        return _no_data(definition)
    rows = [{'label': label_of(one.label, one.tags, False), 'values': _on_grid(one, moment)} for one in result.series]
    rows.sort(key=lambda row: (_bound(row['label']) is None, _bound(row['label']) or 0), reverse=True)
    return {
        'kind': 'heatmap', **_grid(moment), 'rows': rows[:MOST_ROWS], 'format': moment.units.format_of(request, 0)
    }  # fmt: skip


def _distribution(definition: Mapping, moment: Moment) -> Drawing:
    """How many groups have a value in each of ten ranges."""
    request = requests_of(definition)[0]
    if 'queries' not in request and isinstance(request.get('query'), Mapping):
        request = {**request, 'queries': [{'name': 'query1', **request['query']}]}
    values = [row.values[0] for row in _scalars(request, moment).rows if row.values[0] is not None]
    if not values:
        return _no_data(definition)
    counts, edges = np.histogram(values, bins=10)
    return {
        'kind': 'histogram',
        'counts': counts.tolist(),
        'edges': _rounded(edges).tolist(),
        'format': moment.units.format_of(request, 0),
    }


# ---- checks, logs, events, notes


def _check_status(definition: Mapping, moment: Moment) -> Drawing:
    wanted = [search_with_variables(tag, moment.variables) for tag in definition.get('tags', ())]
    keys = definition.get('group_by', ())
    statuses: dict[str, str] = {}
    for tags, times in moment.store.statuses(definition['check']).items():
        if times and all(_has(tags, tag) for tag in wanted):
            group = ', '.join(tag.partition(':')[2] for key in keys for tag in tags if tag.startswith(f'{key}:'))
            status = times[-1][1]
            worst = min(statuses.get(group, 'OK'), status, key=STATUSES_WORST_FIRST.index)
            statuses[group] = worst
    if not statuses:
        return _no_data(definition)
    counts = {status: list(statuses.values()).count(status) for status in STATUSES_WORST_FIRST}
    return {
        'kind': 'checks',
        'counts': {status: count for status, count in counts.items() if count},
        'groups': [{'label': label or 'all', 'status': status} for label, status in sorted(statuses.items())],
    }


def _has(tags: Sequence[str], wanted: str) -> bool:
    key, _, value = wanted.partition(':')
    return wanted == '*' or (value == '*' and any(tag.startswith(f'{key}:') for tag in tags)) or wanted in tags


def _stream(definition: Mapping, moment: Moment) -> Drawing:
    request = requests_of(definition)[0]
    query = request['query']
    source = query['data_source']
    search = search_with_variables(query.get('query_string', ''), moment.variables)
    if source == 'event_stream':
        return _found(moment.events.logs(search, moment.start, moment.end), False, f'No event matches {search}')
    if source not in ('logs_stream', 'logs_pattern_stream'):
        return {'kind': 'message', 'text': f'The preview has no list of the kind `{source}`.'}
    logs = moment.logs.logs(search, moment.start, moment.end)
    return _logs(logs, is_pattern=source == 'logs_pattern_stream', search=search)


def _log_stream(definition: Mapping, moment: Moment) -> Drawing:
    search = search_with_variables(definition.get('query', ''), moment.variables)
    return _logs(moment.logs.logs(search, moment.start, moment.end), is_pattern=False, search=search)


def _logs(logs: list, is_pattern: bool, search: str) -> Drawing:
    return _found(logs, is_pattern, f'No log matches {search}')


def _found(logs: list, is_pattern: bool, none: str) -> Drawing:
    if not logs:
        return {'kind': 'message', 'text': none}
    if is_pattern:
        return {'kind': 'patterns', 'rows': pattern_rows(logs)[:MOST_LOGS]}
    return {'kind': 'logs', 'rows': [log_row(log) for log in logs[:MOST_LOGS]], 'total': len(logs)}


def _monitors(definition: Mapping, moment: Moment) -> Drawing:
    return monitor_list(search_with_variables(definition['query'], moment.variables), moment.watched)


def _events(_definition: Mapping, _moment: Moment) -> Drawing:
    return {'kind': 'message', 'text': 'The demo has no events.'}


def _note(_definition: Mapping, _moment: Moment) -> Drawing:
    return {'kind': 'note'}  # Its text is in the page already.


def _no_data(definition: Mapping) -> Drawing:
    # The generator of dashboards writes needs at the end of the description.
    needs = re.search(r'\bNeeds (.+)\.$', definition.get('description', ''))
    return {'kind': 'empty', 'text': f'No data. Needs {needs[1]}.' if needs else 'No data'}


_PAINTERS: dict[str, Callable[[Mapping, Moment], Drawing]] = {
    'timeseries': _timeseries,
    'query_value': _query_value,
    'toplist': _top_list,
    'query_table': _table,
    'change': _change,
    'heatmap': _heat_map,
    'distribution': _distribution,
    'check_status': _check_status,
    'list_stream': _stream,
    'manage_status': _monitors,
    'log_stream': _log_stream,
    'event_stream': _events,
    'event_timeline': _events,
    'note': _note,
    'free_text': _note,
}
