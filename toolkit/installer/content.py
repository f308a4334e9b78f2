# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Compare the contents of assets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
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
