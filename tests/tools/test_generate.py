# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Everything generated is up to date, and `python -m toolkit.generate` brings it there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from toolkit.checkout import ROOT
from toolkit.definitions import DefinitionError
from toolkit.generate.documents import with_tables
from toolkit.generate.products import PRODUCTS, Product, update


@pytest.mark.parametrize('product', PRODUCTS, ids=lambda product: product.name)
def test_it_is_up_to_date(product: Product) -> None:
    drifting = [path.relative_to(ROOT).as_posix() for path in update(product, write=False)]

    assert drifting == [], 'run: make assets'


MADE = {'one': '1\n', 'folder/two': '2\n'}


@pytest.mark.parametrize(
    ('there', 'drifting'),
    [
        pytest.param(MADE, [], id='nothing'),
        pytest.param({**MADE, 'one': '0\n'}, ['one'], id='another text'),
        pytest.param({'one': '1\n'}, ['folder/two'], id='missing file and folder'),
        pytest.param({**MADE, 'three': '3\n'}, ['three'], id='superfluous file'),
    ],
)
def test_what_drifts_is_told_and_written(tmp_path: Path, there: Mapping[str, str], drifting: list[str]) -> None:
    product = Product(
        'some', lambda: {tmp_path / name: text for name, text in MADE.items()}, lambda: tmp_path.glob('t*')
    )
    for name, text in there.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding='utf-8')

    expected = [tmp_path / name for name in drifting]
    assert update(product, write=False) == expected
    assert files(tmp_path) == there
    assert update(product, write=True) == expected
    assert files(tmp_path) == MADE


def files(folder: Path) -> dict[str, str]:
    paths = (path for path in folder.rglob('*') if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding='utf-8') for path in paths}


def test_a_table_is_put_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / 'document.md'
    path.write_text('Before.\n<!-- some -->\nold\n<!-- /some -->\nAfter.\n', encoding='utf-8')

    assert with_tables(path, {'some': ['| new |']}) == 'Before.\n<!-- some -->\n| new |\n<!-- /some -->\nAfter.\n'


def test_a_missing_place_for_a_table_is_told(tmp_path: Path) -> None:
    path = tmp_path / 'document.md'
    path.write_text('<!-- some -->\n', encoding='utf-8')

    with pytest.raises(DefinitionError, match=r'document\.md: put the comments <!-- some --> and <!-- /some -->'):
        with_tables(path, {'some': []})
