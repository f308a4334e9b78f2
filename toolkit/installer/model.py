# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the other modules speak of: an asset of this project, and what exists of it in Datadog."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from toolkit.installer.content import Document, fingerprint

PRODUCT = 'datadog-cilium'

_MARKER = re.compile(rf'{PRODUCT}-asset:([a-z0-9_.-]+)/([0-9a-f]{{12}})/([0-9a-f]{{12}}|unsealed)')


@dataclass(frozen=True)
class Asset:
    """
    A dashboard, monitor or log pipeline as this project wants it.

    `id` is the name of its file without the ending. `content` is in the form of Datadog's API, and holds only what
    the installer manages. `tags` are added to those that users set. `initial` is sent where there is none of it yet:
    from then on it belongs to the users.
    """

    id: str
    title: str
    content: Document
    tags: tuple[str, ...] = ()
    initial: Document = field(default_factory=dict)


@dataclass(frozen=True)
class Marker:
    """
    What the installer writes into everything it makes, to find it again and to see edits.

    `source` is the fingerprint of the content it sent. `seal` is that of the content as Datadog stored it, which may
    differ, because Datadog fills in defaults. None until the installer has read it back.
    """

    asset: str
    source: str
    seal: str | None = None

    def __str__(self) -> str:
        return f'{PRODUCT}-asset:{self.asset}/{self.source}/{self.seal or "unsealed"}'

    @classmethod
    def find(cls, text: str) -> Marker | None:
        """Return the first marker in a text."""
        found = _MARKER.search(text)
        if not found:
            return None
        asset, source, seal = found.groups()
        return cls(asset, source, None if seal == 'unsealed' else seal)


@dataclass(frozen=True)
class Existing:
    """
    Something that exists in Datadog. The installer did not make it if it has no marker.

    `content` has the keys that the installer manages, without the marker. `kept` is what belongs to the users, and is
    written back as it was. `made` is when it was made, in a form that sorts, or empty where Datadog does not say.
    """

    id: str
    title: str
    content: Document
    marker: Marker | None
    made: str = ''
    kept: Document = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        """Whether the content changed in Datadog after the installer wrote it."""
        return bool(self.marker and self.marker.seal and self.marker.seal != fingerprint(self.content))
