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

from toolkit.definitions import DefinitionError, read_definition
from toolkit.yaml_files import read_yaml

FOLDER = Path(__file__).parent / 'definitions'
SCHEMA = Path(__file__).parent / 'schema.yaml'
SHARED = read_yaml(Path(__file__).parent / 'defaults.yaml')


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
        for monitor_id, body in read_definition(path, SCHEMA).items():
            if monitor_id in found:
                other = found[monitor_id].subject
                raise DefinitionError(f'{path.name}: `{monitor_id}` is in {other}.yaml already. Rename one.')
            found[monitor_id] = Definition(monitor_id, path.stem, body)
    return tuple(found.values())
