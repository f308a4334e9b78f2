# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The names that users of the check bundled with the Agent have.

- names.csv: families on the wire and their Datadog names
- legacy_metrics.txt: metrics that the tests of that check expect of its legacy mode. Source:
  https://github.com/DataDog/integrations-core/tree/master/cilium/tests, `common.py` and `legacy/legacy_common.py`
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from toolkit.catalog.catalog import rows

DIRECTORY = Path(__file__).parent


@cache
def bundled_rows() -> list[dict[str, str]]:
    """Return the rows of `names.csv`: endpoint, wire_family, datadog_name."""
    return rows(DIRECTORY / 'names.csv')


def legacy_metrics() -> set[str]:
    """Return the metrics of the legacy mode."""
    return set((DIRECTORY / 'legacy_metrics.txt').read_text(encoding='utf-8').split())
