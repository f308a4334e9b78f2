# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Read the definitions of dashboards: the YAML files in `definitions/`, one for each dashboard.

What their keys mean stands at the fields of the classes below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import yaml

from toolkit.dashboards.errors import DefinitionError
from toolkit.yaml_files import read_yaml

DIRECTORY = Path(__file__).parent / 'definitions'

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar('T', bound='DataclassInstance')


@dataclass(frozen=True)
class Line:
    """A line of a graph, or a column of a table."""

    query: str
    """In Datadog's own language, with arithmetic. `<name>` within a scope stands for one that `shared.yaml` names."""
    unit: str = ''
    """Instead of that of the widget."""
    threshold: str = ''
    """Instead of that of the widget."""
    tone: str = ''
    """What the line means, by which it is colored: good, bad, waiting or neutral. See `widgets.py`."""
    over_time: str = ''
    """Instead of that of the widget."""


@dataclass(frozen=True)
class Mean:
    """The mean of a histogram: the rate of its sum divided by the rate of its count."""

    of: str
    """The metric, without `.sum` and `.count`."""
    by: list[str] = field(default_factory=list)
    """Tag keys to group by."""
    where: str = '*'
    """The scope, as in a query."""


@dataclass(frozen=True)
class Quantiles:
    """Percentiles of a histogram, from its buckets: see `lines.py`."""

    of: str
    """The metric, without `.bucket`."""
    at: list[float]
    """Which ones, between 0 and 1. Each becomes a line with a name such as `p95`."""
    bounds: list[float]
    """The bounds of buckets, in the unit of the metric. The highest is the most that can be told."""
    by: list[str] = field(default_factory=list)
    """Tag keys to group by."""
    where: str = '*'
    """The scope, as in a query."""


@dataclass(frozen=True)
class Widget:
    """A widget. Which keys apply depends on its kind: see `widgets.py`."""

    title: str
    """What is shown, short enough for the width of the widget."""
    kind: str
    """line, area, bars, value, top, table, change, distribution, heatmap, status, monitors, logs, patterns, events."""
    show: str | dict[str, str | Line] = ''
    """
    A query of metrics in Datadog's own language, with arithmetic, or a mapping of such, or of `Line`s, by the names
    that the legend shows. `scope` is added to each of them.
    """
    mean: Mean | None = None
    """Instead of `show`."""
    quantiles: Quantiles | None = None
    """Lines, or columns, after those of `show`."""
    about: str = ''
    """What the graph means, and what to do when it moves. Datadog shows it behind the `i` of the widget."""
    text: str = ''
    """Of logs, patterns, events and monitors: what to search for."""
    tags: list[str] = field(default_factory=list)
    """Of a status: the tags to count, besides the template variables."""
    needs: str = ''
    """
    What has to be in use in Cilium for the widget to show anything, and since which version there is that: `Cilium
    1.16`, or `Cilium 1.8 to 1.19`. It becomes the end of the description.
    """
    sparse: str = ''
    """Why the widget shows nothing while all is well: the family appears with its first event. For the tests."""
    unit: str = ''
    """A unit of Datadog, where a formula has another than its metrics: percent, second, ..."""
    over_time: str = ''
    """
    How values of the whole time shown become one, in kinds that are no graph: avg, sum, min, max or last. If it is
    left out: sum for counts as count, avg for rates, last for gauges.
    """
    limit: int = 10
    """How many groups a top list or a table shows."""
    sort_by: list[str] = field(default_factory=list)
    """Of tables: the columns to sort by, the highest first. If it is left out: the first one."""
    colors: dict[str, str] = field(default_factory=dict)
    """Of values, top lists and tables: red, yellow or green, and when: `'> 0.9'`. The first that is true counts."""
    marks: dict[str, float] = field(default_factory=dict)
    """Of graphs: lines across, `error` or `warning`, and at which value."""
    palette: str = ''
    """Of graphs: a palette of Datadog. `warm` says that there should be nothing to see."""
    threshold: str = ''
    """Of values, top lists, tables and graphs, instead of `colors` and `marks`: one that `shared.yaml` names."""
    events: str = ''
    """Of graphs: a search for events to draw over it."""
    width: int = 0
    """Columns of twelve. Widgets without it share what is left of their row."""
    height: int = 0
    """Rows of the grid, if not the usual ones of the kind."""
    scope: str | None = None
    """Instead of the scope of the group."""
    links: dict[str, str] = field(default_factory=dict)
    """Entries of the menu of the widget: URLs by name."""


