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


def taken_by(*kinds: str, size: int, series: int) -> dict[str, dict]:
    """Scrape answers of some kinds, of so many MB, in a process of its own: see `hostile_scrape.py`."""
    program = Path(__file__).with_name('hostile_scrape.py')
    arguments = [sys.executable, program, str(size), str(series), *kinds]
    process = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=600)
    return json.loads(process.stdout)


@pytest.mark.parametrize(('kind', 'most'), [('long values', 300), ('wide characters', 700)])
def test_the_largest_answer_with_the_default_options(kind, most):
    """Of wide characters, one makes the text of a series take four bytes a character."""
    taken = taken_by(kind, size=63, series=300_000)[kind]

    assert taken['errors'] == []
    assert taken['series'] > 30_000
    assert 100 < taken['peak'] < most


@pytest.fixture(scope='module')
def small_ones():
    """Return what answers of each kind take. The option allows for 5 MB."""
    return taken_by(*hostile_scrape.KINDS, size=5, series=5000)


@pytest.mark.parametrize('kind', hostile_scrape.KINDS)
def test_what_is_remembered_is_bounded_by_its_size(kind, small_ones):
    taken = small_ones[kind]

    assert taken['kept'] < 40
    assert taken['peak'] < 200
