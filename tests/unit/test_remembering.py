# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the scraper remembers and forgets, and what a bad line costs. That it submits the same: test_equality.py."""

from __future__ import annotations

import logging

import pytest
from benchmark.expositions import MIX, exposition
from comparison import Answer, Comparison, RecordingCheck, texts

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import blocks
from datadog_checks.cilium import scraper as module
from datadog_checks.cilium.response import BoundedResponse
from datadog_checks.cilium.scraper import RememberingScraper

URL = 'http://cilium.test/metrics'
CONFIG = {'openmetrics_endpoint': URL, 'metrics': ['a', 'b', 'c'], 'tag_by_endpoint': False}
FAMILY = '# TYPE a counter\n'


class Scraper:
    """A scraper and what it submits."""

    def __init__(self, **options: object) -> None:
        self.check = RecordingCheck()
        self.scraper = RememberingScraper(self.check, {**CONFIG, **options})

    def scrape(self, body: str) -> list[tuple]:
        """Return what the scrape of a body submits, service checks excepted."""
        self.scraper.send_request = lambda **_: BoundedResponse(Answer(body.encode()).response(), max_seconds=60)
        self.check.calls.clear()
        self.scraper.scrape()
        return [call for call in self.check.calls if call[0] != 'service_check']

    @property
    def health(self) -> tuple:
        """The last service check: its status and message."""
        return next((call[2], call[5]) for call in reversed(self.check.calls) if call[0] == 'service_check')

    @property
    def remembered(self) -> int:
        return sum(len(family.series) for family in self.scraper._families.values())

    @property
    def learnt(self) -> list[str]:
        """The texts of the series that the next scrapes have to learn, as they learn them."""
        learnt: list[str] = []
        learn = self.scraper._learn
        self.scraper._learn = lambda family, new: learnt.extend(new) or learn(family, new)
        return learnt


def samples(*numbers: int, family: str = 'a', value: int = 1) -> str:
    return ''.join(f'{family}{{n="{number}"}} {value}\n' for number in numbers)


def test_a_series_is_learnt_once():
    scraper = Scraper()
    learnt = scraper.learnt
    for value in (1, 2, 3):
        scraper.scrape(FAMILY + samples(1, 2, value=value))
    scraper.scrape(FAMILY + samples(1, 2, 3))

    assert learnt == ['a{n="1"}', 'a{n="2"}', 'a{n="3"}']


def test_what_is_learnt_is_the_tags_and_not_the_value():
    scraper = Scraper()
    scraper.scrape(FAMILY + 'a{n="1"} NaN\na{n="2"} 5\n')

    assert scraper.scrape(FAMILY + 'a{n="1"} 7\na{n="2"} +Inf\n') == [
        ('monotonic_count', 'a.count', 7.0, ('n:1',), '', True)
    ]


@pytest.mark.parametrize('label', ['__name__="x"', r'__name__="x\n"', 'm="1",m="2"', r'm="\\",m="\""'])
def test_labels_that_only_some_parsers_take_harm_no_other_family(label):
    scraper = Scraper()
    b = '# TYPE b gauge\n' + samples(1, family='b')

    for _ in range(2):
        assert ('gauge', 'b', 1.0, ('n:1',), '') in scraper.scrape(FAMILY + f'a{{{label}}} 1\n' + b)


def test_families_that_nobody_maps_are_not_looked_at():
    scraper = Scraper()
    assert scraper.scrape('# TYPE x gauge\nx{this is no label 1\n' + FAMILY + samples(1)) == [
        ('monotonic_count', 'a.count', 1.0, ('n:1',), '', False)
    ]
    assert scraper.health[0] == RecordingCheck.OK


def test_series_and_families_that_are_gone_are_forgotten():
    scraper = Scraper()
    scraper.scrape(FAMILY + samples(1, 2, 3) + '# TYPE b gauge\n' + samples(1, 2, family='b'))
    assert scraper.remembered == 5

    scraper.scrape(FAMILY + samples(2))
    assert scraper.remembered == 1
    assert len(scraper.scraper._families) == 1

    scraper.scrape('# TYPE b gauge\n')
    assert scraper.remembered == 0


def test_labels_that_change_with_every_scrape_do_not_make_it_grow():
    scraper = Scraper()
    for scrape in range(20):
        scraper.scrape(FAMILY + samples(*range(scrape * 100, scrape * 100 + 100)))
        assert scraper.remembered == 100


@pytest.mark.parametrize('share', [0.02, 1.0], ids=['few', 'all'])
def test_a_large_exposition_with_changing_series_does_not_make_it_grow(share):
    scraper = Scraper(metrics=[kind.family.removesuffix('_total') for kind in MIX])
    for scrape in range(4):
        scraper.scrape(exposition(2000, scrape=scrape, replaced=share))
        assert 1900 < scraper.remembered <= 2000


