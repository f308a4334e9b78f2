# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterator

import pytest
from expositions import DIRECTORIES, RECORDED_COMPONENTS, recording
from hypothesis import given
from hypothesis import strategies as st

from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.scraping.blocks import Block, blocks
from datadog_checks.cilium.scraping.exposition import family_of_metadata, is_sample, without_superseded

SUPERSEDED = {'old': 'new', 'older': 'newer'}


@pytest.mark.parametrize(
    ('line', 'family'),
    [
        ('# TYPE cilium_version gauge', 'cilium_version'),
        ('# HELP cilium_version The version of Cilium', 'cilium_version'),
        ('# HELP cilium_version', 'cilium_version'),
        ('#  TYPE \t cilium_version   gauge', 'cilium_version'),
        ('# TYPE', None),
        ('# UNIT cilium_version none', None),
        ('# a comment about TYPE cilium_version', None),
        ('#TYPE cilium_version gauge', None),
        ('# EOF', None),
        ('#', None),
        ('', None),
        ('cilium_version 1', None),
        ('TYPE TYPE cilium_version', None),
    ],
    ids=repr,
)
def test_family_of_metadata(line, family):
    assert family_of_metadata(line) == family


@pytest.mark.parametrize(
    ('line', 'expected'),
    [('a 1', True), (' a 1', True), ('', False), (' \t', False), ('# TYPE a gauge', False), (' # a comment', False)],
    ids=repr,
)
def test_is_sample(line, expected):
    assert is_sample(line) is expected


def without(lines: list[str], superseded: dict[str, str] = SUPERSEDED) -> list[str]:
    """Return the lines of an exposition that are left without its superseded families."""
    text = ''.join(f'{line}\n' for line in lines)
    return [line for block in without_superseded(blocks([text]), superseded) for line in block.lines()]


def family_lines(name: str, samples: int = 1) -> list[str]:
    return [f'# HELP {name} text', f'# TYPE {name} counter', *(f'{name}{{i="{i}"}} {i}' for i in range(samples))]


class TestWithoutSuperseded:
    OLD, NEW, OTHER = family_lines('old', 2), family_lines('new', 2), family_lines('other', 2)

    def filtered(self, *families):
        return without([line for lines in families for line in lines])

    def test_the_old_one_alone_stays(self):
        assert self.filtered(self.OLD) == self.OLD

    def test_the_new_one_alone_stays(self):
        assert self.filtered(self.NEW) == self.NEW

    @pytest.mark.parametrize('order', [(OLD, NEW), (NEW, OLD)], ids=['old first', 'new first'])
    def test_of_both_the_new_one_stays(self, order):
        assert self.filtered(*order) == self.NEW

    def test_an_old_one_comes_after_the_others(self):
        assert self.filtered(self.OLD, self.OTHER) == [*self.OTHER, *self.OLD]

    def test_each_pair_is_judged_by_itself(self):
        older, newer = family_lines('older'), family_lines('newer')

        assert self.filtered(self.OLD, older, newer) == [*newer, *self.OLD]

    def test_an_old_one_that_comes_in_two_parts_is_dropped_as_a_whole(self):
        assert self.filtered(self.OLD, self.OTHER, self.OLD, self.NEW) == [*self.OTHER, *self.NEW]

    def test_other_families_pass_at_once(self):
        """Nothing of an exposition is held but what has to be."""
        seen: list[str] = []

        def family_blocks() -> Iterator[Block]:
            for name in ('other', 'new'):
                seen.append(name)
                yield Block(name, ('',))

        assert next(without_superseded(family_blocks(), SUPERSEDED)).family == 'other'
        assert seen == ['other']

    @pytest.mark.parametrize('order', [(OLD, NEW), (NEW, OLD)], ids=['old first', 'new first'])
    def test_an_odd_exposition_loses_them_too(self, order):
        odd = [f'{line}\r' for lines in order for line in lines]

        assert [line.strip() for line in without(odd) if line] == self.NEW

    @pytest.mark.parametrize('version', DIRECTORIES)
    @pytest.mark.parametrize('component', RECORDED_COMPONENTS)
    def test_recordings_pass_whole(self, component, version):
        """But for their order: none of these versions has two spellings of a family."""
        lines = recording(component, version=version).splitlines()

        filtered = without(lines, COMPONENT_BY_NAME[component].superseded)

        assert sorted(filtered) == sorted(lines)


@st.composite
def expositions(draw) -> list[str]:
    """Families, old, new and others, in any order and any number of times, with comments and blank lines."""
    names = draw(st.lists(st.sampled_from(['old', 'new', 'older', 'newer', 'other', 'third']), max_size=12))
    lines: list[str] = []
    for name in names:
        lines += family_lines(name, draw(st.integers(0, 3)))
        lines += draw(st.lists(st.sampled_from(['', '# a comment']), max_size=2))
    return lines


def name_of(line: str) -> str:
    """Return the name that a line begins with, or an empty string for comments and blank lines."""
    return family_of_metadata(line) or ('' if line.startswith('#') else line.split('{')[0])


@given(expositions())
def test_families_that_are_not_superseded_pass_unchanged_and_in_order(lines):
    filtered = without(lines)

    kept = [line for line in lines if name_of(line) and name_of(line) not in SUPERSEDED]
    assert [line for line in filtered if name_of(line) and name_of(line) not in SUPERSEDED] == kept


@given(expositions())
def test_a_superseded_family_passes_in_order_or_not_at_all(lines):
    filtered = without(lines)

    names = {name_of(line) for line in lines}
    for old, new in SUPERSEDED.items():
        expected = [] if new in names else [line for line in lines if name_of(line) == old]
        assert [line for line in filtered if name_of(line) == old] == expected
