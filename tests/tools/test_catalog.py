# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The catalogue can be read, holds what was recorded, and says so where somebody forgot a row."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from expositions import DIRECTORIES

from datadog_checks.cilium.components import canonical_family, metrics_by_family
from toolkit.catalog.catalog import FAMILIES, VERSIONS, Shape, catalog, history_text, rows, shapes_of, versions
from toolkit.catalog.comparison import compare
from toolkit.catalog.exposition import merged, read_exposition, text_of
from toolkit.catalog.report import relative, report

ORDER = ('1.8', '1.9', '1.10', '1.11')


def test_rows_are_as_the_tool_writes_them() -> None:
    assert FAMILIES.read_text(encoding='utf-8') == catalog().text(), 'run: .venv/bin/python -m toolkit.catalog format'


def test_versions_have_no_gap() -> None:
    minors = [int(version.removeprefix('1.')) for version in versions()]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert all(row['read_from'] for row in rows(VERSIONS)), f'{relative(VERSIONS)}: say in `read_from` what was read'


@pytest.mark.parametrize('version', DIRECTORIES)
def test_what_was_recorded_is_known(version: str) -> None:
    paths = sorted(DIRECTORIES[version].glob('*.txt'))
    readings = [read_exposition(text_of(str(path)), path.name) for path in paths]
    comparison = compare(catalog(), merged(family for one in readings for family in one.families), version)
    run = f'run: .venv/bin/python -m toolkit.catalog compare {relative(DIRECTORIES[version])}/*.txt --write'
    assert comparison.is_complete, f'{run}\n\n{report(comparison, version)}'


def test_a_family_that_changes_its_type_is_mapped_so_that_the_agent_follows() -> None:
    """By default, the base class keeps the type that it saw first: an update of Cilium would find it wrong."""
    types = defaultdict(set)
    for family in catalog().families:
        types[family.component, canonical_family(family.component, family.name)] |= {
            shape.type for shape in family.shapes.values()
        }
    for (component, name), found in types.items():
        target = metrics_by_family(component, go_metrics=True).get(name)
        if len(found) > 1 and target is not None:
            wanted = (
                f'{name} was of the types {" and ".join(sorted(found))}: map it to {{name: ..., type: native_dynamic}}'
            )
            assert isinstance(target, dict), wanted
            assert target['type'] == 'native_dynamic', wanted


@pytest.mark.parametrize(
    ('history', 'shapes'),
    [
        ('1.8 gauge', {'1.8': Shape('gauge', ())}),
        ('1.10- counter a b', {'1.10': Shape('counter', ('a', 'b')), '1.11': Shape('counter', ('a', 'b'))}),
        (
            '1.8 gauge; 1.10-1.11 histogram x',
            {'1.8': Shape('gauge', ()), '1.10': Shape('histogram', ('x',)), '1.11': Shape('histogram', ('x',))},
        ),
    ],
)
def test_history_is_read(history: str, shapes: dict[str, Shape]) -> None:
    assert shapes_of(history, ORDER) == shapes


def test_history_is_written_with_an_open_end_for_the_newest_version() -> None:
    assert history_text(shapes_of('1.8 gauge b a; 1.9-1.11 gauge c', ORDER), ORDER) == '1.8 gauge a b; 1.9- gauge c'
    assert history_text(shapes_of('1.11 counter', ORDER), ORDER) == '1.11- counter'
    assert history_text(shapes_of('1.8-1.9 counter', ORDER), ORDER) == '1.8-1.9 counter'


@pytest.mark.parametrize(
    ('history', 'message'),
    [
        ('', '`` is no period. Write it as in `1.15 gauge table; 1.17- counter`.'),
        ('1.8 gague', '`1.8 gague` is no period.'),
        ('1.7- gauge', '1.7 is not in versions.csv. Add a row for it there.'),
        ('1.8-1.10 gauge; 1.9- counter', '1.9 is in two periods of `history`. Write it into one of them.'),
    ],
)
def test_a_mistake_in_a_history_says_what_to_write(history: str, message: str) -> None:
    with pytest.raises(ValueError, match=f'^{re.escape(message)}'):
        shapes_of(history, ORDER)
