# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A fleet of clusters, of up to some thousand nodes, minute by minute: which nodes there are, and on which an agent runs.

What happens to a cluster is written into arrays with a row for each node that is ever in it, and a column for each
minute. `fleet_metrics` tells what Datadog gets from that. Nothing is scraped: a point is what the check would send.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

START = 1_795_000_020
"""Seconds since 1970 at minute 0: the beginning of a minute."""

AWAY, STARTING = 1, 2
"""Minutes that an agent is away when it restarts, and that it then takes until all of it works again."""

UNTIL_READY, UNTIL_DELETED = 2, 2
"""Minutes from a new node to its agent, and from the end of a machine to that of its node in Kubernetes."""

ALL = slice(None)
Nodes = slice | int | list[int] | np.ndarray


@dataclass(frozen=True)
class Fault:
    """Values that a metric has for some nodes and minutes instead of its usual ones, for the series with these tags."""

    metric: str
    tags: tuple[str, ...]
    nodes: Nodes
    minutes: slice
    value: float | np.ndarray


class Cluster:
    """
    A cluster, in health at first.

    `there` is whether Kubernetes has the node, `up` whether its agent runs and answers, `part` a number: nodes of
    different parts do not reach each other. `known` is how many nodes of the cluster an agent counts. `restarts` are
    those of the agent's container. `load` is how busy it is at each minute, 1 being usual.
    """

    def __init__(self, nodes: int, minutes: int, name: str = 'prod', elsewhere: int = 0) -> None:
        """Make a cluster. With `elsewhere`, it is in a mesh with another cluster of so many nodes."""
        self.name, self.minutes, self.elsewhere = name, minutes, elsewhere
        shape = (nodes, minutes)
        self.there = np.ones(shape, dtype=bool)
        self.up = np.ones(shape, dtype=bool)
        self.part = np.zeros(shape, dtype=np.int8)
        self.restarts = np.zeros(shape)
        self.starting = np.zeros(shape, dtype=bool)
        self.stale: dict[int, tuple[int, float]] = {}
        self.api_server_away = np.zeros(minutes, dtype=bool)
        self.load = np.ones(minutes)
        self.deleted_at = minutes
        self.faults: list[Fault] = []

    @property
    def nodes(self) -> int:
        return len(self.there)

    # ---- what belongs to the life of a cluster

    def upgrade(self, start: int, minutes: int) -> None:
        """Replace the agents of all nodes, one after the other, within so many minutes."""
        for node in range(self.nodes):
            self.restart(node, start + node * minutes // self.nodes)

    def restart(self, node: int, minute: int) -> None:
        """Let the agent of a node be away for a minute, and then start."""
        self.up[node, minute : minute + AWAY] = False
        self.starting[node, minute + AWAY : minute + AWAY + STARTING] = True

    def join(self, nodes: Iterable[int], start: int, minutes: int) -> None:
        """Add these nodes within so many minutes. They were not there before."""
        nodes = list(nodes)
        for number, node in enumerate(nodes):
            minute = start + number * minutes // len(nodes)
            self.there[node, :minute] = False
            self.up[node, : minute + UNTIL_READY] = False
            self.starting[node, minute + UNTIL_READY : minute + UNTIL_READY + STARTING] = True

    def leave(self, nodes: Iterable[int], start: int, minutes: int) -> None:
        """Take these nodes away within so many minutes: the machine first, then its node in Kubernetes."""
        nodes = list(nodes)
        for number, node in enumerate(nodes):
            minute = start + number * minutes // len(nodes)
            self.up[node, minute:] = False
            self.there[node, minute + UNTIL_DELETED :] = False

    def stay_away(self, nodes: Iterable[int], start: int, end: int) -> None:
        """Take nodes away at once, until others of the same names come."""
        for node in nodes:
            self.there[node, start:end] = False
            self.up[node, start : end + UNTIL_READY] = False
            self.starting[node, end + UNTIL_READY : end + UNTIL_READY + STARTING] = True

    def reboot(self, node: int, minute: int, minutes: int = 5) -> None:
        """Restart a machine. Kubernetes keeps the node."""
        self.up[node, minute : minute + minutes] = False
        self.starting[node, minute + minutes : minute + minutes + STARTING] = True

    def delete(self, minute: int) -> None:
        """Delete the cluster, with everything that could report."""
        self.deleted_at = minute

    def restart_api_server(self, minute: int, minutes: int = 2) -> None:
        self.api_server_away[minute : minute + minutes] = True

    # ---- what is wrong

    def crash_loop(self, nodes: Iterable[int], start: int, minutes: int) -> None:
        """Let agents end a minute after each start. Kubernetes waits longer each time, up to five minutes."""
        for node in nodes:
            minute, pauses = start, iter((0, 0, 1, 1, 3))
            while minute < start + minutes:
                pause = next(pauses, 5)
                self.up[node, minute : minute + pause] = False
                self.restarts[node, minute + pause :] += 1
                minute += pause + 1

    def stop(self, nodes: Nodes, start: int) -> None:
        """Let agents end for good."""
        self.up[nodes, start:] = False

    def cut_off(self, nodes: Nodes, start: int) -> None:
        """Split the network: these nodes reach each other, and nobody else."""
        self.part[nodes, start:] = 1

    def keep_old_count(self, node: int, start: int) -> None:
        """Let an agent count the nodes that there were at a minute, as one without the API server does."""
        self.stale[node] = (start, float(self.joined()[:, start].sum()))

    def fault(
        self,
        metric: str,
        value: float | np.ndarray,
        *tags: str,
        nodes: Nodes = ALL,
        start: int = 0,
        end: int | None = None,
    ) -> None:
        """Give a metric other values, for the series with these tags, or for all. NaN is no point."""
        self.faults.append(Fault(metric, tags, nodes, slice(start, end), value))

    # ---- what follows

    def joined(self) -> np.ndarray:
        """Return which nodes the agents know of. An agent makes its node known when it first starts."""
        return self.there & np.logical_or.accumulate(self.up & self.there, axis=1)

    def not_reached(self) -> np.ndarray:
        """Return how many nodes each node does not reach."""
        joined = self.joined()
        answers = joined & self.up
        unreached = np.broadcast_to(joined.sum(axis=0), joined.shape).astype(float)
        for part in np.unique(self.part):
            inside = self.part == part
            unreached = np.where(inside, unreached - (answers & inside).sum(axis=0), unreached)
        return unreached

    def known(self) -> np.ndarray:
        """Return how many nodes of this cluster each agent counts."""
        known = np.broadcast_to(self.joined().sum(axis=0), self.there.shape).astype(float)
        for node, (start, count) in self.stale.items():
            known[node, start:] = count
        return known
