# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Which series of a metric a scope takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate

import numpy as np

from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import Metric
from toolkit.queries.syntax import VALUE_OF_VARIABLE, AllOf, AnyOf, Everything, NoneOf, Scope, Tag, TagIn, Variable

Variables = Mapping[str, str]
"""What is chosen for the template variables of a dashboard: `key:value` by name. Without a choice it is `*`."""


def taken(scope: Scope, metric: Metric, variables: Variables) -> np.ndarray:
    """
    Return for each series of a metric whether a scope takes it.

    Raises `EvaluationError` for a choice that is not `key:value`.
    """
    match scope:
        case Everything():
            return np.ones(len(metric.rows), dtype=bool)
        case Tag(key, value):
            return _with_tag(metric, key, [_with_choices(value, variables)])
        case TagIn(key, values):
            return _with_tag(metric, key, [_with_choices(value, variables) for value in values])
        case Variable(name):
            key, value = _choice(name, variables)
            return _with_tag(metric, key, [value]) if key else taken(Everything(), metric, variables)
        case NoneOf(inner):
            return ~taken(inner, metric, variables)
        case AllOf(scopes):
            return np.logical_and.reduce([taken(inner, metric, variables) for inner in scopes])
        case AnyOf(scopes):
            return np.logical_or.reduce([taken(inner, metric, variables) for inner in scopes])


def _choice(name: str, variables: Variables) -> tuple[str, str]:
    chosen = variables.get(name, '*')
    key, _, value = chosen.partition(':')
    if chosen == '*':
        return '', '*'
    if not key or not value:
        raise EvaluationError(f'the choice for ${name} is `{chosen}`: it has to be key:value, or *')
    return key, value


def _with_choices(value: str, variables: Variables) -> str:
    return VALUE_OF_VARIABLE.sub(lambda found: _choice(found[1], variables)[1], value)


def _with_tag(metric: Metric, key: str, patterns: Iterable[str]) -> np.ndarray:
    # Of the wildcards of `fnmatch`, Datadog has only the star.
    only_stars = (re.sub(r'[\[?]', r'[\g<0>]', pattern) for pattern in patterns)
    pattern = re.compile('|'.join(map(translate, only_stars)))
    if not key:
        return np.array([any(map(pattern.fullmatch, tags)) for tags in metric.tags], dtype=bool)
    column = metric.column(key)
    # A series without the key has the code -1, which is the last place.
    matches = [pattern.fullmatch(value) is not None for value in column.values]
    return np.array([*matches, False])[column.codes]
