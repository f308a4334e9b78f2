# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the migration tells of names and types is what the two modes of the bundled check and this check submit."""

from __future__ import annotations

from functools import cache

import pytest
from bundled import bundled_rows, legacy_metrics
from endpoints import plain
from expositions import DIRECTORIES, exposition_of, recording

from datadog_checks.base import OpenMetricsBaseCheck, OpenMetricsBaseCheckV2
from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck, configuration
from datadog_checks.cilium.commands.recorded_cluster import STAGES
from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS, datadog_name
from datadog_checks.cilium.configuration import RESERVED_TAG_KEYS
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE
from toolkit.catalog.catalog import Exposed, Shape, catalog, versions
from toolkit.migration.changes import (
    BOUND,
    LABEL_PREFIX,
    NEW_SERVICE_CHECK,
    OLD_SERVICE_CHECK,
    SERVICES,
    SUFFIXES,
    Kind,
    Mode,
    bundled,
    label_changes,
    metric_changes,
    metrics_of_mode,
)

Metrics = set[tuple[str, str]]
"""Names in Datadog with their types."""

TYPES = {AggregatorStub.GAUGE: 'gauge', AggregatorStub.MONOTONIC_COUNT: 'count'}
ENDPOINTS = ('agent', 'operator')
WIRE_TYPES = ('gauge', 'counter', 'histogram')


class LegacyCheck(OpenMetricsBaseCheck):
    """The base package's first scraper, with the names that the bundled check gives to families in that mode."""

    DEFAULT_METRIC_LIMIT = 0

    def __init__(self, endpoint: str, url: str) -> None:
        names = {row['wire_family']: unprefixed(row['legacy_name']) for row in rows_of(endpoint) if row['legacy_name']}
        instance = {'prometheus_url': url, 'namespace': 'cilium', 'metrics': [names]}
        super().__init__('cilium', {}, [instance])


