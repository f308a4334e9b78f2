# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the strict schema of dashboards, monitors and log pipelines catches."""

from __future__ import annotations

from copy import deepcopy

import pytest
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.logs_pipeline import LogsPipeline
from datadog_api_client.v1.model.monitor import Monitor

from toolkit.api_models.schema import violations

LOG_STREAM = {
    'response_format': 'event_list',
    'query': {'data_source': 'logs_stream', 'query_string': 'source:cilium-agent', 'indexes': []},
    'columns': [{'field': 'status_line', 'width': 'auto'}],
}
DASHBOARD = {
    'title': 'A dashboard',
    'description': None,
    'layout_type': 'ordered',
    'template_variables': [{'name': 'cluster', 'prefix': 'kube_cluster_name', 'defaults': ['*']}],
    'widgets': [
        {
            'id': 1,
            'layout': {'x': 0, 'y': 0, 'width': 12, 'height': 4},
            'definition': {
                'type': 'group',
                'layout_type': 'ordered',
                'widgets': [
                    {
                        'definition': {
                            'type': 'timeseries',
                            'requests': [
                                {
                                    'response_format': 'timeseries',
                                    'display_type': 'line',
                                    'queries': [
                                        {'name': 'a', 'data_source': 'metrics', 'query': 'avg:cilium.version{*}'}
                                    ],
                                    'formulas': [{'formula': 'a', 'limit': {'count': 5, 'order': 'desc'}}],
                                }
                            ],
                            'yaxis': {'include_zero': True},
                        }
                    },
                    {'definition': {'type': 'list_stream', 'requests': [LOG_STREAM]}},
                ],
            },
        }
    ],
}
MONITOR = {
    'name': 'A monitor',
    'type': 'query alert',
    'query': 'avg(last_5m):avg:cilium.version{*} > 1',
    'message': 'Look.',
    'tags': ['integration:cilium'],
    'priority': 3,
    'options': {'thresholds': {'critical': 1, 'warning': 0.5}, 'on_missing_data': 'default', 'silenced': {}},
}

PIPELINE = {
    'name': 'Cilium',
    'is_enabled': True,
    'filter': {'query': 'source:cilium-agent'},
    'processors': [
        {'type': 'date-remapper', 'sources': ['time'], 'is_enabled': True},
        {'type': 'grok-parser', 'source': 'message', 'samples': ['a'], 'grok': {'match_rules': 'a %{data}'}},
        {
            'type': 'pipeline',
            'name': 'Inner',
            'filter': {'query': '*'},
            'processors': [{'type': 'status-remapper', 'sources': ['level']}],
        },
    ],
}

GROUP = ('widgets', 0, 'definition')
GRAPH = (*GROUP, 'widgets', 0, 'definition')
REQUEST = (*GRAPH, 'requests', 0)
STREAM = (*GROUP, 'widgets', 1, 'definition', 'requests', 0)
REMOVED = object()


def changed(document: dict, path: tuple, value: object) -> dict:
    """Return a copy of a document with another value, or none, at a path."""
    document = deepcopy(document)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    if value is REMOVED:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ('model', 'document'), [(Dashboard, DASHBOARD), (Monitor, MONITOR), (LogsPipeline, PIPELINE)], ids=lambda x: ''
)
def test_correct_document_has_no_violations(model, document):
    assert violations(model, document) == []


