# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Values and tags of what is submitted, from one scrape and from several."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import VERSION, family, own_tags, recording

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck

SERVICES = {
    'agent': 'cilium-agent',
    'operator': 'cilium-operator',
    'hubble': 'hubble',
    'hubble_relay': 'hubble-relay',
    'clustermesh_apiserver': 'clustermesh-apiserver',
    'kvstoremesh': 'kvstoremesh',
    'envoy': 'cilium-envoy',
}
GAUGE, COUNTER = AggregatorStub.GAUGE, AggregatorStub.MONOTONIC_COUNT
DNS_TAGS = ('destination_namespace:demo', 'source_namespace:demo', 'qtypes:A')

# Stage of the recording, component, metric, type: every series of it, tags (without ours) and value.
RECORDED = [
    ('healthy-1', 'agent', 'cilium.unreachable.nodes', GAUGE, {(): 0}),
    ('incident', 'agent', 'cilium.unreachable.nodes', GAUGE, {(): 1}),
    (
        'healthy-1',
        'agent',
        'cilium.drop_count.count',
        COUNTER,
        {('direction:EGRESS', 'reason:Unsupported L3 protocol'): 25},
    ),
    (
        'incident',
        'agent',
        'cilium.drop_count.count',
        COUNTER,
        {
            ('direction:EGRESS', 'reason:Policy denied'): 12,
            ('direction:EGRESS', 'reason:Unsupported L3 protocol'): 29,
            ('direction:INGRESS', 'reason:Stale or unroutable IP'): 12,
        },
    ),
    (
        'incident',
        'agent',
        'cilium.forward_count.count',
        COUNTER,
        {('direction:EGRESS',): 1173, ('direction:INGRESS',): 1476},
    ),
    (
        'incident',
        'agent',
        'cilium.endpoint.state',
        GAUGE,
        {
            ('endpoint_state:ready',): 5,
            ('endpoint_state:regenerating',): 0,
            ('endpoint_state:waiting-for-identity',): 0,
            ('endpoint_state:waiting-to-regenerate',): 0,
        },
    ),
    ('incident', 'agent', 'cilium.controllers.failing.count', GAUGE, {(): 1}),
    (
        'incident',
        'agent',
        'cilium.ip_addresses.count',
        GAUGE,
        {('family:ipv4',): 5, ('family:ipv6',): 0},
    ),
    (
        'incident',
        'agent',
        'cilium.bpf.map_pressure',
        GAUGE,
        {
            ('map_name:ct4_global',): 0.00019393567649725107,
            ('map_name:ct_any4_global',): 0.0008569289470598317,
            ('map_name:ipcache_v2',): 2.1484375e-05,
            ('map_name:lxc',): 9.155413138017853e-05,
        },
    ),
    (
        'incident',
        'agent',
        'cilium.fqdn.active_names',
        GAUGE,
        {
            ('cilium_endpoint:201',): 0,
            ('cilium_endpoint:2662',): 4,
            ('cilium_endpoint:33',): 0,
            ('cilium_endpoint:3760',): 0,
            ('cilium_endpoint:402',): 0,
        },
    ),
    ('incident', 'agent', 'cilium.k8s_event.lag.seconds', GAUGE, {('cilium_source:k8s',): 0}),
    (
        'incident',
        'agent',
        'cilium.k8s_client.api_calls.count',
        COUNTER,
        {
            ('cilium_host:127.0.0.1:8001', 'method:GET', 'return_code:200'): 26,
            ('cilium_host:127.0.0.1:8001', 'method:GET', 'return_code:404'): 4,
            ('cilium_host:127.0.0.1:8001', 'method:POST', 'return_code:201'): 6,
            ('cilium_host:127.0.0.1:8001', 'method:PUT', 'return_code:200'): 2,
        },
    ),
    ('incident', 'agent', 'cilium.feature.network_policies.l3_policies.count', COUNTER, {('action:add',): 5}),
    (
        'incident',
        'hubble',
        'cilium.hubble.dns.responses.count',
        COUNTER,
        {
            (
                *DNS_TAGS,
                f'query:{name}.example.com.',
                'source_pod:web-2',
                f'ips_returned:{ips}',
                f'rcode:{rcode}',
            ): count
            for names, ips, rcode, count in (
                (('known1', 'known2', 'known3', 'known4'), 1, 'No Error', 6),
                (('missing1', 'missing2', 'missing3'), 0, 'Non-Existent Domain', 12),
            )
            for name in names
        },
    ),
    (
        'incident',
        'hubble_relay',
        'cilium.hubble_relay.pool.peer_connection_status',
        GAUGE,
        {
            ('status:CONNECTING',): 0,
            ('status:IDLE',): 2,
            ('status:NIL_CONNECTION',): 0,
            ('status:READY',): 0,
            ('status:SHUTDOWN',): 0,
            ('status:TRANSIENT_FAILURE',): 0,
        },
    ),
    ('incident', 'operator', 'cilium.operator.lbipam.conflicting.pools', GAUGE, {(): 0}),
    ('incident', 'operator', 'cilium.operator.process.start_time.seconds', GAUGE, {(): 1.79539654605e09}),
    (
        'incident',
        'operator',
        'cilium.operator.errors.warnings.count',
        COUNTER,
        {('level:ERROR', 'subsystem:init'): 0, ('level:WARN', 'subsystem:init'): 0},
    ),
    (
        'incident',
        'kvstoremesh',
        'cilium.kvstoremesh.remote_cluster_failures',
        GAUGE,
        {('target_cluster:remote',): 1},
    ),
    (
        'incident',
        'kvstoremesh',
        'cilium.kvstoremesh.leader_election.master_status',
        GAUGE,
        {('name:kvstoremesh',): 1},
    ),
    ('incident', 'clustermesh_apiserver', 'cilium.clustermesh_apiserver.bootstrap.seconds', GAUGE, {(): 0.471938635}),
]

