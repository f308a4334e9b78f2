# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What an answer must be to count as an exposition, and which of its families count.

This works on the names of families as they stand on the wire: the parser of `prometheus_client` gives counters one
canonical name, so that two spellings of a family become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from .blocks import Block, ExpositionError

MAX_HELD_CHARACTERS = 16 * 1024 * 1024
"""How much text `without_superseded` holds back. The largest of these families has a line for each pair of nodes."""
BLOCK_CHARACTERS = 500
"""What a block takes besides its text, in characters."""


def family_of_metadata(line: str) -> str | None:
    """Return the family that a `# TYPE` or `# HELP` line announces, or None for every other line."""
    words = line.split(None, 3)
    return words[2] if len(words) > 2 and words[0] == '#' and words[1] in ('TYPE', 'HELP') else None


def is_sample(line: str) -> bool:
    """Tell whether a line is neither blank nor metadata nor a comment."""
    line = line.strip()
    return line != '' and not line.startswith('#')


def without_superseded(family_blocks: Iterable[Block], superseded: Mapping[str, str]) -> Iterator[Block]:
    """
    Drop the families whose successor is in the same exposition.

    `superseded` maps each old family to its successor. The blocks of an old family are held back, and come last if its
    successor does not come. All others pass at once. Raises `ExpositionError` when there is too much to hold back.
    """
    held: list[Block] = []
    held_characters = 0
    successors = set(superseded.values())
    announced: set[str] = set()
    """Those of the successors that came."""
    for block in family_blocks:
        if block.is_odd:  # It is the last one.
            announced |= successors & {family_of_metadata(line) for line in block.lines()}
            replaced = {old for old, new in superseded.items() if new in announced}
            yield replace(block, pieces=tuple(_without(replaced, block)))
        elif block.family in superseded:
            held.append(block)
            held_characters += BLOCK_CHARACTERS + sum(map(len, block.pieces))
            if held_characters > MAX_HELD_CHARACTERS:
                raise ExpositionError(f'the family {block.family!r} has more lines than a metric can have')
        else:
            if block.family in successors:
                announced.add(block.family)
            yield block
        del block
    yield from (block for block in held if superseded[block.family] not in announced)


def _without(families: set[str], block: Block) -> Iterator[str]:
    """Yield the lines of an odd block that do not belong to one of the families."""
    family = block.family
    for line in block.text.splitlines(keepends=True):
        family = family_of_metadata(line) or family
        if family not in families:
            yield line


def checked(family_blocks: Iterable[Block], content_type: str) -> Iterator[Block]:
    """
    Pass the blocks of an exposition on and refuse what cannot be one.

    Raises `ExpositionError` when the first line that is not blank is a web page's or is binary, and at the end of an
    answer without a single sample: a running component always has some.
    """
    has_line = has_sample = False
    for block in family_blocks:
        if not has_line and (line := next((line for line in block.lines() if line.strip()), '').lstrip()):
            has_line = True
            if line.startswith('<') or '\0' in line or '\N{REPLACEMENT CHARACTER}' in line:
                raise ExpositionError(
                    f'the answer is not in the Prometheus text format: it begins with {line[:60]!r} and its '
                    f'Content-Type is {content_type[:60]!r}. Check the port and the path of the URL'
                )
        has_sample = has_sample or any(map(is_sample, block.lines()))
        yield block
        del block
    if not has_sample:
        raise ExpositionError('the answer holds no metrics. Check the port and the path of the URL')
