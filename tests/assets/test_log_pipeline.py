# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The log pipeline: its structure, and what becomes of the samples in `assets/logs/cilium_tests.yaml`."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from for_each import for_each

if sys.version_info < (3, 12):
    pytest.skip('vector-vrl, which runs the pipeline, needs Python 3.12', allow_module_level=True)

from datadog_api_client.v1.model.logs_pipeline import LogsPipeline

from toolkit.api_models.schema import violations
from toolkit.installer.assets.files import api_pipeline
from toolkit.logs import attributes, engine
from toolkit.logs.__main__ import main
from toolkit.logs.agent import LINE_BREAK
from toolkit.logs.pipeline import Pipeline, ProcessedLog
from toolkit.yaml_files import parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / 'assets/logs/cilium.yaml'
DOCUMENT = read_yaml(FILE)
SAMPLES = read_yaml(ROOT / 'assets/logs/cilium_tests.yaml')
SCHEMA = {row['name']: row for row in read_yaml(ROOT / 'toolkit/logs/schema.yaml')}

# The time at which the samples arrive, in milliseconds: the timestamp of those that have none.
ARRIVAL = 1
ADD_A_SAMPLE = 'Add one to assets/logs/cilium_tests.yaml: `.venv/bin/python -m toolkit.logs < lines` prints it'
# Where attributes with a meaning live. All others are fields of Cilium under their own name.
NAMESPACES = ('cilium', 'dns', 'duration', 'error', 'hubble', 'http', 'logger', 'network')
TYPES = {'text': str, 'integer': int, 'boolean': bool, 'list': list, 'object': dict}
FACET_TYPES = {'text': None, 'list': None, 'integer': 'integer'}


def processors(pipeline: dict) -> Iterator[dict]:
    for processor in pipeline['processors']:
        yield processor
        if processor['type'] == 'pipeline':
            yield from processors(processor)


def grok_parsers() -> list[dict]:
    return [processor for processor in processors(DOCUMENT['pipeline']) if processor['type'] == 'grok-parser']


@pytest.fixture(scope='module')
def pipeline() -> Pipeline:
    return Pipeline.load(FILE)


@pytest.fixture(scope='module')
def logs(pipeline: Pipeline) -> list[ProcessedLog]:
    """The samples, processed."""
    return pipeline.process_all([test['sample'] for test in SAMPLES['tests']], milliseconds=ARRIVAL)


def test_structure() -> None:
    assert violations(LogsPipeline, api_pipeline(DOCUMENT['pipeline'])) == []


def test_structure_is_strict() -> None:
    wrong = api_pipeline(DOCUMENT['pipeline'])
    wrong['processors'][0]['grok'].pop('match_rules')
    assert violations(LogsPipeline, wrong)


def test_file_has_the_keys_of_an_integration() -> None:
    assert list(DOCUMENT) == ['id', 'metric_id', 'backend_only', 'facets', 'pipeline']
    assert DOCUMENT['id'] == SAMPLES['id'] == 'cilium'
    assert list(SAMPLES) == ['id', 'tests']


@pytest.mark.parametrize(
    'source',
    [
        'cilium',
        'cilium-agent',
        'cilium-operator',
        'hubble-relay',
        'clustermesh-apiserver',
        'kvstoremesh',
        'cilium-envoy',
        'standalone-dns-proxy',
        'hubble',
    ],
)
def test_filter_finds_every_source(pipeline: Pipeline, source: str) -> None:
    assert pipeline.process('level=error msg="x"', source).message == 'x'


def test_filter_leaves_other_sources_alone(pipeline: Pipeline) -> None:
    log = pipeline.process('level=error msg="x"', 'nginx', milliseconds=ARRIVAL)
    assert log == ProcessedLog('level=error msg="x"', 'info', ARRIVAL, 'nginx', 'nginx', (), {}, ())


def test_pipelines_are_nested_once() -> None:
    """Datadog nests pipelines one level deep."""
    for nested in DOCUMENT['pipeline']['processors']:
        inner = nested.get('processors', [])
        assert not [processor['name'] for processor in inner if processor['type'] == 'pipeline']


