# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest

pytest.importorskip('numpy', reason='needs requirements/toolkit.txt')
pytest.importorskip('vector_vrl', reason='needs requirements/toolkit.txt on Python 3.12 or newer')
pytest.importorskip('markdown_it', reason='needs requirements/preview.txt')

from dataclasses import replace

from datadog_checks.cilium.commands.submissions import ServiceCheckStatus, Submission
from toolkit.assets import Monitor
from toolkit.evaluation.monitors import MonitorState, Status
from toolkit.evaluation.points import PointStore
from toolkit.logs.pipeline import ProcessedLog
from toolkit.preview.drawing import draw
from toolkit.preview.log_book import LogBook, LoggedLine
from toolkit.preview.moment import Moment, label_of, search_with_variables, text_with_variables
from toolkit.preview.playback import Story
from toolkit.preview.sections import sections_of
from toolkit.preview.units import UnitBook
from toolkit.preview.watch import Watched

START, STEP = 1_800_000_000, 30
METADATA = {
    'cilium.drop_count.count': {'unit_name': 'packet', 'per_unit_name': ''},
    'cilium.seconds.sum': {'unit_name': 'second', 'per_unit_name': ''},
    'cilium.seconds.count': {'unit_name': 'request', 'per_unit_name': ''},
}


@pytest.fixture
def moment():
    store = PointStore()
    for place in range(4):
        time = START + STEP * place + STEP - 1
        store.add(
            time,
            [
                Submission('cilium.drop_count.count', 'count', 30 * (place + 1), ('reason:policy_denied', 'node:a')),
                Submission('cilium.drop_count.count', 'count', 3, ('reason:stale', 'node:b')),
                Submission('cilium.endpoint', 'gauge', place, ('node:a',)),
            ],
            [
                ServiceCheckStatus('cilium.openmetrics.health', 'OK', ('endpoint:a', 'node:a'), ''),
                ServiceCheckStatus('cilium.openmetrics.health', 'CRITICAL', ('endpoint:b', 'node:b'), 'refused'),
            ],
        )
    return Moment(store, LogBook(), UnitBook(METADATA), START, START + 4 * STEP, STEP, {'node': '*'})


def request(query: str, aggregator: str = 'avg', rules: tuple = (), **more: object) -> dict:
    metric = {'name': 'query1', 'data_source': 'metrics', 'query': query, 'aggregator': aggregator}
    return {'queries': [metric], 'formulas': [{'formula': 'query1', 'conditional_formats': rules}], **more}


def widget(kind: str, *requests: dict, **more: object) -> dict:
    return {'type': kind, 'requests': list(requests), **more}


DROPS = 'sum:cilium.drop_count.count{*} by {reason}.as_rate()'


def test_draws_a_time_series_with_its_labels_and_unit(moment):
    drawing = draw(widget('timeseries', request(DROPS, display_type='bars')), moment)
    assert (drawing['kind'], drawing['start'], drawing['step'], drawing['count']) == ('timeseries', START, STEP, 4)
    lines = {one['label']: (one['values'], one['display']) for one in drawing['series']}
    assert lines == {'policy_denied': ([1, 2, 3, 4], 'bars'), 'stale': ([0.1] * 4, 'bars')}
    assert drawing['format'] == {'unit': 'packet', 'per': 'second'}


def test_a_gap_is_no_number(moment):
    moment.store.add(START + 6 * STEP, [Submission('cilium.drop_count.count', 'count', 5, ('reason:late',))])
    later = Moment(moment.store, moment.logs, moment.units, START, START + 7 * STEP, STEP, {})
    drawing = draw(widget('timeseries', request('sum:cilium.drop_count.count{reason:late}.as_count()')), later)
    assert drawing['series'][0]['values'] == [None] * 6 + [5]


def test_reads_markers_and_bounds(moment):
    definition = widget(
        'timeseries',
        request(DROPS),
        markers=[{'value': '0.5 < y < 2.5', 'display_type': 'warning dashed'}, {'value': 'y = 3', 'display_type': ''}],
        yaxis={'min': '0', 'max': 'auto'},
    )
    drawing = draw(definition, moment)
    assert [(m['value'], m['meaning']) for m in drawing['markers']] == [(0.5, 'warning'), (2.5, 'warning'), (3, 'info')]
    assert (drawing['minimum'], drawing['maximum']) == (0, None)


@pytest.mark.parametrize(('threshold', 'palette'), [(3.9, 'white_on_red'), (4.1, 'white_on_green')])
def test_a_query_value_has_the_palette_of_the_first_rule_that_holds(moment, threshold, palette):
    rules = [
        {'comparator': '>', 'value': threshold, 'palette': 'white_on_red'},
        {'comparator': '>=', 'value': 0, 'palette': 'white_on_green'},
    ]
    definition = widget(
        'query_value',
        request(
            'max:cilium.drop_count.count{reason:policy_denied}.as_rate()',
            aggregator='max',
            rules=rules,
        ),
    )
    drawing = draw(definition, moment)
    assert (drawing['value'], drawing['palette']) == (4, palette)


