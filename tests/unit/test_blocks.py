# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Cutting an exposition into blocks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from expositions import DIRECTORIES, RECORDED_COMPONENTS, recording
from hypothesis import given
from hypothesis import strategies as st

from datadog_checks.cilium.scraping.blocks import Block, ExpositionError, blocks, lines_of
from datadog_checks.cilium.scraping.limits import MAX_BLOCK_LABELS


def cut(*pieces: str) -> list[tuple[str, list[str], bool]]:
    """Return the blocks of pieces: the family, the lines, and whether there is odd metadata."""
    return [(block.family, block.lines(), block.is_odd) for block in blocks(pieces)]


def family_lines(name: str, samples: int = 1) -> list[str]:
    return [f'# HELP {name} text', f'# TYPE {name} counter', *(f'{name}{{i="{i}"}} {i}' for i in range(samples))]


def test_metadata_and_samples_of_a_family_are_one_block():
    families = [family_lines('a', 2), family_lines('b'), family_lines('c', 0)]
    text = ''.join(f'{line}\n' for lines in families for line in lines)

    assert cut(text) == [(name, lines, False) for name, lines in zip('abc', families, strict=True)]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', []),
        ('a 1\n', [('', ['a 1'], False)]),
        ('\n# TYPE a gauge\na 1', [('', [''], False), ('a', ['# TYPE a gauge', 'a 1'], False)]),
        ('# TYPE a gauge\n# HELP a x\na 1\n', [('a', ['# TYPE a gauge', '# HELP a x', 'a 1'], False)]),
        ('# HELP a\n# TYPE a gauge\n', [('a', ['# HELP a', '# TYPE a gauge'], False)]),
        ('# TYPE a gauge\n# UNIT a b\n# EOF\n', [('a', ['# TYPE a gauge', '# UNIT a b', '# EOF'], False)]),
        (
            '# TYPE a gauge\na 1\n# TYPE a gauge\na 2\n',
            [('a', ['# TYPE a gauge', 'a 1', '# TYPE a gauge', 'a 2'], False)],
        ),
        ('# TYPE a gauge\na{x="# TYPE b gauge"} 1\n', [('a', ['# TYPE a gauge', 'a{x="# TYPE b gauge"} 1'], False)]),
        ('# TYPE ab gauge\n# TYPE a gauge\n', [('ab', ['# TYPE ab gauge'], False), ('a', ['# TYPE a gauge'], False)]),
    ],
    ids=repr,
)
def test_where_it_is_cut(text, expected):
    assert cut(text) == expected


ODD = (
    '#  TYPE b gauge',
    ' # TYPE b gauge',
    '# TYPE  b gauge',
    '# TYPE\tb gauge',
    '# TYPE',
    '# TYPE "b" gauge',
    '#x TYPE b gauge',
    '# "TYPE" b gauge',
)


@pytest.mark.parametrize('line', ODD, ids=repr)
class TestOddMetadata:
    """What some parsers take for metadata of another family: where that begins, only they can tell."""

    def test_it_makes_its_block_odd(self, line):
        assert cut(f'# TYPE a gauge\na 1\n{line}\nb 1\n') == [('a', ['# TYPE a gauge', 'a 1', line, 'b 1'], True)]

    def test_what_follows_is_cut_off_it_by_the_next_family_that_is_certain(self, line):
        text = f'# TYPE a gauge\n{line}\nb 1\n# TYPE c gauge\nc 1\n# TYPE d gauge\n'
        assert [(family, is_odd) for family, _, is_odd in cut(text)] == [('a', True), ('c', False), ('d', False)]

    def test_a_family_that_it_may_have_begun_does_not_begin(self, line):
        assert [family for family, *_ in cut(f'# TYPE a gauge\n{line}\n# TYPE a gauge\na 1\n')] == ['a']
        if 'b' in line:
            assert [family for family, *_ in cut(f'# TYPE a gauge\n{line}\n# TYPE b gauge\nb 1\n')] == ['a']


@pytest.mark.parametrize(
    'line',
    ['# HELPING TYPE b gauge', '# a comment about TYPE b', '# TYPED by hand', '## HELPERS', '# see HELP', '#', '# EOF'],
    ids=repr,
)
def test_a_comment_with_the_letters_of_metadata_is_a_comment(line):
    assert cut(f'# TYPE a gauge\n{line}\na 1\n# TYPE b gauge\n') == [
        ('a', ['# TYPE a gauge', line, 'a 1'], False),
        ('b', ['# TYPE b gauge'], False),
    ]


@pytest.mark.parametrize('end', ['\r\n', '\r', '\v', '\f', '\x1c', '\x85', '\u2028'], ids=repr)
def test_what_ends_a_line_for_the_base_class_does(end):
    """`requests` splits the text with `str.splitlines`."""
    text = '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n'
    assert cut(text.replace('\n', end)) == cut(text)


@given(
    st.lists(
        st.sampled_from((*ODD, '# TYPE a gauge', '# TYPE c gauge', '# HELP c x', 'a 1', 'c 2', '# x', '')), max_size=9
    )
)
def test_no_line_is_lost_and_none_is_moved(lines):
    pieces = [f'{line}\n' for line in lines]

    assert [line for _, lines, _ in cut(*pieces) for line in lines] == lines
    assert cut(*pieces) == cut(''.join(pieces))


@pytest.mark.parametrize('version', DIRECTORIES)
@pytest.mark.parametrize('component', RECORDED_COMPONENTS)
def test_recordings_have_a_block_for_each_family(component, version):
    text = recording(component, version=version)
    found = list(blocks([text]))

    assert len(found) == text.count('# TYPE ')
    assert not any(block.is_odd for block in found)
    assert lines_of(piece for block in found for piece in block.pieces) == text.splitlines()


class TestCut:
    """An answer that is cut off."""

    def pieces(self, *pieces: str) -> Iterator[str]:
        yield from pieces
        raise EOFError

    def test_the_block_at_hand_comes_first(self):
        found = []
        with pytest.raises(EOFError):
            found.extend(blocks(self.pieces('# TYPE a gauge\n', 'a 1\n# TYPE b gauge\n')))
        assert found == [
            Block('a', ('# TYPE a gauge\na 1\n',)),
            Block('b', ('# TYPE b gauge\n',), is_cut=True),
        ]

    def test_there_may_be_none(self):
        with pytest.raises(EOFError):
            next(blocks(self.pieces()))


class TestSize:
    """The parser takes some hundred bytes for each line and label of a family, and has them all at once."""

    @pytest.mark.parametrize(('line', 'labels'), [('a 1\n', 1), ('a{x="1",y="2",z="3"} 1\n', 4)])
    def test_a_family_without_end_is_refused(self, line, labels):
        lines = 10_000
        pieces = MAX_BLOCK_LABELS // labels // lines
        assert len(list(blocks(pieces * [lines * line]))) == 1
        with pytest.raises(ExpositionError, match="the family '' has more than 1000000 lines and labels"):
            list(blocks((pieces + 1) * [lines * line]))

    def test_many_families_together_may_be_as_large_as_they_like(self):
        piece = 10_000 * 'a{x="1",y="2",z="3"} 1\n'
        assert (
            sum(1 for _ in blocks(f'# TYPE a{n} gauge\n{piece}' for n in range(2 * MAX_BLOCK_LABELS // 40_000))) == 50
        )
