# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A proxy in the way: a failure names it, and does not send people to the component."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
from endpoints import DrippingServer, plain
from expositions import family
from proxies import Proxy, Refusal, refusal

from datadog_checks.base import ConfigurationError
from datadog_checks.base.stubs.datadog_agent import DatadogAgentStub
from datadog_checks.cilium import CiliumCheck

AGENT = family('cilium_unreachable_nodes', 'gauge', 1)
HTTP, HTTPS = 'http://cilium.test:9962/metrics', 'https://cilium.test:9962/metrics'
SKIP = 'Nodes and pods are reached without a proxy: set `skip_proxy: true`, or add the host to '
BLAME = ('prometheus.enabled', 'log of the component', 'component runs', 'name in the URL', 'network policies')


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('http', 'https', 'all'):
        monkeypatch.delenv(f'{name}_proxy', raising=False)
        monkeypatch.delenv(f'{name.upper()}_PROXY', raising=False)


@pytest.fixture
def proxy() -> Iterator[Callable[[Refusal], Proxy]]:
    """Start proxies."""
    started: list[Proxy] = []

    def proxy(refuse: Refusal) -> Proxy:
        started.append(Proxy(refuse))
        return started[-1]

    yield proxy
    for server in started:
        server.stop()


def failure(failed_run, url: str, **options: object) -> str:
    """Return the line of the error that tells of the endpoint."""
    message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': url, 'timeout': 0.5, **options}]))
    return message.splitlines()[1].removeprefix(f'`agent_endpoint` {url}: ')


def through(address: str) -> dict:
    return {'proxy': {'http': f'http://me:secret@{address}', 'https': f'http://me:secret@{address}'}}


class TestEachFailure:
    """Each names the proxy without its credentials, says how to go around it, and blames no component."""

    def assert_names(self, message: str, address: str) -> None:
        assert f'the proxy http://{address} (the option `proxy`)' in message
        assert message.endswith(f'{SKIP}`no_proxy` in it.')
        assert 'secret' not in message
        assert [blame for blame in BLAME if blame in message] == []

    @pytest.mark.parametrize('url', [HTTP, HTTPS])
    def test_nothing_listens(self, url, failed_run):
        with socket.socket() as listener:
            listener.bind(('127.0.0.1', 0))
            address = f'127.0.0.1:{listener.getsockname()[1]}'

            message = failure(failed_run, url, **through(address))

        self.assert_names(message, address)
        assert message.startswith('the proxy ')
        assert 'cannot be used: [Errno 111] Connection refused. ' in message

    @pytest.mark.parametrize('url', [HTTP, HTTPS])
    def test_it_has_no_address(self, url, failed_run):
        message = failure(failed_run, url, **through('no-such-proxy.invalid:3128'))

        self.assert_names(message, 'no-such-proxy.invalid:3128')
        assert message.startswith('the name of the proxy ')

    def test_it_opens_no_tunnel(self, proxy, failed_run):
        squid = proxy(refusal(403))

        message = failure(failed_run, HTTPS, **through(squid.address))

        self.assert_names(message, squid.address)
        assert 'does not connect to the endpoint: Tunnel connection failed: 403 Forbidden. ' in message
        assert squid.requests == ['CONNECT cilium.test:9962'] * len(squid.requests) != []

    @pytest.mark.parametrize('status', [403, 407, 502, 503, 504])
    def test_it_answers_itself(self, status, proxy, failed_run):
        squid = proxy(refusal(status, '<html>\n<title>ERROR: Access Denied by policy</title>\n'))

        message = failure(failed_run, HTTP, **through(squid.address))

        self.assert_names(message, squid.address)
        assert message.startswith(f'the response has the status {status} ')
        assert "It says 'ERROR: Access Denied by policy'. The request went through the proxy" in message
        assert squid.requests == [f'GET {HTTP}']

    def test_it_takes_no_connection_in_time(self, failed_run):
        with socket.socket() as listener, socket.socket() as first:
            listener.bind(('127.0.0.1', 0))
            listener.listen(0)
            first.connect(listener.getsockname())  # The queue has room for no other.
            address = f'127.0.0.1:{listener.getsockname()[1]}'

            message = failure(failed_run, HTTP, **through(address))

        self.assert_names(message, address)
        assert message.startswith('no connection to the proxy ')

    def test_it_answers_with_a_page(self, proxy, failed_run):
        squid = proxy(refusal(200, '<html>Log in</html>'))

        message = failure(failed_run, HTTP, **through(squid.address))

        self.assert_names(message, squid.address)
        assert 'The request went through the proxy' in message

    @pytest.mark.parametrize('url', [HTTP, HTTPS])
    def test_it_never_answers(self, url, failed_run):
        server = DrippingServer(b'HTTP/1.1 200 OK\r\nX: ', b'\0', 0.05)

        message = failure(failed_run, url, **through(server.address))
        server.stop()

        self.assert_names(message, server.address)

    def test_it_hangs_up(self, proxy, failed_run):
        squid = proxy(lambda: b'')

        message = failure(failed_run, HTTP, **through(squid.address))

        self.assert_names(message, squid.address)
        assert 'cannot be used: Remote end closed connection without response. ' in message


