# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From a widget of a definition to Datadog's definition of it. https://docs.datadoghq.com/dashboards/widgets/"""

from __future__ import annotations

from collections.abc import Callable

from toolkit.dashboards.coloring import MARKS, formats_of, marks_of
from toolkit.dashboards.definition import Widget
from toolkit.dashboards.lines import lines_of
from toolkit.dashboards.metric_requests import request_of
from toolkit.queries.syntax import Binary, Call, Expression, Number, series_of

Json = dict[str, object]

HEALTH_CHECK = 'cilium.openmetrics.health'

TITLE_SIZE = '13'
"""The smaller of Datadog's usual ones: tiles of two columns have room for their title."""


def definition_of(widget: Widget, scope: str) -> Json:
    """
    Return the `definition` of a widget in Datadog's JSON.

    `scope` is template variables with commas between. Raises `DefinitionError` and `QueryError`.
    """
    return KINDS[widget.kind](widget, scope)


def description_of(widget: Widget) -> str:
    """Return what the graph means, and what it needs: the title has no room for that."""
    needs = f'Needs {widget.needs}.' if widget.needs else ''
    return ' '.join([*widget.about.split(), *needs.split()])


def _titled(widget: Widget, kind: str, **keys: object) -> Json:
    definition: Json = {'type': kind, 'title': widget.title, 'title_size': TITLE_SIZE, 'title_align': 'left'}
    if description := description_of(widget):
        definition['description'] = description
    if widget.links:
        definition['custom_links'] = [{'label': label, 'link': link} for label, link in widget.links.items()]
    return definition | keys


def _graph(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'timeseries') | {
        'display_type': widget.kind,
        'style': {'palette': widget.palette, 'line_type': 'solid', 'line_width': 'normal'},
    }
    requests = [request]
    if widget.events:
        requests.append(_overlay(widget.events))
    falls_below_zero = any(_may_be_negative(written) for _, written in lines_of(widget).values())
    definition = _titled(
        widget,
        'timeseries',
        show_legend=True,
        legend_layout='auto',
        legend_columns=['avg', 'max', 'value'],
        requests=requests,
        yaxis={'include_zero': True} | ({} if falls_below_zero else {'min': '0'}),
    )
    if marks := marks_of(widget):
        definition['markers'] = [
            {'value': f'y = {value:g}', 'display_type': MARKS[mark], 'label': f' {value:g} '}
            for mark, value in marks.items()
        ]
    return definition


def _overlay(search: str) -> Json:
    """Return the request for events over a graph. The field `events` of a graph is deprecated."""
    query = {
        'name': 'events',
        'data_source': 'events',
        'search': {'query': search},
        'indexes': ['*'],
        'compute': {'aggregation': 'count'},
        'group_by': [],
    }
    return {'response_format': 'timeseries', 'queries': [query], 'display_type': 'overlay'}


def _may_be_negative(expression: Expression) -> bool:
    """Return whether an expression takes one series off another, or follows a gauge up and down."""
    match expression:
        case Call('clamp_min', arguments=(Number(least),)) if least >= 0:
            return False
        case Call('diff'):
            return True
        case Call(operand=operand):
            return _may_be_negative(operand)
        # `100 - 100 * part / whole` and `1 - state` do not.
        case Binary('-', left, right) if series_of(left) and series_of(right):
            return True
        case Binary(left=left, right=right):
            return _may_be_negative(left) or _may_be_negative(right)
    return False


