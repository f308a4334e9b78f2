# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a line that cannot be read costs: itself, and nothing else."""

from __future__ import annotations

import logging

import pytest
from comparison import URL, Answer, Base, Ours, RecordingCheck, WatchedInterpreter, outcome

from datadog_checks.cilium.scraping.bad_lines import BadLines
from datadog_checks.cilium.scraping.blocks import ExpositionError
from datadog_checks.cilium.scraping.limits import MAX_FAMILIES_NOTED, MAX_LINE_CHARACTERS, MAX_QUOTED, MAX_TRIALS

CONFIG = {'metrics': ['a', 'b', 'c'], 'tag_by_endpoint': False}
FAMILY = '# TYPE a counter\n'
BAD = 'a{n="2"} many\n'


def scraper(**options: object) -> Ours:
    return Ours({**CONFIG, **options})


def samples(*numbers: int, family: str = 'a') -> str:
    return ''.join(f'{family}{{n="{number}"}} 1\n' for number in numbers)


def flushes(submitted: list[tuple]) -> list[tuple[str, bool]]:
    """Return the names of counters, each with whether it counts from zero if it is new."""
    return [(call[1], call[5]) for call in submitted]


BAD_LINES = (
    'a{n="2"} many',
    'a{n="2"} 0x1',
    'a{n="2"}',
    'a{n="2"',
    'a{n="2"} 1 2 3 four',
    '404 page not found',
    '% Total    % Received',
    'a{n="2"} 1 # {traceID="x"} 0.5',
    f'a{{n="{MAX_LINE_CHARACTERS * "x"}"}} 1',
    f'{MAX_LINE_CHARACTERS * "b"} 1',
)
PLACES = {
    'first': lambda line: FAMILY + line + '\n' + samples(1, 3),
    'between': lambda line: FAMILY + samples(1) + line + '\n' + samples(3),
    'last': lambda line: FAMILY + samples(1, 3) + line + '\n',
    'without an end': lambda line: FAMILY + samples(1, 3) + line,
}


@pytest.mark.parametrize('place', PLACES.values(), ids=PLACES)
@pytest.mark.parametrize('line', BAD_LINES, ids=lambda line: repr(line[:40]))
def test_everything_else_is_submitted(line, place):
    ours = scraper()
    for _ in range(3):
        submitted = ours.scrape_text('# TYPE b gauge\nb 1\n' + place(line))

        assert [(call[1], call[3]) for call in submitted] == [
            ('b', ()),
            ('a.count', ('n:1',)),
            ('a.count', ('n:3',)),
        ]
        status, message = ours.check.health
        assert status == RecordingCheck.WARNING
        assert message.startswith('1 lines could not be read and are left out. The first one is ')


@pytest.mark.parametrize(
    'line', ['a{n="2} 1', '"quoted" 1', '\x00\x01 1', 'a 1 2 3 4', 'a{n=2} 1', 'a{n="2"}1', '1 1', '- -1'], ids=repr
)
@pytest.mark.parametrize('metrics', [['a', 'b'], ['.+'], [{'a': {'type': 'gauge'}}]], ids=repr)
def test_what_the_parser_makes_something_of_is_no_bad_line(line, metrics):
    """The parsers of older base packages make less of such lines."""
    answer = Answer((FAMILY + samples(1) + line + '\n' + samples(3) + '# TYPE b gauge\nb 1\n').encode())
    ours, base = scraper(metrics=metrics), Base({**CONFIG, 'metrics': metrics})
    for _ in range(3):
        expected, submitted = outcome(base, answer), ours.scrape(answer)
        is_bad = isinstance(expected, ValueError)
        assert is_bad or submitted == expected
    assert ours.check.health[0] == (RecordingCheck.WARNING if is_bad else RecordingCheck.OK)


