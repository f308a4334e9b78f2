# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Write `assets/dashboards/*.json` from the definitions: `python -m toolkit.dashboards`.

The files are what Datadog's "Import dashboard JSON" takes, as they are.
"""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import load_all

ASSETS = Path(__file__).parents[2] / 'assets' / 'dashboards'


def contents() -> dict[str, str]:
    """Return the text of each file by its name."""
    definitions = load_all()
    return {
        f'{definition.name}.json': json.dumps(dashboard_of(definition, definitions), indent=2, ensure_ascii=False)
        + '\n'
        for definition in definitions
    }


def main() -> None:
    """Write every dashboard, and remove those that have no definition any more."""
    texts = contents()
    for path in ASSETS.glob('*.json'):
        if path.name not in texts:
            path.unlink()
    ASSETS.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (ASSETS / name).write_text(text, encoding='utf-8')
        print(f'assets/dashboards/{name}')


if __name__ == '__main__':
    main()
