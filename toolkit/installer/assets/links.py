# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Links to dashboards: a search for the title in the files, the dashboard itself once its id is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from urllib.parse import unquote_plus

from toolkit.installer.assets.model import Asset, Document, Existing

_SEARCH = re.compile(r'/dashboard/lists\?q=([^&#\s"\'()<>\]]+)(&?)')
_ANY = re.compile(rf'{_SEARCH.pattern}|/dashboard/[a-z0-9-]+\??')
"""A link to a dashboard, be it a search or the dashboard itself."""
_RELATIVE = re.compile(r'(?<=\]\()/')
"""The beginning of the address of a link in Markdown that is without a host."""


def ids_by_title(dashboards: Iterable[Asset], installed: Mapping[str, Existing]) -> dict[str, str]:
    """Return the ids of the dashboards that are installed, which are given by asset, by the titles that links have."""
    return {asset.name: installed[asset.id].id for asset in dashboards if asset.id in installed}


def linked(assets: Iterable[Asset], ids: Mapping[str, str]) -> list[Asset]:
    """
    Return dashboards or monitors with links to dashboards that exist, from `ids_by_title`.

    A link to one that does not exist yet stays a search, which works too.
    """
    return [
        replace(asset, content=_replaced(asset.content, _SEARCH, lambda found: _link(found, ids))) for asset in assets
    ]


def with_host(monitors: Iterable[Asset], root: str) -> list[Asset]:
    """Return the monitors with links that lead to Datadog from an e-mail or a chat too, where messages are read."""
    return [replace(asset, content=_replaced(asset.content, _RELATIVE, lambda _: root)) for asset in monitors]


def without_links(content: Document) -> Document:
    """Return a content in which links to dashboards are the same before and after `linked`."""
    return _replaced(content, _ANY, lambda _: '/dashboard/')


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
