# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`check`: run the real check against endpoints and print what the Agent would submit."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from . import streams
from .instance_options import instance_of, validate
from .submissions import CheckRunner, Run, Submission
from .tables import paragraph, table

BOUND = 'upper_bound:'
"""The tag of the buckets of a histogram."""
BOUNDS = ('lower_bound:', BOUND)
"""The tags of the buckets of a distribution."""

Row = tuple[str, str, object, tuple[str, ...]]
"""A row for a series: name, type, value and tags."""


def command(options: argparse.Namespace) -> int:
    """Run the check twice and print the second run. Return 1 if an endpoint failed, otherwise 0."""
    instance = instance_of(options)
    validate(instance)
    runner = CheckRunner(instance)
    runner.run()
    time.sleep(options.interval)
    run = runner.run()
    if options.json:
        streams.write(json.dumps(asdict(run), indent=2) + '\n')
    else:
        streams.write('\n'.join(_lines(run, options.buckets)) + '\n')
    if run.error:
        streams.complain(run.error)
    return 1 if run.error else 0


def _lines(run: Run, with_buckets: bool) -> Iterator[str]:
    """Yield the lines of the report."""
    for tags, metrics in _by_endpoint(run).items():
        if tags:
            yield paragraph(f'These series also have the tags: {" ".join(tags)}')
        series = ((metric.name, metric.type, metric.value, _without(tags, metric.tags)) for metric in metrics)
        rows = sorted(series if with_buckets else _folded(series), key=lambda row: (row[0], row[3]))
        yield table(('METRIC', 'TYPE', 'VALUE', 'TAGS'), [(*row[:3], ' '.join(row[3])) for row in rows])
        yield ''
    checks = [(check.name, check.status, ' '.join(check.tags), check.message) for check in run.service_checks]
    yield table(('SERVICE CHECK', 'STATUS', 'TAGS', 'MESSAGE'), checks)
    yield ''
    names = len({metric.name for metric in run.metrics})
    buckets = sum(_is_bucket(metric.name, metric.type, metric.tags) for metric in run.metrics)
    yield f'{names} metrics, {len(run.metrics)} series, {len(checks)} service checks'
    if buckets and not with_buckets:
        yield f'{buckets} of the series are buckets of histograms. `--buckets` lists them.'


def _by_endpoint(run: Run) -> dict[tuple[str, ...], list[Submission]]:
    """Group series by endpoint: by the tags of its service check, which all of its series have."""
    groups: dict[tuple[str, ...], list[Submission]] = {check.tags: [] for check in run.service_checks}
    for metric in run.metrics:
        tags = next((tags for tags in groups if set(tags) <= set(metric.tags)), ())
        groups.setdefault(tags, []).append(metric)
    return {tags: metrics for tags, metrics in groups.items() if metrics}


def _folded(series: Iterable[Row]) -> Iterator[Row]:
    """Yield the series, with the buckets of each histogram folded into one row."""
    histograms: dict[Row, None] = {}
    for name, type_, value, tags in series:
        if _is_bucket(name, type_, tags):
            histograms[name, type_, '', tuple(map(_any_bound, tags))] = None
        else:
            yield name, type_, value, tags
    yield from histograms


def _is_bucket(name: str, type_: str, tags: tuple[str, ...]) -> bool:
    return type_ == 'distribution' or (name.endswith('.bucket') and any(tag.startswith(BOUND) for tag in tags))


def _any_bound(tag: str) -> str:
    return f'{tag.partition(":")[0]}:*' if tag.startswith(BOUNDS) else tag


def _without(others: tuple[str, ...], tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if tag not in others)
