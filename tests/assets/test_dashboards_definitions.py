# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the generator of dashboards makes of a definition, and which definitions it refuses."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from datadog_checks.cilium.commands.submissions import Submission
from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.coloring import COLORS, MARKS
from toolkit.dashboards.definition import SCHEMA, Definition, Group, Line, Mean, Quantiles, Widget, load
from toolkit.dashboards.links import link_of_widget, note_with_links
from toolkit.dashboards.metric_requests import TONES
from toolkit.dashboards.widgets import KINDS
from toolkit.definitions import DefinitionError
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.widgets import evaluate_request
from toolkit.yaml_files import read_yaml

DEFINITION = """
title: A dashboard
description: What it is for.
variables: {cluster: kube_cluster_name}
scope: $cluster
groups:
  - title: A group
    color: gray
    note: What to do.
    rows:
      - - {WIDGET}
"""
LINE = '{title: A graph, kind: line, show: "max:cilium.unreachable.nodes{*}"}'


@pytest.fixture
def built(tmp_path: Path):
    """Build a dashboard whose first row has the widgets of a text."""

    def built(*widgets: str, definition: str = DEFINITION) -> list[dict]:
        path = tmp_path / 'some.yaml'
        path.write_text(definition.replace('{WIDGET}', '\n        - '.join(widgets)), encoding='utf-8')
        return dashboard_of(load(path))['widgets'][0]['definition']['widgets']

    return built


def queries(widget: dict) -> dict[str, str]:
    """Return the queries of the first request of a widget, by name."""
    return {query['name']: query['query'] for query in widget['definition']['requests'][0]['queries']}


def formulas(widget: dict) -> list[dict]:
    """Return the formulas of the first request of a widget."""
    return widget['definition']['requests'][0]['formulas']


def test_note_comes_first_and_says_what_the_group_needs(built):
    definition = DEFINITION.replace('    rows:', '    needs: a mesh.\n    rows:')

    note, _graph = built(LINE, definition=definition)

    assert note['definition']['content'] == 'What to do.\n\n**Needs** a mesh.'
    assert note['layout'] == {'x': 0, 'y': 0, 'width': 12, 'height': 1}


def test_arithmetic_becomes_named_queries_and_a_formula(built):
    _, graph = built(
        '{title: A, kind: line, show: "100 * sum:cilium.drop_count.count{reason:policy_denied}.as_rate() / '
        '(sum:cilium.drop_count.count{*}.as_rate() + sum:cilium.forward_count.count{*}.as_rate())", unit: percent}'
    )

    assert queries(graph) == {
        'query1': 'sum:cilium.drop_count.count{$cluster,reason:policy_denied}.as_rate()',
        'query2': 'sum:cilium.drop_count.count{$cluster}.as_rate()',
        'query3': 'sum:cilium.forward_count.count{$cluster}.as_rate()',
    }
    assert formulas(graph) == [
        {
            'formula': '100 * query1 / (query2 + query3)',
            'alias': 'A',
            'number_format': {'unit': {'type': 'canonical_unit', 'unit_name': 'percent'}},
        }
    ]


def test_mean_of_histogram_is_sum_divided_by_count(built):
    _, graph = built('{title: A, kind: line, mean: {of: cilium.x.seconds, by: [scope, kind], where: "a:b"}}')

    assert queries(graph) == {
        'query1': 'sum:cilium.x.seconds.sum{$cluster,a:b} by {scope,kind}.as_rate()',
        'query2': 'sum:cilium.x.seconds.count{$cluster,a:b} by {scope,kind}.as_rate()',
    }
    assert [formula['formula'] for formula in formulas(graph)] == ['query1 / query2']


def test_lines_have_aliases_and_a_query_that_two_of_them_use_stands_once(built):
    _, graph = built('{title: A, kind: area, show: {one: "max:a.b{*}", twice: "2 * max:a.b{*}"}}')

    assert queries(graph) == {'query1': 'max:a.b{$cluster}'}
    assert formulas(graph) == [{'formula': 'query1', 'alias': 'one'}, {'formula': '2 * query1', 'alias': 'twice'}]


@pytest.mark.parametrize(
    ('show', 'aggregator'),
    [('sum:a.b{*}.as_count()', 'sum'), ('sum:a.b{*}.as_rate()', 'avg'), ('max:a.b{*}', 'last')],
)
def test_one_value_of_the_time_shown_fits_the_kind_of_query(built, show, aggregator):
    _, value = built(f'{{title: A, kind: value, show: "{show}"}}')

    assert value['definition']['requests'][0]['queries'][0]['aggregator'] == aggregator


