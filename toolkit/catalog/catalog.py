# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The catalogue: what each component of Cilium exposes, in every minor version.

- `versions.csv`: a row for each minor version, oldest first, and what was read to know its families. The last row is
  the newest version: its number stands nowhere else.
- `families.csv`: a row for each family of a component. `history` tells in which versions it has which type and labels:

      1.15 gauge table; 1.17- histogram handle table

  is a gauge with the label `table` in 1.15 only, nothing in 1.16, and a histogram with two labels from 1.17 to the
  newest version. `needs` is what has to be switched on in Cilium. `renamed_from` names the families it replaced.
- `label_values.csv`: values of labels, for families of which the recordings lack some.

What follows from these is computed here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path

from datadog_checks.cilium.components import COMPONENT_BY_NAME, Component

FAMILIES = Path(__file__).with_name('families.csv')
VERSIONS = Path(__file__).with_name('versions.csv')
LABEL_VALUES = Path(__file__).with_name('label_values.csv')

HEADER = ('component', 'family', 'history', 'needs', 'renamed_from')
TYPES = ('counter', 'gauge', 'histogram', 'summary')

RUN_TIME_PARTS = {'<node-ip>': '10_0_0_1', '<node-id>': 'worker_1', '<number>': '1'}
"""Parts of names that are made at run time, as the catalogue writes them, and what could stand there."""

_PERIOD = re.compile(rf'(?P<since>\d+\.\d+)(?P<open>-(?P<until>\d+\.\d+)?)? (?P<type>{"|".join(TYPES)})(?P<labels>.*)')


class CatalogError(Exception):
    """A file of the catalogue cannot be read. The message names the file and the line, and tells what to write."""


@dataclass(frozen=True)
class Shape:
    """What a family is on the wire."""

    type: str
    labels: tuple[str, ...]
    """Sorted, as in an exposition. Without `le` and `quantile`, and without those that only Hubble's options add."""


@dataclass(frozen=True)
class Exposed:
    """A family as a component exposes it, or as its documentation describes it."""

    component: Component
    name: str
    shape: Shape

    @property
    def type(self) -> str:
        """The type on the wire."""
        return self.shape.type

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its labels, sorted."""
        return self.shape.labels


@dataclass(frozen=True, eq=False)
class Family:
    """A row of `families.csv`."""

    component: Component
    name: str
    shapes: Mapping[str, Shape]
    """What it is in each version that has it, oldest first."""
    needs: str = ''
    renamed_from: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        """Tell whether a family on the wire is this one, whatever stands in the parts made at run time."""
        if '<' not in self.name:
            return self.name == name
        return re.fullmatch(re.sub('<[a-z-]+>', '.+', self.name), name) is not None


@dataclass(frozen=True)
class Catalog:
    """All families, sorted, and all versions, oldest first."""

    versions: tuple[str, ...]
    families: tuple[Family, ...]

    @property
    def newest(self) -> str:
        """The newest minor version that it knows."""
        return self.versions[-1]

    def find(self, component: Component, name: str) -> Family | None:
        """Return the family that a component exposes under a name, in any version."""
        candidates = (family for family in self.families if family.component is component)
        return next((family for family in candidates if family.is_called(name)), None)

    def exposed(self, component: Component, version: str) -> list[Exposed]:
        """Return what a component of a version exposes, in the order in which client_golang writes it: by name."""
        found = (
            Exposed(component, _at_run_time(family.name), family.shapes[version])
            for family in self.families
            if family.component is component and version in family.shapes
        )
        return sorted(found, key=lambda exposed: exposed.name)

    def row(self, family: Family) -> tuple[str, ...]:
        """Return the row of a family in `families.csv`."""
        history = history_text(family.shapes, self.versions)
        return family.component.name, family.name, history, family.needs, ' '.join(family.renamed_from)

    def text(self) -> str:
        """Return the text of `families.csv`."""
        return csv_text([HEADER, *sorted(map(self.row, self.families))])


@cache
def versions() -> tuple[str, ...]:
    """Return the minor versions of Cilium that the catalogue knows, oldest first."""
    return tuple(row['version'] for row in rows(VERSIONS))


@cache
def catalog() -> Catalog:
    """Return what the files say. Raises `CatalogError`."""
    order = versions()
    found: dict[tuple[str, str], Family] = {}
    for line, row in enumerate(rows(FAMILIES), 2):
        place = f'{FAMILIES.name}, line {line}'
        if row['component'] not in COMPONENT_BY_NAME:
            known = ', '.join(COMPONENT_BY_NAME)
            raise CatalogError(
                f'{place}: `{row["component"]}` is no component in cilium/components.py. Write one of {known}.'
            )
        key = row['component'], row['family']
        if key in found:
            raise CatalogError(f'{place}: {row["family"]} has a row already. Write all its periods into one `history`.')
        try:
            shapes = shapes_of(row['history'], order)
        except ValueError as e:
            raise CatalogError(f'{place}: {row["family"]}: {e}') from None
        component = COMPONENT_BY_NAME[row['component']]
        found[key] = Family(component, row['family'], shapes, row['needs'], tuple(row['renamed_from'].split()))
    return Catalog(order, tuple(found.values()))


def shapes_of(history: str, versions: tuple[str, ...]) -> dict[str, Shape]:
    """Return what a family is in each version, oldest first. Raises `ValueError` where that cannot be read."""
    shapes: dict[str, Shape] = {}
    for period in history.split('; '):
        match = _PERIOD.fullmatch(period)
        if not match:
            raise ValueError(f'`{period}` is no period. Write it as in `1.15 gauge table; 1.17- counter`.')
        since = match['since']
        until = (match['until'] or versions[-1]) if match['open'] else since
        if unknown := [version for version in (since, until) if version not in versions]:
            raise ValueError(f'{unknown[0]} is not in {VERSIONS.name}. Add a row for it there.')
        for version in versions[versions.index(since) : versions.index(until) + 1]:
            if version in shapes:
                raise ValueError(f'{version} is in two periods of `history`. Write it into one of them.')
            shapes[version] = Shape(match['type'], tuple(sorted(match['labels'].split())))
    return in_order(shapes, versions)


def history_text(shapes: Mapping[str, Shape], versions: tuple[str, ...]) -> str:
    """Return the opposite of `shapes_of`: the cell `history`."""
    periods = []
    for shape, group in groupby(versions, shapes.get):
        if shape is not None:
            since, *later = group
            until = later[-1] if later else since
            end = '-' if until == versions[-1] else f'-{until}' if later else ''
            periods.append(' '.join((since + end, shape.type, *shape.labels)))
    return '; '.join(periods)


def in_order(shapes: Mapping[str, Shape], versions: tuple[str, ...]) -> dict[str, Shape]:
    """Return the shapes of a family, oldest first."""
    return {version: shapes[version] for version in versions if version in shapes}


def without(whole: Catalog, *versions: str) -> Catalog:
    """Return the catalogue as if some versions were unknown. Families that only these have are not in it."""
    families = [
        replace(family, shapes={version: shape for version, shape in family.shapes.items() if version not in versions})
        for family in whole.families
    ]
    kept = tuple(version for version in whole.versions if version not in versions)
    return Catalog(kept, tuple(family for family in families if family.shapes))


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of its columns."""
    with path.open(encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def csv_text(lines: Iterable[tuple[str, ...]]) -> str:
    """Return the text of a CSV file of this project."""
    text = io.StringIO()
    csv.writer(text, lineterminator='\n').writerows(lines)
    return text.getvalue()


def _at_run_time(name: str) -> str:
    for part, example in RUN_TIME_PARTS.items():
        name = name.replace(part, example)
    return name
