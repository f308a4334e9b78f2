# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the kubelet check of the Datadog Agent would send of the demo's nodes and of their agents.

Nobody recorded that: the values are made up, and say that all is well. Only what dashboards and monitors use is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from datadog_checks.cilium.commands.submissions import Submission
from toolkit.preview.demo_cluster import NAMESPACE, Place

OF_NODES = {'kubernetes.node.filesystem.usage_pct': 0.4}
OF_AGENTS = {
    'kubernetes.containers.restarts': 0,
    'kubernetes.memory.limits': 1 << 30,
    'kubernetes.cpu.cfs.periods': 300,
    'kubernetes.cpu.cfs.throttled.periods': 3,
}
WORKING_SET = 400 << 20


def kubelet_submissions(places: Iterable[Place], time: float) -> list[Submission]:
    """Return the submissions of a run on each node, as of a time in seconds since 1970."""
    return [submission for place in places for submission in _of(place, time)]


def _of(place: Place, time: float) -> list[Submission]:
    node = (f'kube_cluster_name:{place.cluster}', f'kube_node:{place.node}', f'host:{place.node}')
    agent = (
        *node,
        f'kube_namespace:{NAMESPACE}',
        f'pod_name:{place.pods["agent"]}',
        'kube_container_name:cilium-agent',
        'kube_daemon_set:cilium',
    )
    working_set = WORKING_SET * (0.6 + 0.4 * place.load + 0.02 * math.sin(time / 300))
    return [
        *(Submission(name, 'gauge', value, node) for name, value in OF_NODES.items()),
        *(Submission(name, 'gauge', value, agent) for name, value in OF_AGENTS.items()),
        Submission('kubernetes.memory.working_set', 'gauge', working_set, agent),
    ]
