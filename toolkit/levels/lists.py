# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The files in `cilium/metrics/levels/`, made from the assets: what each level of collection collects, and what uses a
metric.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml

from datadog_checks.cilium.levels import DIRECTORY, LEVELS, USED_BY, Level
from toolkit.levels.uses import BUCKET, Use, asks_for_percentiles, bounds, full_names_of, metrics_of_check, uses

HEADER = '# Made from the dashboards, monitors and SLOs: `make assets`. Datadog names below `cilium.`.\n'

FOR_EACH_PAIR_OF_NODES = frozenset({'node_connectivity.latency.seconds', 'node_connectivity.status'})
"""
Metrics of Cilium up to 1.17 whose series grow with the square of the number of nodes. No level but `full` has them.
The graph that shows them, on the dashboard Cilium Agent, is empty at the others.
"""


def level_of(name: str) -> Level:
    """Return what a level other than `full` collects, by the assets."""
    used = [use for use in uses() if name != 'minimal' or use.is_minimal]
    names = {metric for use in used for metric in use.metrics}
    metrics = [metric for metric in metrics_of_check() if full_names_of(metric) & names]
    series = [one for use in used for one in use.series]
    buckets = {metric: bounds(metric, series) for metric in metrics if f'cilium.{metric}{BUCKET}' in names}
    distributions = frozenset(metric for metric in metrics if asks_for_percentiles(metric, series))
    return Level(frozenset(metrics) - FOR_EACH_PAIR_OF_NODES, buckets, distributions)


def level_files() -> dict[Path, str]:
    """Return the text of each file."""
    levels = {name: level_of(name) for name in LEVELS if name != 'full'}
    texts = {
        DIRECTORY / f'{name}.yaml': _text(
            {
                'metrics': sorted(level.metrics),
                'buckets': {metric: some and sorted(some) for metric, some in sorted(level.buckets.items())},
                'distributions': sorted(level.distributions),
            }
        )
        for name, level in levels.items()
    }
    return {**texts, DIRECTORY / USED_BY: _text(_used_by(list(uses())))}


def _used_by(all_uses: Iterable[Use]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for metric in metrics_of_check():
        for use in all_uses:
            if use.metrics & full_names_of(metric):
                found.setdefault(metric, {}).setdefault(use.kind, set()).add(use.title)
    return {metric: {kind: sorted(titles) for kind, titles in sorted(kinds.items())} for metric, kinds in found.items()}


def _text(content: object) -> str:
    return HEADER + yaml.safe_dump(content, allow_unicode=True, width=120, sort_keys=False)
