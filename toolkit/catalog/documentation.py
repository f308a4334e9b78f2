# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The tables of metrics in Cilium's documentation, as text.

They are in `Documentation/observability/metrics.rst`, and `feature-metrics-*.txt` beside it, of Cilium's repository:
https://github.com/cilium/cilium/tree/main/Documentation/observability. The first has simple tables of reStructuredText
under the name of a component: names without the prefix that the component gives them, labels, and no types. The
others have list tables under the name of a group of features, with types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS, Component
from toolkit.catalog.catalog import TYPES, Catalog
from toolkit.catalog.naming import WIRE_PREFIXES

_BORDER = re.compile(r'=+( +=+)+')
_UNDERLINE = re.compile(r'([-~^"=*])\1{2,}')
_LITERAL = re.compile(r'``([a-zA-Z0-9_]+)``')
_LABEL_OF_FEATURES = re.compile(r'\.\. _cilium-(?P<operator>operator-)?feature-')
_COLUMNS = 5
"""Of a list table: name, label, a value of it, description, type."""


@dataclass(frozen=True)
class Documented:
    """A row of a table: a family as the documentation names it, with the prefix of its section."""

    component: Component
    name: str
    labels: tuple[str, ...]
    type: str = ''
    """Only the tables of features have it."""


def is_documentation(text: str) -> bool:
    """Tell whether a text is documentation, and no exposition."""
    return '# TYPE ' not in text and any(_documented(text))


def documented(text: str) -> list[Documented]:
    """Return what the tables list, each family of a component once."""
    found: dict[tuple[str, str], Documented] = {}
    for row in _documented(text):
        known = found.setdefault((row.component.name, row.name), row)
        labels = tuple(sorted({*known.labels, *row.labels}))
        found[row.component.name, row.name] = Documented(row.component, row.name, labels, known.type or row.type)
    return list(found.values())


def unknown(rows: list[Documented], catalog: Catalog) -> list[Documented]:
    """
    Return those that are of no family in the catalogue.

    A row is of a family that ends as it does: some tables leave a part of the prefix out, as those of BGP do.
    """
    return [
        row
        for row in rows
        if not any(
            family.component is row.component
            and f'_{family.name}'.endswith(f'_{row.name.removeprefix(_prefix(row.component))}')
            for family in catalog.families
        )
    ]


def _documented(text: str) -> Iterator[Documented]:
    for section in _sections(text.splitlines()):
        if section.component is not None:
            yield from _simple_tables(section.component, section.lines)
            yield from _list_tables(section.component, section.heading, section.lines)


@dataclass
class _Section:
    component: Component | None
    heading: str
    lines: list[str]


def _sections(lines: list[str]) -> Iterator[_Section]:
    """Yield what stands under each heading, with the component of the last heading that named one."""
    services = {component.service: component for component in COMPONENTS}
    section = _Section(None, '', [])
    for line, following in pairwise([*lines, '']):
        if match := _LABEL_OF_FEATURES.match(line):
            section.component = COMPONENT_BY_NAME['operator' if match['operator'] else 'agent']
        if line.strip() and _UNDERLINE.fullmatch(following.rstrip()):
            yield section
            heading = line.strip().strip('`')
            section = _Section(services.get(heading.lower(), section.component), heading, [])
        section.lines.append(line)
    yield section


def _simple_tables(component: Component, lines: list[str]) -> Iterator[Documented]:
    columns: list[slice] = []
    lists_metrics = False
    for line in lines:
        if _BORDER.fullmatch(line.rstrip()):
            columns = [slice(*match.span()) for match in re.finditer('=+', line)]
        elif not line.strip():
            columns, lists_metrics = [], False
        elif columns and line.startswith('Name '):
            lists_metrics = True  # The tables of options have `Option`.
        elif lists_metrics and (name := _LITERAL.match(line[columns[0]])):
            labels = _LITERAL.findall(line[columns[1]])
            yield Documented(component, _prefix(component) + name[1], tuple(sorted(labels)))


def _list_tables(component: Component, group: str, lines: list[str]) -> Iterator[Documented]:
    for number, line in enumerate(lines):
        # A row without a name is another value of a label.
        if line.startswith('  * - ``'):
            name, label, _, _, type_ = (cell[5:].strip() for cell in lines[number : number + _COLUMNS])
            wire_name = f'{_prefix(component)}feature_{group}_{name.strip("`")}'
            labels = _LITERAL.findall(label)
            yield Documented(component, wire_name, tuple(labels), type_ if type_ in TYPES else '')


def _prefix(component: Component) -> str:
    return WIRE_PREFIXES[component.name][0]