def test_processors_have_names_and_are_on() -> None:
    for processor in processors(DOCUMENT['pipeline']):
        assert processor['name']
        assert processor['enabled'] is True
    names = Counter(processor['name'] for processor in grok_parsers())
    assert [name for name, number in names.items() if number > 1] == [], 'rules are told apart by their parser'


@pytest.mark.parametrize('index', range(len(SAMPLES['tests'])))
def test_sample(logs: list[ProcessedLog], index: int) -> None:
    test, log = SAMPLES['tests'][index], logs[index]
    result = {'message': log.message, 'status': log.status, 'tags': ['source:LOGS_SOURCE']}
    if 'timestamp' in test['result']:
        result['timestamp'] = log.timestamp
    if log.attributes:
        result['custom'] = log.attributes
    assert result == test['result'], 'left: what the pipeline makes of it. Right: `result` in cilium_tests.yaml'


def test_only_klog_has_no_timestamp() -> None:
    """Its lines have no year: what Datadog makes of them depends on the year in which it reads them."""
    without = [test['sample'] for test in SAMPLES['tests'] if 'timestamp' not in test['result']]
    assert len(without) == 4
    assert all(sample[1:6] == '1123 ' for sample in without)


def test_there_are_samples_of_every_era_and_form() -> None:
    samples = [test['sample'] for test in SAMPLES['tests']]
    assert len(samples) >= 60
    assert len(set(samples)) == len(samples)
    beginnings = (
        'level=',
        'time="',
        'time=2',
        '{"time"',
        '[20',
        'panic: ',
        '{"flow"',
        '{"agent_event"',
        '{"lost_events"',
    )
    for beginning in beginnings:
        assert any(sample.startswith(beginning) for sample in samples), beginning


def test_both_line_breaks_are_read_alike(pipeline: Pipeline) -> None:
    """The Agent joins lines with a backslash and an `n`. What people paste, and what other senders send, has breaks."""
    broken = [test['sample'] for test in SAMPLES['tests'] if '\n' in test['sample']]
    assert len(broken) >= 8
    escaped = pipeline.process_all([sample.replace('\n', LINE_BREAK) for sample in broken], milliseconds=ARRIVAL)
    for log, other in zip(pipeline.process_all(broken, milliseconds=ARRIVAL), escaped, strict=True):
        assert (other.status, other.timestamp) == (log.status, log.timestamp)
        assert other.message.replace(LINE_BREAK, '\n') == log.message.replace(LINE_BREAK, '\n')
        assert json.dumps(other.attributes).replace(r'\\n', r'\n') == json.dumps(log.attributes).replace(r'\\n', r'\n')


@pytest.mark.parametrize('parser', grok_parsers(), ids=lambda parser: parser['name'])
def test_rules_are_not_shadowed(logs: list[ProcessedLog], parser: dict) -> None:
    """Each rule is the first that matches some sample. If an earlier one shadowed it, there would be none."""
    matched = {rule for log in logs for rule in log.rules}
    rules = engine.read_rules(parser['grok']['matchRules'])
    without = [rule.name for rule in rules if f'{parser["name"]}/{rule.name}' not in matched]
    assert without == [], f'no sample is read by these rules. {ADD_A_SAMPLE}'


@pytest.mark.parametrize('parser', grok_parsers(), ids=lambda parser: parser['name'])
def test_parsers_read_their_own_samples(parser: dict) -> None:
    assert 1 <= len(parser['samples']) <= 5
    found = engine.parse_grok(
        engine.read_rules(parser['grok']['matchRules']),
        engine.read_rules(parser['grok']['supportRules']),
        parser['samples'],
    )
    assert None not in found


def test_attributes_are_those_of_the_schema(logs: list[ProcessedLog]) -> None:
    objects = tuple(f'{name}.' for name, row in SCHEMA.items() if row['type'] == 'object')
    unknown = {
        path
        for log in logs
        for path, _ in attributes.paths(log.attributes)
        if path.split('.')[0] in NAMESPACES and path not in SCHEMA and not path.startswith(objects)
    }
    assert unknown == set(), 'write a row for each into toolkit/logs/schema.yaml'