class LatestCheck(OpenMetricsBaseCheckV2):
    """The base package's second scraper, with the names that the bundled check gives to families in that mode."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0

    def __init__(self, endpoint: str, url: str) -> None:
        # The bundled check takes `_total` from the families of its map.
        names = [
            {row['wire_family'].removesuffix('_total').removesuffix('_counter'): {'name': unprefixed(name)}}
            for row in rows_of(endpoint)
            if (name := row['latest_name'])
        ]
        super().__init__('cilium', {}, [{'openmetrics_endpoint': url, 'metrics': names}])


def rows_of(endpoint: str) -> list[dict[str, str]]:
    return [row for row in bundled() if row['endpoint'] == endpoint]


def unprefixed(name: str) -> str:
    return name.removeprefix('cilium.')


def submitted(aggregator: AggregatorStub) -> Metrics:
    return {(name, TYPES[stub.type]) for name in aggregator.metric_names for stub in aggregator.metrics(name)}


@cache
def bodies(endpoint: str) -> dict[str, str]:
    """Return what an endpoint exposes: recorded, in each version of the catalogue, and what neither of them has."""
    component = COMPONENT_BY_NAME[endpoint]
    found = {f'{version} {stage}': recording(endpoint, stage, version) for version in DIRECTORIES for stage in STAGES}
    found |= {version: exposition_of(catalog().exposed(component, version)) for version in versions()}
    # A family has one type in an exposition.
    for wire_type in WIRE_TYPES:
        families = [
            Exposed(component, row['wire_family'], Shape(wire_type, ('label',)))
            for row in rows_of(endpoint)
            if row['wire_type'] == wire_type and not superseded_here(endpoint, row)
        ]
        found[f'{wire_type}s of the table'] = exposition_of(families)
    return found


def superseded_here(endpoint: str, row: dict[str, str]) -> bool:
    """Tell whether this check leaves a family to its successor, where an exposition has both."""
    return row['wire_family'] in COMPONENT_BY_NAME[endpoint].superseded


NAMES = (
    *(f'{version} {stage}' for version in DIRECTORIES for stage in STAGES),
    *versions(),
    *(f'{wire_type}s of the table' for wire_type in WIRE_TYPES),
)
each_body = pytest.mark.parametrize(
    ('endpoint', 'body'), [(endpoint, name) for endpoint in ENDPOINTS for name in NAMES], indirect=['body']
)


@pytest.fixture
def body(request: pytest.FixtureRequest, endpoint: str) -> str:
    """What an endpoint exposes, by its name among `bodies`."""
    return bodies(endpoint)[request.param]


def ours(endpoint: str, url: str) -> CiliumCheck:
    return CiliumCheck('cilium', {}, [{f'{endpoint}_endpoint': url}])


def of_bundled_families(endpoint: str, body: str, metrics: Metrics) -> Metrics:
    """Return the metrics of those families of an exposition that the legacy mode of the bundled check collects."""
    rows = [row for row in rows_of(endpoint) if row['legacy_name'] and f'# TYPE {row["wire_family"]} ' in body]
    names = {name for row in rows for name in metrics_of_mode(row, Mode.LATEST)}
    return {(name, type_) for name, type_ in metrics if name in names}


@each_body
def test_what_the_legacy_mode_submits_is_submitted_or_stands_in_the_table(endpoint, body, serve, run):
    url = serve(plain(body)).url
    old = submitted(run(LegacyCheck(endpoint, url)))
    new = submitted(run(ours(endpoint, url)))
    table = [change for change in metric_changes() if change.endpoint == endpoint]

    assert old
    assert old - new <= {(change.old, change.old_type) for change in table}
    assert of_bundled_families(endpoint, body, new - old) <= {(change.new, change.new_type) for change in table}
    for change in table:
        # A row for a family that is there is true of it.
        is_here = (change.old, change.old_type) in old
        assert not is_here or (change.new, change.new_type) in new, change


@each_body
def test_the_latest_mode_submits_the_same_names_and_types(endpoint, body, serve, run):
    url = serve(plain(body)).url
    old = submitted(run(LatestCheck(endpoint, url)))
    new = submitted(run(ours(endpoint, url)))

    assert old
    assert old - new == set()


@pytest.mark.parametrize('endpoint', ENDPOINTS)
def test_every_row_of_the_table_was_seen(endpoint, serve, run):
    gone, come = set(), set()
    assert set(bodies(endpoint)) == set(NAMES)
    for body in bodies(endpoint).values():
        url = serve(plain(body)).url
        old, new = submitted(run(LegacyCheck(endpoint, url))), submitted(run(ours(endpoint, url)))
        gone |= old - new
        come |= new - old
    table = [change for change in metric_changes() if change.endpoint == endpoint]
    assert {(change.old, change.old_type) for change in table} - gone == set()
    assert {(change.new, change.new_type) for change in table} - come == set()


@each_body
def test_tags_of_series_keep_their_keys_or_stand_in_the_table(endpoint, body, serve, run):
    url = serve(plain(body)).url
    old, new = (keys_of_series(run(make(endpoint, url))) for make in (LegacyCheck, ours))
    renamed = {change.old: change for change in label_changes(Mode.LEGACY)}
    successors = {change.old: change for change in metric_changes() if change.endpoint == endpoint}
    for name, keys in old.items():
        successor = successors[name].new if name in successors else name
        expected = {renamed[key].new if key in renamed and name in renamed[key].metrics else key for key in keys}
        if successors.get(name) and successors[name].kind in (Kind.COUNT, Kind.BUCKET):
            expected -= {BOUND}
        assert new[successor] - {'source', 'service', 'endpoint'} - expected <= {BOUND}
        assert expected <= new[successor], name


def keys_of_series(aggregator: AggregatorStub) -> dict[str, set[str]]:
    """Return the keys of the tags that the series of each metric have."""
    return {
        name: {tag.partition(':')[0] for stub in aggregator.metrics(name) for tag in stub.tags}
        for name in aggregator.metric_names
    }


def test_the_buckets_of_a_histogram_have_the_same_bounds(serve, run):
    url = serve(plain(recording('agent'))).url
    old, new = run(LegacyCheck('agent', url)), None
    name = 'cilium.policy.implementation_delay'
    before = sorted((bounds_of(stub), stub.value) for stub in old.metrics(f'{name}.count'))
    new = run(ours('agent', url))
    buckets = sorted((bounds_of(stub), stub.value) for stub in new.metrics(f'{name}.bucket'))
    totals = sorted((bounds_of(stub) or 'none', stub.value) for stub in new.metrics(f'{name}.count'))

    assert len(buckets) > len(totals) > 0
    assert before == sorted([*buckets, *totals])


def bounds_of(stub) -> str:
    return next((tag.partition(':')[2] for tag in stub.tags if tag.startswith(f'{BOUND}:')), '')


@pytest.mark.parametrize(
    ('make', 'name'),
    [(LegacyCheck, OLD_SERVICE_CHECK), (LatestCheck, NEW_SERVICE_CHECK), (ours, NEW_SERVICE_CHECK)],
    ids=['legacy', 'latest', 'ours'],
)
def test_the_service_check(make, name, serve, run):
    url = serve(plain(recording('agent'))).url
    aggregator = run(make('agent', url))
    assert [name for name in (OLD_SERVICE_CHECK, NEW_SERVICE_CHECK) if aggregator.service_checks(name)] == [name]
    assert f'endpoint:{url}' in aggregator.service_checks(name)[0].tags


def test_the_names_of_the_latest_mode_are_those_of_the_catalogue():
    assert {(row['endpoint'], row['wire_family'], row['latest_name']) for row in bundled()} == {
        (row['endpoint'], row['wire_family'], row['datadog_name']) for row in bundled_rows()
    }
    names = {(row['endpoint'], row['wire_family']): row['latest_name'] for row in bundled()}
    assert {key: datadog_name(COMPONENT_BY_NAME[key[0]], key[1]) for key in names} == names


def test_the_names_of_the_legacy_mode_are_those_that_its_own_tests_expect():
    names = {name for row in bundled() for name in metrics_of_mode(row, Mode.LEGACY)}
    expected = legacy_metrics()
    assert len(expected) > 150
    assert expected <= names


def test_counters_that_those_tests_do_not_know_follow_the_rule():
    expected = legacy_metrics()
    for row in bundled():
        if row['legacy_name'] and not set(metrics_of_mode(row, Mode.LEGACY)) & expected:
            end = '.total' if row['wire_family'].endswith('_total') else ''
            assert row['legacy_name'] == row['latest_name'] + end


def test_what_is_known_of_this_check_is_true_of_it():
    assert LABEL_PREFIX == configuration.LABEL_PREFIX
    assert tuple(component.service for component in COMPONENTS) == SERVICES
    assert {wire_type: SUFFIXES_BY_TYPE[wire_type] for wire_type in SUFFIXES} == SUFFIXES


def test_types_and_labels_are_those_of_the_catalogue():
    types, labels = {}, {}
    for family in catalog().families:
        key = family.component.name, family.name
        types[key] = {shape.type for shape in family.shapes.values()}
        labels[key] = {label for shape in family.shapes.values() for label in shape.labels} & RESERVED_TAG_KEYS
    of_table = {}
    for row in bundled():
        of_table.setdefault((row['endpoint'], row['wire_family']), set()).add(row['wire_type'])
    unknown = {key for key in of_table if key not in types}

    assert {key: types[key] for key in of_table if key in types} == {
        key: found for key, found in of_table.items() if key not in unknown
    }
    assert all(
        set(row['renamed_labels'].split()) == labels.get((row['endpoint'], row['wire_family']), set())
        for row in bundled()
    )
    # The catalogue has them under another spelling, or only Cilium's documentation names them.
    assert {family for _, family in unknown} == {
        'cilium_identity_gc_entries',
        'cilium_identity_gc_latency',
        'cilium_identity_gc_runs',
        'cilium_operator_ipam_api_duration_seconds',
        'cilium_operator_ipam_api_rate_limit_duration_seconds',
        *(family for _, family in of_table if family.startswith('cilium_operator_k8s_workqueue_')),
    }
