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


def linked(assets: Iterable[Asset], existing: Iterable[Existing]) -> list[Asset]:
    """
    Return the dashboards with links to those that exist.

    A link to one that does not exist yet stays a search, which works too.
    """
    assets = list(assets)
    titles = {asset.id: asset.title for asset in assets}
    ids = {titles[asset]: one.id for asset, one in made_by_installer(existing).items() if asset in titles}
    return [replace(asset, content=_replaced(asset.content, lambda found: _link(found, ids))) for asset in assets]


def with_host(monitors: Iterable[Asset], settings: Settings) -> list[Asset]:
    """Return the monitors with links that lead to Datadog from an e-mail or a chat too, where messages are read."""
    return [
        replace(asset, content=_replaced(asset.content, lambda found: settings.page(found[0]))) for asset in monitors
    ]


def _replaced(content: Document, link: Callable[[re.Match[str]], str]) -> Document:
    return {key: _replace(value, link) for key, value in content.items()}


def _replace(value: object, link: Callable[[re.Match[str]], str]) -> object:
    if isinstance(value, dict):
        return _replaced(value, link)
    if isinstance(value, list):
        return [_replace(item, link) for item in value]
    if isinstance(value, str):
        return _SEARCH.sub(link, value)
    return value


def _link(found: re.Match[str], ids: Mapping[str, str]) -> str:
    dashboard = ids.get(unquote_plus(found[1]))
    if not dashboard:
        return found[0]
    # What follows an `&` are further parameters, such as the values of template variables.
    return f'/dashboard/{dashboard}' + ('?' if found[2] else '')
