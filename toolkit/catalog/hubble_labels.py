# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The labels that only options of Hubble add to its families.

A family of flows has these labels if its entry in `hubble.metrics.enabled` asks for them, by the options
`sourceContext`, `destinationContext` and `labelsContext`. The catalogue leaves them out.
Source: https://docs.cilium.io/en/stable/observability/metrics/#hubble-exported-metrics
"""

from __future__ import annotations

from datadog_checks.cilium.components import Component

_OF_BOTH_ENDS = ('ip', 'namespace', 'pod', 'workload', 'workload_kind', 'app')
CONTEXT_LABELS = frozenset(
    {
        'source',
        'destination',
        'traffic_direction',
        *(f'source_{label}' for label in _OF_BOTH_ENDS),
        *(f'destination_{label}' for label in _OF_BOTH_ENDS),
    }
)
OPTIONAL_LABELS = frozenset({'query', 'port'})
"""Labels in the catalogue that are there with an option of one metric only: `dns:query`, `flows-to-world:port`."""

_NOT_OF_FLOWS = (
    'hubble_lost_events_total',
    'hubble_dynamic_exporter_',
    'hubble_metrics_http_handler_',
    'grpc_server_',
)
"""Families of the endpoint, and beginnings of families, that do not speak of flows."""


def has_context_labels(component: Component, family: str) -> bool:
    """Tell whether options of Hubble can add labels to a family."""
    return component.name == 'hubble' and not family.startswith(_NOT_OF_FLOWS)
