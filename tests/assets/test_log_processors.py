# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The runner of log pipelines: what each processor does, and what it does with lines that are out to break it."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hostile_lines import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

if sys.version_info < (3, 12):
    pytest.skip('vector-vrl, which runs the pipeline, needs Python 3.12', allow_module_level=True)

from toolkit.logs import attributes, engine
from toolkit.logs.pipeline import MAX_CHARACTERS, LineTooLong, Pipeline, ProcessedLog, matches
from toolkit.logs.processors import Log, ProcessorError, read_processor, status_of, time_of

CILIUM = Pipeline.load(Path(__file__).parents[2] / 'assets/logs/cilium.yaml')
ARRIVAL = 1_000


def run(processor: dict, given_attributes: dict, message: str = '') -> Log:
    log = Log(message, 'info', ARRIVAL, 'cilium', 'cilium', attributes=given_attributes)
    read_processor({'name': 'x', **processor})([log])
    return log


def remapper(**more: object) -> dict:
    return {
        'type': 'attribute-remapper',
        'sources': ['a', 'b'],
        'sourceType': 'attribute',
        'target': 'c.d',
        'targetType': 'attribute',
        'preserveSource': False,
        'overrideOnConflict': False,
        **more,
    }


# Datadog's table: https://docs.datadoghq.com/logs/log_configuration/processors/log_status_remapper/
@pytest.mark.parametrize(
    ('level', 'status'),
    [
        ('fatal', 'emergency'),
        ('EMERGENCY', 'emergency'),
        ('alert', 'alert'),
        ('critical', 'critical'),
        ('error', 'error'),
        ('ERR', 'error'),
        ('warning', 'warn'),
        ('W', 'warn'),
        ('notice', 'notice'),
        ('info', 'info'),
        ('debug', 'debug'),
        ('trace', 'debug'),
        ('ok', 'ok'),
        ('success', 'ok'),
        (3, 'error'),
        ('7', 'debug'),
        ('8', 'info'),
        ('panic', 'info'),
        ('E', 'info'),
    ],
)
def test_status_of(level: object, status: str) -> None:
    assert status_of(level) == status


@pytest.mark.parametrize(
    ('value', 'milliseconds'),
    [
        (1770109200000, 1770109200000),
        ('2026-02-03T09:00:00Z', 1770109200000),
        ('2026-02-03T09:00:00', 1770109200000),
        ('2026-02-03T10:00:00.25+01:00', 1770109200250),
        ('yesterday', None),
        (None, None),
        (True, None),
    ],
)
def test_time_of(value: object, milliseconds: int | None) -> None:
    assert time_of(value) == milliseconds


@pytest.mark.parametrize(
    ('options', 'before', 'after'),
    [
        ({}, {'a': 1}, {'c': {'d': 1}}),
        ({}, {'b': 2}, {'c': {'d': 2}}),
        ({}, {'a': 1, 'b': 2}, {'b': 2, 'c': {'d': 1}}),
        ({}, {'a': 1, 'c': {'d': 9}}, {'a': 1, 'c': {'d': 9}}),
        ({'overrideOnConflict': True}, {'a': 1, 'c': {'d': 9}}, {'c': {'d': 1}}),
        ({'preserveSource': True}, {'a': 1}, {'a': 1, 'c': {'d': 1}}),
        ({'targetFormat': 'integer'}, {'a': '7'}, {'c': {'d': 7}}),
        ({'targetFormat': 'integer'}, {'a': 'seven'}, {'c': {'d': 'seven'}}),
        ({'targetFormat': 'double'}, {'a': '7.5'}, {'c': {'d': 7.5}}),
        ({'targetFormat': 'string'}, {'a': 7}, {'c': {'d': '7'}}),
        ({}, {'z': 1}, {'z': 1}),
        # Text in the way of an object.
        ({'sources': ['c']}, {'c': 'text'}, {'c': {'d': 'text'}}),
    ],
)
def test_attribute_remapper(options: dict, before: dict, after: dict) -> None:
    assert run(remapper(**options), before).attributes == after


def test_status_remapper_counts_once() -> None:
    log = run({'type': 'status-remapper', 'sources': ['x', 'level']}, {'level': 'error'})
    assert log.status == 'error'
    read_processor({'type': 'status-remapper', 'name': 'later', 'sources': ['late']})([log])
    log.attributes['late'] = 'debug'
    assert log.status == 'error'
    assert log.attributes == {'level': 'error', 'late': 'debug'}


def test_message_remapper_takes_the_attribute_away() -> None:
    log = run({'type': 'message-remapper', 'sources': ['msg']}, {'msg': 'hello'}, 'raw')
    assert (log.message, log.attributes) == ('hello', {})


def test_date_remapper_keeps_the_arrival_without_a_date() -> None:
    assert run({'type': 'date-remapper', 'sources': ['t']}, {'t': 'noon'}).timestamp == ARRIVAL
    assert run({'type': 'date-remapper', 'sources': ['t']}, {'t': 5}).timestamp == 5


