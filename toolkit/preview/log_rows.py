# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Processed logs as rows of lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from toolkit.logs.attributes import paths
from toolkit.logs.pipeline import ProcessedLog

VARIES = re.compile(r'"[^"]*"|\b[0-9a-f]{8}-[0-9a-f-]+\b|\b\d[\w.:/-]*|\b0x[0-9a-f]+\b')
"""What makes two messages of one pattern differ: quoted text, identifiers, numbers, addresses and durations."""


def log_row(log: ProcessedLog) -> dict[str, object]:
    """Return a log for a list, with its attributes as pairs of path and value."""
    return {
        'time': log.timestamp / 1000,
        'status': log.status,
        'source': log.source,
        'message': log.message,
        'tags': list(log.tags),
        'attributes': [[path, _text(value)] for path, value in paths(log.attributes)],
        'rules': list(log.rules),
    }


def pattern_rows(logs: Sequence[ProcessedLog]) -> list[dict[str, object]]:
    """Return the patterns of messages, the most frequent first. Datadog has an algorithm of its own for that."""
    groups: dict[tuple[str, str, str], int] = defaultdict(int)
    for log in logs:
        groups[VARIES.sub('*', log.message), log.status, log.source] += 1
    return [
        {'pattern': pattern, 'status': status, 'source': source, 'count': count}
        for (pattern, status, source), count in sorted(groups.items(), key=lambda item: -item[1])
    ]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ', '.join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
