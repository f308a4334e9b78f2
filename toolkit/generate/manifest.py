# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The lists of dashboards, monitors and saved views in `manifest.json`, made from the assets."""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.assets import AssetError, json_text, read_assets
from toolkit.checkout import ROOT

MANIFEST = ROOT / 'manifest.json'

NAMED_BY = {'dashboards': 'title', 'monitors': 'title', 'saved_views': 'name'}
"""The kinds of assets, and the key that holds what the manifest calls each of them."""


def manifest() -> dict[Path, str]:
    """Return the manifest with the assets as they are now: for each kind, from name to path. Raises `AssetError`."""
    document = json.loads(MANIFEST.read_text(encoding='utf-8'))
    document['assets'] |= {kind: _listed(kind) for kind in NAMED_BY}
    return {MANIFEST: json_text(document)}


def _listed(kind: str) -> dict[str, str]:
    paths: dict[str, str] = {}
    for path, document in read_assets(kind).items():
        name = document[NAMED_BY[kind]]
        if name in paths:
            raise AssetError(f'{path.name}: {paths[name]} has the same {NAMED_BY[kind]}, {name!r}. Change one of them')
        paths[name] = path.relative_to(ROOT).as_posix()
    return dict(sorted(paths.items()))
