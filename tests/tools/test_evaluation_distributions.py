# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Percentiles and counts of distributions, from the buckets that the check submits."""

from __future__ import annotations

import pytest
from endpoints import plain
from point_stores import START, results

from datadog_checks.cilium.commands.submissions import Bucket, CheckRunner
from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore

NAME = 'cilium.policy.implementation_delay'
BY_BUCKET = {'histogram_buckets_as_distributions': True}
WHOLE = {'collect_histograms_as_distributions': True}


def store_of(*buckets: tuple[str, str, float, str], minutes: int = 1) -> PointStore:
    """Return a store of a distribution `d`: bounds, how many values a minute, and a tag of each bucket."""
    store = PointStore()
    for minute in range(minutes):
        store.add(
            START + 60 * minute,
            [Bucket('d', 'distribution', count, (tag,), (low, high)) for low, high, count, tag in buckets],
        )
    return store


def histogram(small: int, large: int) -> str:
    """Return a family with so many values up to 1, and so many from there to 3."""
    name = 'cilium_policy_implementation_delay'
    total = small + large
    return (
        f'# TYPE {name} histogram\n{name}_bucket{{le="1"}} {small}\n{name}_bucket{{le="3"}} {total}\n'
        f'{name}_bucket{{le="+Inf"}} {total}\n{name}_sum 9\n{name}_count {total}\n'
    )


@pytest.mark.parametrize(('percentile', 'value'), [('p0', 0), ('p25', 0.5), ('p50', 1), ('p75', 2), ('p99.9', 2.996)])
def test_values_spread_evenly_within_a_bucket(percentile, value):
    store = store_of(('0', '1', 10, 'a:b'), ('1', '3', 10, 'a:b'), ('3', 'inf', 0, 'a:b'))
    assert results(f'{percentile}:d{{*}}', store, 1) == {'': [value]}


def test_values_beyond_the_last_bound_are_at_it():
    store = store_of(('-inf', '-1', 5, 'a:b'), ('-1', '3', 0, 'a:b'), ('3', 'inf', 5, 'a:b'))
    assert results('p1:d{*}', store, 1) == {'': [-1]}
    assert results('p99:d{*}', store, 1) == {'': [3]}


def test_series_are_put_together_before_the_percentile_is_taken():
    store = store_of(('0', '1', 90, 'node:a'), ('0', '1', 0, 'node:b'), ('1', '3', 10, 'node:b'))
    assert results('p50:d{*}', store, 1) == {'': [0.555556]}
    assert results('p50:d{*} by {node}', store, 1) == {'node:a': [0.5], 'node:b': [2]}
    assert results('p50:d{node:b}', store, 1) == {'': [2]}


def test_the_count_is_that_of_all_values():
    store = store_of(('0', '1', 90, 'node:a'), ('1', '3', 10, 'node:b'), minutes=2)
    assert results('count:d{*}.as_count()', store, 2) == {'': [100, 100]}
    assert results('count:d{*}.as_count()', store, 2, step=120) == {'': [200]}


def test_a_minute_without_values_has_none():
    store = store_of(('0', '1', 0, 'a:b'), ('1', '3', 0, 'a:b'))
    store.add(START + 60, [Bucket('d', 'distribution', 4, ('a:b',), ('0', '1'))])
    assert results('p50:d{*}', store, 2) == {'': [None, 0.5]}


@pytest.mark.parametrize('aggregator', ['sum', 'avg', 'min', 'max'])
def test_what_a_sketch_would_tell_is_refused(aggregator):
    with pytest.raises(EvaluationError, match=f'a distribution has no {aggregator} here'):
        results(f'{aggregator}:d{{*}}', store_of(('0', '1', 1, 'a:b')), 1)


@pytest.mark.parametrize('options', [BY_BUCKET, WHOLE], ids=['by bucket', 'whole'])
def test_the_buckets_are_those_of_the_check(options, serve):
    agent = serve(plain(histogram(0, 0)))
    runner = CheckRunner({'agent_endpoint': agent.url, **options})
    runner.run()
    agent.answer = plain(histogram(5, 10))
    store = PointStore()
    run = runner.run()
    store.add(START, run.metrics)

    buckets = [metric for metric in run.metrics if isinstance(metric, Bucket)]
    assert [(bucket.value, bucket.bounds) for bucket in buckets] == [
        (5, ('0', '1.0')),
        (10, ('1.0', '3.0')),
        (0, ('3.0', 'inf')),
    ]
    assert all(('upper_bound:1.0' in bucket.tags) == (options is BY_BUCKET) for bucket in buckets[:1])
    assert results(f'p50:{NAME}{{*}}', store, 1) == {'': [1.5]}
    assert f'{NAME}.bucket' not in store.metrics
