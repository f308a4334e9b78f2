# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Links to dashboards: a search for the title in the files, the dashboard itself once its id is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from urllib.parse import unquote_plus

from toolkit.installer.content import Document
from toolkit.installer.model import Asset, Existing
from toolkit.installer.plan import made_by_installer
from toolkit.installer.settings import Settings

_SEARCH = re.compile(r'/dashboard/lists\?q=([^&#\s"\'()<>\]]+)(&?)')
_RELATIVE = re.compile(r'(?<=\]\()/')
"""The beginning of the address of a link in Markdown that is without a host."""


def ids_by_title(dashboards: Iterable[Asset], existing: Iterable[Existing]) -> dict[str, str]:
    """Return the ids of the dashboards that the installer made, by the titles that links have."""
    titles = {asset.id: asset.title for asset in dashboards}
    return {titles[asset]: one.id for asset, one in made_by_installer(existing).items() if asset in titles}


def linked(assets: Iterable[Asset], ids: Mapping[str, str]) -> list[Asset]:
    """
    Return dashboards or monitors with links to dashboards that exist, from `ids_by_title`.

    A link to one that does not exist yet stays a search, which works too.
    """
    return [
        replace(asset, content=_replaced(asset.content, _SEARCH, lambda found: _link(found, ids))) for asset in assets
    ]


def with_host(monitors: Iterable[Asset], settings: Settings) -> list[Asset]:
    """Return the monitors with links that lead to Datadog from an e-mail or a chat too, where messages are read."""
    root = settings.page('/')
    return [replace(asset, content=_replaced(asset.content, _RELATIVE, lambda _: root)) for asset in monitors]


def _replaced(content: Document, pattern: re.Pattern[str], link: Callable[[re.Match[str]], str]) -> Document:
    return {key: _replace(value, pattern, link) for key, value in content.items()}


def _replace(value: object, pattern: re.Pattern[str], link: Callable[[re.Match[str]], str]) -> object:
    if isinstance(value, dict):
        return _replaced(value, pattern, link)
    if isinstance(value, list):
        return [_replace(item, pattern, link) for item in value]
    if isinstance(value, str):
        return pattern.sub(link, value)
    return value


def _link(found: re.Match[str], ids: Mapping[str, str]) -> str:
    dashboard = ids.get(unquote_plus(found[1]))
    if not dashboard:
        return found[0]
    # What follows an `&` are further parameters, such as the values of template variables.
    return f'/dashboard/{dashboard}' + ('?' if found[2] else '')
