# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""An endpoint that sends what it likes must not take the memory of the Agent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from integration import hostile_scrape

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='memory is measured with the means of Linux')


def scrape(kind: str, size: int, series: int) -> dict:
    """Scrape an answer of some kind twice, in a process of its own: see `hostile_scrape.py`."""
    program = Path(__file__).with_name('hostile_scrape.py')
    arguments = [sys.executable, program, kind, str(size), str(series)]
    process = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(process.stdout)


@pytest.mark.parametrize(('kind', 'peak'), [('long values', 400), ('wide characters', 700)])
def test_the_largest_answer_with_the_default_options(kind, peak):
    """Of wide characters, one makes the text of a series take four bytes a character."""
    taken = scrape(kind, size=120, series=300_000)

    assert taken['errors'] == []
    assert taken['peak'] < peak


@pytest.mark.parametrize('kind', hostile_scrape.KINDS)
def test_what_is_remembered_is_bounded_by_its_size(kind):
    """The option allows for 10 MB of series, beside the 16 MB for families."""
    taken = scrape(kind, size=25, series=10_000)

    assert taken['kept'] < 100
    assert taken['peak'] < 300
