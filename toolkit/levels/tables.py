# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The tables of what each level costs, in `README.md` and `docs/cost.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.levels import LEVELS, OPTION
from toolkit.levels.figures import (
    COMPONENTS,
    NEWEST,
    NODES,
    VERSIONS,
    count,
    custom_metrics_with_distributions,
    of_cluster,
    series,
    top_families,
)
from toolkit.levels.lists import level_of
from toolkit.levels.tags import with_limited_tags
from toolkit.markdown import table_row

STATEDB = '^cilium_.*statedb_'
LEVERS: tuple[tuple[str, dict[str, object]], ...] = (
    ('none', {}),
    ('`collect_histogram_buckets: false`', {'collect_histogram_buckets': False}),
    (f"`exclude_metrics: ['{STATEDB}']`", {'exclude_metrics': [STATEDB]}),
    ('both of these', {'collect_histogram_buckets': False, 'exclude_metrics': [STATEDB]}),
    ('`collection_level: standard`', {OPTION: 'standard'}),
    (
        '`standard`, and `collect_histogram_buckets: false`',
        {OPTION: 'standard', 'collect_histogram_buckets': False},
    ),
    ('`collection_level: minimal`', {OPTION: 'minimal'}),
    ('`go_metrics: true`', {'go_metrics': True}),
)
"""Options of an instance, and how they are written."""


def cluster() -> Iterator[str]:
    """Yield the lines of the table of what a cluster costs, which the README has too."""
    yield from _head('`collection_level`', 'each node', 'the rest', *(f'{nodes:,} nodes' for nodes in NODES))
    for level in LEVELS:
        rest = of_cluster(0, level)
        node = of_cluster(1, level) - rest
        numbers = (_rounded(of_cluster(nodes, level)) for nodes in NODES)
        yield table_row(f'`{level}`', f'{node:,}', f'{rest:,}', *numbers)


def tables_of_cost() -> dict[str, Iterable[str]]:
    """Return the lines of each table in `docs/cost.md`, by name."""
    return {
        'cluster': cluster(),
        'components': _components(),
        'families': _families(),
        'levers': _levers(),
        'bounds': _bounds(),
        'distributions': _distributions(),
        'limits': _limits(),
    }


def _components() -> Iterator[str]:
    yield from _head('Component', 'Cilium', *(f'`{level}`' for level in LEVELS))
    for component in COMPONENTS:
        for version in VERSIONS:
            counts = (f'{count(component, version, level):,}' for level in LEVELS)
            yield table_row(COMPONENT_BY_NAME[component].service, version, *counts)


def _families() -> Iterator[str]:
    yield from _head('Family', 'Cilium', 'Series', 'Buckets')
    for component in ('agent', 'hubble'):
        for version in VERSIONS:
            for family, total, buckets in top_families(component, version):
                yield table_row(f'`{family}`', version, f'{total:,}', f'{buckets:,}')


def _levers() -> Iterator[str]:
    components = ('agent', 'hubble', 'operator')
    yield from _head('Options of the instance', *(COMPONENT_BY_NAME[component].service for component in components))
    for text, options in LEVERS:
        yield table_row(text, *(f'{len(series(component, NEWEST, options)):,}' for component in components))


def _bounds() -> Iterator[str]:
    yield '| Histogram | Buckets at `standard`, by `upper_bound` |'
    yield '|---|---|'
    for metric, bounds in sorted(level_of('standard').buckets.items()):
        listed = 'all' if bounds is None else ', '.join(f'{bound:g}' for bound in sorted(bounds))
        yield table_row(f'`cilium.{metric}`', listed)


def _distributions() -> Iterator[str]:
    columns = 'counts, the default', 'one for each bucket', 'one for all buckets', 'the same, with percentiles'
    yield from _head('cilium-agent', *columns)
    for level in LEVELS:
        numbers = count('agent', NEWEST, level), *custom_metrics_with_distributions('agent', level)
        yield table_row(f'`{level}`', *(f'{number:,}' for number in numbers))


def _limits() -> Iterator[str]:
    yield from _head('Level', 'a node', 'with limited tags', 'what runs once', 'with limited tags')
    for level in LEVELS:
        yield table_row(
            f'`{level}`', *(f'{number:,}' for on in (True, False) for number in with_limited_tags(level, on))
        )


def _head(first: str, *others: str) -> Iterable[str]:
    """Return the head of a table whose columns are numbers, but for the first one."""
    return table_row(first, *others), f'|---|{"---:|" * len(others)}'


def _rounded(number: int) -> str:
    """Return a number with the three digits that mean something for another cluster than the recorded one."""
    if number >= 1_000_000:
        return f'{number / 1_000_000:.3g} million'
    digits = max(len(str(number)) - 3, 0)
    return f'{round(number, -digits):,}'
