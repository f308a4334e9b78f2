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
END = '# EOF'
"""The last line of every OpenMetrics exposition, and of no other format."""
_OPENMETRICS_SUFFIXES = {
    'counter': ('_total', '_created'),
    'histogram': ('_bucket', '_sum', '_count', '_created'),
    'gaugehistogram': ('_bucket', '_gsum', '_gcount'),
    'summary': ('', '_sum', '_count', '_created'),
    'info': ('_info',),
}
"""
Suffixes of sample names in the OpenMetrics format, by type.

https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#suffixes
"""
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
    is_openmetrics: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The family as an exposition of its own."""
        return '\n'.join((*self.lines, *self.end, ''))

    @property
    def end(self) -> tuple[str, ...]:
        """The lines that an exposition in this format ends with."""
        return (END,) if self.is_openmetrics else ()

    @property
    def samples(self) -> int:
        """The number of samples."""
        return sum(map(is_sample, self.lines))

    def owns(self, sample: str) -> bool:
        """Tell whether the parser assigns a sample with this name to the family."""
        suffixes = _OPENMETRICS_SUFFIXES if self.is_openmetrics else SUFFIXES
        return sample in {self.name + suffix for suffix in suffixes.get(self.type, ('',))}


def is_openmetrics(text: str) -> bool:
    """Tell whether a text without a Content-Type is in the OpenMetrics format."""
    return text.rstrip().rpartition('\n')[2] == END


def families_of_text(text: str, openmetrics: bool = False) -> list[WireFamily]:
    """Return the families of an exposition in order. Unreadable lines belong to the preceding family."""
    families: dict[str, WireFamily] = {}
    current = WireFamily('')
    for line in text.splitlines():
        if line == END:
            continue
        name = family_of_metadata(line) or (_family_of_unit(line) if openmetrics else None)
        if name is not None:
            current = families.setdefault(name, WireFamily(name, is_openmetrics=openmetrics))
            current.is_announced = True
            words = line.split()
            if words[1] == 'TYPE' and len(words) > 3:
                current.type = UNKNOWN_TYPE if words[3] == 'untyped' else words[3]
        elif (match := _NAME.match(line)) and not current.owns(match[1]):
            current = families.setdefault(match[1], WireFamily(match[1], is_openmetrics=openmetrics))
        current.lines.append(line)
    return list(families.values())


def _family_of_unit(line: str) -> str | None:
    words = line.split(None, 3)
    return words[2] if len(words) > 2 and words[:2] == ['#', 'UNIT'] else None
