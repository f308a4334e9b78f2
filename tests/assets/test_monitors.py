# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The monitors are what their definitions say, what Datadog accepts, and what helps at three in the morning."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from assets_rules import TAGS_OF_AGENT, TAGS_OF_CHECK, metric_violations, tag_key_of, tag_violations
from datadog_api_client.v1.model.monitor import Monitor
from for_each import for_each

from datadog_checks.cilium.components import datadog_name
from toolkit.api_models.schema import violations
from toolkit.catalog.catalog import catalog
from toolkit.checkout import ASSETS
from toolkit.definitions import DefinitionError
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import definitions
from toolkit.monitors.messages import groups_of
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import (
    ChangeMonitor,
    CheckMonitor,
    LogMonitor,
    MetricMonitor,
    asked_for,
    series_of,
)

DEFINITIONS = {d.monitor_id: d for d in definitions()}
DOCUMENTS = {monitor_id: asset_of(definition) for monitor_id, definition in DEFINITIONS.items()}
BODIES = {monitor_id: document['definition'] for monitor_id, document in DOCUMENTS.items()}

TYPES = {
    MetricMonitor: 'query alert',
    ChangeMonitor: 'query alert',
    CheckMonitor: 'service check',
    LogMonitor: 'log alert',
}

NEXT_TO_HEALTH = {('>', 0), ('<', 1)}
"""Thresholds of what is none in health, or at least one."""

LONGEST_LAST = 100
"""How many statuses a monitor of a service check can look at: https://docs.datadoghq.com/api/latest/monitors/"""

FEWEST_STATUSES = 8
"""Statuses of one minute, while an agent restarts, and as many again, at the Agent's interval of 15 seconds."""

each_monitor = for_each('monitor_id', DEFINITIONS)


@each_monitor
def test_outer_part_is_of_format_2(monitor_id: str) -> None:
    document = DOCUMENTS[monitor_id]
    assert list(document) == [
        'version',
        'created_at',
        'last_updated_at',
        'title',
        'description',
        'tags',
        'definition',
    ]
    assert document['version'] == 2
    assert date.fromisoformat(document['created_at']) <= date.fromisoformat(document['last_updated_at'])
    assert 'integration:cilium' in document['tags']
    assert json.loads(json.dumps(document)) == document


@each_monitor
def test_api_accepts_the_definition(monitor_id: str) -> None:
    assert violations(Monitor, BODIES[monitor_id]) == []


def test_titles_and_names_are_unique() -> None:
    for texts in ([d['title'] for d in DOCUMENTS.values()], [body['name'] for body in BODIES.values()]):
        assert len({text.lower() for text in texts}) == len(texts)


@each_monitor
def test_title_is_for_a_catalogue_and_name_for_an_alert(monitor_id: str) -> None:
    document, body = DOCUMENTS[monitor_id], BODIES[monitor_id]
    assert '{{' not in document['title'] + document['description']
    assert body['name'].startswith('[Cilium] ')
    assert body['priority'] in range(1, 6)


@each_monitor
def test_type_belongs_to_the_query(monitor_id: str) -> None:
    assert BODIES[monitor_id]['type'] == TYPES[type(parse_monitor(BODIES[monitor_id]['query']))]


@each_monitor
def test_thresholds_are_in_order(monitor_id: str) -> None:
    monitor, thresholds = parse_monitor(BODIES[monitor_id]['query']), BODIES[monitor_id]['options']['thresholds']
    if isinstance(monitor, CheckMonitor):
        needed = max(value for value in thresholds.values())
        assert needed < monitor.last <= LONGEST_LAST
        assert thresholds['critical'] >= FEWEST_STATUSES
        return
    assert monitor.threshold == thresholds['critical']
    sign = 1 if monitor.comparison.startswith('>') else -1
    worse = {name: sign * value for name, value in thresholds.items()}
    if 'warning' in worse:
        assert worse['warning'] < worse['critical']
    for name in ('critical', 'warning'):
        if name not in worse:
            continue
        recovery = worse.get(f'{name}_recovery')
        if isinstance(monitor, LogMonitor):
            assert recovery is None, 'Datadog refuses it'
        else:
            assert recovery is not None or (monitor.comparison, thresholds[name]) in NEXT_TO_HEALTH
        assert recovery is None or recovery < worse[name]
        # An alert turns into a warning before all is well.
        assert recovery is None or name == 'warning' or recovery > worse.get('warning', -math.inf)
        assert recovery is None or sign < 0 or recovery >= 0, 'a value that is never negative must be able to recover'


