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
from dataclasses import dataclass
from itertools import chain

METRIC_NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'

_METADATA = re.compile(rf'# (?:TYPE|HELP) ({METRIC_NAME})(?=[ \n]|$)')

_NAMES_METADATA = re.compile('TYPE|HELP')

# What `str.splitlines` takes for the end of a line, besides `\n`.
_OTHER_ENDS = '\v\f\r\x1c\x1d\x1e\x85\u2028\u2029'


METADATA_LINES = 2
"""How many lines of metadata a block begins with: `# HELP` and `# TYPE`."""
MAX_BLOCK_LINES = 300_000
MAX_BLOCK_CHARACTERS = 32 * 1024 * 1024
"""A block is held as a whole, and splitting it takes several times its size."""
MAX_BLOCKS = 50_000
"""A component has some hundred families."""
MAX_QUOTED = 200
"""How many characters of what an endpoint sent are quoted in an error."""


class ExpositionError(ValueError):
    """An endpoint answered with something that is not an exposition of metrics."""


@dataclass(frozen=True)
class Block:
    """
    The lines of a family: its metadata and its samples, or what stands where they are expected.

    It may be large. So whoever iterates over blocks deletes each of them before the next one grows.
    """

    family: str
    """The family that the metadata announces. Empty where the block begins without metadata."""
    pieces: tuple[str, ...]
    """The text, in pieces of whole lines. All metadata that the block begins with is in the first one."""
    is_odd: bool = False
    """Whether other families may be in it: only a parser can tell."""

    @property
    def text(self) -> str:
        """The text as a whole."""
        return ''.join(self.pieces)

    def lines(self) -> Iterator[str]:
        """Yield the lines without their ends."""
        return chain.from_iterable(map(str.splitlines, self.pieces))


def blocks(pieces: Iterable[str]) -> Iterator[Block]:
    """
    Yield the blocks of an exposition. Their texts, put together, are the text of the exposition.

    Raises `ExpositionError` for a block that is too long, and for too many of them.

    The exposition comes in pieces of whole lines. A block begins at a line `# TYPE family ...` or `# HELP family ...`
    with another family than that of the block before. From the first line on that only a parser can tell from such a
    one - odd spacing around the `#`, or ends of lines that are not `\\n` - all that follows is one odd block.
    """
    family = ''
    parts: list[str] = []
    may_cut = True
    count = characters = lines = 0
    for piece in pieces:
        announcements = _announcements(piece) if may_cut else None
        may_cut = announcements is not None
        start = 0
        for announced, position in announcements or ():
            if announced != family:
                _append(parts, piece[start:position])
                if parts:
                    block, parts = Block(family, tuple(parts)), []
                    yield block
                    del block
                    count += 1
                    if count > MAX_BLOCKS:
                        raise ExpositionError(f'the answer has more than {MAX_BLOCKS} families')
                family, start = announced, position
                characters = lines = 0
        _append(parts, piece[start:])
        characters += len(piece) - start
        lines += piece.count('\n', start)
        if characters > MAX_BLOCK_CHARACTERS or lines > MAX_BLOCK_LINES:
            raise ExpositionError(f'the family {family[:MAX_QUOTED]!r} has more lines than a metric can have')
    if parts:
        yield Block(family, tuple(parts), is_odd=not may_cut)


def _append(pieces: list[str], piece: str) -> None:
    """Append a piece to a block, or to its first piece while that cannot hold more than `# HELP`."""
    if not piece:
        return
    if len(pieces) == 1 and pieces[0].count('\n') < METADATA_LINES:
        pieces[0] += piece
    else:
        pieces.append(piece)


def _announcements(piece: str) -> list[tuple[str, int]] | None:
    """
    Return the families that the metadata lines of a piece announce, each with the position of its line.

    Return None where a line may be metadata for a parser and does not look like it.
    """
    if any(end in piece for end in _OTHER_ENDS):
        return None
    announcements = []
    position = piece.find('#')
    while position >= 0:
        start = piece.rfind('\n', 0, position) + 1
        end = piece.find('\n', position)
        if end < 0:
            end = len(piece)
        if start == position and (match := _METADATA.match(piece, position)):
            announcements.append((match[1], position))
        elif start == position and not _NAMES_METADATA.search(piece, position, end):
            pass  # a comment
        elif piece[start:position].strip() == '':
            return None
        position = piece.find('#', end)
    return announcements
