# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The monitors in situations that users reported: `situations/` has them, each with its source in the first line.

They play as scenarios do. A message that is sent has to lead to the cause.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from monitor_scenarios import MONITORS, START, Cluster, Place, is_anomaly
from values_over_time import exposition

from toolkit.evaluation.history import WORST_LAST, history_of
from toolkit.evaluation.monitors import Status
from toolkit.yaml_files import read_yaml

SITUATIONS = {path.stem: read_yaml(path) for path in sorted((Path(__file__).parent / 'situations').glob('*.yaml'))}
OF_METRICS = [i for i, body in MONITORS.items() if body['type'] == 'query alert' and not is_anomaly(i)]

EXPECTED: dict[str, dict[str, Status]] = {
    'agent-api-hangs': {'agent_api_hangs': Status.ALERT},
    # All agents of the cluster hang, all one of them: there is no share of those that do.
    'agent-api-hangs-with-errors': {'agent_errors_logged': Status.ALERT},
    'controllers-failing-sticks-1.12': {
        'controllers_failing': Status.ALERT,
        'controllers_failing_on_node': Status.ALERT,
    },
    'icmp-denied-at-restart': {},
    'lbipam-conflict-1.18': {},
    'mesh-cluster-removed': {
        'kvstoremesh_remote_cluster_not_ready': Status.ALERT,
        'remote_cluster_not_ready': Status.ALERT,
    },
    'needed-ips-of-deleted-node-1.14': {},
    'policy-map-pressure-sticks': {},
}
"""What the monitors say at their worst, where it is not OK."""

WORDS = {
    ('agent-api-hangs', 'agent_api_hangs'): ['cilium-dbg status --brief', 'delete POD'],
    ('agent-api-hangs-with-errors', 'agent_errors_logged'): ['Error while getting Cilium status'],
    ('controllers-failing-sticks-1.12', 'controllers_failing'): ['On Cilium 1.12', 'until the agent restarts'],
    ('controllers-failing-sticks-1.12', 'controllers_failing_on_node'): ['On Cilium 1.12', 'delete $AGENT'],
    ('lbipam-conflict-1.18', 'lbipam_pool_conflict'): ['Cilium 1.18', 'CONFLICTING'],
    ('mesh-cluster-removed', 'remote_cluster_not_ready'): ['removed from the mesh', 'rollout restart daemonset/cilium'],
    ('mesh-cluster-removed', 'kvstoremesh_remote_cluster_not_ready'): [
        'removed from the mesh',
        'rollout restart deployment/clustermesh-apiserver',
    ],
    ('needed-ips-of-deleted-node-1.14', 'ipam_nodes_in_deficit'): ['Up to Cilium 1.14', 'deleted'],
    ('policy-map-pressure-sticks', 'bpf_map_pressure'): ['Up to Cilium 1.14', 'until the agent restarts'],
}
"""What leads to the cause, or keeps somebody who looks at a monitor that is silent from being misled."""


@pytest.mark.parametrize('name', SITUATIONS)
def test_monitors_say_what_is_wrong_and_nothing_else(cluster: Cluster, name: str) -> None:
    situation = SITUATIONS[name]
    exposed = {Place.named(place): exposition(text) for place, text in situation['places'].items()}
    *_, (_, store) = cluster.play(exposed, situation['minutes'], situation['every'])
    worst = {}
    for monitor_id in OF_METRICS:
        statuses = history_of(MONITORS[monitor_id], store, START, START + 60 * situation['minutes']).statuses
        if statuses.size and statuses.max() > 0:
            worst[monitor_id] = WORST_LAST[statuses.max()]
    assert worst == EXPECTED[name]


@pytest.mark.parametrize(('name', 'monitor_id'), WORDS)
def test_message_leads_to_the_cause(name: str, monitor_id: str) -> None:
    message = ' '.join(MONITORS[monitor_id]['message'].split())
    assert all(words in message for words in WORDS[name, monitor_id])


def test_every_situation_is_expected_and_every_alert_is_explained() -> None:
    assert set(EXPECTED) == set(SITUATIONS)
    for name, alerts in EXPECTED.items():
        explained = {monitor_id for situation, monitor_id in WORDS if situation == name}
        assert not alerts or set(alerts) & explained
