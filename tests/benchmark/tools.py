# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the tools take: a dashboard of the preview, and log lines that are made to cost much."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import requests
from hostile_lines import HOSTILE
from preview_server import PreviewServer

from datadog_checks.cilium.commands.submissions import CheckRunner
from toolkit.assets import load_dashboards
from toolkit.logs.pipeline import Pipeline
from toolkit.preview.feed import Feed
from toolkit.preview.log_book import LogBook
from toolkit.preview.serving import served
from toolkit.preview.web import application

START, INTERVAL, HOUR = 1_800_000_000, 15, 3600
REPEATS = 4


def dashboards_of_an_hour() -> list[tuple[str, str]]:
    """Return the dashboards, each with the milliseconds until the preview has drawn an hour of the demo's points."""
    with PreviewServer(nodes=1) as preview:
        demo = preview.feed.demo
        runners = [CheckRunner(instance) for instance in demo.instances]
        for runner in runners:
            runner.run()
        demo.time += INTERVAL
        metrics = [
            replace(metric, tags=(*metric.tags, *demo.tags_from_agent(metric.tags)))
            for runner in runners
            for metric in runner.run().metrics
        ]
        feed = Feed([], [], LogBook(), interval=INTERVAL)
        feed.now = START + HOUR - 1
        for moment in range(START + INTERVAL - 1, START + HOUR, INTERVAL):
            feed.store.add(moment, metrics)
        app = application(feed, load_dashboards(), {})

        def draw(address: str) -> None:
            feed.now += 0.001  # What is drawn is kept until something new is collected.
            requests.get(address, timeout=60).raise_for_status()

        with served(app) as url:
            return [
                (name, _milliseconds(lambda name=name: draw(f'{url}/dashboards/{name}/data?range=1h')))
                for name in app.state.pages.dashboards
            ]


def hostile_log_lines() -> list[tuple[str, str]]:
    """Return the names of hostile log lines, each with the milliseconds that the log pipeline takes for it."""
    pipeline = Pipeline.load(Path(__file__).parents[2] / 'assets/logs/cilium.yaml')
    return [(name, _milliseconds(lambda line=line: pipeline.process(line))) for name, line in HOSTILE.items()]


def _milliseconds(function: Callable[[], object]) -> str:
    """Return the least of some times, after one that fills caches."""
    function()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return f'{min(times) * 1000:.0f}'
