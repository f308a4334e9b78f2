# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest
from for_each import for_each

from datadog_checks.base import ConfigurationError
from datadog_checks.base.utils.tagging import GENERIC_TAGS
from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS
from datadog_checks.cilium.configuration import (
    RESERVED_TAG_KEYS,
    check_numbers,
    endpoints_of,
    patience,
    scraper_config,
)

URL = 'http://10.0.0.1:9962/metrics'
AGENT = COMPONENT_BY_NAME['agent']

# What each option means. The table of docs/configuration.md, written down a second time on purpose.
OPTIONS = {
    'agent_endpoint': ('cilium-agent', 'cilium.', 9962),
    'operator_endpoint': ('cilium-operator', 'cilium.operator.', 9963),
    'hubble_endpoint': ('hubble', 'cilium.hubble.', 9965),
    'hubble_relay_endpoint': ('hubble-relay', 'cilium.hubble_relay.', 9966),
    'envoy_endpoint': ('cilium-envoy', 'cilium.envoy.', 9964),
    'clustermesh_apiserver_endpoint': ('clustermesh-apiserver', 'cilium.clustermesh_apiserver.', 9962),
    'kvstoremesh_endpoint': ('kvstoremesh', 'cilium.kvstoremesh.', 9964),
    'dns_proxy_endpoint': ('standalone-dns-proxy', 'cilium.dns_proxy.', 9961),
}


def test_options():
    assert {c.option: (c.service, f'cilium.{c.name_prefix}', c.port) for c in COMPONENTS} == OPTIONS, (
        'write a new component into OPTIONS in this file. What is there stays: users have it in their files'
    )


class TestEndpoints:
    def test_are_in_the_order_of_the_components_and_not_of_the_instance(self):
        instance = {option: f'http://{option}:1/metrics' for option in reversed(OPTIONS)}

        endpoints = endpoints_of(instance)

        assert list(endpoints) == [f'http://{option}:1/metrics' for option in OPTIONS]
        assert [component.option for component in endpoints.values()] == list(OPTIONS)

    @pytest.mark.parametrize(
        'url',
        [
            URL,
            'https://cilium.example:9962/metrics',
            'HTTP://10.0.0.1/metrics',
            'http://[fd00::1]:9962/metrics',
            'http://10.0.0.1:9962',
            'http://10.0.0.1:9962/metrics?names=a&names=b',
        ],
    )
    def test_are_used_as_they_are_written(self, url):
        assert endpoints_of({'agent_endpoint': url}) == {url: AGENT}

    @pytest.mark.parametrize('value', [None, True, 'true', 'True', 'yes', 1], ids=repr)
    def test_use_openmetrics_may_be_there(self, value):
        assert endpoints_of({'agent_endpoint': URL, 'use_openmetrics': value}) == {URL: AGENT}

    @pytest.mark.parametrize('value', [False, 'false', 'False', 'no', 0, ''], ids=repr)
    def test_use_openmetrics_may_not_be_off(self, value):
        with pytest.raises(ConfigurationError) as e:
            endpoints_of({'agent_endpoint': URL, 'use_openmetrics': value})

        assert '`use_openmetrics: false`' in str(e.value)
        assert 'no longer exists' in str(e.value)
        assert '`.count` instead of `.total`' in str(e.value)
        assert '`.bucket`' in str(e.value)

    @pytest.mark.parametrize('instance', [{}, {'openmetrics_endpoint': URL}], ids=['empty', 'another option'])
    def test_at_least_one_is_needed(self, instance):
        with pytest.raises(ConfigurationError, match='No endpoint is configured') as e:
            endpoints_of(instance)

        assert [option for option in OPTIONS if f'`{option}`' not in str(e.value)] == []


