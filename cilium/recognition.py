# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Whose metrics an exposition holds, by the names of its families on the wire."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from .components import COMPONENTS, Component, canonical_family, left_out_reason, metrics_by_family, parsed_family

FEW = 0.1
"""As a share of the families: a component's own endpoint exposes hardly any that this integration does not know."""


def is_known(component: Component, family: str) -> bool:
    """Tell whether a component has a family: one that is collected, or one that is left out on purpose."""
    return canonical_family(component, family) in _families(component) or left_out_reason(component, family) is not None


@cache
def _families(component: Component) -> frozenset[str]:
    families = metrics_by_family(component, go_metrics=True)
    # In the OpenMetrics format counters have the names that the parser gives them.
    return frozenset({*families, *map(parsed_family, families), component.version_family})


def recognise(families: Collection[str]) -> Component | None:
    """Return the component that knows the most of these families, or None where two know as many, or none any."""
    known = {component: _known(component, families) for component in COMPONENTS}
    best = [component for component, count in known.items() if count == max(known.values())]
    return best[0] if len(best) == 1 else None


def misplaced(component: Component, families: Collection[str], mapped: int) -> str:
    """
    Return what is wrong if the families that the endpoint of a component exposes are not its own, or nothing.

    `mapped` is how many of them the configuration maps, or leaves out on purpose.
    """
    other = recognise(families)
    if other is not None and other is not component and mapped < _known(other, families):
        return f'These are the metrics of {other.service}: its URL belongs into the option `{other.option}`.'
    if mapped < FEW * len(families):
        return (
            f'Of {len(families)} families, {mapped} are known as those of {component.service}. '
            'Check the port and the path of the URL.'
        )
    return ''


def _known(component: Component, families: Collection[str]) -> int:
    return sum(is_known(component, family) for family in families)
