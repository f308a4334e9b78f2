# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is remembered and forgotten. That the same is submitted all the same: test_equality.py."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import pytest
from benchmark.expositions import MIX, exposition
from comparison import URL, Answer, Base, Ours, RecordingCheck, outcome

from datadog_checks.cilium.scraping.blocks import Block, blocks
from datadog_checks.cilium.scraping.learning import NotSimple
from datadog_checks.cilium.scraping.limits import BYTES_PER_SERIES
from datadog_checks.cilium.scraping.memory import SERIES_PER_FAMILY, Memory

CONFIG = {'metrics': ['a', 'b', 'c'], 'tag_by_endpoint': False}
FAMILY = '# TYPE a counter\n'


def scraper(**options: object) -> Ours:
    return Ours({**CONFIG, **options})


def samples(*numbers: int, family: str = 'a', value: int = 1) -> str:
    return ''.join(f'{family}{{n="{number}"}} {value}\n' for number in numbers)


def family(name: str, *numbers: int, type_: str = 'gauge') -> str:
    return f'# TYPE {name} {type_}\n{samples(*numbers, family=name)}'


def texts_of(lines: Iterable[str]) -> list[str]:
    """Return the texts of the series of lines, without metadata."""
    return [line.rpartition(' ')[0] for line in lines if not line.startswith('#')]


class TestLearning:
    def test_a_series_is_learnt_once(self):
        ours = scraper()
        learnt = []
        for numbers, value in (((1, 2), 1), ((1, 2), 2), ((1, 2), 3), ((1, 2, 3), 3)):
            ours.scrape_text(FAMILY + samples(*numbers, value=value))
            learnt.append(texts_of(ours.interpreter.read))

        assert learnt == [['a{n="1"}', 'a{n="2"}'], [], [], ['a{n="3"}']]

    @pytest.mark.parametrize(
        'numbers', [(3, 2, 1), (1, 3), (3, 1), (2,), (1, 2, 3)], ids=['turned', 'one less', 'both', 'one', 'the same']
    )
    def test_what_moves_or_goes_is_not_learnt_again(self, numbers):
        ours = scraper()
        ours.scrape_text(FAMILY + samples(1, 2, 3))
        submitted = ours.scrape_text(FAMILY + samples(*numbers, value=7))

        assert texts_of(ours.interpreter.read) == []
        assert [(call[3], call[2]) for call in submitted] == [((f'n:{number}',), 7.0) for number in numbers]

    def test_many_series_are_learnt_a_few_at_a_time(self):
        ours = scraper()
        assert len(ours.scrape_text(FAMILY + samples(*range(2500)))) == 2500
        assert ours.interpreter.read.count('# TYPE a counter') == 5

    def test_what_is_learnt_is_the_tags_and_not_the_value(self):
        ours = scraper()
        ours.scrape_text(FAMILY + 'a{n="1"} NaN\na{n="2"} 5\n')

        assert ours.scrape_text(FAMILY + 'a{n="1"} 7\na{n="2"} +Inf\n') == [
            ('monotonic_count', 'a.count', 7.0, ('n:1',), '', True)
        ]

    @pytest.mark.parametrize('label', ['__name__="x"', r'__name__="x\n"', 'm="1",m="2"', r'm="\\",m="\""'])
    def test_labels_that_only_some_parsers_take_harm_no_other_family(self, label):
        ours = scraper()
        for _ in range(2):
            submitted = ours.scrape_text(FAMILY + f'a{{{label}}} 1\n' + family('b', 1))
            assert ('gauge', 'b', 1.0, ('n:1',), '') in submitted

    def test_families_that_nobody_maps_are_not_looked_at(self):
        ours = scraper()
        assert ours.scrape_text('# TYPE x gauge\nx{this is no label 1\n' + FAMILY + samples(1)) == [
            ('monotonic_count', 'a.count', 1.0, ('n:1',), '', False)
        ]
        assert ours.check.health[0] == RecordingCheck.OK

    def test_new_tags_of_the_check_reach_series_that_are_remembered(self):
        ours = scraper()
        ours.scrape_text(FAMILY + samples(1))
        ours.scraper.set_dynamic_tags('team:net')

        assert ours.scrape_text(FAMILY + samples(1)) == [
            ('monotonic_count', 'a.count', 1.0, ('n:1', 'team:net'), '', True)
        ]

    def test_the_tags_of_what_is_remembered_are_tuples(self):
        """`CiliumCheck` takes those as they are."""
        types: list[type] = []

        class Check(RecordingCheck):
            def gauge(self, name, value, tags, hostname, **_):
                types.append(type(tags))

            monotonic_count = gauge

            def submit_histogram_bucket(self, name, value, lower, upper, monotonic, hostname, tags, **_):
                types.append(type(tags))

        for options in ({}, {'histogram_buckets_as_distributions': True}):
            ours = Ours({**CONFIG, **options}, check=Check())
            ours.scrape_text('# TYPE c histogram\nc_bucket{le="+Inf"} 1\nc_sum 1\nc_count 1\n' + family('b', 1))
        assert len(types) > 4
        assert set(types) == {tuple}


