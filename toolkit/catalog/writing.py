# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Add to the files what a comparison found missing."""

from __future__ import annotations

from pathlib import Path

from toolkit.catalog.catalog import FAMILIES, VERSIONS, csv_text, rows
from toolkit.catalog.comparison import Comparison
from toolkit.catalog.maps import METRICS, with_line
from toolkit.catalog.metadata import METADATA, with_rows


def write(comparison: Comparison) -> list[Path]:
    """Write the rows and lines into their files. Returns the files that changed."""
    read_from = {row['version']: row['read_from'] for row in rows(VERSIONS)} | dict(comparison.versions)
    order = [('version', 'read_from'), *((version, read_from[version]) for version in comparison.catalog.versions)]
    texts = {VERSIONS: csv_text(order), FAMILIES: comparison.catalog.text(), METADATA: with_rows(comparison.metadata)}
    for line in comparison.lines:
        path = METRICS / line.path
        texts[path] = with_line(texts.get(path, path.read_text(encoding='utf-8')), line)
    changed = [path for path, text in texts.items() if path.read_text(encoding='utf-8') != text]
    for path in changed:
        path.write_text(texts[path], encoding='utf-8')
    return changed
