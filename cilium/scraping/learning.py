# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Learning what lines become: the base class gets each line with its number as the value, so every submitted value
identifies its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from .interpreter import Interpreter
from .stand_ins import Submission

_STEP = 1 << 22
"""More than twice the maximum number of lines in a block."""


class NotSimple(Exception):
    """A block cannot be remembered: the base class has to submit it."""


Kind = tuple[bool, str, str]
"""
Whether it is a `monotonic_count` (not a `gauge`), the full metric name, and the hostname.

The name includes the namespace: the base class would prepend it to every value again.
"""

Target = tuple[Kind | None, tuple[str, ...]]
"""What a line becomes: its kind, or None if it is not submitted, and its tags."""

Plan = list[tuple[Submission, int, int]]
"""Submissions, each with the number of the line that provides its value, from 1, and of the line to subtract, or 0."""


def targets_of(texts: Sequence[str], head: str, interpreter: Interpreter) -> list[Target] | None:
    """
    Return what each of these series becomes, after the TYPE line `head`.

    None if lines do not map to submissions one by one. Raises `NotSimple` if the base class cannot parse one of them.
    """
    # Interning: series share most of their tags, which are long strings.
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
    Return the submissions of a whole family, in any order, some of them computed from two lines.

    None if the base class submits values that are not in the lines. Raises as `targets_of` does.
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
    except Exception:  # It will raise again in `BadLines`, which finds the line.
        raise NotSimple from None


def _value_of(line: int) -> int:
    """Return a value that identifies a line, even after that of another line is subtracted."""
    return line + line * line * _STEP


def _lines_of(value: float, count: int) -> tuple[int, int] | None:
    """
    Invert `_value_of`: return the line and 0, or the two lines whose values have this difference.

    None for any other value. With `a` and `b` for the lines, the difference is `(a - b) (1 + (a + b) step)`.
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