class TestWhereItComesFrom:
    def test_init_config(self, proxy, failed_run, aggregator):
        squid = proxy(refusal(502))
        init_config = {'proxy': {'http': f'http://{squid.address}'}}

        message = failed_run(CiliumCheck('cilium', init_config, [{'agent_endpoint': HTTP}]))

        assert f'the proxy http://{squid.address} (the option `proxy` in `init_config`)' in message

    def test_the_agent(self, proxy, failed_run, datadog_agent: DatadogAgentStub, monkeypatch):
        squid = proxy(refusal(502))
        monkeypatch.setitem(datadog_agent._config, 'proxy', {'http': f'http://{squid.address}', 'no_proxy': ['x.test']})

        message = failure(failed_run, HTTP)

        assert f'the proxy http://{squid.address} (the setting `proxy` of the Agent)' in message
        assert message.endswith(f'{SKIP}`no_proxy` in it.')

    @pytest.mark.parametrize('variable', ['HTTP_PROXY', 'http_proxy', 'all_proxy'])
    def test_the_environment(self, variable, proxy, failed_run, monkeypatch):
        squid = proxy(refusal(502))
        monkeypatch.setenv(variable, squid.address)

        message = failure(failed_run, HTTP)

        assert f'the proxy http://{squid.address} (the environment)' in message
        assert message.endswith(f'{SKIP}its variable `NO_PROXY`.')


class TestWithoutIt:
    """What the message says to do is what helps."""

    @pytest.mark.parametrize(
        'options',
        [{'skip_proxy': True}, {'proxy': {'http': 'http://127.0.0.1:1', 'no_proxy': ['127.0.0.0/8']}}],
        ids=['skip_proxy', 'no_proxy'],
    )
    def test_the_endpoint_is_collected(self, options, serve, run, monkeypatch):
        monkeypatch.setenv('NO_PROXY', '')
        monkeypatch.setenv('no_proxy', '')
        monkeypatch.setenv('HTTP_PROXY', 'http://127.0.0.1:1')
        agent = serve(plain(AGENT))

        run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}])).assert_metric(
            'cilium.unreachable.nodes', count=1
        )

    def test_a_failure_names_none(self, serve, failed_run):
        agent = serve(plain('', status=503))

        proxy = {'http': 'http://127.0.0.1:1', 'no_proxy': ['127.0.0.1']}

        assert 'proxy' not in failure(failed_run, agent.url, proxy=proxy)


UNUSABLE = [
    'http://me:sec/ret@127.0.0.1:3128',
    'http://me:123/ret@127.0.0.1:3128',
    'http://me:sec?ret@127.0.0.1:3128',
    'http://me:sec#ret@127.0.0.1:3128',
    'me:sec/ret@127.0.0.1:3128',
    'http://me:sec\N{EURO SIGN}ret@127.0.0.1:3128',
    'http://me:secret@127.0.0.1:port',
    'ftp://me:secret@127.0.0.1',
]


class TestUnusableURL:
    def assert_tells_nothing(self, message: str) -> None:
        assert [part for part in ('sec', '123', 'ret', 'me:', '\N{EURO SIGN}') if part in message] == []
        assert '%2F for `/`' in message

    @pytest.mark.parametrize('url', UNUSABLE)
    @pytest.mark.parametrize('where', ['instance', 'init_config'])
    def test_the_option_is_refused(self, where, url):
        instance = {'agent_endpoint': HTTP, 'proxy': {'http': url}}
        check = CiliumCheck('cilium', {}, [instance])
        if where == 'init_config':
            check = CiliumCheck('cilium', {'proxy': instance.pop('proxy')}, [instance])

        with pytest.raises(ConfigurationError, match='^`proxy`: the URL for `http` is not a valid proxy URL') as e:
            check.configure_scrapers()

        self.assert_tells_nothing(str(e.value))

    @pytest.mark.parametrize('url', UNUSABLE)
    def test_that_of_the_agent_fails_the_scrape(self, url, failed_run, datadog_agent, monkeypatch):
        monkeypatch.setitem(datadog_agent._config, 'proxy', {'http': url})

        message = failure(failed_run, HTTP)

        assert message.startswith('The proxy of the setting `proxy` of the Agent is not a valid proxy URL.')
        self.assert_tells_nothing(message)

    def test_one_of_a_user_with_a_percent_sign_is_used(self, proxy, failed_run):
        squid = proxy(refusal(502))

        message = failure(failed_run, HTTP, proxy={'http': f'http://me:sec%2Fret@{squid.address}'})

        assert f'the proxy http://{squid.address} (' in message
        assert squid.requests == [f'GET {HTTP}']
