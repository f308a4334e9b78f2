# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Collection levels: the option `collection_level`.

`make assets` generates the lists in `metrics/levels/` from the dashboards and monitors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

import yaml
from prometheus_client import Metric
from prometheus_client.samples import Sample

from .components import METRICS_DIRECTORY, Component, MetricTarget, metrics_by_family, parsed_family, target_name
from .options.names import names_in

OPTION = 'collection_level'
FULL = 'full'
LEVELS = (FULL, 'standard', 'minimal')
DIRECTORY = METRICS_DIRECTORY / 'levels'
USED_BY = 'used_by.yaml'
"""The dashboards, monitors and SLOs that use each metric. Only `explain` reads it."""


@dataclass(frozen=True, eq=False)
class Level:
    """What a level other than `full` collects, by Datadog names without `cilium.` and suffixes."""

    metrics: frozenset[str]
    buckets: dict[str, frozenset[float] | None]
    """Histograms among them whose buckets are collected, with the bounds of these buckets, or None for all."""
    distributions: frozenset[str]
    """Histograms among them whose percentiles are used: all of their buckets are collected as distributions."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What a level leaves out of an endpoint, by the parser's names of families."""

    families: frozenset[str] = frozenset()
    buckets_but: dict[str, frozenset[float]] = field(default_factory=dict)
    """Families whose buckets are left out, except those with these bounds."""

    def concerns(self, family: str) -> bool:
        """Tell whether a family, or some of its buckets, is left out."""
        return family in self.families or family in self.buckets_but

    def taken_from(self, metric: Metric, pairs_buckets: bool) -> int:
        """
        Remove the left-out buckets from a family. Return how many series are left out: all, if the family is.

        With `pairs_buckets`, a bucket is submitted as the difference to the one below, so all buckets are needed.
        """
        if metric.name in self.families:
            return _series(metric)
        bounds = self.buckets_but.get(metric.name)
        if bounds is None or metric.type != 'histogram':
            return 0
        series = _series(metric)
        metric.samples = [sample for sample in metric.samples if _is_wanted(sample, bounds, pairs_buckets)]
        return series - _series(metric)


@cache
def level_named(name: str) -> Level:
    """Return a level other than `full`."""
    with (DIRECTORY / f'{name}.yaml').open(encoding='utf-8') as file:
        lists = yaml.safe_load(file)
    buckets = {metric: bounds and frozenset(bounds) for metric, bounds in lists['buckets'].items()}
    return Level(frozenset(lists['metrics']), buckets, frozenset(lists['distributions']))


def metrics_at(component: Component, level: str, go_metrics: bool = False) -> dict[str, MetricTarget]:
    """Return the part of `metrics_by_family` that a level collects, and Go metrics if requested."""
    metrics = metrics_by_family(component, go_metrics)
    if level == FULL:
        return metrics
    names, without_go = level_named(level).metrics, metrics_by_family(component)
    return {
        family: target for family, target in metrics.items() if target_name(target) in names or family not in without_go
    }


def left_out(component: Component, config: Mapping[str, object], as_distributions: bool = False) -> LeftOut:
    """
    Return what the level in a scraper configuration leaves out. `as_distributions`: buckets are sent as distributions.

    Families in the option `extra_metrics` are collected as configured, with all buckets.
    """
    level = str(config.get(OPTION, FULL))
    if level == FULL:
        return LeftOut()
    extra = frozenset(map(parsed_family, names_in(config.get('extra_metrics'))))
    collected = metrics_at(component, level)
    families = frozenset(map(parsed_family, metrics_by_family(component).keys() - collected.keys()))
    buckets = level_named(level).buckets
    if as_distributions:
        buckets = dict.fromkeys(level_named(level).distributions)
    buckets_but = {}
    for family, target in collected.items():
        bounds = buckets.get(target_name(target), frozenset())
        if bounds is not None and parsed_family(family) not in extra:
            buckets_but[parsed_family(family)] = bounds
    return LeftOut(families - frozenset(map(parsed_family, collected)) - extra, buckets_but)


def _is_wanted(sample: Sample, bounds: Collection[float], pairs_buckets: bool) -> bool:
    if not sample.name.endswith('_bucket'):
        return True
    return bool(bounds) and (pairs_buckets or float(sample.labels.get('le', 'nan')) in bounds)


def _series(metric: Metric) -> int:
    """Return the number of series of a family. The `+Inf` bucket is none: it repeats the count."""
    return sum(sample.labels.get('le') != '+Inf' for sample in metric.samples)
