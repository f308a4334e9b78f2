# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Recorded scrapes, played as if the component were running: healthy, an incident, recovery, again and again.

A component was recorded three times. What a counter grew by between two recordings is a rate, and it goes on growing at
the rate of what happens now: it never falls, however often the story repeats. Gauges move from what they were in one
recording to what they were in another. A slow wave goes over both, so that graphs are not ruled lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, HEALTHY_BEFORE, INCIDENT, RECORDINGS, STAGES
from datadog_checks.cilium.scraping.exposition import family_of_metadata
from toolkit.yaml_files import read_yaml

# Seconds between the recordings, from the newest of the times that the agent's `cilium_event_ts` holds.
HEALTHY_SECONDS = 10
INCIDENT_SECONDS = 135
RECORDED_AT = {HEALTHY_BEFORE: 1795396676, HEALTHY: 1795396686, INCIDENT: 1795396821}

BESIDE_RECORDINGS = read_yaml(Path(__file__).parent / 'playback.yaml')
WHEN_HEALTHY = BESIDE_RECORDINGS['when_healthy']
GAUGES_THAT_GROW = frozenset(BESIDE_RECORDINGS['gauges_that_grow'])
GAUGES_THAT_COUNT_NODES = frozenset(BESIDE_RECORDINGS['gauges_that_count_nodes'])

COUNTER_SUFFIXES = {'counter': ('',), 'histogram': ('_bucket', '_sum', '_count'), 'summary': ('_sum', '_count')}
WAVE_HEIGHT = 0.25
SHORTEST_WAVE, LONGEST_WAVE = 200, 500


@dataclass(frozen=True)
class Story:
    """
    What happens when, in seconds: an incident each `period`, the first one at `first_incident`.

    Gauges need `ramp` seconds to get from one stage to the next. Both stages last longer than the windows of most
    monitors, which look at 5 to 20 minutes.
    """

    first_incident: float = 0
    period: float = 3000
    incident: float = 1500
    ramp: float = 30

    def incident_seconds(self, time: float) -> float:
        """Return how long there were incidents from `first_incident` to a time, less than 0 before it."""
        loops, phase = divmod(time - self.first_incident, self.period)
        return loops * self.incident + min(phase, self.incident)

    def severity(self, time: float) -> float:
        """Return 0 in health, 1 in the incident, and what is between on the way."""
        phase = (time - self.first_incident) % self.period
        if phase < self.incident:
            return min(1, phase / self.ramp)
        return max(0, 1 - (phase - self.incident) / self.ramp)

    def next_change(self, time: float) -> tuple[str, float]:
        """Return what comes next, `incident` or `recovery`, and in how many seconds."""
        phase = (time - self.first_incident) % self.period
        if phase < self.incident:
            return 'recovery', self.incident - phase
        return 'incident', self.period - phase


@dataclass(frozen=True)
class Peaceful(Story):
    """A story without incidents."""

    def incident_seconds(self, time: float) -> float:
        return 0

    def severity(self, time: float) -> float:
        return 0


@dataclass
class Series:
    """A series: the text before its value, and its value in each recording that has it."""

    text: str
    is_counter: bool
    values: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it only takes whole numbers, as far as recorded."""
        return all(value.is_integer() for value in self.values.values())


@dataclass
class Family:
    """A family: its TYPE line, name and series by their text."""

    type_line: str
    name: str
    type: str
    series: dict[str, Series] = field(default_factory=dict)


class Playback:
    """
    A component of a running cluster.

    `load` multiplies what counters grow by. `started` is when its process began, in seconds since 1970: counters have
    their recorded values then. `seed` tells the waves of one node from those of another. `nodes` is how many nodes with
    an agent the cluster has.
    """

    def __init__(
        self, component: str, story: Story, started: float, load: float = 1, seed: str = '', nodes: int = 1
    ) -> None:
        self._families = recorded_families(component)
        self._story = story
        self._started = started
        self._load = load
        self._seed = seed
        self._other_nodes = nodes - 1

    def exposition(self, time: float) -> str:
        """Return what the component answers at a time, in the Prometheus text format."""
        return ''.join(self._lines(time))

    def _lines(self, time: float) -> Iterator[str]:
        severity = self._story.severity(time)
        troubled = self._story.incident_seconds(time) - self._story.incident_seconds(self._started)
        peaceful = time - self._started - troubled
        # What only an incident brings about is there from the first one on.
        after_incident = troubled > 0
        for family in self._families:
            yield family.type_line
            wave = _Wave(family.name + self._seed)
            grown = wave.seconds(peaceful) * self._load, wave.seconds(troubled) * self._load
            weight = wave.position(time)
            for series in family.series.values():
                if series.is_counter:
                    value = _counter(series, *grown, after_incident)
                elif _is_clock(series):
                    value = self._clock(series, time, severity)
                else:
                    value = _gauge(series, weight, severity)
                    if value is not None and family.name in GAUGES_THAT_COUNT_NODES:
                        value += self._other_nodes
                if value is not None:
                    yield f'{series.text} {_number(value)}\n'

    def _clock(self, series: Series, time: float, severity: float) -> float | None:
        """Return a time of now in place of one of the recording's day: as long ago, or as long after the start."""
        stage = INCIDENT if severity else HEALTHY
        if stage not in series.values:
            return None
        value = series.values[stage]
        if value < RECORDED_AT[HEALTHY_BEFORE] and len(set(series.values.values())) == 1:
            return value - RECORDED_AT[HEALTHY_BEFORE] + self._started
        return min(value - RECORDED_AT[stage], 0) + time