@pytest.mark.parametrize(
    ('path', 'value', 'told'),
    [
        pytest.param(('titel',), 'x', 'titel: Dashboard has no such key', id='unknown key at the top'),
        pytest.param(('title',), REMOVED, 'the document: lacks `title`', id='missing key at the top'),
        pytest.param(('title',), None, 'title: must be a string, not None', id='null where none is permitted'),
        pytest.param(('layout_type',), 'orderd', "layout_type: 'orderd' is not one of 'free', 'ordered'", id='value'),
        pytest.param(('reflow_type',), 'fix', "reflow_type: 'fix' is not one of 'auto', 'fixed'", id='reflow type'),
        pytest.param(('widgets',), {}, 'widgets: must be a list', id='object for a list'),
        pytest.param(
            ('widgets', 0), 'note', "widgets[0]: must be an object (Widget), not 'note'", id='text for object'
        ),
        pytest.param(('tags',), list('abcdef'), 'tags: ', id='more tags than permitted'),
        pytest.param(('template_variables', 0, 'name'), REMOVED, 'template_variables[0]: lacks `name`', id='variable'),
        pytest.param(
            ('template_variables', 0, 'default_values'),
            ['*'],
            'template_variables[0].default_values',
            id='variable key',
        ),
        pytest.param(
            ('widgets', 0, 'layout', 'width'), '12', 'widgets[0].layout.width: must be an integer', id='width'
        ),
        pytest.param(('widgets', 0, 'layout', 'x'), True, 'widgets[0].layout.x: must be an integer', id='bool for int'),
        pytest.param(('widgets', 0, 'layout', 'x'), -1, 'widgets[0].layout.x: -1 breaks inclusive minimum', id='bound'),
        pytest.param((*GROUP, 'type'), 'grp', "widgets[0].definition.type: 'grp' is not one of", id='widget type'),
        pytest.param((*GROUP, 'type'), REMOVED, 'widgets[0].definition', id='no widget type'),
        pytest.param((*GROUP, 'layout_type'), REMOVED, 'widgets[0].definition: lacks `layout_type`', id='group layout'),
        pytest.param(
            (*GRAPH, 'type'), 'timeserie', "widgets[0].definition.widgets[0].definition.type: 'timeserie'", id='inner'
        ),
        pytest.param((*GRAPH, 'requests'), REMOVED, 'definition: lacks `requests`', id='no requests'),
        pytest.param((*GRAPH, 'requests'), [], 'requests: [] breaks min items 1', id='empty requests'),
        pytest.param((*GRAPH, 'yaxis', 'zero'), True, 'definition.yaxis.zero: WidgetAxis has no such key', id='axis'),
        pytest.param(
            (*REQUEST, 'display_type'), 'dots', "requests[0].display_type: 'dots' is not one of", id='display'
        ),
        pytest.param((*REQUEST, 'response_format'), 'series', "requests[0].response_format: 'series'", id='format'),
        pytest.param((*REQUEST, 'querys'), [], 'requests[0].querys: TimeseriesWidgetRequest has no', id='request key'),
        pytest.param(
            (*REQUEST, 'queries', 0, 'data_source'), 'metric', "queries[0].data_source: 'metric' is not", id='source'
        ),
        pytest.param((*REQUEST, 'queries', 0, 'name'), REMOVED, 'queries[0]: lacks `name`', id='unnamed query'),
        pytest.param(
            (*REQUEST, 'queries', 0, 'aggregator'), 'mean', "queries[0].aggregator: 'mean' is not", id='aggregator'
        ),
        pytest.param((*REQUEST, 'formulas', 0, 'formula'), 1, 'formulas[0].formula: must be a string', id='formula'),
        pytest.param(
            (*REQUEST, 'formulas', 0, 'name'), 'x', 'formulas[0].name: WidgetFormula has no', id='formula key'
        ),
        pytest.param(
            (*REQUEST, 'formulas', 0, 'limit', 'order'), 'down', "limit.order: 'down' is not one of", id='order'
        ),
        pytest.param((*STREAM, 'query', 'query'), 'x', 'query.query: ListStreamQuery has no', id='stream key'),
        pytest.param((*STREAM, 'query', 'query_string'), REMOVED, 'query: lacks `query_string`', id='stream query'),
        pytest.param((*STREAM, 'columns', 0, 'width'), 'wide', "columns[0].width: 'wide' is not", id='column width'),
    ],
)
def test_mistake_in_dashboard_is_told_once_with_its_path(path, value, told):
    found = violations(Dashboard, changed(DASHBOARD, path, value))

    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize(
    ('path', 'value', 'told'),
    [
        (('type',), 'metrics alert', "type: 'metrics alert' is not one of"),
        (('query',), REMOVED, 'the document: lacks `query`'),
        (('priority',), '3', "priority: must be an integer, not '3'"),
        (('options', 'treshold'), {}, 'options.treshold: MonitorOptions has no such key'),
        (('options', 'thresholds', 'warn'), 1, 'options.thresholds.warn: MonitorThresholds has no such key'),
        (('options', 'thresholds', 'critical'), '1', "options.thresholds.critical: must be a number, not '1'"),
        (('options', 'on_missing_data'), 'resolved', "options.on_missing_data: 'resolved' is not one of"),
        (('options', 'silenced', '*'), 'x', "options.silenced.*: must be an integer, not 'x'"),
    ],
)
def test_mistake_in_monitor_is_told_once_with_its_path(path, value, told):
    found = violations(Monitor, changed(MONITOR, path, value))

    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize(
    ('path', 'value', 'told'),
    [
        (('enabled',), True, 'enabled: LogsPipeline has no such key'),
        (('processors', 0, 'type'), 'date-mapper', "processors[0].type: 'date-mapper' is not one of"),
        (('processors', 0, 'source'), 'time', 'processors[0].source: LogsDateRemapper has no such key'),
        (('processors', 1, 'grok', 'match_rules'), REMOVED, 'processors[1].grok: lacks `match_rules`'),
        (('processors', 1, 'samples'), ['a'] * 6, 'processors[1].samples: '),
        (('processors', 2, 'processors', 0, 'sources'), 'level', 'processors[2].processors[0].sources: must be a list'),
    ],
)
def test_mistake_in_log_pipeline_is_told_once_with_its_path(path, value, told):
    found = violations(LogsPipeline, changed(PIPELINE, path, value))

    assert len(found) == 1
    assert told in found[0]


def test_every_mistake_is_told():
    document = changed(changed(DASHBOARD, (*REQUEST, 'display_type'), 'dots'), ('layout_type',), 'orderd')

    assert [line.split(':')[0] for line in violations(Dashboard, document)] == [
        'layout_type',
        'widgets[0].definition.widgets[0].definition.requests[0].display_type',
    ]