@dataclass(frozen=True)
class Group:
    """A group of widgets over the full width."""

    title: str
    color: str
    note: str
    """What the group tells, and what to do."""
    rows: list[list[Widget]]
    needs: str = ''
    """What has to be in use in Cilium for the group to show anything. It becomes part of the note."""
    scope: str | None = None
    """Instead of the scope of the dashboard."""


@dataclass(frozen=True)
class Definition:
    """A dashboard."""

    name: str
    """The name of the file, without suffix."""
    title: str
    description: str
    variables: dict[str, str]
    """Template variables: the tag key of each."""
    scope: str
    """The template variables that apply to queries of metrics, with commas between: `$cluster,$node`."""
    groups: list[Group]
    presets: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Choices of values by the name that the reader picks them by: values by template variable."""


@cache  # Tests ask for them again and again.
def load_all() -> tuple[Definition, ...]:
    """Return the dashboards by name. Raises `DefinitionError`."""
    return tuple(load(path) for path in sorted(DIRECTORY.glob('*.yaml')))


def load(path: Path) -> Definition:
    """Return the dashboard of a file. Raises `DefinitionError`."""
    where = path.name
    try:
        document = read_yaml(path)
    except yaml.YAMLError as e:
        raise DefinitionError(f'{where}: {e}') from None
    groups = [_group(group, where) for group in _list(document, 'groups', where)]
    return _made(Definition, {**document, 'name': path.stem, 'groups': groups}, where)


def _group(document: Mapping, where: str) -> Group:
    where = f'{where}, group `{_title(document, where)}`'
    rows = [[_widget(widget, where) for widget in row] for row in _list(document, 'rows', where)]
    return _made(Group, {**document, 'rows': rows}, where)


def _widget(document: Mapping, where: str) -> Widget:
    where = f'{where}, widget `{_title(document, where)}`'
    document = dict(document)
    for key, kind in (('mean', Mean), ('quantiles', Quantiles)):
        if key in document:
            document[key] = _made(kind, document[key], f'{where}, `{key}`')
    if isinstance(document.get('show'), Mapping):
        document['show'] = {
            name: line if isinstance(line, str) else _made(Line, line, f'{where}, `{name}`')
            for name, line in document['show'].items()
        }
    return _made(Widget, document, where)


def _title(document: object, where: str) -> str:
    if not isinstance(document, Mapping) or 'title' not in document:
        raise DefinitionError(f'{where}: {str(document)[:80]!r} is no mapping with a `title`')
    return document['title']


def _list(document: object, key: str, where: str) -> list:
    value = document.get(key) if isinstance(document, Mapping) else None
    if not isinstance(value, list):
        raise DefinitionError(f'{where}: `{key}` must be a list')
    return value


def _made(kind: type[T], document: Mapping, where: str) -> T:
    if not isinstance(document, Mapping):
        raise DefinitionError(f'{where}: must be a mapping, not {document!r}')
    known = {f.name: f for f in fields(kind)}
    for key in document:
        if key not in known:
            raise DefinitionError(f'{where}: there is no key `{key}`, only {", ".join(known)}')
    for name, f in known.items():
        if name not in document and f.default is MISSING and f.default_factory is MISSING:
            raise DefinitionError(f'{where}: `{name}` is missing')
    return kind(**document)
