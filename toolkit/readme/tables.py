# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The table of dashboards in `README.md`, made from the assets, and the figures and versions of Cilium that it names.

The table is between the comments `<!-- dashboards -->` and `<!-- /dashboards -->`. The monitors have a list of their
own: `toolkit/monitors/listing.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from toolkit.catalog.catalog import catalog, versions
from toolkit.checkout import ASSETS, ROOT

README = ROOT / 'README.md'


def with_table(text: str) -> str:
    """Return the README with table and figures of today. Raises `ValueError` if one of the comments is missing."""
    since = f'Cilium {versions()[0]} to '
    text = re.sub(rf'{re.escape(since)}\d+\.\d+', since + versions()[-1], text)
    text = re.sub(r'\d+(?= metric families of Cilium)', str(len(catalog().families)), text)
    text = re.sub(r'(?<=dashboards and )\d+(?= monitors)', str(len([*(ASSETS / 'monitors').glob('*.json')])), text)
    return with_lines(text, 'dashboards', _dashboards())


def with_lines(text: str, name: str, lines: Iterable[str]) -> str:
    """Return a text with other lines between the comments `<!-- name -->` and `<!-- /name -->`. Raises `ValueError`."""
    begin, end = f'<!-- {name} -->', f'<!-- /{name} -->'
    pattern = re.compile(f'{re.escape(begin)}.*?{re.escape(end)}', re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f'the comments {begin} and {end} are missing. Put them where the table belongs')
    return pattern.sub(lambda _: '\n'.join((begin, *lines, end)), text)


def _dashboards() -> list[str]:
    paths = (ASSETS / 'dashboards').glob('*.json')
    dashboards = sorted((json.loads(path.read_text(encoding='utf-8')) for path in paths), key=lambda one: one['title'])
    rows = [_row(f'**{dashboard["title"]}**', dashboard['description']) for dashboard in dashboards]
    return ['| Dashboard | What it shows |', '|---|---|', *rows]


def _row(*cells: str) -> str:
    return f'| {" | ".join(" ".join(cell.split()).replace("|", "&#124;") for cell in cells)} |'


def write_table() -> None:
    """Write the table into the README. Raises the `ValueError` of `with_table`."""
    README.write_text(with_table(README.read_text(encoding='utf-8')), encoding='utf-8')
