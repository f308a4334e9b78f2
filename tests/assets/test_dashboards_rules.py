# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the rules for queries catch."""

from __future__ import annotations

import pytest
from assets_rules import metric_violations, tag_keys, tag_violations

from toolkit.queries.parsing import parse_query
from toolkit.queries.syntax import MetricSeries, series_of


def series(text: str) -> MetricSeries:
    """Return the only series of a query."""
    (only,) = series_of(parse_query(text))
    return only


@pytest.mark.parametrize(
    'query',
    [
        'sum:cilium.drop_count.count{reason:policy_denied,$cluster} by {kube_node,direction}.as_rate()',
        'sum:cilium.drop_count.count{reason:policy_denied*}.as_count()',
        'max:cilium.bpf.map_pressure{*} by {map_name,kube_node}',
        # A gauge whose name ends like a count.
        'sum:cilium.controllers.failing.count{*} by {kube_cluster_name}',
        # Labels that Datadog keeps for itself get another name.
        'sum:cilium.hubble.lost_events.count{*} by {cilium_source}.as_rate()',
        # Labels of older versions of Cilium, and those that Hubble is told to add.
        'min:cilium.clustermesh.remote_cluster_readiness_status{*} by {source_cluster,target_cluster}',
        'sum:cilium.hubble.drop.count{*} by {source_namespace,destination_pod}.as_count()',
        'sum:cilium.policy.implementation_delay.bucket{upper_bound:10.0}.as_rate()',
        'sum:cilium.drop_count.count{kube_node IN ($node.value,node-1)}.as_rate()',
    ],
)
def test_right_query_has_no_violations(query):
    assert metric_violations(series(query)) == []
    assert tag_violations(series(query)) == []


@pytest.mark.parametrize(
    ('query', 'told'),
    [
        ('sum:cilium.drops.count{*}.as_rate()', 'is not in metadata.csv'),
        ('cilium.unreachable.nodes{*}', 'has no aggregator'),
        ('p95:cilium.policy.implementation_delay.sum{*}.as_rate()', 'no distribution'),
        ('sum:cilium.drop_count.count{*}', 'say .as_rate() or .as_count()'),
        ('avg:cilium.drop_count.count{*}.as_rate()', 'are summed, not avg'),
        ('sum:cilium.controllers.failing.count{*}.as_count()', 'is a gauge'),
        ('sum:cilium.bpf.map_pressure{*} by {map_name}', 'must not be summed'),
    ],
)
def test_wrong_use_of_a_metric_is_told(query, told):
    (violation,) = metric_violations(series(query))

    assert told in violation


@pytest.mark.parametrize(
    ('query', 'told'),
    [
        ('sum:cilium.drop_count.count{*} by {cause}.as_rate()', 'has no tag `cause`'),
        ('sum:cilium.drop_count.count{cause:x}.as_rate()', 'has no tag `cause`'),
        ('sum:cilium.drop_count.count{source_namespace:x}.as_rate()', 'has no tag `source_namespace`'),
        ('sum:cilium.hubble.lost_events.count{source_pod:x}.as_rate()', 'has no tag `source_pod`'),
        ('sum:cilium.policy.implementation_delay.count{upper_bound:1.0}.as_rate()', 'has no tag `upper_bound`'),
        ('sum:cilium.drop_count.count{reason:Policy_denied}.as_rate()', '`reason:policy_denied`'),
    ],
)
def test_wrong_tag_is_told(query, told):
    (violation,) = tag_violations(series(query))

    assert told in violation


def test_reserved_label_is_not_offered_under_its_own_name():
    # `source` is there all the same: the check adds it.
    assert 'version' not in tag_keys('cilium.version')
    assert 'cilium_version' in tag_keys('cilium.version')