def test_a_bucket_without_its_bound():
    ours = scraper()
    submitted = ours.scrape_text('# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{x="y"} 3\na_sum 4\na_count 5\n')

    assert [call[1:3] for call in submitted] == [('a.bucket', 2), ('a.sum', 4), ('a.count', 5)]
    assert repr('a_bucket{x="y"} 3') in ours.check.health[1]


@pytest.mark.parametrize('line', ['# TYPE a', '# TYPE a gauge x', '# HELP'], ids=repr)
def test_metadata_that_cannot_be_read(line):
    """It costs no sample that can be read without it."""
    body = f'{FAMILY}{samples(1)}{line}\n{samples(3)}# TYPE b gauge\nb 1\n'
    ours = scraper()

    submitted = ours.scrape_text(body)

    base = outcome(Base(CONFIG), Answer(body.encode()))
    if isinstance(base, Exception):
        assert [call[1] for call in submitted] == ['a.count', 'a.count', 'b']
    else:
        assert submitted == base


def test_the_service_check_has_their_number_and_the_first_of_them():
    ours = scraper()
    ours.scrape_text(FAMILY + samples(1) + BAD + 'a 1 2 three\n')

    status, message = ours.check.health
    assert status == RecordingCheck.WARNING
    assert message.startswith('2 lines could not be read')
    assert repr(BAD.strip()) in message


def test_a_quoted_line_is_cut():
    ours = scraper()
    ours.scrape_text(FAMILY + samples(1) + 'a{n="' + 1000 * 'x' + '"} many\n')

    assert len(ours.check.health[1]) < 2 * MAX_QUOTED


class TestLog:
    @pytest.fixture
    def messages(self, caplog):
        caplog.set_level(logging.WARNING)
        return lambda: [record.getMessage() for record in caplog.records if URL in record.getMessage()]

    def test_each_family_is_named_once(self, messages):
        ours = scraper()
        for _ in range(3):
            ours.scrape_text(FAMILY + samples(1) + BAD)
        ours.scrape_text(FAMILY + samples(1) + BAD + '# TYPE b gauge\nb many\n')

        one, other = messages()
        assert 'left out: a. ' in one
        assert 'left out: b. ' in other

    @pytest.mark.parametrize('start', ['Defaulted container "cilium-agent" out of: config (init)\n', '% Total\n\n'])
    def test_lines_before_the_first_family_are_named_in_words(self, start, messages):
        """As in a text that somebody has pasted: there is no name for them."""
        ours = scraper()
        ours.scrape_text(start + FAMILY + samples(1) + BAD)

        (message,) = messages()
        assert 'left out: lines before the first family, a. The first one is' in message

    def test_what_cannot_be_printed_is_escaped(self, messages):
        scraper().scrape_text(FAMILY + samples(1) + 'a \x1b[2J\n')

        assert all(message.isprintable() for message in messages())

    def test_a_family_with_a_long_name_harms_no_other_and_fills_no_log(self, messages):
        name = 100_000 * 'b'
        for metrics in (['a'], ['a', '^b+$']):
            ours = scraper(metrics=metrics)
            submitted = ours.scrape_text(FAMILY + samples(1) + f'# TYPE {name} gauge\n{name} 1\n' + FAMILY + samples(3))

            assert [call[3] for call in submitted] == [('n:1',), ('n:3',)]
            assert ours.check.health[0] == RecordingCheck.WARNING
            assert ours.check.health[1].startswith('2 lines could not be read')
        assert sum(map(len, messages())) < 3000


