# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""No YAML file of the project has a key twice: the second would hide the first, and nobody would notice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from toolkit.checkout import ROOT
from toolkit.yaml_files import parse_yaml, parse_yaml_documents, read_yaml

FOLDERS = ('.github', 'assets', 'cilium', 'deploy', 'tests', 'toolkit')
ENDS = ('*.yaml', '*.yml', '*.yaml.example')
FILES = sorted(path for folder in FOLDERS for end in ENDS for path in (ROOT / folder).rglob(end))


def test_no_key_stands_twice() -> None:
    assert len(FILES) > 50
    for path in FILES:
        text = path.read_text(encoding='utf-8').replace('%%host%%', 'host')
        try:
            parse_yaml_documents(text)
        except yaml.YAMLError as e:
            pytest.fail(f'{path.relative_to(ROOT)}: {e}')


@pytest.mark.parametrize(
    ('text', 'line'),
    [('a: 1\nb: 2\na: 3\n', 3), ('a:\n  - {b: 1, b: 2}\n', 2), ('a: 1\n"a": 2\n', 2)],
)
def test_a_key_that_stands_twice_is_named_with_its_line(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / 'file.yaml'
    path.write_text(text, encoding='utf-8')
    with pytest.raises(yaml.YAMLError, match=rf'(?s)the key `[ab]` stands twice.*file.yaml", line {line}'):
        read_yaml(path)


def test_what_a_merge_brings_may_be_overridden() -> None:
    assert parse_yaml('base: &base {a: 1, b: 2}\nmore: {<<: *base, a: 3}\n')['more'] == {'a': 3, 'b': 2}
