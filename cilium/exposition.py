# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The Prometheus text format, line by line: what the parser of `prometheus_client` cannot tell.

The parser gives counters one canonical name, so that two spellings of a family become one. This module works on the
names as they stand on the wire. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class ExpositionError(ValueError):
    """An endpoint answered with something that is not an exposition of metrics."""


def family_of_metadata(line: str) -> str | None:
    """Return the family that a `# TYPE` or `# HELP` line announces, or None for every other line."""
    if not line.startswith('#'):
        return None
    words = line.split(None, 3)
    return words[2] if len(words) > 2 and words[0] == '#' and words[1] in ('TYPE', 'HELP') else None


def without_superseded(lines: Iterable[str], superseded: Mapping[str, str]) -> Iterator[str]:
    """
    Drop the families whose successor is in the same exposition.

    `superseded` maps each old family to its successor. The lines of an old family are held back, and come last if its
    successor does not come. Lines of other families pass at once.
    """
    held: dict[str, list[str]] = {}
    announced: set[str] = set()
    holding: list[str] | None = None
    for line in lines:
        family = family_of_metadata(line)
        if family is not None:
            announced.add(family)
            holding = held.setdefault(family, []) if family in superseded else None
        if holding is None:
            yield line
        else:
            holding.append(line)
    for family, family_lines in held.items():
        if superseded[family] not in announced:
            yield from family_lines


def check_is_exposition(lines: Iterable[str], content_type: str) -> Iterator[str]:
    """
    Pass the lines of an exposition on and refuse what cannot be one.

    Raises `ExpositionError` when the first line that is not blank is a web page's or is binary, and at the end of a
    body without a single sample: a running component always has some.
    """
    lines = iter(lines)
    has_sample = False
    for line in lines:
        if not line.strip():
            continue
        if line.lstrip().startswith('<') or '\0' in line or '\N{REPLACEMENT CHARACTER}' in line:
            raise ExpositionError(
                f'the answer is not in the Prometheus text format: it begins with {line[:60]!r} and its Content-Type '
                f'is {content_type!r}. Check the port and the path of the URL'
            )
        has_sample = not line.startswith('#')
        yield line
        break
    for line in lines:
        if not has_sample and line and not line.startswith('#'):
            has_sample = True
        yield line
    if not has_sample:
        raise ExpositionError('the answer holds no metrics. Check the port and the path of the URL')
