# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest
from point_stores import START, group_text, plain, store_with

from toolkit.evaluation.errors import EvaluationError, NotEvaluated
from toolkit.evaluation.widgets import Scalars, Timeseries, evaluate_request
from toolkit.queries.parsing import QueryError

STORE = store_with(
    {
        'errors.count{k:x,c:1}': [1, 3],
        'errors.count{k:y,c:1}': [0, 6],
        'errors.count{k:z,c:2}': [9, 9],
        'requests.count{k:x,c:1}': [10, 10],
        'requests.count{k:y,c:1}': [0, 20],
        'requests.count{k:z,c:2}': [10, 10],
        'g{k:x}': [1, 5],
    }
)


def query(name: str, text: str, **more: str) -> dict:
    return {'name': name, 'data_source': 'metrics', 'query': text, **more}


ERRORS = query('errors', 'sum:errors.count{$c} by {k}.as_count()', aggregator='sum')
REQUESTS = query('requests', 'sum:requests.count{$c} by {k}.as_count()', aggregator='sum')
RATIO = {'formula': '100 * errors / requests', 'alias': 'Errors in percent'}


def evaluated(request: dict, **variables: str) -> Timeseries | Scalars:
    return evaluate_request(request, STORE, START, START + 120, 60, variables)


def lines(result: Timeseries | Scalars) -> dict[tuple[str, str], list[float | None]]:
    assert isinstance(result, Timeseries)
    return {(line.label, group_text(line.tags)): plain(line.values) for line in result.series}


def rows(result: Timeseries | Scalars) -> list[tuple[str, list[float | None]]]:
    assert isinstance(result, Scalars)
    return [(group_text(row.tags), row.values) for row in result.rows]


def test_a_graph_divides_in_each_interval():
    request = {'response_format': 'timeseries', 'queries': [ERRORS, REQUESTS], 'formulas': [RATIO]}

    assert lines(evaluated(request, c='c:1')) == {
        ('Errors in percent', 'k:x'): [10, 30],
        ('Errors in percent', 'k:y'): [None, 30],
    }


def test_a_scalar_divides_sums():
    request = {'response_format': 'scalar', 'queries': [ERRORS, REQUESTS], 'formulas': [RATIO]}

    assert rows(evaluated(request, c='c:1')) == [('k:x', [20]), ('k:y', [30])]


def test_a_scalar_without_aggregator_is_an_average():
    request = {'response_format': 'scalar', 'queries': [query('a', 'avg:g{*}')]}

    assert rows(evaluated(request)) == [('', [3])]


def test_labels():
    queries = [query('a', 'sum:g{*}'), query('b', 'max:g{*}')]
    formulas = [{'formula': 'a'}, {'formula': 'a + b'}, {'formula': 'b', 'alias': 'B'}]

    result = evaluated({'response_format': 'scalar', 'queries': queries, 'formulas': formulas})

    assert isinstance(result, Scalars)
    assert result.labels == ['sum:g{*}', 'a + b', 'B']
    assert evaluated({'response_format': 'scalar', 'queries': queries}).labels == ['sum:g{*}', 'max:g{*}']


def test_a_table_has_a_column_for_each_formula_and_a_row_for_each_group():
    request = {
        'response_format': 'scalar',
        'queries': [ERRORS, query('g', 'avg:g{*} by {k}', aggregator='last')],
        'formulas': [{'formula': 'g'}, {'formula': 'errors'}],
        'sort': {'count': 2, 'order_by': [{'type': 'formula', 'index': 1, 'order': 'desc'}]},
    }

    assert rows(evaluated(request)) == [('k:z', [None, 18]), ('k:y', [None, 6])]

    request['sort'] = {'order_by': [{'type': 'formula', 'index': 0, 'order': 'desc'}, {'type': 'group', 'name': 'k'}]}
    assert [group for group, _ in rows(evaluated(request))] == ['k:x', 'k:z', 'k:y']

    request['sort'] = {'order_by': [{'type': 'formula', 'index': 0, 'order': 'asc'}]}
    assert rows(evaluated(request))[0] == ('k:x', [5, 4])


@pytest.mark.parametrize(
    ('limit', 'groups'),
    [
        ({'count': 2, 'order': 'desc'}, ['k:z', 'k:y']),
        ({'count': 1, 'order': 'asc'}, ['k:x']),
        ({'order': 'desc'}, ['k:z', 'k:y', 'k:x']),
        (None, ['k:x', 'k:y', 'k:z']),
    ],
)
@pytest.mark.parametrize('response_format', ['timeseries', 'scalar'])
def test_limit(limit, groups, response_format):
    formula = {'formula': 'errors', **({'limit': limit} if limit else {})}

    result = evaluated({'response_format': response_format, 'queries': [ERRORS], 'formulas': [formula]})

    found = result.series if isinstance(result, Timeseries) else result.rows
    assert [group_text(item.tags) for item in found] == groups


def test_a_shift_in_time_of_a_query():
    store = store_with({'g': [1, 2]}, start=START - 3600)
    store.add(START, [])
    request = {
        'response_format': 'timeseries',
        'queries': [query('a', 'avg:g{*}')],
        'formulas': [{'formula': 'hour_before(a)'}],
    }

    [line] = evaluate_request(request, store, START, START + 120, 60).series

    assert plain(line.values) == [1, 2]


@pytest.mark.parametrize(
    'request_of_logs',
    [
        {'response_format': 'event_list', 'query': {'data_source': 'logs_stream', 'query_string': ''}},
        {
            'response_format': 'timeseries',
            'queries': [query('a', 'avg:g{*}'), {'name': 'b', 'data_source': 'logs', 'search': {'query': '*'}}],
        },
    ],
)
def test_what_is_not_about_metrics_is_not_evaluated(request_of_logs):
    with pytest.raises(NotEvaluated, match='no queries of metrics|logs are not evaluated'):
        evaluated(request_of_logs)


def test_faults_of_a_request():
    with pytest.raises(QueryError):
        evaluated({'queries': [query('a', 'avg:g{')]})
    with pytest.raises(EvaluationError, match='there is no query named `b`: only a'):
        evaluated({'queries': [query('a', 'avg:g{*}')], 'formulas': [{'formula': 'b'}]})
    with pytest.raises(EvaluationError, match='cannot aggregate by percentile'):
        evaluated({'response_format': 'scalar', 'queries': [query('a', 'avg:g{*}', aggregator='percentile')]})
