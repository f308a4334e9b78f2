# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Limit assets to a part of an organisation: a scope, and what to leave out, in each query and each search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from toolkit.installer.assets.model import Document
from toolkit.installer.settings import SettingsError
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import (
    AllOf,
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Everything,
    Expression,
    LogMonitor,
    MetricMonitor,
    MetricSeries,
    Monitor,
    Negative,
    NoneOf,
    Scope,
    Tag,
)

_SEARCHES = ('logs_stream', 'logs_pattern_stream', 'event_stream', 'events')
"""The data sources of the project's lists and overlays, whose query is a search."""


@dataclass(frozen=True)
class Limits:
    """
    Tags that everything must have, and tags that nothing may have. The values may have the wildcard `*`.

    They are single tags, because service checks know neither `OR` nor `IN`.
    """

    scope: tuple[Tag, ...] = ()
    exclude: tuple[Tag, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.scope or self.exclude)

    def __str__(self) -> str:
        return ', '.join([*map(str, self.scope), *(f'not {tag}' for tag in self.exclude)])

    def content(self, content: Document) -> Document:
        """Return the content of a dashboard, monitor or SLO within these limits."""
        if not self:
            return content
        if content.get('type') in ('query alert', 'service check', 'log alert'):
            return {**content, 'query': self.monitor_query(str(content['query']))}
        return self._object(content)

    def monitor_query(self, query: str) -> str:
        """Return the query of a monitor within these limits."""
        return str(self._monitor(parse_monitor(query)))

    def query(self, query: str) -> str:
        """Return the query of a metric within these limits."""
        return str(self._expression(parse_query(query)))

    def search(self, search: str) -> str:
        """Return a search of logs or events within these limits."""
        terms = [_search_term(tag) for tag in self.scope] + [f'-{_search_term(tag)}' for tag in self.exclude]
        if not terms:
            return search
        # Terms without an operator between them all have to match; `OR` binds less.
        return ' '.join([f'({search})' if _is_any_of(search) else search, *terms])

    def _monitor(self, monitor: Monitor) -> Monitor:
        match monitor:
            case MetricMonitor() | ChangeMonitor():
                return replace(monitor, expression=self._expression(monitor.expression))
            case CheckMonitor():
                over = tuple(tag for tag in monitor.over if tag != '*')
                over = (*over, *map(str, self.scope)) or monitor.over
                return replace(monitor, over=over, excluded=(*monitor.excluded, *map(str, self.exclude)))
            case LogMonitor():
                return replace(monitor, search=self.search(monitor.search))

    def _expression(self, expression: Expression) -> Expression:
        match expression:
            case MetricSeries():
                return replace(expression, scope=self._scope(expression.scope))
            case Negative() | Call():
                return replace(expression, operand=self._expression(expression.operand))
            case Binary():
                left, right = self._expression(expression.left), self._expression(expression.right)
                return replace(expression, left=left, right=right)
            case _:
                return expression

    def _scope(self, scope: Scope) -> Scope:
        given = () if isinstance(scope, Everything) else scope.scopes if isinstance(scope, AllOf) else (scope,)
        parts = (*given, *self.scope, *map(NoneOf, self.exclude))
        return parts[0] if len(parts) == 1 else AllOf(parts)

    def _object(self, document: Document) -> Document:
        """Return a part of a dashboard or of an SLO."""
        limited = {key: self._value(key, value) for key, value in document.items()}
        match document:
            case {'data_source': 'metrics', 'query': str(query)}:
                limited['query'] = self.query(query)
            case {'data_source': str(source), 'query_string': str(search)} if source in _SEARCHES:
                limited['query_string'] = self.search(search)
            case {'data_source': str(source), 'search': {'query': str(search), **rest}} if source in _SEARCHES:
                limited['search'] = {'query': self.search(search), **rest}
            case {'data_source': source}:
                raise ValueError(f'the data source {source} has no limits yet')
            case {'numerator': str(numerator), 'denominator': str(denominator)}:
                limited |= {'numerator': self.query(numerator), 'denominator': self.query(denominator)}
            case {'type': 'check_status', 'tags': list(tags)}:
                # It takes what has all of the tags, and cannot leave anything out.
                limited['tags'] = [*tags, *map(str, self.scope)]
        return limited

    def _value(self, key: str, value: object) -> object:
        if isinstance(value, dict):
            return self._object(value)
        if key == 'events' and isinstance(value, list):
            return [{**event, 'q': self.search(event['q'])} for event in value]
        if isinstance(value, list):
            return [self._value('', item) for item in value]
        return value


def read_limits(scope: str | None, exclude: Sequence[str]) -> Limits:
    """Return the limits that the options `--scope` and `--exclude` set. Raises `SettingsError`."""
    wanted = _tags('--scope', scope, 'key:value,key:value') if scope else ()
    unwanted = [_tags('--exclude', text, 'key:value, one for each --exclude') for text in exclude]
    if any(len(tags) > 1 for tags in unwanted):
        raise SettingsError('--exclude takes one tag. Write `--exclude a:b --exclude c:d` to leave out both')
    return Limits(wanted, tuple(tag for tags in unwanted for tag in tags))


def _tags(option: str, text: str, form: str) -> tuple[Tag, ...]:
    try:
        expression = parse_query(f'avg:m{{{text}}}')
    except QueryError as error:
        raise SettingsError(f'{option} {text!r} is not a scope: {error.problem}. It must be {form}') from None
    scope = expression.scope if isinstance(expression, MetricSeries) else None
    parts = scope.scopes if isinstance(scope, AllOf) else (scope,)
    tags = tuple(part for part in parts if isinstance(part, Tag) and part.key and '$' not in part.value)
    if len(tags) < len(parts):
        raise SettingsError(f'{option} {text!r} must be {form}. Service checks know no OR, IN or NOT')
    return tags


def _is_any_of(search: str) -> bool:
    """Return whether a search has an `OR` that is not within quotes or brackets."""
    text, rest = '', re.sub(r'"(\\.|[^"\\])*"', '', search)
    while text != rest:
        text, rest = rest, re.sub(r'\([^()]*\)', '', rest)
    return re.search(r'\bOR\b', text) is not None


def _search_term(tag: Tag) -> str:
    # https://docs.datadoghq.com/logs/explorer/search_syntax/: other characters than these are escaped.
    return f'{tag.key}:' + re.sub(r'[^\w.*/-]', lambda found: f'\\{found[0]}', tag.value)
