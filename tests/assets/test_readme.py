# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the README tells of the assets, and where its links lead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.readme.tables import README, with_table

ROOT = README.parent
TOOLKIT = ROOT / 'toolkit'
MADE = re.compile(r'\.|__pycache__$|build$|dist$|.*\.egg-info$')
"""Folders that commands make."""
TEXTS = [path for path in ROOT.rglob('*.md') if not any(part.startswith('.') for part in path.relative_to(ROOT).parts)]


def test_the_table_is_that_of_the_assets() -> None:
    text = README.read_text(encoding='utf-8')

    assert with_table(text) == text, 'run: python -m toolkit.readme'


def test_a_missing_place_for_a_table_is_told() -> None:
    with pytest.raises(ValueError, match='<!-- dashboards -->'):
        with_table('nothing')


@pytest.mark.parametrize(
    ('path', 'named'), [(README, '`{}/`'), (TOOLKIT / 'README.md', '`{}`')], ids=['root', 'toolkit']
)
def test_every_folder_has_a_line(path: Path, named: str) -> None:
    lines = path.read_text(encoding='utf-8').splitlines()
    folders = {folder.name for folder in path.parent.iterdir() if folder.is_dir() and MADE.match(folder.name) is None}
    missing = {name for name in folders if not any(line.startswith(f'| {named.format(name)} |') for line in lines)}

    assert len(folders) > 5
    assert missing == set(), f'{path}: write a line for each of these folders into the table'


@pytest.mark.parametrize('path', TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(path: Path) -> None:
    text = path.read_text(encoding='utf-8')
    targets = re.findall(r'\]\(([^)#\s]+)', text) + re.findall(r'^\[[^]]+\]: (\S+)', text, re.MULTILINE)
    broken = [target for target in targets if '://' not in target and not (path.parent / target).exists()]

    assert broken == []
