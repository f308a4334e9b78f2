# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the options of the base class do when an instance has several endpoints."""

from __future__ import annotations

import base64

import pytest
from endpoints import chunked, for_authorization, plain
from expositions import family, own_tags, sample

from datadog_checks.base.utils.tagging import GENERIC_TAGS
from datadog_checks.cilium import CiliumCheck

HEALTH = 'cilium.openmetrics.health'
DROPS = family('cilium_drop_count_total', 'counter', 12, reason='Policy denied', direction='EGRESS')
AGENT = family('cilium_unreachable_nodes', 'gauge', 1) + DROPS
OPERATOR = family('cilium_operator_unmanaged_pods', 'gauge', 2)


@pytest.fixture
def agent(serve):
    return serve(plain(AGENT))


@pytest.fixture
def operator(serve):
    return serve(plain(OPERATOR))


@pytest.fixture
def collect(agent, operator, run):
    """Run the check once on the agent and the operator, with more options."""

    def collect(init_config=None, **options):
        instance = {'agent_endpoint': agent.url, 'operator_endpoint': operator.url, **options}
        return run(CiliumCheck('cilium', init_config or {}, [instance]))

    return collect


def tags_of(submitted, name):
    (metric,) = submitted.metrics(name)
    return sorted(metric.tags)


class TestLimit:
    def test_max_returned_metrics_is_for_all_endpoints_together(self, collect):
        """They are scraped at once: whose metrics come first is a matter of chance."""
        submitted = collect(max_returned_metrics=2)

        assert sum(len(submitted.metrics(name)) for name in submitted.metric_names) == 2

    def test_the_service_checks_arrive_all_the_same(self, collect):
        collect(max_returned_metrics=1).assert_service_check(HEALTH, CiliumCheck.OK, count=2)

    @pytest.mark.parametrize('options', [{}, {'max_returned_metrics': 0}], ids=['default', 'zero'])
    def test_there_is_none_by_default(self, options, agent, collect):
        agent.answer = plain(
            family('cilium_fqdn_active_names', 'gauge', 1, name='0')
            + ''.join(sample('cilium_fqdn_active_names', 1, name=str(i)) for i in range(1, 5000))
        )

        submitted = collect(**options)

        assert len(submitted.metrics('cilium.fqdn.active_names')) == 5000
        submitted.assert_metric('cilium.operator.unmanaged_pods', count=1)


class TestTags:
    def test_without_tag_by_endpoint_source_and_service_keep_endpoints_apart(self, collect):
        submitted = collect(tag_by_endpoint=False)

        assert tags_of(submitted, 'cilium.unreachable.nodes') == ['service:cilium-agent', 'source:cilium-agent']
        assert tags_of(submitted, 'cilium.operator.unmanaged_pods') == [
            'service:cilium-operator',
            'source:cilium-operator',
        ]
        assert sorted(sorted(check.tags) for check in submitted.service_checks(HEALTH)) == [
            ['service:cilium-agent', 'source:cilium-agent'],
            ['service:cilium-operator', 'source:cilium-operator'],
        ]

    def test_tags_go_to_metrics_and_service_checks_of_every_endpoint(self, agent, operator, collect):
        submitted = collect(tags=['team:network', 'urgent'])

        for service, url, metric in (
            ('cilium-agent', agent.url, 'cilium.unreachable.nodes'),
            ('cilium-operator', operator.url, 'cilium.operator.unmanaged_pods'),
        ):
            tags = ['team:network', 'urgent', *own_tags(service, url)]
            submitted.assert_metric(metric, tags=tags, count=1)
            submitted.assert_service_check(HEALTH, tags=tags, count=1)

    @pytest.mark.parametrize('key', ['source', 'service'])
    def test_a_tag_of_the_user_replaces_ours(self, key, agent, collect):
        submitted = collect(tags=[f'{key}:mine'])

        expected = [tag for tag in own_tags('cilium-agent', agent.url) if not tag.startswith(f'{key}:')]
        assert tags_of(submitted, 'cilium.unreachable.nodes') == sorted([f'{key}:mine', *expected])

    @pytest.mark.parametrize(
        ('init_config', 'options'),
        [
            ({'service': 'mine'}, {}),
            ({}, {'service': 'mine'}),
            ({'service': 'everybody'}, {'service': 'mine'}),
        ],
        ids=['init_config', 'instance', 'both'],
    )
    def test_service_replaces_ours_and_source_stays(self, init_config, options, agent, operator, collect):
        submitted = collect(init_config, **options)

        for source, url, metric in (
            ('cilium-agent', agent.url, 'cilium.unreachable.nodes'),
            ('cilium-operator', operator.url, 'cilium.operator.unmanaged_pods'),
        ):
            tags = [f'source:{source}', 'service:mine', f'endpoint:{url}']
            submitted.assert_metric(metric, tags=tags, count=1)
            submitted.assert_service_check(HEALTH, tags=tags, count=1)

    def test_a_service_tag_of_the_user_wins_over_a_service(self, collect):
        submitted = collect({'service': 'everybody'}, tags=['service:mine'])

        services = [tag for tag in tags_of(submitted, 'cilium.unreachable.nodes') if tag.startswith('service:')]
        assert services == ['service:mine']


