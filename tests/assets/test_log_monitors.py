# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The monitors that search logs: lines through the pipeline, then the monitor over the processed logs.

`logs/monitor_scenarios.yaml` says which lines each monitor counts, and at how many it alerts.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

if sys.version_info < (3, 12):
    pytest.skip('vector-vrl, which runs the queries, needs Python 3.12', allow_module_level=True)

from datadog_api_client.v1.model.monitor import Monitor

from toolkit.api_models.schema import violations
from toolkit.assets import read_assets
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.logs import attributes
from toolkit.logs.pipeline import Pipeline, ProcessedLog, matching
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
RECORDINGS = Path(__file__).parents[2] / 'toolkit/logs/recordings'
SCHEMA = read_yaml(ROOT / 'toolkit/logs/schema.yaml')
ALL_SCENARIOS = read_yaml(Path(__file__).parent / 'logs/monitor_scenarios.yaml')
MONITORS = {d.monitor_id: asset_of(d)['definition'] for d in definitions() if d.subject == 'logs'}
SCENARIOS = {monitor_id: scenario for monitor_id, scenario in ALL_SCENARIOS.items() if monitor_id in MONITORS}

NOW = 1_770_120_000
TAGS = ('kube_cluster_name:demo', 'kube_node:worker-1')
# Template variables that are not groups: https://docs.datadoghq.com/monitors/notify/variables/
VALUES = {'value', 'threshold', 'warn_threshold'}
SOURCES = {
    'agent': 'cilium-agent',
    'operator': 'cilium-operator',
    'hubble_relay': 'hubble-relay',
    'clustermesh_apiserver': 'clustermesh-apiserver',
    'kvstoremesh': 'kvstoremesh',
}
PIPELINE = Pipeline.load(ROOT / 'assets/logs/cilium.yaml')


def states(monitor_id: str, logs: Sequence[tuple[float, ProcessedLog]]) -> dict[Group, MonitorState]:
    """Return the state of each group of a monitor, at NOW, with these logs: seconds since 1970 and log."""

    def count_logs(search: str, keys: tuple[str, ...], start: float, end: float) -> Mapping[tuple[str, ...], int]:
        within = [log for time, log in logs if start <= time < end]
        groups = (tuple(value_of(log, key) for key in keys) for log in matching(search, within))
        return Counter(group for group in groups if None not in group)

    return evaluate_monitor(MONITORS[monitor_id], PointStore(), NOW, count_logs=count_logs)


def value_of(log: ProcessedLog, key: str) -> str | None:
    """Return the value of a tag, or of an attribute if the key begins with `@`."""
    if key.startswith('@'):
        value = attributes.get(log.attributes, key[1:])
        return None if value is None else str(value)
    tags = dict(tag.split(':', 1) for tag in (*log.tags, f'source:{log.source}'))
    return tags.get(key)


def statuses(monitor_id: str, line: str, number: int, seconds_ago: float = 60) -> set[Status]:
    log = PIPELINE.process(line, SCENARIOS[monitor_id]['source'], tags=TAGS)
    return {state.status for state in states(monitor_id, [(NOW - seconds_ago, log)] * number).values()}


def cases() -> list:
    return [
        pytest.param(monitor_id, line, id=f'{monitor_id}-{number}')
        for monitor_id, scenario in SCENARIOS.items()
        for number, line in enumerate(scenario['lines'])
    ]


def test_every_monitor_has_a_scenario() -> None:
    assert len(MONITORS) >= 10
    file = 'tests/assets/logs/monitor_scenarios.yaml'
    forgotten = [f'{file}: write a scenario `{name}`' for name in MONITORS if name not in ALL_SCENARIOS]
    assert forgotten == []
    assert list(ALL_SCENARIOS) == list(MONITORS), f'{file}: bring it into the order of the definitions'


@pytest.mark.parametrize(('monitor_id', 'line'), cases())
def test_monitor_alerts(monitor_id: str, line: str) -> None:
    assert statuses(monitor_id, line, SCENARIOS[monitor_id]['alert_at']) == {Status.ALERT}


@pytest.mark.parametrize(('monitor_id', 'line'), cases())
def test_monitor_does_not_alert_just_below(monitor_id: str, line: str) -> None:
    assert Status.ALERT not in statuses(monitor_id, line, SCENARIOS[monitor_id]['alert_at'] - 1)


@pytest.mark.parametrize('monitor_id', [name for name, scenario in SCENARIOS.items() if 'warning_at' in scenario])
def test_monitor_warns(monitor_id: str) -> None:
    scenario = SCENARIOS[monitor_id]
    assert statuses(monitor_id, scenario['lines'][0], scenario['warning_at']) == {Status.WARN}
    assert Status.WARN not in statuses(monitor_id, scenario['lines'][0], scenario['warning_at'] - 1)


@pytest.mark.parametrize('monitor_id', SCENARIOS)
def test_monitor_forgets(monitor_id: str) -> None:
    scenario = SCENARIOS[monitor_id]
    window = parse_monitor(MONITORS[monitor_id]['query']).window.seconds
    assert Status.ALERT not in statuses(monitor_id, scenario['lines'][0], scenario['alert_at'], window + 1)


