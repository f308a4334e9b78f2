# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Put a dashboard together: groups over the full width of a grid of twelve columns, rows of widgets within them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from toolkit.assets import json_text
from toolkit.checkout import ASSETS
from toolkit.dashboards.definition import Definition, Group, Widget, load_all
from toolkit.dashboards.lines import lines_of
from toolkit.dashboards.links import Variables, link_of_widget, note_with_links
from toolkit.dashboards.widgets import Json, definition_of, note_of
from toolkit.definitions import DefinitionError
from toolkit.queries.errors import QueryError
from toolkit.queries.syntax import series_of

COLUMNS = 12

USUAL_HEIGHTS = {'value': 2, 'status': 2, 'monitors': 4, 'logs': 5, 'patterns': 5, 'events': 5, 'table': 4}
GRAPH_HEIGHT = 3

CHARACTERS_A_LINE = 150
LINES_A_ROW = 3
LINES_BETWEEN_PARAGRAPHS = 0.5
"""What fits into a note over the full width."""
MARKUP = re.compile(r'\[([^\]]*)\]\([^)]*\)|\*\*')
"""What a note does not show: the targets of links, and what makes text bold."""


def dashboard_files() -> dict[Path, str]:
    """Return the text of the file of each dashboard, as Datadog imports it. Raises `DefinitionError`."""
    definitions = load_all()
    return {
        ASSETS / 'dashboards' / f'{definition.name}.json': json_text(dashboard_of(definition, definitions))
        for definition in definitions
    }


def dashboard_of(definition: Definition, others: Sequence[Definition] = ()) -> Json:
    """
    Return the dashboard as Datadog imports it. `others` are those that links may lead to.

    Raises `DefinitionError`.
    """
    dashboards = {one.title: one.variables for one in (definition, *others)}
    widgets, y = [], 0
    for group in definition.groups:
        with _named(f'{definition.name}.yaml, group `{group.title}`'):
            content, height = _content(definition, group, dashboards)
        widgets.append(
            {
                'id': _id(definition.name, group.title),
                'layout': {'x': 0, 'y': y, 'width': COLUMNS, 'height': height + 1},
                'definition': {
                    'type': 'group',
                    'layout_type': 'ordered',
                    'title': group.title,
                    'title_align': 'left',
                    'show_title': True,
                    'background_color': group.color,
                    'widgets': content,
                },
            }
        )
        y += height + 1
    return {
        'title': definition.title,
        'description': definition.description.strip(),
        'layout_type': 'ordered',
        'reflow_type': 'fixed',
        'notify_list': [],
        'template_variables': [
            {'name': name, 'prefix': key, 'available_values': [], 'defaults': ['*']}
            for name, key in definition.variables.items()
        ],
        'template_variable_presets': [
            {
                'name': preset,
                'template_variables': [{'name': name, 'values': values} for name, values in chosen.items()],
            }
            for preset, chosen in definition.presets.items()
        ],
        'widgets': widgets,
    }


def _content(definition: Definition, group: Group, dashboards: Mapping[str, Variables]) -> tuple[list[Json], int]:
    """Return the widgets of a group, and the height that they take."""
    paragraphs = group.note.strip().split('\n') + ([f'**Needs** {group.needs.strip()}'] if group.needs else [])
    y = _note_height(paragraphs)
    content: list[Json] = [
        {
            'id': _id(definition.name, group.title, 'note'),
            'layout': {'x': 0, 'y': 0, 'width': COLUMNS, 'height': y},
            'definition': note_of(note_with_links('\n\n'.join(paragraphs), definition.variables, dashboards)),
        }
    ]
    for row in group.rows:
        height = max(widget.height or USUAL_HEIGHTS.get(widget.kind, GRAPH_HEIGHT) for widget in row)
        x = 0
        for widget, width in zip(row, _widths(row, group), strict=True):
            scope = next(s for s in (widget.scope, group.scope, definition.scope) if s is not None)
            with _named(f'widget `{widget.title}`'):
                shown = definition_of(_with_links(widget, definition.variables, dashboards), scope)
            content.append(
                {
                    'id': _id(definition.name, group.title, widget.title),
                    'layout': {'x': x, 'y': y, 'width': width, 'height': height},
                    'definition': shown,
                }
            )
            x += width
        y += height
    return content, y


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Put the place before what is wrong there."""
    try:
        yield
    except (DefinitionError, QueryError) as e:
        raise DefinitionError(f'{place}: {e}') from None


def _with_links(widget: Widget, variables: Variables, dashboards: Mapping[str, Variables]) -> Widget:
    if not widget.links:
        return widget
    keys = frozenset(key for _, written in lines_of(widget).values() for one in series_of(written) for key in one.keys)
    links = {label: link_of_widget(link, keys, variables, dashboards) for label, link in widget.links.items()}
    return replace(widget, links=links)


def _widths(row: list[Widget], group: Group) -> list[int]:
    """Return the columns of each widget of a row: what it asks for, or its share of what the others leave."""
    rest = COLUMNS - sum(widget.width for widget in row)
    without = [widget for widget in row if not widget.width]
    if rest < 2 * len(without) or (rest and not without):
        titles = ', '.join(f'`{widget.title}`' for widget in row)
        raise DefinitionError(f'the widgets {titles} do not fill a row of {COLUMNS} columns')
    shares = [rest // len(without) + (number < rest % len(without)) for number in range(len(without))]
    return [widget.width or shares.pop(0) for widget in row]


def _note_height(paragraphs: list[str]) -> int:
    visible = [MARKUP.sub(r'\1', paragraph) for paragraph in paragraphs]
    lines = sum(math.ceil(len(text) / CHARACTERS_A_LINE) for text in visible)
    return math.ceil((lines + LINES_BETWEEN_PARAGRAPHS * (len(visible) - 1)) / LINES_A_ROW)


def _id(*path: str) -> int:
    """Return a number that stays the same as long as the titles on the way to a widget do."""
    return int(sha256('\n'.join(path).encode()).hexdigest()[:12], 16)
