# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from point_stores import START, add, store_with, submission

from datadog_checks.cilium.commands.submissions import ServiceCheckStatus, Submission
from toolkit.evaluation.points import NotKept, PointStore

MEGABYTE = 1_000_000


def points(store: PointStore, name: str) -> list[list[float | None]]:
    """Return all points of a metric: a list for each series."""
    columns, _ = store.times(-np.inf, np.inf)
    values = store.values(np.array(store.metrics[name].rows), columns)
    return [[None if np.isnan(value) else value for value in row] for row in values.tolist()]


def test_a_series_is_a_name_and_normalised_tags_in_any_order():
    store = PointStore()
    store.add(10, [Submission('a', 'gauge', 1, ('k:V', 'l:w x')), Submission('b', 'gauge', 5, ())])
    store.add(20, [Submission('a', 'gauge', 2, ('l:w_x', 'k:v', 'k:v'))])

    assert store.metrics['a'].tags == [('k:v', 'l:w_x')]
    assert points(store, 'a') == [[1, 2]]
    assert points(store, 'b') == [[5, None]]
    assert store.series_count == 2


def test_points_at_the_same_time():
    store = PointStore()
    for _ in range(2):
        store.add(10, [submission('a', 3), submission('a', 4), submission('a.count', 3), submission('a.count', 4)])

    assert points(store, 'a') == [[4]]
    assert points(store, 'a.count') == [[14]]


def test_points_in_any_order_of_time():
    store = PointStore()
    for time in (30, 10, 20):
        store.add(time, [submission('a', time)])

    assert points(store, 'a') == [[10, 20, 30]]


def test_times():
    store = store_with({'a': [1, 2, 3, 4]}, every=10, start=0)

    columns, times = store.times(10, 20)

    assert (columns, times.tolist()) == (slice(1, 3), [10, 20])


def test_a_metric_has_one_type_and_the_points_of_others_are_kept():
    store = PointStore()
    store.add(10, [Submission('a', 'gauge', 1, ())])

    with pytest.raises(NotKept, match='1 points are left out. The first one: a is a gauge, and cannot be a count too'):
        store.add(20, [Submission('a', 'count', 1, ()), Submission('b', 'gauge', 1, ())])

    assert points(store, 'a') == [[1, None]]
    assert points(store, 'b') == [[None, 1]]


def test_a_store_has_so_many_series_and_only_what_comes_on_top_is_left_out():
    store = PointStore(max_series=2)
    store.add(10, [submission('a{k:1}', 1)])
    status = ServiceCheckStatus('c', 'OK', (), '')

    with pytest.raises(NotKept, match='2 points are left out. The first one: a: there are 2 series already'):
        store.add(
            20, [submission(f'{name}{{k:{k}}}', k) for name, k in (('a', 2), ('a', 3), ('b', 4), ('a', 1))], [status]
        )

    assert store.series_count == 2
    assert points(store, 'a') == [[1, 1], [None, 2]]
    assert 'b' not in store.metrics
    assert store.statuses('c') == {(): [(20, 'OK')]}


def test_what_is_older_than_the_retention_is_forgotten():
    store = PointStore(retention=100)
    add(store, {'a{k:old}': [1] * 5, 'a{k:new}': [2] * 40, 'b{}': [3] * 5}, every=10)

    _, times = store.times(-np.inf, np.inf)
    last = START + 390
    assert times[-1] == last
    assert last - 120 <= times[0] <= last - 100
    assert list(store.metrics) == ['a']
    assert store.metrics['a'].tags == [('k:new',)]
    assert points(store, 'a') == [[2] * len(times)]
    store.add(last + 10, [submission('a{k:old}', 7)])
    assert points(store, 'a')[1][-1] == 7


def test_service_checks():
    store = PointStore(retention=100)
    for time, status in ((0, 'OK'), (50, 'CRITICAL'), (40, 'WARNING'), (101, 'OK')):
        store.add(time, [], [ServiceCheckStatus('c', status, ('k:V',), '')])

    assert store.statuses('c') == {('k:v',): [(40, 'WARNING'), (50, 'CRITICAL'), (101, 'OK')]}
    assert store.statuses('other') == {}


@pytest.fixture(scope='module')
def large_node() -> tuple[PointStore, int]:
    """Return an hour of 20,000 series of a node, scraped every 15 seconds, and the bytes that Python took at most."""
    tracemalloc.start()
    store = PointStore()
    for scrape in range(240):
        # A cell takes its bytes with or without a point. What is scraped is new text every time.
        common = tuple(f'common_{i}:value_{i}' for i in range(10))
        batch = [
            Submission(f'cilium.metric_{i % 500}', 'gauge', i, (*common, f'k:{i}'))
            for i in range(20_000 if scrape < 2 else 1)
        ]
        store.add(15 * scrape, batch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return store, peak


def test_an_hour_of_a_large_node_takes_less_than_200_megabytes(large_node):
    store, peak = large_node

    assert store.series_count == 20_000
    assert peak < 200 * MEGABYTE


def test_the_bytes_that_it_reports_are_about_those_that_it_takes(large_node):
    store, peak = large_node

    assert 38.4 * MEGABYTE < store.nbytes < peak
    assert store.nbytes > peak / 4
