# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From a widget of a definition to Datadog's definition of it. https://docs.datadoghq.com/dashboards/widgets/"""

from __future__ import annotations

import re
from collections.abc import Callable

from toolkit.dashboards.definition import DefinitionError, Widget
from toolkit.dashboards.metric_requests import request_of

Json = dict[str, object]

HEALTH_CHECK = 'cilium.openmetrics.health'

PALETTES = frozenset({'dog_classic', 'datadog16', 'cool', 'warm', 'purple', 'orange', 'gray', 'semantic'})

COLORS = {'red': 'white_on_red', 'yellow': 'white_on_yellow', 'green': 'white_on_green'}

MARKS = {'error': 'error dashed', 'warning': 'warning dashed'}


def definition_of(widget: Widget, scope: str) -> Json:
    """
    Return the `definition` of a widget in Datadog's JSON.

    `scope` is template variables with commas between. Raises `DefinitionError` and `QueryError`.
    """
    if widget.kind not in KINDS:
        raise DefinitionError(f'widget `{widget.title}`: there is no kind `{widget.kind}`, only {", ".join(KINDS)}')
    return KINDS[widget.kind](widget, scope)


def title_of(widget: Widget) -> str:
    """Return the title with what the widget needs. A `value` has no room for that: its description says it."""
    return f'{widget.title} (needs {widget.needs})' if widget.needs and widget.kind != 'value' else widget.title


def _description_of(widget: Widget) -> str:
    needs = f'Needs {widget.needs}.' if widget.needs and widget.kind == 'value' else ''
    return ' '.join([*widget.about.split(), *needs.split()])


def _titled(widget: Widget, kind: str, **keys: object) -> Json:
    definition: Json = {'type': kind, 'title': title_of(widget), 'title_size': '16', 'title_align': 'left'}
    if description := _description_of(widget):
        definition['description'] = description
    if widget.links:
        definition['custom_links'] = [{'label': label, 'link': link} for label, link in widget.links.items()]
    return definition | keys


def _graph(widget: Widget, scope: str) -> Json:
    palette = widget.palette or 'dog_classic'
    if palette not in PALETTES:
        raise DefinitionError(f'widget `{widget.title}`: there is no palette `{palette}`, only {sorted(PALETTES)}')
    request = request_of(widget, scope, 'timeseries') | {
        'display_type': widget.kind,
        'style': {'palette': palette, 'line_type': 'solid', 'line_width': 'normal'},
    }
    definition = _titled(
        widget,
        'timeseries',
        show_legend=True,
        legend_layout='auto',
        legend_columns=['avg', 'max', 'value'],
        requests=[request],
        yaxis={'include_zero': True, 'min': '0'},
    )
    if widget.marks:
        definition['markers'] = [
            {'value': f'y = {value:g}', 'display_type': MARKS[mark], 'label': f' {value:g} '}
            for mark, value in widget.marks.items()
        ]
    if widget.events:
        definition['events'] = [{'q': widget.events}]
    return definition


def _value(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar')
    if widget.colors:
        request['conditional_formats'] = _conditional_formats(widget)
    return _titled(widget, 'query_value', autoscale=True, precision=2, requests=[request])


def _top(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar')
    request['sort'] = _descending(widget.limit)
    if widget.colors:
        request['conditional_formats'] = _conditional_formats(widget)
    return _titled(widget, 'toplist', requests=[request], style={'display': {'type': 'stacked', 'legend': 'automatic'}})


def _table(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'scalar')
    for formula in request['formulas']:
        formula['cell_display_mode'] = 'number'
        if widget.colors:
            formula['conditional_formats'] = _conditional_formats(widget)
    request['sort'] = _descending(widget.limit)
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
    request = request_of(widget, scope, 'scalar') | {'style': {'palette': widget.palette or 'dog_classic'}}
    return _titled(widget, 'distribution', requests=[request])


def _heatmap(widget: Widget, scope: str) -> Json:
    request = request_of(widget, scope, 'timeseries') | {'style': {'palette': widget.palette or 'dog_classic'}}
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


def _note(widget: Widget, _scope: str) -> Json:
    return note_of(widget.text)


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
    'note': _note,
}

_CONDITION = re.compile(r'(>=|<=|>|<|=) (-?[0-9.]+)')


def _conditional_formats(widget: Widget) -> list[Json]:
    formats = []
    for color, condition in widget.colors.items():
        match = _CONDITION.fullmatch(str(condition))
        if color not in COLORS or not match:
            raise DefinitionError(
                f"widget `{widget.title}`: `{color}: '{condition}'` must be {', '.join(COLORS)} and a comparison "
                "with a number, such as '> 0.9'"
            )
        formats.append({'comparator': match[1], 'value': float(match[2]), 'palette': COLORS[color]})
    return formats


def _descending(limit: int) -> Json:
    return {'count': limit, 'order_by': [{'type': 'formula', 'index': 0, 'order': 'desc'}]}
