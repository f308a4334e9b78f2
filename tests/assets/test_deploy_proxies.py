# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Checks of nodes and pods go around the proxy of the Agent, and collect what the dashboards and monitors need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment_files import DEPLOY, YAML_FILES, documents, relative

from toolkit.yaml_files import parse_yaml

FILES = [path for path in YAML_FILES if '%%host%%' in path.read_text(encoding='utf-8')]

OF_CILIUM = {'collection_level': 'standard', 'skip_proxy': True}
OF_OTHERS = {'skip_proxy': True}


def strings(value: object) -> Iterator[str]:
    """Yield every string in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def configurations(text: str) -> Iterator[tuple[str, dict]]:
    """Yield the names and the configurations of checks in an annotation, or in a file for the Agent."""
    if '%%host%%' in text:
        content = parse_yaml(text)
        yield from [('cilium', content)] if 'instances' in content else content.items()


@pytest.mark.parametrize('path', FILES, ids=relative)
def test_every_check_of_a_file_skips_proxies_and_has_its_level(path: Path) -> None:
    found = [part for document in documents(path) for text in strings(document) for part in configurations(text)]

    assert found
    assert [name for name, part in found if part['init_config'] != (OF_CILIUM if name == 'cilium' else OF_OTHERS)] == []


def test_the_annotations_for_old_versions_do_too() -> None:
    text = (DEPLOY / 'platforms.md').read_text(encoding='utf-8')

    init_config = '"init_config": {"collection_level": "standard", "skip_proxy": true},'
    assert text.count('"instances":') == text.count(init_config) > 0
