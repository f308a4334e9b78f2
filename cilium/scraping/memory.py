# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the series of an endpoint become, remembered from one scrape to the next. See docs/architecture.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import chain, compress, count
from math import isfinite
from operator import ne
from sys import getsizeof
from typing import TYPE_CHECKING

from .blocks import METRIC_NAME, Block, lines_of
from .interpreter import Interpreter, Submission

if TYPE_CHECKING:
    from datadog_checks.base import OpenMetricsBaseCheckV2

SUFFIXES = {
    'counter': ('',),
    'gauge': ('',),
    'histogram': ('_bucket', '_sum', '_count'),
    'summary': ('', '_sum', '_count'),
}
"""The types that are remembered, and what the names of their samples add to the name of the family."""

HEAD = re.compile(
    rf'(?:# HELP {METRIC_NAME}(?: .*)?\n)?(# TYPE (?P<family>{METRIC_NAME}) (?P<type>{"|".join(SUFFIXES)}))(?:\n|$)'
)
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="[^"\\]*(?:\\[\\"n][^"\\]*)*"'
SERIES = re.compile(rf'({METRIC_NAME})(?:\{{{_LABEL}(?:,{_LABEL})*\}})?')

BYTES_PER_SERIES = 1024
"""What a series of `max_remembered_series` may take. Few real ones come close. A longer one counts several times."""
SERIES_PER_FAMILY = 2
"""As how many series what is remembered of a family counts besides."""
LEARNT_AT_ONCE = 5000
"""Series. Each takes some KB meanwhile."""

_STEP = 1 << 22
"""More than twice the lines that a block can have: see `_number`."""


class NotSimple(Exception):
    """A block is not of the form that can be remembered: the base class has to submit it."""


Kind = tuple[bool, str, str]
"""Whether values go to `monotonic_count` and not to `gauge`, the name of the metric, and the host's name."""

Plan = list[tuple[Submission, int, int]]
"""Submissions, each with the number of the line whose value it has, from 1 on, and that of one to subtract, or 0."""


class Family:
    """What is remembered of a family: its lines in the last scrape, their values, and what they become."""

    def __init__(self, head: str, is_ignored: bool) -> None:
        self.head = head
        """The line `# TYPE`."""
        self.is_ignored = is_ignored
        """Whether nobody maps it: its lines are not looked at."""
        self.is_opaque = False
        """Whether the base class makes up values of its own."""
        self.lines: list[str] | None = None
        """None for a family of which nothing is learnt."""
        self.values: list[float] = []
        self.kinds: list[Kind | None] = []
        self.tags: list[tuple[str, ...]] = []
        """What the lines become, if each of them becomes one gauge or count at most. None for what is not submitted."""
        self.plan: Plan = []
        """What they become otherwise."""
        self.cost = SERIES_PER_FAMILY

    def submit(self, check: OpenMetricsBaseCheckV2, flush_first_value: bool) -> None:
        """Submit the values of the last scrape."""
        gauge, monotonic_count = check.gauge, check.monotonic_count
        if self.kinds:
            are_finite = all(map(isfinite, self.values))
            for kind, tags, value in zip(self.kinds, self.tags, self.values, strict=True):
                if kind is None or not (are_finite or isfinite(value)):
                    continue
                is_count, name, hostname = kind
                if is_count:
                    monotonic_count(name, value, tags=tags, hostname=hostname, flush_first_value=flush_first_value)
                else:
                    gauge(name, value, tags=tags, hostname=hostname)
        for (method, (name, _, *arguments), options), line, subtracted in self.plan:
            value = self.values[line - 1] - (self.values[subtracted - 1] if subtracted else 0)
            if 'flush_first_value' in options:
                options['flush_first_value'] = flush_first_value
            getattr(check, method)(name, value, *arguments, **options)


