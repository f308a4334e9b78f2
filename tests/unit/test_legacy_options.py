# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options of the first implementation: each is taken over, or refused by its name."""

from __future__ import annotations

import logging

import pytest
from endpoints import for_authorization, plain
from expositions import family

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.options.legacy import SERVICE_ACCOUNT_TOKEN, with_options_of_today

URL = 'http://10.0.0.1:9962/metrics'
DROPS = family('cilium_drop_count_total', 'counter', 3, reason='Policy denied', direction='EGRESS')
NODES = family('cilium_unreachable_nodes', 'gauge', 1)


def translated(**options: object) -> dict:
    """Return the options of today that options become."""
    instance, _ = with_options_of_today({'agent_endpoint': URL, **options})
    return {name: value for name, value in instance.items() if name != 'agent_endpoint'}


@pytest.mark.parametrize(
    ('old', 'today'),
    [
        ({'health_service_check': False}, {'enable_health_service_check': False}),
        ({'label_to_hostname': 'node'}, {'hostname_label': 'node'}),
        ({'label_to_hostname_suffix': '-east'}, {'hostname_format': '<HOSTNAME>-east'}),
        ({'non_cumulative_buckets': True}, {'non_cumulative_histogram_buckets': True}),
        ({'prometheus_metrics_prefix': 'x_'}, {'raw_metric_prefix': 'x_'}),
        ({'send_distribution_buckets': True}, {'histogram_buckets_as_distributions': True}),
        ({'send_histograms_buckets': False}, {'collect_histogram_buckets': False}),
        ({'send_distribution_counts_as_monotonic': True}, {'collect_counters_with_distributions': True}),
        ({'ssl_verify': False, 'prometheus_timeout': 3}, {'tls_verify': False, 'timeout': 3}),
        ({'ignore_metrics': ['a', 'b_*']}, {'exclude_metrics': ['a', r'^(?s:b_.*)\Z']}),
        (
            {'ignore_metrics_by_labels': {'a': ['*'], 'b': ['1.2']}},
            {'exclude_metrics_by_labels': {'a': True, 'b': [r'^1\.2$']}},
        ),
        ({'labels_mapper': {'a': 'b', 'le': 'bound'}}, {'rename_labels': {'a': 'b', 'upper_bound': 'bound'}}),
        (
            {'label_joins': {'m': {'labels_to_match': ['a'], 'labels_to_get': ['b']}}},
            {'share_labels': {'m': {'match': ['a'], 'labels': ['b'], 'values': [1]}}},
        ),
        (
            {'label_joins': {'m': {'labels_to_match': ['*'], 'labels_to_get': ['b']}}},
            {'share_labels': {'m': {'labels': ['b'], 'values': [1]}}},
        ),
        (
            {'type_overrides': {'cilium_drop_count_total': 'gauge', 'mine': 'counter'}},
            {
                'extra_metrics': [
                    {'cilium_drop_count': {'name': 'drop_count', 'type': 'gauge'}},
                    {'mine': {'name': 'mine', 'type': 'counter'}},
                ]
            },
        ),
        ({'exclude_labels': ['a', 'le']}, {'exclude_labels': ['a', 'le', 'upper_bound']}),
        ({'exclude_labels': ['a']}, {'exclude_labels': ['a']}),
        ({'bearer_token_auth': False, 'bearer_token_path': '/token'}, {}),
        ({'bearer_token_auth': 'tls_only'}, {}),
        ({'send_monotonic_counter': True, 'send_monotonic_with_gauge': False}, {}),
        ({'ignore_metrics': None}, {}),
    ],
    ids=repr,
)
def test_what_an_old_option_becomes(old, today):
    assert translated(**old) == today


@pytest.mark.parametrize(
    ('options', 'path'),
    [
        ({'bearer_token_auth': True}, SERVICE_ACCOUNT_TOKEN),
        ({'bearer_token_auth': True, 'bearer_token_path': '/token'}, '/token'),
        ({'bearer_token_auth': 'tls_only', 'agent_endpoint': 'https://10.0.0.1/metrics'}, SERVICE_ACCOUNT_TOKEN),
    ],
    ids=repr,
)
def test_a_bearer_token(options, path):
    reader = translated(**options)['auth_token']['reader']
    assert reader == {'type': 'file', 'path': path}


def test_a_bearer_token_is_sent(serve, run, tmp_path):
    token = tmp_path / 'token'
    token.write_text('abc\n')
    agent = serve(for_authorization('Bearer abc', plain(NODES)))
    instance = {'agent_endpoint': agent.url, 'bearer_token_auth': True, 'bearer_token_path': str(token)}

    assert run(CiliumCheck('cilium', {}, [instance])).metric_names == ['cilium.unreachable.nodes']


def test_an_option_of_today_wins_and_lists_are_joined():
    assert translated(send_histograms_buckets=False, collect_histogram_buckets=True) == {
        'collect_histogram_buckets': True
    }
    assert translated(ignore_metrics=['a'], exclude_metrics=['b']) == {'exclude_metrics': ['b', 'a']}
    assert translated(labels_mapper={'a': 'x', 'b': 'y'}, rename_labels={'a': 'z'}) == {
        'rename_labels': {'a': 'z', 'b': 'y'}
    }


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'send_monotonic_counter': False}, '`send_monotonic_counter` no longer exists. Remove it'),
        ({'send_monotonic_with_gauge': True}, 'the type `counter_gauge`'),
        ({'type_overrides': {'a_*': 'gauge'}}, '`type_overrides` no longer takes patterns'),
        (
            {'bearer_token_auth': 'tls_only', 'operator_endpoint': 'https://10.0.0.1/metrics'},
            '`bearer_token_auth: tls_only` no longer works for endpoints of both kinds',
        ),
        ({'labels_mapper': ['a']}, '`labels_mapper` is a legacy option, and does not have the form'),
    ],
    ids=repr,
)
def test_what_cannot_be_taken_over_is_refused_by_its_name(options, message):
    with pytest.raises(ConfigurationError) as e:
        translated(**options)

    assert message in str(e.value)


def test_excluded_metrics_do_not_come_back_and_the_log_names_the_option_of_today(serve, run, caplog):
    caplog.set_level(logging.INFO)
    agent = serve(plain(DROPS + NODES))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'ignore_metrics': ['cilium_drop_*']}])

    for _ in range(2):
        assert run(check).metric_names == ['cilium.unreachable.nodes']
    messages = [record.getMessage() for record in caplog.records if 'legacy implementation' in record.getMessage()]
    assert messages == [
        'Options of the legacy implementation are translated: `ignore_metrics` (today: `exclude_metrics`)'
    ]


@pytest.mark.parametrize(('options', 'count'), [({}, 1), ({'use_openmetrics': True}, 0)], ids=repr)
def test_an_instance_without_use_openmetrics_works_and_is_told_once_that_names_differ(
    options, count, serve, run, caplog
):
    caplog.set_level(logging.INFO)
    agent = serve(plain(NODES))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}])

    for _ in range(2):
        assert run(check).metric_names == ['cilium.unreachable.nodes']
    assert sum('docs/migration.md' in record.getMessage() for record in caplog.records) == count


@pytest.mark.parametrize('empty', [None, '', '  '], ids=repr)
def test_an_empty_address_beside_another_is_not_set(empty, serve, run):
    agent = serve(plain(NODES))
    instance = {'agent_endpoint': f' {agent.url}\n', 'operator_endpoint': empty}

    assert run(CiliumCheck('cilium', {}, [instance])).metric_names == ['cilium.unreachable.nodes']
