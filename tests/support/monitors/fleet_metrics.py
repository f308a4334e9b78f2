# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What Datadog gets from a fleet, metric by metric: the points of those metrics that a monitor asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from fleet import START, Cluster

from toolkit.evaluation.points import COUNT, GAUGE, PointStore, Tags
from toolkit.yaml_files import read_yaml

HEALTH = read_yaml(Path(__file__).parent / 'fleet_health.yaml')
"""Per minute and series: what an agent, a node or a cluster sends in health. The file tells the form."""

Line = tuple[Tags, np.ndarray]
"""The tags of a series besides its cluster, and a value for each minute; NaN is no point."""


def store_of(clusters: Sequence[Cluster], metrics: Iterable[str]) -> PointStore:
    """Return the points of some metrics of a fleet, from minute 0 on, one each minute."""
    minutes = clusters[0].minutes
    lines = []
    for metric in dict.fromkeys(metrics):
        metric_type = COUNT if metric.endswith(('.count', '.sum')) and metric not in GAUGES else GAUGE
        for cluster in clusters:
            for tags, values in lines_of(cluster, metric):
                values[cluster.deleted_at :] = np.nan
                if not np.isnan(values).all():
                    all_tags = tuple(sorted((*tags, f'kube_cluster_name:{cluster.name}')))
                    lines.append((metric, metric_type, all_tags, values))
    return PointStore.of_lines(START + 60.0 * np.arange(minutes), lines)


GAUGES = {'cilium.controllers.failing.count', 'cilium.ip_addresses.count', 'cilium.identity.count'}
"""Gauges whose name sounds like a count."""


def lines_of(cluster: Cluster, metric: str) -> Iterator[Line]:
    """Yield the series of a metric of a cluster. One that nobody has described belongs to a feature that is off."""
    if metric in DERIVED:
        yield from DERIVED[metric](cluster)
    for where, described in HEALTH.items():
        if metric in described:
            yield from _described(cluster, metric, where, described[metric])


def _described(cluster: Cluster, metric: str, where: str, series: dict[str, float]) -> Iterator[Line]:
    is_count = metric.endswith(('.count', '.sum')) and metric not in GAUGES
    for text, value in series.items():
        tags = tuple(text.split())
        of_cluster = where == 'cluster'
        values = np.full((1 if of_cluster else cluster.nodes, cluster.minutes), float(value))
        if is_count:
            values *= cluster.load
        values[:, cluster.api_server_away] = HEALTH_WITHOUT_API.get((metric, text), value)
        if not of_cluster and (metric, text) in HEALTH_AT_START:
            values[cluster.starting] = HEALTH_AT_START[metric, text]
        with_faults(cluster, metric, tags, values)
        if of_cluster:
            yield tags, values[0]
        else:
            yield from by_node(cluster, tags, values, cluster.there if where == 'node' else cluster.there & cluster.up)


def with_faults(cluster: Cluster, metric: str, tags: Tags, values: np.ndarray) -> None:
    """Write the faults of a metric into the values of the series with these tags."""
    for fault in cluster.faults:
        if fault.metric == metric and set(fault.tags) <= set(tags):
            values[fault.nodes, fault.minutes] = fault.value


def by_node(cluster: Cluster, tags: Tags, values: np.ndarray, present: np.ndarray) -> Iterator[Line]:
    """Yield a series for each node, with points where it is present."""
    for node, line in enumerate(np.where(present, values, np.nan)):
        yield (*tags, f'kube_node:node-{node}'), line


def _of_agents(metric: str, values: Callable[[Cluster], np.ndarray], *tags: str) -> Callable[[Cluster], Iterator[Line]]:
    def lines(cluster: Cluster) -> Iterator[Line]:
        found = values(cluster).astype(float)
        with_faults(cluster, metric, tags, found)
        yield from by_node(cluster, tags, found, cluster.there & cluster.up)

    return lines


def _connectivity(cluster: Cluster) -> Iterator[Line]:
    unreached = cluster.not_reached()
    total = np.broadcast_to(cluster.joined().sum(axis=0), unreached.shape)
    for status, values in (('reachable', total - unreached), ('unreachable', unreached)):
        tags = (f'status:{status}', 'type:node')
        yield from by_node(cluster, tags, values, cluster.there & cluster.up)


def _remote_nodes(cluster: Cluster) -> Iterator[Line]:
    if cluster.elsewhere:
        values = np.full(cluster.up.shape, float(cluster.elsewhere))
        yield from by_node(cluster, ('target_cluster:other',), values, cluster.there & cluster.up)


def _restarts(cluster: Cluster) -> Iterator[Line]:
    tags = ('kube_container_name:cilium-agent', 'kube_daemon_set:cilium')
    yield from by_node(cluster, tags, cluster.restarts, cluster.there)


def _daemon_sets(ready: bool) -> Callable[[Cluster], Iterator[Line]]:
    def lines(cluster: Cluster) -> Iterator[Line]:
        metric = f'kubernetes_state.daemonset.{"ready" if ready else "desired"}'
        for name in ('cilium', 'cilium-envoy', 'standalone-dns-proxy'):
            is_ready = cluster.up & ~cluster.starting if name == 'cilium' else cluster.up
            values = (cluster.there & is_ready if ready else cluster.there).sum(axis=0).astype(float)
            tags = (f'kube_daemon_set:{name}',)
            with_faults(cluster, metric, tags, values[np.newaxis])
            yield tags, values

    return lines


DERIVED: dict[str, Callable[[Cluster], Iterator[Line]]] = {
    'cilium.version': _of_agents('cilium.version', lambda c: np.ones(c.up.shape), 'cilium_version:1.20.1'),
    'cilium.nodes.managed.total': _of_agents('cilium.nodes.managed.total', lambda c: c.known() + c.elsewhere),
    'cilium.unreachable.nodes': _of_agents('cilium.unreachable.nodes', Cluster.not_reached),
    'cilium.unreachable.health_endpoints': _of_agents('cilium.unreachable.health_endpoints', Cluster.not_reached),
    'cilium.node_health.connectivity.status': _connectivity,
    'cilium.clustermesh.remote_cluster_nodes': _remote_nodes,
    'kubernetes.containers.restarts': _restarts,
    'kubernetes_state.daemonset.desired': _daemon_sets(ready=False),
    'kubernetes_state.daemonset.ready': _daemon_sets(ready=True),
}
"""What follows from who is there, who runs and who is reached."""


HEALTH_AT_START = {
    (metric, text): value for metric, series in HEALTH.pop('at_start').items() for text, value in series.items()
}
HEALTH_WITHOUT_API = {
    (metric, text): value
    for metric, series in HEALTH.pop('without_api_server').items()
    for text, value in series.items()
}

DESCRIBED = {*DERIVED, *(metric for described in HEALTH.values() for metric in described)}
