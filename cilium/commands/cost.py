# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What families cost: their series at each collection level, and the assets that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import yaml

from ..components import Component, canonical_family, metrics_by_family, target_name
from ..levels import DIRECTORY, LEVELS, OPTION, USED_BY
from .dry_scrape import DryScrape
from .tables import table


@dataclass(frozen=True)
class Count:
    """The number of series sent to Datadog, and of the histogram buckets among them."""

    series: int = 0
    buckets: int = 0


class Costs:
    """Counts the series of a component's families at each level, with the other options of an instance."""

    def __init__(self, component: Component, instance: Mapping[str, object], url: str, content_type: str) -> None:
        self._scrapes = {
            level: DryScrape(component, {**instance, OPTION: level}, url, content_type) for level in LEVELS
        }

    def of(self, text: str) -> dict[str, Count]:
        """Return the count of a family at each level. Text that cannot be read counts as 0."""
        counts = {}
        for level, scrape in self._scrapes.items():
            with suppress(ValueError, KeyError):
                scrape.read(text)
            submitted = scrape.check.submitted
            buckets = sum(bool(series.bounds) or series.name.endswith('.bucket') for series in submitted)
            counts[level] = Count(len(submitted), buckets)
        return counts


def uses_of(component: Component, family: str) -> dict[str, list[str]]:
    """Return the titles of the assets that use a family, by kind: `dashboards`, `monitors`, `slos`."""
    target = metrics_by_family(component).get(canonical_family(component, family))
    return {} if target is None else _uses().get(target_name(target), {})


@cache
def _uses() -> dict[str, dict[str, list[str]]]:
    with (DIRECTORY / USED_BY).open(encoding='utf-8') as file:
        uses: dict[str, dict[str, list[str]]] = yaml.safe_load(file)
    return uses


def totals(counts: Iterable[Mapping[str, Count]]) -> dict[str, int]:
    """Return the total number of series at each level."""
    counts = list(counts)
    return {level: sum(of_family[level].series for of_family in counts) for level in LEVELS}


def of_cluster(totals_of: Sequence[tuple[Component, Mapping[str, int]]], nodes: int) -> dict[str, int]:
    """Return the series of a cluster of `nodes` nodes at each level: endpoints on each node count `nodes` times."""
    return {
        level: sum(of[level] * (nodes if component.is_on_each_node else 1) for component, of in totals_of)
        for level in LEVELS
    }


def level_table(totals_of: Sequence[tuple[Component, Mapping[str, int]]], nodes: int | None) -> str:
    """Return a table of the series at each level, and in a cluster of `nodes` nodes if that is given."""
    here = of_cluster(totals_of, 1)
    header = ('LEVEL', 'SERIES', *([f'IN {nodes} NODES'] if nodes else ()))
    cluster = of_cluster(totals_of, nodes) if nodes else {}
    return table(header, [(level, here[level], *([cluster[level]] if nodes else ())) for level in LEVELS])