def test_a_top_list_begins_with_the_largest(moment):
    drawing = draw(widget('toplist', request(DROPS)), moment)
    assert [(row['label'], row['value']) for row in drawing['rows']] == [('policy_denied', 2.5), ('stale', 0.1)]


def test_a_table_has_a_column_for_each_formula_and_key(moment):
    drawing = draw(
        widget(
            'query_table',
            {
                'queries': [
                    {'name': 'a', 'data_source': 'metrics', 'query': DROPS, 'aggregator': 'avg'},
                    {'name': 'b', 'data_source': 'metrics', 'query': DROPS, 'aggregator': 'max'},
                ],
                'formulas': [{'formula': 'a', 'alias': 'mean'}, {'formula': 'b', 'alias': 'most'}],
            },
        ),
        moment,
    )
    assert drawing['keys'] == ['reason']
    assert [column['label'] for column in drawing['columns']] == ['mean', 'most']
    assert {tuple(row['group']): [cell['value'] for cell in row['cells']] for row in drawing['rows']} == {
        ('policy_denied',): [2.5, 4],
        ('stale',): [0.1, 0.1],
    }


def test_a_check_is_as_bad_as_its_worst_endpoint(moment):
    definition = {'type': 'check_status', 'check': 'cilium.openmetrics.health', 'group_by': ['endpoint'], 'tags': []}
    assert draw(definition, moment)['counts'] == {'CRITICAL': 1, 'OK': 1}
    assert draw({**definition, 'group_by': []}, moment)['groups'] == [{'label': 'all', 'status': 'CRITICAL'}]
    assert draw({**definition, 'tags': ['node:a']}, moment)['counts'] == {'OK': 1}


def test_says_which_kind_it_does_not_draw(moment):
    drawing = draw({'type': 'hostmap', 'requests': {}}, moment)
    assert drawing == {'kind': 'message', 'text': 'The preview does not draw widgets of the kind `hostmap`.'}


def test_says_why_a_query_is_not_drawn(moment):
    drawing = draw(widget('timeseries', request('sum:cilium.endpoint{')), moment)
    assert drawing['kind'] == 'message'
    assert 'cilium.endpoint{' in drawing['text']


def test_says_that_there_is_no_data(moment):
    asked = request('sum:cilium.nothing{*}')
    assert draw(widget('timeseries', asked), moment) == {'kind': 'empty', 'text': 'No data'}
    told = draw(widget('timeseries', asked, description='Of a node. Needs BGP, Cilium 1.14.'), moment)['text']
    assert told == 'No data. Needs BGP, Cilium 1.14.'


def test_a_variable_narrows_what_is_drawn(moment):
    query = 'sum:cilium.drop_count.count{$node} by {reason}.as_count()'
    chosen = Moment(moment.store, moment.logs, moment.units, START, START + 4 * STEP, STEP, {'node': 'node:b'})
    everything, narrowed = (draw(widget('timeseries', request(query)), one) for one in (moment, chosen))
    assert [one['label'] for one in everything['series']] == ['policy_denied', 'stale']
    assert [one['label'] for one in narrowed['series']] == ['stale']


@pytest.mark.parametrize(
    ('queries', 'formula', 'expected'),
    [
        (['sum:cilium.drop_count.count{*}.as_count()'], 'q0', {'unit': 'packet'}),
        (['sum:cilium.drop_count.count{*}.as_rate()'] * 2, 'q0 / q1', {}),
        ([f'sum:cilium.seconds.{part}{{*}}.as_count()' for part in ('sum', 'count')], 'q0 / q1', {'unit': 'second'}),
        (['sum:cilium.drop_count.count{*}.as_rate()'], 'default_zero(q0)', {'unit': 'packet', 'per': 'second'}),
        (['sum:cilium.unknown{*}'], 'q0', {}),
    ],
)
def test_knows_the_unit_of_a_formula(queries, formula, expected):
    asked = {
        'queries': [{'name': f'q{i}', 'query': query} for i, query in enumerate(queries)],
        'formulas': [{'formula': formula}],
    }
    assert UnitBook(METADATA).format_of(asked, 0) == expected


def test_a_number_format_counts_more_than_metadata():
    number_format = {'unit': {'type': 'canonical_unit', 'unit_name': 'byte', 'per_unit_name': 'second'}}
    asked = {
        'queries': [{'name': 'q', 'query': 'sum:cilium.drop_count.count{*}.as_count()'}],
        'formulas': [{'formula': 'q', 'number_format': number_format}],
    }
    assert UnitBook(METADATA).format_of(asked, 0) == {'unit': 'byte', 'per': 'second'}


