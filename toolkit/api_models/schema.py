# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Hold a document, such as the JSON of a dashboard, against a class of `datadog-api-client`, strictly.

The client itself lets unknown keys pass, and says of a mistake deep inside only that the whole is not understood.
What its classes know of a document is read here instead: attributes, types, permitted values, bounds. These are
attributes of the client's generated code that its authors promise to nobody, so its version is pinned.

What the classes do not know is not checked: the text of queries, palettes, layouts that overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from inspect import Parameter, signature
from types import NoneType

from datadog_api_client.model_utils import ModelComposed, ModelNormal, ModelSimple, OpenApiModel

Json = None | bool | int | float | str | list['Json'] | dict[str, 'Json']

# A type as the client writes it: a class, `[type]` for a list, `{str: (type, ...)}` for an object with free keys.
Type = type | list['Type'] | dict[type, tuple['Type', ...]]

DISCRIMINATORS = ('type', 'data_source', 'request_type', 'layout_type')
"""The keys that tell which of several kinds of object one is, where the API permits several."""

_BOUNDS = {
    'min_items': lambda value, bound: len(value) >= bound,
    'max_items': lambda value, bound: len(value) <= bound,
    'min_length': lambda value, bound: len(value) >= bound,
    'max_length': lambda value, bound: len(value) <= bound,
    'inclusive_minimum': lambda value, bound: value >= bound,
    'inclusive_maximum': lambda value, bound: value <= bound,
    'exclusive_minimum': lambda value, bound: value > bound,
    'exclusive_maximum': lambda value, bound: value < bound,
    'regex': lambda value, bound: re.search(bound['pattern'], value) is not None,
}


def violations(model_class: type[OpenApiModel], document: Json) -> list[str]:
    """
    Return what is wrong with a document that should be of a class of the client, one line each; none if it is right.

    A line begins with the path of what it is about: `widgets[0].definition.requests[1]: ...`.
    """
    return list(_of_type(model_class, document, ''))


def _of_type(expected: Type, value: Json, path: str) -> Iterator[str]:
    if isinstance(expected, list):
        yield from _of_list(expected[0], value, path)
    elif isinstance(expected, dict):
        yield from _of_free_keys(next(iter(expected.values())), value, path)
    elif issubclass(expected, ModelComposed):
        if not (value is None and expected._nullable):
            yield from _of_one(alternatives_of(expected), value, path)  # type: ignore[arg-type]  # Classes have a hash.
    elif issubclass(expected, ModelNormal):
        yield from _of_object(expected, value, path)
    elif issubclass(expected, ModelSimple):
        yield from _of_simple(expected, value, path)
    elif not _is_plain(expected, value):
        yield _line(path, f'must be {_name(expected)}, not {_shown(value)}')


