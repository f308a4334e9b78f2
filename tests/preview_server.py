# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The preview, served for tests, with a clock that the test sets."""

from __future__ import annotations

import socket
import time
from threading import Thread
from types import TracebackType

import uvicorn

from toolkit.preview.assets import load_dashboards, load_monitors
from toolkit.preview.demo_cluster import DemoCluster
from toolkit.preview.feed import Feed
from toolkit.preview.log_book import LogBook, recorded_lines
from toolkit.preview.playback import Story
from toolkit.preview.web import application

INTERVAL = 60
HISTORY = 25 * INTERVAL
LONG_ENOUGH = 14 * INTERVAL
"""An incident, and a recovery: longer than the windows of most monitors."""


class PreviewServer:
    """
    A context manager that serves the demo on loopback.

    Its history is healthy. Each `advance` collects minute by minute, as fast as it goes.
    """

    def __init__(self, nodes: int) -> None:
        self._end = time.time() // INTERVAL * INTERVAL - 1
        self.incident_begins = self._end + INTERVAL
        self._story = Story(self.incident_begins, period=10 * 3600, incident=LONG_ENOUGH)
        self._demo = DemoCluster(self._story, self._end - HISTORY, nodes)
        lines = recorded_lines()
        monitors = load_monitors()
        logs = LogBook(lines, self._story, self._end - HISTORY)
        self.feed = Feed(self._demo.instances, list(monitors.values()), logs, INTERVAL, self._demo)
        self.app = application(self.feed, load_dashboards(), monitors)

    def __enter__(self) -> PreviewServer:
        self._demo.__enter__()
        listener = socket.socket()
        listener.bind(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{listener.getsockname()[1]}'
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level='error', access_log=False))
        self._thread = Thread(target=self._server.run, kwargs={'sockets': [listener]}, daemon=True)
        self._thread.start()
        self.feed.fill(HISTORY, self._end)
        self.feed.collect(self._end)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._demo.__exit__(None, None, None)

    def advance(self, until: float) -> None:
        """Collect until a time, in seconds since 1970."""
        while self.feed.now < until:
            self.feed.collect(self.feed.now + INTERVAL)

    def statuses(self) -> dict[str, str]:
        """Return the status of each monitor by its name."""
        return {name: str(watched.status) for name, watched in self.feed.watch.watched.items()}
