# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Which families of an exposition count. Names of families are those on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from .blocks import Block


def family_of_metadata(line: str) -> str | None:
    """Return the family in a `# TYPE` or `# HELP` line, or None for any other line."""
    words = line.split(None, 3)
    return words[2] if len(words) > 2 and words[0] == '#' and words[1] in ('TYPE', 'HELP') else None


def is_sample(line: str) -> bool:
    """Tell whether a line is a sample: not blank, not metadata, not a comment."""
    line = line.strip()
    return line != '' and not line.startswith('#')


def without_superseded(family_blocks: Iterable[Block], superseded: Mapping[str, str]) -> Iterator[Block]:
    """
    Drop families whose successor is in the same exposition.

    `superseded` maps each old family to its successor. Old families are held back until the end, and yielded only if
    their successor is missing. All others pass through at once.
    """
    held: dict[str, list[Block]] = {}
    successors = set(superseded.values())
    announced: set[str] = set()
    for block in family_blocks:
        families = _families(block)
        announced |= families & successors
        if superseded.keys().isdisjoint(families):
            yield block
        else:
            held.setdefault(block.family, []).append(block)
        del block
    replaced = {old for old, new in superseded.items() if new in announced}
    for block in map(_joined, held.values()):
        if replaced.isdisjoint(_families(block)):
            yield block
        elif block.is_odd:
            yield block._replace(pieces=('\n'.join(_lines_without(replaced, block)),))


def _joined(parts: list[Block]) -> Block:
    """Merge the blocks of one family."""
    if len(parts) == 1:
        return parts[0]
    return parts[0]._replace(pieces=tuple(chain.from_iterable(part.pieces for part in parts)), is_odd=True)


def _families(block: Block) -> set[str]:
    if not block.is_odd:
        return {block.family}
    return {block.family, *(family_of_metadata(line) or '' for line in block.lines())}


def _lines_without(families: set[str], block: Block) -> Iterator[str]:
    """Yield the lines of an odd block that belong to none of the families."""
    family = block.family
    for line in block.lines():
        family = family_of_metadata(line) or family
        if family not in families:
            yield line
