# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is found out about a query of a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What becomes of a query, worst first."""

    BREAKS = 'breaks'
    """It gets no data any more, or not the same series."""
    CHANGES = 'changes'
    """It gets data that mean something else."""
    UNREAD = 'not understood'
    """It names something that changes, in a form that the grammar does not know."""
    UNSURE = 'depends'
    """It cannot be told from the query alone."""
    ALIKE = 'looks alike'
    """It looks like something that changes, and nothing is to be done."""


@dataclass(frozen=True)
class Reason:
    """Why a query has a verdict: for people, without a full stop."""

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Finding:
    """
    A query with at least one reason. `place` tells where in its document it is.

    `proposal` is the query as it should be, None where that cannot be told or nothing has to change.
    """

    place: str
    query: str
    proposal: str | None
    reasons: tuple[Reason, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the reasons."""
        return worst(reason.verdict for reason in self.reasons)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts."""
    return min(verdicts, key=list(Verdict).index)
