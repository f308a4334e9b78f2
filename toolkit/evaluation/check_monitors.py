# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Monitors of a service check: they count its last statuses that are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.evaluation.monitor_states import Group, MonitorState, Status
from toolkit.evaluation.points import PointStore, Tags
from toolkit.queries.syntax import CheckMonitor

MINUTES_WITHOUT_STATUS = 24 * 60
"""Until there is no data. Source: https://docs.datadoghq.com/api/latest/monitors/, option `no_data_timeframe`."""

_BEST_FIRST = (Status.OK, Status.NO_DATA, Status.WARN, Status.ALERT)

_OUTCOMES = {'CRITICAL': ('critical', Status.ALERT), 'WARNING': ('warning', Status.WARN), 'OK': ('ok', Status.OK)}
"""By the newest status: the threshold of how many there have to be in a row, and what becomes of the group then."""


def states_of_check(
    monitor: CheckMonitor,
    options: Mapping,
    store: PointStore,
    now: float,
    previous: Mapping[Group, MonitorState],
) -> dict[Group, MonitorState]:
    """Return the states of groups. A group is as bad as the worst of the endpoints, or the like, in it."""
    states: dict[Group, MonitorState] = {}
    for tags, statuses in store.statuses(monitor.check).items():
        group = _group(monitor, tags)
        known = [(time, status) for time, status in statuses if time <= now]
        if group is None or not known:
            continue
        before = previous[group].status if group in previous else Status.OK
        timeframe = options.get('no_data_timeframe') or MINUTES_WITHOUT_STATUS
        if known[-1][0] < now - 60 * timeframe:
            state = MonitorState(Status.NO_DATA if options.get('notify_no_data') else before)
        else:
            recent = [status for _, status in known[-monitor.last :]]
            state = _state(recent, options.get('thresholds') or {}, before)
        states[group] = max(states.get(group, state), state, key=lambda state: _BEST_FIRST.index(state.status))
    return states


def _group(monitor: CheckMonitor, tags: Tags) -> Group | None:
    """Return the group that a status with these tags is in, or None if the monitor does not see it."""
    if any(tag != '*' and tag not in tags for tag in monitor.over) or set(monitor.excluded) & set(tags):
        return None
    group = tuple(next((tag for tag in tags if tag.startswith(f'{key}:')), '') for key in monitor.keys)
    return None if '' in group else group


def _state(statuses: Sequence[str], thresholds: Mapping, before: Status) -> MonitorState:
    newest = statuses[-1]
    in_a_row = next((i for i, status in enumerate(reversed(statuses)) if status != newest), len(statuses))
    threshold, status = _OUTCOMES.get(newest, (None, before))
    enough = threshold is not None and in_a_row >= (thresholds.get(threshold) or 1)
    return MonitorState(status if enough else before, in_a_row)
