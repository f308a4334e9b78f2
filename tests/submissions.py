# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the check can submit: the Datadog names of the metric files, with the types that the catalogue knows."""

from __future__ import annotations

from collections import defaultdict

import yaml
from catalog import component_named, rows

from datadog_checks.cilium.components import COMPONENTS, METRICS_DIRECTORY, Component, metrics_by_family, target_name
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE

TYPES_OF_DOCUMENTED_FAMILIES = {
    'cilium_identity_gc_entries': {'gauge'},
    'cilium_identity_gc_latency': {'gauge'},
    'cilium_identity_gc_runs': {'gauge'},
    'cilium_operator_ipam_api_duration_seconds': {'histogram'},
    'cilium_operator_ipam_api_rate_limit_duration_seconds': {'histogram'},
}
"""Families that only Cilium's documentation names. The bundled integration collects them, so this one does too."""


def submitted_metrics() -> dict[str, str]:
    """Return the full name of every metric that the check can submit, with its type: `count` or `gauge`."""
    types = _types_by_family()
    types_by_line = _types_by_line(types)
    metrics: dict[str, str] = {}
    for component in COMPONENTS:
        lines = _lines_by_family(component)
        for family, target in metrics_by_family(component, go_metrics=True).items():
            name = target_name(target)
            wire_types = (
                types.get((component.name, family))
                or types_by_line.get(lines[family])
                or TYPES_OF_DOCUMENTED_FAMILIES[family]
            )
            for wire_type in wire_types:
                metrics.update(submissions(name, wire_type))
        if component.version_family:
            metrics.update(submissions(f'{component.name_prefix}version', 'gauge'))
    return metrics


def submissions(name: str, wire_type: str) -> dict[str, str]:
    """Return what becomes of a family of a type on the wire that is mapped to `name`: full names with their types."""
    return {f'cilium.{name}{suffix}': metric_type for suffix, metric_type in SUFFIXES_BY_TYPE[wire_type].items()}


def _types_by_family() -> dict[tuple[str, str], set[str]]:
    """Return the types on the wire by component and family. Few families have had more than one."""
    types: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows('families.csv'):
        types[component_named(row['component']).name, row['metric']].add(row['type'])
    return dict(types)


def _lines_by_family(component: Component) -> dict[str, tuple[str, str]]:
    """Return the lines of metric files, each as path and key, that map the families of a component."""
    lines: dict[str, tuple[str, str]] = {}
    for file in component.files:
        for key in yaml.safe_load((METRICS_DIRECTORY / file.path).read_text(encoding='utf-8')):
            lines.setdefault(file.wire_prefix + key, (file.path, key))
    return lines


def _types_by_line(types: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    """
    Return the types on the wire by line of a metric file.

    A shared file may list a family that the catalogue knows in one of its components only. Its type is that one's.
    """
    by_line: dict[tuple[str, str], set[str]] = defaultdict(set)
    for component in COMPONENTS:
        for family, line in _lines_by_family(component).items():
            by_line[line] |= types.get((component.name, family), set())
    return dict(by_line)
