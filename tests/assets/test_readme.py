# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the README tells of the assets, and where its links lead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from toolkit.assets import read_assets
from toolkit.catalog.catalog import catalog, versions
from toolkit.checkout import ROOT
from toolkit.levels.figures import of_cluster

README = ROOT / 'README.md'
TOOLKIT = ROOT / 'toolkit'
ARCHITECTURE = ROOT / 'docs' / 'architecture.md'
MADE = re.compile(r'\.|__pycache__$|build$|dist$|.*\.egg-info$')
"""Folders that commands make."""
NUMBERS = ('no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten')
SHARES = {'half': 1 / 2, 'a third': 1 / 3, 'a quarter': 1 / 4, 'a fifth': 1 / 5, 'a tenth': 1 / 10}
TEXTS = [path for path in ROOT.rglob('*.md') if not any(part.startswith('.') for part in path.relative_to(ROOT).parts)]


class TestFigures:
    """What the first screen says is counted, and not remembered."""

    TEXT = ' '.join(README.read_text(encoding='utf-8').split())

    def test_families_and_versions(self) -> None:
        count, (first, *_, newest) = len(catalog().families), versions()

        assert f'All {count} metric families of Cilium {first} to {newest}.' in self.TEXT, 'run: make assets'

    def test_dashboards_and_monitors(self) -> None:
        dashboards, monitors = (len(read_assets(kind)) for kind in ('dashboards', 'monitors'))

        figures = f'{NUMBERS[dashboards].capitalize()} dashboards and {monitors} monitors'
        assert figures in self.TEXT, f'run: make assets. If that changes nothing, write "{figures}" into README.md'

    def test_series_of_3000_nodes(self) -> None:
        """The same as `explain --nodes 3000` says of the recordings."""
        millions = of_cluster(3000, 'standard') / 1e6

        assert f'3,000 nodes send {millions:.2f} million.' in self.TEXT

    def test_share_of_the_level_standard(self) -> None:
        full, standard = (
            int(
                re.search(rf'^\| `{level}` \| ([\d,]+) \|', README.read_text('utf-8'), re.MULTILINE)[1].replace(',', '')
            )
            for level in ('full', 'standard')
        )
        share = min(SHARES, key=lambda share: abs(SHARES[share] - standard / full))

        assert f'`collection_level: standard` {share} of the series' in self.TEXT, f'write: {share}'


def test_the_tile_shows_headings_of_the_readme() -> None:
    tile = json.loads((README.parent / 'manifest.json').read_text(encoding='utf-8'))['tile']
    headings = {f'README.md#{heading}' for heading in re.findall(r'^## (.+)$', README.read_text('utf-8'), re.MULTILINE)}

    assert {tile['overview'], tile['configuration'], tile['support']} <= headings


@pytest.mark.parametrize(
    ('path', 'named'), [(README, '`{}/`'), (TOOLKIT / 'README.md', '`{}`')], ids=['root', 'toolkit']
)
def test_every_folder_has_a_line(path: Path, named: str) -> None:
    lines = path.read_text(encoding='utf-8').splitlines()
    folders = {folder.name for folder in path.parent.iterdir() if folder.is_dir() and MADE.match(folder.name) is None}
    missing = {name for name in folders if not any(line.startswith(f'| {named.format(name)} |') for line in lines)}

    assert len(folders) > 5
    assert missing == set(), f'{path}: write a line for each of these folders into the table'


def test_the_tree_has_every_folder_and_fits_a_screen() -> None:
    _, tree, *_ = ARCHITECTURE.read_text(encoding='utf-8').split('```')
    parents = (ROOT, *(ROOT / name for name in ('cilium', 'toolkit', 'tests')))
    folders = {folder.name for parent in parents for folder in parent.iterdir() if folder.is_dir()}
    missing = {name for name in folders if MADE.match(name) is None and f'{name}/' not in tree.split()}

    assert missing == set(), f'{ARCHITECTURE}: write a line for each of these folders into the tree'
    assert len(tree.splitlines()) <= 50


@pytest.mark.parametrize('path', TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_that_exist(path: Path) -> None:
    text = path.read_text(encoding='utf-8')
    targets = re.findall(r'\]\(([^)#\s]+)', text) + re.findall(r'^\[[^]]+\]: (\S+)', text, re.MULTILINE)
    files = [target.partition('#')[0] for target in targets if '://' not in target]
    broken = [file for file in files if not (path.parent / file).exists()]

    assert broken == []


@pytest.mark.parametrize('path', TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_headings_that_exist(path: Path) -> None:
    text = path.read_text(encoding='utf-8')
    targets = re.findall(r'\]\(([^)\s]*#[^)\s]+)', text) + re.findall(r'^\[[^]]+\]: (\S*#\S+)', text, re.MULTILINE)
    broken = []
    for target in targets:
        file, _, anchor = target.partition('#')
        if '://' not in target and anchor not in anchors(path.parent / file if file else path):
            broken.append(target)

    assert broken == []


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a file."""
    headings = re.findall(r'^#+ (.+)$', path.read_text(encoding='utf-8'), re.MULTILINE)
    return {re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings}


@pytest.mark.parametrize('path', [README, *sorted((ROOT / 'docs').glob('*.md'))], ids=lambda path: path.name)
def test_files_that_it_names_exist(path: Path) -> None:
    named = re.findall(
        r'`((?:assets|cilium|deploy|docs|images|requirements|tests|toolkit)/[\w./-]*)`', path.read_text('utf-8')
    )

    assert [name for name in named if not (ROOT / name).exists()] == []
