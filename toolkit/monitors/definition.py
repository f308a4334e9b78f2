# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Read the definitions of monitors: a file for each subject in `definitions/`, and in it a mapping from id to definition.

`schema.yaml` says what a definition has, and what it means.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from toolkit.yaml_files import read_yaml

FOLDER = Path(__file__).parent / 'definitions'
SCHEMA = Path(__file__).parent / 'schema.yaml'
SHARED = read_yaml(Path(__file__).parent / 'defaults.yaml')


class DefinitionError(Exception):
    """A definition is not what the schema asks for. The message names the file, the monitor and the key."""


@dataclass(frozen=True)
class Definition:
    """A monitor as it was written. `subject` is the name of its file; `body` is what `schema.yaml` describes."""

    monitor_id: str
    subject: str
    body: dict


@cache
def definitions(folder: Path = FOLDER) -> tuple[Definition, ...]:
    """Return all definitions, in the order of files and, within a file, as written. Raises `DefinitionError`."""
    found: dict[str, Definition] = {}
    for path in sorted(folder.glob('*.yaml')):
        for definition in _read(path):
            if definition.monitor_id in found:
                other = found[definition.monitor_id].subject
                raise DefinitionError(f'{path.name}: {definition.monitor_id} is in {other}.yaml already. Rename one.')
            found[definition.monitor_id] = definition
    return tuple(found.values())


def _read(path: Path) -> list[Definition]:
    try:
        bodies = read_yaml(path)
    except yaml.YAMLError as e:
        raise DefinitionError(f'{path.name}: {e}') from None
    validator = jsonschema.Draft202012Validator(read_yaml(SCHEMA))
    for error in validator.iter_errors(bodies):
        place = '.'.join(str(part) for part in error.absolute_path) or 'the file'
        raise DefinitionError(f'{path.name}: {place}: {error.message}. See {SCHEMA.name} for what a definition has.')
    return [Definition(monitor_id, path.stem, body) for monitor_id, body in bodies.items()]