@for_each('name', SCHEMA)
def test_schema(logs: list[ProcessedLog], name: str) -> None:
    """Some sample has the attribute, and all that have it agree with the documented type."""
    values = [value for log in logs if (value := attributes.get(log.attributes, name)) is not None]
    assert values, f'no sample has this attribute of toolkit/logs/schema.yaml. {ADD_A_SAMPLE}'
    assert {type(value) for value in values} == {TYPES[SCHEMA[name]['type']]}


def test_schema_names_the_sources_of_the_pipeline() -> None:
    """What the schema calls the name on the wire is a source of a processor, or part of a template or a grok rule."""
    text = FILE.read_text(encoding='utf-8')
    read = {source for p in processors(DOCUMENT['pipeline']) for source in (p.get('sources') or [p.get('source')])}
    for row in SCHEMA.values():
        for wire in row['from']:
            assert wire in read or f'%{{{wire}.' in text or f'@{wire}:' in text or f' {wire}=%{{' in text, wire


def test_remapped_attributes_are_in_the_schema() -> None:
    for processor in processors(DOCUMENT['pipeline']):
        target = processor.get('target', '')
        if not target.startswith('cilium.draft.') and target not in ('', 'time'):
            assert target in SCHEMA, (
                f'`{processor["name"]}` in assets/logs/cilium.yaml: write a row for {target} '
                'into toolkit/logs/schema.yaml'
            )


@pytest.mark.parametrize('facet', DOCUMENT['facets'], ids=lambda facet: facet['path'])
def test_facet(logs: list[ProcessedLog], facet: dict) -> None:
    row = SCHEMA.get(facet['path'])
    filled = any(attributes.get(log.attributes, facet['path']) is not None for log in logs)
    assert filled, f'no sample has this attribute. {ADD_A_SAMPLE}'
    assert facet['source'] == 'log'
    assert facet['name']
    assert facet['groups']
    if row and row.get('unit'):
        assert facet['unit'] == {'family': 'time', 'name': row['unit']}
        assert facet['facetType'] == 'range'
    elif row:
        assert facet.get('type') == FACET_TYPES[row['type']]


def test_facets_are_unique() -> None:
    paths = [facet['path'] for facet in DOCUMENT['facets']]
    assert len(set(paths)) == len(paths)
    assert len({(tuple(facet['groups']), facet['name']) for facet in DOCUMENT['facets']}) == len(paths)


def test_source_of_a_line_is_never_overwritten(pipeline: Pipeline) -> None:
    text = 'level=debug source=/go/src/x.go:42 msg="x" host=a service=b status=c source=/late.go:1'
    for line in (text, '{"level":"debug","source":{"file":"/go/src/x.go","line":42},"msg":"x","service":"b"}'):
        log = pipeline.process(line, 'cilium-agent', service='network')
        assert (log.source, log.service, log.status) == ('cilium-agent', 'network', 'debug')
        assert attributes.get(log.attributes, 'cilium.source') == {'file': '/go/src/x.go', 'line': 42}


def test_command_prints_samples(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [test for test in SAMPLES['tests'] if 'timestamp' in test['result'] and '\n' not in test['sample']]
    wanted = [test for test in wanted if test['result']['timestamp'] != ARRIVAL]
    # The Agent leaves out the lines for flags.
    wanted = [test for test in wanted if LINE_BREAK in test['sample'] or '"  --' not in test['sample']]
    monkeypatch.setattr('sys.stdin', io.StringIO('\n'.join(test['sample'] for test in wanted) + '\n'))
    main(['--source', 'cilium-agent'])
    assert parse_yaml(capsys.readouterr().out) == wanted


def test_command_joins_lines_as_the_agent_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ['level=info msg="  --debug=true"', 'panic: close of closed channel', 'goroutine 1:', 'level=info msg="x"']
    monkeypatch.setattr('sys.stdin', io.StringIO('\n'.join(lines)))
    main([])
    samples = [test['sample'] for test in parse_yaml(capsys.readouterr().out)]
    assert samples == [LINE_BREAK.join(lines[1:3]), lines[3]]


def test_command_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.stdin', io.StringIO('x' * 100_001))
    with pytest.raises(SystemExit, match='shorten it'):
        main([])
