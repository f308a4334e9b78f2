# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The files that ship: dashboards, monitors, the log pipeline and metadata.csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from toolkit.checkout import ASSETS, ROOT
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, MetricSeries, series_of


@dataclass(frozen=True)
class Dashboard:
    """A dashboard: the name of its file, and its JSON."""

    name: str
    definition: Mapping

    @property
    def title(self) -> str:
        return self.definition['title']

    def widgets(self) -> list[Mapping]:
        """Return all widgets that are not groups, in the order of the file."""
        return list(_widgets(self.definition['widgets']))

    def metrics(self) -> set[str]:
        """Return the metrics that it shows."""
        queries = (query for widget in self.widgets() for query in _metric_queries(widget['definition']))
        return {series.metric for query in queries for series in metric_series(query)}


@dataclass(frozen=True)
class Monitor:
    """A monitor: the name of its file, what its catalogue says, and the definition that the API takes."""

    name: str
    title: str
    description: str
    definition: Mapping

    def metrics(self) -> set[str]:
        """Return the metrics that it watches."""
        parsed = parse_monitor(self.definition['query'])
        if not isinstance(parsed, (MetricMonitor, ChangeMonitor)):
            return set()
        return {series.metric for series in series_of(parsed.expression)}


def load_dashboards(folder: Path = ASSETS / 'dashboards') -> dict[str, Dashboard]:
    """Return the dashboards of a folder by name, the overview first."""
    found = {path.stem: Dashboard(path.stem, json.loads(path.read_text('utf-8'))) for path in folder.glob('*.json')}
    return dict(sorted(found.items(), key=lambda item: ('overview' not in item[0], item[1].title)))


def load_monitors(folder: Path = ASSETS / 'monitors') -> dict[str, Monitor]:
    """Return the monitors of a folder by name."""
    monitors = {}
    for path in sorted(folder.glob('*.json')):
        document = json.loads(path.read_text('utf-8'))
        monitors[path.stem] = Monitor(path.stem, document['title'], document['description'], document['definition'])
    return monitors


def load_metadata(path: Path = ROOT / 'metadata.csv') -> dict[str, dict[str, str]]:
    """Return the rows of metadata.csv by the name of the metric."""
    with path.open(encoding='utf-8', newline='') as file:
        return {row['metric_name']: row for row in csv.DictReader(file)}


def _widgets(widgets: list[Mapping]) -> Iterator[Mapping]:
    for widget in widgets:
        if widget['definition']['type'] == 'group':
            yield from _widgets(widget['definition']['widgets'])
        else:
            yield widget


def _metric_queries(definition: Mapping) -> Iterator[str]:
    for request in requests_of(definition):
        for query in request.get('queries', []):
            if query.get('data_source') == 'metrics':
                yield query['query']


def requests_of(definition: Mapping) -> list[Mapping]:
    """Return the requests of a widget. Some kinds have a list of them, some a mapping, some none."""
    requests = definition.get('requests', [])
    return list(requests.values()) if isinstance(requests, Mapping) else requests


@lru_cache(maxsize=4096)
def metric_series(query: str) -> tuple[MetricSeries, ...]:
    """Return the series in a query; none if it cannot be read."""
    try:
        return tuple(series_of(parse_query(query)))
    except QueryError:
        # The widget itself says so where it is drawn.
        return ()
