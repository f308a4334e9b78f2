# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""How `OpenMetricsBaseCheckV2` extends the Datadog name of a family, by its type on the wire."""

from __future__ import annotations

SUFFIXES_BY_TYPE: dict[str, dict[str, str]] = {
    'gauge': {'': 'gauge'},
    'counter': {'.count': 'count'},
    'histogram': {'.bucket': 'count', '.sum': 'count', '.count': 'count'},
    'summary': {'.quantile': 'gauge', '.sum': 'count', '.count': 'count'},
}
"""Per type on the wire: the suffixes that the base class appends, and the types of the results in Datadog."""
