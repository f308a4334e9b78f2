# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The feed of the demo: its cluster, its logs, and the monitors that ship."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.assets import load_monitors
from toolkit.preview.demo_cluster import PLACES, DemoCluster
from toolkit.preview.feed import STEP, Feed
from toolkit.preview.log_book import LogBook, recorded_lines
from toolkit.preview.playback import Story
from toolkit.preview.story_events import story_events

HISTORY = 3600
"""Seconds that the history of the demo is long."""

AGE = 600
"""Seconds that the processes of the demo are older than its history: no counter begins in it."""


@contextmanager
def demo_feed(
    story: Story, now: float, nodes: int = len(PLACES), interval: int = STEP, speed: float = 1
) -> Iterator[Feed]:
    """Give the feed of a demo. `now` is the end of its history, in seconds since 1970. Nothing is collected yet."""
    with DemoCluster(story, now - HISTORY - AGE, nodes) as demo:
        logs = LogBook(recorded_lines(), story, now - HISTORY)
        events = LogBook(story_events(story), story, now - HISTORY)
        yield Feed(demo.instances, list(load_monitors().values()), logs, interval, demo, speed, events)