class TestFlushFirstValue:
    """A bad line of a counter may have been bad for weeks: its value is not what was added since the last scrape."""

    B = '# TYPE b counter\n' + samples(1, family='b')

    def test_it_is_withheld_once_for_the_family_and_for_no_other(self):
        ours = scraper()
        ours.scrape_text(FAMILY + samples(1, 2) + self.B)
        assert flushes(ours.scrape_text(FAMILY + samples(1) + BAD + self.B)) == [('a.count', True), ('b.count', True)]

        # Not even for series whose lines were good.
        assert flushes(ours.scrape_text(FAMILY + samples(1, 2) + self.B)) == [
            ('a.count', False),
            ('a.count', False),
            ('b.count', True),
        ]
        assert [flush for _, flush in flushes(ours.scrape_text(FAMILY + samples(1, 2) + self.B))] == [True, True, True]

    @pytest.mark.parametrize(
        'comment',
        ['# HELPING TYPE a counter', '# TYPED by hand: HELP', '# see TYPE', '#HELP TYPE', '# HELP ', '# TYPE', '# a'],
        ids=repr,
    )
    @pytest.mark.parametrize('place', ['before', 'within', 'after'])
    def test_a_comment_that_resembles_metadata_takes_no_other_family_along(self, comment, place):
        ours = scraper()
        first = '# TYPE c gauge\nc 1\n'
        first = {'before': f'{comment}\n{first}', 'within': first.replace('c 1', f'{comment}\nc 1')}.get(
            place, f'{first}{comment}\n'
        )
        ours.scrape_text(first + FAMILY + samples(1, 2) + self.B)
        ours.scrape_text(first + FAMILY + samples(1) + BAD + self.B)

        submitted = ours.scrape_text(first + FAMILY + samples(1, 2) + self.B)

        assert flushes([call for call in submitted if call[1] != 'c']) == [
            ('a.count', False),
            ('a.count', False),
            ('b.count', True),
        ]

    def test_more_families_than_are_told_apart_are_all_withheld(self):
        config = {'metrics': ['x.*']}
        bad = ''.join(f'# TYPE x{number} counter\nx{number} many\n' for number in range(MAX_FAMILIES_NOTED))
        good = '# TYPE xx counter\nxx 1\n'
        ours = Ours(config)
        ours.scrape_text(bad + good)

        assert flushes(ours.scrape_text(good)) == [('xx.count', False)]
        assert flushes(ours.scrape_text(good)) == [('xx.count', True)]


class TestTrials:
    """Lines that are tried one by one: so many, and no more."""

    @pytest.fixture
    def interpreter(self) -> WatchedInterpreter:
        return Ours(CONFIG).interpreter

    def test_one_of_very_many_lines_costs_itself(self, interpreter):
        lines = [FAMILY.strip(), *samples(*range(500)).splitlines(), 'a 1 x', *samples(*range(500)).splitlines()]

        submissions, sound, bad = BadLines(interpreter, max_trials=10).separate(lines, flush_first_value=False)

        assert len(submissions) == 1000
        assert bad == ['a 1 x']
        assert [*sound[:501], *bad, *sound[501:]] == lines

    def test_lines_that_are_not_strict_are_tried_by_halves(self, interpreter):
        lines = [FAMILY.strip(), *(f'a{{n="{number}",}} 1' for number in range(1000)), 'a{n="2",} many']

        submissions, _, bad = BadLines(interpreter, max_trials=1000).separate(lines, flush_first_value=False)

        assert len(submissions) == 1000
        assert bad == ['a{n="2",} many']

    def test_what_is_left_when_they_are_used_up_counts_as_bad(self, interpreter):
        """But for lines in the strict grammar, which need none."""
        odd = [f'a{{n="{number}",}} {"many" if number % 2 else 1}' for number in range(100)]
        lines = [FAMILY.strip(), *samples(*range(100)).splitlines(), *odd]

        submissions, sound, bad = BadLines(interpreter, max_trials=20).separate(lines, flush_first_value=False)

        assert len(submissions) == len(sound) - 1 >= 100
        assert len(bad) > 50

    def test_they_are_those_of_a_whole_scrape(self, interpreter):
        bad_lines = BadLines(interpreter, max_trials=30)
        read = []
        for _ in range(5):
            interpreter.read.clear()
            bad_lines.separate([FAMILY.strip(), *(f'a{{n="{n}",}} many' for n in range(20))], flush_first_value=False)
            read.append(len(interpreter.read))

        assert read[0] > read[-1]
        assert read[-1] == read[-2]

    @pytest.mark.parametrize('line', ['a many', 'a{n="1",} many', 'x', 'a 1 2 x', 'a{n="1" many', 'a{n="1"}'], ids=repr)
    def test_the_work_of_a_scrape_does_not_grow_with_the_square(self, line):
        """What is interpreted is counted, in lines: the two readings of the whole, and the trials."""
        ours = scraper()
        with pytest.raises(ExpositionError):
            ours.scrape_text(FAMILY + 50_000 * f'{line}\n')

        assert len(ours.interpreter.read) < 3 * 50_000 + 100 * MAX_TRIALS

    def test_long_metadata_before_bad_lines_counts_each_time(self):
        ours = scraper()
        with pytest.raises(ExpositionError):
            ours.scrape_text(f'# HELP a {16_000 * "y"}\n{FAMILY}' + 10_000 * 'a{n="1",} many\n')

        assert sum(map(len, ours.interpreter.read)) < 10_000_000


