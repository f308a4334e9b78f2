# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Memory of what families become, from one scrape to the next, within a limit."""

from __future__ import annotations

import re
from collections.abc import Collection
from sys import getsizeof

from .blocks import METRIC_NAME, Block, lines_of
from .family import SUFFIXES, Family
from .interpreter import Interpreter
from .learning import NotSimple
from .limits import BYTES_PER_SERIES

HEAD = re.compile(rf'(?:# HELP {METRIC_NAME}(?: .*)?\n)?# TYPE ({METRIC_NAME}) ({"|".join(SUFFIXES)})(?:\n|$)')

SERIES_PER_FAMILY = 2
"""Overhead of a family, in series."""


class Memory:
    """The families of an endpoint's last scrape, as many as there is room for."""

    def __init__(self, interpreter: Interpreter, max_series: int) -> None:
        self._interpreter = interpreter
        self.max_series = max_series
        self.forgotten = 0
        """Series of this scrape that there was no room for."""
        self._room = max_series
        """Remaining room, in series."""
        self._before: dict[tuple[str, str], Family] = {}
        self._now: dict[tuple[str, str], Family] = {}

    def __len__(self) -> int:
        """Return the number of remembered series."""
        return sum(map(len, self._now.values()))

    def begin(self) -> None:
        """Begin a scrape."""
        self._before, self._now, self.forgotten = self._now, {}, 0
        self._room = self.max_series - sum(family.cost for family in self._before.values())

    def end(self) -> None:
        """End a scrape: forget what was not in it."""
        self._before = {}

    def clear(self) -> None:
        """Forget everything."""
        self._before, self._now = {}, {}

    def recall(self, block: Block) -> Family:
        """
        Return the family of a block, updated with the block's values. New series are learnt.

        Raises `NotSimple` for a block that the base class has to submit.
        """
        head = HEAD.match(block.pieces[0])
        if head is None or block.is_odd or (key := (head[1], head[2])) in self._now:  # The family has two blocks.
            raise NotSimple
        family = self._before.pop(key, None)
        if family is None:
            try:
                family = Family(*key, self._interpreter)
            except ValueError:  # Its name is longer than a line may be.
                raise NotSimple from None
        self._room += family.cost
        if not family.is_ignored and not family.is_opaque:
            self._update(family, (block.pieces[0][head.end() :], *block.pieces[1:]))
        family.cost = family.cost or SERIES_PER_FAMILY
        if family.cost <= self._room:
            self._room -= family.cost
            self._now[key] = family
        if family.is_opaque:
            raise NotSimple
        return family

    def _update(self, family: Family, pieces: Collection[str]) -> None:
        """Update a family from the text of its samples."""
        lines = lines_of(pieces)
        if family.has(lines):
            return
        cost = SERIES_PER_FAMILY + max(len(lines), _size_of(pieces, len(lines)) // BYTES_PER_SERIES)
        if cost > self._room:
            self.forgotten += len(lines)
            raise NotSimple
        try:
            family.learn(lines)
            family.cost = cost
        except NotSimple:
            if not family.is_opaque:
                raise


def _size_of(pieces: Collection[str], lines: int) -> int:
    """
    Estimate, rather high, how many bytes the series of a block take when remembered.

    The tags of a series are as long as its text, and each label becomes a string of its own.
    """
    return 2 * sum(map(getsizeof, pieces)) + 30 * sum(piece.count('"') for piece in pieces) + 300 * lines
