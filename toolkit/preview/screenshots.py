# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Pictures of the dashboards and the monitors in an incident, for the README and the catalogue of integrations."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.assets import load_dashboards, load_monitors
from toolkit.preview.demo_feed import HISTORY, demo_feed
from toolkit.preview.playback import Story
from toolkit.preview.serving import served
from toolkit.preview.web import application

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

SIZE: ViewportSize = {'width': 1400, 'height': 1050}
INCIDENT_BEGAN = 1290
"""Seconds before the picture: the monitors with windows of twenty minutes have noticed."""

MOST_BYTES = 300_000
NO_BROWSER = 1


def make(folder: Path) -> int:
    """Write the pictures into a folder. Return the exit status: 0, or 1 without a browser or with a picture too big."""
    # Playwright is not needed to look at the preview.
    from playwright.sync_api import sync_playwright

    from toolkit.preview.chromium import CHROMIUM, launched

    if CHROMIUM is None:
        print('error: there is no Chromium on this machine. On Debian: apt-get install chromium', file=sys.stderr)
        return NO_BROWSER
    now = time.time()
    dashboards = load_dashboards()
    paths = {name: f'/dashboards/{name}?range=1h' for name in dashboards} | {'monitors': '/monitors'}
    with demo_feed(Story(now - INCIDENT_BEGAN), now) as feed:
        print('Collecting an hour of the demo. This takes about a minute.', flush=True)
        feed.fill(HISTORY, now)
        with (
            served(application(feed, dashboards, load_monitors())) as url,
            sync_playwright() as playwright,
            launched(playwright) as browser,
        ):
            page = browser.new_page(viewport=SIZE, color_scheme='light')
            too_big = []
            for name, path in paths.items():
                page.goto(url + path)
                if path.startswith('/dashboards/'):
                    page.wait_for_selector('#dashboard[data-ready]')
                picture = folder / f'{name}.png'
                picture.write_bytes(page.screenshot())
                print(f'{picture} ({picture.stat().st_size // 1000} kB)')
                if picture.stat().st_size > MOST_BYTES:
                    too_big.append(picture.name)
    if too_big:
        print(f'error: bigger than {MOST_BYTES // 1000} kB: {", ".join(too_big)}', file=sys.stderr)
    return 1 if too_big else 0
