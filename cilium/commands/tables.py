# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    """
    Return text with escapes in the place of characters that would move the cursor or colour the screen.

    What comes from an endpoint may hold anything.
    """
    return ''.join(c if c.isprintable() or c == '\n' else ascii(c)[1:-1] for c in text)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as aligned text columns under their header. Numbers are aligned right."""
    texts = [[_text(cell) for cell in row] for row in rows]
    numeric = [
        bool(texts) and all(_is_number(row[column]) for row in texts if row[column]) for column in range(len(header))
    ]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    lines = []
    for cells in (list(header), *texts):
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        )
        lines.append('  '.join(padded).rstrip())
    return '\n'.join(lines)


def number(value: float) -> str:
    """Return a value without digits that say nothing: 3, not 3.0."""
    return f'{value:.0f}' if value == int(value) and abs(value) < 1e15 else f'{value:.6g}'


def _text(cell: object) -> str:
    return number(cell) if isinstance(cell, float) else printable(str(cell).replace('\n', '\\n'))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
