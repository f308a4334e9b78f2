# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The logs of the demo: what the recorded components logged, through the pipeline that ships, played with the story.

What they logged before the first recording of metrics is played once, when the demo's processes start. The rest is
played again in each incident, over and over while it lasts: counters grow as recorded all the time, and logs stand
where their numbers do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, HEALTHY_BEFORE, VERSION
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.checkout import PIPELINE, ROOT
from toolkit.logs.attributes import values_in
from toolkit.logs.pipeline import Pipeline, ProcessedLog, matching
from toolkit.preview.demo_cluster import CENTRAL, CLUSTER, NAMESPACE, PLACES
from toolkit.preview.playback import INCIDENT_SECONDS, RECORDED_AT, Story

RECORDINGS = ROOT / 'toolkit' / 'logs' / 'recordings' / VERSION
FLOWS = 'hubble_flows.jsonl'
SEARCHES_KEPT = 500


@dataclass(frozen=True)
class LoggedLine:
    """
    A line and when it comes: `offset` seconds after the start of the processes, or of each incident if it `repeats`.

    With `every`, it comes again after so many seconds until the incident is over.
    """

    log: ProcessedLog
    offset: float
    repeats: bool
    every: float = 0


class LogBook:
    """
    Answers searches. `story` and `started` (seconds since 1970) say when the lines come.

    Searches run in an engine that is quick for many logs at a time: each is run once, over all lines.
    """

    def __init__(self, lines: Sequence[LoggedLine] = (), story: Story | None = None, started: float = 0) -> None:
        self._lines = lines
        self._story = story or Story()
        self._started = started
        self._found: dict[str, list[LoggedLine]] = {}

    def logs(self, query: str, start: float, end: float) -> list[ProcessedLog]:
        """
        Return the logs that a search finds between two times, in seconds since 1970, the newest first.

        Raises `EngineError` for a search that is not valid.
        """
        found = [log for line in self._matching(query) for log in self._played(line, start, end)]
        return sorted(found, key=lambda log: log.timestamp, reverse=True)

    def count(self, query: str, keys: tuple[str, ...], start: float, end: float) -> dict[tuple[str, ...], int]:
        """Return how many logs a search finds, by the values of keys: tags, reserved attributes, or `@attribute`."""
        groups = (tuple(_value(log, key) for key in keys) for log in self.logs(query, start, end))
        return dict(Counter(groups))

    def _matching(self, query: str) -> list[LoggedLine]:
        if query not in self._found:
            if len(self._found) >= SEARCHES_KEPT:
                self._found.clear()
            found = {id(log) for log in matching(query, [line.log for line in self._lines])} if self._lines else ()
            self._found[query] = [line for line in self._lines if id(line.log) in found]
        return self._found[query]

    def _played(self, line: LoggedLine, start: float, end: float) -> Iterator[ProcessedLog]:
        for time in self._times(line, start, end):
            if max(start, self._started) <= time < end:
                yield replace(line.log, timestamp=round(time * 1000))

    def _times(self, line: LoggedLine, start: float, end: float) -> Iterator[float]:
        """Yield when a line comes, all that is between two times and perhaps some more."""
        if not line.repeats:
            yield self._started + line.offset
            return
        story = self._story
        began = story.first_incident + (start - story.first_incident) // story.period * story.period
        while began < end:
            yield began + line.offset
            again = line.offset + line.every
            while line.every and again < story.incident:
                yield began + again
                again += line.every
            began += story.period


def recorded_lines() -> list[LoggedLine]:
    """Return the recorded lines of all components, processed by the pipeline that ships."""
    pipeline = Pipeline.load(PIPELINE)
    lines = []
    for path in sorted(RECORDINGS.glob('*.log')):
        component = path.stem
        logs = pipeline.process_all(
            path.read_text('utf-8').splitlines(), COMPONENT_BY_NAME[component].service, tags=_tags(component)
        )
        lines += [_placed(log, RECORDED_AT[HEALTHY], RECORDED_AT[HEALTHY_BEFORE]) for log in logs]
    flows = pipeline.process_all((RECORDINGS / FLOWS).read_text('utf-8').splitlines(), 'hubble', tags=_tags('hubble'))
    # Recorded on another day: they belong to an incident.
    began = min(log.timestamp for log in flows) / 1000
    lines += [LoggedLine(log, log.timestamp / 1000 - began, repeats=True, every=INCIDENT_SECONDS) for log in flows]
    return lines


def _placed(log: ProcessedLog, incident: float, healthy: float) -> LoggedLine:
    time = log.timestamp / 1000
    if time < healthy:
        # The oldest lines are about two minutes older than the first recording of metrics.
        return LoggedLine(log, max(0, time - (healthy - 130)), repeats=False)
    return LoggedLine(log, max(0, time - incident), repeats=True, every=INCIDENT_SECONDS)


def _tags(component: str) -> list[str]:
    place = PLACES[0] if component in PLACES[0].pods else CENTRAL
    return [
        f'kube_cluster_name:{CLUSTER}',
        f'kube_node:{place.node}',
        f'kube_namespace:{NAMESPACE}',
        f'pod_name:{place.pods[component]}',
    ]


def _value(log: ProcessedLog, key: str) -> str:
    if key.startswith('@'):
        values = values_in(log.attributes, key[1:])
    elif key in ('source', 'service', 'status'):
        values = [getattr(log, key)]
    else:
        values = [tag.partition(':')[2] for tag in log.tags if tag.startswith(f'{key}:')]
    return ', '.join(map(str, values)) or 'N/A'
