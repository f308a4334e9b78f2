# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What `explain` has found, as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..components import Component
from .tables import paragraph, table

if TYPE_CHECKING:
    from .explain import Explanation, Report

COSTLIEST = 10
INDENT = '  '
DESCRIPTION = (
    'DATADOG NAMES',
    'tags: TAG KEYS',
    'levels: SERIES AT EACH LEVEL',
    'dashboards, monitors, slos: WHAT USES IT',
)
"""Header of the lines below each family."""


def lines_of_report(component: Component, report: Report) -> Iterator[str]:
    """Yield the lines of the report on a component."""
    collected = [family for family in report.families if not family.reason]
    others = [family for family in report.families if family.reason]
    yield f'Component: {component.service} (option `{component.option}`)'
    yield paragraph(f'Every series also has these tags: {" ".join(report.tags)}')
    yield paragraph(f'Service check: {report.status} {report.message}'.rstrip())
    header = ('FAMILY', *(INDENT + line for line in DESCRIPTION)), 'TYPE', 'SERIES'
    yield ''
    yield table(header, [(_description(e), e.type, e.series) for e in collected])
    if others:
        yield '\nNot collected'
        yield table(('FAMILY', 'TYPE', 'SERIES', 'REASON'), [(e.family, e.type, e.series, e.reason) for e in others])
    yield f'\nThe {COSTLIEST} families with most series'
    costliest = sorted(collected, key=lambda explanation: -explanation.series)[:COSTLIEST]
    yield table(('FAMILY', 'SERIES'), [(e.family, e.series) for e in costliest])
    yield ''
    yield paragraph(
        f'Total: {len(collected)} families with {sum(e.series for e in collected)} series are collected, '
        f'{len(others)} families with {sum(e.series for e in others)} series are not.'
    )


def _description(explanation: Explanation) -> tuple[str, ...]:
    """Return the lines for a family. In columns, names and tags would be two screens wide."""
    tags = [f'tags: {" ".join(explanation.tag_keys)}'] if explanation.tag_keys else []
    levels = ', '.join(
        f'{level} {count.series}' + (f' ({count.buckets} buckets)' if count.buckets else '')
        for level, count in explanation.levels.items()
    )
    uses = [f'{kind}: {"; ".join(titles)}' for kind, titles in explanation.used_by.items()]
    lines = *_short(explanation.names), *tags, f'levels: {levels}', *uses
    return explanation.family, *(INDENT + line for line in lines)


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten names that differ in their suffixes, as a shell would expand them: `cilium.x.{bucket,sum,count}`."""
    bases = {name.rpartition('.')[0] for name in names}
    if len(names) == 1 or len(bases) > 1:
        return names
    return (f'{bases.pop()}.{{{",".join(name.rpartition(".")[2] for name in names)}}}',)
