# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the base class `OpenMetricsBaseCheckV2` makes of the Datadog name of a family, by its type on the wire."""

from __future__ import annotations

SUFFIXES_BY_TYPE: dict[str, dict[str, str]] = {
    'gauge': {'': 'gauge'},
    'counter': {'.count': 'count'},
    'histogram': {'.bucket': 'count', '.sum': 'count', '.count': 'count'},
    'summary': {'.quantile': 'gauge', '.sum': 'count', '.count': 'count'},
}
"""What the base class appends to a name for each type on the wire, and the type that the result has in Datadog."""
