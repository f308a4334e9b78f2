# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The log pipeline on everything that running Cilium components logged, compared with another reading of each line.

The recordings are whole logs, from start to end: Cilium 1.16, with two libraries and three formats in one stream, and
1.20, as text and as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

if sys.version_info < (3, 12):
    pytest.skip('vector-vrl, which runs the pipeline, needs Python 3.12', allow_module_level=True)

from datadog_checks.cilium.commands.recorded_cluster import VERSION
from toolkit.logs import attributes
from toolkit.logs.agent import LINE_BREAK, AgentRules
from toolkit.logs.pipeline import Pipeline, ProcessedLog
from toolkit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
RECORDINGS = Path(__file__).parents[2] / 'toolkit/logs/recordings'
LOGS = sorted(RECORDINGS.rglob('*.log'))
FLOWS = RECORDINGS / VERSION / 'hubble_flows.jsonl'

STATUS = {'debug': 'debug', 'info': 'info', 'warn': 'warn', 'warning': 'warn', 'error': 'error'}
KLOG_STATUS = {'I': 'info', 'W': 'warn', 'E': 'error', 'F': 'emergency'}
UNITS = {'h': 3600 * 10**9, 'm': 60 * 10**9, 's': 10**9, 'ms': 10**6, 'µs': 10**3, 'ns': 1}

# Wire names whose value is not simply that of the attribute: pods are split, errors differ in escapes (see below), and
# a message with an own `source` or `total` is rare enough to be in the samples only.
READ_OTHERWISE = {'k8sPodName', 'error', 'source', 'total', 'node_name', 'dnsName', 'caller', 'ipAddr.ipv4', 'ipAddr'}


@dataclass(frozen=True)
class Reading:
    """What a line says, read without the pipeline."""

    message: str
    status: str
    milliseconds: int
    fields: dict[str, object]


