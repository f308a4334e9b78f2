# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The lists of dashboards, monitors and saved views in `manifest.json`, made from the assets."""

from __future__ import annotations

import json

from toolkit.checkout import ASSETS, ROOT

MANIFEST = ROOT / 'manifest.json'

NAMED_BY = {'dashboards': 'title', 'monitors': 'title', 'saved_views': 'name'}
"""The kinds of assets, and the key that holds what the manifest calls each of them."""


def with_lists(manifest: dict) -> dict:
    """Return the manifest with the assets as they are now: for each kind, from name to path. Raises `ValueError`."""
    return {**manifest, 'assets': {**manifest['assets'], **{kind: _listed(kind) for kind in NAMED_BY}}}


def _listed(kind: str) -> dict[str, str]:
    paths: dict[str, str] = {}
    for path in sorted((ASSETS / kind).glob('*.json')):
        name = json.loads(path.read_text(encoding='utf-8'))[NAMED_BY[kind]]
        if name in paths:
            raise ValueError(f'{path.name}: {paths[name]} has the same {NAMED_BY[kind]}, {name!r}. Change one of them')
        paths[name] = path.relative_to(ROOT).as_posix()
    return dict(sorted(paths.items()))


def write_lists() -> None:
    """Write the lists into the manifest. Raises the `ValueError` of `with_lists`."""
    manifest = with_lists(json.loads(MANIFEST.read_text(encoding='utf-8')))
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + '\n', encoding='utf-8')
