# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The part of the server that stands in for Datadog's API which keeps the tag configurations of metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from datadog_api.errors import Refused

Document = dict[str, object]
MOST_METRICS_OF_A_PAGE = 4


@dataclass
class MetricTags:
    """
    What Datadog knows of metrics and their tags.

    `types` are those of the metrics that are submitted, `fixed` the ones that cannot be configured, `queried` the tags
    by which people query, and `configurations` the attributes of those that are configured. `drops` are tags that it
    does not keep.
    """

    types: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    queried: dict[str, list[str]] = field(default_factory=dict)
    configurations: dict[str, Document] = field(default_factory=dict)
    drops: str = 'none'

    def page(self, parameters: Mapping[str, str]) -> Document:
        """Answer with a page of metrics."""
        names: Iterable[str] = sorted(self.types)
        if parameters.get('filter[is_configurable]') == 'true':
            names = [name for name in names if name not in self.fixed]
        if parameters.get('filter[queried]') == 'true':
            names = [name for name in names if name in self.queried]
        start = int(parameters.get('page[cursor]', 0))
        end = start + min(int(parameters['page[size]']), MOST_METRICS_OF_A_PAGE)
        more = str(end) if end < len(names) else None
        data = [self._one(name) for name in names[start:end]]
        return {'data': data, 'meta': {'pagination': {'next_cursor': more, 'type': 'cursor_limit'}}}

    def get(self, metric: str) -> Document:
        """Answer with the configuration of a metric."""
        if metric not in self.configurations:
            raise Refused(404, f'no tag configuration for {metric}')
        return {'data': self._one(metric)}

    def active(self, metric: str) -> Document:
        """Answer with the tags by which a metric is queried."""
        attributes = {'active_tags': self.queried.get(metric, []), 'active_aggregations': []}
        return {'data': {'id': metric, 'type': 'actively_queried_configurations', 'attributes': attributes}}

    def create(self, metric: str, body: Document) -> Document:
        """Keep a new configuration. The type must be that of the metric."""
        attributes = body['data']['attributes']
        if metric in self.configurations:
            raise Refused(409, f'{metric} has a tag configuration')
        if metric in self.fixed or attributes['metric_type'] != self.types.get(metric):
            raise Refused(400, f'{metric} is no {attributes["metric_type"]} that can be configured')
        if 'include_percentiles' in attributes and self.types[metric] != 'distribution':
            raise Refused(400, f'{metric} is no distribution')
        return self._store(metric, attributes)

    def update(self, metric: str, body: Document) -> Document:
        """Change a configuration."""
        self.get(metric)
        return self._store(metric, {**self.configurations[metric], **body['data']['attributes']})

    def delete(self, metric: str) -> None:
        """Forget a configuration."""
        self.get(metric)
        del self.configurations[metric]

    def _store(self, metric: str, attributes: Document) -> Document:
        tags = [tag for tag in reversed(attributes['tags']) if not tag.startswith(self.drops)]
        self.configurations[metric] = {**attributes, 'tags': tags, 'modified_at': '2026-01-01T00:00:00.000Z'}
        return self.get(metric)

    def _one(self, metric: str) -> Document:
        if metric not in self.configurations:
            return {'type': 'metrics', 'id': metric}
        return {'type': 'manage_tags', 'id': metric, 'attributes': self.configurations[metric]}
