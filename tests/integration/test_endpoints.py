# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Which endpoints are scraped, and how what they answer is tagged."""

from __future__ import annotations

import socket
from itertools import combinations

import pytest
from endpoints import OPENMETRICS, by_path, chunked, chunked_gzipped, gzipped, in_turn, plain, redirect
from expositions import RECORDED_COMPONENTS, family, own_tags, recording

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import CiliumCheck

HEALTH = 'cilium.openmetrics.health'

# The option, the source and service, a family and the metric that it becomes.
COMPONENTS = {
    'agent': ('agent_endpoint', 'cilium-agent', 'cilium_unreachable_nodes', 'cilium.unreachable.nodes'),
    'operator': (
        'operator_endpoint',
        'cilium-operator',
        'cilium_operator_unmanaged_pods',
        'cilium.operator.unmanaged_pods',
    ),
    'hubble': ('hubble_endpoint', 'hubble', 'hubble_dynamic_exporter_up', 'cilium.hubble.dynamic_exporter.up'),
    'hubble_relay': (
        'hubble_relay_endpoint',
        'hubble-relay',
        'hubble_relay_pool_peer_connection_status',
        'cilium.hubble_relay.pool.peer_connection_status',
    ),
    'envoy': (
        'envoy_endpoint',
        'cilium-envoy',
        'envoy_cilium_npds_control_plane_connected_state',
        'cilium.envoy.npds.control_plane_connected_state',
    ),
    'clustermesh_apiserver': (
        'clustermesh_apiserver_endpoint',
        'clustermesh-apiserver',
        'cilium_clustermesh_apiserver_kvstore_sync_queue_size',
        'cilium.clustermesh_apiserver.kvstore.sync_queue_size',
    ),
    'kvstoremesh': (
        'kvstoremesh_endpoint',
        'kvstoremesh',
        'cilium_kvstoremesh_remote_clusters',
        'cilium.kvstoremesh.remote_clusters',
    ),
    'dns_proxy': (
        'dns_proxy_endpoint',
        'standalone-dns-proxy',
        'standalone_dns_proxy_process_open_fds',
        'cilium.dns_proxy.process.open_fds',
    ),
}


@pytest.fixture
def serve_component(serve):
    """Serve one family of a component, with the value 3."""
    return lambda name: serve(plain(family(COMPONENTS[name][2], 'gauge', 3)))


@pytest.mark.parametrize('name', COMPONENTS)
def test_each_option_alone(name, serve_component, run):
    option, service, _, metric = COMPONENTS[name]
    endpoint = serve_component(name)

    submitted = run(CiliumCheck('cilium', {}, [{option: endpoint.url}]))

    assert submitted.metric_names == [metric]
    submitted.assert_metric(metric, value=3, tags=own_tags(service, endpoint.url), count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=own_tags(service, endpoint.url), count=1)
    assert submitted.service_check_names == [HEALTH]


@pytest.mark.parametrize('names', [*combinations(COMPONENTS, 2), tuple(COMPONENTS)], ids='+'.join)
def test_options_in_combination(names, serve_component, run):
    endpoints = {name: serve_component(name) for name in names}

    submitted = run(CiliumCheck('cilium', {}, [{f'{name}_endpoint': endpoints[name].url for name in names}]))

    assert sorted(submitted.metric_names) == sorted(COMPONENTS[name][3] for name in names)
    for name in names:
        _, service, _, metric = COMPONENTS[name]
        tags = own_tags(service, endpoints[name].url)
        submitted.assert_metric(metric, value=3, tags=tags, count=1)
        submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=tags, count=1)
    assert len(submitted.service_checks(HEALTH)) == len(names)


def test_all_recorded_components_in_one_instance(serve, run):
    endpoints = {name: serve(plain(recording(name))) for name in RECORDED_COMPONENTS}

    submitted = run(CiliumCheck('cilium', {}, [{COMPONENTS[name][0]: e.url for name, e in endpoints.items()}]))

    for name, endpoint in endpoints.items():
        service = COMPONENTS[name][1]
        prefix = 'cilium.' if name == 'agent' else f'cilium.{name}.'
        names = {m for m in submitted.metric_names for s in submitted.metrics(m) if f'source:{service}' in s.tags}
        assert names
        assert {m for m in names if not m.startswith(prefix)} == set()
        submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=own_tags(service, endpoint.url), count=1)


def test_the_instance_that_users_of_the_bundled_check_have(serve, run):
    agent = serve(plain(recording('agent', version='1.16')))

    submitted = run(
        CiliumCheck(
            'cilium', {}, [{'agent_endpoint': f'http://127.0.0.1:{agent.port}/metrics', 'use_openmetrics': 'true'}]
        )
    )

    submitted.assert_metric('cilium.endpoint.count', value=5, tags=own_tags('cilium-agent', agent.url), count=1)


@pytest.mark.parametrize('value', [False, 'false'], ids=repr)
def test_use_openmetrics_false_tells_what_changes_and_asks_nobody(value, serve, failed_run):
    agent = serve(plain(recording('agent')))

    message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'use_openmetrics': value}]))

    assert 'use_openmetrics' in message
    assert '`.count` instead of `.total`' in message
    assert agent.requests == []


