# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
How much is collected: the option `collection_level`.

The lists in `metrics/levels/` are made from the dashboards and monitors by `make assets`.
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
"""Which dashboards, monitors and SLOs use a metric. The check does not read it, `explain` does."""


@dataclass(frozen=True, eq=False)
class Level:
    """What a level other than `full` collects. Metrics have their Datadog names, without `cilium.` and suffixes."""

    metrics: frozenset[str]
    buckets: dict[str, frozenset[float] | None]
    """The histograms among them whose buckets are collected: the bounds of these buckets, or None for all."""
    distributions: frozenset[str]
    """The histograms among them of which percentiles are asked: their buckets are collected as distributions, all."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What a level leaves out of an endpoint. Families have the names that the parser gives them."""

    families: frozenset[str] = frozenset()
    buckets_but: dict[str, frozenset[float]] = field(default_factory=dict)
    """Families whose buckets are left out, but those with these bounds."""

    def concerns(self, family: str) -> bool:
        """Tell whether a family is left out, or buckets of it."""
        return family in self.families or family in self.buckets_but

    def taken_from(self, metric: Metric, pairs_buckets: bool) -> int:
        """
        Take the buckets that are left out from a family. Return how many series are left out of it: all, if it is.

        With `pairs_buckets`, what is submitted of a bucket is what it has more than the one below: then they all count.
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
    """Return `metrics_by_family` as far as a level collects them. Metrics of Go that are asked for stay."""
    metrics = metrics_by_family(component, go_metrics)
    if level == FULL:
        return metrics
    names, without_go = level_named(level).metrics, metrics_by_family(component)
    return {
        family: target for family, target in metrics.items() if target_name(target) in names or family not in without_go
    }


def left_out(component: Component, config: Mapping[str, object], as_distributions: bool = False) -> LeftOut:
    """
    Return what the level in the configuration of a scraper leaves out. `as_distributions` is what buckets are sent as.

    Families that the option `extra_metrics` names are collected as it says, with their buckets.
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
    """Return how many series a family has. The last bucket repeats the count."""
    return sum(sample.labels.get('le') != '+Inf' for sample in metric.samples)
