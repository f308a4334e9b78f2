# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
`toolkit/installer/metric_tags.csv`, made from the assets and the recordings: which tags of a metric are looked at.

The installer reads it to limit metrics to these tags. It cannot work this out itself: it runs without the check.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

from datadog_checks.cilium.commands.dry_scrape import Series
from datadog_checks.cilium.levels import OPTION
from toolkit.assets import load_metadata
from toolkit.checkout import ROOT
from toolkit.levels.figures import COMPONENTS, DISTRIBUTIONS, NEWEST, ON_EACH_NODE, VERSIONS, series
from toolkit.levels.uses import BUCKET, PERCENTILE, uses

TABLE = ROOT / 'toolkit' / 'installer' / 'metric_tags.csv'
ALWAYS = ('kube_cluster_name', 'kube_node')
"""What every metric keeps: whose it is."""
COLUMNS = ('metric', 'type', 'percentiles', 'tags', 'on', 'series', 'series_left', 'dropped')


def metric_tags() -> dict[Path, str]:
    """
    Return the text of the file, a row for each metric of the check, and for each histogram as a distribution.

    `percentiles` is `yes` for distributions of which the assets ask for some, and `tags` are the keys to keep. The rest
    is empty for a metric that was not recorded: whether it comes from each `node` or once from a `cluster`, its series
    in the recording, those that are left with these tags, and the keys that are dropped, each with the number of its
    values.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(_rows())
    return {TABLE: text.getvalue()}


def with_limited_tags(level: str, on_each_node: bool) -> tuple[int, int]:
    """Return how many series of the newest version a level has, and how many of them are left with those tags."""
    used = _tags_used()
    before, left = 0, set()
    for component in COMPONENTS:
        if (component in ON_EACH_NODE) is on_each_node:
            for one in series(component, NEWEST, {OPTION: level}):
                keys = {*ALWAYS, *used.get(one.name, ())}
                left.add((one.name, tuple(tag for tag in one.tags if tag.partition(':')[0] in keys)))
                before += 1
    return before, len(left)


def _rows() -> Iterator[tuple[object, ...]]:
    types = {name: row['metric_type'] for name, row in load_metadata().items()}
    types |= {name.removesuffix(BUCKET): 'distribution' for name in types if name.endswith(BUCKET)}
    used, recorded = _tags_used(), _recorded()
    for metric, type_ in sorted(types.items()):
        tags = sorted({*ALWAYS, *used.get(metric, ())})
        percentiles = 'yes' if metric in _with_percentiles() else ''
        yield metric, type_, percentiles, ' '.join(tags), *_of_recording(recorded.get(metric), tags)


def _of_recording(recorded: tuple[str, list[Series]] | None, tags: list[str]) -> tuple[object, ...]:
    if recorded is None:
        return '', '', '', ''
    on, found = recorded
    sets = [dict(tag.split(':', 1) for tag in one.tags) for one in found]
    before = {tuple(sorted(one.items())) for one in sets}
    left = {tuple(sorted((key, value) for key, value in one.items() if key in tags)) for one in sets}
    values = {key: {one[key] for one in sets if key in one} for one in sets for key in one if key not in tags}
    # Those with one value tell nothing apart: dropping them changes no number.
    dropped = sorted(f'{key}={len(those)}' for key, those in values.items() if len(those) > 1)
    return on, len(before), len(left), ' '.join(dropped)


def _tags_used() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for use in uses():
        for one in use.series:
            keys = {*one.scope_keys, *one.keys, *(use.variables[name] for name in one.variables)}
            found.setdefault(one.metric, set()).update(keys)
    return found


@cache
def _with_percentiles() -> frozenset[str]:
    return frozenset(one.metric for use in uses() for one in use.series if PERCENTILE.fullmatch(one.aggregator or ''))


def _recorded() -> dict[str, tuple[str, list[Series]]]:
    """Return where each recorded metric comes from, and its series: those of the newest version that has it."""
    found: dict[str, tuple[str, list[Series]]] = {}
    for version in sorted(VERSIONS, key=lambda version: version == NEWEST):
        for component in COMPONENTS:
            by_name: dict[str, list[Series]] = {}
            for one in series(component, version, {}):
                by_name.setdefault(one.name, []).append(one)
            for one in series(component, version, DISTRIBUTIONS):
                if one.bounds:
                    by_name.setdefault(one.name, []).append(one)
            on = 'node' if component in ON_EACH_NODE else 'cluster'
            found |= {name: (on, those) for name, those in by_name.items()}
    return found