@pytest.mark.parametrize('url', [9962, '10.0.0.1:9962/metrics'], ids=repr)
def test_an_unusable_url_stops_the_check_and_names_the_option(url, serve, dd_run_check):
    agent = serve(plain(recording('agent')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': url}])

    with pytest.raises(Exception, match=rf'{ConfigurationError.__name__}(.|\n)*operator_endpoint'):
        dd_run_check(check)

    assert agent.requests == []


def test_ipv6(serve, run):
    try:
        agent = serve(plain(family('cilium_unreachable_nodes', 'gauge', 3)), address='::1')
    except OSError as e:
        pytest.skip(f'no IPv6 on loopback: {e}')
    assert socket.has_ipv6

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    assert agent.url.startswith('http://[::1]:')
    submitted.assert_metric('cilium.unreachable.nodes', value=3, tags=own_tags('cilium-agent', agent.url), count=1)


@pytest.mark.parametrize(
    'form',
    [plain, gzipped, chunked, chunked_gzipped, lambda body: by_path(metrics=redirect('/moved'), moved=plain(body))],
    ids=['plain', 'gzip', 'chunked', 'chunked and gzip', 'redirect'],
)
def test_every_form_of_answer_gives_the_same_metrics(form, serve, run):
    body = recording('agent', 'incident')
    agent = serve(plain(body))
    instance = {'agent_endpoint': agent.url}
    expected = values(run(CiliumCheck('cilium', {}, [instance])))
    agent.answer = form(body)

    submitted = run(CiliumCheck('cilium', {}, [instance]))

    assert values(submitted) == expected
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=own_tags('cilium-agent', agent.url), count=1)


def values(submitted):
    return {name: submitted.metrics(name) for name in submitted.metric_names}


def test_an_answer_in_the_openmetrics_format(serve, run):
    body = (
        '# TYPE cilium_endpoint_regenerations counter\n'
        'cilium_endpoint_regenerations_total{outcome="success"} 5.0\n'
        '# TYPE cilium_unreachable_nodes gauge\n'
        'cilium_unreachable_nodes 3\n'
        '# EOF\n'
    )
    agent = serve(plain(body, Content_Type=OPENMETRICS))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'use_latest_spec': True}]))

    tags = own_tags('cilium-agent', agent.url)
    submitted.assert_metric('cilium.unreachable.nodes', value=3, tags=tags, count=1)
    submitted.assert_metric('cilium.endpoint.regenerations.count', value=5, tags=['outcome:success', *tags], count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=tags, message='^$', count=1)


@pytest.mark.parametrize(
    'mark',
    ['\N{LINE SEPARATOR}', '\N{NEXT LINE}', '\f', '\x1e'],
    ids=['line separator', 'next line', 'form feed', 'record separator'],
)
def test_an_end_of_line_in_a_label_costs_its_line_and_no_other(mark, serve, run):
    """To the base class these characters end a line. Pods choose the values of some labels."""
    body = family('cilium_fqdn_active_names', 'gauge', 3, where=f'a{mark}b')
    body += 'cilium_fqdn_active_names{where="c"} 4\n' + family('cilium_unreachable_nodes', 'gauge', 5)
    agent = serve(plain(body))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    tags = own_tags('cilium-agent', agent.url)
    submitted.assert_metric('cilium.fqdn.active_names', value=4, tags=['where:c', *tags], count=1)
    submitted.assert_metric('cilium.unreachable.nodes', value=5, tags=tags, count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.WARNING, tags=tags, count=1)


def test_a_byte_that_is_not_utf_8_costs_no_more_than_itself(serve, run):
    body = family('cilium_unreachable_nodes', 'gauge', 3).encode()
    body += family('cilium_fqdn_active_names', 'gauge', 4, where='a?b').encode().replace(b'?', b'\xff')
    agent = serve(plain(body))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    tags = own_tags('cilium-agent', agent.url)
    submitted.assert_metric('cilium.unreachable.nodes', value=3, tags=tags, count=1)
    submitted.assert_metric('cilium.fqdn.active_names', value=4, tags=['where:a\ufffdb', *tags], count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=tags, count=1)


@pytest.mark.parametrize('content_type', ['text/plain', 'text/plain; charset=no-such', ''])
def test_text_is_utf_8_whatever_the_header_says(content_type, serve, run):
    agent = serve(plain(family('cilium_fqdn_active_names', 'gauge', 3, where='café'), Content_Type=content_type))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    tags = ['where:café', *own_tags('cilium-agent', agent.url)]
    submitted.assert_metric('cilium.fqdn.active_names', value=3, tags=tags, count=1)


def test_a_component_that_comes_later_is_collected_from_then_on(serve, run, failed_run):
    agent = serve(in_turn(plain('starting', status=503), plain(family('cilium_unreachable_nodes', 'gauge', 3))))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])

    assert '503' in failed_run(check)

    run(check).assert_metric('cilium.unreachable.nodes', value=3, count=1)
