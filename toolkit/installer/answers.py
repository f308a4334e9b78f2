# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Read what is needed from Datadog's answers. They come from outside, and may lack it."""

from __future__ import annotations

from typing import TypeVar

from toolkit.installer.connection import ApiFailure, Reach
from toolkit.installer.content import Document

T = TypeVar('T', bound=str | int | list | dict)
Default = TypeVar('Default', str, int, list, dict)

_TYPES = {str: 'a text', int: 'a whole number', list: 'a list', dict: 'an object'}


def required(answer: Document, key: str, type_: type[T], kind: str) -> T:
    """
    Return a member of an answer about a kind of asset.

    Raises `ApiFailure`, which names the kind, the key and the type, where the member is missing or has another type.
    """
    value = answer.get(key)
    if not isinstance(value, type_):
        raise _unexpected(kind, key, _TYPES[type_])
    return value


def optional(answer: Document, key: str, default: Default, kind: str) -> Default:
    """Return a member as `required` does, or the default where it is missing or null."""
    return default if answer.get(key) is None else required(answer, key, type(default), kind)


def objects(answer: Document, key: str, kind: str) -> list[Document]:
    """Return a member that is a list of objects. Raises `ApiFailure`."""
    return _all_of_type(required(answer, key, list, kind), dict, 'a list of objects', key, kind)


def texts(answer: Document, key: str, kind: str) -> list[str]:
    """Return a member that is a list of texts, or an empty one where it is missing or null. Raises `ApiFailure`."""
    return _all_of_type(optional(answer, key, [], kind), str, 'a list of texts', key, kind)


def _all_of_type(items: list, type_: type, expected: str, key: str, kind: str) -> list:
    if not all(isinstance(item, type_) for item in items):
        raise _unexpected(kind, key, expected)
    return items


def _unexpected(kind: str, key: str, expected: str) -> ApiFailure:
    # Without the value, which may hold anything.
    text = f'an answer about a {kind} is not that of Datadog: `{key}` must be {expected}. Is something in between?'
    return ApiFailure(text, Reach.KIND)