RESERVED = sorted({*GENERIC_TAGS, 'source', 'endpoint'})


class TestLabels:
    def test_labels_with_reserved_names_get_others(self, agent, collect):
        labels = {name: f'value of {name}' for name in RESERVED}
        agent.answer = plain(family('cilium_unreachable_nodes', 'gauge', 1, direction='in', **labels))

        submitted = collect()

        submitted.assert_metric(
            'cilium.unreachable.nodes',
            value=1,
            tags=[
                'direction:in',
                *(f'cilium_{name}:value of {name}' for name in RESERVED),
                *own_tags('cilium-agent', agent.url),
            ],
            count=1,
        )

    def test_rename_labels_adds_to_ours_and_wins(self, agent, collect):
        agent.answer = plain(
            family('cilium_unreachable_nodes', 'gauge', 1, direction='in', host='a', cluster='b', version='c')
        )

        submitted = collect(rename_labels={'direction': 'way', 'cluster': 'mesh'})

        tags = ['way:in', 'cilium_host:a', 'mesh:b', 'cilium_version:c', *own_tags('cilium-agent', agent.url)]
        submitted.assert_metric('cilium.unreachable.nodes', tags=tags, count=1)

    def test_exclude_labels_takes_the_names_on_the_wire(self, agent, collect):
        agent.answer = plain(family('cilium_unreachable_nodes', 'gauge', 1, direction='in', host='a', cluster='b'))

        submitted = collect(exclude_labels=['direction', 'host'])

        tags = ['cilium_cluster:b', *own_tags('cilium-agent', agent.url)]
        submitted.assert_metric('cilium.unreachable.nodes', tags=tags, count=1)

    def test_hostname_label_sets_the_host_and_the_tag_has_another_name(self, agent, collect):
        agent.answer = plain(family('cilium_unreachable_nodes', 'gauge', 1, host='node-1'))

        submitted = collect(hostname_label='host')

        tags = ['cilium_host:node-1', *own_tags('cilium-agent', agent.url)]
        submitted.assert_metric('cilium.unreachable.nodes', hostname='node-1', tags=tags, count=1)