def _of_list(expected: Type, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _line(path, f'must be a list, not {_shown(value)}')
        return
    for number, item in enumerate(value):
        yield from _of_type(expected, item, f'{path}[{number}]')


def _of_free_keys(expected: tuple[Type, ...], value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _line(path, f'must be an object, not {_shown(value)}')
        return
    for key, item in value.items():
        yield from _of_one(expected, item, _inside(path, key))


def _of_simple(model: type[ModelSimple], value: Json, path: str) -> Iterator[str]:
    if value is None and model._nullable:
        return
    if model.allowed_values and value not in model.allowed_values:
        yield _line(path, f'{_shown(value)} is not one of {", ".join(map(repr, sorted(model.allowed_values)))}')
        return
    yield from _of_one(model.openapi_types['value'], value, path)


def _of_object(model: type[OpenApiModel], value: Json, path: str) -> Iterator[str]:
    if value is None and model._nullable:
        return
    if not isinstance(value, dict):
        yield _line(path, f'must be an object ({model.__name__}), not {_shown(value)}')
        return
    attributes = {key: name for name, key in model.attribute_map.items()}
    for key, item in value.items():
        if key in attributes:
            name = attributes[key]
            yield from _of_one(model.openapi_types[name], item, _inside(path, key))
            yield from _out_of_bounds(model.validations.get(name, {}), item, _inside(path, key))
        elif attributes:  # A class without attributes is an object of any keys.
            yield _line(_inside(path, key), f'{model.__name__} has no such key, only {", ".join(sorted(attributes))}')
    for name in required_of(model):  # type: ignore[arg-type]  # Classes have a hash, if their instances have none.
        if model.attribute_map[name] not in value:
            yield _line(path, f'lacks `{model.attribute_map[name]}`, which {model.__name__} requires')


def _of_one(alternatives: tuple[Type, ...], value: Json, path: str) -> Iterator[str]:
    """Yield what is wrong with a value that may be of several types, for the one that it most likely should be."""
    if value is None and NoneType in alternatives:
        return
    candidates = [alternative for alternative in alternatives if alternative is not NoneType]
    if len(candidates) > 1 and isinstance(value, dict):
        for key in DISCRIMINATORS:
            known = {alternative: _permitted(alternative, key) for alternative in candidates}
            if key not in value or not any(known.values()):
                continue
            candidates = [c for c, permitted in known.items() if not permitted or _is_in(value[key], permitted)]
            if not candidates:
                every = sorted({str(name) for permitted in known.values() for name in permitted or ()})
                yield _line(_inside(path, key), f'{_shown(value[key])} is not one of {", ".join(map(repr, every))}')
                return
    results = (list(_of_type(candidate, value, path)) for candidate in candidates)
    yield from min(results, key=len)


def _is_in(value: Json, permitted: Iterable[Json]) -> bool:
    return any(value == one for one in permitted)


@cache
def alternatives_of(model: type[OpenApiModel]) -> tuple[Type, ...]:
    """Return the types that a class stands for which stands for one of several, at any depth."""
    found: list[Type] = []
    for alternative in model._composed_schemas['oneOf']:
        is_composed = isinstance(alternative, type) and issubclass(alternative, ModelComposed)
        found += alternatives_of(alternative) if is_composed else [alternative]
    return tuple(found)


def _permitted(alternative: Type, key: str) -> frozenset[Json]:
    """Return the values that a class permits for a key; none if it has no such key, or permits any value."""
    if not (isinstance(alternative, type) and issubclass(alternative, ModelNormal)):
        return frozenset()
    for name, wire_key in alternative.attribute_map.items():
        if wire_key == key:
            types = [t for t in alternative.openapi_types[name] if isinstance(t, type) and issubclass(t, ModelSimple)]
            return frozenset().union(*(t.allowed_values for t in types))
    return frozenset()


@cache
def required_of(model: type[OpenApiModel]) -> tuple[str, ...]:
    """Return the attributes that an object of a class must have, by their names in Python."""
    parameters = signature(model.__init__).parameters.values()
    return tuple(p.name for p in parameters if p.default is Parameter.empty and p.name in model.attribute_map)


def _out_of_bounds(bounds: Mapping, value: Json, path: str) -> Iterator[str]:
    for kind, bound in bounds.items():
        try:
            kept = _BOUNDS[kind](value, bound)
        except TypeError:  # A value of the wrong type has been told of.
            return
        if not kept:
            yield _line(path, f'{_shown(value)} breaks {kind.replace("_", " ")} {bound}')


def _is_plain(expected: type, value: Json) -> bool:
    if expected in (int, float):
        numbers = int if expected is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool)
    if expected in (date, datetime):
        try:
            return isinstance(value, str) and bool(datetime.fromisoformat(value))
        except ValueError:
            return False
    return isinstance(value, expected)


def _name(expected: type) -> str:
    names = {dict: 'an object', list: 'a list', str: 'a string', bool: 'true or false', int: 'an integer'}
    names |= {float: 'a number', date: 'a date', datetime: 'a time in ISO 8601'}
    return names.get(expected, expected.__name__)


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


def _inside(path: str, key: str) -> str:
    return f'{path}.{key}' if path else str(key)


def _line(path: str, message: str) -> str:
    return f'{path or "the document"}: {message}'