def test_service_remapper() -> None:
    assert run({'type': 'service-remapper', 'sources': ['app']}, {'app': 'relay'}).service == 'relay'


@pytest.mark.parametrize(
    ('template', 'replace', 'built'),
    [
        ('%{a} to %{b.c}', False, '1 to x'),
        ('%{a} to %{none}', False, None),
        ('%{a} to %{none}', True, '1 to '),
        ('%{list}', False, 'y,z'),
        ('%{objects.name}', False, 'n,m'),
        ('%{b}', False, None),
        ('%{yes}', False, 'true'),
    ],
)
def test_string_builder(template: str, replace: bool, built: str | None) -> None:
    values = {'a': 1, 'b': {'c': 'x'}, 'list': ['y', 'z'], 'objects': [{'name': 'n'}, {'name': 'm'}], 'yes': True}
    processor = {'type': 'string-builder-processor', 'template': template, 'target': 't', 'replaceMissing': replace}
    assert run(processor, values).attributes.get('t') == built


def test_string_builder_overwrites_and_cuts() -> None:
    processor = {'type': 'string-builder-processor', 'template': '%{a}', 'target': 't', 'replaceMissing': False}
    assert run(processor, {'a': 'x' * 300, 't': 'old'}).attributes['t'] == 'x' * 256


@pytest.mark.parametrize(
    ('expression', 'replace', 'value'),
    [
        ('a.b + c * 2', False, 7),
        ('(a.b - c) / 4', False, 0.25),
        ('a.b + none', False, None),
        ('a.b + none', True, 3),
        ('a.b / none', True, None),
        ('a.b + text', True, 3),
    ],
)
def test_arithmetic(expression: str, replace: bool, value: float | None) -> None:
    processor = {
        'type': 'arithmetic-processor',
        'expression': expression,
        'target': 't',
        'replaceMissing': replace,
    }
    assert run(processor, {'a': {'b': 3}, 'c': 2, 'text': 'x'}).attributes.get('t') == value


def test_category_is_the_first_that_fits() -> None:
    processor = {
        'type': 'category-processor',
        'target': 'kind',
        'categories': [
            {'filter': {'query': '@code:>=500'}, 'name': 'error'},
            {'filter': {'query': '@code:>=400'}, 'name': 'warn'},
        ],
    }
    assert run(processor, {'code': 503}).attributes['kind'] == 'error'
    assert run(processor, {'code': 404}).attributes['kind'] == 'warn'
    assert 'kind' not in run(processor, {'code': 200}).attributes


def test_lookup() -> None:
    processor = {
        'type': 'lookup-processor',
        'source': 'n',
        'target': 't',
        'lookupTable': ['1,one', '2,two, or so'],
        'defaultLookup': 'many',
    }
    assert run(processor, {'n': 2}).attributes['t'] == 'two, or so'
    assert run(processor, {'n': 3}).attributes['t'] == 'many'
    assert 't' not in run(processor, {}).attributes


@pytest.mark.parametrize(
    ('url', 'details'),
    [
        ('/orders?page=2&x', {'path': '/orders', 'queryString': {'page': '2', 'x': ''}}),
        ('http://a:80/b', {'scheme': 'http', 'host': 'a', 'port': 80, 'path': '/b'}),
        ('http://a:port/b', {'path': 'http://a:port/b'}),
        ('http://[::1', {'path': 'http://[::1'}),
    ],
)
def test_url_parser(url: str, details: dict) -> None:
    assert run({'type': 'url-parser', 'sources': ['u'], 'target': 't'}, {'u': url}).attributes['t'] == details


def test_exclude_removes_empty_parents() -> None:
    assert run({'type': 'exclude-attribute', 'attributeToExclude': 'a.b'}, {'a': {'b': 1}, 'c': 2}).attributes == {
        'c': 2
    }


@pytest.mark.parametrize(
    ('document', 'message'),
    [
        ({'type': 'geo-ip-parser'}, "type 'geo-ip-parser' is not one that runs here"),
        ({'type': 'status-remapper'}, "has no key 'sources'"),
        (remapper(targetType='tag'), 'only remapping from attribute to attribute'),
    ],
)
def test_bad_processor(document: dict, message: str) -> None:
    with pytest.raises(ProcessorError, match=message):
        read_processor({'name': 'mine', **document})


def test_bad_grok_rule() -> None:
    with pytest.raises(engine.EngineError, match='no pattern'):
        engine.read_rules('lonely')
    with pytest.raises(engine.EngineError, match='myrule'):
        engine.parse_grok(engine.read_rules('myrule %{unheard_of:a}'), [], ['x'])


