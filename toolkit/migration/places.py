# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Where dashboards, monitors and SLOs hold queries of metrics, names of service checks, tags and texts.

The walk knows the forms of queries, not the kinds of widgets: it finds them at any depth, in widgets of any kind.
Sources: https://docs.datadoghq.com/dashboards/graphing_json/request_json/ and
https://docs.datadoghq.com/api/latest/service-level-objectives/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SINGLE_QUERIES = frozenset({'q', 'numerator', 'denominator'})
"""Keys whose text is a query with arithmetic and functions in it."""
OTHER_QUERIES = frozenset({'events'})
"""Keys whose queries are not of metrics, though they stand in `q`."""
TAGS = frozenset({'prefix', 'tags', 'group', 'group_by', 'scope', 'one_graph_per'})
"""Keys whose texts are tags, or keys of tags."""
SORT_METRIC = 'compute.metric'
"""The end of the path to the metric by which a split graph is sorted."""


@dataclass(frozen=True)
class Query:
    """A query that is complete in itself."""

    path: str
    text: str


@dataclass(frozen=True)
class Request:
    """Queries of metrics, each by its name with path and text, and the formulas over them, each with its path."""

    queries: Mapping[str, Query]
    formulas: tuple[Query, ...]


@dataclass(frozen=True)
class Metric:
    """The name of a metric alone."""

    path: str
    text: str


@dataclass(frozen=True)
class ServiceCheck:
    """The name of a service check."""

    path: str
    text: str


@dataclass(frozen=True)
class TagText:
    """A tag or the key of one, outside a query."""

    path: str
    text: str


@dataclass(frozen=True)
class Text:
    """Any other text: for people, or a query of something else."""

    path: str
    text: str


Place = Query | Request | Metric | ServiceCheck | TagText | Text


def places_in(document: object, path: str = '') -> Iterator[Place]:
    """Yield every place of a document. Each path begins with the titles of the widgets that it is in."""
    if isinstance(document, list):
        for number, item in enumerate(document):
            yield from places_in(item, f'{path}[{number}]')
    elif isinstance(document, dict):
        yield from _in_object(document, path)
    elif isinstance(document, str):
        yield Text(path, document)


def _in_object(document: Mapping[str, object], path: str) -> Iterator[Place]:
    if (text := _metric_query(document)) is not None:
        yield Query(f'{path}.query', text)
        return
    rest = document
    queries = document.get('queries')
    if isinstance(queries, list):
        yield from _request(document, queries, path)
        # Formulas without queries of metrics have no metrics either.
        rest = {key: value for key, value in document.items() if key not in ('queries', 'formulas')}
        yield from _texts([query for query in queries if _metric_query(query) is None], f'{path}.queries')
    for key, value in rest.items():
        inner = _inside(path, key, value)
        if key in OTHER_QUERIES:
            yield from _texts(value, inner)
        elif key in TAGS and not isinstance(value, dict):
            yield from _tags(value, inner)
        elif isinstance(value, str):
            yield _in_text(document, key, value, inner)
        else:
            yield from places_in(value, inner)


def _in_text(document: Mapping[str, object], key: str, value: str, path: str) -> Place:
    if key in SINGLE_QUERIES:
        return Query(path, value)
    if key == 'check' and document.get('type') == 'check_status':
        return ServiceCheck(path, value)
    if path.endswith(SORT_METRIC):
        return Metric(path, value)
    return Text(path, value)


def _request(document: Mapping[str, object], queries: list[object], path: str) -> Iterator[Request]:
    named = {
        str(query.get('name') or number): Query(f'{path}.queries[{number}]', text)
        for number, query in enumerate(queries)
        if isinstance(query, dict) and (text := _metric_query(query)) is not None
    }
    formulas = document.get('formulas')
    texts = tuple(
        Query(f'{path}.formulas[{number}]', formula)
        for number, item in enumerate(formulas if isinstance(formulas, list) else ())
        if isinstance(item, dict) and isinstance(formula := item.get('formula'), str)
    )
    if named:
        yield Request(named, texts)


def _metric_query(query: object) -> str | None:
    """Return the text of a query of metrics, or None for anything else."""
    if not isinstance(query, dict) or query.get('data_source') != 'metrics':
        return None
    text = query.get('query')
    return text if isinstance(text, str) else None


def _texts(value: object, path: str) -> Iterator[Text]:
    if isinstance(value, str):
        yield Text(path, value)
    elif isinstance(value, list | dict):
        for key, item in enumerate(value) if isinstance(value, list) else value.items():
            yield from _texts(item, f'{path}.{key}')


def _tags(value: object, path: str) -> Iterator[Place]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield TagText(path, item)
        else:
            yield from places_in(item, path)


def _inside(path: str, key: str, value: object) -> str:
    """Return the path of a member. A widget is called by its title."""
    if isinstance(value, dict) and key.endswith('definition'):
        title = value.get('title') or value.get('type')
        return f'{_titles(path)}{title!r}'
    return f'{path}.{key}' if path else key


def _titles(path: str) -> str:
    """Return the titles at the beginning of a path, ready for one more."""
    end = path.rfind("'") + 1 or path.rfind('"') + 1
    return f'{path[:end]} > ' if end else ''
