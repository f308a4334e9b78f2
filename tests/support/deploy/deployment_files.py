# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The files of `deploy/`, and the workloads of Cilium's Helm charts that they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from toolkit.checkout import ROOT
from toolkit.yaml_files import parse_yaml_documents, read_yaml

DEPLOY = ROOT / 'deploy'
FILES = sorted(path for path in DEPLOY.rglob('*') if path.is_file())
YAML_FILES = [path for path in FILES if path.suffix == '.yaml']

# The workloads of the charts 1.12 to 1.20, as they are rendered with all metrics switched on, by version.
WORKLOADS = json.loads((ROOT / 'tests/assets/workloads.json').read_text(encoding='utf-8'))


# Agents as users have them: values of the chart `datadog`, and specs of a DatadogAgent.
INSTALLED = read_yaml(ROOT / 'tests/assets/installed_agents.yaml')


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


# Lists that a server-side apply merges by entries, and what names an entry: `x-kubernetes-list-map-keys` in the custom
# resource definition of DatadogAgent. It replaces all others.
LIST_KEYS = {'volumes': ('name',), 'volumeMounts': ('name', 'mountPath')}


def applied(resource: Mapping, above: Mapping) -> dict:
    """Return what `kubectl apply --server-side` makes of a DatadogAgent: as `merged`, but lists with keys merge too."""
    result = dict(resource)
    for key, value in above.items():
        below = result.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            result[key] = applied(below, value)
        elif key in LIST_KEYS and isinstance(below, list):
            entries = {tuple(entry[name] for name in LIST_KEYS[key]): entry for entry in [*below, *value]}
            result[key] = list(entries.values())
        else:
            result[key] = value
    return result


def leaves(values: Mapping, path: str = '') -> Iterator[tuple[str, object]]:
    """Yield the path and the value of everything that is no mapping with entries, lists as a whole."""
    for key, value in values.items():
        here = f'{path}.{key}' if path else str(key)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, here)
        else:
            yield here, value


def changed(before: Mapping, after: Mapping) -> set[str]:
    """Return the paths of all values that are other ones, new or gone."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return {path for path in old.keys() | new.keys() if path not in old or path not in new or old[path] != new[path]}


def merged_files(*paths: str) -> dict:
    """Return what the files amount to, each on top of the ones before it."""
    result: dict = {}
    for path in paths:
        result = merged(result, document(path))
    return result


def relative(path: Path) -> str:
    """Return a path as it is written below `deploy/`."""
    return str(path.relative_to(DEPLOY))
