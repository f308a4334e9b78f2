# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip('vector_vrl', reason='needs requirements/toolkit.txt on Python 3.12 or newer')

from toolkit.logs.pipeline import ProcessedLog
from toolkit.preview.log_book import LogBook, LoggedLine, recorded_lines
from toolkit.preview.log_rows import pattern_rows
from toolkit.preview.playback import Story
from toolkit.preview.story_events import story_events

STORY = Story(first_incident=10_000, period=1000, incident=200)


def logged(message: str, offset: float, repeats: bool, status: str = 'info') -> LoggedLine:
    log = ProcessedLog(message, status, 0, 'cilium-agent', 'cilium-agent', ('kube_node:a',), {'endpoint': 7}, ())
    return LoggedLine(log, offset, repeats)


BOOK = LogBook([logged('start', 5, False), logged('denied', 20, True, 'warn')], STORY, started=8500)


def times(query: str, start: float, end: float) -> list[tuple[str, float]]:
    return [(log.message, log.timestamp / 1000) for log in BOOK.logs(query, start, end)]


def test_lines_come_with_each_incident_and_those_of_the_start_once():
    assert times('', 8000, 12_000) == [('denied', 11_020), ('denied', 10_020), ('denied', 9020), ('start', 8505)]


def test_what_an_incident_brings_about_comes_again_while_it_lasts():
    line = replace(logged('unreachable', 20, True), every=80)
    book = LogBook([line], STORY, started=8500)
    times = [log.timestamp / 1000 for log in book.logs('', 9500, 12_000)]
    assert times == [11_180, 11_100, 11_020, 10_180, 10_100, 10_020]


def test_logs_of_the_demo_are_there_in_every_hour_and_stand_where_the_incident_is():
    story, started = Story(first_incident=1_800_000_060), 1_800_000_000 - 3600
    book = LogBook(recorded_lines(), story, started)
    for hour in range(3):
        end = 1_800_000_000 + 3600 * hour
        found = book.logs('status:(error OR warn)', end - 3600, end)
        assert len(found) > 50
        assert all(
            story.severity(log.timestamp / 1000 + 1) > 0 or log.timestamp / 1000 < started + 130 for log in found
        )


def test_events_of_the_story_come_with_it():
    story = Story(first_incident=1_800_000_000)
    events = LogBook(story_events(story), story, started=1_700_000_000)
    found = events.logs('source:kubernetes kube_kind:node NodeNotReady', 1_800_000_000, 1_800_003_000)
    assert [story.severity(event.timestamp / 1000) for event in found] == [1]


def test_the_end_does_not_belong_to_a_time():
    assert times('', 9020, 10_020) == [('denied', 9020)]
    assert times('', 9020.5, 10_020.5) == [('denied', 10_020)]


def test_a_search_narrows():
    assert times('status:warn', 8000, 9500) == [('denied', 9020)]
    assert times('kube_node:b', 8000, 9500) == []


def test_counts_by_tags_and_attributes():
    assert BOOK.count('status:warn', ('kube_node', '@endpoint', 'status', '@none'), 8000, 12_000) == {
        ('a', '7', 'warn', 'N/A'): 3
    }


def test_nothing_is_logged_without_lines():
    assert LogBook().logs('status:error', 0, 1e9) == []


def test_patterns_leave_out_what_varies():
    logs = [logged(f'endpoint {i} took {i}.5ms for "pod-{i}"', 0, False).log for i in range(3)]
    (row,) = pattern_rows(logs)
    assert (row['pattern'], row['count']) == ('endpoint * took * for *', 3)
