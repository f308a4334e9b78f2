# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write `assets/monitors/`, with a list of them, from `toolkit/monitors/definitions/`: `python -m toolkit.monitors`."""

from __future__ import annotations

import sys

from toolkit.monitors.assets import ASSETS, written_assets
from toolkit.monitors.definition import DefinitionError
from toolkit.monitors.listing import LISTING, listing


def main() -> None:
    """Write a file for each definition, and remove the files that no definition makes any more."""
    try:
        assets = written_assets()
    except DefinitionError as e:
        sys.exit(str(e))
    ASSETS.mkdir(parents=True, exist_ok=True)
    for path in ASSETS.glob('*.json'):
        if path.stem not in assets:
            path.unlink()
    for monitor_id, text in assets.items():
        (ASSETS / f'{monitor_id}.json').write_text(text, encoding='utf-8')
    LISTING.write_text(listing(), encoding='utf-8')
    print(f'{len(assets)} monitors in {ASSETS}')


if __name__ == '__main__':
    main()
