# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the dashboards say of versions of Cilium, compared with the catalogue."""

from __future__ import annotations

import re

import pytest
from assets_rules import versions_with
from dashboard_widgets import OF_METRICS, request_of
from for_each import for_each

from toolkit.catalog.catalog import catalog
from toolkit.dashboards.definition import Group, Widget
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import MetricSeries, references_of, series_of

TAKEN_FOR_GRANTED = '1.13'
"""A widget need not say that it wants this version, or an older one."""

NAMED = re.compile(r'Cilium (1\.\d+)(?: to (1\.\d+)| or (older))?')


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


@for_each(('definition', 'group', 'widget'), OF_METRICS)
def test_widget_names_the_versions_that_have_its_metrics(definition, group, widget):
    shown = versions_of(request_of(definition, group, widget))
    first, last = named_versions(group, widget)
    order = catalog().versions.index

    assert shown, 'no version of Cilium in toolkit/catalog/ has all that it asks for: see metrics and labels of `show`'
    if first is None and last is None and order(shown[0]) > order(TAKEN_FOR_GRANTED):
        pytest.fail(f'toolkit/dashboards/definitions/{definition.name}.yaml: write `needs: Cilium {shown[0]}`')
    expected = first or shown[0], last or catalog().newest
    assert expected == (shown[0], shown[-1]), (
        f'toolkit/dashboards/definitions/{definition.name}.yaml: `needs` names other versions than toolkit/catalog/ '
        f'has, {shown[0]} to {shown[-1]}'
    )
