# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Recognises the component of an exposition by the names of its families."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from .components import COMPONENTS, Component, canonical_family, left_out_reason, metrics_by_family, parsed_family

FEW = 0.1
"""Share of known families below which an endpoint cannot be that of the component."""


def is_known(component: Component, family: str) -> bool:
    """Tell whether a family of the component is collected, or deliberately left out."""
    return canonical_family(component, family) in _families(component) or left_out_reason(component, family) is not None


@cache
def _families(component: Component) -> frozenset[str]:
    families = metrics_by_family(component, go_metrics=True)
    # OpenMetrics has the parser's names of counters on the wire.
    return frozenset({*families, *map(parsed_family, families), component.version_family})


def recognise(families: Collection[str]) -> Component | None:
    """Return the component with the most of these families, or None in case of a tie."""
    known = {component: _known(component, families) for component in COMPONENTS}
    best = [component for component, count in known.items() if count == max(known.values())]
    return best[0] if len(best) == 1 else None


def misplaced(component: Component, families: Collection[str], mapped: int) -> str:
    """
    Return a message if the families are not those of the component, otherwise an empty string.

    `mapped` is the number of families that the configuration maps or deliberately leaves out.
    """
    other = recognise(families)
    if other is not None and other is not component and mapped < _known(other, families):
        return f'These are the metrics of {other.service}: its URL belongs in the option `{other.option}`.'
    if mapped < FEW * len(families):
        return (
            f'Only {mapped} of {len(families)} families are known as those of {component.service}. '
            'Check the port and the path of the URL.'
        )
    return ''


def _known(component: Component, families: Collection[str]) -> int:
    return sum(is_known(component, family) for family in families)
