# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The interpreter, and what it relies on in the base class.

Where a test of `TestSeam` fails with a newer base package, the base class has moved: look at `Interpreter`.
"""

from __future__ import annotations

from copy import deepcopy
from unittest.mock import Mock, patch

import pytest
from comparison import COMPONENT, OPENMETRICS, TEXT_FORMAT, URL, RecordingCheck

from datadog_checks.base.checks import base
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.scraping.interpreter import Interpreter
from datadog_checks.cilium.scraping.limits import MAX_FAMILIES_NOTED, MAX_LINE_CHARACTERS
from datadog_checks.cilium.scraping.stand_ins import METHODS

CONFIG = {'openmetrics_endpoint': URL, 'metrics': ['a', 'b'], 'tag_by_endpoint': False}
LINES = ['# TYPE a counter', 'a{n="1"} 1', 'a{n="2"} 2']
EVERY_TYPE = """\
# TYPE a counter
a{x="1"} 1
# TYPE b gauge
b{x="1"} 1
# TYPE c histogram
c_bucket{x="1",le="1"} 1
c_bucket{x="1",le="+Inf"} 1
c_sum{x="1"} 1
c_count{x="1"} 1
# TYPE d summary
d{x="1",quantile="1"} 1
d_sum{x="1"} 1
d_count{x="1"} 1
""".splitlines()
TRANSFORMERS = {
    'counter': {}, 'counter_gauge': {}, 'gauge': {}, 'histogram': {}, 'rate': {}, 'summary': {}, 'native': {},
    'native_dynamic': {}, 'temporal_percent': {'scale': 'second'}, 'time_elapsed': {},
    'metadata': {'label': 'x'}, 'service_check': {'status_map': {1: 'OK'}},
}  # fmt: skip
"""The types of the option `metrics`, with the other options that some of them need."""


@pytest.fixture
def check() -> RecordingCheck:
    return RecordingCheck()


@pytest.fixture
def interpreter(check) -> Interpreter:
    return Interpreter(check, COMPONENT, CONFIG)


class Lines:
    """What a scraper of the base class gets in the place of an answer."""

    def __init__(self, lines: list[str], content_type: str = TEXT_FORMAT) -> None:
        self.headers = {'Content-Type': content_type}
        self._lines = lines
        self.events: list[str] = []

    def __enter__(self) -> Lines:
        self.events.append('enter')
        return self

    def __exit__(self, *_: object) -> None:
        self.events.append('exit')

    def iter_lines(self, decode_unicode: bool) -> list[str]:
        return self._lines


class Seam(OpenMetricsScraper):
    """A scraper of the base class that gets its answer from `get_connection`, and nothing else of ours."""

    def __init__(self, lines: Lines, check: RecordingCheck | None = None, **options: object) -> None:
        super().__init__(check or RecordingCheck(), {**CONFIG, **options})
        self.lines = lines
        self.connections = 0

    def get_connection(self) -> Lines:
        self.connections += 1
        return self.lines

    @property
    def submitted(self) -> list[tuple]:
        return [call[:4] for call in self.check.calls]


SUBMITTED = [
    ('monotonic_count', 'a.count', 1.0, ('n:1',)),
    ('monotonic_count', 'a.count', 2.0, ('n:2',)),
]


class TestSeam:
    @pytest.mark.parametrize('options', [{}, {'target_info': True}, {'telemetry': True}], ids=repr)
    def test_scrape_reads_the_lines_of_get_connection_and_nothing_else(self, options):
        seam = Seam(Lines(LINES), **options)
        seam.scrape()

        assert [call for call in seam.submitted if not call[1].startswith('telemetry.')] == SUBMITTED
        assert seam.connections == 1
        assert seam.lines.events == ['enter', 'exit']

    def test_the_content_type_of_the_connection_chooses_the_parser(self):
        seam = Seam(Lines(['# TYPE a counter', 'a_total{n="1"} 1', '# EOF'], OPENMETRICS))
        seam.scrape()
        assert seam.submitted == SUBMITTED[:1]

    def test_scrape_keeps_account_of_flush_first_value(self):
        seam = Seam(Lines(LINES))
        flushes = [seam.flush_first_value]
        for _ in range(2):
            seam.scrape()
            flushes.append(seam.flush_first_value)
        seam.lines = Lines(['a many'])
        with pytest.raises(ValueError, match='many'):
            seam.scrape()
        flushes.append(seam.flush_first_value)

        assert flushes == [None, True, True, False]

    @pytest.mark.parametrize('flush_first_value', [None, False, True])
    def test_flush_first_value_is_read_at_the_begin_of_a_scrape(self, flush_first_value):
        seam = Seam(Lines(LINES))
        seam.flush_first_value = flush_first_value
        seam.scrape()
        assert [call[5] for call in seam.check.calls] == [bool(flush_first_value)] * 2

    @pytest.mark.parametrize(
        ('method', 'options'),
        [('consume_metrics', {}), ('consume_metrics_w_target_info', {'target_info': True})],
        ids=['consume_metrics', 'target_info'],
    )
    def test_families_come_from_parse_metrics_by_way_of_a_method_for_the_options(self, method, options):
        order = []

        class Order(Seam):
            def parse_metrics(self):
                for metric in super().parse_metrics():
                    order.append(f'parsed {metric.name}')
                    metric.name = 'b'
                    yield metric

        def consume(self, runtime_data):
            for metric in getattr(super(Order, self), method)(runtime_data):
                order.append(f'consumed {metric.name}')
                yield metric

        setattr(Order, method, consume)
        seam = Order(Lines(LINES), **options)
        seam.scrape()

        assert order == ['parsed a', 'consumed b']
        assert [call[1] for call in seam.submitted] == ['b.count', 'b.count']

    @pytest.mark.parametrize(
        'option',
        ['', 'histogram_buckets_as_distributions', 'collect_histograms_as_distributions', 'telemetry'],
    )
    @pytest.mark.parametrize('type_', sorted(TRANSFORMERS))
    def test_everything_is_submitted_by_methods_that_are_recorded(self, type_, option, check):
        """A type in the option `metrics` whose values went elsewhere would be submitted while it is learnt."""
        for method in METHODS:
            setattr(check, method, lambda *_, **__: None)
        options = {
            option: True,
            'metrics': [{name: deepcopy({'type': type_, **TRANSFORMERS[type_]}) for name in 'abcd'}],
        }

        with patch.object(base, 'aggregator', Mock()) as aggregator:
            Seam(Lines(EVERY_TYPE), check=check, **options).scrape()

        assert aggregator.mock_calls == []

    @pytest.mark.parametrize('method', METHODS)
    def test_the_check_has_the_methods_that_are_recorded(self, method, check):
        assert callable(getattr(check, method))

    def test_the_options_of_a_family_are_those_that_the_transformer_reads(self, check):
        config = {**CONFIG, 'metrics': ['a', {'b': 'm'}, {'c': {'name': 'n', 'type': 'gauge'}}, {'d.*': {}}]}
        transformer = OpenMetricsScraper(check, config).metric_transformer

        types = {name: options['type'] for name, options in transformer.normalize_metric_config(config).items()}
        assert types == {'a': 'native', 'b': 'native', 'c': 'gauge', 'd.*': 'native'}
        assert [pattern.pattern for pattern, _ in transformer.metric_patterns] == ['d.*']
        assert transformer.histogram_buckets_as_distributions is False
        assert transformer.non_cumulative_histogram_buckets is False

    @pytest.mark.parametrize('type_', ['untyped', 'unknown', 'info', 'stateset', 'gaugehistogram'])
    def test_the_base_class_stops_or_skips_at_types_that_it_does_not_collect(self, type_):
        """It logs nothing that anybody sees. If it collects them one day, so shall we."""
        seam = Seam(Lines([f'# TYPE a {type_}', 'a 1']))
        seam.scrape()
        assert seam.submitted == []


class TestSubmissions:
    def test_are_what_submit_would_submit(self, interpreter, check):
        submissions = interpreter.submissions(LINES, flush_first_value=True)
        assert check.calls == []

        interpreter.submit(LINES, flush_first_value=True)
        calls = list(check.calls)
        check.calls.clear()
        for method, name, value, arguments, options in submissions:
            getattr(check, method)(name, value, *arguments, **options)
        assert check.calls == calls
        assert [call[:4] for call in calls] == SUBMITTED

    def test_what_cannot_be_read_raises_and_the_next_ones_are_submitted(self, interpreter, check):
        with pytest.raises(ValueError, match='many'):
            interpreter.submissions([*LINES, 'a many'], flush_first_value=True)
        assert check.calls == []

        interpreter.submit(LINES, flush_first_value=True)
        assert [call[:4] for call in check.calls] == SUBMITTED

    def test_a_check_with_methods_of_its_own_gets_everything_else(self, check, interpreter):
        """The base class asks it for the log, the configuration of HTTP and others."""
        assert interpreter.log is check.log
        assert interpreter.http.options['timeout']

    def test_a_family_is_submitted_when_the_next_one_begins(self, interpreter, check):
        """What an endpoint sends is not kept until it has sent all of it."""
        submitted = []

        def lines():
            yield from LINES
            yield '# TYPE b gauge'
            submitted.extend(check.calls)
            yield 'b 1'

        interpreter.submit(lines(), flush_first_value=True)

        assert [call[:4] for call in submitted] == SUBMITTED
        assert len(check.calls) == 3


class TestHeads:
    @pytest.mark.parametrize(
        ('head', 'options', 'collects'),
        [
            ('# TYPE a gauge', {}, True),
            ('# TYPE a_total counter', {}, True),
            ('# TYPE c gauge', {}, False),
            ('# TYPE a untyped', {}, False),
            ('# TYPE a untyped', {'metrics': [{'a': {'type': 'gauge'}}]}, True),
            ('# TYPE a gauge', {'exclude_metrics': ['a']}, False),
            ('# TYPE abc gauge', {'metrics': ['^ab']}, True),
            ('# TYPE p_a gauge', {'raw_metric_prefix': 'p_'}, True),
        ],
        ids=repr,
    )
    def test_collects(self, head, options, collects, check):
        interpreter = Interpreter(check, COMPONENT, {**CONFIG, **options})

        assert interpreter.collects(head) is collects
        assert check.calls == []

    def test_families(self, check):
        interpreter = Interpreter(check, COMPONENT, {**CONFIG, 'exclude_metrics': ['a']})

        assert [[family.name for family in families] for families in interpreter.families('# TYPE a counter')] == [
            ['a'],
            [],
        ]

    def test_names_are_those_that_are_mapped(self, check):
        interpreter = Interpreter(check, COMPONENT_BY_NAME['envoy'], CONFIG)
        (parsed,), _ = interpreter.families('# TYPE envoy_cilium_hostmap_1_update_rejected counter')

        assert parsed.name == 'envoy_cilium_nphds_update_rejected'


class TestReadsWhole:
    @pytest.mark.parametrize(
        ('options', 'content_type', 'is_first', 'reads_whole'),
        [
            ({}, TEXT_FORMAT, True, False),
            ({}, '', True, False),
            ({}, OPENMETRICS, False, True),
            ({'use_latest_spec': True}, TEXT_FORMAT, False, True),
            ({'telemetry': True}, TEXT_FORMAT, False, True),
            ({'target_info': True}, TEXT_FORMAT, False, True),
            ({'share_labels': {'a': True}}, TEXT_FORMAT, False, True),
            ({'raw_line_filters': ['x']}, TEXT_FORMAT, False, True),
            ({'use_process_start_time': True}, TEXT_FORMAT, True, True),
            ({'use_process_start_time': True}, TEXT_FORMAT, False, False),
        ],
        ids=repr,
    )
    def test_where_families_depend_on_others(self, options, content_type, is_first, reads_whole, check):
        interpreter = Interpreter(check, COMPONENT, {**CONFIG, **options})

        assert interpreter.reads_whole(content_type, is_first) is reads_whole


class TestNotes:
    def test_what_is_not_collected(self, interpreter):
        interpreter.begin()
        interpreter.submit(['# TYPE a untyped', 'a 1', '# TYPE x gauge', 'x 1', 'y 1'], flush_first_value=True)

        assert interpreter.untyped == {'a'}
        assert interpreter.unmapped == {'x', 'y'}
        interpreter.begin()
        assert not interpreter.untyped
        assert not interpreter.unmapped

    def test_they_are_bounded(self, interpreter):
        lines = [f'# TYPE x{number} gauge' for number in range(MAX_FAMILIES_NOTED + 10)]
        interpreter.submit(lines, flush_first_value=True)

        assert len(interpreter.unmapped) == MAX_FAMILIES_NOTED

    @pytest.mark.parametrize('version', ['1.20.0', ''])
    def test_the_version_of_the_component(self, version, check):
        component = COMPONENT_BY_NAME['operator']
        family = component.version_family
        interpreter = Interpreter(check, component, CONFIG)
        lines = [f'# TYPE {family} gauge', f'{family}{{version="{version}"}} 0']
        interpreter.submit(lines, flush_first_value=True)

        assert interpreter.version == version
        assert [call[1:3] for call in check.calls] == ([('operator.version', 1)] if version else [])


def test_a_line_that_is_too_long_is_refused(interpreter):
    with pytest.raises(ValueError, match=f'longer than {MAX_LINE_CHARACTERS} characters'):
        interpreter.submissions([MAX_LINE_CHARACTERS * 'a' + ' 1'], flush_first_value=False)


def test_the_headers_ask_for_the_format_of_the_base_class(check):
    assert Interpreter(check, COMPONENT, CONFIG).accept == 'text/plain'
    latest = Interpreter(check, COMPONENT, {**CONFIG, 'use_latest_spec': True}).accept
    assert latest.startswith('application/openmetrics-text')
    assert Interpreter(check, COMPONENT, {**CONFIG, 'headers': {'Accept': 'text/*'}}).accept == 'text/*'