@pytest.mark.parametrize('query', ['(a', 'a)', '"x', '@a:[1 TO', '@a:>', 'a OR', '@x:(', '\x01'])
def test_bad_query(query: str) -> None:
    with pytest.raises(engine.EngineError, match='not valid'):
        engine.matches_query(query, [{}])


@pytest.mark.parametrize('query', ["x\\'; .out = true; '", '"); .out = true; ("', '{{ .event }}', 'a\\'])
def test_query_cannot_leave_its_quotes(query: str) -> None:
    with suppress(engine.EngineError):
        assert engine.matches_query(query, [{'message': 'y'}]) == [False]


def test_grok_takes_the_first_rule() -> None:
    rules = engine.read_rules('one %{integer:n}\ntwo %{data:text}')
    assert engine.parse_grok(rules, [], ['5', 'five']) == [
        engine.GrokMatch('one', {'n': 5}),
        engine.GrokMatch('two', {'text': 'five'}),
    ]


def test_json_message_becomes_the_message() -> None:
    log = CILIUM.process('{"message":"hello","a":1}', milliseconds=ARRIVAL)
    assert (log.message, log.attributes) == ('hello', {'a': 1})


def test_log_with_attributes_is_read_as_its_json() -> None:
    document = {'level': 'error', 'msg': 'x'}
    assert CILIUM.process(document, milliseconds=1) == CILIUM.process(json.dumps(document), milliseconds=1)
    assert document == {'level': 'error', 'msg': 'x'}


@pytest.mark.parametrize(
    ('query', 'found'),
    [
        ('status:error', True),
        ('status:(error OR warn) source:cilium-agent', True),
        ('@cilium.endpoint.id:1873', True),
        ('@cilium.endpoint.id:1', False),
        ('@cilium.endpoint.id:>1000', True),
        ('kube_node:worker-1', True),
        ('"too big for map"', True),
        ('"policymap full"', False),
        ('-status:error', False),
        ('*', True),
    ],
)
def test_matches(query: str, found: bool) -> None:
    line = 'level=error msg="Failed" endpointID=1873 error="key too big for map"'
    assert matches(query, CILIUM.process(line, 'cilium-agent', tags=['kube_node:worker-1'])) is found


def test_line_that_is_too_long() -> None:
    with pytest.raises(LineTooLong, match='shorten it'):
        CILIUM.process('x' * (MAX_CHARACTERS + 1))


def unread(log: ProcessedLog, line: str) -> bool:
    return (log.message, log.attributes, log.rules) == (line, {}, ())


@pytest.mark.parametrize(
    'line',
    [
        '{',
        '{"a":',
        '[1]',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":' * 50 + '1' + '}' * 50,
        '{"a":' * 20_000,
        '{"a":"\\ud800"}',
        '{"a":1e999}',
    ],
    ids=lambda line: line[:16],
)
def test_json_that_datadog_would_not_take_stays_text(line: str) -> None:
    assert unread(CILIUM.process(line, milliseconds=ARRIVAL), line)


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_lines_are_processed(name: str) -> None:
    """What they cost: `make bench`."""
    assert CILIUM.process(HOSTILE[name]).message


lines = st.text(st.characters(codec='utf-8'), max_size=80)
pieces = st.sampled_from(
    ['level=', 'msg="', '"', '\\', 'time=', 'error="', ' ', '=', 'a=b ', 'panic: ', '[', ']', '{', 'x', '\n', 'é']
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
wire_names = st.sampled_from(['flow', 'time', 'level', 'msg', 'error', 'source', 'logger', 'duration', 'cilium', 'l7'])


@settings(max_examples=60, deadline=None)
@given(st.lists(lines | st.lists(pieces, max_size=20).map(''.join), min_size=1, max_size=20))
def test_any_text_comes_out(batch: list[str]) -> None:
    """Nothing raises, nothing is lost, and a line has the same result alone as among others."""
    logs = CILIUM.process_all(batch, milliseconds=ARRIVAL)
    assert len(logs) == len(batch)
    assert logs[0] == CILIUM.process(batch[0], milliseconds=ARRIVAL)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(wire_names | st.text(max_size=5), json_values | st.dictionaries(wire_names, json_values)))
def test_any_json_comes_out(document: dict) -> None:
    assert isinstance(CILIUM.process(json.dumps(document)).message, str)


def test_paths() -> None:
    tree: attributes.Attributes = {}
    attributes.put(tree, 'a.b.c', 1)
    attributes.put(tree, 'a.d', [{'e': 2}, {'e': 3}])
    assert dict(attributes.paths(tree)) == {'a.b.c': 1, 'a.d': [{'e': 2}, {'e': 3}]}
    assert attributes.values_in(tree, 'a.d.e') == [2, 3]
    attributes.remove(tree, 'a.b.c')
    assert tree == {'a': {'d': [{'e': 2}, {'e': 3}]}}
    assert attributes.depth({'a': {'b': []}}) == 3
