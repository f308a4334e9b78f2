# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The families of an exposition, whatever the lines in it are worth."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..scraping.blocks import METRIC_NAME
from ..scraping.exposition import family_of_metadata, is_sample
from ..scraping.family import SUFFIXES

UNKNOWN_TYPE = 'unknown'
_NAME = re.compile(rf'\s*({METRIC_NAME})')


@dataclass
class WireFamily:
    """
    The lines of a family.

    `name` and `type` are those on the wire, as in the TYPE line. A family without one has the name of its samples and
    the type `unknown`.
    """

    name: str
    type: str = UNKNOWN_TYPE
    is_announced: bool = False
    """Whether it has metadata."""
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The family as an exposition of its own."""
        return '\n'.join((*self.lines, ''))

    @property
    def samples(self) -> int:
        """The number of its lines that are no metadata."""
        return sum(map(is_sample, self.lines))

    def owns(self, sample: str) -> bool:
        """Tell whether a sample with this name is one of the family, as the parser sees it."""
        return sample in {self.name + suffix for suffix in SUFFIXES.get(self.type, ('',))}


def families_of_text(text: str) -> list[WireFamily]:
    """Return the families of an exposition in their order. A line that cannot be read goes to the one before it."""
    families: dict[str, WireFamily] = {}
    current = WireFamily('')
    for line in text.splitlines():
        name = family_of_metadata(line)
        if name is not None:
            current = families.setdefault(name, WireFamily(name))
            current.is_announced = True
            words = line.split()
            if words[1] == 'TYPE' and len(words) > 3:
                current.type = UNKNOWN_TYPE if words[3] == 'untyped' else words[3]
        elif (match := _NAME.match(line)) and not current.owns(match[1]):
            current = families.setdefault(match[1], WireFamily(match[1]))
        current.lines.append(line)
    return list(families.values())
