# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Dashboards and monitors where histograms are sent as distributions: there are no buckets, so what shows buckets has a
twin that asks for percentiles. Everything else shows what it shows without distributions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from collected import END, all_values, collected, shown
from expositions import DIRECTORIES

from toolkit.assets import load_dashboards, load_monitors, requests_of
from toolkit.evaluation.errors import NotEvaluated
from toolkit.evaluation.monitors import evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.levels.uses import BOUND, BUCKET, PERCENTILE
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import MetricSeries, references_of

DASHBOARDS = load_dashboards()
MONITORS = load_monitors()

WITH_COUNTERS = {'collect_counters_with_distributions': True}
MODES = {
    'by bucket': {'histogram_buckets_as_distributions': True, **WITH_COUNTERS},
    'whole': {'collect_histograms_as_distributions': True, **WITH_COUNTERS},
}
of_each_mode = pytest.mark.parametrize('mode', MODES)
of_each_level = pytest.mark.parametrize('level', ['full', 'standard'])

Histogram = tuple[str, tuple[str, ...]]
"""What percentiles are of: the name of a histogram, and the keys to group by."""


def counts(version: str, level: str) -> PointStore:
    return collected(version, (('collection_level', level),))


def distributions(version: str, level: str, mode: str) -> PointStore:
    return collected(version, (('collection_level', level), *MODES[mode].items()))


def lines() -> Iterator[tuple[str, str, dict]]:
    """Yield each formula of each widget as a request of its own, with the dashboard and the title of the widget."""
    for name, dashboard in DASHBOARDS.items():
        for widget in dashboard.widgets():
            for request in requests_of(widget['definition']):
                for formula in request.get('formulas', ()):
                    references = references_of(parse_formula(formula['formula']))
                    queries = [query for query in request['queries'] if query['name'] in references]
                    alone = {'response_format': request['response_format'], 'queries': queries, 'formulas': [formula]}
                    yield name, widget['definition']['title'], alone


def series_of_line(request: dict) -> list[MetricSeries]:
    """Return the queries of metrics of a request."""
    queries = [query['query'] for query in request['queries'] if query['data_source'] == 'metrics']
    return [parsed for parsed in map(parse_query, queries) if isinstance(parsed, MetricSeries)]


def from_buckets(request: dict) -> set[Histogram]:
    """Return the histograms of whose buckets a line is made."""
    return {
        (series.metric.removesuffix(BUCKET), series.keys)
        for series in series_of_line(request)
        if series.metric.endswith(BUCKET) and BOUND in series.scope_keys
    }


def from_distributions(request: dict) -> set[Histogram]:
    """Return the distributions of which a line shows a percentile."""
    found = series_of_line(request)
    return {(series.metric, series.keys) for series in found if PERCENTILE.fullmatch(series.aggregator)}


@cache
def twins() -> dict[Histogram, list[tuple[str, dict]]]:
    """Return the lines that show percentiles of distributions, with their dashboards, by what they are of."""
    found: dict[Histogram, list[tuple[str, dict]]] = {}
    for dashboard, _, request in lines():
        for histogram in from_distributions(request):
            found.setdefault(histogram, []).append((dashboard, request))
    return found


def has_data(dashboard: str, request: dict, store: PointStore) -> bool:
    """Tell whether a line of a dashboard shows anything. What is no metric is not evaluated, and shows nothing."""
    return bool(_shown(dashboard, request, store))


def has_values(dashboard: str, request: dict, store: PointStore) -> bool:
    """Tell whether a percentile from buckets is above 0. It is 0 where no value came: a distribution has none then."""
    return any(value and value > 0 for *_, values in _shown(dashboard, request, store) for value in values)


def _shown(dashboard: str, request: dict, store: PointStore) -> list:
    try:
        return shown(request, store, all_values(DASHBOARDS[dashboard].definition))
    except NotEvaluated:
        return []


def test_what_is_made_of_buckets_has_a_twin():
    without = {
        (dashboard, title)
        for dashboard, title, request in lines()
        for histogram in from_buckets(request)
        if histogram not in twins()
    }
    assert not without, 'make a widget with percentiles of the distribution, by the same tags'


@pytest.mark.parametrize('version', DIRECTORIES)
@of_each_level
@of_each_mode
def test_widgets_have_data(version, level, mode):
    before, now = counts(version, level), distributions(version, level, mode)
    silent, with_data, with_twin = set(), 0, 0
    for dashboard, title, request in lines():
        histograms = from_buckets(request)
        if not histograms and has_data(dashboard, request, before):
            with_data += 1
            if not has_data(dashboard, request, now):
                silent.add((dashboard, title))
        elif histograms and has_values(dashboard, request, before):
            with_twin += 1
            if not all(any(has_data(*twin, now) for twin in twins()[histogram]) for histogram in histograms):
                silent.add((dashboard, title))

    assert not silent
    assert with_data > with_twin > 0, 'nothing was compared'


@pytest.mark.parametrize('version', DIRECTORIES)
@of_each_level
@of_each_mode
def test_monitors_find_the_same(version, level, mode):
    before, now = counts(version, level), distributions(version, level, mode)
    others = [
        name
        for name, monitor in MONITORS.items()
        if not monitor.definition['query'].startswith('logs(')
        and len({repr(evaluate_monitor(monitor.definition, store, END)) for store in (before, now)}) > 1
    ]
    assert not others
