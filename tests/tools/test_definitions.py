# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Definitions have a schema, which editors find."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from toolkit.checkout import ROOT
from toolkit.yaml_files import read_yaml

FOLDERS = [ROOT / 'toolkit' / name for name in ('dashboards', 'monitors')]


@pytest.mark.parametrize('folder', FOLDERS, ids=lambda folder: folder.name)
def test_each_file_names_the_schema_for_editors(folder: Path) -> None:
    first = '# yaml-language-server: $schema=../schema.yaml\n'
    paths = list((folder / 'definitions').glob('*.yaml'))
    without = [path.name for path in paths if not path.read_text(encoding='utf-8').startswith(first)]

    assert paths
    assert without == [], f'their first line must be {first}'


@pytest.mark.parametrize('folder', FOLDERS, ids=lambda folder: folder.name)
def test_schema_is_valid(folder: Path) -> None:
    Draft202012Validator.check_schema(read_yaml(folder / 'schema.yaml'))