def read(line: str) -> Reading:
    """Read a line of a component: JSON, `key=value`, klog or the standard library of Go."""
    if line.startswith('{'):
        fields = json.loads(line)
        return Reading(fields.pop('msg'), STATUS[fields.pop('level')], milliseconds(fields.pop('time')), fields)
    if klog := re.fullmatch(r'([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d{6}) +(\d+) [^ ]+\] (.*)', line):
        time = datetime.strptime(f'{datetime.now(UTC).year}{klog[2]}Z', '%Y%m%d %H:%M:%S.%f%z')
        return Reading(klog[4], KLOG_STATUS[klog[1]], int(time.timestamp() * 1000), {'threadID': klog[3]})
    if go := re.fullmatch(r'(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) ([A-Z]+) (\w+)( .*)?', line):
        time = datetime.strptime(f'{go[1]}Z', '%Y/%m/%d %H:%M:%S%z')
        return Reading(go[3], STATUS[go[2].lower()], int(time.timestamp() * 1000), dict(pairs((go[4] or '').lstrip())))
    fields = dict(pairs(line))
    return Reading(fields.pop('msg'), STATUS[fields.pop('level')], milliseconds(fields.pop('time')), fields)


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield keys and values of `key=value key="quoted value"`, character by character. Keys may have spaces."""
    position = 0
    while position < len(text):
        equals = text.index('=', position)
        key, position = text[position:equals], equals + 1
        if text[position : position + 1] == '"':
            end = position + 1
            while text[end] != '"':
                end += 2 if text[end] == '\\' else 1
            value, position = unquoted(text[position : end + 1]), end + 1
        else:
            end = text.find(' ', position)
            end = len(text) if end < 0 else end
            value, position = text[position:end], end
        yield key, value
        position += 1


def unquoted(literal: str) -> str:
    return json.loads(re.sub(r'\\x([0-9a-f]{2})', r'\\u00\1', literal))


def milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def nanoseconds(duration: object) -> float:
    if not isinstance(duration, str):
        return duration
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r'([\d.]+)(h|ms|m|µs|ns|s)', duration))


@pytest.fixture(scope='module')
def pipeline() -> Pipeline:
    return Pipeline.load(ROOT / 'assets/logs/cilium.yaml')


@pytest.fixture(scope='module')
def flows(pipeline: Pipeline) -> list[tuple[dict, ProcessedLog]]:
    lines = FLOWS.read_text(encoding='utf-8').splitlines()
    return list(zip(map(json.loads, lines), pipeline.process_all(lines, 'hubble'), strict=True))


@pytest.mark.parametrize('path', LOGS, ids=lambda path: str(path.relative_to(RECORDINGS)))
def test_lines_of_components(pipeline: Pipeline, path: Path) -> None:
    schema = read_yaml(ROOT / 'toolkit/logs/schema.yaml')
    lines = path.read_text(encoding='utf-8').splitlines()
    assert lines

    for line, log in zip(lines, pipeline.process_all(lines, 'cilium-agent', milliseconds=0), strict=True):
        reading = read(line)
        assert log.rules, f'no rule reads {line}'
        assert log.status == reading.status, line
        assert log.timestamp == reading.milliseconds, line
        assert plain(log.message) == reading.message, line
        for attribute in schema:
            assert_value(log, attribute, reading, line)


def assert_value(log: ProcessedLog, attribute: dict, reading: Reading, line: str) -> None:
    """Assert that the attribute has the value of the first of its wire names that the line has, or is not there."""
    name = attribute['name']
    value = attributes.get(log.attributes, name)
    if name in ('cilium.pod.namespace', 'cilium.pod.name'):
        namespace, _, pod = str(reading.fields.get('k8sPodName', '')).partition('/')
        expected = {'cilium.pod.namespace': namespace, 'cilium.pod.name': pod}[name] or None
        assert value == expected, line
    elif name == 'error.message':
        assert (None if value is None else plain(str(value))) == reading.fields.get('error'), line
    elif name == 'duration':
        written = [nanoseconds(reading.fields[key]) for key in attribute['from'] if key in reading.fields]
        if 'total' in reading.fields and 'egeneration' not in reading.message:
            written = []
        assert value == pytest.approx(written[0]) if written else value is None, line
    elif not set(attribute['from']) & READ_OTHERWISE:
        written = [reading.fields[key] for key in attribute['from'] if reading.fields.get(key) not in (None, '')]
        assert (None if value in (None, '') else str(value)) == (str(written[0]) if written else None), (name, line)


def plain(text: str) -> str:
    """Return text of the pipeline without the escapes that it leaves in quoted text."""
    return text.replace('\\"', '"').replace('\\n', '\n').replace('\\t', '\t').replace('\\\\', '\\')


def test_json_whose_message_is_taken_already(pipeline: Pipeline) -> None:
    """Datadog may take `msg` for the message before the pipeline runs. It makes no difference."""
    lines = (RECORDINGS / VERSION / 'json' / 'agent.log').read_text(encoding='utf-8').splitlines()
    taken = [line.replace('"msg":', '"message":', 1) for line in lines]
    assert taken != lines
    assert pipeline.process_all(taken, milliseconds=0) == pipeline.process_all(lines, milliseconds=0)


@pytest.mark.parametrize('path', LOGS, ids=lambda path: str(path.relative_to(RECORDINGS)))
def test_the_agent_sends_every_line_but_those_for_flags(path: Path) -> None:
    lines = path.read_text(encoding='utf-8').splitlines()
    assert AgentRules.load().logs(lines) == [line for line in lines if not read(line).message.startswith('  --')]


@pytest.mark.parametrize('path', LOGS, ids=lambda path: str(path.relative_to(RECORDINGS)))
def test_what_is_joined_to_a_line_is_neither_lost_nor_in_the_way(pipeline: Pipeline, path: Path) -> None:
    """A component runs programs, whose output may follow any line: the log is the same, and has that output too."""
    output = 'modprobe: FATAL: Module ip6_tables=x not "found"'
    lines = path.read_text(encoding='utf-8').splitlines()
    sent = AgentRules.load().logs(text for line in lines for text in (line, output))
    assert len(sent) == len(lines)

    alone = pipeline.process_all(lines, milliseconds=0)
    for line, before, after in zip(lines, alone, pipeline.process_all(sent, milliseconds=0), strict=True):
        assert (after.status, after.timestamp) == (before.status, before.timestamp), line
        joined = attributes.get(after.attributes, 'cilium.next_lines')
        if joined is None:
            assert after.message == before.message + LINE_BREAK + output, line
        else:
            attributes.remove(after.attributes, 'cilium.next_lines')
            assert (after.message, joined) == (before.message, output), line
        assert filled(after) == filled(before), line


def filled(log: ProcessedLog) -> dict[str, object]:
    """Return values by path, without nulls and empty objects, which the grok parser leaves out of JSON."""
    return {path: value for path, value in attributes.paths(log.attributes) if value not in (None, {})}


def test_every_format_occurs() -> None:
    lines = [line for path in LOGS for line in path.read_text(encoding='utf-8').splitlines()]
    for beginning in ('time="', 'time=2', '{"time"', 'W1', 'E1', '2026/'):
        assert any(line.startswith(beginning) for line in lines), beginning


def test_flows_have_time_and_message(flows: list[tuple[dict, ProcessedLog]]) -> None:
    assert len(flows) > 200
    for event, log in flows:
        assert log.timestamp == milliseconds(event['time'])
        assert not log.message.startswith('{'), event
        assert '  ' not in log.message, event


def test_flows_keep_who_and_what(flows: list[tuple[dict, ProcessedLog]]) -> None:
    seen = set()
    for event, log in flows:
        if 'flow' not in event:
            continue
        flow = event['flow']
        ports = next((layer for layer in flow.get('l4', {}).values() if 'source_port' in layer), {})
        wire = {
            'hubble.verdict': flow['verdict'],
            'hubble.drop_reason': flow.get('drop_reason_desc'),
            'hubble.traffic_direction': flow.get('traffic_direction'),
            'network.client.ip': flow.get('IP', {}).get('source'),
            'network.destination.ip': flow.get('IP', {}).get('destination'),
            'network.client.port': ports.get('source_port'),
            'network.destination.port': ports.get('destination_port'),
            'hubble.source.pod': flow.get('source', {}).get('pod_name'),
            'hubble.source.namespace': flow.get('source', {}).get('namespace'),
            'hubble.source.identity': flow.get('source', {}).get('identity'),
            'hubble.destination.pod': flow.get('destination', {}).get('pod_name'),
            'hubble.destination.namespace': flow.get('destination', {}).get('namespace'),
            'hubble.destination.identity': flow.get('destination', {}).get('identity'),
            'dns.question.name': flow.get('l7', {}).get('dns', {}).get('query', '').rstrip('.') or None,
            'cilium.cluster.name': 'demo',
            'cilium.node.name': 'vm',
        }
        assert {name: attributes.get(log.attributes, name) for name in wire} == wire
        deciding = [
            policy['name']
            for side in ('ingress', 'egress')
            for effect in ('allowed', 'denied')
            for policy in flow.get(f'{side}_{effect}_by', [])
            if 'name' in policy
        ]
        assert attributes.get(log.attributes, 'hubble.policy.name') == (','.join(deciding) or None)
        seen.add((flow['verdict'], flow.get('drop_reason_desc'), flow['Type'], log.status))

    assert seen == {
        ('DROPPED', 'POLICY_DENIED', 'L3_L4', 'warn'),
        ('DROPPED', 'STALE_OR_UNROUTABLE_IP', 'L3_L4', 'warn'),
        ('DROPPED', 'UNSUPPORTED_L3_PROTOCOL', 'L3_L4', 'warn'),
        ('DROPPED', None, 'L7', 'warn'),
        ('FORWARDED', None, 'L3_L4', 'info'),
        ('FORWARDED', None, 'L7', 'info'),
        ('FORWARDED', None, 'L7', 'notice'),
        ('REDIRECTED', None, 'L3_L4', 'info'),
    }