def _value(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar')
    if formats := formats_of(widget, widget.threshold):
        request['conditional_formats'] = formats
    return _titled(widget, 'query_value', autoscale=True, precision=2, requests=[request])


def _top(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar')
    request['sort'] = _descending(widget.limit)
    if formats := formats_of(widget, widget.threshold):
        request['conditional_formats'] = formats
    return _titled(widget, 'toplist', requests=[request], style={'display': {'type': 'stacked', 'legend': 'automatic'}})


def _table(widget: Widget, scope: str) -> Json:
    lines = lines_of(widget)
    looks: dict[str, Json] = {name: {'cell_display_mode': 'number'} for name in lines}
    for name, (line, _) in lines.items():
        if formats := formats_of(widget, line.threshold or widget.threshold):
            looks[name]['conditional_formats'] = formats
    request = request_of(widget, scope, 'scalar', looks)
    columns = list(lines)
    request['sort'] = _descending(widget.limit, *(columns.index(name) for name in widget.sort_by))
    return _titled(widget, 'query_table', requests=[request], has_search_bar='auto')


def _change(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar') | {
        'compare_to': 'day_before',
        'change_type': 'absolute',
        'increase_good': False,
        'order_by': 'change',
        'order_dir': 'desc',
        'show_present': True,
    }
    return _titled(widget, 'change', requests=[request])


def _distribution(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar') | {'style': {'palette': widget.palette}}
    return _titled(widget, 'distribution', requests=[request])


def _heatmap(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'timeseries') | {'style': {'palette': widget.palette}}
    return _titled(widget, 'heatmap', requests=[request], yaxis={'include_zero': True})


def _status(widget: Widget, scope: str) -> Json:
    variables = [name.strip() for name in scope.split(',') if name.strip()]
    return _titled(
        widget,
        'check_status',
        check=HEALTH_CHECK,
        grouping='cluster',
        group_by=['kube_cluster_name', 'endpoint'],
        tags=[*variables, *widget.tags],
    )


def _monitors(widget: Widget, _scope: str) -> Json:
    """The states of monitors, those that alert first. Source: https://docs.datadoghq.com/dashboards/widgets/monitor_summary/"""
    definition = _titled(
        widget,
        'manage_status',
        query=widget.text,
        summary_type='combined',
        display_format='countsAndList',
        color_preference='text',
        hide_zero_counts=True,
        show_last_triggered=True,
        show_priority=True,
        sort='status,asc',
    )
    return definition


def _logs(widget: Widget, _scope: str) -> Json:
    columns = [('status_line', 'auto'), ('timestamp', 'auto'), ('kube_node', 'auto'), ('content', 'compact')]
    query = {'data_source': 'logs_stream', 'query_string': widget.text, 'indexes': [], 'storage': 'hot'}
    return _stream(widget, query | {'sort': {'column': 'timestamp', 'order': 'desc'}}, columns)


def _patterns(widget: Widget, _scope: str) -> Json:
    columns = [('status_line', 'auto'), ('matches', 'auto'), ('volume', 'auto'), ('message', 'auto')]
    query = {'data_source': 'logs_pattern_stream', 'query_string': widget.text, 'indexes': []}
    return _stream(
        widget, query | {'clustering_pattern_field_path': 'message', 'group_by': [{'facet': 'service'}]}, columns
    )


def _events(widget: Widget, _scope: str) -> Json:
    return _stream(widget, {'data_source': 'event_stream', 'query_string': widget.text, 'event_size': 's'}, [])


def _stream(widget: Widget, query: Json, columns: list[tuple[str, str]]) -> Json:
    request = {
        'response_format': 'event_list',
        'query': query,
        'columns': [{'field': name, 'width': width} for name, width in columns],
    }
    return _titled(widget, 'list_stream', requests=[request])


def note_of(text: str, color: str = 'transparent') -> Json:
    """Return the definition of a note in Markdown."""
    return {
        'type': 'note',
        'content': text.strip(),
        'background_color': color,
        'font_size': '14',
        'text_align': 'left',
        'vertical_align': 'top',
        'show_tick': False,
        'tick_pos': '50%',
        'tick_edge': 'left',
        'has_padding': True,
    }


KINDS: dict[str, Callable[[Widget, str], Json]] = {
    'line': _graph,
    'area': _graph,
    'bars': _graph,
    'value': _value,
    'top': _top,
    'table': _table,
    'change': _change,
    'distribution': _distribution,
    'heatmap': _heatmap,
    'status': _status,
    'logs': _logs,
    'patterns': _patterns,
    'events': _events,
    'monitors': _monitors,
}


def _descending(limit: int, *columns: int) -> Json:
    order = [{'type': 'formula', 'index': column, 'order': 'desc'} for column in columns or (0,)]
    return {'count': limit, 'order_by': order}