class TestUnusableURL:
    """Each message names the option, and none shows a secret."""

    @pytest.mark.parametrize('option', OPTIONS)
    def test_the_message_names_the_option(self, option):
        with pytest.raises(ConfigurationError, match=f'^`{option}` '):
            endpoints_of({option: 'nonsense'})

    @pytest.mark.parametrize(
        ('url', 'reason'),
        [
            (9962, 'must be a string, not int'),
            (True, 'must be a string, not bool'),
            ([URL], 'must be a string, not list'),
            (b'http://10.0.0.1:9962/metrics', 'must be a string, not bytes'),
            ('10.0.0.1:9962/metrics', 'is not a URL'),
            ('10.0.0.1', 'is not a URL'),
            ('localhost:9962/metrics', 'is not a URL'),
            ('//10.0.0.1:9962/metrics', 'is not a URL'),
            ('/metrics', 'is not a URL'),
            ('http:///metrics', 'is not a URL'),
            ('http://:9962/metrics', 'is not a URL'),
            ('http:/10.0.0.1:9962/metrics', 'is not a URL'),
            ('ftp://10.0.0.1/metrics', 'is not a URL that begins with http:// or https://'),
            ('file:///etc/passwd', 'is not a URL that begins with http:// or https://'),
            ('unix:///run/cilium.sock', 'is not a URL that begins with http:// or https://'),
            ('http://10.0.0.1: 9962/metrics', 'is not a URL'),
            ('http://10.0.0.1:port/metrics', 'is not a URL'),
            ('http://10.0.0.1:99999/metrics', 'is not a URL'),
            ('http://10.0.0.1:-1/metrics', 'is not a URL'),
            ('http://10.0.0.1:0/metrics', 'is not a URL'),
            ('http://fd00::1:9962/metrics', 'IPv6 addresses need brackets'),
            ('http://[fd00::1:9962/metrics', 'is not a URL'),
            ('http://%%host%%:9962/metrics', 'an Autodiscovery variable that was not replaced'),
            ('http://10.0.0.1:%%port%%/metrics', 'an Autodiscovery variable that was not replaced'),
        ],
        ids=repr,
    )
    def test_the_message_says_what_is_wrong(self, url, reason):
        with pytest.raises(ConfigurationError) as e:
            endpoints_of({'operator_endpoint': 'http://10.0.0.1:9963/metrics', 'hubble_endpoint': url})

        assert str(e.value).startswith('`hubble_endpoint` ')
        assert reason in str(e.value)

    @pytest.mark.parametrize(
        'url',
        [
            'http://admin:secret@10.0.0.1:9962/metrics',
            'http://secret@10.0.0.1:9962/metrics',
            'http://:secret@10.0.0.1:9962/metrics',
            'ftp://admin:secret@10.0.0.1/metrics',
            '//admin:secret@10.0.0.1:9962/metrics',
            'http:/admin:secret@10.0.0.1:9962/metrics',
            'http:admin:secret@10.0.0.1:9962/metrics',
            'admin:secret@10.0.0.1:9962/metrics',
            'http://admin:secret@%%host%%:9962/metrics',
            'http://admin:secret@10.0.0.1:%%port%%/metrics',
            'http://admin:secret@10.0.0.1:port/metrics',
            'http://admin:secret@fd00::1:9962/metrics',
            'http://admin:secret@[fd00::1:9962/metrics',
            'http://admin:secret/part@10.0.0.1:9962/metrics',
            'http://admin:secret#part@10.0.0.1:9962/metrics',
            'http://admin:secret@ho\N{ACCOUNT OF}st:9962/metrics',
            'http://admin:secret part@10.0.0.1:9962/metrics',
            'http://admin:secret?part@10.0.0.1:9962/metrics',
            'http://admin:secret?@10.0.0.1:9962/metrics',
            'http://admin:secret#?part@10.0.0.1:9962/metrics',
            'http://10.0.0.1:9962/metrics?who=admin:secret@host',
            'http://10.0.0.1:9962/metrics#admin:secret@host',
            'http://admin:secret\uff2010.0.0.1:9962/metrics',
            'http://secret:secret:9962/metrics',
        ],
    )
    def test_no_password_is_shown(self, url):
        with pytest.raises(ConfigurationError, match=r'^`agent_endpoint` ') as e:
            endpoints_of({'agent_endpoint': url})

        assert 'secret' not in str(e.value)

    @pytest.mark.parametrize('query', ['who=a@b', 'who=a%40b', 'a=1&who=@b', 'who=a@b:c', 'who=a%3Ab'], ids=str)
    def test_an_at_sign_that_ends_no_credentials_may_be_in_a_query(self, query):
        url = f'http://10.0.0.1:9962/metrics?{query}'

        assert endpoints_of({'agent_endpoint': url}) == {url: AGENT}

    @pytest.mark.parametrize(
        'url',
        [
            'http://admin:123?who=secret@10.0.0.1/metrics',
            'http://admin:123/secret?who@10.0.0.1/metrics',
            'http://admin:123/secret@10.0.0.1/metrics',
            'http://10.0.0.1:9962/metrics?who@secret',
            'http://10.0.0.1:9962/metrics?who=admin%3Asecret@host',
        ],
    )
    def test_a_password_may_look_like_the_rest_of_a_url(self, url):
        with pytest.raises(ConfigurationError, match='^`agent_endpoint` contains credentials') as e:
            endpoints_of({'agent_endpoint': url})

        assert 'secret' not in str(e.value)

    @for_each(
        'name',
        [
            'token',
            'access_token',
            'accessToken',
            'key',
            'api_key',
            'apikey',
            'api-key',
            'X-Amz-Signature',
            'X-Amz-Credential',
            'sig',
            'client_secret',
            'password',
            'passwd',
            'pwd',
            'jwt',
            'auth',
            'Authorization',
            't%6fken',
        ],
    )
    @for_each('query', ['{}=hidden', 'a=b&{}=hidden', 'a=b;{}=hidden', 'a#{}=hidden', '{}=hidden@x'])
    def test_credentials_in_a_query(self, query, name):
        url = f'http://10.0.0.1:9962/metrics?{query.format(name)}'

        with pytest.raises(ConfigurationError, match='^`agent_endpoint` has `.+` in its query, which looks') as e:
            endpoints_of({'agent_endpoint': url})

        assert 'hidden' not in str(e.value)
        assert '`headers` or `auth_token`' in str(e.value)

    @pytest.mark.parametrize('query', ['keys=1', 'monkey=1', 'author=me', 'design=1', 'token', 'token=', 'tok=1'])
    def test_names_that_are_no_credentials(self, query):
        url = f'http://10.0.0.1:9962/metrics?{query}'

        assert endpoints_of({'agent_endpoint': url}) == {url: AGENT}

    @pytest.mark.parametrize(
        'url', ['ftp://10.0.0.1/metrics?a=hidden', 'http://%%host%%/metrics?a=hidden', 'http://10.0.0.1:0/m?a=hidden']
    )
    def test_a_query_is_not_quoted(self, url):
        with pytest.raises(ConfigurationError, match=r'/m\w*\?\.\.\.') as e:
            endpoints_of({'agent_endpoint': url})

        assert 'hidden' not in str(e.value)

    def test_credentials_have_options_of_their_own(self):
        with pytest.raises(ConfigurationError, match='Move credentials to the options `username` and `password`'):
            endpoints_of({'agent_endpoint': 'http://admin:secret@10.0.0.1:9962/metrics'})


