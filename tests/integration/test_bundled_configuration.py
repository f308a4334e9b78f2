# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Configurations of the check that the Agent brings run unchanged.

The options and what their values look like are those of its `conf.yaml.example` and `auto_conf.yaml`:
https://github.com/DataDog/integrations-core/tree/master/cilium/datadog_checks/cilium/data
"""

from __future__ import annotations

import json

import pytest
from endpoints import plain
from expositions import recording

from datadog_checks.cilium import CiliumCheck

OLD_OPTIONS = {
    'bearer_token_auth': False,
    'bearer_token_path': '/var/run/secrets/token',
    'bearer_token_refresh_interval': 60,
    'exclude_labels': ['timestamp'],
    'health_service_check': True,
    'ignore_metrics': ['go_*', 'process_*'],
    'ignore_metrics_by_labels': {'flavor': ['*'], 'origin': ['a', 'b']},
    'ignore_tags': ['^flavor:', '.*origin'],
    'label_joins': {'target_metric': {'labels_to_match': ['matched'], 'labels_to_get': ['extra_1', 'extra_2']}},
    'label_to_hostname': 'node_without_such_a_label',
    'label_to_hostname_suffix': '-cluster',
    'labels_mapper': {'flavor': 'origin'},
    'namespace': 'service',
    'prometheus_metrics_prefix': '',
    'send_distribution_buckets': False,
    'send_distribution_counts_as_monotonic': False,
    'send_distribution_sums_as_monotonic': False,
    'send_histograms_buckets': True,
    'send_monotonic_counter': True,
    'send_monotonic_with_gauge': False,
    'type_overrides': {'cilium_unreachable_nodes': 'gauge'},
}
NEW_OPTIONS = {
    'allow_redirects': True,
    'cache_metric_wildcards': True,
    'cache_shared_labels': True,
    'collect_counters_with_distributions': False,
    'collect_histogram_buckets': True,
    'connect_timeout': 5,
    'disable_generic_tags': False,
    'empty_default_hostname': False,
    'enable_health_service_check': True,
    'enable_legacy_tags_normalization': True,
    'exclude_metrics': ['^go_.+'],
    'exclude_metrics_by_labels': {'no_such_label': True},
    'extra_metrics': [{'cilium_mine': 'mine'}],
    'extra_headers': {'X-Test': 'a'},
    'histogram_buckets_as_distributions': False,
    'ignore_connection_errors': False,
    'log_requests': False,
    'max_returned_metrics': 0,
    'metric_patterns': {'exclude': ['^nothing$']},
    'min_collection_interval': 15,
    'non_cumulative_histogram_buckets': False,
    'persist_connections': False,
    'proxy': {'no_proxy': ['127.0.0.1']},
    'raw_metric_prefix': '',
    'read_timeout': 5,
    'rename_labels': {'flavor': 'origin'},
    'request_size': 16,
    'service': 'network',
    'skip_proxy': True,
    'tag_by_endpoint': True,
    'tags': ['team:net'],
    'telemetry': False,
    'timeout': 10,
    'tls_verify': True,
    'use_latest_spec': False,
    'use_openmetrics': True,
    'use_process_start_time': False,
}


@pytest.fixture
def agent(serve):
    return serve(plain(recording('agent')))


@pytest.fixture
def usual(agent, run):
    return run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])).metric_names


@pytest.mark.parametrize(
    'options', [OLD_OPTIONS, NEW_OPTIONS, {**OLD_OPTIONS, **NEW_OPTIONS}], ids=['old', 'new', 'both']
)
def test_all_options_of_the_example(options, agent, usual, run):
    assert run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}])).metric_names == usual


@pytest.mark.parametrize('option', OLD_OPTIONS)
def test_each_old_option(option, agent, usual, run):
    instance = {'agent_endpoint': agent.url, option: OLD_OPTIONS[option]}

    assert run(CiliumCheck('cilium', {}, [instance])).metric_names == usual


def test_its_auto_conf(agent, usual, run):
    instance = {'agent_endpoint': agent.url, 'tags': ['cilium-pod:10.0.0.1']}

    submitted = run(CiliumCheck('cilium', {}, [instance]))

    assert submitted.metric_names == usual
    assert 'cilium-pod:10.0.0.1' in submitted.metrics('cilium.unreachable.nodes')[0].tags


def test_annotations_as_they_were_recommended(agent, usual, run):
    """https://docs.datadoghq.com/integrations/cilium/"""
    for annotation in (
        f'[{{"agent_endpoint": "{agent.url}", "use_openmetrics": true}}]',
        f'[{{"agent_endpoint": "{agent.url}", "use_openmetrics": "true"}}]',
        f'[{{"agent_endpoint": "{agent.url}"}}]',
    ):
        assert run(CiliumCheck('cilium', {}, json.loads(annotation))).metric_names == usual
