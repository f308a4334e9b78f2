# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""How many series Datadog gets, counted on the recordings: what `docs/cost.md` and the README say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from datadog_checks.cilium.commands.dry_scrape import DryScrape, Series
from datadog_checks.cilium.commands.explain import TEXT_FORMAT
from datadog_checks.cilium.commands.families import families_of_text
from datadog_checks.cilium.commands.recorded_cluster import INCIDENT, RECORDINGS
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.levels import OPTION
from toolkit.checkout import ROOT
from toolkit.levels.lists import level_of
from toolkit.levels.uses import BUCKET

VERSIONS = {path.name: path for path in (ROOT / 'tests' / 'recordings' / '1.16', RECORDINGS)}
NEWEST = RECORDINGS.name
COMPONENTS = ('agent', 'hubble', 'operator', 'hubble_relay', 'clustermesh_apiserver', 'kvstoremesh')
ON_EACH_NODE = tuple(name for name in COMPONENTS if COMPONENT_BY_NAME[name].is_on_each_node)
NODES = (10, 100, 1000, 5000)
TOP = 8
URL = 'http://recorded/metrics'
BOUND_TAGS = ('lower_bound:', 'upper_bound:')
DISTRIBUTIONS = {'histogram_buckets_as_distributions': True, 'collect_counters_with_distributions': True}
METRICS_OF_A_DISTRIBUTION = 5
"""
Datadog computes count, sum, min, max and avg of a distribution, and counts each of them for each set of tags. With
percentiles it is twice as many: https://docs.datadoghq.com/account_management/billing/custom_metrics/
"""


class WithDistributions(NamedTuple):
    """How many custom metrics a component is where histograms are sent as distributions."""

    by_bucket: int
    """With `histogram_buckets_as_distributions`: the bounds are tags, so each bucket is a distribution of its own."""
    whole: int
    """With `collect_histograms_as_distributions`: one for all buckets."""
    with_percentiles: int
    """The same, with percentiles for those of which the assets ask for them."""


def recording(component: str, version: str = NEWEST) -> str:
    """Return what a component answered in the recorded incident."""
    return (VERSIONS[version] / f'{component}.{INCIDENT}.txt').read_text(encoding='utf-8')


def series(component: str, version: str, options: Mapping[str, object]) -> list[Series]:
    """Return the series that the check submits of a recorded component, with options of an instance."""
    scrape = DryScrape(COMPONENT_BY_NAME[component], options, URL, TEXT_FORMAT)
    scrape.read(recording(component, version))
    return list(scrape.check.submitted)


@cache
def count(component: str, version: str, level: str) -> int:
    """Return how many series Datadog gets of a recorded component at a level."""
    return len(series(component, version, {OPTION: level}))


def custom_metrics_with_distributions(component: str, level: str) -> WithDistributions:
    """Return how many custom metrics a component of the newest version is, with `.sum` and `.count`."""
    sent = series(component, NEWEST, {OPTION: level, **DISTRIBUTIONS})
    others = sum(not one.bounds for one in sent)
    by_bucket = {(one.name, one.tags) for one in sent if one.bounds}
    whole = {(name, tuple(tag for tag in tags if not tag.startswith(BOUND_TAGS))) for name, tags in by_bucket}
    asked = {f'cilium.{metric}' for metric in level_of('standard').distributions}
    with_percentiles = len(whole) + sum(name in asked for name, _ in whole)
    return WithDistributions(
        *(others + METRICS_OF_A_DISTRIBUTION * number for number in (len(by_bucket), len(whole), with_percentiles))
    )


def of_cluster(nodes: int, level: str) -> int:
    """Return how many series a cluster of so many nodes sends, each like the recorded one."""
    return sum(
        count(component, NEWEST, level) * (nodes if component in ON_EACH_NODE else 1) for component in COMPONENTS
    )


def top_families(component: str, version: str) -> list[tuple[str, int, int]]:
    """Return the families with most series at `full`: name on the wire, series, and how many of them are buckets."""
    scrape = DryScrape(COMPONENT_BY_NAME[component], {}, URL, TEXT_FORMAT)
    found = []
    for family in families_of_text(recording(component, version)):
        scrape.read(family.text)
        buckets = sum(one.name.endswith(BUCKET) for one in scrape.check.submitted)
        found.append((family.name, len(scrape.check.submitted), buckets))
    return sorted(found, key=lambda row: -row[1])[:TOP]
