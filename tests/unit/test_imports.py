# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The check has one name, `datadog_checks.cilium`. Under the name of its folder its modules would be loaded twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for folder in ('cilium', 'tests', 'toolkit') for path in sorted((ROOT / folder).rglob('*.py'))]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nobody_imports_the_folder(path: Path) -> None:
    assert not re.search(r'^\s*(from|import) cilium\b', path.read_text(encoding='utf-8'), re.MULTILINE)


@pytest.mark.parametrize(
    'path', [path for path in FILES if path.parts[len(ROOT.parts)] == 'cilium'], ids=lambda path: path.name
)
def test_what_runs_in_the_agent_needs_nothing_of_the_toolkit(path: Path) -> None:
    assert not re.search(r'^\s*(from|import) toolkit\b', path.read_text(encoding='utf-8'), re.MULTILINE)
