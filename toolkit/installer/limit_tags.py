# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Limit the tags that Datadog indexes of Cilium's metrics to those that somebody looks at.

These are the tags that the assets use, those that anybody has queried of late, and the cluster and the node.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from toolkit.installer.datadog.connection import ApiFailure, Connection, Reach
from toolkit.installer.datadog.metrics import DISTRIBUTION, PREFIX, Configuration, TagConfigurations
from toolkit.installer.run import Run

TABLE = Path(__file__).with_name('metric_tags.csv')
"""Made by `make assets`: see `toolkit/levels/tags.py`, which tells what the columns mean."""
FLOWS = 'cilium.hubble.'
AGGREGATIONS = 5
"""What Datadog counts of a distribution, and once more with percentiles: see docs/cost.md."""


@dataclass(frozen=True)
class Metric:
    """A row of the table. `series`, `left` and `dropped` are of the recordings; `series` is 0 if it is not in them."""

    name: str
    type: str
    percentiles: bool
    tags: frozenset[str]
    on: str
    series: int
    left: int
    dropped: dict[str, int]

    @property
    def is_told_by_recordings(self) -> bool:
        """Whether other clusters have the labels that were recorded. Those of flows depend on Hubble's contexts."""
        return bool(self.series) and not self.name.startswith(FLOWS)

    def series_with(self, tags: Collection[str] | None) -> int:
        """Return about how many custom metrics Datadog counts with these tags, or with all of them."""
        kept = prod(number for key, number in self.dropped.items() if tags is not None and key in tags)
        series = self.series if tags is None else min(self.series, self.left * kept)
        return series * (AGGREGATIONS * (1 + self.percentiles) if self.type == DISTRIBUTION else 1)


@dataclass(frozen=True)
class Step:
    """What is to be done with a metric: from `now` to `wanted`, either of which may be no configuration."""

    metric: Metric
    sign: str
    action: str
    reason: str
    now: Configuration | None = None
    wanted: Configuration | None = None
    writes: bool = True

    def __str__(self) -> str:
        return f'  {self.sign} {self.action:<8} {self.metric.name}: {self.reason}'


def limit_tags(
    run: Run, connection: Connection, *, dry_run: bool, undo: bool, keep: Collection[str], overwrite: bool
) -> None:
    """
    Limit the tags of Cilium's metrics to those that the assets use, those that anybody queries, and `keep`.

    `undo` takes away what an earlier run made. What somebody edited since is left alone, but with `overwrite`.
    """
    configurations = TagConfigurations(connection)
    try:
        there = configurations.read()
        metrics = [metric for metric in read_table() if metric.name in there]
        if undo:
            steps = [_released(metric, there[metric.name], overwrite) for metric in metrics]
        else:
            queried = configurations.queried()
            tags_of = {one.name: configurations.queried_tags(one.name) for one in metrics if one.name in queried}
            steps = [
                _limited(metric, there[metric.name], metric.tags | {*keep} | tags_of.get(metric.name, set()), overwrite)
                for metric in metrics
            ]
    except ApiFailure as failure:
        run.failed(failure)
        return
    if not metrics:
        run.say(
            'There is no metric of Cilium whose tags can be limited. Either none came within 30 days, or this '
            'organisation does not count them as custom metrics.'
        )
    planned = [step for step in steps if step]
    for step in planned:
        run.say(str(step))
    counts = Counter(step.action for step in planned)
    run.say(f'Plan: {", ".join(f"{action}: {number}" for action, number in counts.items()) or "nothing to do"}')
    for line in _estimate(metrics, there, planned):
        run.say(line)
    if unknown := len(there) - len(metrics):
        run.say(f'{unknown} other metrics begin with `{PREFIX}`. This version does not know them: left alone.')
    if dry_run:
        run.say('Nothing was written. Without `--dry-run`, the plan is carried out.')
        return
    _carry_out(run, configurations, [step for step in planned if step.writes])