@each_monitor
def test_metrics_and_tags_exist(monitor_id: str) -> None:
    monitor = parse_monitor(BODIES[monitor_id]['query'])
    if isinstance(monitor, MetricMonitor | ChangeMonitor):
        for series in series_of(monitor.expression):
            assert metric_violations(series) == []
            assert tag_violations(series) == []
    elif isinstance(monitor, CheckMonitor):
        known = json.loads((ASSETS / 'service_checks.json').read_text(encoding='utf-8'))
        assert monitor.check in {check['check'] for check in known}
        assert {tag.partition(':')[0] for tag in monitor.over} <= TAGS_OF_CHECK
        assert set(monitor.keys) <= TAGS_OF_AGENT | {'endpoint'}


@each_monitor
def test_groups_lead_to_the_cluster(monitor_id: str) -> None:
    # One compares the number of versions with the number of clusters, over all clusters.
    expected = set() if monitor_id == 'agent_version_skew' else {'kube_cluster_name'}
    assert set(groups(monitor_id)) >= expected


@each_monitor
def test_what_befalls_many_nodes_alerts_once(monitor_id: str) -> None:
    notify_by = BODIES[monitor_id]['options'].get('notify_by')
    if {'kube_node', 'target_node'} & set(groups(monitor_id)):
        assert notify_by, 'say for what an alert is sent: one for each node is too many'
    assert not {'kube_node', 'target_node'} & set(notify_by or ())


@each_monitor
def test_monitor_that_says_for_how_long_has_seen_all_of_it(monitor_id: str) -> None:
    monitor, options = parse_monitor(BODIES[monitor_id]['query']), BODIES[monitor_id]['options']
    if isinstance(monitor, MetricMonitor) and monitor.aggregator in ('min', 'max') and monitor.window.kind == 'last':
        # A simple alert has no new groups: https://docs.datadoghq.com/monitors/configuration/
        assert options['require_full_window'] or options['new_group_delay'] >= monitor.window.seconds
        assert options['require_full_window'] or groups(monitor_id)


@each_monitor
def test_log_monitor_has_few_groups(monitor_id: str) -> None:
    """Of each of three keys Datadog watches the ten top values: https://docs.datadoghq.com/monitors/types/log/"""
    if isinstance(parse_monitor(BODIES[monitor_id]['query']), LogMonitor):
        assert len(groups(monitor_id)) <= 2


@each_monitor
def test_missing_data_is_decided(monitor_id: str) -> None:
    body, options = DEFINITIONS[monitor_id].body, BODIES[monitor_id]['options']
    if 'statuses' in body:
        assert options['notify_no_data'] is False
        assert 'on_missing_data' not in options
    else:
        assert options['on_missing_data'] == body['missing_data']
    # Silence is news where a whole cluster is silent only: nodes and features come and go.
    # Datadog refuses the two together: https://github.com/DataDog/terraform-provider-datadog/issues/2815
    assert 'default_zero(' not in BODIES[monitor_id]['query'] or body['missing_data'] == 'default'
    if body['missing_data'] == 'show_and_notify_no_data':
        assert groups(monitor_id) == ('kube_cluster_name',)
        assert '{{#is_no_data}}' in BODIES[monitor_id]['message']


@each_monitor
def test_monitor_that_old_versions_have_not_the_labels_for_says_so(monitor_id: str) -> None:
    """A monitor does not see series without a key of its groups: it would be silent, and nobody would know why."""
    monitor = parse_monitor(BODIES[monitor_id]['query'])
    if not isinstance(monitor, MetricMonitor | ChangeMonitor):
        return
    text = ' '.join((DOCUMENTS[monitor_id]['description'] + ' ' + BODIES[monitor_id]['message']).split())
    for series in series_of(monitor.expression):
        # What a scope leaves out need not be there.
        needed = {*series.keys, *dict(asked_for(series.scope))} - TAGS_OF_AGENT - TAGS_OF_CHECK
        lacking = [to for to, labels in labels_by_version(series.metric) if not needed <= labels]
        if lacking:
            newest = max(lacking, key=minor)
            assert f'ince Cilium 1.{minor(newest) + 1}' in text