def test_any_of_scope_keeps_its_meaning_with_variables(built):
    _, graph = built('{title: A, kind: line, show: "max:a.b{x:1 OR y:2}"}')

    assert queries(graph) == {'query1': 'max:a.b{$cluster AND (x:1 OR y:2)}'}


def test_scope_of_widget_replaces_that_of_dashboard(built):
    _, graph = built('{title: A, kind: line, show: "max:a.b{*}", scope: ""}')

    assert queries(graph) == {'query1': 'max:a.b{*}'}


def test_widgets_of_a_row_share_what_is_left(built):
    widgets = built(LINE.replace('}"}', '}", width: 5}'), LINE.replace('A graph', 'B'), LINE.replace('A graph', 'C'))

    assert [(w['layout']['x'], w['layout']['width']) for w in widgets[1:]] == [(0, 5), (5, 4), (9, 3)]


def test_conditions_on_colors_become_conditional_formats(built):
    _, value = built(LINE.replace('kind: line', 'kind: value').replace('}"}', '}", colors: {red: "> 0.5"}}'))

    assert value['definition']['requests'][0]['conditional_formats'] == [
        {'comparator': '>', 'value': 0.5, 'palette': 'white_on_red'}
    ]


@pytest.mark.parametrize(
    ('widget', 'told'),
    [
        pytest.param('{kind: line}', 'group `A group`, row 1, widget 1: missing: `title`', id='no title'),
        pytest.param('{title: A}', 'group `A group`, row 1, widget `A`: missing: `kind`', id='no kind'),
        pytest.param('{title: A, kind: pie}', 'widget `A`, `kind`: must be one of line, area', id='kind'),
        pytest.param(
            '{title: A, kind: line, qery: x}', 'widget `A`: there is no key `qery`, only title, kind', id='key'
        ),
        pytest.param(
            '{title: A, kind: line, mean: {from: x}}', '`mean`: there is no key `from`, only of, by', id='key of mean'
        ),
        pytest.param(LINE.replace('}"}', '}", palette: pink}'), '`palette`: must be one of dog_classic', id='palette'),
        pytest.param(
            '{title: A, kind: value, show: "max:a.b{*}", colors: {red: 0}}',
            "`red`: 0 is not of type 'string'. It must be a comparison with a number",
            id='condition',
        ),
        pytest.param(
            LINE.replace('}"}', '}", width: 13}'), '`width`: 13 is greater than the maximum of 12', id='too wide'
        ),
        pytest.param(LINE.replace('}"}', '}", width: 4}'), 'do not fill a row of 12 columns', id='row not full'),
    ],
)
def test_mistake_is_refused_with_its_place(built, widget, told):
    with pytest.raises(DefinitionError) as caught:
        built(widget)

    assert told in str(caught.value)


def test_query_that_cannot_be_read_is_refused_with_its_place(built):
    with pytest.raises(DefinitionError, match=r'(?s)some\.yaml, group `A group`: widget `A`: .*\n  max:a\.b\{\*\n +\^'):
        built('{title: A, kind: line, show: "max:a.b{*"}')


def test_all_mistakes_are_told_at_once(built):
    with pytest.raises(DefinitionError) as caught:
        built('{title: A, kind: pie, qery: x}', '{title: B}', '5')

    assert len(str(caught.value).splitlines()) == 4


def test_schema_is_that_of_the_classes():
    schema = read_yaml(SCHEMA)
    widget, group = schema['$defs']['widget']['properties'], schema['properties']['groups']['items']['properties']
    line = widget['show']['additionalProperties']['properties']

    for made, properties in (
        (Definition, {'name', *schema['properties']}),
        (Group, group),
        (Widget, widget),
        (Line, line),
        (Mean, widget['mean']['properties']),
        (Quantiles, widget['quantiles']['properties']),
    ):
        assert {one.name for one in fields(made)} == set(properties), f'{made.__name__}: {SCHEMA.name} has other keys'
    for known, allowed in (
        (KINDS, widget['kind']['enum']),
        (TONES, line['tone']['enum']),
        (COLORS, widget['colors']['propertyNames']['enum']),
        (MARKS, widget['marks']['propertyNames']['enum']),
    ):
        assert set(known) == set(allowed)


def test_id_stays_while_titles_stay(built):
    _, before = built(LINE)
    _, after = built(LINE.replace('unreachable.nodes', 'unreachable.health_endpoints'))
    _, renamed = built(LINE.replace('A graph', 'Another graph'))

    assert before['id'] == after['id'] != renamed['id']


# ---- percentiles


BUCKETS = {0.1: 50, 0.5: 90, 1.0: 90, 10.0: 99}
QUANTILES = (
    '{title: A, kind: %s, unit: second, '
    'quantiles: {of: cilium.x.seconds, at: [0.25, 0.5, 0.7, 0.95, 0.999], bounds: [0.1, 0.5, 1, 10]}}'
)


