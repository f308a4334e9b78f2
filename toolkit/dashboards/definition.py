# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Read the definitions of dashboards: the YAML files in `definitions/`, one for each dashboard.

What their keys mean is in `schema.yaml`, which validates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from toolkit.definitions import read_definition

DIRECTORY = Path(__file__).parent / 'definitions'
SCHEMA = Path(__file__).parent / 'schema.yaml'


@dataclass(frozen=True)
class Line:
    """A line of a graph, or a column of a table."""

    query: str
    unit: str = ''
    threshold: str = ''
    tone: str = ''
    over_time: str = ''


@dataclass(frozen=True)
class Mean:
    """The mean of a histogram: the rate of its sum divided by the rate of its count."""

    of: str
    by: list[str] = field(default_factory=list)
    where: str = '*'


@dataclass(frozen=True)
class Quantiles:
    """Percentiles of a histogram, from its buckets: see `lines.py`."""

    of: str
    at: list[float]
    bounds: list[float]
    by: list[str] = field(default_factory=list)
    where: str = '*'


@dataclass(frozen=True)
class Widget:
    """A widget. Which keys apply depends on its kind: see `widgets.py`."""

    title: str
    kind: str
    show: str | dict[str, Line] = ''
    mean: Mean | None = None
    quantiles: Quantiles | None = None
    about: str = ''
    text: str = ''
    tags: list[str] = field(default_factory=list)
    needs: str = ''
    sparse: str = ''
    unit: str = ''
    over_time: str = ''
    limit: int = 10
    sort_by: list[str] = field(default_factory=list)
    colors: dict[str, str] = field(default_factory=dict)
    marks: dict[str, float] = field(default_factory=dict)
    palette: str = 'dog_classic'
    threshold: str = ''
    events: str = ''
    width: int = 0
    height: int = 0
    scope: str | None = None
    links: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """A group of widgets over the full width."""

    title: str
    color: str
    note: str
    rows: list[list[Widget]]
    needs: str = ''
    scope: str | None = None


@dataclass(frozen=True)
class Definition:
    """A dashboard."""

    name: str
    """The name of the file, without suffix."""
    title: str
    description: str
    variables: dict[str, str]
    scope: str
    groups: list[Group]
    presets: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def widgets(self) -> Iterator[tuple[Group, Widget]]:
        """Yield each widget with its group, from top to bottom."""
        for group in self.groups:
            yield from ((group, widget) for row in group.rows for widget in row)


@cache  # Tests ask for them again and again.
def load_all() -> tuple[Definition, ...]:
    """Return the dashboards by name. Raises `DefinitionError`."""
    return tuple(load(path) for path in sorted(DIRECTORY.glob('*.yaml')))


def load(path: Path) -> Definition:
    """Return the dashboard of a file. Raises `DefinitionError`."""
    document = read_definition(path, SCHEMA)
    return Definition(**{**document, 'name': path.stem, 'groups': [_group(group) for group in document['groups']]})


def _group(document: Mapping[str, Any]) -> Group:
    return Group(**{**document, 'rows': [[_widget(widget) for widget in row] for row in document['rows']]})


def _widget(document: Mapping[str, Any]) -> Widget:
    given = dict(document)
    if 'mean' in given:
        given['mean'] = Mean(**given['mean'])
    if 'quantiles' in given:
        given['quantiles'] = Quantiles(**given['quantiles'])
    if isinstance(given.get('show'), dict):
        given['show'] = {name: _line(line) for name, line in given['show'].items()}
    return Widget(**given)


def _line(document: str | Mapping[str, Any]) -> Line:
    return Line(document) if isinstance(document, str) else Line(**document)
