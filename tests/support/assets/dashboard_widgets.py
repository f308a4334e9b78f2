# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The widgets of the dashboards, as they are defined and as they are built."""

from __future__ import annotations

from functools import cache

import pytest

from toolkit.assets import group_in
from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import Definition, Group, Widget, load_all

WIDGETS = [
    pytest.param(definition, group, widget, id=f'{definition.name}: {group.title}: {widget.title}')
    for definition in load_all()
    for group, widget in definition.widgets()
]
"""Each widget with its dashboard and group."""

OF_METRICS = [case for case in WIDGETS if case.values[2].show or case.values[2].mean or case.values[2].quantiles]
"""Those that show metrics."""


def request_of(definition: Definition, group: Group, widget: Widget) -> dict:
    """Return the first request of a widget as the dashboard has it."""
    return _requests()[definition.name, group.title, widget.title]


@cache
def _requests() -> dict[tuple[str, str, str], dict]:
    return {
        (definition.name, group['title'], widget['definition']['title']): widget['definition']['requests'][0]
        for definition in load_all()
        for group in map(group_in, dashboard_of(definition, load_all())['widgets'])
        for widget in group['widgets']
        if 'requests' in widget['definition']
    }
