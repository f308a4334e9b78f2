# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The table in `docs/migration.md`, made from `changes.py`."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.markdown import table_row
from toolkit.migration.changes import (
    NEW_SERVICE_CHECK,
    OLD_SERVICE_CHECK,
    POD_TAG,
    Kind,
    MetricChange,
    Mode,
    label_changes,
    metric_changes,
)

BOTH, LEGACY = 'both', 'legacy'

HEAD = ('Mode', 'Was', 'Type', 'Is', 'Type', 'In a graph', 'In a monitor')

TAGS = (
    (
        BOTH,
        f'tag `{POD_TAG}`',
        f'tag `{POD_TAG}`, only from `auto_conf.yaml`',
        'use `host`',
        'use `host`',
    ),
    (
        LEGACY,
        'tag `upper_bound:none` of `.count`',
        'no tag',
        'leave the filter out',
        'leave the filter out',
    ),
    (
        LEGACY,
        'tag `upper_bound:<number>` of `.count`',
        'the same tag, of `.bucket`',
        '`.bucket` for `.count`',
        '`.bucket` for `.count`',
    ),
    (
        LEGACY,
        'tag `upper_bound:0.0`',
        'tag `upper_bound:0`',
        'write `0`',
        'write `0`',
    ),
    (
        LEGACY,
        'tags `lower_bound`, `upper_bound:inf` (option `non_cumulative_buckets`)',
        'tag `lower_bound` (option `non_cumulative_histogram_buckets`); `.count` for `upper_bound:inf`',
        '`.bucket` for `.count`',
        '`.bucket` for `.count`',
    ),
    (BOTH, 'label `le`', 'tag `upper_bound`, as before', 'nothing', 'nothing'),
    (BOTH, '-', 'tags `source`, `service` with the component on everything', 'nothing', 'nothing'),
    (LEGACY, '-', 'tag `endpoint` with the URL on everything', 'nothing', 'nothing'),
)
"""Mode, what was, what is, what to do in a graph and in a monitor."""

ADVICE = {
    Kind.RENAMED: ('new name', 'new name'),
    Kind.SUM: ('`.as_count()`, no `diff()`', '`.as_count()`, new threshold'),
    Kind.COUNT: ('`.as_count()`, no `upper_bound:none`', '`.as_count()`, new threshold'),
    Kind.BUCKET: ('new name, `.as_count()`', 'new name, `.as_count()`, new threshold'),
}
SERIES = {Kind.COUNT: '{upper_bound:none}', Kind.BUCKET: '{upper_bound:<number>}'}
"""Which series of the old name a row is about."""


def table_of_changes() -> Iterator[str]:
    """Yield the lines of the table, with a blank line before and after it."""
    yield from ('', table_row(*HEAD), '|' + '---|' * len(HEAD), *(table_row(*cells) for cells in table()), '')


def table() -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row: the service check, tags, then metrics."""
    health = f'`{OLD_SERVICE_CHECK}`', 'service check', f'`{NEW_SERVICE_CHECK}`', 'service check'
    yield LEGACY, *health, 'new name', 'new name'
    for change in label_changes(Mode.LATEST):
        names = sorted(change.metrics | next(c for c in label_changes(Mode.LEGACY) if c.old == change.old).metrics)
        where = ', '.join(f'`{name}`' for name in names)
        advice = f'`{change.new}` for values of the label'
        yield BOTH, f'tag `{change.old}` of {where}', '', f'tag `{change.new}`', '', advice, advice
    for mode, was, is_now, graph, monitor in TAGS:
        yield mode, was, '', is_now, '', graph, monitor
    yield from map(_cells, metric_changes())


def _cells(change: MetricChange) -> tuple[str, ...]:
    old = f'`{change.old}{SERIES.get(change.kind, "")}`'
    return LEGACY, old, change.old_type, f'`{change.new}`', change.new_type, *ADVICE[change.kind]
