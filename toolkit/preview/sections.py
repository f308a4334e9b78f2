# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The layout of a dashboard: its groups, and in each the widgets with their places on the grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from toolkit.assets import group_in, widgets_in
from toolkit.preview.messages import html_of
from toolkit.preview.moment import text_with_variables

NOTES = ('note', 'free_text')


@dataclass(frozen=True)
class Slot:
    """
    Where a widget goes. `place` is its number among all drawings, `about` its description; `note` is the HTML of a
    note, or empty.
    """

    place: int
    type: str
    title: str
    about: str
    layout: Mapping[str, int]
    note: str


@dataclass(frozen=True)
class Section:
    """A group of widgets, or those between two groups, which have no title."""

    title: str
    slots: list[Slot]


def sections_of(widgets: Sequence[Mapping], choices: Mapping[str, str]) -> list[Section]:
    """Return the sections from top to bottom. `choices` are the values of the template variables."""
    place = 0
    placed = []
    for widget in widgets:
        inner = [one for one in widgets_in([widget]) if not group_in(one)]
        placed.append((widget, [_slot(number, one, choices) for number, one in enumerate(inner, place)]))
        place += len(inner)
    placed.sort(key=lambda pair: (pair[0].get('layout', {}).get('y', 0), pair[0].get('layout', {}).get('x', 0)))
    return list(_sections(placed, choices))


def _sections(placed: Sequence[tuple[Mapping, list[Slot]]], choices: Mapping[str, str]) -> Iterator[Section]:
    for are_groups, pairs in groupby(placed, key=lambda pair: group_in(pair[0]) is not None):
        if are_groups:
            for widget, slots in pairs:
                yield Section(text_with_variables(widget['definition'].get('title', ''), choices), slots)
        else:
            yield Section('', [slot for _, slots in pairs for slot in slots])


def _slot(place: int, widget: Mapping, choices: Mapping[str, str]) -> Slot:
    definition = widget['definition']
    is_note = definition['type'] in NOTES
    text = text_with_variables(definition.get('content', definition.get('text', '')), choices) if is_note else ''
    return Slot(
        place,
        definition['type'],
        text_with_variables(definition.get('title', ''), choices),
        definition.get('description', ''),
        widget.get('layout', {'x': 0, 'y': 0, 'width': 12, 'height': 2}),
        html_of(text) if is_note else '',
    )
