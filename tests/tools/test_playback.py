# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from prometheus_client.parser import text_string_to_metric_families

from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, INCIDENT, RECORDINGS, STAGES
from toolkit.preview.playback import (
    GAUGES_THAT_GROW,
    RECORDED_AT,
    WHEN_HEALTHY,
    Peaceful,
    Playback,
    Story,
    recorded_families,
)

COMPONENTS = sorted({path.name.split('.')[0] for path in RECORDINGS.glob('*.txt')})
STARTED = 1_800_000_000.0
STORY = Story(first_incident=STARTED + 400, period=600, incident=200, ramp=30)
IN_HEALTH, IN_INCIDENT = STARTED + 390, STARTED + 500


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, float]]:
    """Return the type and the value of every sample of an exposition, as a parser of its own reads it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): (family.type, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, series: str) -> float:
    (line,) = (line for line in text.splitlines() if line.startswith(f'{series} '))
    return float(line.rsplit(' ', 1)[1])


def moments(loops: float, step: float = 59) -> Iterator[float]:
    time = STARTED
    while time < STORY.first_incident + loops * STORY.period:
        yield time
        time += step


@pytest.mark.parametrize('component', COMPONENTS)
def test_no_counter_ever_falls(component):
    playback = Playback(component, STORY, STARTED)
    before: dict = {}
    for time in moments(loops=2.2):
        now = samples(playback.exposition(time))
        counters = {key: v for key, (kind, v) in now.items() if kind == 'counter' or key[0].endswith('_bucket')}
        assert counters, time
        assert not {key for key in before if counters.get(key, -1) < before[key]}, f'at {time - STARTED} seconds'
        before = counters


@pytest.mark.parametrize('component', COMPONENTS)
def test_every_recorded_series_is_played_in_an_incident_and_no_other(component):
    played = set(samples(Playback(component, STORY, STARTED).exposition(IN_INCIDENT)))
    recorded = set(samples((RECORDINGS / f'{component}.{INCIDENT}.txt').read_text()))
    assert recorded <= played
    others = set().union(*(samples((RECORDINGS / f'{component}.{stage}.txt').read_text()) for stage in STAGES))
    assert played <= others


@pytest.mark.parametrize('component', COMPONENTS)
def test_buckets_never_hold_more_than_the_count(component):
    playback = Playback(component, STORY, STARTED, load=0.6, seed='another node')
    for time in moments(loops=1, step=131):
        for family in text_string_to_metric_families(playback.exposition(time)):
            if family.type != 'histogram':
                continue
            last: dict[tuple, float] = {}
            for sample in family.samples:
                labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != 'le'))
                if sample.name.endswith('_bucket'):
                    assert sample.value >= last.get(labels, 0), sample
                    last[labels] = sample.value
                elif sample.name.endswith('_count'):
                    assert sample.value == last[labels], sample


def test_an_incident_begins_again_and_again():
    playback = Playback('agent', STORY, STARTED)
    times = [time for time in moments(loops=2, step=25) if time > STARTED + STORY.ramp]
    unreachable = [value(playback.exposition(time), 'cilium_unreachable_nodes') for time in times]
    rises = sum(now > before for before, now in pairwise(unreachable))
    falls = sum(now < before for before, now in pairwise(unreachable))
    assert (rises, falls) == (2, 2)


def test_drops_of_an_incident_come_at_the_recorded_rate():
    series = 'cilium_drop_count_total{direction="EGRESS",reason="Policy denied"}'
    assert series not in (RECORDINGS / f'agent.{HEALTHY}.txt').read_text()
    rate = value((RECORDINGS / f'agent.{INCIDENT}.txt').read_text(), series) / 135
    assert rate > 0
    playback = Playback('agent', STORY, STARTED)
    first, last = (value(playback.exposition(STORY.first_incident + t), series) for t in (1, STORY.incident))
    assert (last - first) / STORY.incident == pytest.approx(rate, rel=0.3)  # the wave


def test_a_peaceful_node_has_no_incident():
    playback = Playback('agent', Peaceful(), STARTED)
    texts = [playback.exposition(time) for time in moments(loops=1.5)]
    assert {value(text, 'cilium_unreachable_nodes') for text in texts} == {0}


def test_nodes_with_other_seeds_are_not_in_step():
    one, other = (Playback('agent', Peaceful(), STARTED, seed=seed).exposition(IN_HEALTH) for seed in ('a', 'b'))
    assert one != other


def test_a_quieter_node_counts_less():
    loud, quiet = (Playback('agent', Peaceful(), STARTED, load) for load in (1, 0.5))
    series = 'cilium_forward_count_total{direction="INGRESS"}'
    grown = [
        value(playback.exposition(STARTED + 5000), series) - value(playback.exposition(STARTED), series)
        for playback in (loud, quiet)
    ]
    assert grown[1] == pytest.approx(grown[0] / 2, rel=0.1)


def test_a_cluster_of_more_agents_has_more_nodes():
    playback = Playback('agent', STORY, STARTED, nodes=3)
    known = [value(playback.exposition(time), 'cilium_nodes_all_num') for time in (IN_HEALTH, IN_INCIDENT)]
    assert known == [3, 4], 'in the incident there is a node whose agent does not answer'


@pytest.mark.parametrize('series', WHEN_HEALTHY['gauges'])
def test_what_was_never_well_is_well_in_health_and_as_recorded_in_the_incident(series):
    component = 'kvstoremesh' if 'kvstoremesh' in series else 'agent'
    playback = Playback(component, STORY, STARTED)
    assert value(playback.exposition(IN_HEALTH), series) == WHEN_HEALTHY['gauges'][series]
    recorded = value((RECORDINGS / f'{component}.{INCIDENT}.txt').read_text(), series)
    assert value(playback.exposition(IN_INCIDENT), series) == recorded


@pytest.mark.parametrize('beginning', WHEN_HEALTHY['counters'])
def test_counters_of_what_was_never_well_do_not_grow_in_health(beginning):
    matching = [
        (component, series.text)
        for component in COMPONENTS
        for family in recorded_families(component)
        for series in family.series.values()
        if series.text.startswith(beginning)
    ]
    assert matching, 'nothing of this name was recorded'
    for component, series in matching:
        playback = Playback(component, STORY, STARTED)
        texts = [playback.exposition(time) for time in (STARTED, IN_HEALTH)]
        values = [value(text, series) for text in texts if f'\n{series} ' in text]
        assert len(set(values)) <= 1, series


def test_times_are_of_now():
    text = Playback('agent', STORY, STARTED).exposition(IN_INCIDENT)
    started = value(text, 'cilium_process_start_time_seconds')
    assert STARTED - 300 < started < STARTED
    newest = value(text, 'cilium_event_ts{action="GET",scope="/v1/healthz",source="api"}')
    assert IN_INCIDENT - 60 < newest <= IN_INCIDENT


def test_the_newest_event_of_each_recording_is_as_old_as_it_says():
    for stage, recorded_at in RECORDED_AT.items():
        text = (RECORDINGS / f'agent.{stage}.txt').read_text()
        times = [float(line.split()[-1]) for line in text.splitlines() if line.startswith('cilium_event_ts{')]
        assert -1 < recorded_at - max(times) < 10, stage


def test_gauges_that_grow_never_fall():
    found = set()
    for component in ('agent', 'kvstoremesh', 'operator'):
        playback = Playback(component, STORY, STARTED)
        before: dict = {}
        for time in moments(loops=1.5, step=41):
            now = samples(playback.exposition(time))
            growing = {key: v for key, (_, v) in now.items() if key[0] in GAUGES_THAT_GROW}
            assert not {key for key in before if growing[key] < before[key]}
            found |= {name for name, _ in growing}
            before = growing
    assert found == GAUGES_THAT_GROW


def test_whole_numbers_stay_whole():
    text = Playback('agent', STORY, STARTED).exposition(STORY.first_incident + STORY.ramp / 3)
    assert value(text, 'cilium_unreachable_nodes') in (0, 1)
    assert 'cilium_unreachable_nodes 0.' not in text


def test_a_story_tells_what_comes_next():
    assert STORY.next_change(STORY.first_incident - 10) == ('incident', 10)
    assert STORY.next_change(STORY.first_incident + 50) == ('recovery', 150)
