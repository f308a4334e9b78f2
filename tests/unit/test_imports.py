# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What runs in the Agent needs nothing else. That others import it by its name: TID251 in pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

CHECK = Path(__file__).parents[2] / 'cilium'


def test_the_check_imports_only_itself_and_the_base_package() -> None:
    imports = re.compile(r'^\s*(from|import) (toolkit|tests|cilium)\b', re.MULTILINE)
    assert [path for path in CHECK.rglob('*.py') if imports.search(path.read_text(encoding='utf-8'))] == []
