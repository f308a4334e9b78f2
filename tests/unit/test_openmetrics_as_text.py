# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
OpenMetrics that arrives as text/plain. The parser of the text format reads the value of an exemplar as that of its
bucket, and what is before it as a label. Counters have names there that it does not know.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from comparison import OPENMETRICS, TEXT_FORMAT, URL, Answer, Base, Ours, RecordingCheck

CASE = Path(__file__).parents[1] / 'cases' / 'openmetrics-as-text' / 'exemplars_in_text_format.txt'
CONFIG = {'metrics': ['a', 'b', 'hubble_drop', 'hubble_http_request_duration_seconds'], 'tag_by_endpoint': False}
LOOKS_LIKE = 'The response looks like the OpenMetrics format, but its Content-Type is '
SERIES = ('a{x="y"}', 'a', 'a_bucket{x="y",le="1"}', 'a{x="}"}', r'a{x="\"} 1 # {"}')
EXEMPLARS = (
    '# {traceID="4bf92f"} 0.0031 1.7006e+09',
    '# {traceID="4bf92f"} 0.0031',
    '# {} 1',
    '# {x="}"} 1',
    r'# {x="\"}"} 1',
    '# {x="y",z="w"} 1',
)


def names(submitted: list[tuple]) -> list[str]:
    return [call[1] for call in submitted]


class TestTheCase:
    @pytest.fixture
    def ours(self) -> Ours:
        ours = Ours(CONFIG)
        ours.scrape(Answer(CASE.read_bytes()))
        return ours

    def test_no_bucket_gets_the_value_of_an_exemplar_and_no_tag_a_piece_of_one(self, ours):
        buckets = [call for call in ours.check.submitted if call[1].endswith('.bucket')]

        assert buckets == []  # That of `+Inf`, which has none, is `.count`.
        assert not any('traceID' in str(call) or '#' in str(call) for call in ours.check.submitted)

    def test_what_has_no_exemplar_is_submitted(self, ours):
        assert [(call[1], call[2]) for call in ours.check.submitted] == [
            ('hubble_http_request_duration_seconds.sum', 0.5),
            ('hubble_http_request_duration_seconds.count', 12.0),
        ]

    def test_the_service_check_says_what_it_looks_like_and_what_to_do(self, ours):
        status, message = ours.check.health

        assert status == RecordingCheck.WARNING
        assert message.startswith('1 lines could not be read and are left out. The first one is ')
        assert f'{LOOKS_LIKE}{TEXT_FORMAT!r}' in message
        assert 'so its counters and exemplars are lost' in message
        assert '`use_latest_spec: true` to read it as OpenMetrics.' in message

    def test_the_option_reads_all_of_it(self):
        ours = Ours({**CONFIG, 'use_latest_spec': True})
        submitted = ours.scrape(Answer(CASE.read_bytes() + b'# EOF\n', OPENMETRICS))

        assert [call[2] for call in submitted] == [16.0, 3.0, 0.5, 12.0]
        assert ours.check.health == (RecordingCheck.OK, '')


@pytest.mark.parametrize('timestamp', ['', ' 1700000000', ' 1.7e+09'], ids=repr)
@pytest.mark.parametrize('exemplar', EXEMPLARS, ids=repr)
@pytest.mark.parametrize('series', SERIES, ids=repr)
@pytest.mark.parametrize('type_', ['counter', 'gauge', 'histogram'])
def test_a_line_with_an_exemplar_is_bad_and_no_other_line_is(type_, series, exemplar, timestamp, caplog):
    caplog.set_level(logging.WARNING)
    ours = Ours(CONFIG)
    text = f'# TYPE a {type_}\n{series} 3{timestamp} {exemplar}\n# TYPE b gauge\nb 1\n'
    for _ in range(3):
        assert ours.scrape_text(text) == [('gauge', 'b', 1.0, (), '')]
        assert ours.check.health[0] == RecordingCheck.WARNING
        assert LOOKS_LIKE in ours.check.health[1]
    assert [record.getMessage().count(URL) for record in caplog.records if URL in record.getMessage()] == [1]


@pytest.mark.parametrize(
    'line',
    ['a{x=" # {"} 3', 'a{x="y} 3 # {z=\\"w\\"} 1"} 3', 'a{x="# {traceID=1} 2"} 3', 'a{x="#"} 3 1700000000'],
    ids=repr,
)
def test_a_label_that_holds_what_looks_like_one_is_a_label(line):
    text = f'# TYPE a gauge\n{line}\n'
    ours, base = Ours(CONFIG), Base(CONFIG)
    for _ in range(2):
        assert ours.scrape_text(text) == base.scrape(Answer(text.encode()))
        assert ours.check.health == (RecordingCheck.OK, '')


@pytest.mark.parametrize('content_type', ['text/plain', TEXT_FORMAT, ''])
@pytest.mark.parametrize('end', ['# EOF\n'])
def test_the_end_of_openmetrics_is_a_sign_of_it(end, content_type):
    """Its counters are there under names that the text format does not know: lost, without one bad line."""
    ours = Ours(CONFIG)
    for _ in range(2):
        submitted = ours.scrape(
            Answer(f'# TYPE a counter\na_total 1\n# TYPE b gauge\nb 1\n{end}'.encode(), content_type)
        )

        assert names(submitted) == ['b']
        status, message = ours.check.health
        assert status == RecordingCheck.WARNING
        assert f'{LOOKS_LIKE}{content_type or "missing"!r}' in message


@pytest.mark.parametrize('options', [{}, {'use_latest_spec': True}], ids=repr)
def test_openmetrics_that_says_so_is_well(options):
    ours = Ours({**CONFIG, **options})
    text = '# TYPE a counter\na_total 1 # {x="y"} 1\n# TYPE b gauge\nb 1\n# EOF\n'

    assert names(ours.scrape(Answer(text.encode(), OPENMETRICS))) == ['a.count', 'b']
    assert ours.check.health == (RecordingCheck.OK, '')
