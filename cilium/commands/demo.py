# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`demo`: collect a recorded cluster, healthy and during an incident, and show what changes."""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass

from . import streams
from .recorded_cluster import HEALTHY, HEALTHY_BEFORE, INCIDENT, VERSION, RecordedCluster
from .submissions import CheckRunner, Run
from .tables import number, paragraph, table


@dataclass(frozen=True)
class Question:
    """A question of somebody on call, and the metric that answers it."""

    text: str
    metric: str
    by: tuple[str, ...] = ()
    """Tag keys to break the answer down by."""
    tag: str = ''
    """A tag to filter by."""


QUESTIONS = (
    Question('Nodes that this node cannot reach', 'cilium.unreachable.nodes'),
    Question('Health endpoints that this node cannot reach', 'cilium.unreachable.health_endpoints'),
    Question('Packets dropped', 'cilium.drop_count.count', by=('reason', 'direction')),
    Question('DNS lookups denied', 'cilium.hubble.dns.queries.count', by=('query',), tag='rcode:Policy denied'),
    Question('DNS answers', 'cilium.hubble.dns.responses.count', by=('rcode',)),
    Question('Flows', 'cilium.hubble.flows_processed.count', by=('verdict',)),
    Question('Errors and warnings in the log of the agent', 'cilium.errors_warning.count', by=('level',)),
)


def command(_options: argparse.Namespace) -> int:
    """Run the check against the recorded cluster. Return 1 if an endpoint failed, otherwise 0."""
    with RecordedCluster() as cluster:
        runner = CheckRunner(cluster.instance)
        runs = {}
        for stage in (HEALTHY_BEFORE, HEALTHY, INCIDENT):
            cluster.stage = stage
            runs[stage] = runner.run()
    healthy, incident = runs[HEALTHY], runs[INCIDENT]

    names = len({metric.name for metric in incident.metrics})
    parts = (
        paragraph(f'A recorded node of Cilium {VERSION}, collected by the check as the Agent would collect it.'),
        table(('SERVICE CHECK', 'ENDPOINT', 'HEALTHY', 'INCIDENT'), _service_checks(healthy, incident)),
        paragraph('All endpoints answer throughout: the incident shows in their metrics.'),
        table(('WHAT CHANGES', 'METRIC', 'HEALTHY', 'INCIDENT'), _changes(healthy, incident)),
        paragraph('Counts are increases since the previous scrape: seconds ago for HEALTHY, two minutes for INCIDENT.')
        + '\n'
        + paragraph(
            f'Collected: {names} metrics with {len(incident.metrics)} series from {len(cluster.instance)} endpoints.'
        ),
    )
    streams.write('\n\n'.join(parts) + '\n')
    errors = [run.error for run in runs.values() if run.error]
    for error in errors:
        streams.complain(error)
    return 1 if errors else 0


def _service_checks(healthy: Run, incident: Run) -> list[tuple[str, str, str, str]]:
    return [
        (before.name, _value(before.tags, 'service'), before.status, after.status)
        for before, after in zip(healthy.service_checks, incident.service_checks, strict=True)
    ]


def _changes(healthy: Run, incident: Run) -> list[tuple[str, str, str, str]]:
    rows = []
    for question in QUESTIONS:
        before, after = _sums(healthy, question), _sums(incident, question)
        for values in sorted(before.keys() | after.keys()):
            if before[values] != after[values]:
                what = f'{question.text}: {", ".join(values)}' if question.by else question.text
                rows.append((what, question.metric, number(before[values]), number(after[values])))
    return rows


def _sums(run: Run, question: Question) -> defaultdict[tuple[str, ...], float]:
    """Sum the values of a metric by the tags of the question."""
    sums: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for metric in run.metrics:
        if metric.name == question.metric and (not question.tag or question.tag in metric.tags):
            sums[tuple(_value(metric.tags, key) for key in question.by)] += metric.value
    return sums


def _value(tags: tuple[str, ...], key: str) -> str:
    return next((tag[len(key) + 1 :] for tag in tags if tag.startswith(f'{key}:')), '')