def test_variables_in_texts_and_searches():
    chosen, nothing = {'cluster': 'kube_cluster_name:prod'}, {'cluster': '*'}
    assert text_with_variables('of $cluster, ?q=$cluster.value', chosen) == 'of prod, ?q=prod'
    assert text_with_variables('of $cluster, ?q=$cluster.value', nothing) == 'of $cluster, ?q=*'
    assert search_with_variables('source:a $cluster', chosen) == 'source:a kube_cluster_name:prod'
    assert search_with_variables('source:a $cluster @c:$cluster.value', nothing) == 'source:a * @c:*'


@pytest.mark.parametrize(
    ('label', 'tags', 'several', 'expected'),
    [
        ('sum:cilium.x{*}.as_count()', {}, False, 'cilium.x'),
        ('drops', {'reason': 'a', 'node': 'b'}, False, 'a, b'),
        ('drops', {'reason': 'a'}, True, 'drops: a'),
    ],
)
def test_labels(label, tags, several, expected):
    assert label_of(label, tags, several) == expected


def test_sections_keep_the_places_of_the_file_and_the_order_of_the_page():
    def note(text: str, y: int) -> dict:
        return {'definition': {'type': 'note', 'content': text}, 'layout': {'x': 0, 'y': y, 'width': 12, 'height': 1}}

    low = {'definition': {'type': 'group', 'title': 'low', 'widgets': [note('a', 0), note('b', 1)]}, 'layout': {'y': 9}}
    sections = sections_of([low, note('top', 0), note('second', 1)], {})
    assert [(section.title, [slot.place for slot in section.slots]) for section in sections] == [
        ('', [2, 3]),
        ('low', [0, 1]),
    ]


def test_of_a_metric_that_was_never_submitted_nothing_is_evaluated(moment):
    asked = request('p95:cilium.nothing{*}')
    assert draw(widget('query_value', asked), moment) == {'kind': 'empty', 'text': 'No data'}


def test_a_formula_has_the_palette_of_its_meaning(moment):
    asked = request('sum:cilium.endpoint{*}')
    asked['formulas'][0] |= {'alias': 'ready', 'style': {'palette': 'green'}}
    (line,) = draw(widget('timeseries', {**asked, 'style': {'palette': 'dog_classic'}}), moment)['series']
    assert line['palette'] == 'green'


def event(text: str, *tags: str) -> LoggedLine:
    return LoggedLine(ProcessedLog(text, 'warn', 0, 'kubernetes', '', tags, {}, ()), 40, repeats=True)


OVERLAY = {
    'response_format': 'timeseries',
    'display_type': 'overlay',
    'queries': [
        {
            'name': 'events',
            'data_source': 'events',
            'search': {'query': 'source:kubernetes (pod_name:a OR kube_kind:node)'},
        }
    ],
}


def test_events_are_lines_over_a_graph_and_rows_of_a_list(moment):
    of_node = event('NodeNotReady: b', 'kube_kind:node')
    events = LogBook([of_node, event('Killing', 'pod_name:other')], Story(START), START)
    at = replace(moment, events=events)

    drawing = draw(widget('timeseries', request(DROPS), OVERLAY), at)
    assert drawing['events'] == [{'time': START + 40, 'text': 'NodeNotReady: b', 'status': 'warn'}]
    assert len(drawing['series']) == 2

    query = {'data_source': 'event_stream', 'query_string': 'kube_kind:node'}
    (row,) = draw(widget('list_stream', {'query': query}), at)['rows']
    assert (row['time'], row['message']) == (START + 40, 'NodeNotReady: b')


def test_a_monitor_summary_counts_states_and_lists_the_worst_first(moment):
    def watched(name: str, priority: int, **states: Status) -> Watched:
        definition = {'tags': ['integration:cilium'], 'priority': priority}
        groups = {(f'kube_cluster_name:{cluster}',): MonitorState(status) for cluster, status in states.items()}
        return Watched(Monitor(name, name, '', definition), groups, dict.fromkeys(groups, START))

    states = [
        watched('minor', 4, a=Status.ALERT),
        watched('major', 2, a=Status.ALERT, b=Status.OK),
        watched('warns', 1, b=Status.WARN),
        watched('silent', 3),
    ]
    of_others = replace(states[0], monitor=Monitor('x', 'x', '', {'tags': []}))
    definition = {'type': 'manage_status', 'query': 'tag:"integration:cilium" group:$cluster'}

    everything = draw(definition, replace(moment, watched=[*states, of_others], variables={'cluster': '*'}))
    assert everything['counts'] == [['ALERT', 2], ['WARN', 1], ['NO DATA', 1]]
    assert [row['name'] for row in everything['rows']] == ['major', 'minor', 'warns']

    chosen = draw(definition, replace(moment, watched=states, variables={'cluster': 'kube_cluster_name:b'}))
    assert [(row['name'], row['group']) for row in chosen['rows']] == [('warns', 'b')]