def test_all_subjects_are_there() -> None:
    assert {d.subject for d in DEFINITIONS.values()} >= {
        'availability',
        'clustermesh',
        'connectivity',
        'control_plane',
        'datapath',
        'endpoints',
        'hubble',
        'identity',
        'ipam',
        'load_balancing',
        'logs',
        'policy',
        'proxies',
    }


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'priority': 0}, r'mine\.yaml, `example`, `priority`: must be one of 1, 2, 3, 4, 5, not 0'),
        ({'querry': 'x'}, r'mine\.yaml, `example`: there is no key `querry`, only title, name'),
        ({'impact': None}, r"mine\.yaml, `example`, `impact`: None is not of type 'string'\. Who feels it"),
        ({'checks': ['one', 'two']}, r'mine\.yaml, `example`, `checks`: .* is too short\. The first three'),
        (
            {'below': {'critical': 1, 'critical_recovery': 1}},
            r'mine\.yaml, `example`: must have exactly one of `above`, `at_least`',
        ),
        ({'above': {'warning': 1}}, r'mine\.yaml, `example`, `above`: missing: `critical`'),
        (
            {'dashboard': 'Cilium'},
            r"mine\.yaml, `example`, `dashboard`: must be one of Cilium Overview, .*, not 'Cilium'",
        ),
    ],
)
def test_definition_that_breaks_the_schema_is_refused(tmp_path: Path, change: dict, message: str) -> None:
    body = {**DEFINITIONS['endpoints_mostly_not_ready'].body, **change}
    (tmp_path / 'mine.yaml').write_text(yaml.safe_dump({'example': body}), encoding='utf-8')
    with pytest.raises(DefinitionError, match=message):
        definitions(tmp_path)


def test_second_definition_of_a_monitor_is_refused(tmp_path: Path) -> None:
    text = yaml.safe_dump({'example': DEFINITIONS['endpoints_mostly_not_ready'].body})
    (tmp_path / 'a.yaml').write_text(text + text, encoding='utf-8')
    with pytest.raises(DefinitionError, match=r'a\.yaml: the key `example` stands twice'):
        definitions(tmp_path)
    (tmp_path / 'a.yaml').write_text(text, encoding='utf-8')
    (tmp_path / 'b.yaml').write_text(text, encoding='utf-8')
    with pytest.raises(DefinitionError, match=r'b\.yaml: `example` is in a\.yaml already'):
        definitions(tmp_path)


def test_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'a.yaml').write_text('example: {', encoding='utf-8')
    with pytest.raises(DefinitionError, match=r'(?s)a\.yaml: .*line 1'):
        definitions(tmp_path)


def test_silence_without_a_notification_is_refused() -> None:
    definition = DEFINITIONS['cluster_silent']
    body = {**definition.body, 'missing_data': 'resolve'}
    with pytest.raises(DefinitionError, match=r'availability\.yaml, `cluster_silent`: `silence` goes with'):
        asset_of(type(definition)('cluster_silent', 'availability', body))


def groups(monitor_id: str) -> tuple[str, ...]:
    """Return the keys of the groups of a monitor, which all its queries have."""
    monitor = parse_monitor(BODIES[monitor_id]['query'])
    if isinstance(monitor, MetricMonitor | ChangeMonitor) and 'count_not_null(' not in BODIES[monitor_id]['query']:
        assert len({series.keys for series in series_of(monitor.expression)}) == 1
    return groups_of(monitor)


def labels_by_version(metric: str) -> list[tuple[str, set[str]]]:
    """Return the labels of a metric, as tag keys, in each version."""
    base, _, suffix = metric.rpartition('.')
    by_name = labels_by_name()
    return by_name[metric] or (by_name[base] if suffix in ('count', 'sum', 'bucket') else [])


@cache
def labels_by_name() -> dict[str | None, list[tuple[str, set[str]]]]:
    found = defaultdict(list)
    for family in catalog().families:
        tags = [(version, set(map(tag_key_of, shape.labels))) for version, shape in family.shapes.items()]
        found[datadog_name(family.component, family.name)] += tags
    return found


def minor(version: str) -> int:
    return int(version.split('.')[1])