def test_no_more_series_are_remembered_than_the_option_allows():
    scraper = Scraper(max_remembered_series=5)
    body = FAMILY + samples(1, 2, 3) + '# TYPE b gauge\n' + samples(1, 2, 3, family='b')
    for _ in range(3):
        assert len(scraper.scrape(body)) == 6
        assert scraper.remembered == 3


def test_no_more_bytes_are_remembered_than_that_many_series_take(monkeypatch):
    monkeypatch.setattr(module, 'BYTES_FOR_FAMILIES', 30_000)
    scraper = Scraper(max_remembered_series=5)
    long = FAMILY + f'a{{n="{5000 * "x"}"}} 1\n'
    small = '# TYPE b gauge\n' + samples(1, 2, family='b')
    for _ in range(2):
        assert len(scraper.scrape(long.replace('x', 'xxx') + small)) == 3
        assert scraper.remembered == 2

    assert len(scraper.scrape(long + small)) == 3
    assert scraper.remembered == 3


def test_a_family_that_there_is_no_room_for_is_collected(monkeypatch):
    monkeypatch.setattr(module, 'BYTES_FOR_FAMILIES', 15_000)
    scraper = Scraper(max_remembered_series=1)
    body = (
        FAMILY + samples(1) + '# TYPE b gauge\n' + samples(1, family='b') + '# TYPE x gauge\n' + samples(1, family='x')
    )
    for _ in range(3):
        assert [call[1] for call in scraper.scrape(body)] == ['a.count', 'b']
        assert list(scraper.scraper._families) == [('a', 'counter')]


def test_what_is_remembered_is_accounted_for():
    scraper = Scraper()
    bodies = [
        FAMILY + samples(1, 2, 3) + '# TYPE b gauge\n' + samples(1, family='b'),
        FAMILY + samples(2, 3, 4),
        FAMILY + samples(4) + 'a{n="5"} many\n',
        FAMILY + samples(*range(20)) + samples(3),
        '# TYPE b gauge\n' + samples(1, family='b'),
        FAMILY + samples(1),
    ]
    for body in bodies:
        scraper.scrape(body)
        for family in scraper.scraper._families.values():
            assert family.series_size == module._size_of(family.series)


def test_it_is_said_once_that_not_everything_is_remembered(caplog):
    caplog.set_level(logging.WARNING)
    scraper = Scraper(max_remembered_series=2)
    for _ in range(3):
        scraper.scrape(FAMILY + samples(1, 2, 3) + '# TYPE b gauge\n' + samples(1, family='b'))

    (message,) = [record.getMessage() for record in caplog.records if URL in record.getMessage()]
    assert '3 series or families do not fit into what is remembered' in message
    assert '`max_remembered_series` is 2' in message


def test_few_shapes_are_remembered():
    scraper = Scraper()
    body = FAMILY + ''.join(f'a{{n{number}="1"}} 1\n' for number in range(1000))

    assert len(scraper.scrape(body)) == len(scraper.scrape(body)) == 1000
    assert scraper.remembered == 1000
    assert all(sum(map(len, f.shapes)) <= module.MAX_SHAPES_CHARACTERS for f in scraper.scraper._families.values())


@pytest.mark.parametrize('end', ['1\n', '1 1\n'], ids=['simple', 'with a timestamp'])
def test_a_family_with_too_many_labels_is_left_out(end, monkeypatch):
    """Read at once, each of them takes much memory."""
    monkeypatch.setattr(module, 'MAX_BLOCK_LABELS', 100)
    scraper = Scraper()

    body = FAMILY + ''.join(f'a{{n="{n}"}} {end}' for n in range(101)) + '# TYPE b gauge\n' + samples(1, family='b')

    assert [call[1] for call in scraper.scrape(body)] == ['b']
    assert scraper.health[1].startswith('102 lines could not be read')


def test_an_endless_number_of_families_is_refused(monkeypatch):
    monkeypatch.setattr(blocks, 'MAX_BLOCKS', 10)

    with pytest.raises(module.ExpositionError, match='the answer has more than 10 families'):
        Scraper().scrape(''.join(f'# TYPE x{number} gauge\n' for number in range(20)))


@pytest.mark.parametrize('value', [-1, '5', None, 1.5], ids=repr)
def test_the_limit_has_to_be_a_number_of_series(value):
    with pytest.raises(ConfigurationError, match='max_remembered_series'):
        Scraper(max_remembered_series=value)


def test_new_tags_of_the_check_reach_series_that_are_remembered():
    scraper = Scraper()
    scraper.scrape(FAMILY + samples(1))
    scraper.scraper.set_dynamic_tags('team:net')

    assert scraper.scrape(FAMILY + samples(1)) == [('monotonic_count', 'a.count', 1.0, ('n:1', 'team:net'), '', True)]


