# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs of the real check outside the Agent, and what the Agent would submit."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from datadog_checks.base.constants import ServiceCheck
from datadog_checks.base.stubs import aggregator
from datadog_checks.base.stubs.common import HistogramBucketStub, MetricStub

from ..check import CiliumCheck

STATUS_NAMES = {status: name for name, status in ServiceCheck._asdict().items()}

Counter = tuple[str, tuple[str, ...], tuple[str, ...]]
"""What tells one counter of the Agent from another: the name of the metric, its tags, and the bounds of a bucket."""


@dataclass(frozen=True)
class Submission:
    """A point of a metric: a gauge's value, or what a counter has grown by since the run before."""

    name: str
    type: str
    value: float
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Bucket(Submission):
    """What a bucket of a distribution has grown by since the run before: so many values between its two bounds."""

    bounds: tuple[str, str]
    """The lower and the upper one, as the tags of buckets have them."""


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


class BucketNotingCheck(CiliumCheck):
    """The check. It notes the names of distributions, which the stub of the Agent's aggregator does not list."""

    def __init__(self, instance: Mapping[str, object]) -> None:
        super().__init__('cilium', {}, [dict(instance)])
        self.distributions: set[str] = set()

    def submit_histogram_bucket(self, name: str, *arguments: object, **options: object) -> None:
        self.distributions.add(f'{self.__NAMESPACE__}.{name}')
        super().submit_histogram_bucket(name, *arguments, **options)  # type: ignore[arg-type]  # As they came.


class CheckRunner:
    """
    Runs the check for an instance, again and again, in place of the Agent.

    Outside the Agent, the base package hands submissions to its stub of the Agent's aggregator. There is one for the
    whole process, so no two runners may be at work at the same time.
    """

    def __init__(self, instance: Mapping[str, object]) -> None:
        # The stub is made for tests, where it refuses the tag keys that this check sets on purpose.
        os.environ['DDEV_SKIP_GENERIC_TAGS_CHECK'] = 'true'
        self._check = BucketNotingCheck(instance)
        self._counters: dict[Counter, float] = {}

    def run(self) -> Run:
        """Run the check once. Counters are submitted from the second run on, as the Agent does it."""
        aggregator.reset()
        errors = self._check.run()
        service_checks = [
            ServiceCheckStatus(name, STATUS_NAMES[stub.status], tuple(stub.tags), stub.message or '')
            for name in aggregator.service_check_names
            for stub in aggregator.service_checks(name)
        ]
        error = json.loads(errors)[0]['message'] if errors else ''
        # Scrapes end in any order.
        return Run(list(self._submissions()), sorted(service_checks, key=lambda check: check.tags), error)

    def _submissions(self) -> Iterator[Submission]:
        before, self._counters = self._counters, {}
        for stub in (stub for name in aggregator.metric_names for stub in aggregator.metrics(name)):
            tags = tuple(stub.tags)
            if stub.type != aggregator.MONOTONIC_COUNT:
                yield Submission(stub.name, 'gauge', stub.value, tags)
            elif (grown_by := self._grown_by((stub.name, tags, ()), stub, before)) is not None:
                yield Submission(stub.name, 'count', grown_by, tags)
        for stub in (stub for name in sorted(self._check.distributions) for stub in aggregator.histogram_bucket(name)):
            tags, bounds = tuple(stub.tags), (str(stub.lower_bound), str(stub.upper_bound))
            if (grown_by := self._grown_by((stub.name, tags, bounds), stub, before)) is not None:
                yield Bucket(stub.name, 'distribution', grown_by, tags, bounds)

    def _grown_by(
        self, counter: Counter, stub: MetricStub | HistogramBucketStub, before: Mapping[Counter, float]
    ) -> float | None:
        """Return what a counter has grown by, or None if that cannot be told yet."""
        value: float = stub.value
        self._counters[counter] = value
        previous = before.get(counter, 0 if stub.flush_first_value else None)
        if previous is None:
            return None
        # A counter that fell began anew at zero: its component has restarted.
        return value - previous if value >= previous else value