def read_table(path: Path = TABLE) -> list[Metric]:
    """Return the metrics of the check, with the tags that its assets use."""
    with path.open(encoding='utf-8', newline='') as file:
        return [_metric(row) for row in csv.DictReader(file)]


def _metric(row: Mapping[str, str]) -> Metric:
    dropped = dict(pair.split('=') for pair in row['dropped'].split())
    return Metric(
        row['metric'],
        row['type'],
        row['percentiles'] == 'yes',
        frozenset(row['tags'].split()),
        row['on'],
        int(row['series'] or 0),
        int(row['series_left'] or 0),
        {key: int(number) for key, number in dropped.items()},
    )


def _limited(metric: Metric, now: Configuration | None, tags: Collection[str], overwrite: bool) -> Step | None:
    """Return what is to be done so that a metric has no other tags than these, or None if nothing is."""
    wanted = Configuration(frozenset(tags), percentiles=metric.percentiles).sealed()
    if now == wanted:
        return None
    if now and (kept := _kept(metric, now, overwrite)):
        return kept
    # Of metrics that have a configuration, Datadog also counts what is ingested: where it saves nothing, it costs.
    # https://docs.datadoghq.com/metrics/metrics-without-limits/
    if metric.is_told_by_recordings and metric.series_with(tags) == metric.series_with(None):
        return Step(metric, '-', 'release', 'all of its series are looked at', now) if now else None
    reason = f'keeps {", ".join(sorted(tags))}'
    if metric.series:
        reason += f' ({metric.series_with(None)} -> {metric.series_with(tags)} in the recordings)'
    return Step(metric, *(('~', 'update') if now else ('+', 'limit')), reason, now, wanted)


def _released(metric: Metric, now: Configuration | None, overwrite: bool) -> Step | None:
    """Return what is to be done so that a metric has all of its tags again, or None if nothing is."""
    if not now or not now.ours:
        return None
    return _kept(metric, now, overwrite) or Step(metric, '-', 'release', 'all of its tags are indexed again', now)


def _kept(metric: Metric, now: Configuration, overwrite: bool) -> Step | None:
    """Return the step that leaves alone what is not ours to change, or None if it is."""
    if not now.ours:
        return Step(metric, '?', 'foreign', 'its tags were limited by somebody else, left alone', now, writes=False)
    if now.edited and not overwrite:
        return Step(metric, '!', 'keep', 'edited in Datadog, left alone. `--overwrite` replaces it', now, writes=False)
    return None


def _estimate(metrics: list[Metric], there: Mapping[str, Configuration | None], steps: list[Step]) -> Iterator[str]:
    """Yield what the series become, by the recordings."""
    then = {**there, **{step.metric.name: step.wanted for step in steps if step.writes}}
    for on, sender in (('node', 'a node'), ('cluster', 'what runs once for a cluster')):
        recorded = [metric for metric in metrics if metric.on == on]
        before, after = (sum(one.series_with(_indexed(by[one.name])) for one in recorded) for by in (there, then))
        if recorded:
            yield (
                f'Estimate, for {sender} like the recorded one: {before:,} -> {after:,} indexed custom metrics, '
                f'of {len(recorded)} names'
            )


def _indexed(configuration: Configuration | None) -> Collection[str] | None:
    """Return the tags that Datadog indexes, or None for all. A list of those that it does not index counts as all."""
    return None if configuration is None or configuration.excludes else configuration.tags


def _carry_out(run: Run, configurations: TagConfigurations, steps: list[Step]) -> None:
    for step in steps:
        try:
            if step.now:
                configurations.refuse_if_changed(step.metric.name, step.now)
            if step.wanted:
                configurations.write(step.metric.name, step.metric.type, step.now, step.wanted)
            else:
                configurations.delete(step.metric.name)
        except ApiFailure as failure:
            run.failed(failure)
            if failure.reach is not Reach.ASSET:
                return
    run.say(f'{len(steps) - run.failures} of {len(steps)} metrics were changed.')