LATENCY = 'cilium.node_health.connectivity.latency.seconds'
LATENCY_TAGS = ('address_type:primary', 'protocol:http', 'type:endpoint')


@pytest.fixture
def scrape(serve, run):
    """Serve an exposition, run the check on it once, and return what it submitted and the tags of the endpoint."""

    def scrape(component, body, **options):
        endpoint = serve(plain(body))
        submitted = run(CiliumCheck('cilium', {}, [{f'{component}_endpoint': endpoint.url, **options}]))
        return submitted, own_tags(SERVICES[component], endpoint.url)

    return scrape


@pytest.mark.parametrize(
    ('stage', 'component', 'metric', 'metric_type', 'expected'),
    RECORDED,
    ids=[f'{metric} {stage}' for stage, _, metric, *_ in RECORDED],
)
def test_recorded_values(stage, component, metric, metric_type, expected, scrape):
    submitted, tags = scrape(component, recording(component, stage))

    series = {tuple(sorted(stub.tags)): stub.value for stub in submitted.metrics(metric)}
    assert series == {tuple(sorted((*labels, *tags))): value for labels, value in expected.items()}
    assert len(submitted.metrics(metric)) == len(expected)
    assert {stub.type for stub in submitted.metrics(metric)} == {metric_type}


def test_histogram(scrape):
    submitted, tags = scrape('agent', recording('agent'))

    tags = (*LATENCY_TAGS, *tags)
    for bound in ('0.001', '0.0025'):
        submitted.assert_metric(
            f'{LATENCY}.bucket', value=0, metric_type=COUNTER, tags=[*tags, f'upper_bound:{bound}'], count=1
        )
    for bound in ('0.005', '0.01', '1.0', '8.0'):
        submitted.assert_metric(
            f'{LATENCY}.bucket', value=1, metric_type=COUNTER, tags=[*tags, f'upper_bound:{bound}'], count=1
        )
    submitted.assert_metric(f'{LATENCY}.bucket', tags=[*tags, 'upper_bound:inf'], count=0)
    submitted.assert_metric(f'{LATENCY}.sum', value=0.00313136, metric_type=COUNTER, tags=list(tags), count=1)
    submitted.assert_metric(f'{LATENCY}.count', value=1, metric_type=COUNTER, tags=list(tags), count=1)