def percentiles(built, buckets: dict[float, int], count: int) -> list[float]:
    """Return what a value would show of a histogram with so many values up to each bound."""
    _, widget = built(QUANTILES % 'table')
    store = PointStore()
    submitted = [
        *(('bucket', value, (f'upper_bound:{bound}', 'kube_cluster_name:a')) for bound, value in buckets.items()),
        ('count', count, ('kube_cluster_name:a',)),
    ]
    store.add(100, [Submission(f'cilium.x.seconds.{part}', 'count', n, tags) for part, n, tags in submitted])
    shown = evaluate_request(widget['definition']['requests'][0], store, 60, 120, 60, {'cluster': '*'})
    return shown.rows[0].values


def test_percentiles_are_those_of_prometheus(built):
    # Half of the first bucket, its end, in the middle of the second one, of the last one, and above all bounds.
    expected = [0.05, 0.1, 0.1 + 0.4 * 20 / 40, 1 + 9 * 5 / 9, 10]

    assert percentiles(built, BUCKETS, 100) == pytest.approx(expected, rel=1e-3)


def test_percentiles_of_empty_buckets_pass_them_by(built):
    assert percentiles(built, dict.fromkeys(BUCKETS, 0) | {10.0: 8}, 8) == pytest.approx(
        [1 + 9 * at for at in (0.25, 0.5, 0.7, 0.95, 0.999)], rel=1e-3
    )


def test_lines_of_percentiles_share_their_queries_and_name_themselves(built):
    _, graph = built(QUANTILES % 'line')

    assert [formula['alias'] for formula in formulas(graph)] == ['p25', 'p50', 'p70', 'p95', 'p99.9']
    assert len(queries(graph)) == 5
    assert graph['definition']['yaxis']['min'] == '0'


# ---- colors, events, links, monitors


def test_line_is_coloured_by_what_it_means(built):
    _, graph = built('{title: A, kind: area, show: {ready: {query: "sum:a.b{x:y}", tone: good}, rest: "sum:a.b{x:z}"}}')

    assert [formula.get('style') for formula in formulas(graph)] == [{'palette': 'green'}, None]


def test_events_are_a_request_of_their_own(built):
    _, graph = built(LINE.replace('}"}', '}", events: "source:kubernetes $cluster"}'))
    _, overlay = graph['definition']['requests']

    assert overlay['display_type'] == 'overlay'
    assert overlay['queries'][0]['search'] == {'query': 'source:kubernetes $cluster'}


def test_table_sorts_by_the_columns_that_it_names(built):
    _, table = built(
        '{title: A, kind: table, sort_by: [c, b], '
        'show: {a: "max:a.a{*}", b: "max:a.b{*}", c: {query: "100 * max:a.c{*}", unit: percent}}}'
    )
    (request,) = table['definition']['requests']

    assert [order['index'] for order in request['sort']['order_by']] == [2, 1]
    assert request['formulas'][2]['number_format']['unit']['unit_name'] == 'percent'


def test_monitor_summary_has_the_search(built):
    _, summary = built('{title: A, kind: monitors, text: "tag:x group:$cluster"}')

    assert (summary['definition']['type'], summary['definition']['query']) == ('manage_status', 'tag:x group:$cluster')


OTHER = {'Another': {'cluster': 'kube_cluster_name', 'node': 'kube_node', 'pod': 'other_key'}}
HERE = {'cluster': 'kube_cluster_name', 'node': 'kube_node', 'pod': 'pod_name', 'namespace': 'kube_namespace'}


def test_link_of_a_note_passes_on_the_variables_that_its_target_has():
    assert note_with_links('See [it](dashboard:Another) and [that](/logs).', HERE, OTHER) == (
        'See [it](/dashboard/lists?q=Another&tpl_var_cluster%5B0%5D=$cluster.value&tpl_var_node%5B0%5D=$node.value) '
        'and [that](/logs).'
    )


def test_link_of_a_widget_passes_on_what_was_clicked_and_when():
    assert link_of_widget('dashboard:Another', frozenset({'kube_node'}), HERE, OTHER) == (
        '/dashboard/lists?q=Another&tpl_var_cluster%5B0%5D={{$cluster.value}}&tpl_var_node%5B0%5D={{kube_node.value}}'
        '&from_ts={{timestamp_start}}&to_ts={{timestamp_end}}&live=false'
    )
    assert link_of_widget('/logs?query=x', frozenset(), HERE, OTHER) == '/logs?query=x'


def test_link_to_a_dashboard_that_is_not_there_is_refused():
    with pytest.raises(DefinitionError, match='the dashboard `Nothing`'):
        note_with_links('[x](dashboard:Nothing)', HERE, OTHER)
