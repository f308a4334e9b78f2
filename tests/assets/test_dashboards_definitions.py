# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the generator of dashboards makes of a definition, and which definitions it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.dashboards.building import dashboard_of
from toolkit.dashboards.definition import DefinitionError, load
from toolkit.queries.errors import QueryError

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
        pytest.param('{kind: line}', 'is no mapping with a `title`', id='no title'),
        pytest.param('{title: A}', 'widget `A`: `kind` is missing', id='no kind'),
        pytest.param('{title: A, kind: pie}', 'there is no kind `pie`, only line, area', id='kind'),
        pytest.param('{title: A, kind: line, qery: x}', 'widget `A`: there is no key `qery`', id='key'),
        pytest.param('{title: A, kind: line, mean: {from: x}}', '`mean`: there is no key `from`', id='key of mean'),
        pytest.param(LINE.replace('}"}', '}", palette: pink}'), 'there is no palette `pink`', id='palette'),
        pytest.param(
            '{title: A, kind: value, show: "max:a.b{*}", colors: {red: 0}}', "`red: '0'` must be", id='condition'
        ),
        pytest.param(LINE.replace('}"}', '}", width: 13}'), 'do not fill a row of 12 columns', id='too wide'),
        pytest.param(LINE.replace('}"}', '}", width: 4}'), 'do not fill a row of 12 columns', id='row not full'),
    ],
)
def test_mistake_is_refused_with_its_place(built, widget, told):
    with pytest.raises(DefinitionError) as caught:
        built(widget)

    assert told in str(caught.value)


def test_query_that_cannot_be_read_is_refused(built):
    with pytest.raises(QueryError):
        built('{title: A, kind: line, show: "max:a.b{*"}')


def test_id_stays_while_titles_stay(built):
    _, before = built(LINE)
    _, after = built(LINE.replace('unreachable.nodes', 'unreachable.health_endpoints'))
    _, renamed = built(LINE.replace('A graph', 'Another graph'))

    assert before['id'] == after['id'] != renamed['id']
