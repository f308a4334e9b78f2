# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Each core monitor is silent through an ordinary week, in which much happens and nothing is wrong."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from fleet import ALL, Cluster
from fleet_alerts import CORE, SETTLED, alerts_of

HOUR, DAY = 60, 24 * 60
BASE, BY_DAY, SPOT = 40, 20, 10
"""Nodes that are always there, that autoscaling adds from eight to eight, and that the cloud takes back at times."""

CHRONIC = 7
"""A node with a fault that nobody has found for months."""


@cache
def ordinary_week() -> Cluster:
    """Return a cluster with autoscaling, spot nodes, an upgrade, reboots, batch jobs and a chronic bad node."""
    week = Cluster(BASE + BY_DAY + SPOT, 7 * DAY + SETTLED)
    minutes = np.arange(week.minutes)
    week.load = 1 + 0.6 * np.sin(2 * np.pi * minutes / DAY) + 0.5 * (minutes % DAY < HOUR)
    for day in range(7):
        midnight = SETTLED + day * DAY
        for number in range(BY_DAY):
            # One after the other in the morning, and in the evening.
            week.stay_away([BASE + number], midnight + 20 * HOUR + number, midnight + 32 * HOUR + number // 2)
        for hour in range(0, 24, 2):
            # A node every two hours: 5 % of the spot nodes each hour.
            week.stay_away([BASE + BY_DAY + hour // 2 % SPOT], midnight + hour * HOUR, midnight + hour * HOUR + 4)
        week.reboot(day, midnight + 4 * HOUR)
        # Batch jobs start many pods.
        jobs = slice(midnight + 2 * HOUR, midnight + 2 * HOUR + 10)
        week.fault('cilium.endpoint.state', 4, 'endpoint_state:waiting-for-identity', start=jobs.start, end=jobs.stop)
        week.fault('cilium.bpf.map_pressure', 0.8, 'map_name:ct4_global', nodes=9, start=jobs.start, end=jobs.stop)
    week.upgrade(SETTLED + 34 * HOUR, minutes=90)
    week.restart_api_server(SETTLED + 51 * HOUR)
    week.restart_api_server(SETTLED + 52 * HOUR)
    memory = np.linspace(400, 800, week.minutes)
    week.fault('kubernetes.memory.working_set', memory, nodes=ALL)
    week.fault('cilium.operator.identity_gc.entries', 30_000, 'status:alive', start=3 * DAY)
    # A policy that one agent refuses, controllers and endpoints that never get well, and a log full of errors.
    week.fault('cilium.controllers.failing.count', 2, nodes=CHRONIC)
    week.fault('cilium.endpoint.state', 5, 'endpoint_state:not-ready', nodes=CHRONIC)
    week.fault('cilium.errors_warning.count', 6, 'level:error', nodes=CHRONIC)
    week.fault('cilium.policy.change.count', 0.02, 'outcome:fail', nodes=CHRONIC)
    week.fault('cilium.endpoint.regenerations.count', 3, 'outcome:fail', nodes=CHRONIC)
    week.fault('cilium.bpf.map_ops.count', 2, 'operation:update', 'outcome:fail', nodes=CHRONIC)
    week.fault('cilium.k8s_client.api_calls.count', 30, 'return_code:500', nodes=CHRONIC)
    return week


@pytest.mark.parametrize('monitor_id', CORE)
def test_core_monitor_is_silent_through_an_ordinary_week(monitor_id: str) -> None:
    assert alerts_of(ordinary_week(), [monitor_id]) == []


def test_week_is_no_desert() -> None:
    """What the chronic bad node does is there to be found, by those who want tickets."""
    tickets = {alert.monitor_id for alert in alerts_of(ordinary_week(), ['controllers_failing_on_node'])}
    assert tickets == {'controllers_failing_on_node'}
