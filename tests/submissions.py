# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the check submits: the Datadog names for the families and types that the catalogue knows."""

from __future__ import annotations

from catalog import component_named, rows

from datadog_checks.cilium.components import canonical_family, metrics_by_family, target_name
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE


def submitted_metrics() -> dict[str, str]:
    """Return the full name of every metric that the check submits, of any version of Cilium, with its type."""
    metrics = {'cilium.scrape.series.left_out': 'gauge', 'cilium.scrape.series.submitted': 'gauge'}
    for row in rows('families.csv'):
        component = component_named(row['component'])
        if row['metric'] == component.version_family:
            metrics.update(submissions(f'{component.name_prefix}version', 'gauge'))
            continue
        target = metrics_by_family(component, go_metrics=True).get(canonical_family(component, row['metric']))
        if target is not None:  # It is left out for a reason: see the tests of names.
            metrics.update(submissions(target_name(target), row['type']))
    return metrics


def submissions(name: str, wire_type: str) -> dict[str, str]:
    """Return what becomes of a family of a type on the wire that is mapped to `name`: full names with their types."""
    return {f'cilium.{name}{suffix}': metric_type for suffix, metric_type in SUFFIXES_BY_TYPE[wire_type].items()}