HISTOGRAM = (
    '# TYPE c histogram\n'
    'c_bucket{{x="1",le="1"}} {0}\nc_bucket{{x="1",le="+Inf"}} {1}\nc_sum{{x="1"}} {2}\nc_count{{x="1"}} {1}\n'
)


class TestBuckets:
    """What becomes of a bucket may depend on another one. It is remembered all the same."""

    OPTIONS = (
        {'histogram_buckets_as_distributions': True},
        {'histogram_buckets_as_distributions': True, 'collect_counters_with_distributions': True},
        {'non_cumulative_histogram_buckets': True},
        {'collect_histogram_buckets': False},
        {},
    )

    @pytest.mark.parametrize('options', OPTIONS, ids=repr)
    def test_are_learnt_once(self, options):
        ours, base = scraper(**options), Base({**CONFIG, **options})
        for number, values in enumerate(((1, 2, 3.5), (4, 9, 7.5), (4, 9, 7.5), (2**60, 2**60 + 2, 1))):
            answer = Answer(HISTOGRAM.format(*values).encode())

            assert ours.scrape(answer) == base.scrape(answer)
            assert (texts_of(ours.interpreter.read) == []) is (number > 0)

    @pytest.mark.parametrize('options', OPTIONS, ids=repr)
    @pytest.mark.parametrize('value', ['NaN', '+Inf'])
    def test_one_without_a_finite_value(self, value, options):
        ours, base = scraper(**options), Base({**CONFIG, **options})
        for values in ((1, 2, 3), (value, 2, 3), (1, value, 3), (1, 2, value), (1, 2, 3)):
            answer = Answer(HISTOGRAM.format(*values).encode())

            assert ours.scrape(answer) == base.scrape(answer)


class TestForgetting:
    def test_series_and_families_that_are_gone_are_forgotten(self):
        ours = scraper()
        ours.scrape_text(FAMILY + samples(1, 2, 3) + family('b', 1, 2))
        assert len(ours.scraper.memory) == 5

        ours.scrape_text(FAMILY + samples(2))
        assert len(ours.scraper.memory) == 1

        ours.scrape_text('# TYPE b gauge\n')
        assert len(ours.scraper.memory) == 0

    def test_a_family_that_comes_back_is_learnt_anew(self):
        ours = scraper()
        for body in (family('b', 1), FAMILY, family('b', 1)):
            ours.scrape_text(body)
        assert texts_of(ours.interpreter.read) == ['b{n="1"}']

    def test_labels_that_change_with_every_scrape_do_not_make_it_grow(self):
        ours = scraper()
        for scrape in range(20):
            ours.scrape_text(FAMILY + samples(*range(scrape * 100, scrape * 100 + 100)))
            assert len(ours.scraper.memory) == 100

    @pytest.mark.parametrize('share', [0.02, 1.0], ids=['few', 'all'])
    def test_a_large_exposition_with_changing_series_does_not_make_it_grow(self, share):
        ours = Ours({'metrics': [kind.family.removesuffix('_total') for kind in MIX]})
        for scrape in range(4):
            ours.scrape_text(exposition(2000, scrape=scrape, replaced=share))
            assert 1900 < len(ours.scraper.memory) <= 2000

    def test_after_a_scrape_that_fails_nothing_is_wrong(self):
        ours, base = scraper(), Base(CONFIG)
        good = Answer((FAMILY + samples(1, 2) + family('b', 1)).encode())
        cut = Answer((FAMILY + samples(1, 2)).encode(), is_cut=True)
        for answer in (good, cut, good, good):
            theirs = outcome(base, answer)
            assert outcome(ours, answer) == theirs or answer.is_cut
            assert ours.check.submitted == base.check.submitted
        assert len(ours.scraper.memory) == 3

    def test_a_scrape_that_is_read_as_a_whole_leaves_nothing(self):
        ours = scraper()
        ours.scrape_text(FAMILY + samples(1))
        ours.scrape(Answer(b'# TYPE b gauge\nb 1\n# EOF\n', 'application/openmetrics-text'))
        assert len(ours.scraper.memory) == 0