def test_summary(scrape):
    submitted, tags = scrape('agent', recording('agent', 'incident'), go_metrics=True)

    name = 'cilium.go.gc.duration.seconds'
    for quantile, value in (('0', 8.4866e-05), ('0.25', 0.000111575), ('1.0', 0.00124171)):
        submitted.assert_metric(
            f'{name}.quantile', value=value, metric_type=GAUGE, tags=[*tags, f'quantile:{quantile}'], count=1
        )
    submitted.assert_metric(f'{name}.sum', value=0.003444007, metric_type=COUNTER, tags=tags, count=1)
    submitted.assert_metric(f'{name}.count', value=12, metric_type=COUNTER, tags=tags, count=1)


def test_a_family_that_was_renamed_keeps_its_name(scrape):
    for version, wire_name in (('1.16', 'conflicting_pools_total'), (VERSION, 'conflicting_pools')):
        body = recording('operator', version=version)
        assert f'# TYPE cilium_operator_lbipam_{wire_name} gauge' in body

        submitted, tags = scrape('operator', body)

        submitted.assert_metric(
            'cilium.operator.lbipam.conflicting.pools', value=0, metric_type=GAUGE, tags=tags, count=1
        )


def test_a_histogram_that_becomes_a_gauge_while_the_agent_runs(serve, run):
    """`cilium_agent_bootstrap_seconds`, when a node is upgraded to Cilium 1.18."""
    agent = serve(plain(recording('agent', version='1.16')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    submitted = run(check)
    tags = ['outcome:success', 'scope:bpfBase', *own_tags('cilium-agent', agent.url)]
    submitted.assert_metric('cilium.agent.bootstrap.seconds.count', value=1, metric_type=COUNTER, tags=tags, count=1)
    assert 'cilium.agent.bootstrap.seconds' not in submitted.metric_names
    agent.answer = plain(family('cilium_agent_bootstrap_seconds', 'gauge', 1.5, outcome='success', scope='bpfBase'))

    submitted = run(check)

    submitted.assert_metric('cilium.agent.bootstrap.seconds', value=1.5, metric_type=GAUGE, tags=tags, count=1)
    assert 'cilium.agent.bootstrap.seconds.count' not in submitted.metric_names


def test_old_envoy_names_hold_the_address_of_the_node(serve, run):
    old = 'envoy_cilium_policymap_10_0_0_1_sidecar__10_0_0_1_node_1_'
    envoy = serve(
        plain(
            family(f'{old}update_success', 'counter', 5)
            + family(f'{old}update_duration', 'histogram', 0).splitlines()[0]
            + f'\n{old}update_duration_bucket{{le="5"}} 3\n{old}update_duration_bucket{{le="+Inf"}} 4\n'
            + f'{old}update_duration_sum 20\n{old}update_duration_count 4\n'
            + family(f'{old}control_plane_connected_state', 'gauge', 1)
            + family(f'{old}version', 'gauge', 7)
            + family(f'{old}version_text', 'gauge', 8)
            + family('envoy_server_live', 'gauge', 1)
        )
    )

    submitted = run(CiliumCheck('cilium', {}, [{'envoy_endpoint': envoy.url}]))

    tags = own_tags('cilium-envoy', envoy.url)
    npds = 'cilium.envoy.npds'
    submitted.assert_metric(f'{npds}.update_success.count', value=5, metric_type=COUNTER, tags=tags, count=1)
    submitted.assert_metric(f'{npds}.update_duration.bucket', value=3, tags=['upper_bound:5.0', *tags], count=1)
    submitted.assert_metric(f'{npds}.update_duration.count', value=4, metric_type=COUNTER, tags=tags, count=1)
    submitted.assert_metric(f'{npds}.control_plane_connected_state', value=1, metric_type=GAUGE, tags=tags, count=1)
    submitted.assert_metric(f'{npds}.version', value=7, metric_type=GAUGE, tags=tags, count=1)
    assert len(submitted.metrics(f'{npds}.version')) == 1
    assert all(name.startswith(f'{npds}.') for name in submitted.metric_names)


class TestWhatCiliumAddsToEnvoy:
    """Its counters stand among those of Envoy, which the Agent's `envoy` check collects. It does not collect these."""

    @pytest.mark.parametrize(
        ('wire_name', 'labels', 'metric', 'metric_type'),
        [
            ('envoy_cilium_access_denied', {}, 'access_denied.count', COUNTER),
            ('envoy_cilium_policy_updates_total', {}, 'policy.updates.count', COUNTER),
            ('envoy_cilium_policy_updates_rejected', {}, 'policy.updates_rejected.count', COUNTER),
            (
                'envoy_cilium_policy_tls_wrapper_missing_policy',
                {},
                'policy.tls_wrapper_missing_policy.count',
                COUNTER,
            ),
            ('envoy_cilium_policy_policy_stream_generation', {}, 'policy.stream_generation', GAUGE),
            (
                'envoy_cluster_cilium_access_denied',
                {'envoy_cluster_name': 'ns/cec/svc_80'},
                'cluster.access_denied.count',
                COUNTER,
            ),
            ('envoy_cilium_nphds_update_rejected', {}, 'nphds.update_rejected.count', COUNTER),
            ('envoy_cilium_hostmap_update_rejected', {}, 'nphds.update_rejected.count', COUNTER),
            ('envoy_cilium_hostmap_1_update_rejected', {}, 'nphds.update_rejected.count', COUNTER),
            ('envoy_cilium_policymap_10_0_0_1_1_policy_updates', {}, 'policy.updates.count', COUNTER),
            (
                'envoy_cilium_policymap_10_0_0_1_1_policy_updates_rejected',
                {},
                'policy.updates_rejected.count',
                COUNTER,
            ),
            ('envoy_websocket_access_denied', {}, 'websocket.access_denied.count', COUNTER),
        ],
    )
    def test_is_collected(self, wire_name, labels, metric, metric_type, scrape):
        wire_type = 'counter' if metric_type == COUNTER else 'gauge'
        submitted, tags = scrape(
            'envoy', family(wire_name, wire_type, 17, **labels) + family('envoy_server_live', 'gauge', 1)
        )

        tags = [*tags, *(f'{label}:{value}' for label, value in labels.items())]
        submitted.assert_metric(f'cilium.envoy.{metric}', value=17, metric_type=metric_type, tags=tags, count=1)
        assert len(submitted.metric_names) == 1

    def test_both_counts_of_an_update_of_hosts_keep_their_names(self, scrape):
        body = family('envoy_cilium_hostmap_update_success', 'counter', 3)
        for other in ('nphds', 'hostmap_1'):
            submitted, tags = scrape('envoy', body + family(f'envoy_cilium_{other}_update_success', 'counter', 4))

            submitted.assert_metric('cilium.envoy.hostmap.update_success.count', value=3, tags=tags, count=1)
            submitted.assert_metric('cilium.envoy.nphds.update_success.count', value=4, tags=tags, count=1)


class TestSuperseded:
    """Cilium 1.9 exposes two spellings of one family: what stands in one scrape twice must not count twice."""

    OLD = family('cilium_policy_import_errors', 'counter', 3)
    NEW = family('cilium_policy_import_errors_total', 'counter', 4)

    @pytest.mark.parametrize(
        ('body', 'value'),
        [(OLD, 3), (NEW, 4), (OLD + NEW, 4), (NEW + OLD, 4)],
        ids=['old', 'new', 'old before new', 'new before old'],
    )
    def test_the_new_one_counts(self, body, value, scrape):
        submitted, tags = scrape('agent', body)

        submitted.assert_metric('cilium.policy.import_errors.count', value=value, tags=tags, count=1)
        assert len(submitted.metrics('cilium.policy.import_errors.count')) == 1

    def test_an_aggregate_replaces_the_series_of_each_pair_of_nodes(self, scrape):
        """Cilium 1.17."""
        old = family('cilium_node_connectivity_status', 'gauge', 1, target_node_name='a')
        new = family('cilium_node_health_connectivity_status', 'gauge', 2, status='reachable')

        submitted, _ = scrape('agent', old + new)

        assert submitted.metric_names == ['cilium.node_health.connectivity.status']

    def test_the_scrapes_of_other_versions_are_not_touched(self, scrape):
        submitted, tags = scrape('agent', family('cilium_node_connectivity_status', 'gauge', 1))

        submitted.assert_metric('cilium.node_connectivity.status', value=1, tags=tags, count=1)


class TestCounters:
    """
    The check submits what a counter stands at. The differences are the Agent's work: it ignores a value that is lower
    than the one before, which is what a restart looks like.
    https://docs.datadoghq.com/metrics/custom_metrics/agent_metrics_submission/
    """

    FORWARDED = 'cilium.forward_count.count'

    @pytest.fixture
    def agent(self, serve):
        return serve(plain(recording('agent', 'healthy-1')))

    @pytest.fixture
    def check(self, agent):
        return CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])

    def assert_forwarded(self, submitted, agent, value, flush_first_value):
        submitted.assert_metric(
            self.FORWARDED,
            value=value,
            tags=['direction:EGRESS', *own_tags('cilium-agent', agent.url)],
            metric_type=COUNTER,
            flush_first_value=flush_first_value,
            count=1,
        )

    def test_series_that_appear_after_the_first_scrape_count_from_zero(self, agent, check, run):
        self.assert_forwarded(run(check), agent, 72, flush_first_value=False)
        agent.answer = plain(recording('agent', 'incident'))

        submitted = run(check)

        self.assert_forwarded(submitted, agent, 1173, flush_first_value=True)
        submitted.assert_metric(
            'cilium.drop_count.count',
            value=12,
            tags=['direction:INGRESS', 'reason:Stale or unroutable IP', *own_tags('cilium-agent', agent.url)],
            flush_first_value=True,
            count=1,
        )
        submitted.assert_metric(f'{LATENCY}.bucket', flush_first_value=False, count=0)

    def test_values_fall_after_a_restart_of_cilium(self, agent, check, run):
        for stage, value, flush_first_value in (
            ('healthy-1', 72, False),
            ('incident', 1173, True),
            ('healthy-1', 72, True),
            ('healthy-2', 178, True),
        ):
            agent.answer = plain(recording('agent', stage))

            self.assert_forwarded(run(check), agent, value, flush_first_value)

    @pytest.mark.parametrize(
        'failure',
        [plain('no', status=500), plain('<html>'), plain(recording('agent'), Content_Length=10_000_000)],
        ids=['status', 'garbage', 'cut off'],
    )
    def test_after_a_failure_nobody_knows_when_what_was_counted(self, failure, agent, check, run, failed_run):
        """So what a series that is new then stands at is not counted at once."""
        good = agent.answer
        self.assert_forwarded(run(check), agent, 72, flush_first_value=False)
        self.assert_forwarded(run(check), agent, 72, flush_first_value=True)
        agent.answer = failure
        failed_run(check)
        agent.answer = good

        self.assert_forwarded(run(check), agent, 72, flush_first_value=False)
        self.assert_forwarded(run(check), agent, 72, flush_first_value=True)

    def test_a_failure_of_another_endpoint_changes_nothing(self, serve, agent, run, failed_run, aggregator):
        operator = serve(plain(recording('operator')))
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': operator.url}])
        run(check)
        operator.answer = plain('no', status=500)
        failed_run(check)

        self.assert_forwarded(aggregator, agent, 72, flush_first_value=True)
        failed_run(check)

        self.assert_forwarded(aggregator, agent, 72, flush_first_value=True)

    @pytest.mark.parametrize(
        ('agent_started', 'flush_first_value'),
        [(1, True), (2_000_000_000, False)],
        ids=['before the component', 'after the component'],
    )
    def test_use_process_start_time(self, agent_started, flush_first_value, serve, run, datadog_agent):
        """What a component has counted since it began is new to an Agent that is older."""
        datadog_agent.set_process_start_time(agent_started)
        mesh = serve(plain(recording('kvstoremesh')))
        check = CiliumCheck('cilium', {}, [{'kvstoremesh_endpoint': mesh.url, 'use_process_start_time': True}])

        name = 'cilium.kvstoremesh.process.cpu.seconds.count'
        run(check).assert_metric(name, flush_first_value=flush_first_value, count=1)
        run(check).assert_metric(name, flush_first_value=True, count=1)

    def test_each_endpoint_has_a_first_scrape_of_its_own(self, serve, agent, run, failed_run):
        operator = serve(plain('no', status=500))
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': operator.url}])
        failed_run(check)
        operator.answer = plain(recording('operator'))

        submitted = run(check)

        self.assert_forwarded(submitted, agent, 72, flush_first_value=True)
        submitted.assert_metric('cilium.operator.errors.warnings.count', flush_first_value=False, count=2)
