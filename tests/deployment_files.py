# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The files of `deploy/`, and the workloads of Cilium's Helm charts that they are for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from toolkit.yaml_files import parse_yaml_documents

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / 'deploy'
FILES = sorted(path for path in DEPLOY.rglob('*') if path.is_file())
YAML_FILES = [path for path in FILES if path.suffix == '.yaml']

# The workloads of the charts 1.12 to 1.20, as they are rendered with all metrics switched on, by version.
WORKLOADS = json.loads((Path(__file__).parent / 'assets/workloads.json').read_text(encoding='utf-8'))


@cache
def documents(path: Path | str) -> list[dict]:
    """Return the documents of a YAML file. A relative path begins at `deploy/`."""
    return parse_yaml_documents((DEPLOY / path).read_text(encoding='utf-8'))


def document(path: Path | str) -> dict:
    """Return the only document of a YAML file. A relative path begins at `deploy/`."""
    (only,) = documents(path)
    return only


def merged(base: Mapping, above: Mapping) -> dict:
    """Merge as Helm and JSON merge patches do: mappings key by key, all else as a whole, and null takes a key away."""
    result = dict(base)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def merged_files(*paths: str) -> dict:
    """Return what the files amount to, each on top of the ones before it."""
    result: dict = {}
    for path in paths:
        result = merged(result, document(path))
    return result


def relative(path: Path) -> str:
    """Return a path as it is written below `deploy/`."""
    return str(path.relative_to(DEPLOY))
