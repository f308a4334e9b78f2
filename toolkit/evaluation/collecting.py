# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Play what endpoints answer through the real check, and keep what it submits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from datadog_checks.cilium.commands.submissions import CheckRunner, Run, ServiceCheckStatus, Submission
from toolkit.evaluation.points import PointStore

TagsFromAgent = Callable[[tuple[str, ...]], tuple[str, ...]]
"""From the tags that the check submits to those that the Agent's tagger adds to them."""

_Submitted = TypeVar('_Submitted', Submission, ServiceCheckStatus)


class Collector:
    """
    Runs the check for an instance, time after time, and fills a store.

    One process has one aggregator: no two collectors may be at work at the same moment.
    """

    def __init__(self, instance: Mapping, store: PointStore, tags_from_agent: TagsFromAgent = lambda _tags: ()) -> None:
        self._runner = CheckRunner(instance)
        self._store = store
        self._tags_from_agent = tags_from_agent

    def run(self) -> Run:
        """
        Run the check once and return what it submits, with the Agent's tags.

        Counters have points from the second run on.
        """
        run = self._runner.run()
        return Run([self._tagged(m) for m in run.metrics], [self._tagged(c) for c in run.service_checks], run.error)

    def collect(self, time: float) -> Run:
        """
        Run the check once, add what it submits to the store as of `time`, and return it.

        Raises what `PointStore.add` raises.
        """
        run = self.run()
        self._store.add(time, run.metrics, run.service_checks)
        return run

    def _tagged(self, submitted: _Submitted) -> _Submitted:
        return replace(submitted, tags=(*submitted.tags, *self._tags_from_agent(submitted.tags)))