class _Wave:
    """A wave that a name determines. It moves all series of a family together: buckets stay below their count."""

    def __init__(self, name: str) -> None:
        number = crc32(name.encode())
        self._length = SHORTEST_WAVE + number % (LONGEST_WAVE - SHORTEST_WAVE)
        self._phase = number % 1000 / 1000 * 2 * math.pi

    def position(self, time: float) -> float:
        """Return where a gauge is between two values at a time: 0 to 1."""
        return 0.5 + 0.5 * math.sin(2 * math.pi * time / self._length + self._phase)

    def seconds(self, elapsed: float) -> float:
        """Return how many seconds of growth fit in so many seconds: faster and slower, never backwards."""
        angle = 2 * math.pi / self._length
        swing = math.sin(elapsed * angle + self._phase) - math.sin(self._phase)
        return elapsed + WAVE_HEIGHT / angle * swing


def _counter(series: Series, peaceful: float, troubled: float, after_incident: bool) -> float | None:
    values = series.values
    if HEALTHY not in values and not after_incident:
        return None
    healthy = values.get(HEALTHY, 0)
    value = healthy
    value += max(0, healthy - values.get(HEALTHY_BEFORE, 0)) / HEALTHY_SECONDS * peaceful
    value += max(0, values.get(INCIDENT, healthy) - healthy) / INCIDENT_SECONDS * troubled
    return math.floor(value) if series.is_whole else value


def _gauge(series: Series, weight: float, severity: float) -> float | None:
    values = series.values
    before, healthy, incident = (values.get(stage) for stage in STAGES)
    if not severity:
        if healthy is None:
            return None
        value = healthy + weight * (before - healthy) if before is not None else healthy
    elif incident is None:
        return None
    else:
        base = incident if healthy is None else healthy
        value = base + severity * (incident - base)
    if not math.isfinite(value):
        return incident if severity else healthy
    return round(value) if series.is_whole else value


def _is_clock(series: Series) -> bool:
    return (
        not series.is_counter
        and min(series.values.values()) > RECORDED_AT[HEALTHY_BEFORE] - 86400
        and (max(series.values.values()) < RECORDED_AT[INCIDENT] + 86400)
    )


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) or math.isfinite(value) else f'{value:+}'.replace('inf', 'Inf')


@cache
def recorded_families(component: str) -> tuple[Family, ...]:
    """Return the families of a recorded component, each with the values of all recordings."""
    families: dict[str, Family] = {}
    for stage in STAGES:
        _read((RECORDINGS / f'{component}.{stage}.txt').read_text(encoding='utf-8'), stage, families)
    _pretend_health(families)
    return tuple(families.values())


def _pretend_health(families: dict[str, Family]) -> None:
    """Change what was recorded in the healthy stages to what playback.yaml says."""
    quiet = tuple(WHEN_HEALTHY['counters'])
    for series in (series for family in families.values() for series in family.series.values()):
        if series.text in WHEN_HEALTHY['gauges']:
            series.values |= dict.fromkeys((HEALTHY_BEFORE, HEALTHY), float(WHEN_HEALTHY['gauges'][series.text]))
        elif series.text.startswith(quiet) and HEALTHY in series.values:
            series.values[HEALTHY_BEFORE] = series.values[HEALTHY]


def _read(text: str, stage: str, families: dict[str, Family]) -> None:
    family = None
    for line in text.splitlines():
        name = family_of_metadata(line)
        if name is not None:
            family = families.setdefault(name, Family(f'{line}\n', name, line.split()[-1]))
            continue
        assert family is not None  # A recording begins with metadata.
        sample, value = line.rsplit(' ', 1)
        if sample not in family.series:
            family.series[sample] = Series(sample, _is_counter(sample, family))
        family.series[sample].values[stage] = float(value)


def _is_counter(sample: str, family: Family) -> bool:
    if family.name in GAUGES_THAT_GROW:
        return True
    name = sample.partition('{')[0]
    return any(name == family.name + suffix for suffix in COUNTER_SUFFIXES.get(family.type, ()))
