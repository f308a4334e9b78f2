# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The tables in `README.md` and `docs/` that are made from assets, recordings and data, and the versions that they name.

A table stands between the comments `<!-- name -->` and `<!-- /name -->`. The monitors have a list of their own:
`toolkit/monitors/listing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from toolkit.assets import read_assets
from toolkit.catalog.catalog import catalog, versions
from toolkit.checkout import ROOT
from toolkit.definitions import DefinitionError
from toolkit.levels.tables import cluster, tables_of_cost
from toolkit.markdown import table_row
from toolkit.migration.document import table_of_changes

README = ROOT / 'README.md'


def documents() -> dict[Path, str]:
    """Return the text of each document with its tables. Raises `DefinitionError` if a comment is missing."""
    tables: dict[Path, Mapping[str, Iterable[str]]] = {
        README: {'dashboards': _dashboards(), 'cost': cluster()},
        ROOT / 'docs' / 'cost.md': tables_of_cost(),
        ROOT / 'docs' / 'migration.md': {'table': table_of_changes()},
    }
    texts = {path: with_tables(path, named) for path, named in tables.items()}
    texts[README] = _with_figures(texts[README])
    return texts


def _with_figures(text: str) -> str:
    since = f'Cilium {versions()[0]} to '
    text = re.sub(rf'{re.escape(since)}\d+\.\d+', since + versions()[-1], text)
    text = re.sub(r'\d+(?= metric families of Cilium)', str(len(catalog().families)), text)
    return re.sub(r'(?<=dashboards and )\d+(?= monitors)', str(len(read_assets('monitors'))), text)


def with_tables(path: Path, tables: Mapping[str, Iterable[str]]) -> str:
    """Return the text of a document with the lines of each table. Raises `DefinitionError` if a comment is missing."""
    text = path.read_text(encoding='utf-8')
    for name, lines in tables.items():
        begin, end = f'<!-- {name} -->', f'<!-- /{name} -->'
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise DefinitionError(f'{path.name}: put the comments {begin} and {end} where the table belongs')
        text = before + '\n'.join((begin, *lines, end)) + after
    return text


def _dashboards() -> list[str]:
    dashboards = sorted(read_assets('dashboards').values(), key=lambda one: one['title'])
    rows = [table_row(f'**{dashboard["title"]}**', dashboard['description']) for dashboard in dashboards]
    return ['| Dashboard | What it shows |', '|---|---|', *rows]
