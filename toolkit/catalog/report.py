# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a comparison tells: rows and lines that can be pasted, each under the file that it belongs into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from datadog_checks.cilium.levels import FULL, LEVELS, level_named
from toolkit.catalog.catalog import FAMILIES, VERSIONS, Family, csv_text
from toolkit.catalog.comparison import Comparison
from toolkit.catalog.documentation import Documented
from toolkit.catalog.metadata import METADATA, name_of
from toolkit.checkout import ROOT


def report(comparison: Comparison, version: str) -> str:
    """Return what is missing, ready to paste."""
    return '\n'.join(_report(comparison, version))


def report_of_not_seen(comparison: Comparison, version: str) -> str:
    """Return what the catalogue has for a version and the sources have not."""
    names = [f'{family.component.name} {family.name}' for family in comparison.not_seen]
    title = f'In the catalogue for {version}, and not here. End the `history` of what is gone for good:'
    return '\n'.join(_section(title, names))


def report_of_documentation(rows: Sequence[Documented], version: str) -> str:
    """Return what is to be said of families that only the documentation has. Most tables have no types."""
    if not rows:
        return 'The catalogue has all families of these tables.'
    lines = (
        f'{row.component.name},{row.name},{" ".join((f"{version}-", row.type or "TYPE", *row.labels))},,'
        for row in rows
    )
    return '\n'.join(
        (
            f'The documentation has {len(rows)} families that the catalogue has not. Parts of some names are left out',
            'there, and types. Look for each in an exposition, or in the source of Cilium, before you add it.',
            *_section(relative(FAMILIES), lines),
        )
    )


def _report(comparison: Comparison, version: str) -> Iterator[str]:
    if comparison.is_complete:
        yield f'Nothing is missing for Cilium {version}.'
    else:
        yield f'For Cilium {version}, these are missing or not as they were:'
        yield from _section(relative(VERSIONS), csv_text(list(comparison.versions)).splitlines())
        rows = [comparison.catalog.row(family) for family in (*comparison.added, *comparison.changed)]
        yield from _section(relative(FAMILIES), csv_text(rows).splitlines())
        by_file = defaultdict(list)
        for line in comparison.lines:
            by_file[line.path].append(str(line))
        for path, lines in by_file.items():
            yield from _section(f'cilium/metrics/{path}', lines)
        yield from _section(relative(METADATA), csv_text(list(comparison.metadata)).splitlines())
        yield from _section('collection_level, as `make assets` derives it', _levels(comparison.added))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ('', title, *(f'  {line}' for line in lines))


def _levels(families: Iterable[Family]) -> Iterator[str]:
    for family in families:
        name = name_of(family.component, family.name)
        levels = [
            level for level in LEVELS if level == FULL or name.removeprefix('cilium.') in level_named(level).metrics
        ]
        yield f'{name}: {", ".join(levels)}{"" if len(levels) > 1 else " only: no dashboard and no monitor uses it"}'


def relative(path: Path) -> str:
    """Return a path as it is within the project."""
    return str(path.relative_to(ROOT))
