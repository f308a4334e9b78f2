# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Links from one dashboard to another, written as `dashboard:Its title`.

They keep what the reader has chosen: each passes on the template variables that the other dashboard has too. A link is
a search for the title, which works without knowing ids; the installer puts the id of the dashboard in its place.
Source: https://docs.datadoghq.com/dashboards/guide/context-links/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from toolkit.definitions import DefinitionError

Variables = Mapping[str, str]
"""Template variables of a dashboard: the tag key of each."""

_IN_NOTE = re.compile(r'\]\(dashboard:([^)]+)\)')
_IN_WIDGET = re.compile(r'dashboard:(.+)')

TIME_OF_WIDGET = 'from_ts={{timestamp_start}}&to_ts={{timestamp_end}}&live=false'


def note_with_links(text: str, variables: Variables, dashboards: Mapping[str, Variables]) -> str:
    """
    Return a note with its links. `dashboards` are the variables of all dashboards by title.

    Raises `DefinitionError` for a title that none of them has.
    """
    return _IN_NOTE.sub(
        lambda found: f']({_url(found[1], variables, dashboards, lambda name: f"${name}.value")})', text
    )


def link_of_widget(link: str, keys: frozenset[str], variables: Variables, dashboards: Mapping[str, Variables]) -> str:
    """
    Return the link of a widget whose groups have some tag keys: of those, it passes on what was clicked, and the time.

    Links that lead elsewhere stay as they are. Raises `DefinitionError`.
    """
    found = _IN_WIDGET.fullmatch(link)
    if not found:
        return link

    def value(name: str) -> str:
        key = variables[name]
        return f'{{{{{key}.value}}}}' if key in keys else f'{{{{${name}.value}}}}'

    return f'{_url(found[1], variables, dashboards, value)}&{TIME_OF_WIDGET}'


def _url(title: str, variables: Variables, dashboards: Mapping[str, Variables], value: Callable[[str], str]) -> str:
    if title not in dashboards:
        raise DefinitionError(f'a link leads to the dashboard `{title}`. There are only {", ".join(dashboards)}')
    known = dashboards[title]
    passed_on = [name for name, key in variables.items() if known.get(name) == key]
    # Brackets would end a link in Markdown.
    return f'/dashboard/lists?q={title.replace(" ", "+")}' + ''.join(
        f'&tpl_var_{name}%5B0%5D={value(name)}' for name in passed_on
    )
