# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs the check again and again, and keeps what dashboards and monitors are drawn from."""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, RLock, Thread

from datadog_checks.cilium.commands.submissions import ServiceCheckStatus, Submission
from toolkit.assets import Monitor
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.points import NotKept, PointStore
from toolkit.preview.demo_cluster import DemoCluster
from toolkit.preview.demo_kubelet import kubelet_submissions
from toolkit.preview.log_book import LogBook
from toolkit.preview.watch import Watch

STEP = 30
"""
Seconds of an interval of a graph.

A multiple of the seconds between runs of the check, so that each interval of a count holds as many points as the next.
"""

MONITOR_STEP = 60
"""Seconds between evaluations of a monitor. Source: https://docs.datadoghq.com/monitors/configuration/"""

RETENTION = 3600 + 2 * STEP
MAX_SERIES = 50_000


class SharedStore(PointStore):
    """A store that one thread fills while others read. Hold `lock` while you evaluate."""

    def __init__(self) -> None:
        super().__init__(RETENTION, MAX_SERIES)
        self.lock = RLock()

    def add(
        self, time: float, metrics: Iterable[Submission], service_checks: Iterable[ServiceCheckStatus] = ()
    ) -> None:
        with self.lock:
            super().add(time, metrics, service_checks)


@dataclass(frozen=True)
class Progress:
    """How far the history is: from 0 to 1, and the seconds that filling it has taken so far."""

    share: float
    seconds: float


class Feed:
    """
    Collects endpoints every `interval` seconds.

    `demo` is the cluster that is played, or None where `instances` are real ones. The seconds of a demo are shorter:
    there are `speed` of them in a real one. `now` is the time of the newest
    complete collection; it is 0 before the first. `errors` are those of the newest collection, `bytes_used` is what the
    store took at the last evaluation of the monitors: to add it up takes its time.
    """

    def __init__(
        self,
        instances: Sequence[Mapping],
        monitors: Sequence[Monitor],
        logs: LogBook,
        interval: int = 15,
        demo: DemoCluster | None = None,
        speed: float = 1,
        events: LogBook | None = None,
    ) -> None:
        self.store = SharedStore()
        self.watch = Watch(monitors, logs)
        self.logs = logs
        self.events = events or LogBook()
        self.demo = demo
        self.interval = interval
        self.speed = speed
        self.now = 0.0
        self.progress = Progress(0 if demo else 1, 0)
        self.errors: list[str] = []
        self.bytes_used = 0
        tags_from_agent = demo.tags_from_agent if demo else lambda _tags: ()
        self._collectors = [Collector(instance, self.store, tags_from_agent) for instance in instances]
        self._stopped = Event()
        self._thread: Thread | None = None

    @property
    def step(self) -> int:
        """Seconds of an interval of a graph: no shorter than what passes between two collections."""
        return max(STEP, self.interval)

    def collect(self, time: float) -> None:
        """Collect every endpoint once, as of a time in seconds since 1970, and evaluate the monitors if it is due."""
        if self.demo:
            self.demo.time = time
        errors = []
        for collector in self._collectors:
            run = collector.run()
            if run.error:
                errors.append(run.error)
            try:
                self.store.add(time, run.metrics, run.service_checks)
            except NotKept as e:
                errors.append(str(e))
        if self.demo:
            self.store.add(time, kubelet_submissions(self.demo.nodes, time))
        self.errors = errors
        is_due = self.now // MONITOR_STEP != time // MONITOR_STEP
        self.now = time
        if is_due:
            with self.store.lock:
                self.watch.evaluate(self.store, time)
                self.bytes_used = self.store.nbytes

    def fill(self, seconds: float, until: float) -> None:
        """Collect the history of a demo up to a time: a collection for each `step`. `progress` tells how far it is."""
        began = clock.monotonic()
        start = self._on_grid(until - seconds, self.step)
        time = start
        while time < until and not self._stopped.is_set():
            self.collect(time)
            time += self.step
            self.progress = Progress(min(1, (time - start) / seconds), clock.monotonic() - began)

    def start(self, history: float) -> None:
        """Fill the history and collect from then on, in a thread of its own."""
        self._thread = Thread(target=self._run, args=(history,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread that `start` made."""
        self._stopped.set()
        if self._thread:
            self._thread.join(timeout=30)

    def _run(self, history: float) -> None:
        if history:
            self.fill(history, clock.time())
        self.progress = Progress(1, self.progress.seconds)
        # The clock of a demo stands still while its history is filled.
        origin, began = self.now or clock.time(), clock.monotonic()
        time = self.now + self.interval if self.now else self._on_grid(origin, self.interval)

        def now() -> float:
            return origin + (clock.monotonic() - began) * self.speed

        while not self._stopped.wait(max(0, (time - now()) / self.speed)):
            self.collect(time)
            # A collection that takes longer than the interval leaves some out.
            time = max(time + self.interval, self._on_grid(now(), self.interval))

    def _on_grid(self, time: float, step: float) -> float:
        """Return the last second of an interval: the points of an interval are all collected before it ends."""
        return time // step * step - 1
