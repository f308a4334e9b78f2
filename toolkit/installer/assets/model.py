# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the other modules speak of: an asset of this project, what exists of it in Datadog, and whether they are the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from difflib import unified_diff
from hashlib import sha256

from toolkit.assets import widgets_in

Document = dict[str, object]
"""A JSON object."""

EMPTY: tuple[object, ...] = (None, '', [], {})


def canonical(value: object) -> object:
    """
    Return a JSON value without what makes no difference.

    Keys with an empty value are left out, because Datadog adds and drops them. `1.0` is `1`.
    """
    if isinstance(value, Mapping):
        members = {key: canonical(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member not in EMPTY}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def without_widget_ids(widgets: Iterable[Document]) -> list[Document]:
    """Return the widgets of a dashboard, and those in groups, without ids: Datadog may give them others."""
    copies = deepcopy(list(widgets))
    for widget in widgets_in(copies):
        widget.pop('id', None)
    return copies


def fingerprint(content: Document) -> str:
    """Return 12 hexadecimal digits that two contents share only if they are the same."""
    text = json.dumps(canonical(content), sort_keys=True, separators=(',', ':'), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:12]


def holds(stored: object, wanted: object) -> bool:
    """Return whether a value that Datadog stored has all of a wanted one. It fills in defaults."""
    return _holds(canonical(stored), canonical(wanted))


def difference(now: Document, wanted: Document) -> list[str]:
    """Return the lines of a unified diff between what is in Datadog and what is wanted."""
    lines = unified_diff(_lines(now), _lines(wanted), 'in Datadog', 'wanted', lineterm='', n=2)
    return list(lines)


def _holds(stored: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(stored, dict) and all(_holds(stored.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(stored, list) and len(stored) == len(wanted) and all(map(_holds, stored, wanted))
    return stored == wanted


def _lines(content: Document) -> list[str]:
    return json.dumps(_split(canonical(content)), indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _split(value: object) -> object:
    """Return the value with texts of several lines as lists of lines."""
    if isinstance(value, dict):
        return {key: _split(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_split(item) for item in value]
    return value.split('\n') if isinstance(value, str) and '\n' in value else value


PRODUCT = 'datadog-cilium'
INSTALLED_TAG = f'installed-by:{PRODUCT}'
MUTED_TAG = f'muted-by:{PRODUCT}'
"""A monitor with this tag is silent as long as the downtime of `Muting` lasts."""

_MARKER = re.compile(
    rf'{PRODUCT}-asset:(?P<asset>[a-z0-9_.-]+)/(?P<source>[0-9a-f]{{12}})'
    r'/(?P<seal>[0-9a-f]{12}|unsealed)(?:/(?P<id>[A-Za-z0-9_-]+))?'
)
_LINE = f'Installed by {PRODUCT}, which needs this line: '


@dataclass(frozen=True)
class Asset:
    """
    A dashboard, monitor, SLO or log pipeline as this project wants it.

    `id` is the name of its file without the ending, and `title` is how this project calls it. `content` is in the form
    of Datadog's API, and holds only what the installer manages. `tags` are added to those that users set, and
    `unwanted_tags` are taken away. `initial` is sent where there is none of it yet: it belongs to the users then.
    """

    id: str
    title: str
    content: Document
    tags: tuple[str, ...] = ()
    initial: Document = field(default_factory=dict)
    unwanted_tags: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The title in Datadog."""
        return str(self.content.get('title') or self.content.get('name') or self.title)

    @property
    def source(self) -> str:
        """The fingerprint of what the installer sends."""
        return fingerprint({**self.content, 'tags': [*self.tags], 'unwanted': [*self.unwanted_tags]})


@dataclass(frozen=True)
class Marker:
    """
    What the installer writes into everything it makes, to find it again and to see edits.

    `source` is the fingerprint of what it sent. `seal` is that of the content as Datadog stored it, which may differ,
    because Datadog fills in defaults; None until the installer has read it back. `id` is the id of that in which the
    marker was written. A copy that somebody makes in Datadog has another one, and so it is known as a copy. It is None
    until the thing exists, because Datadog gives the id.
    """

    asset: str
    source: str
    seal: str | None = None
    id: str | None = None

    def __str__(self) -> str:
        text = f'{PRODUCT}-asset:{self.asset}/{self.source}/{self.seal or "unsealed"}'
        return f'{text}/{self.id}' if self.id else text

    @classmethod
    def read(cls, text: str) -> Marker | None:
        """Return the marker that a text is, or None if it is anything else or more."""
        found = _MARKER.fullmatch(text)
        if not found:
            return None
        seal = found['seal']
        return cls(found['asset'], found['source'], None if seal == 'unsealed' else seal, found['id'])

    @classmethod
    def of_description(cls, description: str) -> Marker | None:
        """Return the marker in the last line of a description. One that is quoted anywhere else does not count."""
        *_, last = description.rstrip().split('\n')
        return cls.read(last.removeprefix(_LINE)) if last.startswith(_LINE) else None

    @classmethod
    def of_tags(cls, tags: Sequence[str]) -> Marker | None:
        """Return the marker among tags: there must be one, and the other tag of the installer."""
        markers = [marker for marker in map(cls.read, tags) if marker]
        return markers[0] if len(markers) == 1 and INSTALLED_TAG in tags else None


def with_marker(content: Document, marker: Marker) -> Document:
    """Return a content with the marker in its description, for kinds that have one and no free tags."""
    description, line = content.get('description'), f'{_LINE}{marker}'
    return {**content, 'description': f'{description}\n\n{line}' if description else line}


def without_marker(description: str) -> str:
    """Return a description as it was before `with_marker`."""
    if not Marker.of_description(description):
        return description
    return description.rstrip().rpartition('\n')[0].rstrip()


def with_marker_tags(tags: Sequence[str], marker: Marker) -> list[str]:
    """Return tags, each once, with those of the installer."""
    others = [tag for tag in tags if not Marker.read(tag)]
    return list(dict.fromkeys((*others, INSTALLED_TAG, str(marker))))


@dataclass(frozen=True)
class Existing:
    """
    Something that exists in Datadog.

    `content` has the keys that the installer manages, without the marker. `kept` is what belongs to the users, and is
    written back as it was. `tags` are those of a monitor or an SLO, without the marker. `made` is when it was made, in
    a form that sorts, or empty where Datadog does not say.
    """

    id: str
    title: str
    content: Document
    marker: Marker | None
    made: str = ''
    kept: Document = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Whether it is certain that the installer made it: the marker was written into this, and not into another."""
        return bool(self.marker and self.marker.id == self.id)

    @property
    def unproven(self) -> bool:
        """Whether it has a marker that does not say for what: a run ended before that, or somebody wrote it."""
        return bool(self.marker and self.marker.id is None)

    @property
    def edited(self) -> bool:
        """Whether the content changed in Datadog after the installer sealed it."""
        return bool(self.marker and self.marker.seal and self.marker.seal != fingerprint(self.content))

    @property
    def state(self) -> tuple[Marker | None, str]:
        """What is other if somebody has changed it."""
        return self.marker, fingerprint(self.content)
