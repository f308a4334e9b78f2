# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The Chromium of this machine. Nothing is downloaded, and it talks to nothing but the preview."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
"""Its path, or None."""

FLAGS = (
    # Chromium's own sandbox does not work for root and in most containers. It opens no page but ours.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
)


def launched(playwright: Playwright) -> Browser:
    """Start Chromium without a window, with a new and empty profile."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
