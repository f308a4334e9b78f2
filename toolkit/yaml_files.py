# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The one way to read YAML in tools and tests: a key that stands twice is refused.

Of two equal keys YAML takes the second one, and the first line is lost silently.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """Return the document in a file. Raises `yaml.YAMLError`, which names the file, the line and the key."""
    with path.open(encoding='utf-8') as file:
        return yaml.load(file, UniqueKeyLoader)


def parse_yaml(text: str) -> Any:
    """Return the document in a text. Raises `yaml.YAMLError`, which names the line and the key."""
    return yaml.load(text, UniqueKeyLoader)


def parse_yaml_documents(text: str) -> list[Any]:
    """Return the documents in a text. Raises `yaml.YAMLError`, which names the line and the key."""
    return list(yaml.load_all(text, UniqueKeyLoader))


MERGE = 'tag:yaml.org,2002:merge'
"""The key `<<`, which brings the keys of another mapping."""


class UniqueKeyLoader(yaml.SafeLoader):
    """A `SafeLoader` that refuses a key that stands twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Return the mapping. Raises `ConstructorError` for a key that it has already."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key `{key}` stands twice in one mapping: remove one', key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
