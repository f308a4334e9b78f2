# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs of the real check outside the Agent, and what the Agent would submit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datadog_checks.base.constants import ServiceCheck
from datadog_checks.base.stubs import aggregator
from datadog_checks.base.stubs.common import MetricStub

from ..check import CiliumCheck

STATUS_NAMES = {status: name for name, status in ServiceCheck._asdict().items()}

Context = tuple[str, tuple[str, ...]]
"""What tells one series of Datadog from another: the name of the metric and its tags."""


@dataclass(frozen=True)
class Submission:
    """A point of a metric: a gauge's value, or what a counter has grown by since the run before."""

    name: str
    type: str
    value: float
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ServiceCheckStatus:
    """A service check: its status in words, and why it is not OK."""

    name: str
    status: str
    tags: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Run:
    """What one run of the check submitted, and its error, or an empty string."""

    metrics: list[Submission]
    service_checks: list[ServiceCheckStatus]
    error: str


class CheckRunner:
    """
    Runs the check for an instance, again and again, in place of the Agent.

    Outside the Agent, the base package hands submissions to its stub of the Agent's aggregator. There is one for the
    whole process, so no two runners may be at work at the same time.
    """

    def __init__(self, instance: Mapping[str, object]) -> None:
        # The stub is made for tests, where it refuses the tag keys that this check sets on purpose.
        os.environ['DDEV_SKIP_GENERIC_TAGS_CHECK'] = 'true'
        self._check = CiliumCheck('cilium', {}, [dict(instance)])
        self._counters: dict[Context, float] = {}

    def run(self) -> Run:
        """Run the check once. Counters are submitted from the second run on, as the Agent does it."""
        aggregator.reset()
        errors = self._check.run()
        stubs = [stub for name in aggregator.metric_names for stub in aggregator.metrics(name)]
        service_checks = [
            ServiceCheckStatus(name, STATUS_NAMES[stub.status], tuple(stub.tags), stub.message or '')
            for name in aggregator.service_check_names
            for stub in aggregator.service_checks(name)
        ]
        error = json.loads(errors)[0]['message'] if errors else ''
        # Scrapes end in any order.
        return Run(list(self._submissions(stubs)), sorted(service_checks, key=lambda check: check.tags), error)

    def _submissions(self, stubs: Iterable[MetricStub]) -> Iterable[Submission]:
        counters: dict[Context, float] = {}
        for stub in stubs:
            context = stub.name, tuple(stub.tags)
            if stub.type != aggregator.MONOTONIC_COUNT:
                yield Submission(stub.name, 'gauge', stub.value, tuple(stub.tags))
                continue
            counters[context] = stub.value
            previous = self._counters.get(context, 0 if stub.flush_first_value else None)
            if previous is not None:
                # A counter that fell began anew at zero: its component has restarted.
                grown_by = stub.value - previous if stub.value >= previous else stub.value
                yield Submission(stub.name, 'count', grown_by, tuple(stub.tags))
        self._counters = counters
