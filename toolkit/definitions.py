# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Read the definitions of dashboards and monitors. What they may hold is in JSON schemas, which editors use too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from toolkit.yaml_files import read_yaml

_NOUNS = {'groups': 'group', 'rows': 'row', 'row': 'widget'}
"""What an item of a list is called, by the key of the list, or by the name of the item that is the list."""


class DefinitionError(ValueError):
    """A definition that cannot be used. The message names the file, the place in it, and what to write."""


def read_definition(path: Path, schema: Path) -> Any:
    """Return what a file holds, by a JSON schema that is written as YAML. Raises `DefinitionError` with all faults."""
    try:
        document = read_yaml(path)
    except yaml.YAMLError as e:
        raise DefinitionError(f'{path.name}: {e}') from None
    errors = sorted(_validator(schema).iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        lines = (f'{", ".join((path.name, *_place(document, e.absolute_path)))}: {_fault(e)}' for e in errors)
        raise DefinitionError('\n'.join(dict.fromkeys(lines)))
    return document


@cache
def _validator(schema: Path) -> Draft202012Validator:
    return Draft202012Validator(read_yaml(schema))


def _place(document: Any, path: Iterable[str | int]) -> list[str]:
    parts: list[str] = []
    noun = ''
    for key in path:
        document = document[key]
        if isinstance(key, str):
            parts.append(f'`{key}`')
            noun = _NOUNS.get(key, 'number')
            continue
        if noun in ('group', 'row'):
            parts.pop()
        title = document.get('title') if isinstance(document, dict) else None
        parts.append(f'{noun} `{title}`' if title else f'{noun} {key + 1}')
        noun = _NOUNS.get(noun, 'number')
    return parts


def _fault(error: ValidationError) -> str:
    given: Any = error.instance
    wanted: Any = error.validator_value
    schema = error.schema
    assert isinstance(schema, dict)  # Those that are `true` or `false` stand in none of ours.
    match error.validator:
        case 'additionalProperties':
            known = schema['properties']
            unknown = ', '.join(f'`{key}`' for key in given if key not in known)
            return f'there is no key {unknown}, only {", ".join(known)}'
        case 'required':
            return f'missing: {", ".join(f"`{key}`" for key in wanted if key not in given)}'
        case 'oneOf':
            return f'must have exactly one of {", ".join(f"`{key}`" for one in wanted for key in one["required"])}'
        case 'enum':
            return f'must be one of {", ".join(map(str, wanted))}, not {given!r}'
    return ' '.join((f'{error.message}.', *schema.get('description', '').split()))
