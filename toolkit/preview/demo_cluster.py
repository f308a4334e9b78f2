# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Clusters of a few nodes, played from recordings, served on loopback for the check to collect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from datadog_checks.cilium.commands.exposition_server import ExpositionServer
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.preview.playback import Peaceful, Playback, Story

CLUSTER = 'demo'
OTHER_CLUSTER = 'demo-2'
NAMESPACE = 'kube-system'
ON_EACH_NODE = ('agent', 'hubble')


@dataclass(frozen=True)
class Place:
    """Where a part of a cluster runs: its cluster and node, the pods of its components, and how busy it is."""

    cluster: str
    node: str
    pods: Mapping[str, str]
    load: float
    troubled: bool


# The first node is the one that gets into trouble, and the one whose central components notice.
PLACES = (
    Place(CLUSTER, 'demo-node-1', dict.fromkeys(ON_EACH_NODE, 'cilium-7k2qx'), 1, troubled=True),
    Place(CLUSTER, 'demo-node-2', dict.fromkeys(ON_EACH_NODE, 'cilium-m9r4d'), 0.6, troubled=False),
    # A cluster that stays healthy, to tell the other from.
    Place(OTHER_CLUSTER, 'demo-2-node-1', dict.fromkeys(ON_EACH_NODE, 'cilium-zv8tf'), 0.35, troubled=False),
)
CENTRAL = Place(
    CLUSTER,
    'demo-node-1',
    {
        'operator': 'cilium-operator-5d8f6b7c9-x2hjw',
        'hubble_relay': 'hubble-relay-6c9d5f8b4-q7ntk',
        'clustermesh_apiserver': 'clustermesh-apiserver-7b6f9d4c5-lp3vz',
        'kvstoremesh': 'clustermesh-apiserver-7b6f9d4c5-lp3vz',
    },
    1,
    troubled=True,
)


class DemoCluster(ExpositionServer):
    """
    A context manager that serves the components of two clusters at `/<node>/<component>/metrics`.

    `time`, in seconds since 1970, is the moment that is played: set it to move on. `started` is when the processes
    began, `nodes` how many nodes there are.
    """

    def __init__(self, story: Story, started: float, nodes: int = len(PLACES)) -> None:
        super().__init__(self._exposition_of)
        self.time = started
        self._story = story
        self.nodes = PLACES[:nodes]
        self._places = (*self.nodes, CENTRAL)
        nodes_of = Counter(place.cluster for place in self.nodes)
        self._playbacks = {
            (place.node, component): Playback(
                component,
                story if place.troubled else Peaceful(),
                started,
                place.load,
                place.node,
                nodes_of[place.cluster],
            )
            for place in self._places
            for component in place.pods
        }
        self._tags = {
            (place.node, component): (
                f'kube_cluster_name:{place.cluster}',
                f'kube_node:{place.node}',
                f'kube_namespace:{NAMESPACE}',
                f'pod_name:{pod}',
                f'host:{place.node}',
            )
            for place in self._places
            for component, pod in place.pods.items()
        }

    @property
    def story(self) -> Story:
        """What happens when."""
        return self._story

    @property
    def instances(self) -> list[dict[str, str]]:
        """Instances of the check, as Agents would have them: one for each node, one for the central components."""
        return [
            {
                COMPONENT_BY_NAME[component].option: f'{self.url}/{place.node}/{component}/metrics'
                for component in place.pods
            }
            for place in self._places
        ]

    def expositions(self) -> dict[str, str]:
        """Return what each component answers now, those of nodes on the first node."""
        places = (PLACES[0], CENTRAL)
        return {
            component: self._playbacks[place.node, component].exposition(self.time)
            for place in places
            for component in place.pods
        }

    def tags_from_agent(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tags that the tagger of the Agent would add, by the endpoint among the tags of a submission."""
        endpoint = next(tag for tag in tags if tag.startswith('endpoint:'))
        return self._tags[_playback_of(endpoint.removeprefix(f'endpoint:{self.url}'))]

    def _exposition_of(self, path: str) -> bytes | None:
        playback = self._playbacks.get(_playback_of(path))
        return None if playback is None else playback.exposition(self.time).encode()


def _playback_of(path: str) -> tuple[str, str]:
    """Return the node and the component in the path of an endpoint."""
    parts = path.split('/')
    return (parts[1], parts[2]) if len(parts) == 4 and parts[3] == 'metrics' else ('', '')
