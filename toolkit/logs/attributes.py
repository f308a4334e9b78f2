# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Attributes of a log: nested dictionaries, addressed by paths such as `network.client.ip`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Attributes = dict[str, object]


def get(attributes: Mapping[str, object], path: str) -> object | None:
    """Return the value at a path, None if there is none."""
    value: object = attributes
    for key in path.split('.'):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def put(attributes: Attributes, path: str, value: object) -> None:
    """Set the value at a path. What is in the way, say a string where an object must be, is replaced."""
    *parents, last = path.split('.')
    for key in parents:
        child = attributes.get(key)
        if not isinstance(child, dict):
            child = attributes[key] = {}
        attributes = child
    attributes[last] = value


def remove(attributes: Attributes, path: str) -> None:
    """Remove the value at a path, and the objects that are empty without it."""
    key, _, rest = path.partition('.')
    if not rest:
        attributes.pop(key, None)
        return
    child = attributes.get(key)
    if isinstance(child, dict):
        remove(child, rest)
        if not child:
            del attributes[key]


def merge(attributes: Attributes, more: Mapping[str, object]) -> None:
    """Add `more` to the attributes, object by object. Where both have a value, that of `more` holds."""
    for key, value in more.items():
        known = attributes.get(key)
        if isinstance(known, dict) and isinstance(value, Mapping):
            merge(known, value)
        else:
            attributes[key] = value


def values_in(value: object, path: str) -> list[object]:
    """Return the values at a path, looking into each object of a list on the way."""
    if isinstance(value, list):
        return [found for element in value for found in values_in(element, path)]
    if not path:
        return [] if value is None else [value]
    key, _, rest = path.partition('.')
    if not isinstance(value, Mapping) or key not in value:
        return []
    return values_in(value[key], rest)


def paths(attributes: Mapping[str, object], prefix: str = '') -> Iterator[tuple[str, object]]:
    """Yield each path that has a value which is not an object, and the value."""
    for key, value in attributes.items():
        if isinstance(value, Mapping) and value:
            yield from paths(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value


def depth(value: object) -> int:
    """Return how deep objects and lists are nested in a value: 0 for a number, 1 for `{"a": 1}`."""
    deepest = 0
    level = [value]
    while level := [
        child
        for element in level
        if isinstance(element, (dict, list))
        for child in (element.values() if isinstance(element, dict) else element) or (None,)
    ]:
        deepest += 1
    return deepest
