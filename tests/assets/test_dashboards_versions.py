# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the dashboards say of versions of Cilium, compared with the catalogue."""

from __future__ import annotations

import re
from functools import cache

import pytest
from assets_rules import versions_with
from for_each import for_each

from toolkit.catalog.catalog import catalog
from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import Group, Widget, load_all
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import MetricSeries, references_of, series_of

TAKEN_FOR_GRANTED = '1.13'
"""A widget need not say that it wants this version, or an older one."""

NAMED = re.compile(r'Cilium (1\.\d+)(?: to (1\.\d+)| or (older))?')

WIDGETS = [
    pytest.param(definition.name, group, widget, id=f'{definition.name}: {group.title}: {widget.title}')
    for definition in load_all()
    for group in definition.groups
    for row in group.rows
    for widget in row
    if widget.show or widget.mean or widget.quantiles
]


@cache
def built() -> dict[tuple[str, str, str], dict]:
    """Return the request of each widget by dashboard, group and title."""
    return {
        (definition.name, group['definition']['title'], widget['definition']['title']): widget['definition'][
            'requests'
        ][0]
        for definition in load_all()
        for group in dashboard_of(definition, load_all())['widgets']
        for widget in group['definition']['widgets']
        if 'requests' in widget['definition']
    }


def versions_of(request: dict) -> list[str]:
    """Return the versions in which at least one formula of a request has all that it asks for, oldest first."""
    series = {query['name']: query['query'] for query in request['queries']}
    shown: set[str] = set()
    for formula in request['formulas']:
        asked = [_only_series(series[name]) for name in references_of(parse_formula(formula['formula']))]
        shown |= frozenset.intersection(*(versions_with(one) for one in asked))
    return [version for version in catalog().versions if version in shown]


def _only_series(query: str) -> MetricSeries:
    (series,) = series_of(parse_query(query))
    return series


def named_versions(group: Group, widget: Widget) -> tuple[str | None, str | None]:
    """Return the first and the last version that a widget names, or else its group; None where it names none."""
    match = NAMED.search(widget.needs) or NAMED.search(group.needs)
    if not match:
        return None, None
    version, last, older = match.groups()
    return (None, version) if older else (version, last)


@for_each(('dashboard', 'group', 'widget'), WIDGETS)
def test_widget_names_the_versions_that_have_its_metrics(dashboard, group, widget):
    shown = versions_of(built()[dashboard, group.title, widget.title])
    first, last = named_versions(group, widget)
    order = catalog().versions.index

    assert shown, 'no version of Cilium in toolkit/catalog/ has all that it asks for: see metrics and labels of `show`'
    if first is None and last is None and order(shown[0]) > order(TAKEN_FOR_GRANTED):
        pytest.fail(f'toolkit/dashboards/definitions/{dashboard}.yaml: write `needs: Cilium {shown[0]}`')
    expected = first or shown[0], last or catalog().newest
    assert expected == (shown[0], shown[-1]), (
        f'toolkit/dashboards/definitions/{dashboard}.yaml: `needs` names other versions than toolkit/catalog/ has, '
        f'{shown[0]} to {shown[-1]}'
    )
