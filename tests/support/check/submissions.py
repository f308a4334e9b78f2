# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the check submits: the Datadog names for the families and types that the catalogue knows."""

from __future__ import annotations

from datadog_checks.cilium.components import Component, canonical_family, metrics_by_family, target_name
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE
from toolkit.catalog.catalog import catalog
from toolkit.catalog.maps import METRICS, suggested_line
from toolkit.checkout import ROOT


def submitted_metrics() -> dict[str, str]:
    """Return the full name of every metric that the check submits, of any version of Cilium, with its type."""
    metrics = {'cilium.scrape.series.left_out': 'gauge', 'cilium.scrape.series.submitted': 'gauge'}
    for family in catalog().families:
        component = family.component
        if family.name == component.version_family:
            metrics.update(submissions(f'{component.name_prefix}version', 'gauge'))
            continue
        target = metrics_by_family(component, go_metrics=True).get(canonical_family(component, family.name))
        if target is not None:  # It is left out for a reason: see the tests of names.
            for shape in set(family.shapes.values()):
                metrics.update(submissions(target_name(target), shape.type))
    return metrics


def submissions(name: str, wire_type: str) -> dict[str, str]:
    """Return what becomes of a family of a type on the wire that is mapped to `name`: full names with their types."""
    return {f'cilium.{name}{suffix}': metric_type for suffix, metric_type in SUFFIXES_BY_TYPE[wire_type].items()}


def mapped_name(component: Component, family: str) -> str:
    """Return the Datadog name of a family, without `cilium.` and the suffix of its type. Fails if nobody maps it."""
    target = metrics_by_family(component, go_metrics=True).get(canonical_family(component, family))
    assert target is not None, how_to_map(component, family)
    return target_name(target)


def how_to_map(component: Component, family: str) -> str:
    """Return what to do for a family that is not collected."""
    line = suggested_line(component, family)
    path = (METRICS / line.path).relative_to(ROOT)
    return (
        f'{path}: write `{line}`. If {family} is not to be collected, say why in `left_out` of {component.name} in '
        'cilium/components.py'
    )