class TestRepeatedURL:
    @pytest.mark.parametrize(
        ('first', 'second'),
        [
            (URL, URL),
            (URL, 'HTTP://10.0.0.1:9962/metrics'),
            (URL, 'http://10.0.0.1:9962/metrics/'),
            (URL, 'http://10.0.0.1:09962/metrics'),
            (URL, f'{URL}#fragment'),
            ('http://Cilium.example/metrics', 'http://cilium.EXAMPLE:80/metrics'),
            ('https://cilium.example/metrics', 'https://cilium.example:443/metrics'),
            ('http://10.0.0.1:9962', 'http://10.0.0.1:9962/'),
            ('http://[fd00::1]:9962/metrics', 'http://[FD00::1]:9962/metrics'),
            ('http://[fd00::1]:9962/metrics', 'http://[fd00:0:0:0:0:0:0:1]:9962/metrics'),
        ],
        ids=[
            'the same',
            'scheme in capitals',
            'slash at the end',
            'zero before the port',
            'fragment',
            'capitals and port of the scheme',
            'port of https',
            'no path',
            'IPv6 in capitals',
            'IPv6 in full',
        ],
    )
    def test_is_refused_however_it_is_spelled(self, first, second):
        with pytest.raises(ConfigurationError, match=r'`hubble_endpoint` and `agent_endpoint` are the same URL'):
            endpoints_of({'agent_endpoint': first, 'hubble_endpoint': second})

    def test_the_message_tells_the_port_of_the_component(self):
        with pytest.raises(ConfigurationError, match='hubble on port 9965'):
            endpoints_of({'agent_endpoint': URL, 'hubble_endpoint': URL})

    @pytest.mark.parametrize(
        'second',
        [
            'http://10.0.0.1:9963/metrics',
            'http://10.0.0.2:9962/metrics',
            'https://10.0.0.1:9962/metrics',
            'http://10.0.0.1:9962/hubble',
            'http://10.0.0.1:9962/metrics?component=hubble',
        ],
        ids=['port', 'host', 'scheme', 'path', 'query'],
    )
    def test_what_differs_in_one_part_is_another_one(self, second):
        assert list(endpoints_of({'agent_endpoint': URL, 'hubble_endpoint': second})) == [URL, second]


