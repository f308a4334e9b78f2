# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the monitors send about a fleet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fleet import START, Cluster
from fleet_metrics import store_of
from monitor_scenarios import MONITORS, is_anomaly

from toolkit.evaluation.history import history_of, notifications
from toolkit.evaluation.monitors import Group, Status
from toolkit.monitors.definition import Definition, definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import CheckMonitor, series_of

SETTLED = 75
"""Minutes after which the monitors are asked: every window but the longest has seen what is usual by then."""

DEFINITIONS = {d.monitor_id: d for d in definitions() if d.monitor_id in MONITORS}


def those(choose: Callable[[Definition], bool]) -> list[str]:
    """Return the monitors of metrics that are chosen, without those that only Datadog can evaluate."""
    return [
        monitor_id
        for monitor_id, definition in DEFINITIONS.items()
        if choose(definition) and 'statuses' not in definition.body and not is_anomaly(monitor_id)
    ]


CORE = those(lambda d: d.body['tier'] == 'core')


def of_features(*features: str) -> list[str]:
    """Return the monitors of metrics of some features."""
    return those(lambda d: d.body['tier'] == 'feature' and bool(set(features) & set(d.body['features'])))


@dataclass(frozen=True)
class Alert:
    """A notification: which monitor sent it at which minute of the fleet, and about what."""

    monitor_id: str
    minute: float
    priority: int
    status: Status
    about: Group
    groups: tuple[Group, ...]


def alerts_of(clusters: Cluster | Sequence[Cluster], monitors: Iterable[str] = CORE) -> list[Alert]:
    """Return what some monitors send about a fleet once it has settled, in the order of time."""
    fleet = [clusters] if isinstance(clusters, Cluster) else clusters
    sent = []
    for monitor_id in monitors:
        definition = MONITORS[monitor_id]
        monitor = parse_monitor(definition['query'])
        assert not isinstance(monitor, CheckMonitor)
        store = store_of(fleet, (series.metric for series in series_of(monitor.expression)))
        history = history_of(definition, store, START + 60 * SETTLED, START + 60 * (fleet[0].minutes - 1))
        sent += [
            Alert(monitor_id, (n.time - START) / 60, definition['priority'], n.status, n.about, n.groups)
            for n in notifications(definition, history)
        ]
    return sorted(sent, key=lambda alert: alert.minute)
