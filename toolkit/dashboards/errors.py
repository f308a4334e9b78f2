# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the generator of dashboards raises."""

from __future__ import annotations


class DefinitionError(ValueError):
    """A definition that cannot be used. The message names the file, the place in it, and what to write."""
