# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Tables and paragraphs that fit the screen."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import zip_longest
from shutil import get_terminal_size

DEFAULT_WIDTH = 120
"""Columns, without a terminal."""
GAP = '  '
NARROWEST = 10
"""Characters that a column of a table keeps, however narrow the screen is."""


def screen_width() -> int:
    """Return the width of the terminal, or `COLUMNS`."""
    width = DEFAULT_WIDTH
    with suppress(OSError):  # Through a pipe to `head` or `less`, the output ends on the terminal that errors go to.
        width = os.get_terminal_size(2).columns or width
    return get_terminal_size((width, 0)).columns


def printable(text: str) -> str:
    """
    Escape control characters, which could move the cursor or colour the screen: endpoints may send anything.
    """
    return ''.join(c if c.isprintable() or c == '\n' else ascii(c)[1:-1] for c in text)


def paragraph(text: str) -> str:
    """Wrap one line of text to the width of the screen."""
    return '\n'.join(_folded(_text(text), screen_width()))


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """
    Format rows as aligned columns under a header. Numbers are aligned right.

    A tuple becomes one line per item. Cells that are too wide wrap.
    """
    texts = [[_lines(cell) for cell in row] for row in rows]
    columns = list(zip(*texts, strict=True)) or [()] * len(header)
    numeric = [bool(column) and all(_is_number(line) for lines in column for line in lines) for column in columns]
    cells = [_lines(cell) for cell in header], *texts
    widths = _widths(list(zip(*cells, strict=True)))
    lines = []
    for row in cells:
        folded = [
            [part for line in lines for part in _folded(line, width)] for lines, width in zip(row, widths, strict=True)
        ]
        for parts in zip_longest(*folded, fillvalue=''):
            padded = (
                part.rjust(width) if right else part.ljust(width)
                for part, width, right in zip(parts, widths, numeric, strict=True)
            )
            lines.append(GAP.join(padded).rstrip())
    return '\n'.join(lines)


def number(value: float) -> str:
    """Format a value without needless digits: 3, not 3.0."""
    return f'{value:.0f}' if value == int(value) and abs(value) < 1e15 else f'{value:.6g}'


def _widths(columns: Sequence[Sequence[Sequence[str]]]) -> list[int]:
    """Return the width of each column: wrap between words first, within words if that is not enough."""
    lines = [[line for cell in column for line in cell] for column in columns]
    widths = [max(map(len, column)) for column in lines]
    unbroken = [max(map(_longest_word, column)) for column in lines]
    room = screen_width() - len(GAP) * (len(columns) - 1)
    for narrowest in (unbroken, [NARROWEST] * len(columns)):
        while sum(widths) > room:
            spare = [width - least for width, least in zip(widths, narrowest, strict=True)]
            if max(spare) <= 0:
                break
            widths[spare.index(max(spare))] -= 1
    return widths


def _longest_word(line: str) -> int:
    return len(_indent(line)) + max(map(len, line.split()), default=0)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _folded(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, max(width, NARROWEST), subsequent_indent=_indent(line), break_on_hyphens=False)


def _lines(cell: object) -> list[str]:
    return [_text(item) for item in cell] if isinstance(cell, tuple) else [_text(cell)]


def _text(cell: object) -> str:
    return number(cell) if isinstance(cell, float) else printable(str(cell).replace('\n', '\\n'))


def _is_number(text: str) -> bool:
    try:
        float(text or 0)
    except ValueError:
        return False
    return True
