# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What drawings are made from, and what they have in common: variables, labels, and what to say without data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.evaluation.points import PointStore
from toolkit.evaluation.scopes import Variables
from toolkit.preview.log_book import LogBook
from toolkit.preview.units import UnitBook
from toolkit.preview.watch import Watched

Drawing = dict[str, object]

MOST_ROWS = 100


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
        return short(label)
    return f'{short(label)}: {group}' if several else group


def short(label: str) -> str:
    """Return the metric of a label that is a query: a formula without an alias has such a label."""
    found = re.fullmatch(r'(?:\w+:)?([\w.]+)\{.*', label)
    return found[1] if found else label


def no_data(definition: Mapping) -> Drawing:
    """Return what to say of a widget without data: what it needs, if its description tells."""
    # The generator of dashboards writes needs at the end of the description.
    needs = re.search(r'\bNeeds (.+)\.$', definition.get('description', ''))
    return {'kind': 'empty', 'text': f'No data. Needs {needs[1]}.' if needs else 'No data'}
