# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A browser that is installed on this machine, and the preview to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip('vector_vrl', reason='needs requirements/toolkit.txt on Python 3.12 or newer')
pytest.importorskip('starlette', reason='needs requirements/preview.txt')
pytest.importorskip('playwright', reason='needs requirements/preview.txt')

from playwright.sync_api import Browser, Page, sync_playwright
from preview_server import PreviewServer

from toolkit.preview.chromium import CHROMIUM, launched


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip('there is no Chromium on this machine. On Debian: apt-get install chromium')
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope='session')
def preview(browser: Browser) -> Iterator[PreviewServer]:
    with PreviewServer(nodes=2) as server:
        yield server


@pytest.fixture
def open_page(browser: Browser, preview: PreviewServer) -> Iterator[Callable[..., Page]]:
    """Open a path of the preview in a new window. At the end of the test its console has to be without errors."""
    pages: list[Page] = []
    errors: list[str] = []

    def open_page(path: str, **options: object) -> Page:
        page = browser.new_page(**options)
        pages.append(page)
        page.on('console', lambda message: errors.append(message.text) if message.type == 'error' else None)
        page.on('pageerror', lambda error: errors.append(str(error)))
        page.goto(preview.url + path)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not errors
