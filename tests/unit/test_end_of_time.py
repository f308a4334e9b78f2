# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From the first byte to the last submission: a scrape whose time is over ends with the block at hand."""

from __future__ import annotations

import pytest
from comparison import OPENMETRICS, TEXT_FORMAT, Answer, Ours, RecordingCheck
from requests.exceptions import ReadTimeout

BLOCKS = 1000
SAMPLES = 50
IN_BLOCKS = {
    'from memory': {},
    'without memory': {'max_remembered_series': 0},
    'types that the configuration tells': {'metrics': [{'.+': {'type': 'gauge'}}]},
}
AS_A_WHOLE = {
    'telemetry': {'telemetry': True},
    'target_info': {'target_info': True},
    'share_labels': {'share_labels': {'other': True}},
    'raw_line_filters': {'raw_line_filters': ['never there']},
    'use_process_start_time': {'use_process_start_time': True},
}


class EndingCheck(RecordingCheck):
    """A check in which the time of a scrape ends while it submits."""

    ours: Ours | None = None
    """The scraper whose time is to end with its tenth gauge."""
    gauges = 0

    def gauge(self, name: str, *arguments: object, **options: object) -> None:
        super().gauge(name, *arguments, **options)
        self.gauges += not name.startswith('telemetry.')
        if self.ours is not None and self.gauges == 10:
            self.ours.deadline.end()


def scraper(**options: object) -> Ours:
    return Ours({'metrics': ['.+'], **options}, check=EndingCheck())


def exposition(odd_line: str = '') -> str:
    return ''.join(
        f'# TYPE a{block} gauge\n{odd_line}' + ''.join(f'a{block}{{n="{n}"}} 1\n' for n in range(SAMPLES))
        for block in range(BLOCKS)
    )


def assert_ends(ours: Ours, text: str, content_type: str = TEXT_FORMAT) -> None:
    ours.check.ours, ours.check.gauges = ours, 0
    with pytest.raises(ReadTimeout, match='not read and submitted within'):
        ours.scrape(Answer(text.encode(), content_type))
    assert 10 <= ours.check.gauges <= SAMPLES
    status, message = ours.check.health
    assert status == RecordingCheck.CRITICAL
    assert message.startswith('the endpoint took too long')


@pytest.mark.parametrize('options', [*IN_BLOCKS.values(), *AS_A_WHOLE.values()], ids=[*IN_BLOCKS, *AS_A_WHOLE])
def test_families(options):
    assert_ends(scraper(**options), exposition())


@pytest.mark.parametrize('options', IN_BLOCKS.values(), ids=IN_BLOCKS)
@pytest.mark.parametrize('line', ['a many\n', 'a{n="1",} many\n', '404 page not found\n'], ids=repr)
def test_families_with_bad_lines(line, options):
    assert_ends(scraper(**options), exposition(odd_line=line))


@pytest.mark.parametrize('options', IN_BLOCKS.values(), ids=IN_BLOCKS)
@pytest.mark.parametrize('line', ['# a comment\n', '\n', ' # a comment\n'], ids=repr)
def test_families_that_the_base_class_reads(line, options):
    assert_ends(scraper(**options), exposition(odd_line=line))


def test_openmetrics():
    assert_ends(scraper(), f'{exposition()}# EOF\n', OPENMETRICS)


def test_a_steady_scrape():
    """What is remembered of another one is submitted fast, but not for free."""
    ours = scraper()
    ours.scrape_text(exposition())
    assert len(ours.scraper.memory) == BLOCKS * SAMPLES

    assert_ends(ours, exposition())


@pytest.mark.parametrize('options', [{}, *AS_A_WHOLE.values()], ids=['in blocks', *AS_A_WHOLE])
def test_before_the_first_submission(options):
    class Late(Ours):
        def answer(self):
            answer = super().answer()
            answer.deadline.end()
            return answer

    ours = Late({'metrics': ['.+'], **options})
    with pytest.raises(ReadTimeout):
        ours.scrape_text(exposition())
    assert {call[1] for call in ours.check.submitted} <= {'telemetry.payload.size'}


def test_the_next_scrape_has_a_time_of_its_own():
    ours = scraper()
    assert_ends(ours, exposition())
    ours.check.ours = None

    assert len(ours.scrape_text(exposition())) == BLOCKS * SAMPLES
    assert ours.check.health == (RecordingCheck.OK, '')