class Memory:
    """What the families of an endpoint become. It holds what the last scrape had, and no more than it may."""

    def __init__(self, interpreter: Interpreter, max_series: int) -> None:
        self._interpreter = interpreter
        self._is_exact = interpreter.pairs_buckets
        self.max_series = max_series
        self._room = max_series
        """How many more series there is room for."""
        self._before: dict[tuple[str, str], Family] = {}
        self._now: dict[tuple[str, str], Family] = {}
        self.forgotten = 0
        """How many series of this scrape there was no room for."""

    @property
    def series(self) -> int:
        """How many series are remembered."""
        return sum(len(family.lines or ()) for family in self._now.values())

    def begin(self) -> None:
        """Begin a scrape."""
        self._before, self._now, self.forgotten = self._now, {}, 0

    def end(self) -> None:
        """End a scrape: what was not in it is forgotten."""
        self._room += sum(family.cost for family in self._before.values())
        self._before = {}

    def clear(self) -> None:
        """Forget everything."""
        self._before, self._now, self._room = {}, {}, self.max_series

    def recall(self, block: Block) -> Family:
        """
        Return the family of a block with the values of the block. What is new is learnt.

        Raises `NotSimple` for a block that the base class has to submit.
        """
        head = HEAD.match(block.pieces[0])
        if head is None or block.is_odd:
            raise NotSimple
        key = head['family'], head['type']
        if key in self._now:
            raise NotSimple  # The family has two blocks.
        family = self._before.pop(key, None)
        if family is None:
            is_ignored = not self._interpreter.wants_untyped and not self._interpreter.collects(head[1])
            family = Family(head[1], is_ignored)
        else:
            self._room += family.cost
        if not family.is_ignored and not family.is_opaque:
            pieces = block.pieces[0][head.end() :], *block.pieces[1:]
            try:
                self._update(family, pieces, {key[0] + suffix for suffix in SUFFIXES[key[1]]})
            except NotSimple:
                if not family.is_opaque:
                    raise
        if family.cost <= self._room:
            self._room -= family.cost
            self._now[key] = family
        if family.is_opaque:
            raise NotSimple
        return family

    def _update(self, family: Family, pieces: tuple[str, ...], names: Collection[str]) -> None:
        """Bring what is known of a family up to date with the text of its samples."""
        lines = lines_of(pieces)
        if lines != family.lines:
            if family.lines is None or not _has_same_series(family, lines):
                cost = SERIES_PER_FAMILY + max(len(lines), _size_of(pieces, len(lines)) // BYTES_PER_SERIES)
                if cost > self._room:
                    self.forgotten += len(lines)
                    raise NotSimple
                self._learn(family, lines, names)
                family.cost = cost
            family.lines = lines
        if family.plan and not all(map(isfinite, family.values)):
            raise NotSimple  # The base class leaves such lines out, and pairs the others.

    def _learn(self, family: Family, lines: list[str], names: Collection[str]) -> None:
        """Learn what lines become. What is known of some of them stays."""
        old = [] if family.plan or family.lines is None else family.lines
        places = list(map(dict(zip(old, range(len(old)), strict=True)).get, lines))
        texts, values = _split(
            [line for line, place in zip(lines, places, strict=True) if place is None], self._is_exact
        )
        gone = set(range(len(old))).difference(places)
        known = {old[place].rpartition(' ')[0]: (family.kinds[place], family.tags[place]) for place in gone}
        new = [text for text in texts if text not in known]
        at_once = len(lines) if self._interpreter.pairs_buckets else LEARNT_AT_ONCE
        # Without a line, too: the base class takes note of the type.
        for start in range(0, len(new) or 1, at_once or 1):
            some = new[start : start + at_once]
            targets = _targets(self._learnt(family, some, names), len(some))
            if targets is None:
                texts, family.values = _split(lines, self._is_exact)
                family.plan, family.kinds, family.tags = _plan(self._learnt(family, texts, names)), [], []
                return
            known.update(zip(some, targets, strict=True))
        # What is not among the old lines comes after them.
        kinds, tags = [
            [*old_ones, *(known[text][i] for text in texts)] for i, old_ones in enumerate((family.kinds, family.tags))
        ]
        values = family.values[: len(old)] + values
        later = count(len(old))
        places = [next(later) if place is None else place for place in places]
        family.plan, family.values = [], [values[place] for place in places]
        family.kinds, family.tags = [kinds[place] for place in places], [tags[place] for place in places]

    def _learnt(self, family: Family, texts: Sequence[str], names: Collection[str]) -> Plan:
        """Let the base class tell what lines of a family become, whose values are their numbers."""
        for text in texts:
            match = SERIES.fullmatch(text)
            if match is None or match[1] not in names:
                raise NotSimple
        numbered = (f'{text} {_value_of(line)}' for line, text in enumerate(texts, 1))
        try:
            submissions = self._interpreter.submissions(chain((family.head,), numbered), False)
        except Exception:  # It will raise it again, and then the bad line is found.
            raise NotSimple from None
        learnt = []
        for submission in submissions:
            method, arguments, _ = submission
            lines = _lines_of(arguments[1], len(texts))
            if lines is None or method == 'service_check':
                family.is_opaque = True
                raise NotSimple
            learnt.append((submission, *lines))
        return learnt


def _targets(learnt: Plan, count: int) -> list[tuple[Kind | None, tuple[str, ...]]] | None:
    """Return what lines become, one each, or None if that cannot be told line by line."""
    same = {}.setdefault  # Returns the first of equal things. Series share most of their tags, which are long strings.
    targets: list[tuple[Kind | None, tuple[str, ...]]] = [(None, ())] * count
    last = 0
    for (method, arguments, options), line, subtracted in learnt:
        if subtracted or line <= last or method not in ('gauge', 'monotonic_count'):
            return None
        kind = method == 'monotonic_count', arguments[0], options['hostname']
        tags = options['tags']
        targets[line - 1] = same(kind, kind), tuple(map(same, tags, tags))
        last = line
    return targets


def _plan(learnt: Plan) -> Plan:
    """Return submissions with tags that can be remembered. Tags are lists, and nothing else is."""

    def kept(argument: object) -> object:
        return tuple(argument) if isinstance(argument, list) else argument

    return [
        ((method, tuple(map(kept, arguments)), {name: kept(o) for name, o in options.items()}), line, less)
        for (method, arguments, options), line, less in learnt
    ]


def _has_same_series(family: Family, lines: list[str]) -> bool:
    """Tell whether lines are those of a family, in their order, and if so, take their values over."""
    old = family.lines
    if len(lines) != len(old):
        return False
    changed = list(compress(range(len(lines)), map(ne, lines, old)))
    for number in changed:
        if lines[number].rpartition(' ')[0] != old[number].rpartition(' ')[0]:
            return False
    _, values = _split([lines[number] for number in changed], bool(family.plan))
    for number, value in zip(changed, values, strict=True):
        family.values[number] = value
    return True


def _split(lines: list[str], is_exact: bool) -> tuple[list[str], list[float]]:
    """Return the texts of the series of lines, and their values. Raises `NotSimple` for what only Python takes for numbers."""
    parts = [line.rpartition(' ') for line in lines]
    values = [value for _, _, value in parts]
    if '_' in ''.join(values):
        raise NotSimple
    try:
        return [text for text, _, _ in parts], list(map(_exactly if is_exact else float, values))
    except ValueError:
        raise NotSimple from None


def _exactly(text: str) -> float:
    """Return a number as the parser reads it: of large integers, differences are wanted."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _value_of(line: int) -> int:
    """Return the value by which a line is known again, even if the value of another one is subtracted from it."""
    return line + line * line * _STEP


def _lines_of(value: object, count: int) -> tuple[int, int] | None:
    """
    Return the line with a value of `_value_of`, and 0, or two lines for the difference of their values.

    Return None for every other value. With `a` and `b` for the lines, the difference is `(a - b) (1 + (a + b) step)`.
    """
    if not isinstance(value, int) or value == 0:
        return None
    line = value % _STEP
    if value == _value_of(line) and line <= count:
        return line, 0
    gap = (value + _STEP // 2) % _STEP - _STEP // 2
    total, rest = divmod(value - gap, _STEP * gap) if gap else (0, 1)
    line, subtracted = (total + gap) // 2, (total - gap) // 2
    is_one = rest == 0 and (total + gap) % 2 == 0 and 0 < line <= count and 0 < subtracted <= count
    return (line, subtracted) if is_one else None


def _size_of(pieces: Collection[str], lines: int) -> int:
    """
    Return how many bytes the series of a block take when they are remembered, rather more than less.

    The tags of a series hold as many characters as its text, and each label becomes a string of its own.
    """
    return 2 * sum(map(getsizeof, pieces)) + 30 * sum(piece.count('"') for piece in pieces) + 300 * lines
