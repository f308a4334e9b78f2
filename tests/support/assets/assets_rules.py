# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the queries of dashboards and monitors have to keep to, so that they say what they seem to say.

Which metrics there are is told by metadata.csv, which labels a metric has in any version of Cilium by the catalogue.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache

from datadog_checks.cilium.components import OWN_LABEL_NAMES, datadog_name
from datadog_checks.cilium.configuration import LABEL_PREFIX, RESERVED_TAG_KEYS
from toolkit.catalog.catalog import catalog, rows
from toolkit.catalog.hubble_labels import CONTEXT_LABELS, has_context_labels
from toolkit.checkout import ROOT
from toolkit.evaluation.tags import normalised_tag
from toolkit.queries.syntax import MetricSeries

METADATA = ROOT / 'metadata.csv'

OTHER_CHECKS = ROOT / 'tests' / 'assets' / 'kubernetes_metrics.csv'
"""
What monitors use of other checks of the Agent, and of the tags there. Sources:
https://docs.datadoghq.com/integrations/kubernetes_state_core/ and, for `kubelet`, the metadata.csv of that check.
"""

AGGREGATORS_OF_GAUGES = frozenset({'avg', 'sum', 'min', 'max'})

PERCENTILES = frozenset({'p50', 'p75', 'p90', 'p95', 'p99'})

NEVER_SUMMED = frozenset(
    {
        'cilium.api_limiter.adjustment_factor',
        'cilium.bpf.map_pressure',
        'cilium.nat.endpoint_max_connection',
        'cilium.policy.max_revision',
    }
)
"""Shares, and numbers of which only the highest or lowest means something."""

TAGS_OF_AGENT = frozenset(
    {
        'container_name',
        'env',
        'host',
        'image_name',
        'image_tag',
        'kube_app_name',
        'kube_cluster_name',
        'kube_container_name',
        'kube_daemon_set',
        'kube_deployment',
        'kube_namespace',
        'kube_node',
        'kube_ownerref_kind',
        'kube_replica_set',
    }
)
"""
What the Agent's tagger adds: the node, the cluster and the workload of the component that was scraped. Not its pod: the
tags of checks have the cardinality `low`, unless `DD_CHECKS_TAG_CARDINALITY` says otherwise.
Source: https://docs.datadoghq.com/containers/kubernetes/tag/
"""

TAGS_OF_CHECK = frozenset({'source', 'service', 'endpoint'})
"""What the check adds to every metric: see `cilium/configuration.py`."""

TAGS_OF_SUFFIX = {'bucket': frozenset({'upper_bound'}), 'quantile': frozenset({'quantile'})}
"""What the Agent's OpenMetrics base class makes of `le` and `quantile`."""


def metric_violations(series: MetricSeries) -> list[str]:
    """Return what is wrong with the metric of a query and with how it is aggregated; none if it is right."""
    metric_type = metric_types().get(series.metric)
    # With the option `histogram_buckets_as_distributions`, a histogram is a distribution of its own name.
    if series.aggregator in PERCENTILES and f'{series.metric}.bucket' in metric_types():
        return []
    if metric_type is None:
        return [f'{series.metric} is not in metadata.csv']
    found = []
    if series.aggregator is None:
        found.append(f'{series.metric} has no aggregator: write sum:, avg:, min: or max:')
    elif series.aggregator not in AGGREGATORS_OF_GAUGES:
        found.append(f'{series.metric} is no distribution, so it has no {series.aggregator}')
    if metric_type == 'count':
        if series.form is None:
            found.append(f'{series.metric} is a count: say .as_rate() or .as_count()')
        if series.aggregator in AGGREGATORS_OF_GAUGES - {'sum'}:
            found.append(f'{series.metric} is a count, so its series are summed, not {series.aggregator}')
    elif series.form is not None:
        found.append(f'{series.metric} is a gauge, so .{series.form}() means nothing')
    if series.metric in NEVER_SUMMED and series.aggregator == 'sum':
        found.append(f'{series.metric} must not be summed: take the maximum')
    return found


