# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What an organisation has of Cilium's metrics: whether they have the tags by which the monitors group, and of which
features there are some.

A monitor does not see a series without one of the keys of its groups: it would stay silent for ever, and nobody would
know why.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from datadog_api_client.v1.api.metrics_api import MetricsApi as NamesApi
from datadog_api_client.v2.api.metrics_api import MetricsApi

from toolkit.installer.answers import optional, required, texts
from toolkit.installer.choice import features_of, is_core
from toolkit.installer.connection import ApiFailure, Connection, Reach
from toolkit.installer.model import Asset
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, series_of

METRIC = 'cilium.version'
"""Each agent of every version of Cilium sends it."""

NEEDED = {
    'kube_cluster_name': (
        'No monitor will ever alert. Set `datadog.clusterName` in the Helm chart of the Datadog Agent, '
        '`spec.global.clusterName` for its Operator, or `tags: [kube_cluster_name:...]` on a host'
    ),
    'kube_node': (
        'Monitors by node will never alert. The Datadog Agent sets it in Kubernetes; elsewhere write '
        '`tags: [kube_node:...]` into the instance'
    ),
}
"""The keys, and what to do if one is missing."""


def what_is_there(connection: Connection) -> list[str]:
    """
    Return what to know before monitors are installed.

    Raises `ApiFailure` if nothing else can be asked either.
    """
    purpose = f'read the tags of {METRIC}'
    try:
        answer = connection.call(
            purpose, 'metrics_read', MetricsApi(connection.client).list_tags_by_metric_name, METRIC
        )
        data = required(answer, 'data', dict, 'metric')
        tags = texts(optional(data, 'attributes', {}, 'metric'), 'tags', 'metric')
    except ApiFailure as failure:
        if failure.reach is Reach.RUN:
            raise
        # Datadog does not know the metric.
        if failure.status != 404:
            return [f'warning: {failure}. So it is not known whether the monitors will see anything']
        tags = []
    if not tags:
        return [
            f'warning: this organisation has no metric {METRIC} yet. Monitors and dashboards stay empty until the '
            'check runs: see "Setup" in the README'
        ]
    keys = {tag.partition(':')[0] for tag in tags}
    if keys.issuperset(NEEDED):
        return [f'The metrics are there: {METRIC} has the tags {" and ".join(NEEDED)}.']
    return [f'warning: {METRIC} has no tag {key}. {what}' for key, what in NEEDED.items() if key not in keys]


def features_in_use(connection: Connection, monitors: Sequence[Asset]) -> set[str]:
    """
    Return the features of which the organisation has had metrics within a day, of those that monitors are for.

    Logs are no metrics: whether there are any is not known. Raises `ApiFailure`.
    """
    since = int(time.time()) - 24 * 3600
    list_active = NamesApi(connection.client).list_active_metrics
    answer = connection.call('list the metrics', 'metrics_read', list_active, since)
    there = set(texts(answer, 'metrics', 'list of metrics'))
    # What every cluster has tells nothing of a feature.
    everywhere = {name for monitor in monitors if is_core(monitor) for name in _metrics_of(monitor)}
    return {
        feature
        for monitor in monitors
        for feature in features_of(monitor)
        if not there.isdisjoint(_metrics_of(monitor) - everywhere)
    }


def _metrics_of(monitor: Asset) -> set[str]:
    """Return the metrics of Cilium that a monitor watches."""
    query = parse_monitor(str(monitor.content['query']))
    if not isinstance(query, MetricMonitor | ChangeMonitor):
        return set()
    return {series.metric for series in series_of(query.expression) if series.metric.startswith('cilium.')}
