# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""An answer that is cut off: what the base class submits until there, we do, and then the scrape has failed."""

from __future__ import annotations

import pytest
from comparison import OPENMETRICS, Answer, Base, Ours, RecordingCheck, outcome

CONFIG = {'metrics': ['a', 'b', 'c'], 'tag_by_endpoint': False}
PLAIN = (
    '# HELP a x\n# TYPE a counter\na{n="1"} 1\na{n="2"} 2\n'
    '# TYPE b gauge\nb 1\n'
    '# TYPE c histogram\nc_bucket{le="1"} 1\nc_sum 2\n'
)
ODD = ('#  TYPE b gauge', ' # TYPE b gauge', '# TYPE "b" gauge', '# TYPE\tb gauge', '#x TYPE b gauge', '# TYPE b gauge')
TEXTS = {
    'plain': PLAIN,
    'lines end otherwise': PLAIN.replace('\n', '\r\n'),
    'comments': PLAIN.replace('# TYPE', '# a comment\n# TYPE'),
    'comments with the letters of metadata': PLAIN.replace('# TYPE', '# HELPING TYPE\n# TYPE'),
    'not simple': PLAIN.replace('} ', '}  '),
    'untyped': 'x 1\na 1\n' + PLAIN,
    'nobody maps it': PLAIN.replace('# TYPE b gauge', '# TYPE x gauge\nx 1\n# TYPE b gauge'),
    **{f'odd metadata, {line!r}': PLAIN.replace('# TYPE b gauge', line) for line in ODD},
    **{f'odd metadata first, {line!r}': f'{line}\nb 2\n{PLAIN}' for line in ODD},
    **{f'odd metadata in each, {line!r}': PLAIN.replace('1\n', f'1\n{line}\nb 3\n') for line in ODD[:3]},
}
ENDS = (0, 1, 2, 5)
"""How many characters of a line are missing."""


def cut(text: str) -> list[bytes]:
    """Return the beginnings of a text: up to the end of each line, and some characters less."""
    lines = text.splitlines(keepends=True)
    wholes = [''.join(lines[:count]) for count in range(len(lines) + 1)]
    beginnings = [whole[: len(whole) - missing] for whole in wholes for missing in ENDS if missing <= len(whole)]
    # Only byte by byte, as it reads here, does the base class know that a line ends with a carriage return.
    return [beginning.rstrip('\r').encode() for beginning in beginnings]


@pytest.mark.parametrize('is_known', [False, True], ids=['first scrape', 'steady'])
@pytest.mark.parametrize('chunk', [7, 64 * 1024])
@pytest.mark.parametrize('text', TEXTS.values(), ids=TEXTS)
def test_what_is_complete_is_submitted(text, chunk, is_known):
    for body in cut(text):
        ours, base = Ours(CONFIG), Base(CONFIG)
        if is_known:
            for scraper in (ours, base):
                scraper.scrape(Answer(text.encode()))
        answer = Answer(body, chunk=chunk, is_cut=True)

        if isinstance(outcome(base, answer), ValueError):
            continue  # A bad line, since a piece of it is missing.
        assert isinstance(outcome(ours, answer), OSError), body
        assert ours.check.submitted == base.check.submitted, body
        assert ours.check.health[0] == RecordingCheck.CRITICAL


@pytest.mark.parametrize(
    'options', [{'telemetry': True}, {'target_info': True}, {'use_process_start_time': True}], ids=repr
)
def test_where_it_is_read_as_a_whole(options):
    for body in cut(PLAIN):
        ours, base = Ours({**CONFIG, **options}), Base({**CONFIG, **options})
        answer = Answer(body, is_cut=True)
        if isinstance(outcome(base, answer), ValueError):
            continue
        assert isinstance(outcome(ours, answer), OSError), body
        without_size = [call for call in base.check.submitted if call[1] != 'telemetry.payload.size']
        assert [call for call in ours.check.submitted if call[1] != 'telemetry.payload.size'] == without_size, body


def test_openmetrics():
    text = '# TYPE a counter\na_total 1\n# TYPE b gauge\nb 1\n# TYPE c gauge\nc 1\n# EOF\n'
    for body in cut(text):
        ours, base = Ours(CONFIG), Base(CONFIG)
        answer = Answer(body, OPENMETRICS, is_cut=True)
        if isinstance(outcome(base, answer), ValueError):
            continue
        assert isinstance(outcome(ours, answer), OSError), body
        assert ours.check.submitted == base.check.submitted, body


def test_counters_of_the_next_scrape_do_not_count_from_zero():
    """Some of them were not in this one."""
    ours = Ours(CONFIG)
    good = Answer(PLAIN.encode())
    ours.scrape(good)
    assert {call[5] for call in ours.scrape(good) if call[0] == 'monotonic_count'} == {True}
    outcome(ours, Answer(PLAIN.encode(), is_cut=True))

    assert {call[5] for call in ours.scrape(good) if call[0] == 'monotonic_count'} == {False}
    assert {call[5] for call in ours.scrape(good) if call[0] == 'monotonic_count'} == {True}
