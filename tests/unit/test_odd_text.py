# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Text that no server should write, and that the base class reads all the same: so do we, and without more work."""

from __future__ import annotations

import pytest
from comparison import Answer, Base, Ours, RecordingCheck, outcome
from for_each import for_each

CONFIG = {'metrics': ['a', 'b', 'c'], 'tag_by_endpoint': False}
FAMILIES = ''.join(f'# HELP {name} x\n# TYPE {name} counter\n{name}{{n="1"}} 1\n{name}{{n="2"}} 2\n' for name in 'abc')


def assert_equal(body: bytes, config: dict, **options: object) -> Ours:
    """Scrape an answer three times, and compare with the base class each time."""
    ours, base = Ours(config), Base(config)
    for _ in range(3):
        expected = base.scrape(Answer(body, **options))
        assert outcome(ours, Answer(body, **options)) == expected
    return ours


class TestWhatIsNoText:
    """The base class reads it. One such byte in the first line is no reason to refuse the whole answer."""

    @pytest.mark.parametrize(
        'start',
        [
            '\N{REPLACEMENT CHARACTER}\n'.encode(),
            '# \N{REPLACEMENT CHARACTER}\n'.encode(),
            '# HELP a \N{REPLACEMENT CHARACTER}\n'.encode(),
            b'# \xff\n',
            b'# HELP a \xe9t\xe9\n',
            b'\xff\xfe\n',
            b'# \x00\x01\n',
            b'\n# \xc3\n',
            b'\xef\xbb\xbf\n',
            b'\xef\xbb\xbf# HELP a x\n',
        ],
        ids=repr,
    )
    def test_in_the_first_line(self, start):
        ours = Ours(CONFIG)
        body = start + FAMILIES.encode()
        expected = outcome(Base(CONFIG), Answer(body))

        submitted = ours.scrape(Answer(body))

        assert len(submitted) == 6
        if not isinstance(expected, Exception):  # It stops at a line that is no comment. We leave that line out.
            assert submitted == expected
            assert ours.check.health == (RecordingCheck.OK, '')

    @pytest.mark.parametrize('chunk', [1, 2, 3, 64 * 1024])
    @pytest.mark.parametrize('place', [0, 3, 5])
    def test_anywhere(self, place, chunk):
        lines = FAMILIES.encode().splitlines(keepends=True)
        lines.insert(place, b'# \xe9t\xe9 \xff\n')

        ours = assert_equal(b''.join(lines), CONFIG, chunk=chunk)

        assert ours.check.health == (RecordingCheck.OK, '')

    @pytest.mark.parametrize('chunk', [1, 2, 3, 64 * 1024])
    @pytest.mark.parametrize('value', [b'\xff', b'\xe9t\xe9', b'\xe2\x82', b'\xf0\x9f\x90', b'\xed\xa0\x80'], ids=repr)
    def test_in_the_value_of_a_label(self, value, chunk):
        """One byte is one U+FFFD, or several are, as the decoder of the standard library has it."""
        ours = assert_equal(FAMILIES.encode().replace(b'"1"', b'"' + value + b'"'), CONFIG, chunk=chunk)

        assert len(ours.scraper.memory) == 6


COMMENTS = ('# HELPING people', '# HELPING TYPE a', '# TYPED', '#HELP', '# see HELP', '## TYPED', '# "', '#')


@for_each('comment', COMMENTS, ids=repr)
@for_each('place', range(len(FAMILIES.splitlines()) + 1))
def test_a_comment_costs_the_fast_path_to_its_own_family_only(comment, place):
    lines = FAMILIES.splitlines()
    lines.insert(place, comment)

    ours = assert_equal(''.join(f'{line}\n' for line in lines).encode(), CONFIG)

    assert len(ours.scraper.memory) >= 4
    read = {line.partition('{')[0] for line in ours.interpreter.read if not line.startswith('#')}
    assert len(read) <= 1, 'in a steady scrape, the base class reads the family with the comment'


@for_each('line', ['#  TYPE x gauge', ' # HELP x', '# TYPE', '# "TYPE" x', '# HELP "x" y'], ids=repr)
@for_each('place', range(len(FAMILIES.splitlines()) + 1))
def test_odd_metadata_costs_the_fast_path_to_the_families_beside_it_only(line, place):
    lines = FAMILIES.splitlines()
    lines.insert(place, line)
    text = ''.join(f'{line}\n' for line in lines)
    ours, base = Ours(CONFIG), Base(CONFIG)
    for _ in range(3):
        expected = outcome(base, Answer(text.encode()))
        submitted = ours.scrape_text(text)
        assert isinstance(expected, Exception) or submitted == expected

    assert len(ours.scraper.memory) >= 2


LENIENT = (
    'b_count{_u="",""} 1',
    'b_count{_u="",x} 1',
    'b_count{,} 1',
    'b_count{"x"="y"} 1',
    'b_count{x="y",,z="w"} 1',
    'b_count{x="y"}{z="w"} 1',
    'b_count{=""} 1',
    'b_count{x=""',
    '{b_count} 1',
    '{"b_count"} 1',
    '{"b_count",x="y"} 1',
    'b_count {x="y"} 1',
    'b-count 1',
    'b.count{x="y"} 1',
    '1b_count 1',
    'b_count# 1',
    'b_count{x="y"} 1 # {z="w"} 1',
)
BEFORE = {
    'nobody maps its family': '# TYPE b histogram\n',
    'nobody maps it, and its family is known': '# TYPE b histogram\nb_sum 3\n',
    'in another family': '# TYPE a gauge\na 1\n',
    'in none': '',
}
MAPPINGS = (
    [{'.+': {'type': 'gauge'}}],
    [{'b_count': {'name': 'm', 'type': 'gauge'}}],
    [{'b_count': {'name': 'm', 'type': 'counter'}}, 'a'],
    ['a'],
    ['.+'],
)


@for_each('metrics', MAPPINGS, ids=repr)
@for_each('before', BEFORE.values(), ids=BEFORE)
@for_each('line', LENIENT, ids=repr)
def test_labels_that_the_lenient_parser_takes_for_none_lose_no_family(line, before, metrics):
    """What follows such a line are families without a type to it. Some configurations map those."""
    text = f'{before}{line}\nb_count 2\n# TYPE c gauge\nc 1\n'
    config = {**CONFIG, 'metrics': metrics}
    ours, base = Ours(config), Base(config)
    for _ in range(3):
        expected = outcome(base, Answer(text.encode()))
        submitted = outcome(ours, Answer(text.encode()))
        if isinstance(expected, Exception) or '# {' in line:
            assert not isinstance(submitted, Exception)
            return  # A bad line. From here on the two differ on purpose.
        assert submitted == expected
