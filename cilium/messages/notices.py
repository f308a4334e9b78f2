# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Logs what an endpoint's responses lose, once per reason."""

from __future__ import annotations

from collections.abc import Collection

from ..scraping.limits import BYTES_PER_SERIES, MAX_NAMED, MAX_QUOTED
from .secrets import HidingLog, without_query
from .text import printable, quoted

UNKNOWN = 'unknown to this version of the integration'
UNTYPED = 'the endpoint gives no type for them'


class Notices:
    """Logs what an endpoint's responses lose."""

    def __init__(self, log: HidingLog, endpoint: str) -> None:
        self._log = log
        self._endpoint = without_query(endpoint)
        self._named: set[tuple[str, str]] = set()
        self._has_told_of_memory = False

    def not_collected(self, reason: str, families: Collection[str]) -> None:
        """Log families that are not collected."""
        if new := self._new(reason, families):
            names = _listed(new)
            self._log.info('%s: %d families are not collected: %s: %s', self._endpoint, len(families), reason, names)

    def bad_lines(self, families: Collection[str], first: str) -> None:
        """Log families with lines that cannot be read."""
        if new := self._new('', families):
            self._log.warning(
                '%s: lines of these families could not be read and are left out: %s. The first one is %s',
                self._endpoint,
                _listed(new),
                quoted(first, MAX_QUOTED),
            )

    def memory_is_full(self, series: int, max_series: int) -> None:
        """Log that some series are not remembered."""
        if not self._has_told_of_memory:
            self._has_told_of_memory = True
            self._log.warning(
                '%s: %d series are not remembered and cost more CPU. Raise the option `max_remembered_series`, '
                'which is %d: room for that many series of %d bytes on average',
                self._endpoint,
                series,
                max_series,
                BYTES_PER_SERIES,
            )

    def _new(self, reason: str, families: Collection[str]) -> list[str]:
        """Return the families not yet logged for this reason, up to `MAX_NAMED` in total."""
        new = [family for family in sorted(families) if (reason, family) not in self._named]
        new = new[: MAX_NAMED - len(self._named)]
        self._named.update((reason, family) for family in new)
        return new


def _listed(families: list[str]) -> str:
    return printable(', '.join(family[:MAX_QUOTED] or 'lines before the first family' for family in families))
