# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The processors of a log pipeline, one class each, from the notation of `assets/logs/*.yaml`.

Source of what they do: https://docs.datadoghq.com/logs/log_configuration/processors/ . Each works on many logs at a
time, because the engine behind grok and search does.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from re import compile as compile_regex
from urllib.parse import urlsplit

from toolkit.logs import attributes, engine

# What a string builder makes is cut after so many characters.
MAX_BUILT = 256

_BLOCK = compile_regex(r'%\{([^}]+)\}')
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_SYSLOG = ('emergency', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug')
# The first that fits. Whatever fits none is `info`.
_STATUS_BEGINNINGS = (
    ('emerg', 'emergency'),
    ('f', 'emergency'),
    ('a', 'alert'),
    ('c', 'critical'),
    ('err', 'error'),
    ('w', 'warn'),
    ('n', 'notice'),
    ('i', 'info'),
    ('d', 'debug'),
    ('t', 'debug'),
    ('v', 'debug'),
    ('o', 'ok'),
    ('s', 'ok'),
)


@dataclass
class Log:
    """
    A log on its way through a pipeline.

    `timestamp` is in milliseconds since 1970. `rules` are the grok rules that matched, as `processor/rule`.
    """

    message: str
    status: str
    timestamp: int
    source: str
    service: str
    tags: list[str] = field(default_factory=list)
    attributes: attributes.Attributes = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    status_is_set: bool = False

    def event(self) -> dict[str, object]:
        """
        Return the log in the form that the search reads.

        The engine looks for `@a.b` at the top, and for words in the message, the error's message and its stack there.
        """
        return {
            **self.attributes,
            'message': self.message,
            'status': self.status,
            'source': self.source,
            'service': self.service,
            'tags': [*self.tags, f'source:{self.source}', f'service:{self.service}'],
            'custom': self.attributes,
        }


Logs = Sequence[Log]
Processor = Callable[[Logs], None]


class ProcessorError(ValueError):
    """A processor is not valid. The message names it and says what to change."""


def status_of(value: object) -> str:
    """
    Return the status that Datadog gives to a level: `err` and 3 are `error`, an unknown word is `info`.

    Source: https://docs.datadoghq.com/logs/log_configuration/processors/log_status_remapper/
    """
    text = str(value).lower()
    if text.isdecimal() and int(text) < len(_SYSLOG):
        return _SYSLOG[int(text)]
    return next((status for beginning, status in _STATUS_BEGINNINGS if text.startswith(beginning)), 'info')


def time_of(value: object) -> int | None:
    """Return milliseconds since 1970 for such a number, or for a time in ISO 8601. None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)


def matching(query: str, logs: Logs) -> list[Log]:
    """Return the logs that a search query finds."""
    found = engine.matches_query(query, [log.event() for log in logs])
    return [log for log, matches in zip(logs, found, strict=True) if matches]


@dataclass(frozen=True)
class GrokParser:
    name: str
    source: str
    match_rules: Sequence[engine.GrokRule]
    support_rules: Sequence[engine.GrokRule]

    def __call__(self, logs: Logs) -> None:
        texts = [(log, text) for log in logs if isinstance(text := self._text(log), str)]
        if not texts:
            return
        parsed = engine.parse_grok(self.match_rules, self.support_rules, [text for _, text in texts])
        for (log, _), match in zip(texts, parsed, strict=True):
            if match is not None:
                attributes.merge(log.attributes, match.attributes)
                log.rules.append(f'{self.name}/{match.rule}')

    def _text(self, log: Log) -> object:
        return log.message if self.source == 'message' else attributes.get(log.attributes, self.source)


@dataclass(frozen=True)
class AttributeRemapper:
    """Moves the first source that is there. With a format, text is cast to a number if it is one."""

    sources: Sequence[str]
    target: str
    preserve: bool
    override: bool
    format: str | None

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            source = next((path for path in self.sources if attributes.get(log.attributes, path) is not None), None)
            if source is None or (not self.override and attributes.get(log.attributes, self.target) is not None):
                # `error` is in the way of `error.message`, but it is not the target.
                continue
            value = attributes.get(log.attributes, source)
            if not self.preserve:
                attributes.remove(log.attributes, source)
            attributes.put(log.attributes, self.target, _cast(value, self.format))


@dataclass(frozen=True)
class StatusRemapper:
    sources: Sequence[str]

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            value = _first(log, self.sources)
            if value is not None and not log.status_is_set:
                log.status, log.status_is_set = status_of(value), True


@dataclass(frozen=True)
class DateRemapper:
    sources: Sequence[str]

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            time = time_of(_first(log, self.sources))
            if time is not None:
                log.timestamp = time


@dataclass(frozen=True)
class MessageRemapper:
    """Takes the message from an attribute, which goes."""

    sources: Sequence[str]

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            source = next((path for path in self.sources if attributes.get(log.attributes, path) is not None), None)
            if source is not None:
                log.message = str(attributes.get(log.attributes, source))
                attributes.remove(log.attributes, source)


@dataclass(frozen=True)
class ServiceRemapper:
    sources: Sequence[str]

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            value = _first(log, self.sources)
            if value is not None:
                log.service = str(value)


@dataclass(frozen=True)
class CategoryProcessor:
    """Sets the name of the first category whose query finds the log."""

    target: str
    categories: Sequence[tuple[str, str]]

    def __call__(self, logs: Logs) -> None:
        remaining = list(logs)
        for query, name in self.categories:
            found = matching(query, remaining)
            for log in found:
                attributes.put(log.attributes, self.target, name)
            remaining = [log for log in remaining if not any(log is other for other in found)]


@dataclass(frozen=True)
class StringBuilder:
    """Fills a template. A list becomes its values with commas between them. An existing target is overwritten."""

    template: str
    target: str
    replace_missing: bool

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            blocks = {path: self._text(log, path) for path in _BLOCK.findall(self.template)}
            if self.replace_missing or all(blocks.values()):
                attributes.put(log.attributes, self.target, self._filled(blocks)[:MAX_BUILT])

    def _filled(self, blocks: Mapping[str, str]) -> str:
        return _BLOCK.sub(lambda block: blocks[block[1]], self.template)

    @staticmethod
    def _text(log: Log, path: str) -> str:
        values = attributes.values_in(log.attributes, path)
        return ','.join(_as_text(value) for value in values if not isinstance(value, dict))


@dataclass(frozen=True)
class ArithmeticProcessor:
    expression: str
    target: str
    replace_missing: bool

    def __call__(self, logs: Logs) -> None:
        tree = ast.parse(self.expression, mode='eval').body
        for log in logs:
            value = self._value(tree, log)
            if value is not None:
                attributes.put(log.attributes, self.target, int(value) if value == int(value) else value)

    def _value(self, node: ast.expr, log: Log) -> float | None:
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self._value(node.left, log), self._value(node.right, log)
            if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
                return None
            return _OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return node.value
        value = attributes.get(log.attributes, ast.unparse(node))
        if isinstance(value, (int, float)):
            return value
        return 0 if self.replace_missing else None


@dataclass(frozen=True)
class LookupProcessor:
    source: str
    target: str
    table: Mapping[str, str]
    default: str | None

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            value = attributes.get(log.attributes, self.source)
            found = None if value is None else self.table.get(str(value), self.default)
            if found is not None:
                attributes.put(log.attributes, self.target, found)


@dataclass(frozen=True)
class UrlParser:
    sources: Sequence[str]
    target: str

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            value = _first(log, self.sources)
            if isinstance(value, str):
                attributes.put(log.attributes, self.target, _url_details(value))


@dataclass(frozen=True)
class ExcludeAttribute:
    path: str

    def __call__(self, logs: Logs) -> None:
        for log in logs:
            attributes.remove(log.attributes, self.path)


@dataclass(frozen=True)
class Pipeline:
    """Processors for the logs that a query finds."""

    query: str
    processors: Sequence[Processor]

    def __call__(self, logs: Logs) -> None:
        chosen = matching(self.query, logs)
        for processor in self.processors if chosen else ():
            processor(chosen)


def read_processor(document: Mapping[str, object]) -> Processor:
    """
    Return the processor that a document of a pipeline file describes.

    Raises `ProcessorError` for an unknown type and for a missing key.
    """
    kind = document.get('type')
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        known = ', '.join(sorted(_READERS))
        raise ProcessorError(f'processor {document.get("name")!r}: type {kind!r} is not one that runs here: {known}')
    try:
        return reader(document)
    except KeyError as error:
        raise ProcessorError(f'processor {document.get("name")!r} ({kind}) has no key {error}') from error


def _read_pipeline(document: Mapping) -> Pipeline:
    processors = [read_processor(inner) for inner in document['processors'] if inner.get('enabled', True)]
    return Pipeline(document['filter']['query'], processors)


def _read_grok(document: Mapping) -> GrokParser:
    grok = document['grok']
    return GrokParser(
        document['name'],
        document['source'],
        engine.read_rules(grok['matchRules']),
        engine.read_rules(grok.get('supportRules') or ''),
    )


def _read_remapper(document: Mapping) -> AttributeRemapper:
    if (document.get('sourceType'), document.get('targetType')) != ('attribute', 'attribute'):
        raise ProcessorError(f'processor {document["name"]!r}: only remapping from attribute to attribute runs here')
    return AttributeRemapper(
        document['sources'],
        document['target'],
        document.get('preserveSource', True),
        document.get('overrideOnConflict', False),
        document.get('targetFormat'),
    )


_READERS: dict[str, Callable[[Mapping], Processor]] = {
    'arithmetic-processor': lambda d: ArithmeticProcessor(d['expression'], d['target'], d.get('replaceMissing', False)),
    'attribute-remapper': _read_remapper,
    'category-processor': lambda d: CategoryProcessor(
        d['target'], [(category['filter']['query'], category['name']) for category in d['categories']]
    ),
    'date-remapper': lambda d: DateRemapper(d['sources']),
    'exclude-attribute': lambda d: ExcludeAttribute(d['attributeToExclude']),
    'grok-parser': _read_grok,
    'lookup-processor': lambda d: LookupProcessor(
        d['source'], d['target'], dict(row.split(',', 1) for row in d['lookupTable']), d.get('defaultLookup')
    ),
    'message-remapper': lambda d: MessageRemapper(d['sources']),
    'pipeline': _read_pipeline,
    'service-remapper': lambda d: ServiceRemapper(d['sources']),
    'status-remapper': lambda d: StatusRemapper(d['sources']),
    'string-builder-processor': lambda d: StringBuilder(d['template'], d['target'], d.get('replaceMissing', False)),
    'url-parser': lambda d: UrlParser(d['sources'], d['target']),
}


def _first(log: Log, sources: Sequence[str]) -> object | None:
    values = (attributes.get(log.attributes, path) for path in sources)
    return next((value for value in values if value is not None), None)


def _cast(value: object, target_format: str | None) -> object:
    if target_format == 'string':
        return _as_text(value)
    if target_format not in ('integer', 'double') or not isinstance(value, (str, int, float)):
        return value
    try:
        return int(value) if target_format == 'integer' else float(value)
    except ValueError:
        return value


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _url_details(url: str) -> attributes.Attributes:
    try:
        parts = urlsplit(url)
        details: attributes.Attributes = {
            'scheme': parts.scheme,
            'host': parts.hostname,
            'port': parts.port,
            'path': parts.path,
        }
    except ValueError:
        return {'path': url}
    details['queryString'] = dict(pair.partition('=')[::2] for pair in parts.query.split('&') if pair)
    return {key: value for key, value in details.items() if value}
