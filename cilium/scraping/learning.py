# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Learning what lines become, from the base class: it gets them with their numbers as values, and each value that it
submits tells which line it is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from .interpreter import Interpreter
from .stand_ins import Submission

_STEP = 1 << 22
"""More than twice the lines that a block can have."""


class NotSimple(Exception):
    """A block is not of the form that can be remembered: the base class has to submit it."""


Kind = tuple[bool, str, str]
"""
Whether values go to `monotonic_count` and not to `gauge`, the full name of the metric, and the host's name.

The base class would put the namespace before the name anew with each value.
"""

Target = tuple[Kind | None, tuple[str, ...]]
"""What a line becomes: its kind, or None if it is not submitted, and its tags."""

Plan = list[tuple[Submission, int, int]]
"""Submissions, each with the number of the line whose value it has, from 1 on, and that of one to subtract, or 0."""


def targets_of(texts: Sequence[str], head: str, interpreter: Interpreter) -> list[Target] | None:
    """
    Return what lines with the texts of these series become, after the line `# TYPE` of their family.

    Return None if that cannot be told line by line. Raises `NotSimple` if the base class cannot read one of them.
    """
    # These return the first of equal things. Series share most of their tags, which are long strings.
    kinds: dict[Kind, Kind] = {}
    strings: dict[str, str] = {}
    same_kind, same_string = kinds.setdefault, strings.setdefault
    targets: list[Target] = [(None, ())] * len(texts)
    last = 0
    for method, name, value, _, options in _submissions(texts, head, interpreter):
        line = value % _STEP if isinstance(value, int) and method in ('gauge', 'monotonic_count') else 0
        if not last < line <= len(texts) or value != _value_of(line):
            return None
        kind = method == 'monotonic_count', f'{interpreter.namespace}.{name}', options['hostname']
        tags = options['tags']
        targets[line - 1] = same_kind(kind, kind), tuple(map(same_string, tags, tags))
        last = line
    return targets


def plan_of(texts: Sequence[str], head: str, interpreter: Interpreter) -> Plan | None:
    """
    Return what lines of a whole family become, in any order, and some from two of them.

    Return None if the base class makes up values of its own. Raises as `targets_of` does.
    """
    plan: Plan = []
    for method, name, value, arguments, options in _submissions(texts, head, interpreter):
        lines = _lines_of(value, len(texts))
        if lines is None:
            return None
        # Tags are lists, and no other argument is. What is kept of them has to be tuples.
        arguments = tuple(tuple(argument) if isinstance(argument, list) else argument for argument in arguments)
        if 'tags' in options:
            options['tags'] = tuple(options['tags'])
        plan.append(((method, name, value, arguments, options), *lines))
    return plan


def _submissions(texts: Sequence[str], head: str, interpreter: Interpreter) -> list[Submission]:
    numbered = (f'{text} {_value_of(line)}' for line, text in enumerate(texts, 1))
    try:
        return interpreter.submissions(chain((head,), numbered), flush_first_value=False)
    except Exception:  # It will raise it again, and then the bad line is found.
        raise NotSimple from None


def _value_of(line: int) -> int:
    """Return the value by which a line is known again, even if the value of another one is subtracted from it."""
    return line + line * line * _STEP


def _lines_of(value: float, count: int) -> tuple[int, int] | None:
    """
    Return the line with a value of `_value_of`, and 0, or the two lines whose values have this difference.

    Return None for every other value. With `a` and `b` for the lines, the difference is `(a - b) (1 + (a + b) step)`.
    """
    if not isinstance(value, int):
        return None
    gap = (value + _STEP // 2) % _STEP - _STEP // 2
    if gap == 0:
        return None
    total, rest = divmod(value - gap, _STEP * gap)
    line, subtracted = (total + gap) // 2, (total - gap) // 2
    is_one = rest == 0 and (total + gap) % 2 == 0 and 0 < line <= count and 0 <= subtracted <= count
    return (line, subtracted) if is_one else None
