# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Checks of nodes and pods go around the proxy that the Agent needs for Datadog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from deployment_files import DEPLOY, YAML_FILES, documents, relative

FILES = [path for path in YAML_FILES if '%%host%%' in path.read_text(encoding='utf-8')]


def strings(value: object) -> Iterator[str]:
    """Yield every string in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def configurations(text: str) -> Iterator[dict]:
    """Yield the configurations of checks in an annotation, or in a file for the Agent."""
    if '%%host%%' in text:
        content = yaml.safe_load(text)
        yield from [content] if 'instances' in content else content.values()


@pytest.mark.parametrize('path', FILES, ids=relative)
def test_every_check_of_a_file_skips_proxies(path: Path) -> None:
    found = [part for document in documents(path) for text in strings(document) for part in configurations(text)]

    assert found
    assert [part for part in found if part['init_config'] != {'skip_proxy': True}] == []


def test_the_annotations_for_old_versions_do_too() -> None:
    text = (DEPLOY / 'platforms.md').read_text(encoding='utf-8')

    assert text.count('"instances":') == text.count('"init_config": {"skip_proxy": true},') > 0
