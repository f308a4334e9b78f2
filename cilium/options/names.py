# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Finds family names in options that match nothing, such as misspelled ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches

from ..components import parsed_family

OPTIONS = ('metrics', 'extra_metrics', 'exclude_metrics', 'share_labels')
MOST_NAMED = 20
"""Names per message. An instance may map hundreds of families that only other versions of Cilium have."""


def unmatched(instance: Mapping[str, object], families: Set[str]) -> list[str]:
    """Return a description per option of its names that match none of the families, each with the nearest family."""
    return [
        f'`{option}`: {", ".join(names)}' for option in OPTIONS if (names := _unmatched(instance.get(option), families))
    ]


def _unmatched(entries: object, families: Set[str]) -> list[str]:
    known = families | {parsed_family(family) for family in families}
    names = [name for name in names_in(entries) if name not in known and not _finds(name, known)]
    return [_with_nearest(name, families) for name in names[:MOST_NAMED]] + ['...'] * (len(names) > MOST_NAMED)


def names_in(entries: object) -> Iterator[str]:
    """Yield the names in an option: plain strings, and the keys of mappings."""
    for entry in entries if isinstance(entries, (list, Mapping)) else ():
        yield from map(str, entry if isinstance(entry, Mapping) else (entry,))


def _finds(name: str, families: Set[str]) -> bool:
    """Tell whether a name is a pattern, by the rule of the base class, and matches a family."""
    return name != re.escape(name) and any(map(re.compile(name).search, families))


def _with_nearest(name: str, families: Set[str]) -> str:
    nearest = get_close_matches(name, families, n=2)
    return f'{name} (nearest: {", ".join(nearest)})' if nearest else name