TIMES = ('timeout', 'connect_timeout', 'read_timeout', 'min_collection_interval')
NO_TIMES = (1e10, '1e10', float('inf'), float('-inf'), float('nan'), -1, -0.5, 'x', '', [5], {})


class TestNumbers:
    """Each of these would fail every scrape, or take its end away, without a word of the option."""

    @pytest.mark.parametrize('value', NO_TIMES, ids=repr)
    @pytest.mark.parametrize('option', [*TIMES, 'request_size'])
    def test_of_the_instance(self, option, value):
        with pytest.raises(ConfigurationError, match=f'^`{option}` must be a number above 0 and at most .*, not '):
            check_numbers({option: value}, {})

    @pytest.mark.parametrize('value', NO_TIMES, ids=repr)
    @pytest.mark.parametrize('option', TIMES)
    def test_of_init_config(self, option, value):
        with pytest.raises(ConfigurationError, match=f'^`{option}` must be a number above 0 and at most .*, not '):
            check_numbers({}, {option: value})

    @pytest.mark.parametrize('option', ['timeout', 'connect_timeout', 'read_timeout', 'request_size'])
    def test_zero_is_no_time(self, option):
        with pytest.raises(ConfigurationError, match=f'^`{option}` must be a number above 0'):
            check_numbers({option: 0}, {})

    @pytest.mark.parametrize('value', [-1, 1e10, float('inf'), float('nan'), 'x', '5', None, 1.5], ids=repr)
    def test_of_series(self, value):
        with pytest.raises(ConfigurationError, match='^`max_remembered_series` must be a number of series, 0 or more'):
            check_numbers({'max_remembered_series': value}, {})

    @pytest.mark.parametrize(
        ('option', 'value'),
        [
            *((option, value) for option in TIMES for value in (0.001, 1, 15.5, '10', 3600, None)),
            ('min_collection_interval', 0),
            ('min_collection_interval', 86400),
            ('request_size', 16),
            ('max_remembered_series', 0),
            ('max_remembered_series', 10_000_000),
        ],
        ids=repr,
    )
    def test_that_make_sense(self, option, value):
        check_numbers({option: value}, {})
        check_numbers({}, {option: value})

    @pytest.mark.parametrize(
        ('instance', 'init_config', 'seconds'),
        [
            ({}, {}, 12),
            ({'min_collection_interval': 0}, {}, 12),
            ({'min_collection_interval': 1}, {}, 0.8),
            ({'min_collection_interval': '5'}, {}, 4),
            ({}, {'min_collection_interval': 10}, 8),
            ({'min_collection_interval': 1}, {'min_collection_interval': 10}, 0.8),
        ],
        ids=repr,
    )
    def test_a_run_ends_before_the_next_one_is_due(self, instance, init_config, seconds):
        assert patience(instance, init_config) == seconds


