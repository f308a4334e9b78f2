# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Every family of metrics: what becomes of it, what there is of it now, and what uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datadog_checks.cilium.commands.explain import Explanation, explain
from datadog_checks.cilium.components import COMPONENTS, Component, datadog_name, metrics_by_family
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE
from toolkit.assets import Dashboard, Monitor
from toolkit.evaluation.points import PointStore

SUFFIXES = sorted({suffix for suffixes in SUFFIXES_BY_TYPE.values() for suffix in suffixes})

# Every series has these, whatever its labels are.
TAGS_OF_ALL = frozenset(
    {'source', 'service', 'endpoint', 'host', 'kube_cluster_name', 'kube_node', 'kube_namespace', 'pod_name'}
)


@dataclass(frozen=True)
class MetricRow:
    """
    A family of a component.

    `name` is its Datadog name, without what the type adds, or empty where it is not collected for `reason`. `series`
    is how many there are now. `tags` are the keys that the labels become.
    """

    family: str
    component: str
    name: str
    type: str
    unit: str
    series: int
    tags: list[str]
    dashboards: list[str]
    monitors: list[str]
    description: str
    reason: str


def metric_rows(
    store: PointStore,
    metadata: Mapping[str, Mapping[str, str]],
    dashboards: Iterable[Dashboard],
    monitors: Iterable[Monitor],
    expositions: Mapping[str, str],
) -> list[MetricRow]:
    """
    Return a row for each family that a component may have.

    `expositions`, by component, are what `explain` reads. Without one, only families that are collected have rows.
    """
    shown_by, watched_by = defaultdict(list), defaultdict(list)
    for dashboard in dashboards:
        for metric in dashboard.metrics():
            shown_by[metric].append(dashboard.title)
    for monitor in monitors:
        for metric in monitor.metrics():
            watched_by[metric].append(monitor.title)
    rows = []
    for component in COMPONENTS:
        explanations = _explanations(component, expositions.get(component.name, ''))
        known = {*metrics_by_family(component), *explanations, component.version_family} - {''}
        for family in sorted(known):
            explanation = explanations.get(family)
            reason = explanation.reason if explanation else ''
            name = '' if reason else datadog_name(component, family) or ''
            names = [name + suffix for suffix in SUFFIXES if name + suffix in metadata] if name else []
            first = metadata.get(names[0], {}) if names else {}
            # Several families may have one name, of which one is there: series are not counted twice.
            present = (
                [] if explanations and not explanation else [metric for metric in names if metric in store.metrics]
            )
            rows.append(
                MetricRow(
                    family,
                    component.service,
                    ' '.join(names),
                    _type(explanation, names, metadata),
                    ' per '.join(filter(None, (first.get('unit_name'), first.get('per_unit_name')))),
                    sum(len(store.metrics[metric].rows) for metric in present),
                    _tag_keys(store, present),
                    sorted({title for metric in names for title in shown_by[metric]}),
                    sorted({title for metric in names for title in watched_by[metric]}),
                    first.get('description', ''),
                    reason,
                )
            )
    return rows


def _explanations(component: Component, exposition: str) -> dict[str, Explanation]:
    families = explain(component, exposition, instance={}).families if exposition else ()
    return {explanation.family: explanation for explanation in families}


def _type(explanation: Explanation | None, names: list[str], metadata: Mapping[str, Mapping[str, str]]) -> str:
    if explanation:
        return explanation.type
    if any(name.endswith('.bucket') for name in names):
        return 'histogram'
    return 'counter' if names and metadata[names[0]]['metric_type'] == 'count' else 'gauge' if names else ''


def _tag_keys(store: PointStore, names: list[str]) -> list[str]:
    keys = {tag.partition(':')[0] for name in names for tags in store.metrics[name].tags[:1] for tag in tags}
    return sorted(keys - TAGS_OF_ALL)
