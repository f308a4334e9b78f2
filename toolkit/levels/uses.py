# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What uses which metric: the dashboards, monitors and SLOs in `assets/`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from datadog_checks.cilium.components import COMPONENTS, metrics_by_family, target_name
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE
from toolkit.assets import Dashboard, load_dashboards, load_monitors, metric_queries, read_assets
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, MetricSeries, asked_for, series_of

CORE = 'cilium_tier:core'
OVERVIEW = 'cilium_overview'
BUCKET = '.bucket'
BOUND = 'upper_bound'
PERCENTILE = re.compile(r'p\d+(\.\d+)?')
SUFFIXES = {suffix for suffixes in SUFFIXES_BY_TYPE.values() for suffix in suffixes}


@dataclass(frozen=True)
class Use:
    """An asset that uses metrics."""

    kind: str
    """dashboards, monitors or slos."""
    title: str
    series: tuple[MetricSeries, ...]
    """What it asks Datadog for."""
    is_minimal: bool
    """Whether it has to work at the level `minimal`: a core monitor, or the first group of the overview."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The tag key of each template variable."""

    @property
    def metrics(self) -> frozenset[str]:
        """Names in Datadog, with `cilium.` and the suffix of the type."""
        return frozenset(series.metric for series in self.series)


def uses() -> Iterator[Use]:
    """Yield what uses metrics. The overview comes twice: its first group, and the whole of it."""
    for name, dashboard in load_dashboards().items():
        variables = {one['name']: one['prefix'] for one in dashboard.definition['template_variables']}
        yield Use('dashboards', dashboard.title, _series(_queries_of_dashboard(dashboard)), False, variables)
        if name == OVERVIEW:
            queries = _queries_of_dashboard(first_group(dashboard))
            yield Use('dashboards', dashboard.title, _series(queries), True, variables)
    for monitor in load_monitors().values():
        parsed = parse_monitor(monitor.definition['query'])
        if isinstance(parsed, (MetricMonitor, ChangeMonitor)):
            series = tuple(series_of(parsed.expression))
            yield Use('monitors', monitor.title, series, CORE in monitor.definition['tags'])
    for slo in read_assets('slos').values():
        yield Use('slos', slo['name'], _series(_queries_of_slo(slo)), False)


def bounds(metric: str, series: Iterable[MetricSeries]) -> frozenset[float] | None:
    """Return the bounds of the buckets of a metric that queries ask for, or None where one does not say which."""
    found: set[float] = set()
    for one in series:
        if one.metric == f'cilium.{metric}{BUCKET}':
            asked = [value for key, values in asked_for(one.scope) if key == BOUND for value in values]
            if not asked or any('*' in value or '$' in value for value in asked):
                return None
            found.update(map(float, asked))
    return frozenset(found)


def asks_for_percentiles(metric: str, series: Iterable[MetricSeries]) -> bool:
    """Tell whether queries ask for percentiles of a metric, which only distributions have."""
    return any(one.metric == f'cilium.{metric}' and PERCENTILE.fullmatch(one.aggregator or '') for one in series)


def _series(queries: Iterable[str]) -> tuple[MetricSeries, ...]:
    return tuple(series for query in queries for series in series_of(parse_query(query)))


def _queries_of_dashboard(dashboard: Dashboard) -> Iterator[str]:
    for widget in dashboard.widgets():
        yield from metric_queries(widget['definition'])


def _queries_of_slo(slo: Mapping) -> list[str]:
    if slo['type'] == 'metric':
        return list(slo['query'].values())
    return [query['query'] for query in slo['sli_specification']['time_slice']['query']['queries']]


def first_group(dashboard: Dashboard) -> Dashboard:
    """Return a dashboard that has only the first group of another one: what fits on the screen when it opens."""
    return Dashboard(dashboard.name, {**dashboard.definition, 'widgets': dashboard.definition['widgets'][:1]})


def metrics_of_check() -> list[str]:
    """Return the names of all metrics, without `cilium.` and the suffix of the type."""
    return sorted({target_name(target) for component in COMPONENTS for target in metrics_by_family(component).values()})


def full_names_of(metric: str) -> set[str]:
    """Return what a metric may be called in Datadog, whatever its type is."""
    return {f'cilium.{metric}{suffix}' for suffix in SUFFIXES}