class TestLimit:
    def test_no_more_series_are_remembered_than_the_option_allows(self):
        ours = scraper(max_remembered_series=5 + SERIES_PER_FAMILY)
        body = FAMILY + samples(1, 2, 3) + family('b', 1, 2, 3)
        for _ in range(3):
            assert len(ours.scrape_text(body)) == 6
            assert len(ours.scraper.memory) == 3

    def test_nothing_is_remembered_if_the_option_says_so(self):
        ours = scraper(max_remembered_series=0)
        for _ in range(2):
            assert len(ours.scrape_text(FAMILY + samples(1, 2, 3))) == 3
            assert len(ours.scraper.memory) == 0

    def test_a_long_series_counts_as_several(self):
        ours = scraper(max_remembered_series=5 + 2 * SERIES_PER_FAMILY)
        long = FAMILY + f'a{{n="{3 * BYTES_PER_SERIES * "x"}"}} 1\n'
        for _ in range(2):
            assert len(ours.scrape_text(long + family('b', 1, 2))) == 3
            assert len(ours.scraper.memory) == 1

        assert len(ours.scrape_text(long.replace('xxx', 'x') + family('b', 1, 2))) == 3
        assert len(ours.scraper.memory) == 3

    @pytest.mark.parametrize('wide', ['\u00e9', '\u20ac', '\U0001f41d'])
    def test_one_wide_character_makes_a_series_count_more(self, wide):
        """Python takes one, two or four bytes for each of the characters of a text, by the widest of them."""
        narrow = FAMILY + f'a{{n="{BYTES_PER_SERIES * "x"}"}} 1\n'
        room = next(n for n in range(20) if remembers(scraper(max_remembered_series=n), narrow))

        assert remembers(scraper(max_remembered_series=room), narrow.replace('"x', f'"{wide}')) is (wide == '\u00e9')

    def test_families_count_too(self):
        ours = scraper(max_remembered_series=2 * SERIES_PER_FAMILY)
        for _ in range(2):
            ours.scrape_text(''.join(f'# TYPE x{number} gauge\n' for number in range(10)) + FAMILY + samples(1))
            assert len(ours.scraper.memory) == 0

    def test_what_is_forgotten_makes_room_in_the_next_scrape(self):
        """What may be forgotten is there until the end of the scrape. The limit holds all the time."""
        ours = scraper(max_remembered_series=4 + SERIES_PER_FAMILY)
        remembered = []
        for name in 'abbab':
            ours.scrape_text(family(name, 1, 2, 3, 4))
            remembered.append(len(ours.scraper.memory))
        assert remembered == [4, 0, 4, 0, 4]

    def test_a_family_that_grows_has_the_room_that_it_had(self):
        ours = scraper(max_remembered_series=4 + SERIES_PER_FAMILY)
        for count in (3, 4, 2, 4):
            ours.scrape_text(family('b', *range(count)))
            assert len(ours.scraper.memory) == count
        ours.scrape_text(family('b', *range(5)))
        assert len(ours.scraper.memory) <= 4

    def test_it_is_said_once_that_not_everything_is_remembered(self, caplog):
        caplog.set_level(logging.WARNING)
        ours = scraper(max_remembered_series=3)
        for _ in range(3):
            ours.scrape_text(FAMILY + samples(1, 2, 3) + family('b', 1))

        (message,) = [record.getMessage() for record in caplog.records if URL in record.getMessage()]
        assert '3 series are not remembered' in message
        assert '`max_remembered_series`, which is 3' in message


def remembers(ours: Ours, body: str) -> bool:
    ours.scrape_text(body)
    return len(ours.scraper.memory) > 0


class TestBlocks:
    """Blocks that the base class has to submit."""

    @pytest.fixture
    def memory(self) -> Memory:
        memory = Memory(Ours(CONFIG).interpreter, max_series=100)
        memory.begin()
        return memory

    @pytest.mark.parametrize(
        'body',
        [
            'a 1\n',
            '# HELP a x\na 1\n',
            '# TYPE a untyped\na 1\n',
            '# TYPE a gauge\n# a comment\na 1\n',
            '# TYPE a gauge\n\na 1\n',
            '# TYPE a gauge\na 1 1700000000000\n',
            '# TYPE a gauge\na 1_0\n',
            '# TYPE a gauge\na  1\n',
            '# TYPE a gauge\na many\n',
            '# TYPE a gauge\nb 1\n',
            '# TYPE a gauge\na{x="1",} 1\n',
            '# TYPE a gauge\na{x="1" 1\n',
            '# TYPE a histogram\na_bucket 1\n',
        ],
        ids=repr,
    )
    def test_what_is_not_in_the_strict_grammar(self, body, memory):
        (block,) = blocks([body])
        with pytest.raises(NotSimple):
            memory.recall(block)
        assert len(memory) == 0

    def test_the_second_block_of_a_family(self, memory):
        first, _, second = blocks([FAMILY + samples(1) + family('b', 1) + FAMILY + samples(2)])
        assert len(memory.recall(first)) == 1
        with pytest.raises(NotSimple):
            memory.recall(second)

    def test_one_with_odd_metadata(self, memory):
        with pytest.raises(NotSimple):
            memory.recall(Block('a', (FAMILY + samples(1),), is_odd=True))

    def test_a_family_with_a_type_that_has_changed_is_another_one(self, memory):
        first, second = blocks([family('a', 1)]), blocks([family('a', 1, type_='counter')])
        one = memory.recall(next(first))
        assert memory.recall(next(second)) is not one
