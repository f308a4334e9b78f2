# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Change the scope of a query: which of its tags get another key or value, and which go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from toolkit.queries.syntax import AllOf, AnyOf, Everything, NoneOf, Scope, Tag, TagIn

Leaf = Callable[[Scope], Scope | None]
"""Gets a part that has no parts of its own. None takes it out."""


def replaced(scope: Scope, leaf: Leaf) -> Scope:
    """Return a scope with each of its smallest parts replaced. One of which nothing is left takes every series."""
    return _replaced(scope, leaf) or Everything()


def _replaced(scope: Scope, leaf: Leaf) -> Scope | None:
    match scope:
        case NoneOf(inner):
            left = _replaced(inner, leaf)
            return NoneOf(left) if left else None
        case AllOf(scopes) | AnyOf(scopes):
            kept = tuple(part for part in (_replaced(inner, leaf) for inner in scopes) if part)
            return type(scope)(kept) if len(kept) > 1 else next(iter(kept), None)
        case _:
            return leaf(scope)


def tags_with_sign(scope: Scope, positive: bool = True, alone: bool = True) -> Iterator[tuple[Tag, bool, bool]]:
    """
    Yield every tag with a key, as `key:value`, whether it must be there, and whether no alternative stands beside it.

    The values of an `IN` are alternatives unless there is one only.
    """
    match scope:
        case Tag(key, _) if key:
            yield scope, positive, alone
        case TagIn(key, values):
            for value in values:
                yield Tag(key, value), positive, alone and len(values) == 1
        case NoneOf(inner):
            yield from tags_with_sign(inner, not positive, alone)
        case AllOf(scopes):
            for inner in scopes:
                yield from tags_with_sign(inner, positive, alone)
        case AnyOf(scopes):
            for inner in scopes:
                yield from tags_with_sign(inner, positive, False)
