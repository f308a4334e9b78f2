# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Evaluate the definition of a monitor at a moment.

This is an approximation: `differences.md` says where Datadog differs.
"""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.evaluation.check_monitors import states_of_check
from toolkit.evaluation.monitor_states import Condition, Group, MonitorState, Status, state_without_data
from toolkit.evaluation.monitor_values import (
    CountLogs,
    groups_with_full_window,
    has_algorithm,
    missing_is_zero,
    values_of_change,
    values_of_logs,
    values_of_metric,
)
from toolkit.evaluation.points import PointStore
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, CheckMonitor, LogMonitor, MetricMonitor, series_of


def evaluate_monitor(
    definition: Mapping,
    store: PointStore,
    now: float,
    previous: Mapping[Group, MonitorState] | None = None,
    count_logs: CountLogs | None = None,
) -> dict[Group, MonitorState]:
    """
    Evaluate a monitor, as the API has it (`query`, `options`), at `now`, in seconds since 1970.

    `previous` are the states of the evaluation before. They matter to recovery thresholds, and to groups that have no
    data any more. `count_logs` is for monitors of logs.
    Raises `EvaluationError`, and `QueryError`.
    """
    monitor = parse_monitor(definition['query'])
    options = definition.get('options', {})
    now -= options.get('evaluation_delay') or 0
    previous = previous or {}
    if isinstance(monitor, CheckMonitor):
        return states_of_check(monitor, options, store, now, previous)
    values = _values(monitor, options, store, now, count_logs)
    if isinstance(monitor, MetricMonitor) and has_algorithm(monitor.expression):
        return {group: MonitorState(Status.NOT_EVALUATED, value) for group, value in values.items()}

    condition = Condition(monitor.comparison, {'critical': monitor.threshold, **(options.get('thresholds') or {})})
    states = {}
    for group, value in values.items():
        before = previous.get(group, MonitorState(Status.OK))
        states[group] = MonitorState(condition.status(value, before.status), value)
    zero = isinstance(monitor, LogMonitor) or missing_is_zero(monitor.expression, store)
    for group, before in {**_always_there(monitor), **previous}.items():
        if group not in states:
            states[group] = state_without_data(options, zero, condition, before)
    return states


def _values(
    monitor: MetricMonitor | ChangeMonitor | LogMonitor,
    options: Mapping,
    store: PointStore,
    now: float,
    count_logs: CountLogs | None,
) -> dict[Group, float]:
    if isinstance(monitor, LogMonitor):
        return values_of_logs(monitor, now, count_logs)
    if isinstance(monitor, MetricMonitor):
        values = values_of_metric(monitor, store, now)
    else:
        values = values_of_change(monitor, store, now)
    if not options.get('require_full_window'):
        return values
    full = groups_with_full_window(monitor, store, now)
    return {group: value for group, value in values.items() if group in full}


def _always_there(monitor: MetricMonitor | ChangeMonitor | LogMonitor) -> dict[Group, MonitorState]:
    """Return the one group of a monitor without groups."""
    if isinstance(monitor, LogMonitor):
        has_groups = bool(monitor.keys)
    else:
        has_groups = any(series.keys for series in series_of(monitor.expression))
    return {} if has_groups else {(): MonitorState(Status.NO_DATA)}
