# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the check tells of itself: how many series a scrape submitted, and how many the level left out."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import family, recording

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.levels import LEVELS

SUBMITTED, LEFT_OUT = 'cilium.scrape.series.submitted', 'cilium.scrape.series.left_out'


@pytest.fixture
def scrape(serve, aggregator, dd_run_check):
    """Scrape texts of an agent one after the other; return both numbers of the last, and how many were submitted."""

    def scrape(*texts, **options):
        endpoint = serve(plain(''))
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': endpoint.url, **options}])
        for text in texts:
            endpoint.answer = plain(text)
            aggregator.reset()
            dd_run_check(check)
        numbers = [metric.value for name in (SUBMITTED, LEFT_OUT) for metric in aggregator.metrics(name)]
        others = [name for name in aggregator.metric_names if not name.startswith('cilium.scrape.')]
        return *numbers, sum(len(aggregator.metrics(name)) for name in others)

    return scrape


@pytest.mark.parametrize('level', LEVELS[1:])
@pytest.mark.parametrize('scrapes', [1, 2], ids=['learnt', 'remembered'])
def test_they_make_up_what_full_has(scrape, level, scrapes):
    full, counted = scrape(recording('agent'))
    submitted, left_out, really = scrape(*[recording('agent')] * scrapes, collection_level=level)

    assert full == counted
    assert submitted == really
    assert submitted + left_out == full


def test_answers_that_are_read_as_a_whole_have_the_same(scrape):
    one_by_one = scrape(recording('agent'), collection_level='standard')
    whole = scrape(recording('agent'), collection_level='standard', raw_line_filters=['^nothing'])

    assert whole == one_by_one


def test_bad_lines_and_values_that_are_no_number_do_not_count(scrape):
    text = '# TYPE cilium_drop_count_total counter\ncilium_drop_count_total{reason="a"} 1\ncilium_drop_count_total{ 2\n'
    text += family('cilium_unreachable_nodes', 'gauge', float('nan'))
    assert scrape(text) == (1, 1)


def test_series_that_come_and_go(scrape):
    both = family('cilium_unreachable_nodes', 'gauge', 1) + family('cilium_datapath_errors_total', 'counter', 1)
    one = family('cilium_unreachable_nodes', 'gauge', 1)

    assert scrape(both, one, collection_level='standard') == (1, 0, 1)
    assert scrape(one, both, collection_level='standard') == (1, 1, 1)


def test_they_have_the_tags_of_the_component(serve, aggregator, dd_run_check):
    endpoint = serve(plain(recording('operator')))
    dd_run_check(CiliumCheck('cilium', {}, [{'operator_endpoint': endpoint.url, 'tags': ['team:network']}]))
    (metric,) = aggregator.metrics(SUBMITTED)

    own = {'source:cilium-operator', 'service:cilium-operator', f'endpoint:{endpoint.url}', 'team:network'}
    assert set(metric.tags) == own


@pytest.mark.parametrize('answer', ['<html></html>', '# TYPE cilium_version gauge\n'], ids=['web page', 'empty'])
def test_a_scrape_that_fails_has_none(serve, aggregator, answer):
    endpoint = serve(plain(answer))
    CiliumCheck('cilium', {}, [{'agent_endpoint': endpoint.url}]).run()

    assert not aggregator.metrics(SUBMITTED)
