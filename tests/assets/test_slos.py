# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The service level objectives are what Datadog accepts, and say what they seem to say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from assets_rules import metric_violations, tag_violations
from datadog_api_client.v1.model.service_level_objective_request import ServiceLevelObjectiveRequest
from monitor_scenarios import MONITORS

from toolkit.api_models.schema import violations
from toolkit.assets import read_assets
from toolkit.queries.parsing import parse_formula, parse_monitor, parse_query
from toolkit.queries.syntax import references_of, series_of

SLOS = {path.stem: slo for path, slo in read_assets('slos').items()}
each_slo = pytest.mark.parametrize('name', SLOS)


def queries_of(slo: dict) -> Iterator[str]:
    if slo['type'] == 'metric':
        yield from slo['query'].values()
    else:
        yield from (query['query'] for query in slo['sli_specification']['time_slice']['query']['queries'])


@each_slo
def test_api_accepts_it(name: str) -> None:
    assert violations(ServiceLevelObjectiveRequest, SLOS[name]) == []
    assert 'integration:cilium' in SLOS[name]['tags']


@each_slo
def test_targets_are_in_order(name: str) -> None:
    for threshold in SLOS[name]['thresholds']:
        assert 0 < threshold['target'] < threshold['warning'] < 100


@each_slo
def test_queries_are_by_cluster_and_of_metrics_that_exist(name: str) -> None:
    for query in queries_of(SLOS[name]):
        for series in series_of(parse_query(query)):
            assert series.keys == ('kube_cluster_name',)
            assert metric_violations(series) == []
            assert tag_violations(series) == []


def test_formula_is_of_the_queries() -> None:
    query = SLOS['agents_ready']['sli_specification']['time_slice']['query']
    (formula,) = query['formulas']
    assert set(references_of(parse_formula(formula['formula']))) == {one['name'] for one in query['queries']}


def test_drops_by_design_are_those_that_the_monitor_leaves_out() -> None:
    def scopes(expression: object) -> set[str]:
        return {str(series.scope) for series in series_of(expression) if series.metric == 'cilium.drop_count.count'}

    denominator = parse_query(SLOS['packets_not_dropped']['query']['denominator'])
    assert scopes(denominator) == scopes(parse_monitor(MONITORS['drop_share']['query']).expression)
