# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The preview, served for tests, with a clock that the test sets."""

from __future__ import annotations

import time
from contextlib import ExitStack
from types import TracebackType

from toolkit.assets import load_dashboards, load_monitors
from toolkit.preview.demo_feed import demo_feed
from toolkit.preview.playback import Story
from toolkit.preview.serving import served
from toolkit.preview.web import application

INTERVAL = 60
HISTORY = 25 * INTERVAL
LONG_ENOUGH = 22 * INTERVAL
"""An incident, and a recovery: longer than the windows of most monitors."""


class PreviewServer:
    """
    A context manager that serves the demo on loopback.

    Its history is healthy. Each `advance` collects minute by minute, as fast as it goes.
    """

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes
        self._end = time.time() // INTERVAL * INTERVAL - 1
        self._stack = ExitStack()
        self.incident_begins = self._end + INTERVAL

    def __enter__(self) -> PreviewServer:
        story = Story(self.incident_begins, period=10 * 3600, incident=LONG_ENOUGH)
        self.feed = self._stack.enter_context(demo_feed(story, self._end, self._nodes, INTERVAL))
        self.app = application(self.feed, load_dashboards(), load_monitors())
        self.url = self._stack.enter_context(served(self.app))
        self.feed.fill(HISTORY, self._end)
        self.feed.collect(self._end)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def advance(self, until: float) -> None:
        """Collect until a time, in seconds since 1970."""
        while self.feed.now < until:
            self.feed.collect(self.feed.now + INTERVAL)

    def statuses(self) -> dict[str, str]:
        """Return the status of each monitor by its name."""
        return {name: str(watched.status) for name, watched in self.feed.watch.watched.items()}
