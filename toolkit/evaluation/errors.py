# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What keeps a query from being evaluated."""

from __future__ import annotations


class EvaluationError(ValueError):
    """A query that can be read cannot be evaluated here. The message says what of it."""


class NotEvaluated(EvaluationError):
    """Something is right, but is not about metrics: logs, events, statuses."""
