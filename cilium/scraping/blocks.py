# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Cutting an exposition into blocks: the text from the metadata of one family up to that of the next.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .limits import MAX_BLOCK_LABELS, MAX_QUOTED

METRIC_NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'

# A line that every parser takes for metadata of a family, and one that some take for such: they split it at blanks
# outside of quotation marks, and do not look at the first word.
_METADATA = re.compile(rf'# (?:TYPE|HELP) ({METRIC_NAME})(?=[ \n]|$)')
_ODD_METADATA = re.compile(r'#(?:[^\s"]*\s+(?:TYPE|HELP)(?:\s|$)|[^\n"]*"[^\n]*(?:TYPE|HELP))')
_ODD_WORD = re.compile(r'[a-zA-Z0-9_:]+|\\')

# What `str.splitlines` takes for the end of a line, besides `\n`.
_OTHER_ENDS = '\v\f\r\x1c\x1d\x1e\x85\u2028\u2029'


_LAST_BUCKET = 'le="+Inf"'

METADATA_LINES = 2
"""A block begins with a line `# HELP` and a line `# TYPE`."""


class ExpositionError(ValueError):
    """An endpoint answered with something that is not an exposition of metrics."""


class Block(NamedTuple):
    """
    The lines of one family: its metadata and its samples, or whatever is in their place.

    It may be large, so loops over blocks `del` each one before they ask for the next.
    """

    family: str
    """The family named in the metadata. Empty for a block without leading metadata."""
    pieces: tuple[str, ...]
    """The text, in pieces of whole lines. The first piece holds all leading metadata."""
    is_odd: bool = False
    """Whether it contains metadata that only the parser can interpret, such as that of another family or type."""
    is_cut: bool = False
    """Whether the response was cut off within it."""

    def lines(self) -> list[str]:
        """Return the lines without their ends."""
        return lines_of(self.pieces)

    def series(self) -> int:
        """Return the number of series. The last bucket of a histogram is not one: it repeats the count."""
        text = '\n' + self.pieces[0]
        lines = text.count('\n') - text.count('\n#') - text.endswith('\n')
        lines += sum(piece.count('\n') for piece in self.pieces[1:])
        return lines - sum(piece.count(_LAST_BUCKET) for piece in self.pieces)


def lines_of(pieces: Iterable[str]) -> list[str]:
    """Return the lines of pieces of a block, without their ends."""
    lines: list[str] = []
    for piece in pieces:
        lines += piece.split('\n')
        if not lines[-1]:
            lines.pop()
    return lines


class _Begun:
    """A block that may not be complete yet."""

    def __init__(self, family: str) -> None:
        self.text: list[str] = []
        self.labels = 0
        self._family = family
        self._has_type = False
        self._odd: set[str] = set()
        """The words of its odd metadata, and its own family. Empty without odd metadata."""

    def ends_before(self, family: str) -> bool:
        """Tell whether metadata of this family certainly begins another block."""
        # A name that a parser finds in odd metadata is a word of it, if nothing in it is escaped.
        return self._odd.isdisjoint((family, '\\')) if self._odd else family != self._family

    def note(self, family: str, line: str) -> None:
        """Record a metadata line of a family. An odd line has the family ''."""
        if not family:
            self._odd.update((self._family, *_ODD_WORD.findall(line)))
        elif line.startswith('# TYPE'):
            if self._has_type:
                self._odd.add(family)  # With another type, it may be mapped under another name.
            self._has_type = True

    def append(self, piece: str) -> None:
        """Append a piece, to the first piece as long as that may lack some of the metadata."""
        if len(self.text) == 1 and self.text[0].count('\n') < METADATA_LINES:
            self.text[0] += piece
        elif piece:
            self.text.append(piece)

    def check_size(self) -> None:
        """Drop the text and raise `ExpositionError` if the block exceeds `MAX_BLOCK_LABELS`."""
        if self.labels > MAX_BLOCK_LABELS:
            self.text.clear()
            name = self._family[:MAX_QUOTED]
            raise ExpositionError(f'the family {name!r} has more than {MAX_BLOCK_LABELS} lines and labels')

    def block(self, is_cut: bool = False) -> Block:
        """Return the block so far, and release its text."""
        text, self.text = tuple(self.text), []
        return Block(self._family, text, is_odd=bool(self._odd), is_cut=is_cut)


def blocks(pieces: Iterable[str]) -> Iterator[Block]:
    """
    Yield the blocks of an exposition, which comes in pieces of whole lines.

    If reading a piece raises, the incomplete block is yielded first. Raises `ExpositionError` for a block that exceeds
    `MAX_BLOCK_LABELS`.
    """
    begun = _Begun('')
    try:
        for piece in pieces:
            piece, start = _with_plain_ends(piece), 0
            for position, name, line in _metadata_of(piece):
                if name and begun.ends_before(name):
                    begun.append(piece[start:position])
                    if begun.text:
                        yield begun.block()
                    begun, start = _Begun(name), position
                begun.note(name, line)
            begun.append(piece[start:])
            begun.labels += piece.count('"', start) // 2 + piece.count('\n', start)
            begun.check_size()
    except Exception:
        if begun.text:
            yield begun.block(is_cut=True)
        raise
    if begun.text:
        yield begun.block()


def _with_plain_ends(piece: str) -> str:
    if any(end in piece for end in _OTHER_ENDS):
        return '\n'.join((*piece.splitlines(), ''))
    return piece


def _metadata_of(piece: str) -> Iterator[tuple[int, str, str]]:
    """Yield position, family and text of each metadata line in a piece. The family is '' for odd metadata."""
    position = piece.find('#')
    while position >= 0:
        start = piece.rfind('\n', 0, position) + 1
        end = piece.find('\n', position)
        if end < 0:
            end = len(piece)
        if start == position and (match := _METADATA.match(piece, position)):
            yield start, match[1], piece[start:end]
        elif piece[start:position].strip() == '' and _ODD_METADATA.match(piece, position, end):
            yield start, '', piece[start:end]
        position = piece.find('#', end)
