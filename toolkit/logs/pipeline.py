# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A log pipeline of `assets/logs/`, executed: lines in, logs as the Log Explorer shows them out.

    pipeline = Pipeline.load(Path('assets/logs/cilium.yaml'))
    log = pipeline.process('level=info msg="Connected to apiserver" subsys=k8s', source='cilium-agent')
    log.message, log.status, log.attributes

`differences.md` says where this may differ from Datadog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time

from toolkit.logs import attributes, processors
from toolkit.yaml_files import read_yaml

# Datadog takes logs of up to 1 MB. This is for lines that people paste.
MAX_CHARACTERS = 100_000
# Datadog's own limit: https://docs.datadoghq.com/logs/log_collection/?tab=host#attributes-and-tags
MAX_DEPTH = 20


class LineTooLong(ValueError):
    """The line has more than `MAX_CHARACTERS` characters."""


@dataclass(frozen=True)
class ProcessedLog:
    """
    A log as it leaves the pipeline.

    `timestamp` is in milliseconds since 1970, `tags` are `key:value`, `rules` the grok rules that matched, in order,
    as `name of the processor/name of the rule`.
    """

    message: str
    status: str
    timestamp: int
    source: str
    service: str
    tags: tuple[str, ...]
    attributes: dict[str, object]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline, ready to run. `facets` are those of its file."""

    id: str
    facets: Sequence[Mapping[str, object]]
    _root: processors.Pipeline

    @classmethod
    def load(cls, path: Path) -> Pipeline:
        """
        Read a pipeline from its file.

        Raises `ProcessorError` for a processor that is not valid. Queries and grok rules are compiled when they run.
        """
        document = read_yaml(path)
        root = processors.read_processor(document['pipeline'])
        if not isinstance(root, processors.Pipeline):
            raise processors.ProcessorError(f'{path}: `pipeline` must have the type `pipeline`')
        return cls(document['id'], document['facets'] or (), root)

    def process(
        self,
        event: str | Mapping[str, object],
        source: str = 'cilium',
        service: str | None = None,
        milliseconds: int | None = None,
        tags: Sequence[str] = (),
    ) -> ProcessedLog:
        """Return what becomes of one line or one log with attributes. See `process_all`."""
        return self.process_all([event], source, service, milliseconds, tags)[0]

    def process_all(
        self,
        events: Sequence[str | Mapping[str, object]],
        source: str = 'cilium',
        service: str | None = None,
        milliseconds: int | None = None,
        tags: Sequence[str] = (),
    ) -> list[ProcessedLog]:
        """
        Return what becomes of each line. Many at a time are much cheaper than one by one.

        A line that is a JSON object becomes attributes, as in Datadog. `source` and `service` are those that the Agent
        sets (the service is the source by default), `milliseconds` is the time of arrival, since 1970 (now by
        default). A log that the pipeline's filter does not find comes out as it went in.

        Raises `LineTooLong`, and `EngineError` if a query or a grok rule of the pipeline is not valid.
        """
        arrival = round(time() * 1000) if milliseconds is None else milliseconds
        logs = [_log(event, source, service or source, arrival, tags) for event in events]
        self._root(logs)
        return [
            ProcessedLog(
                log.message,
                log.status,
                log.timestamp,
                log.source,
                log.service,
                tuple(log.tags),
                log.attributes,
                tuple(log.rules),
            )
            for log in logs
        ]


def matches(query: str, log: ProcessedLog) -> bool:
    """Return whether a search in the Log Explorer finds a log. Raises `EngineError` for a query that is not valid."""
    return bool(matching(query, [log]))


def matching(query: str, logs: Sequence[ProcessedLog]) -> list[ProcessedLog]:
    """Return the logs that a search in the Log Explorer finds. Raises `EngineError` for a query that is not valid."""
    unprocessed = [
        processors.Log(log.message, log.status, log.timestamp, log.source, log.service, list(log.tags), log.attributes)
        for log in logs
    ]
    found = {id(log) for log in processors.matching(query, unprocessed)}
    return [log for log, candidate in zip(logs, unprocessed, strict=True) if id(candidate) in found]


def _log(
    event: str | Mapping[str, object], source: str, service: str, arrival: int, tags: Sequence[str]
) -> processors.Log:
    line = event if isinstance(event, str) else json.dumps(event)
    if len(line) > MAX_CHARACTERS:
        raise LineTooLong(f'the line has {len(line)} characters. No more than {MAX_CHARACTERS} are read: shorten it')
    line = line.encode(errors='replace').decode()
    found = _json_object(line)
    message = found.pop('message', line) if isinstance(found.get('message'), str) else line
    return processors.Log(str(message), 'info', arrival, source, service, list(tags), found)


def _json_object(line: str) -> attributes.Attributes:
    """Return the attributes of a line that is a JSON object, none for any other line."""
    if not line.startswith('{'):
        return {}
    try:
        value = json.loads(line)
        # Python takes numbers and texts that JSON does not have: NaN, Infinity, half of a surrogate pair.
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and attributes.depth(value) <= MAX_DEPTH else {}