class TestLongLines:
    """A line of `MAX_LINE_CHARACTERS` is read, and a longer one is bad: the parser's time grows with the square."""

    @pytest.mark.parametrize('length', [MAX_LINE_CHARACTERS, MAX_LINE_CHARACTERS + 1])
    @pytest.mark.parametrize(
        'line',
        ['{}{{n="2"}} 1', 'a{{{}="2"}} 1', 'a{{n="{}"}} 1', 'a{{n="2",}} {}1'],
        ids=['name', 'label', 'value', '0'],
    )
    def test_the_length_of_a_line(self, line, length):
        ours = scraper(metrics=['a', '^b+$'])
        filled = line.format((length - len(line.format(''))) * ('0' if line.endswith('{}1') else 'b'))
        assert len(filled) == length
        for _ in range(2):
            submitted = ours.scrape_text(FAMILY + samples(1, 3) + filled + '\n')

            assert [call[3] for call in submitted if call[3] in (('n:1',), ('n:3',))] == [('n:1',), ('n:3',)]
            is_bad = length > MAX_LINE_CHARACTERS
            assert ours.check.health[0] == (RecordingCheck.WARNING if is_bad else RecordingCheck.OK)
            assert not is_bad or ours.check.health[1].startswith('1 lines could not be read')

    @pytest.mark.parametrize('options', [{'telemetry': True}, {'target_info': True}], ids=repr)
    def test_one_that_is_too_long_fails_where_the_answer_is_read_as_a_whole(self, options):
        with pytest.raises(ValueError, match='a line is longer than'):
            scraper(**options).scrape_text(FAMILY + f'a{{n="{MAX_LINE_CHARACTERS * "x"}"}} 1\n')


@pytest.mark.parametrize('body', ['404 page not found\n', 'ok', '{"status": "ok"}', 'a many\n', FAMILY + BAD], ids=repr)
def test_an_answer_of_bad_lines_only_fails(body):
    ours = scraper()
    with pytest.raises(ExpositionError, match='not in the Prometheus text format. None of its lines can be parsed'):
        ours.scrape_text(body)
    assert ours.check.health[0] == RecordingCheck.CRITICAL


def test_the_family_is_remembered_again_when_its_lines_are_good():
    ours = scraper()
    ours.scrape_text(FAMILY + samples(1) + BAD)
    assert len(ours.scraper.memory) == 0
    ours.scrape_text(FAMILY + samples(1, 2))
    assert len(ours.scraper.memory) == 2
    assert ours.scrape_text(FAMILY + samples(1, 2))[1][5] is True
    assert ours.check.health[0] == RecordingCheck.OK


def test_the_base_class_would_stop():
    """If it does not any more, all of this can go."""
    with pytest.raises(ValueError, match='many'):
        Base(CONFIG).scrape(Answer((FAMILY + BAD).encode()))
