# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The options `telemetry` and `use_process_start_time` see what they see in the base class, untyped families too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from comparison import OPENMETRICS, TEXT_FORMAT, Answer, Base, Ours
from for_each import for_each

from datadog_checks.base.stubs import datadog_agent

CONFIG = {'metrics': ['a', 'b'], 'telemetry': True}
TEXTS = {
    'mapped': '# TYPE a gauge\na 1\n# TYPE b counter\nb 1\nb{x="y"} 2\n',
    'not mapped': '# TYPE a gauge\na 1\n# TYPE c gauge\nc 1\nc{x="y"} 2\n',
    'untyped, mapped': 'a 1\na{x="y"} 2\n',
    'untyped, not mapped': 'c 1\nd 1\n# TYPE a gauge\na 1\n',
    'untyped, told so': '# TYPE a untyped\na 1\n# TYPE b unknown\nb 1\n# TYPE c untyped\nc 1\n',
    'types that are not collected': '# TYPE a info\na 1\n# TYPE b stateset\nb 1\n# TYPE c gaugehistogram\nc 1\n',
    'no finite value': '# TYPE a gauge\na NaN\na{x="y"} +Inf\na{x="z"} 3\n',
    'histogram': '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 2\na_sum 3\na_count 2\n',
    'summary': '# TYPE a summary\na{quantile="1"} 1\na_sum 3\na_count 2\n',
    'nothing': '',
    'metadata only': '# TYPE a gauge\n# HELP b x\n',
}
OPTIONS = (
    {},
    {'exclude_metrics': ['a', 'c']},
    {'exclude_metrics_by_labels': {'x': True}},
    {'raw_line_filters': ['y']},
    {'target_info': True},
    {'metrics': [{'.+': {'type': 'gauge'}}]},
    {'metrics': [{'a': {'type': 'gauge'}}]},
    {'tags': ['team:net']},
)


@for_each('options', OPTIONS, ids=repr)
@for_each('text', TEXTS.values(), ids=TEXTS)
def test_counts_are_those_of_the_base_class(text, options):
    config = {**CONFIG, **options}
    ours, base = Ours(config), Base(config)
    for _ in range(3):
        expected = base.scrape(Answer(text.encode()))
        assert ours.scrape(Answer(text.encode())) == expected
        assert any(call[1].startswith('telemetry.') for call in expected)


def test_skipped_families_without_a_type_count_as_read_and_not_as_processed():
    submitted = Ours(CONFIG).scrape_text('a 1\na{x="y"} 2\n# TYPE b gauge\nb 1\n')

    counts: Counter[str] = Counter()
    for method, name, value, *_ in submitted:
        if method == 'count':
            counts[name] += value
    assert counts == {'telemetry.metrics.input.count': 3, 'telemetry.metrics.processed.count': 1}


def test_the_size_is_that_of_the_body_where_no_header_tells_it():
    text = '# TYPE a gauge\na{x="\u00e9"} 1\n'
    submitted = Ours(CONFIG).scrape_text(text)

    assert [call[2] for call in submitted if call[1] == 'telemetry.payload.size'] == [len(text.encode())]


class TestProcessStartTime:
    """A counter that is new counts from zero if its process began after the Agent."""

    @pytest.fixture(autouse=True)
    def _agent_began(self) -> Iterator[None]:
        datadog_agent.set_process_start_time(1000)
        yield
        datadog_agent.reset()

    COUNTER = '# TYPE b counter\nb 5\n'

    @pytest.mark.parametrize('telemetry', [False, True], ids=['', 'telemetry'])
    @pytest.mark.parametrize(('began', 'flush_first_value'), [(2000, True), (500, False)])
    @pytest.mark.parametrize('type_', ['gauge', 'untyped', 'unknown', 'counter', None])
    @pytest.mark.parametrize('place', ['before', 'after'])
    def test_of_any_type(self, place, type_, began, flush_first_value, telemetry):
        head = f'# TYPE process_start_time_seconds {type_}\n' if type_ else ''
        start = f'{head}process_start_time_seconds {began}\n'
        text = start + self.COUNTER if place == 'before' else self.COUNTER + start
        config = {'metrics': ['b'], 'use_process_start_time': True, 'telemetry': telemetry}
        ours, base = Ours(config), Base(config)
        for number in range(3):
            submitted = ours.scrape_text(text)
            assert submitted == base.scrape(Answer(text.encode()))
            flushes = [call[5] for call in submitted if call[0] == 'monotonic_count']
            assert flushes == [number > 0 or flush_first_value]

    def test_of_several_processes_the_oldest_counts(self):
        config = {'metrics': ['b'], 'use_process_start_time': True}
        text = 'process_start_time_seconds{x="1"} 2000\nprocess_start_time_seconds{x="2"} 500\n' + self.COUNTER

        assert Ours(config).scrape_text(text) == Base(config).scrape(Answer(text.encode()))

    def test_in_the_openmetrics_format(self):
        config = {'metrics': ['b'], 'use_process_start_time': True}
        text = 'process_start_time_seconds 2000\n# TYPE b counter\nb_total 5\n# EOF\n'
        answer = Answer(text.encode(), OPENMETRICS)

        assert Ours(config).scrape(answer) == Base(config).scrape(answer)
        assert answer.content_type != TEXT_FORMAT