class TestMetrics:
    def test_exclude_metrics_takes_the_names_that_the_parser_makes(self, collect):
        submitted = collect(exclude_metrics=['cilium_drop_count', '^cilium_operator_.+'])

        assert submitted.metric_names == ['cilium.unreachable.nodes']

    def test_extra_metrics_adds_to_every_endpoint(self, agent, operator, collect):
        agent.answer = plain(AGENT + family('my_agent_metric', 'gauge', 4))
        operator.answer = plain(OPERATOR + family('my_operator_metric_total', 'counter', 5))

        submitted = collect(extra_metrics=[{'my_agent_metric': 'my.gauge', 'my_operator_metric': 'my.counter'}])

        assert set(submitted.metric_names) == {
            'cilium.unreachable.nodes',
            'cilium.drop_count.count',
            'cilium.operator.unmanaged_pods',
            'cilium.my.gauge',
            'cilium.my.counter.count',
        }
        submitted.assert_metric('cilium.my.gauge', value=4, tags=own_tags('cilium-agent', agent.url), count=1)

    def test_extra_metrics_wins_over_the_metrics_of_a_component(self, collect):
        submitted = collect(extra_metrics=[{'cilium_unreachable_nodes': 'lost_nodes'}])

        submitted.assert_metric('cilium.lost_nodes', value=1, count=1)
        assert 'cilium.unreachable.nodes' not in submitted.metric_names

    def test_metrics_replaces_the_metrics_of_every_component(self, collect):
        submitted = collect(metrics=[{'cilium_unreachable_nodes': 'lost_nodes'}])

        assert submitted.metric_names == ['cilium.lost_nodes']

    @pytest.mark.parametrize(
        ('options', 'collected'),
        [({}, False), ({'go_metrics': False}, False), ({'go_metrics': True}, True), ({'go_metrics': 'true'}, True)],
        ids=['default', 'off', 'on', 'on, as a string'],
    )
    def test_go_metrics(self, options, collected, agent, operator, collect):
        go = family('go_goroutines', 'gauge', 7) + family('go_memstats_alloc_bytes', 'gauge', 8)
        go += family('go_memstats_alloc_bytes_total', 'counter', 9)
        agent.answer, operator.answer = plain(AGENT + go), plain(OPERATOR + go)

        submitted = collect(**options)

        for prefix in ('cilium.', 'cilium.operator.'):
            count = 1 if collected else 0
            submitted.assert_metric(f'{prefix}go.goroutines', value=7, count=count)
            submitted.assert_metric(f'{prefix}go.memstats.alloc.bytes', value=8, metric_type=0, count=count)
            submitted.assert_metric(f'{prefix}go.memstats.alloc.bytes.count', value=9, metric_type=3, count=count)

    @pytest.mark.parametrize('form', [plain, chunked], ids=['plain', 'chunked'])
    def test_telemetry_counts_for_each_endpoint(self, form, agent, operator, collect):
        agent.answer = form(AGENT + family('unknown', 'gauge', 1))

        submitted = collect(telemetry=True)

        size = len(AGENT + family('unknown', 'gauge', 1))
        tags = own_tags('cilium-agent', agent.url)
        submitted.assert_metric('cilium.telemetry.payload.size', value=size, tags=tags, count=1)
        submitted.assert_metric('cilium.telemetry.metrics.input.count', value=3, tags=tags)
        submitted.assert_metric('cilium.telemetry.metrics.processed.count', value=2, tags=tags)
        tags = own_tags('cilium-operator', operator.url)
        submitted.assert_metric('cilium.telemetry.metrics.processed.count', value=1, tags=tags)


class TestRequests:
    def test_headers_go_to_every_endpoint(self, agent, operator, collect):
        collect(extra_headers={'X-Team': 'network'})

        for endpoint in (agent, operator):
            (request,) = endpoint.requests
            assert request.headers['X-Team'] == 'network'
            assert request.headers['Accept'] == 'text/plain'
            assert request.headers['Accept-Encoding'] == 'gzip'

    @pytest.mark.parametrize('option', ['headers', 'extra_headers'])
    def test_headers_of_the_instance_win(self, option, agent, collect):
        collect(**{option: {'Accept': 'text/*', 'Accept-Encoding': 'identity'}})

        (request,) = agent.requests
        assert (request.headers['Accept'], request.headers['Accept-Encoding']) == ('text/*', 'identity')

    def test_basic_authentication(self, agent, operator, collect):
        credentials = base64.b64encode(b'cilium:secret').decode()
        for endpoint in (agent, operator):
            endpoint.answer = for_authorization(f'Basic {credentials}', endpoint.answer)

        submitted = collect(username='cilium', password='secret')

        submitted.assert_service_check(HEALTH, CiliumCheck.OK, count=2)
        submitted.assert_metric('cilium.unreachable.nodes', value=1, count=1)

    def test_bearer_token_that_is_replaced_while_the_check_runs(self, agent, operator, run, tmp_path):
        token = tmp_path / 'token'
        instance = {
            'agent_endpoint': agent.url,
            'operator_endpoint': operator.url,
            'auth_token': {
                'reader': {'type': 'file', 'path': str(token)},
                'writer': {'type': 'header', 'name': 'Authorization', 'value': 'Bearer <TOKEN>'},
            },
        }
        answers = {endpoint: endpoint.answer for endpoint in (agent, operator)}
        check = CiliumCheck('cilium', {}, [instance])

        for secret in ('first', 'second'):
            token.write_text(secret)
            for endpoint, answer in answers.items():
                endpoint.answer = for_authorization(f'Bearer {secret}', answer)
            submitted = run(check)

            submitted.assert_service_check(HEALTH, CiliumCheck.OK, count=2)
            submitted.assert_metric('cilium.unreachable.nodes', value=1, count=1)

    @pytest.mark.parametrize(('persist', 'connections'), [(False, 3), (True, 1)], ids=['off', 'on'])
    def test_persist_connections(self, persist, connections, serve, run):
        agent = serve(plain(AGENT, Connection='keep-alive'), keep_alive=True)
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'persist_connections': persist}])

        for _ in range(3):
            run(check).assert_metric('cilium.unreachable.nodes', value=1, count=1)

        assert len(agent.requests) == 3
        assert agent.connections == connections