class TestScraperConfig:
    def test_holds_one_endpoint_and_what_the_base_class_knows(self):
        instance = {'agent_endpoint': URL, 'use_openmetrics': True, 'go_metrics': True, 'timeout': 3}

        config = scraper_config(AGENT, URL, instance, {})

        assert config['openmetrics_endpoint'] == URL
        assert config['timeout'] == 3
        assert not {'agent_endpoint', 'use_openmetrics', 'go_metrics'} & set(config)

    def test_leaves_the_instance_as_it_is(self):
        instance = {'agent_endpoint': URL, 'tags': ['a:b'], 'rename_labels': {'a': 'b'}}

        scraper_config(AGENT, URL, instance, {})

        assert instance == {'agent_endpoint': URL, 'tags': ['a:b'], 'rename_labels': {'a': 'b'}}

    @pytest.mark.parametrize(
        ('init_config', 'instance', 'tags'),
        [
            ({}, {}, ['source:cilium-agent', 'service:cilium-agent']),
            ({'service': 'all'}, {}, ['source:cilium-agent', 'service:all']),
            ({'service': 'all'}, {'service': 'mine'}, ['source:cilium-agent', 'service:mine']),
            ({'service': ''}, {'service': None}, ['source:cilium-agent', 'service:cilium-agent']),
            ({}, {'tags': ['source:mine']}, ['source:mine', 'service:cilium-agent']),
            ({'service': 'all'}, {'tags': ['service:mine']}, ['service:mine', 'source:cilium-agent']),
            (
                {},
                {'service': 'hubble', 'tags': ['service:cilium-agent', 'team:net']},
                ['team:net', 'source:cilium-agent', 'service:hubble'],
            ),
            ({}, {'tags': None}, ['source:cilium-agent', 'service:cilium-agent']),
            (
                {},
                {'tags': ['sources:mine', 'my_service:mine']},
                ['sources:mine', 'my_service:mine', 'source:cilium-agent', 'service:cilium-agent'],
            ),
        ],
        ids=[
            'default',
            'service of init_config',
            'service of the instance',
            'service without a value',
            'source tag',
            'service tag',
            'service of the instance beside the tag of a pod',
            'tags without a value',
            'tags with similar keys',
        ],
    )
    def test_tags(self, init_config, instance, tags):
        assert scraper_config(AGENT, URL, instance, init_config)['tags'] == tags

    def test_rename_labels_adds_and_wins(self):
        renamed = scraper_config(AGENT, URL, {'rename_labels': {'host': 'api_server', 'a': 'b'}}, {})['rename_labels']

        assert renamed['host'] == 'api_server'
        assert renamed['a'] == 'b'
        assert renamed['service'] == 'cilium_service'

    @pytest.mark.parametrize(
        ('option', 'value'), [('rename_labels', ['host']), ('tags', 'a:b')], ids=['rename_labels', 'tags']
    )
    def test_values_of_a_wrong_type_are_left_to_the_base_class(self, option, value):
        assert scraper_config(AGENT, URL, {option: value}, {})[option] == value

    def test_metrics_of_the_instance_replace_ours(self):
        assert scraper_config(AGENT, URL, {'metrics': ['a']}, {})['metrics'] == ['a']

    @pytest.mark.parametrize(
        ('go_metrics', 'there'), [(None, False), (False, False), ('false', False), (True, True), ('true', True)]
    )
    def test_go_metrics(self, go_metrics, there):
        (metrics,) = scraper_config(AGENT, URL, {'go_metrics': go_metrics}, {})['metrics']

        assert ('go_goroutines' in metrics) is there
        assert 'cilium_drop_count_total' in metrics

    def test_metrics_have_the_names_that_the_parser_makes_too(self):
        """It takes `_total` from counters. Gauges keep it."""
        (metrics,) = scraper_config(AGENT, URL, {}, {})['metrics']

        assert metrics['cilium_drop_count'] == metrics['cilium_drop_count_total'] == 'drop_count'


def test_reserved_tag_keys():
    named = {'host', 'service', 'version', 'cluster', 'cluster_name', 'env', 'source', 'endpoint'}
    assert named <= RESERVED_TAG_KEYS
    assert RESERVED_TAG_KEYS >= GENERIC_TAGS