@pytest.mark.parametrize('monitor_id', SCENARIOS)
def test_monitor_tells_groups_apart(monitor_id: str) -> None:
    """Lines of two clusters are not added up."""
    scenario = SCENARIOS[monitor_id]
    line, source, number = scenario['lines'][0], scenario['source'], scenario['alert_at']
    logs = [
        (NOW - 60, PIPELINE.process(line, source, tags=(f'kube_cluster_name:{cluster}', 'kube_node:worker-1')))
        for cluster in ('one', 'two')
    ]
    repeated = [logs[0]] * number + [logs[1]] * (number - 1)
    found = states(monitor_id, repeated)
    alerts = [group for group, state in found.items() if state.status is Status.ALERT]
    assert [dict(tag.split(':', 1) for tag in group)['kube_cluster_name'] for group in alerts] == ['one']


def sources_of(monitor_id: str) -> list[str]:
    """Return the sources that a monitor searches."""
    several, one = re.search(
        r'source:(?:\(([^)]*)\)|(\S+))', parse_monitor(MONITORS[monitor_id]['query']).search
    ).groups()
    return several.split(' OR ') if several else [one]


@pytest.mark.parametrize(('monitor_id', 'source'), [(i, source) for i in SCENARIOS for source in sources_of(i)])
def test_monitor_counts_each_source(monitor_id: str, source: str) -> None:
    """`cilium` is the source that the Agent gives when nobody says another."""
    scenario = SCENARIOS[monitor_id]
    log = PIPELINE.process(scenario['lines'][0], source, tags=TAGS)
    found = states(monitor_id, [(NOW - 1, log)] * scenario['alert_at'])
    assert {state.status for state in found.values()} == {Status.ALERT}
    assert source in {*SOURCES.values(), 'cilium', 'cilium-envoy'}


@pytest.mark.parametrize('monitor_id', SCENARIOS)
def test_each_phrase_has_a_line_that_no_other_phrase_finds(monitor_id: str) -> None:
    phrases = re.findall(r'"([^"]+)"', parse_monitor(MONITORS[monitor_id]['query']).search)
    lines = SCENARIOS[monitor_id]['lines']
    for phrase in phrases:
        others = [other for other in phrases if other != phrase]
        assert any(phrase in line and not any(other in line for other in others) for line in lines), phrase


@pytest.mark.parametrize('monitor_id', SCENARIOS)
def test_monitor_counts_no_other_source(monitor_id: str) -> None:
    scenario = SCENARIOS[monitor_id]
    log = PIPELINE.process(scenario['lines'][0], 'nginx', tags=TAGS)
    assert {state.status for state in states(monitor_id, [(NOW - 1, log)] * 100).values()} <= {Status.OK}


@pytest.mark.parametrize('monitor_id', SCENARIOS)
def test_logs_of_a_working_cluster_alert_nothing(recorded: list[ProcessedLog], monitor_id: str) -> None:
    """All that components log from start to end, within one window, each recording as a cluster of its own."""
    found = states(monitor_id, [(NOW - 60, log) for log in recorded])
    assert {state.status for state in found.values()} <= {Status.OK}


@pytest.fixture(scope='module')
def recorded() -> list[ProcessedLog]:
    """The recorded logs, without the line for each flag."""
    logs = []
    for path in sorted(RECORDINGS.rglob('*.log')):
        lines = [line for line in path.read_text(encoding='utf-8').splitlines() if '  --' not in line]
        tags = (f'kube_cluster_name:{path.parent.name}', 'kube_node:worker-1')
        logs += PIPELINE.process_all(lines, SOURCES[path.stem], tags=tags)
    return logs


@pytest.mark.parametrize('monitor_id', MONITORS)
def test_structure(monitor_id: str) -> None:
    definition = MONITORS[monitor_id]
    assert violations(Monitor, definition) == []
    assert definition['type'] == 'log alert'
    assert ') .' not in definition['query']
    assert parse_monitor(definition['query']).threshold == definition['options']['thresholds']['critical']


@pytest.mark.parametrize('monitor_id', MONITORS)
def test_message_has_only_variables_of_the_query(monitor_id: str) -> None:
    """The variable of a tag is `{{tag.name}}`, that of an attribute `{{[@attribute].name}}`."""
    definition = MONITORS[monitor_id]
    keys = parse_monitor(definition['query']).keys
    groups = {f'[{key}].name' if key.startswith('@') else f'{key}.name' for key in keys}
    used = {
        name for text in (definition['name'], definition['message']) for name in re.findall(r'\{\{([^}#/^]+)\}\}', text)
    }
    used = {name for name in used if not name.startswith(('log.', 'eval '))}
    assert used <= groups | VALUES
    assert groups & used


@pytest.mark.parametrize('monitor_id', MONITORS)
def test_attributes_are_known(monitor_id: str) -> None:
    names = {row['name'] for row in SCHEMA}
    for attribute in re.findall(r'@([a-z_0-9.]+)', MONITORS[monitor_id]['query']):
        assert attribute in names or attribute == 'error.kind'


@pytest.mark.parametrize('monitor_id', MONITORS)
def test_message_leads_to_the_logs(monitor_id: str) -> None:
    names = {row['name'] for row in SCHEMA}
    message = MONITORS[monitor_id]['message']
    assert '{{log.link}}' in message
    assert 'Flex' in message
    for attribute in re.findall(r'\{\{log\.attributes\.\[(.+?)\]\}\}', message):
        assert attribute in names or attribute.startswith('error.'), attribute


def test_saved_views_in_messages_exist() -> None:
    views = {view['name'] for view in read_assets('saved_views').values()}
    named = {
        name
        for definition in MONITORS.values()
        for name in re.findall(r'[Ss]aved view "([^"]+)"', definition['message'])
    }
    assert len(named) >= 3
    assert named <= views
