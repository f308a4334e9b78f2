# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is remembered of a family: its lines in the last scrape, their values, and what they become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress, count
from math import isfinite
from operator import ne
from typing import TYPE_CHECKING, TypeVar

from .blocks import METRIC_NAME
from .interpreter import Interpreter
from .learning import Kind, NotSimple, Plan, Target, plan_of, targets_of

if TYPE_CHECKING:
    from datadog_checks.base import OpenMetricsBaseCheckV2

T = TypeVar('T')

SUFFIXES = {
    'counter': ('',),
    'gauge': ('',),
    'histogram': ('_bucket', '_sum', '_count'),
    'summary': ('', '_sum', '_count'),
}
"""The types that can be remembered, and the suffixes of their samples."""
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="[^"\\]*(?:\\[\\"n][^"\\]*)*"'
SERIES = re.compile(rf'({METRIC_NAME})(?:\{{{_LABEL}(?:,{_LABEL})*\}})?')
"""The text of a series in the strict grammar, which every parser reads the same way."""

LEARNT_AT_ONCE = 500
"""Series per batch. Each takes some KB while it is learnt, and the garbage collector scans them repeatedly."""


class Family:
    """What is remembered of a family: its lines in the last scrape, their values, and what they become."""

    def __init__(self, name: str, type_: str, interpreter: Interpreter) -> None:
        """`name` and `type_` are those of the line `# TYPE`."""
        self._head = f'# TYPE {name} {type_}'
        self._names = {name + suffix for suffix in SUFFIXES[type_]}
        self._interpreter = interpreter
        self.is_ignored = not (interpreter.wants_untyped or interpreter.names(name) or interpreter.collects(self._head))
        """Whether no option maps it, so that its lines are skipped."""
        self.is_opaque = False
        """Whether the base class submits values that are not in the lines, so that nothing can be remembered."""
        self.cost = 0
        """Its share of the memory limit, in series: see `Memory`."""
        self._lines: list[str] | None = None
        """None until it is learnt."""
        self._values: list[float] = []
        self._kinds: list[Kind | None] = []
        self._tags: list[tuple[str, ...]] = []
        """Per line, if each becomes at most one gauge or count."""
        self._plan: Plan = []
        """The submissions otherwise."""
        self._submitted = 0
        """The number of submissions if all values are finite."""

    def __len__(self) -> int:
        return len(self._lines or ())

    def has(self, lines: list[str]) -> bool:
        """
        Update the values if the series are those of the last scrape, in the same order. Return whether they are.

        Raises `NotSimple` for a value that is not a number.
        """
        old = self._lines
        if lines == old:
            return True
        if old is None or len(lines) != len(old):
            return False
        changed = list(compress(range(len(lines)), map(ne, lines, old)))
        values = []
        for number in changed:
            text, _, value = lines[number].rpartition(' ')
            if text != old[number].rpartition(' ')[0]:
                return False
            values.append(value)
        for number, changed_value in zip(changed, self._numbers(values), strict=True):
            self._values[number] = changed_value
        self._lines = lines
        return True

    def learn(self, lines: list[str]) -> None:
        """
        Learn what the lines become, and keep what is already known of some of them.

        Raises `NotSimple` for a line that is not in the strict grammar, or that the base class cannot read.
        """
        old = [] if self._plan or self._lines is None else self._lines
        places = list(map(dict(zip(old, range(len(old)), strict=True)).get, lines))
        texts, values = self._split([line for line, place in zip(lines, places, strict=True) if place is None])
        gone = set(range(len(old))).difference(places)
        known = {old[place].rpartition(' ')[0]: (self._kinds[place], self._tags[place]) for place in gone}
        if not self._learn_targets([text for text in texts if text not in known], known):
            self._learn_plan(lines)
            self._submitted = len(self._plan)
            return
        # What is not among the old lines comes after them.
        kinds = self._kinds + [known[text][0] for text in texts]
        tags = self._tags + [known[text][1] for text in texts]
        values = self._values + values
        after = count(len(old))
        order = [next(after) if place is None else place for place in places]
        self._plan, self._lines = [], lines
        self._values, self._kinds, self._tags = (
            _in_order(values, order),
            _in_order(kinds, order),
            _in_order(tags, order),
        )
        self._submitted = len(self._kinds) - self._kinds.count(None)

    def _learn_targets(self, texts: list[str], known: dict[str, Target]) -> bool:
        """Learn new series line by line. Return whether that is possible."""
        for text in texts:
            match = SERIES.fullmatch(text)
            if match is None or match[1] not in self._names:
                raise NotSimple
        at_once = LEARNT_AT_ONCE if not self._interpreter.pairs_buckets else len(texts) or 1
        # Without a line, too: the base class takes note of the type.
        for start in range(0, len(texts) or 1, at_once):
            some = texts[start : start + at_once]
            targets = targets_of(some, self._head, self._interpreter)
            if targets is None:
                return False
            known.update(zip(some, targets, strict=True))
        return True

    def _learn_plan(self, lines: list[str]) -> None:
        texts, values = self._split(lines)
        plan = plan_of(texts, self._head, self._interpreter)
        if plan is None:
            self.is_opaque = True
            raise NotSimple
        self._plan, self._lines, self._values, self._kinds, self._tags = plan, lines, values, [], []

    def _split(self, lines: Sequence[str]) -> tuple[list[str], list[float]]:
        """Split lines into series and values. Raises `NotSimple` for a value that is not a number."""
        parts = [line.rpartition(' ') for line in lines]
        return [text for text, _, _ in parts], self._numbers([value for _, _, value in parts])

    def _numbers(self, values: list[str]) -> list[float]:
        if '_' in ''.join(values):  # Python accepts it in numbers, the text format does not.
            raise NotSimple
        try:
            return list(map(_exact if self._interpreter.pairs_buckets else float, values))
        except ValueError:
            raise NotSimple from None

    def submit(self, check: OpenMetricsBaseCheckV2, flush_first_value: bool) -> int:
        """
        Submit the values of the last scrape and return their number.

        Raises `NotSimple`, before it submits anything, if it cannot.
        """
        are_finite = all(map(isfinite, self._values))
        if self._plan and not are_finite:
            raise NotSimple  # The base class leaves such lines out, and pairs the others.
        gauge, monotonic_count = check.gauge, check.monotonic_count
        for kind, tags, value in zip(self._kinds, self._tags, self._values, strict=not self._plan):
            if kind is None or not (are_finite or isfinite(value)):
                continue
            is_count, name, hostname = kind
            if is_count:
                monotonic_count(name, value, tags, hostname, raw=True, flush_first_value=flush_first_value)
            else:
                gauge(name, value, tags, hostname, raw=True)
        for (method, name, _, arguments, options), line, subtracted in self._plan:
            value = self._values[line - 1] - (self._values[subtracted - 1] if subtracted else 0)
            if 'flush_first_value' in options:
                options['flush_first_value'] = flush_first_value
            getattr(check, method)(name, value, *arguments, **options)
        if are_finite:
            return self._submitted
        return sum(kind is not None and isfinite(value) for kind, value in zip(self._kinds, self._values, strict=True))


def _in_order(remembered: list[T], order: list[int]) -> list[T]:
    return list(map(remembered.__getitem__, order))


def _exact(text: str) -> float:
    """Parse a number, integers exactly: differences of large ones are submitted."""
    try:
        return int(text)
    except ValueError:
        return float(text)
