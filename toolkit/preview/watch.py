# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The states of the monitors over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from toolkit.assets import Monitor
from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.monitor_states import Group, MonitorState, Status
from toolkit.evaluation.monitors import evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.preview.log_book import LogBook
from toolkit.queries.errors import QueryError

EVALUATIONS_KEPT = 62
CHANGES_KEPT = 500

WORST_FIRST = (Status.ALERT, Status.WARN, Status.NO_DATA, Status.NOT_EVALUATED, Status.OK)
LIST_ORDER = (Status.ALERT, Status.WARN, Status.OK, Status.NOT_EVALUATED, Status.NO_DATA)


@dataclass(frozen=True)
class Change:
    """A group of a monitor went from one status to another, at a time in seconds since 1970."""

    time: float
    monitor: Monitor
    group: Group
    before: Status
    after: Status
    value: float | None


@dataclass
class Watched:
    """
    A monitor and what became of it.

    `states` and `since` are by group; `evaluations` are times and values by group; `error` is why it cannot be
    evaluated, or an empty string.
    """

    monitor: Monitor
    states: dict[Group, MonitorState] = field(default_factory=dict)
    since: dict[Group, float] = field(default_factory=dict)
    evaluations: deque[tuple[float, dict[Group, float | None]]] = field(
        default_factory=lambda: deque(maxlen=EVALUATIONS_KEPT)
    )
    error: str = ''

    @property
    def status(self) -> Status:
        """The worst status of its groups. Without any group there is no data."""
        present = {state.status for state in self.states.values()}
        return next((status for status in WORST_FIRST if status in present), Status.NO_DATA)


class Watch:
    """Evaluates monitors and keeps what they said."""

    def __init__(self, monitors: Sequence[Monitor], logs: LogBook) -> None:
        self.watched = {monitor.name: Watched(monitor) for monitor in monitors}
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self._logs = logs

    def evaluate(self, store: PointStore, now: float) -> None:
        """Evaluate every monitor as of a time, in seconds since 1970."""
        for watched in self.watched.values():
            try:
                states = evaluate_monitor(watched.monitor.definition, store, now, watched.states, self._logs.count)
            except (EvaluationError, QueryError) as e:
                watched.error = str(e)
                continue
            watched.error = ''
            self._note_changes(watched, states, now)
            watched.states = states
            watched.evaluations.append((now, {group: state.value for group, state in states.items()}))

    def _note_changes(self, watched: Watched, states: dict[Group, MonitorState], now: float) -> None:
        for group, state in states.items():
            # A group that is new was fine before.
            before = watched.states[group].status if group in watched.states else Status.OK
            if group not in watched.since or before != state.status:
                watched.since[group] = now
            if (
                before != state.status
                and state.status is not Status.NOT_EVALUATED
                and (group in watched.states or state.status in (Status.ALERT, Status.WARN))
            ):
                self.changes.append(Change(now, watched.monitor, group, before, state.status, state.value))
