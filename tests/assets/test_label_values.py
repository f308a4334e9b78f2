# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Dashboards and monitors ask for tags that Cilium really sets: a misspelt value finds nothing, and nobody notices.

A value is right if it was recorded, or if the catalogue has it (`toolkit/catalog/label_values.csv`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fnmatch import filter as matching
from functools import cache

from assets_rules import tag_key_of
from for_each import for_each
from monitor_scenarios import MONITORS, SCENARIOS, Place, exposed_by
from prometheus_client.parser import text_string_to_metric_families

from datadog_checks.cilium.commands.recorded_cluster import STAGES, RecordedCluster
from datadog_checks.cilium.components import COMPONENT_BY_NAME, datadog_name
from toolkit.assets import metric_queries, widgets_in
from toolkit.catalog.catalog import LABEL_VALUES, catalog, rows
from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import load_all
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.tags import normalised_tag
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import CheckMonitor, MetricSeries, series_of

SUFFIXES = ('', '.count', '.sum', '.bucket')
"""The first is that of gauges, and of histograms that the check sends as distributions."""

NOT_OF_CILIUM = {'upper_bound'}
"""Tags that the Agent makes of the buckets of a histogram."""


def of_monitors() -> Iterator[tuple[str, MetricSeries]]:
    for monitor_id, body in MONITORS.items():
        monitor = parse_monitor(body['query'])
        if not isinstance(monitor, CheckMonitor):
            all_series = series_of(monitor.expression)
            # Those of other checks of the Agent are not of Cilium.
            yield from ((monitor_id, series) for series in all_series if series.metric.startswith('cilium.'))


def of_dashboards() -> Iterator[tuple[str, MetricSeries]]:
    for definition in load_all():
        for widget in widgets_in(dashboard_of(definition, load_all())['widgets']):
            for query in metric_queries(widget['definition']):
                all_series = series_of(parse_query(query))
                yield from ((definition.name, series) for series in all_series if series.metric.startswith('cilium.'))


ASKED = sorted(
    {
        (name, series.metric, tag.key, str(tag))
        for name, series in (*of_monitors(), *of_dashboards())
        for tag in series.tags
        if '$' not in tag.value and tag.key not in NOT_OF_CILIUM
    }
)


@cache
def recorded() -> dict[str, set[str]]:
    """Return the tags of each metric in the recordings."""
    store = PointStore()
    with RecordedCluster() as cluster:
        collector = Collector(cluster.instance, store, lambda _: ())
        for number, stage in enumerate(STAGES):
            cluster.stage = stage
            assert not collector.collect(1_700_000_040 + 60 * number).error
    return {metric: {tag for tags in one.tags for tag in tags} for metric, one in store.metrics.items()}


@cache
def known() -> dict[str, set[str]]:
    """Return the tags that the catalogue knows of each metric, as Datadog stores them."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(LABEL_VALUES):
        name = datadog_name(COMPONENT_BY_NAME[row['component']], row['family'])
        for suffix in SUFFIXES:
            found[f'{name}{suffix}'].add(normalised_tag(f'{tag_key_of(row["label"])}:{row["value"]}'))
    return found


@for_each(('metric', 'tag'), sorted({(metric, tag) for _, metric, _, tag in ASKED}))
def test_scopes_ask_for_values_that_cilium_uses(metric: str, tag: str) -> None:
    found = recorded().get(metric) or recorded().get(f'{metric}.count', set())
    assert matching(found | known()[metric], tag), f'add it to {LABEL_VALUES}, or correct it'


def test_scenarios_have_values_that_cilium_uses() -> None:
    asked = {(metric, key) for _, metric, key, _ in ASKED}
    for monitor_id, scenario in SCENARIOS.items():
        for name, text in exposed_by(scenario).items():
            component = COMPONENT_BY_NAME[Place.named(name).component]
            for family in text_string_to_metric_families(text.replace('VALUE', '0').replace(' 0+', ' ')):
                metric = next(
                    n for f in (family.name, f'{family.name}_total') if (n := datadog_name(component, f)) is not None
                )
                names = [f'{metric}{suffix}' for suffix in SUFFIXES]
                for sample in family.samples:
                    for label, value in sample.labels.items():
                        if value and any((one, tag_key_of(label)) in asked for one in names):
                            tag = normalised_tag(f'{tag_key_of(label)}:{value}')
                            found = set().union(*(recorded().get(one, set()) | known()[one] for one in names))
                            assert any(tag.startswith(each) for each in found), f'{monitor_id}: {tag}'


def test_values_of_the_catalogue_are_of_families_and_labels_that_exist() -> None:
    labels = defaultdict(set)
    for family in catalog().families:
        labels[family.component.name, family.name].update(*(shape.labels for shape in family.shapes.values()))
    for row in rows(LABEL_VALUES):
        assert row['label'] in labels[row['component'], row['family']], row
