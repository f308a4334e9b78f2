# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The tables of dashboards and monitors in `README.md`, made from the assets.

A table stands between the comments `<!-- dashboards -->` and `<!-- /dashboards -->`, and so for monitors.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict

from toolkit.checkout import ASSETS, ROOT

README = ROOT / 'README.md'
SUBJECT_TAG = 'cilium_subject:'


def with_tables(text: str) -> str:
    """Return the README with tables of the assets as they are now. Raises `ValueError` if a comment is missing."""
    for name, lines in (('dashboards', _dashboards()), ('monitors', _monitors())):
        begin, end = f'<!-- {name} -->', f'<!-- /{name} -->'
        pattern = re.compile(f'{re.escape(begin)}.*?{re.escape(end)}', re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f'README.md: the comments {begin} and {end} are missing. Put them where the table belongs')
        table = '\n'.join((begin, *lines, end))
        text = pattern.sub(lambda _, table=table: table, text)
    return text


def _dashboards() -> list[str]:
    rows = [_row(f'**{dashboard["title"]}**', dashboard['description']) for dashboard in _assets('dashboards')]
    return ['| Dashboard | What it tells |', '|---|---|', *rows]


def _monitors() -> list[str]:
    by_subject: dict[str, list[dict]] = defaultdict(list)
    for monitor in _assets('monitors'):
        (subject,) = (tag for tag in monitor['definition']['tags'] if tag.startswith(SUBJECT_TAG))
        by_subject[subject.removeprefix(SUBJECT_TAG)].append(monitor)
    lines = []
    for subject, monitors in sorted(by_subject.items()):
        lines += [f'<details><summary>{subject.replace("_", " ").capitalize()} ({len(monitors)})</summary>', '']
        lines += ['| Monitor | Priority | When it alerts |', '|---|---|---|']
        for monitor in sorted(monitors, key=lambda monitor: (monitor['definition']['priority'], monitor['title'])):
            lines.append(_row(monitor['title'], f'P{monitor["definition"]["priority"]}', monitor['description']))
        lines += ['', '</details>']
    return lines


def _row(*cells: str) -> str:
    return f'| {" | ".join(" ".join(cell.split()).replace("|", "&#124;") for cell in cells)} |'


def _assets(kind: str) -> list[dict]:
    paths = sorted((ASSETS / kind).glob('*.json'))
    return sorted((json.loads(path.read_text(encoding='utf-8')) for path in paths), key=lambda asset: asset['title'])


def write_tables() -> None:
    """Write the tables into the README. Raises the `ValueError` of `with_tables`."""
    README.write_text(with_tables(README.read_text(encoding='utf-8')), encoding='utf-8')