@pytest.mark.parametrize(('limit', 'size'), [('MAX_BLOCK_LINES', 100), ('MAX_BLOCK_CHARACTERS', 1000)])
def test_a_family_without_end_is_refused(limit, size, monkeypatch):
    monkeypatch.setattr(blocks, limit, size)
    assert len(Scraper().scrape(FAMILY + samples(*range(50)))) == 50
    with pytest.raises(module.ExpositionError, match="the family 'a' has more lines than a metric can have"):
        Scraper().scrape(FAMILY + samples(*range(200)))


class TestBadLines:
    BAD = 'a{n="2"} many\n'

    def test_everything_else_is_submitted(self):
        scraper = Scraper()
        submitted = scraper.scrape(
            FAMILY + samples(1) + self.BAD + samples(3) + '# TYPE b gauge\n' + samples(1, family='b')
        )

        assert [(call[1], call[3]) for call in submitted] == [
            ('a.count', ('n:1',)),
            ('a.count', ('n:3',)),
            ('b', ('n:1',)),
        ]

    def test_they_turn_the_service_check_to_warning_with_the_first_of_them(self):
        scraper = Scraper()
        scraper.scrape(FAMILY + samples(1) + self.BAD + 'a 1 2 three\n')

        status, message = scraper.health
        assert status == RecordingCheck.WARNING
        assert message.startswith('2 lines could not be read')
        assert repr(self.BAD.strip()) in message

    def test_they_are_logged_once_for_each_family(self, caplog):
        caplog.set_level(logging.WARNING)
        scraper = Scraper()
        for _ in range(3):
            scraper.scrape(FAMILY + samples(1) + self.BAD)
        scraper.scrape(FAMILY + samples(1) + self.BAD + '# TYPE b gauge\nb many\n')

        messages = [record.getMessage() for record in caplog.records if URL in record.getMessage()]
        assert len(messages) == 2
        assert 'left out: a. ' in messages[0]
        assert 'left out: b. ' in messages[1]

    def test_one_of_very_many_lines_costs_itself(self, monkeypatch):
        monkeypatch.setattr(module, 'MAX_TRIALS', 10)
        scraper = Scraper()

        submitted = scraper.scrape(FAMILY + samples(*range(500)) + 'a 1 x\n' + samples(*range(500, 1000)))

        assert len(submitted) == 1000
        assert scraper.health[1].startswith('1 lines could not be read')

    def test_not_all_of_very_many_are_tried(self, monkeypatch):
        monkeypatch.setattr(module, 'MAX_TRIALS', 10)
        scraper = Scraper()

        submitted = scraper.scrape(FAMILY + samples(1) + 100 * self.BAD + '# TYPE b gauge\n' + samples(1, family='b'))

        assert [call[1] for call in submitted] == ['a.count', 'b']
        assert scraper.health[1].startswith('100 lines could not be read')

    def test_too_many_families_are_not_told_apart(self, monkeypatch):
        monkeypatch.setattr(module, 'MAX_BAD_FAMILIES', 1)
        bad = FAMILY + samples(1) + self.BAD + '# TYPE b gauge\nb many\n'
        c = '# TYPE c counter\n' + samples(1, family='c')
        scraper = Scraper()
        scraper.scrape(bad + c)

        assert [call[5] for call in scraper.scrape(FAMILY + samples(1) + c)] == [False, False]
        assert [call[5] for call in scraper.scrape(FAMILY + samples(1) + c)] == [True, True]

    def test_a_quoted_line_is_cut(self):
        scraper = Scraper()
        scraper.scrape(FAMILY + samples(1) + 'a{n="' + 1000 * 'x' + '"} many\n')

        assert len(scraper.health[1]) < 2 * module.MAX_QUOTED

    @pytest.mark.parametrize('length', [module.MAX_NAME_CHARACTERS, module.MAX_NAME_CHARACTERS + 1])
    @pytest.mark.parametrize(
        'line',
        ['{name}{{n="2"}} 1\n', 'a{{{name}="2"}} 1\n', 'a{{{name}="\\\\"}} 1\n'],
        ids=['sample', 'label', 'escape'],
    )
    def test_a_name_that_is_too_long_is_one(self, line, length):
        scraper = Scraper(metrics=['a', '^b+$'])
        body = FAMILY + samples(1, 3) + line.format(name=length * 'b')
        for _ in range(2):
            submitted = scraper.scrape(body)

            assert [call[3] for call in submitted if call[3] in (('n:1',), ('n:3',))] == [('n:1',), ('n:3',)]
            is_bad = length > module.MAX_NAME_CHARACTERS
            assert scraper.health[0] == (RecordingCheck.WARNING if is_bad else RecordingCheck.OK)
            assert not is_bad or scraper.health[1].startswith('1 lines could not be read')

    @pytest.mark.parametrize('metrics', [['a'], ['a', '^b+$']], ids=['nobody maps it', 'mapped'])
    def test_a_family_with_a_name_that_is_too_long_harms_no_other(self, metrics, caplog):
        name = 100_000 * 'b'
        scraper = Scraper(metrics=metrics)

        submitted = scraper.scrape(FAMILY + samples(1) + f'# TYPE {name} gauge\n{name} 1\n' + FAMILY + samples(3))

        assert [call[3] for call in submitted] == [('n:1',), ('n:3',)]
        assert scraper.health[0] == RecordingCheck.WARNING
        assert scraper.health[1].startswith('2 lines could not be read')
        assert sum(len(record.getMessage()) for record in caplog.records if URL in record.getMessage()) < 3000

    def test_a_line_that_is_too_long_is_one(self):
        scraper = Scraper()
        length = module.MAX_LINE_CHARACTERS
        line = f'a{{n="{(length - len(FAMILY)) * "x"}"}} 1\n'
        assert len(scraper.scrape(FAMILY + samples(1) + line + samples(3))) == 3

        submitted = scraper.scrape(FAMILY + samples(1) + line.replace('x', 'xxxxx', 5) + samples(3))

        assert [call[3] for call in submitted] == [('n:1',), ('n:3',)]
        assert scraper.health[1].startswith('1 lines could not be read')

    @pytest.mark.parametrize('options', [{'telemetry': True}, {'target_info': True}], ids=repr)
    def test_a_line_that_is_too_long_fails_where_the_base_class_reads_all(self, options):
        with pytest.raises(ValueError, match='a line is longer than'):
            Scraper(**options).scrape(FAMILY + f'a{{n="{module.MAX_LINE_CHARACTERS * "x"}"}} 1\n')

    def test_an_answer_of_bad_lines_only_fails(self):
        with pytest.raises(module.ExpositionError, match='not in the Prometheus text format'):
            Scraper().scrape('404 page not found\n')

    def test_the_family_is_remembered_again_when_its_lines_are_good(self):
        scraper = Scraper()
        scraper.scrape(FAMILY + samples(1) + self.BAD)
        assert scraper.remembered == 0
        scraper.scrape(FAMILY + samples(1, 2))
        assert scraper.remembered == 2
        assert scraper.scrape(FAMILY + samples(1, 2))[1][5] is True
        assert scraper.health[0] == RecordingCheck.OK

    def test_a_counter_that_comes_back_does_not_jump_and_other_families_do_not_notice(self):
        """Its line may have been bad for weeks: its value is not what was added since the last scrape."""
        b = '# TYPE b counter\n' + samples(1, family='b')
        scraper = Scraper()
        scraper.scrape(FAMILY + samples(1, 2) + b)
        assert [call[5] for call in scraper.scrape(FAMILY + samples(1) + self.BAD + b)] == [True, True]

        # The scrape after: not in the family with the bad line, not even for series whose lines were good.
        assert [call[5] for call in scraper.scrape(FAMILY + samples(1, 2) + b)] == [False, False, True]
        assert [call[5] for call in scraper.scrape(FAMILY + samples(1, 2) + b)] == [True, True, True]

    def test_the_base_class_would_stop(self):
        """If it does not any more, all of this can go."""
        ((base, _),) = [Comparison({'metrics': ['a']}).scrape(answer) for answer in texts([FAMILY + self.BAD])]
        assert isinstance(base, ValueError)


class TestSeamOfTheBaseClass:
    """`RememberingScraper._scrape`: what it relies on in the base class. See the comment there."""

    def test_scrape_calls_it_and_keeps_account_of_flush_first_value(self):
        class Seam(module.OpenMetricsScraper):
            calls = 0

            def _scrape(self) -> None:
                self.calls += 1
                if self.calls == 3:
                    raise ValueError

        scraper = Seam(RecordingCheck(), CONFIG)
        flushes = [scraper.flush_first_value]
        for _ in range(2):
            scraper.scrape()
            flushes.append(scraper.flush_first_value)
        with pytest.raises(ValueError, match='^$'):
            scraper.scrape()

        assert scraper.calls == 3
        assert [*flushes, scraper.flush_first_value] == [None, True, True, False]

    def test_it_submits_the_lines_of_the_stream(self):
        class Stream(module.OpenMetricsScraper):
            def stream_connection_lines(self):
                return iter((FAMILY + samples(1, 2)).splitlines())

        check = RecordingCheck()
        Stream(check, CONFIG)._scrape()

        assert [call[:4] for call in check.calls] == [
            ('monotonic_count', 'a.count', 1.0, ('n:1',)),
            ('monotonic_count', 'a.count', 1.0, ('n:2',)),
        ]
