# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The monitors that a monitor summary shows: how many are in which state, and those that say something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from toolkit.evaluation.monitor_states import Group, Status
from toolkit.preview.watch import LIST_ORDER, Watched

TOLD = (Status.ALERT, Status.WARN)

_CONDITION = re.compile(r'(\w+):("[^"]*"|\S+)')


def monitor_list(search: str, watched: Sequence[Watched]) -> dict[str, object]:
    """
    Return the drawing of a monitor summary.

    Of the searches that Datadog has, `tag:` and `group:` are understood: a tag of the monitor, and one of the group.
    """
    wanted = [(key, value.strip('"')) for key, value in _CONDITION.findall(search)]
    tags = [value for key, value in wanted if key == 'tag']
    groups = [value for key, value in wanted if key == 'group' and value != '*']
    states: list[tuple[Status, Watched, Group]] = []
    counts: Counter[Status] = Counter()
    for one in watched:
        if not all(tag in one.monitor.definition.get('tags', ()) for tag in tags):
            continue
        of_monitor = [
            (state.status, one, group) for group, state in one.states.items() if all(tag in group for tag in groups)
        ]
        counts[min((status for status, *_ in of_monitor), key=LIST_ORDER.index, default=Status.NO_DATA)] += 1
        states += of_monitor
    told = sorted(
        (state for state in states if state[0] in TOLD),
        key=lambda state: (LIST_ORDER.index(state[0]), state[1].monitor.definition.get('priority') or 9),
    )
    return {
        'kind': 'monitors',
        'counts': [[str(status), counts[status]] for status in LIST_ORDER if counts[status]],
        'rows': [
            {
                'status': str(status),
                'name': one.monitor.name,
                'title': one.monitor.title,
                'priority': one.monitor.definition.get('priority'),
                'group': ', '.join(tag.partition(':')[2] for tag in group),
                'since': one.since.get(group, 0),
            }
            for status, one, group in told
        ],
    }
