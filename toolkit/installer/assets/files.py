# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Read what is to be installed from the folder `assets`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolkit.assets import AssetError, read_assets
from toolkit.installer.assets.model import EMPTY, Asset, Document, canonical, without_widget_ids

DASHBOARD_KEYS = (
    'title',
    'description',
    'layout_type',
    'reflow_type',
    'template_variables',
    'default_timeframe',
    'tabs',
    'widgets',
)
PRESETS = 'template_variable_presets'
MONITOR_KEYS = ('name', 'type', 'query', 'message', 'priority', 'options')
SLO_KEYS = ('name', 'description', 'type', 'query', 'sli_specification', 'thresholds')
PIPELINE_KEYS = ('name', 'description', 'filter', 'is_enabled', 'processors')

_RENAMED = {
    'enabled': 'is_enabled',
    'replaceMissing': 'is_replace_missing',
}
"""The keys of pipelines whose names in the API are not only spelled in another way."""


@dataclass(frozen=True)
class Facet:
    """A facet of logs, for people to add by hand."""

    group: str
    name: str
    path: str


@dataclass(frozen=True)
class SavedView:
    """A saved view, for people to add by hand."""

    name: str
    type: str
    page: str
    query: str
    columns: tuple[str, ...]


def read_dashboards(assets: Path) -> list[Asset]:
    """Return `dashboards/*.json`."""
    return [_dashboard(path, document) for path, document in read_assets('dashboards', assets).items()]


def read_monitors(assets: Path) -> list[Asset]:
    """Return `monitors/*.json`, which have the body for the API below `definition`."""
    return [_monitor(path, document) for path, document in read_assets('monitors', assets).items()]


def read_slos(assets: Path) -> list[Asset]:
    """Return `slos/*.json`."""
    return [_slo(path, document) for path, document in read_assets('slos', assets).items()]


def read_pipelines(assets: Path) -> list[Asset]:
    """Return the pipelines of `logs/*.yaml`, without the files of their tests."""
    return [_pipeline(path, document) for path, document in read_assets('logs', assets).items()]


def read_facets(assets: Path) -> list[Facet]:
    """Return the facets that the pipelines' files list."""
    facets: list[Facet] = []
    for path, document in read_assets('logs', assets).items():
        for each in _objects(path, document, 'facets'):
            with _read_from(path):
                group = _texts(path, each, 'groups')[0]
            facets.append(Facet(group, _text(path, each, 'name'), _text(path, each, 'path')))
    return facets


def read_saved_views(assets: Path) -> list[SavedView]:
    """Return `saved_views/*.json`."""
    return [_saved_view(path, document) for path, document in read_assets('saved_views', assets).items()]


def _dashboard(path: Path, document: Document) -> Asset:
    content = _content(path, document, DASHBOARD_KEYS, ignored=(PRESETS,))
    content['widgets'] = without_widget_ids(_objects(path, content, 'widgets'))
    initial = {PRESETS: document[PRESETS]} if document.get(PRESETS) else {}
    return Asset(path.stem, _text(path, content, 'title'), content, initial=initial)


def _monitor(path: Path, document: Document) -> Asset:
    definition = document.get('definition')
    if not isinstance(definition, dict):
        raise AssetError(f'{path}: `definition` must be an object, the body for the monitor API')
    content = _content(path, definition, MONITOR_KEYS, ignored=('tags',))
    with _read_from(path):
        # It would end what people have muted.
        content['options'] = {key: value for key, value in definition.get('options', {}).items() if key != 'silenced'}
    _text(path, content, 'name')
    # The name in Datadog has template variables. The title is the one of the catalogue.
    return Asset(path.stem, _text(path, document, 'title'), content, _texts(path, definition, 'tags'))


def _slo(path: Path, document: Document) -> Asset:
    content = _content(path, document, SLO_KEYS, ignored=('tags',))
    return Asset(path.stem, _text(path, content, 'name'), content, _texts(path, document, 'tags'))


def _pipeline(path: Path, document: Document) -> Asset:
    pipeline = document.get('pipeline')
    if not isinstance(pipeline, dict):
        raise AssetError(f'{path}: `pipeline` must be an object')
    content = _content(path, api_pipeline(pipeline), PIPELINE_KEYS, ignored=('type',))
    return Asset(path.stem, _text(path, content, 'name'), content)


def _saved_view(path: Path, document: Document) -> SavedView:
    match document.get('options'):
        case {'stream': {'columns': list(columns)}} | {'columns': list(columns)}:
            shown = tuple(map(str, columns))
        case _:
            shown = ()
    name, type, page, query = (_text(path, document, key) for key in ('name', 'type', 'page', 'query'))
    return SavedView(name, type, page, query, shown)


def _content(path: Path, document: Document, keys: Collection[str], ignored: Collection[str]) -> Document:
    """Return the managed keys. Others must be empty, or the user would not get something that the file has."""
    given = {key for key, value in document.items() if canonical(value) not in EMPTY}
    unknown = sorted(given - {*keys, *ignored})
    if unknown:
        raise AssetError(f'{path}: the installer does not install {", ".join(f"`{key}`" for key in unknown)}')
    return {key: document[key] for key in keys if key in document}


def _text(path: Path, document: Document, key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise AssetError(f'{path}: `{key}` must be a text')
    return value


def _texts(path: Path, document: Document, key: str) -> tuple[str, ...]:
    value = document.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise AssetError(f'{path}: `{key}` must be a list of texts')
    return tuple(value)


def _objects(path: Path, document: Document, key: str) -> list[Document]:
    value = document.get(key)
    if value is None and key in document:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise AssetError(f'{path}: `{key}` must be a list of objects')
    return value


@contextmanager
def _read_from(path: Path) -> Iterator[None]:
    """Name the file when it lacks a key or has another type where one is read."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise AssetError(f'{path}: {type(error).__name__}: {error}') from error


def api_pipeline(pipeline: Document) -> Document:
    """
    Return a pipeline, with those nested in it, from the format of an integration's files in that of Datadog's API.

    They differ in the spelling of keys: https://docs.datadoghq.com/api/latest/logs-pipelines/#create-a-pipeline
    """
    return {_api_key(key): _api_value(key, value) for key, value in pipeline.items()}


def _api_key(key: str) -> str:
    return _RENAMED.get(key) or re.sub('[A-Z]', lambda letter: '_' + letter[0].lower(), key)


def _api_value(key: str, value: object) -> object:
    if key == 'lookupTable' and isinstance(value, str):
        return value.splitlines()
    if isinstance(value, dict):
        return api_pipeline(value)
    if isinstance(value, list):
        return [_api_value('', item) for item in value]
    return value
