# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs the real check outside the Agent, and returns what the Agent would submit."""

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
"""The identity of a counter: metric name, tags, and the bounds of a bucket."""


@dataclass(frozen=True)
class Submission:
    """A point of a metric: the value of a gauge, or the increase of a counter since the previous run."""

    name: str
    type: str
    value: float
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Bucket(Submission):
    """The increase of a bucket of a distribution since the previous run."""

    bounds: tuple[str, str]
    """Lower and upper bound, as in the tags of buckets."""


@dataclass(frozen=True)
class ServiceCheckStatus:
    """A service check, with the name of its status."""

    name: str
    status: str
    tags: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class Run:
    """The submissions of one run, and its error, or an empty string."""

    metrics: list[Submission]
    service_checks: list[ServiceCheckStatus]
    error: str


class BucketNotingCheck(CiliumCheck):
    """Records the names of distributions, which the stub of the Agent's aggregator does not list."""

    def __init__(self, instance: Mapping[str, object]) -> None:
        super().__init__('cilium', {}, [dict(instance)])
        self.distributions: set[str] = set()

    def submit_histogram_bucket(self, name: str, *arguments: object, **options: object) -> None:
        self.distributions.add(f'{self.__NAMESPACE__}.{name}')
        super().submit_histogram_bucket(name, *arguments, **options)  # type: ignore[arg-type]  # As they came.


class CheckRunner:
    """
    Runs the check for an instance repeatedly, in place of the Agent.

    Outside the Agent, submissions go to the base package's stub of the aggregator. It is global, so only one runner may
    run at a time.
    """

    def __init__(self, instance: Mapping[str, object]) -> None:
        # The stub is for tests, and refuses tag keys that this check sets deliberately.
        os.environ['DDEV_SKIP_GENERIC_TAGS_CHECK'] = 'true'
        self._check = BucketNotingCheck(instance)
        self._counters: dict[Counter, float] = {}

    def run(self) -> Run:
        """Run the check once. Counters are submitted from the second run on, as in the Agent."""
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
        """Return the increase of a counter, or None in its first run."""
        value: float = stub.value
        self._counters[counter] = value
        previous = before.get(counter, 0 if stub.flush_first_value else None)
        if previous is None:
            return None
        # A counter that fell was reset: its component has restarted.
        return value - previous if value >= previous else value
