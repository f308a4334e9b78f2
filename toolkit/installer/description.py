# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The marker in a description, for kinds that have one and no free tags."""

from __future__ import annotations

import re

from toolkit.installer.content import Document
from toolkit.installer.model import PRODUCT, Asset, Marker

_INTRODUCTION = f'Installed by {PRODUCT}, which needs this line:'
_LINE = re.compile(rf'\s*{re.escape(_INTRODUCTION)} {PRODUCT}-asset:\S*')


def marked(asset: Asset, marker: Marker) -> Document:
    """Return the content of an asset with the marker in its description."""
    return {**asset.content, 'description': with_marker(asset.content.get('description'), marker)}


def with_marker(description: object, marker: Marker) -> str:
    """Return a description that ends with the marker."""
    line = f'{_INTRODUCTION} {marker}'
    return f'{description}\n\n{line}' if description else line


def without_marker(description: object) -> str:
    """Return a description as it was before `with_marker`."""
    return _LINE.sub('', str(description or '')).rstrip()
