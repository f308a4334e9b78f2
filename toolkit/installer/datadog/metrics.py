# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Cilium's metrics in an organisation: their tags, which of these are indexed, and of which features there are some."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datadog_api_client.v1.api.metrics_api import MetricsApi as NamesApi
from datadog_api_client.v2.api.metrics_api import MetricsApi

from toolkit.installer.assets.choice import features_of, is_core
from toolkit.installer.assets.model import Asset, Document, fingerprint
from toolkit.installer.datadog.connection import (
    ApiFailure,
    Connection,
    Operation,
    Reach,
    objects,
    optional,
    required,
    texts,
)
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
"""
The tags by which the monitors group, and what to do if one is missing. A monitor does not see a series without one of
them: it would stay silent for ever, and nobody would know why.
"""

MARKER = 'limited-by-datadog-cilium-'
OURS = re.compile(rf'{MARKER}[0-9a-f]{{12}}')
PREFIX = 'cilium.'
DISTRIBUTION = 'distribution'
MONTH = 30 * 24 * 3600
"""Seconds. Datadog tells no more of what was submitted and queried."""
PAGE = 10_000


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


@dataclass(frozen=True)
class Configuration:
    """The tag configuration of a metric, as Datadog has it."""

    tags: frozenset[str]
    excludes: bool = False
    percentiles: bool = False

    @classmethod
    def read(cls, document: Document) -> Configuration:
        """Return what is in an answer. Raises `ApiFailure`."""
        attributes = required(document, 'attributes', dict, 'tag configuration')
        tags = texts(attributes, 'tags', 'tag configuration')
        return cls(
            frozenset(tags), bool(attributes.get('exclude_tags_mode')), bool(attributes.get('include_percentiles'))
        )

    @property
    def ours(self) -> bool:
        """Whether the installer made it."""
        return any(map(OURS.fullmatch, self.tags))

    @property
    def edited(self) -> bool:
        """Whether somebody has changed what the installer made."""
        return self != self.sealed()

    def sealed(self) -> Configuration:
        """Return the configuration with the marker for what it is."""
        tags = frozenset(tag for tag in self.tags if not OURS.fullmatch(tag))
        seal = fingerprint({'tags': sorted(tags), 'excludes': self.excludes, 'percentiles': self.percentiles})
        return Configuration(tags | {f'{MARKER}{seal}'}, self.excludes, self.percentiles)


class TagConfigurations:
    """
    The tag configurations of an organisation: https://docs.datadoghq.com/metrics/metrics-without-limits/

    They have no place for a marker. So one of the tags to keep is the marker: a key that no metric has, with a seal of
    the rest. Datadog takes any key, also one that a metric does not have: the tests of its client make configurations
    so, https://github.com/DataDog/datadog-api-client-python/blob/master/tests/v2/features/metrics.feature. Should it
    ever leave the marker out, the configuration is taken back at once.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = MetricsApi(connection.client)

    def read(self) -> dict[str, Configuration | None]:
        """Return those of Cilium's metrics that were submitted within a month and can have one."""
        found = self._list('list the metrics', filter_is_configurable=True)
        return {
            required(one, 'id', str, 'metric'): Configuration.read(one) if one.get('type') == 'manage_tags' else None
            for one in found
            if str(one.get('id')).startswith(PREFIX)
        }

    def queried(self) -> set[str]:
        """Return the metrics that anybody has queried within a month."""
        return {
            required(one, 'id', str, 'metric') for one in self._list('list the queried metrics', filter_queried=True)
        }

    def queried_tags(self, metric: str) -> set[str]:
        """Return the tags by which anybody has queried a metric within a month."""
        ask = self._api.list_active_metric_configurations
        data = self._data(f'read which tags of {metric} are queried', 'metrics_read', ask, metric, window_seconds=MONTH)
        return set(texts(optional(data, 'attributes', {}, 'metric'), 'active_tags', 'metric'))

    def write(self, metric: str, type_: str, now: Configuration | None, wanted: Configuration) -> None:
        """
        Create the configuration of a metric of a type, or update the one that is there.

        Raises `ApiFailure`, also where Datadog leaves the marker out.
        """
        attributes: Document = {'tags': sorted(wanted.tags), 'exclude_tags_mode': wanted.excludes}
        if type_ == DISTRIBUTION:
            attributes['include_percentiles'] = wanted.percentiles
        if now is None:
            attributes['metric_type'] = type_
        operation = self._api.update_tag_configuration if now else self._api.create_tag_configuration
        body = {'data': {'type': 'manage_tags', 'id': metric, 'attributes': attributes}}
        purpose = f'limit the tags of {metric}'
        if Configuration.read(self._data(purpose, 'metric_tags_write', operation, metric, body=body)) != wanted:
            self.delete(metric)
            text = f'could not {purpose}: Datadog did not keep them as written, so all of its tags are indexed again'
            raise ApiFailure(text, Reach.KIND)

    def delete(self, metric: str) -> None:
        """Take away the configuration of a metric, so that all of its tags are indexed again."""
        remove = self._api.delete_tag_configuration
        self._connection.call(f'release the tags of {metric}', 'metric_tags_write', remove, metric)

    def refuse_if_changed(self, metric: str, planned: Configuration) -> None:
        """Raise `ApiFailure` if somebody has changed a configuration after the plan was made."""
        ask = self._api.list_tag_configuration_by_name
        if Configuration.read(self._data(f'read the tags of {metric}', 'metrics_read', ask, metric)) != planned:
            text = f'the tags of {metric} were changed in Datadog during this run, and were left alone'
            raise ApiFailure(text, Reach.ASSET)

    def _data(self, purpose: str, permission: str, ask: Operation, metric: str, **more: object) -> Document:
        return required(self._connection.call(purpose, permission, ask, metric, **more), 'data', dict, 'metric')

    def _list(self, purpose: str, **filters: object) -> Iterator[Document]:
        cursor: dict[str, object] = {}
        while True:
            ask = self._api.list_tag_configurations
            answer = self._connection.call(
                purpose, 'metrics_read', ask, window_seconds=MONTH, page_size=PAGE, **filters, **cursor
            )
            yield from objects(answer, 'data', 'metric')
            page = optional(optional(answer, 'meta', {}, 'metric'), 'pagination', {}, 'metric')
            if not page.get('next_cursor'):
                return
            cursor = {'page_cursor': page['next_cursor']}
