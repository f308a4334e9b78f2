# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The one way to read what ships: the files in `assets/`, metadata.csv, and the widgets of a dashboard."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from toolkit.checkout import ASSETS, ROOT
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, MetricSeries, series_of
from toolkit.yaml_files import parse_yaml


class AssetError(ValueError):
    """A file in `assets/` is not what it should be. The message names the file and what is wrong with it."""


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
        return [widget for widget in widgets_in(self.definition['widgets']) if not group_in(widget)]

    def metrics(self) -> set[str]:
        """Return the metrics that it shows."""
        queries = (query for widget in self.widgets() for query in metric_queries(widget['definition']))
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


def read_assets(kind: str, assets: Path = ASSETS) -> dict[Path, dict[str, Any]]:
    """
    Return the documents of a kind by path, in the order of their names.

    `kind` is the name of a folder: dashboards, monitors, slos, saved_views, or logs for the pipelines, without the
    files of their tests. Raises `AssetError`.
    """
    paths = sorted(path for path in (assets / kind).iterdir() if _is_asset(path)) if (assets / kind).is_dir() else []
    for path in paths:
        # The name becomes the id of what is installed, and part of a tag.
        if not re.fullmatch('[a-z0-9_-]{1,80}', path.stem):
            raise AssetError(f'{path}: the name of the file must have only lower-case letters, digits, `_` and `-`')
    return {path: _document(path) for path in paths}


def load_dashboards(assets: Path = ASSETS) -> dict[str, Dashboard]:
    """Return the dashboards by name, the overview first. Raises `AssetError`."""
    found = [Dashboard(path.stem, document) for path, document in read_assets('dashboards', assets).items()]
    return {one.name: one for one in sorted(found, key=lambda one: ('overview' not in one.name, one.title))}


def load_monitors(assets: Path = ASSETS) -> dict[str, Monitor]:
    """Return the monitors by name. Raises `AssetError`."""
    return {
        path.stem: Monitor(path.stem, document['title'], document['description'], document['definition'])
        for path, document in read_assets('monitors', assets).items()
    }


def load_metadata(path: Path = ROOT / 'metadata.csv') -> dict[str, dict[str, str]]:
    """Return the rows of metadata.csv by the name of the metric."""
    with path.open(encoding='utf-8', newline='') as file:
        return {row['metric_name']: row for row in csv.DictReader(file)}


def widgets_in(widgets: Iterable[Any]) -> Iterator[Any]:
    """Yield widgets, groups among them, each group before the widgets that it holds."""
    for widget in widgets:
        yield widget
        if group := group_in(widget):
            yield from widgets_in(group['widgets'])


def group_in(widget: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the definition of a widget that holds others, or None for any other widget."""
    definition = widget.get('definition')
    return definition if isinstance(definition, dict) and 'widgets' in definition else None


def requests_of(definition: Mapping) -> list[Mapping]:
    """Return the requests of a widget. Some kinds have a list of them, some a mapping, some none."""
    requests = definition.get('requests', [])
    return list(requests.values()) if isinstance(requests, Mapping) else requests


def metric_queries(definition: Mapping) -> Iterator[str]:
    """Yield the queries of metrics that a widget makes."""
    for request in requests_of(definition):
        for query in request.get('queries', []):
            if query.get('data_source') == 'metrics':
                yield query['query']


@lru_cache(maxsize=4096)
def metric_series(query: str) -> tuple[MetricSeries, ...]:
    """Return the series in a query; none if it cannot be read."""
    try:
        return tuple(series_of(parse_query(query)))
    except QueryError:
        # The widget itself says so where it is drawn.
        return ()


def json_text(document: object) -> str:
    """Return a document as the files that are written have it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + '\n'


def _is_asset(path: Path) -> bool:
    return path.suffix == ('.yaml' if path.parent.name == 'logs' else '.json') and not path.stem.endswith('_tests')


def _document(path: Path) -> dict[str, Any]:
    language = 'JSON' if path.suffix == '.json' else 'YAML'
    read: Callable[[str], object] = json.loads if language == 'JSON' else parse_yaml
    try:
        document = read(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise AssetError(f'{path}: cannot be read: {error.strerror}') from error
    except (ValueError, yaml.YAMLError) as error:
        raise AssetError(f'{path}: not valid {language}: {error}') from error
    if not isinstance(document, dict):
        raise AssetError(f'{path}: must be an object')
    return document
