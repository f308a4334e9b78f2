# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a monitor says of a group, and how it comes to say it."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

Group = tuple[str, ...]
"""The tags, `key:value`, of a group of a monitor, in the order of its query. Without groups it is empty."""


class Status(StrEnum):
    """What a monitor says of a group."""

    OK = 'OK'
    WARN = 'WARN'
    ALERT = 'ALERT'
    NO_DATA = 'NO DATA'
    NOT_EVALUATED = 'NOT EVALUATED'
    """Only Datadog can tell. The value is that of the query within."""


@dataclass(frozen=True)
class MonitorState:
    """The status of a group, and the value that it comes from, or None if there is no data."""

    status: Status
    value: float | None = None


@dataclass(frozen=True)
class Condition:
    """
    When a value alerts or warns, and when it does no more.

    `thresholds` are those of the API: critical, warning, critical_recovery and warning_recovery; all but the first may
    be missing.
    """

    comparison: str
    thresholds: Mapping[str, float | None]

    def status(self, value: float, before: Status) -> Status:
        """Return the status of a group with a value, and with a status before."""
        if self._holds('critical', value, before is Status.ALERT):
            return Status.ALERT
        if self._holds('warning', value, before in (Status.WARN, Status.ALERT)):
            return Status.WARN
        return Status.OK

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Return for each value whether it warns or alerts by itself, whatever was before."""
        thresholds = [self.thresholds.get(name) for name in ('critical', 'warning')]
        compare = _COMPARISONS[self.comparison]
        return np.logical_or.reduce([compare(values, threshold) for threshold in thresholds if threshold is not None])

    def _holds(self, name: str, value: float, held_before: bool) -> bool:
        threshold = self.thresholds.get(name)
        if threshold is not None and _COMPARISONS[self.comparison](value, threshold):
            return True
        recovery = self.thresholds.get(f'{name}_recovery')
        return held_before and recovery is not None and not _RECOVERIES[self.comparison](value, recovery)


_COMPARISONS = {
    '>': operator.gt,
    '>=': operator.ge,
    '<': operator.lt,
    '<=': operator.le,
    '==': operator.eq,
}

_RECOVERIES = {'>': operator.le, '>=': operator.lt, '<': operator.ge, '<=': operator.gt, '==': operator.ne}
"""Source: https://docs.datadoghq.com/monitors/guide/recovery-thresholds/"""


def state_without_data(
    options: Mapping, missing_is_zero: bool, condition: Condition, before: MonitorState
) -> MonitorState:
    """
    Return the state of a group that has no data now.

    Source: https://docs.datadoghq.com/monitors/configuration/#no-data
    """
    choice = options.get('on_missing_data') or ('show_no_data' if options.get('notify_no_data') else 'default')
    if choice == 'resolve':
        return MonitorState(Status.OK)
    if choice in ('show_no_data', 'show_and_notify_no_data'):
        return MonitorState(Status.NO_DATA)
    if missing_is_zero:
        return MonitorState(condition.status(0, before.status), 0)
    return MonitorState(before.status)
