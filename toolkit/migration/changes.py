# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What changes for users of the check that the Agent brings: names, types and tags.

`bundled.csv` has a row for each family that the bundled check collects, and for each type that Cilium has given it:
the name in the legacy mode (`use_openmetrics: false`, its default), empty where that mode does not collect it; the name
in the latest mode (`use_openmetrics: true`), which is the name here too; the labels that become other tags here.
Source: https://github.com/DataDog/integrations-core/tree/master/cilium, `metrics.py`, `cilium.py` and `check.py`.

Nothing is imported from the check: `find-old-names` runs where the base package of the Agent is not complete. The
tests hold what stands here against the check, and against the scrapers of the base package.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

BUNDLED = Path(__file__).parent / 'bundled.csv'

OLD_SERVICE_CHECK, NEW_SERVICE_CHECK = 'cilium.prometheus.health', 'cilium.openmetrics.health'

POD_TAG = 'cilium-pod'
"""A tag that only the bundled `auto_conf.yaml` sets. Its value is the address of the pod."""

LABEL_PREFIX = 'cilium_'
"""What tags begin with whose label has a name that means something else in Datadog."""

SERVICES = (
    'cilium-agent',
    'cilium-operator',
    'hubble',
    'hubble-relay',
    'cilium-envoy',
    'clustermesh-apiserver',
    'kvstoremesh',
    'standalone-dns-proxy',
)
"""What this check sends in the tags `source` and `service`."""

SUFFIXES = {
    'gauge': {'': 'gauge'},
    'counter': {'.count': 'count'},
    'histogram': {'.bucket': 'count', '.sum': 'count', '.count': 'count'},
}
"""What the latest mode and this check append to a name for each type on the wire, and the type that it has then."""

LEGACY_SUFFIXES = {
    'gauge': {'': 'gauge'},
    'counter': {'': 'count'},
    'histogram': {'.sum': 'gauge', '.count': 'gauge'},
}
"""The same of the legacy mode. The buckets are series of `.count` there."""

BOUND = 'upper_bound'
"""The tag for the label `le` of histograms, in both modes and here."""


class Mode(Enum):
    """A mode of the bundled check."""

    LEGACY = 'legacy'
    LATEST = 'latest'


class Kind(Enum):
    """How a metric changes."""

    RENAMED = 'renamed'
    """Another name, the same meaning."""
    SUM = 'sum'
    """The same name. A gauge, the total since the process began, becomes a count of what is new."""
    COUNT = 'count'
    """As `SUM`, and the tag `upper_bound:none` goes."""
    BUCKET = 'bucket'
    """As `SUM`, under another name: the series of `.count` that had a number in the tag `upper_bound`."""


@dataclass(frozen=True)
class MetricChange:
    """A metric of the legacy mode, full names and types in Datadog, and what it is here."""

    endpoint: str
    kind: Kind
    old: str
    old_type: str
    new: str
    new_type: str


@dataclass(frozen=True)
class LabelChange:
    """A label whose tag has another key here, on some metrics, in the names of a mode."""

    old: str
    new: str
    metrics: frozenset[str]


@cache
def bundled() -> tuple[dict[str, str], ...]:
    """Return the rows of `bundled.csv`."""
    with BUNDLED.open(encoding='utf-8', newline='') as lines:
        return tuple(csv.DictReader(lines))


def metrics_of_mode(row: dict[str, str], mode: Mode) -> dict[str, str]:
    """Return the metrics that a mode makes of a family, with their types in Datadog."""
    name, suffixes = (row['latest_name'], SUFFIXES) if mode is Mode.LATEST else (row['legacy_name'], LEGACY_SUFFIXES)
    return {name + suffix: kind for suffix, kind in suffixes[row['wire_type']].items()} if name else {}


@cache
def metric_changes() -> tuple[MetricChange, ...]:
    """Return what changes from the legacy mode, each once, by endpoint and old name. The latest mode changes none."""
    found = {change for row in bundled() if row['legacy_name'] for change in _changes_of(row)}
    order = list(Kind)
    return tuple(sorted(found, key=lambda change: (change.endpoint, change.old, order.index(change.kind))))


def _changes_of(row: dict[str, str]) -> list[MetricChange]:
    old, new = row['legacy_name'], row['latest_name']

    def change(kind: Kind, old: str, old_type: str, new: str, new_type: str) -> MetricChange:
        return MetricChange(row['endpoint'], kind, old, old_type, new, new_type)

    match row['wire_type']:
        case 'counter':
            changes = [change(Kind.RENAMED, old, 'count', f'{new}.count', 'count')]
        case 'histogram':
            changes = [
                change(Kind.COUNT, f'{old}.count', 'gauge', f'{new}.count', 'count'),
                change(Kind.BUCKET, f'{old}.count', 'gauge', f'{new}.bucket', 'count'),
                change(Kind.SUM, f'{old}.sum', 'gauge', f'{new}.sum', 'count'),
            ]
        case _:
            changes = [change(Kind.RENAMED, old, 'gauge', new, 'gauge')]
    return [one for one in changes if (one.old, one.old_type) != (one.new, one.new_type)]


@cache
def label_changes(mode: Mode) -> tuple[LabelChange, ...]:
    """Return the labels that become other tags, by name, with the names that a mode gives to their metrics."""
    metrics: dict[str, set[str]] = defaultdict(set)
    for row in bundled():
        for label in row['renamed_labels'].split():
            metrics[label] |= set(metrics_of_mode(row, mode))
    return tuple(
        LabelChange(label, LABEL_PREFIX + label, frozenset(names)) for label, names in sorted(metrics.items()) if names
    )


@cache
def known_names() -> frozenset[str]:
    """Return every metric that the bundled check sends in one mode or the other."""
    return frozenset(name for row in bundled() for mode in Mode for name in metrics_of_mode(row, mode))