def tag_violations(series: MetricSeries) -> list[str]:
    """Return the tags in the scope and in the groups of a query that its metric cannot have; none if it is right."""
    known = tag_keys(series.metric)
    found = [
        f'{series.metric} has no tag `{key}`' for key in sorted({*series.scope_keys, *series.keys}) if key not in known
    ]
    for tag in series.tags:
        if not tag.key:
            found.append(f'{series.metric}: the tag `{tag.value}` has no key')
        elif '$' not in tag.value and not _is_normalised(tag.key, tag.value):
            found.append(f'{series.metric}: Datadog stores no tag `{tag}`, but `{normalised_tag(str(tag))}`')
    return found


def tag_key_of(label: str, family: str = '') -> str:
    """Return the key of the tag that a label becomes, in a family on the wire."""
    if own := OWN_LABEL_NAMES.get(family, {}).get(label):
        return own
    return LABEL_PREFIX + label if label in RESERVED_TAG_KEYS else label


def _is_normalised(key: str, value: str) -> bool:
    literal = value.replace('*', '')
    return literal.rstrip('_') == normalised_tag(f'{key}:{literal}').removeprefix(f'{key}:')


@cache
def metric_types() -> dict[str, str]:
    """Return the type of each metric, `gauge` or `count`, as metadata.csv has it, and of those of other checks."""
    with METADATA.open(encoding='utf-8', newline='') as lines:
        known = [*csv.DictReader(lines), *rows(OTHER_CHECKS)]
    return {row['metric_name']: row['metric_type'] for row in known}


@cache
def tag_keys(metric: str) -> frozenset[str]:
    """Return every tag key that a metric can have, with any version of Cilium."""
    base, _, suffix = metric.rpartition('.')
    keys = _tag_keys_by_name()
    tags = keys.get(metric, frozenset()) | (keys.get(base, frozenset()) if suffix in _SUFFIXES else frozenset())
    tags = tags | _tags_of_other_checks().get(metric, set())
    if metric.startswith('datadog.'):
        return frozenset(tags)
    return frozenset(tags | TAGS_OF_AGENT | TAGS_OF_CHECK | TAGS_OF_SUFFIX.get(suffix, frozenset()))


@cache
def _tags_of_other_checks() -> dict[str, set[str]]:
    return {row['metric_name']: set(row['tags'].split()) for row in rows(OTHER_CHECKS)}


_SUFFIXES = frozenset({'bucket', 'count', 'sum', 'quantile'})


@cache
def versions_with(series: MetricSeries) -> frozenset[str]:
    """
    Return the versions of Cilium in which a query finds series: the metric is there, with the labels of the scope.

    A label that is missing among the groups only gives the group `N/A`. Labels that only Hubble's options add, and tags
    of the Agent and of the check, are in every version.
    """
    # The catalogue lacks what other checks send, what this one tells of itself, and what Cilium adds to Envoy.
    if series.metric in _tags_of_other_checks() or series.metric.startswith(('cilium.envoy.', 'cilium.scrape.')):
        return frozenset(catalog().versions)
    base, _, suffix = series.metric.rpartition('.')
    names = {series.metric, base} if suffix in _SUFFIXES else {series.metric}
    by_version = [one for name in names for one in _tags_by_name().get(name, ())]
    labels_ever = {tag for _, tags in by_version for tag in tags}
    asked = series.scope_keys & labels_ever
    return frozenset(version for version, tags in by_version if asked <= tags)


@cache
def _tags_by_name() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return, by Datadog name, each version that has it, and the tags that its labels become there."""
    found = defaultdict(list)
    for family in catalog().families:
        name = datadog_name(family.component, family.name, go_metrics=True)
        if name is not None:
            for version, shape in family.shapes.items():
                found[name].append((version, frozenset(tag_key_of(label, family.name) for label in shape.labels)))
    return dict(found)


@cache
def _tag_keys_by_name() -> dict[str, frozenset[str]]:
    """Return the tag keys that labels become by Datadog name, without the suffix that the type adds."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, by_version in _tags_by_name().items():
        found[name].update(*(tags for _, tags in by_version))
    for family in catalog().families:
        name = datadog_name(family.component, family.name)
        if name is not None and has_context_labels(family.component, family.name):
            found[name].update(map(tag_key_of, CONTEXT_LABELS))
    return {name: frozenset(keys) for name, keys in found.items()}
