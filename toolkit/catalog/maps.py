# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The lines that a family needs in `cilium/metrics/`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from os.path import commonprefix

from datadog_checks.cilium.components import Component, MetricsFile
from toolkit.catalog.naming import name_by_rule
from toolkit.checkout import ROOT
from toolkit.yaml_files import read_yaml

METRICS = ROOT / 'cilium' / 'metrics'


@dataclass(frozen=True, order=True)
class MapLine:
    """A line of a file below `cilium/metrics/`."""

    path: str
    family: str
    name: str

    def __str__(self) -> str:
        return f'{self.family}: {self.name}'


def suggested_line(component: Component, family: str) -> MapLine:
    """
    Return the line that maps a family, named by the rule.

    It belongs into a file that components share if that has families of the same subsystem, else into the component's
    own, which comes first.
    """
    own = component.files[0]
    file = max(component.files, key=lambda one: (one is not own and _is_of(one, family), _likeness(one, family)))
    if not _is_of(file, family):
        file = own
    name = name_by_rule(component, family).removeprefix(component.name_prefix + file.name_prefix)
    return MapLine(file.path, family.removeprefix(file.wire_prefix), name)


def with_line(text: str, line: MapLine) -> str:
    """Return the text of a file of metrics with one more line, behind the one whose family begins most like it."""
    lines = text.splitlines()
    keys = {number: key for number, key in enumerate(map(_key, lines)) if key}
    best = max(
        keys, key=lambda number: (len(commonprefix((keys[number], line.family))), keys[number] < line.family, number)
    )
    below = best + 1 if keys[best] < line.family else best
    return '\n'.join((*lines[:below], str(line), *lines[below:], ''))


def _is_of(file: MetricsFile, family: str) -> bool:
    """Tell whether a file has families of the same subsystem: the first word below the prefix."""
    return _likeness(file, family) > file.wire_prefix.count('_')


def _likeness(file: MetricsFile, family: str) -> int:
    """Return how many words a family has in common with the one in a file that begins most like it."""
    words = family.split('_')
    others = (f'{file.wire_prefix}{key}'.split('_') for key in lines_of(file))
    return max((len(commonprefix([words, other])) for other in others), default=0)


@cache
def lines_of(file: MetricsFile) -> dict[str, object]:
    """Return what a file maps: families below the prefix, and their names or more."""
    return read_yaml(METRICS / file.path)


def _key(line: str) -> str:
    return '' if line.startswith(('#', ' ')) else line.partition(':')[0]
