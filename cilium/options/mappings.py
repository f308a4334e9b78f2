# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options that contain other options."""

from __future__ import annotations

from collections.abc import Mapping


def mapping_in(config: Mapping[str, object], option: str) -> Mapping[str, object]:
    """Return the mapping in an option, or an empty one if it is not set or not a mapping."""
    value = config.get(option)
    return value if isinstance(value, Mapping) else {}
