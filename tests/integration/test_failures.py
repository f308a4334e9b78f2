# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a failing endpoint looks like to the person who has to mend it, and that it disturbs no other endpoint."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import tracemalloc

import pytest
from endpoints import (
    TEXT_FORMAT,
    DrippingServer,
    by_path,
    chunked,
    chunked_gzipped,
    dripping,
    endless,
    for_authorization,
    gzipped,
    in_turn,
    late,
    plain,
    redirect,
    response_head,
)
from expositions import family, own_tags, recording

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.scraping.limits import MAX_BODY_BYTES

HEALTH = 'cilium.openmetrics.health'
TIMEOUT = 0.5
A_LONG_TIME = 60
AGENT = family('cilium_unreachable_nodes', 'gauge', 1)
OPERATOR = family('cilium_operator_unmanaged_pods', 'gauge', 2)
# A gzip header announces a file name and never ends it: nothing comes out, however much goes in.
# https://datatracker.ietf.org/doc/html/rfc1952#page-5
GZIP_HEADER_WITH_NAME = b'\x1f\x8b\x08\x08\0\0\0\0\0\xff'
CHUNKED_HEAD = response_head(Content_Type=TEXT_FORMAT, Transfer_Encoding='chunked')
GZIP_HEAD = response_head(Content_Type=TEXT_FORMAT, Content_Encoding='gzip')
CONTINUE = b'HTTP/1.1 100 Continue\r\n\r\n'
# Which limit ends it, that of a packet or that of the whole scrape, depends on how busy the machine is. Without the
# latter, what drips would never end.
TOOK_TOO_LONG = 'the endpoint took too long: no complete response within the option `timeout` ('

# What the agent's endpoint answers, and the error for it.
FAILURES = {
    'not found': (plain('404 page not found\n', status=404), 'status 404 Not Found. Check the path of the URL'),
    'server error': (plain('no', status=500), 'status 500 Internal Server Error. Check the log of the component'),
    'reason with escapes': (
        lambda _: (b'HTTP/1.1 500 \x1b[2J\x07\r\nContent-Length: 0\r\n\r\n',),
        r'the response has the status 500 \x1b[2J\x07. Check the log of the component',
    ),
    'no credentials': (plain('no', status=401), 'status 401 Unauthorized. Set the credentials: `username` and'),
    'credentials for something else': (plain('no', status=403), 'status 403 Forbidden. The credentials do not'),
    'no answer': (lambda _: (), 'the connection failed: '),
    'another protocol': (lambda _: (b'SSH-2.0-server\r\n',), 'the connection failed: '),
    'redirect': (
        redirect('https://admin:secret@Elsewhere.test:8443/secret?token=secret'),
        'the response has the status 302 Found and redirects to https://elsewhere.test:8443. Only redirects to the '
        'same scheme, host and port are followed, and few: others could send the credentials elsewhere. Set '
        '`agent_endpoint` to the URL of the metrics.',
    ),
    'redirect to itself': (redirect('/metrics', status=308), 'the status 308 Permanent Redirect and redirects to http'),
    'redirects without end': (
        lambda request: redirect(f'/secret/{request.path}')(request),
        'the status 302 Found and redirects to http',
    ),
    'redirect to another scheme of the same host': (
        lambda request: redirect(f'https://{request.headers["Host"]}/secret')(request),
        'the status 302 Found and redirects to https://127.0.0.1:',
    ),
    'redirect to no URL': (redirect('http://[secret'), 'and redirects to an invalid URL. Only redirects to the'),
    'redirect without a target': (
        plain('', status=304),
        'the status 304 Not Modified and has no `Location`',
    ),
    'redirect with a body that does not end': (
        endless(response_head(302, Location='/', Content_Length=100_000_000_000), 65536 * b'x'),
        'the status 302 Found and redirects to http://127.0.0.1:',
    ),
    'nothing before the timeout': (late(60, plain(AGENT)), 'no complete response within the option `timeout`'),
    'headers drip for ever': (dripping(b'HTTP/1.1 200 OK\r\nX: ', b'x', 0.05), TOOK_TOO_LONG),
    'status line drips for ever': (dripping(b'HTTP/1.1 200 ', b'x', 0.05), TOOK_TOO_LONG),
    'answers before the response, slowly': (dripping(b'', CONTINUE, 0.05), TOOK_TOO_LONG),
    'answers before the response, fast': (dripping(b'', 1000 * CONTINUE, 0), TOOK_TOO_LONG),
    'body drips for ever': (
        dripping(response_head(Content_Type=TEXT_FORMAT) + AGENT.encode(), b'# and more\n', 0.05),
        TOOK_TOO_LONG,
    ),
    'line drips for ever': (
        dripping(response_head(Content_Type=TEXT_FORMAT) + AGENT.encode() + b'#', b' and more', 0.05),
        'no complete response within the option `timeout`',
    ),
    'size of a chunk drips for ever': (
        dripping(CHUNKED_HEAD, b'0', 0.05),
        'no complete response within the option `timeout`',
    ),
    'gzip header drips for ever': (
        dripping(GZIP_HEAD + GZIP_HEADER_WITH_NAME, b'n', 0.05),
        'no complete response within the option `timeout`',
    ),
    'body stops half-way': (
        dripping(response_head(Content_Type=TEXT_FORMAT) + AGENT.encode(), b'never read', 60),
        'no complete response within the option `timeout` (the response stopped half-way',
    ),
    'body shorter than its length': (
        plain(AGENT, Content_Length=len(AGENT) + 100),
        'the response was cut off',
    ),
    'chunks without an end': (chunked(AGENT, ended=False), 'the response was cut off'),
    'compressed chunks without an end': (chunked_gzipped(recording('agent'), ended=False), 'the response was cut off'),
    'body that only says that it is compressed': (
        plain(AGENT, Content_Encoding='gzip'),
        'the compressed response is damaged',
    ),
    'compressed body without its end': (
        plain(gzip.compress(recording('agent').encode())[:5000], Content_Encoding='gzip'),
        'the response was cut off: its compressed data is incomplete',
    ),
    'compressed twice': (
        plain(gzip.compress(gzip.compress(AGENT.encode())), Content_Encoding='gzip, gzip'),
        "the response is compressed as 'gzip, gzip', which the check does not support",
    ),
    'web page': (
        plain('\n<!doctype html>\n<title>Grafana</title>', Content_Type='text/html'),
        "it begins with '<!doctype html>' and its Content-Type is 'text/html'. Check the port and the path",
    ),
    'empty body': (plain(''), 'the response holds no metrics. Check the port and the path'),
    'comments alone': (plain('# TYPE cilium_unreachable_nodes gauge\n'), 'the response holds no metrics'),
    'binary body': (plain(bytes(range(256)) * 100), 'the response is not in the Prometheus text format'),
    'UTF-16': (plain(b'\xff\xfe' + AGENT.encode('utf-16-le')), 'not in the Prometheus text'),
    'health check of a component': (plain('ok'), 'the response is not in the Prometheus text format'),
    'JSON': (plain('{"status": "ok"}', Content_Type='application/json'), 'not in the Prometheus text format'),
    'a value that is no number': (plain('cilium_unreachable_nodes many\n'), 'not in the Prometheus text format'),
    'a bucket without its bound': (
        plain('# TYPE cilium_agent_bootstrap_seconds histogram\ncilium_agent_bootstrap_seconds_bucket 1\n'),
        'not in the Prometheus text format',
    ),
}


@pytest.fixture
def operator(serve):
    return serve(plain(OPERATOR))


def instance(agent_url, operator, **options):
    return {'agent_endpoint': agent_url, 'operator_endpoint': operator.url, 'timeout': TIMEOUT, **options}


def assert_failed_alone(submitted, message, agent_url, operator, reason):
    """The agent's endpoint failed and says why, once in the error and once in its service check."""
    assert message.splitlines()[0] == '1 of 2 endpoints could not be scraped:'
    assert message.splitlines()[1].startswith(f'`agent_endpoint` {agent_url}: ')
    assert reason in message
    assert operator.url not in message
    assert_health(submitted, agent_url, operator, reason)


def assert_health(submitted, agent_url, operator, reason):
    agent_tags = own_tags('cilium-agent', agent_url)
    submitted.assert_service_check(HEALTH, CiliumCheck.CRITICAL, tags=agent_tags, message=re.escape(reason), count=1)
    operator_tags = own_tags('cilium-operator', operator.url)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=operator_tags, message='^$', count=1)
    assert len(submitted.service_checks(HEALTH)) == 2
    submitted.assert_metric('cilium.operator.unmanaged_pods', value=2, tags=operator_tags, count=1)


@pytest.mark.parametrize(('answer', 'reason'), FAILURES.values(), ids=FAILURES)
def test_a_failure_says_why_harms_no_other_endpoint_and_passes(
    answer, reason, serve, operator, run, failed_run, aggregator
):
    agent = serve(answer)
    check = CiliumCheck('cilium', {}, [instance(agent.url, operator)])

    message = failed_run(check)

    assert_failed_alone(aggregator, message, agent.url, operator, reason)

    agent.answer = plain(AGENT)
    submitted = run(check)

    submitted.assert_metric('cilium.unreachable.nodes', value=1, count=1)
    submitted.assert_metric('cilium.operator.unmanaged_pods', value=2, count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, count=2)


class TestOneTimeForAllOfARequest:
    """Wherever it is spent. A server that drips gives up in the end, and then the error would be another one."""

    @pytest.fixture
    def drip(self):
        """Start a server that sends a head, and then a byte after the other."""
        started = []

        def drip(head):
            started.append(DrippingServer(head, b'\0', 0.05))
            return started[-1].address

        yield drip
        for server in started:
            server.stop()

    def assert_took_too_long(self, failed_run, aggregator, url, operator, reason=TOOK_TOO_LONG, **options):
        message = failed_run(CiliumCheck('cilium', {}, [instance(url, operator, **options)]))

        assert_failed_alone(aggregator, message, url, operator, reason)

    def test_tls(self, drip, operator, failed_run, aggregator):
        """A ServerHello of 16 KB: https://datatracker.ietf.org/doc/html/rfc8446#section-5.1"""
        address = drip(b'\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c')
        reason = 'the endpoint took too long: no complete response within the option `timeout` ('

        self.assert_took_too_long(failed_run, aggregator, f'https://{address}/metrics', operator, reason)

    @pytest.mark.parametrize('scheme', ['http', 'https'])
    def test_a_proxy(self, scheme, drip, operator, failed_run, aggregator):
        address = drip(b'HTTP/1.1 200 OK\r\nX: ')
        proxy = {scheme: f'http://{address}', 'no_proxy': ['127.0.0.1']}

        self.assert_took_too_long(failed_run, aggregator, f'{scheme}://cilium.test/metrics', operator, proxy=proxy)

    def test_a_connection_that_was_kept(self, serve, operator, run, failed_run, aggregator):
        good = plain(AGENT, Connection='keep-alive')
        agent = serve(in_turn(good, good, FAILURES['headers drip for ever'][0]), keep_alive=True)
        check = CiliumCheck('cilium', {}, [instance(agent.url, operator, persist_connections=True)])
        run(check)
        run(check)

        message = failed_run(check)

        assert_failed_alone(aggregator, message, agent.url, operator, TOOK_TOO_LONG)
        assert agent.connections == 1

    def test_the_longest_of_the_timeouts_counts(self, serve, operator, run):
        agent = serve(late(1, plain(AGENT)))
        options = {'timeout': 0.2, 'connect_timeout': 0.2, 'read_timeout': 1.5}

        run(CiliumCheck('cilium', {}, [instance(agent.url, operator, **options)]))


def test_a_proxy_is_used(serve, operator, run):
    proxy = serve(plain(AGENT))
    options = {'proxy': {'http': proxy.url, 'no_proxy': ['127.0.0.1']}}

    submitted = run(CiliumCheck('cilium', {}, [instance('http://cilium.test/metrics', operator, **options)]))

    submitted.assert_metric('cilium.unreachable.nodes', value=1, count=1)
    assert [request.path for request in proxy.requests] == ['http://cilium.test/metrics']


def test_a_redirect_is_not_followed_if_the_option_says_so(serve, operator, failed_run):
    agent = serve(by_path(metrics=redirect('/moved'), moved=plain(AGENT)))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, allow_redirects=False)]))

    assert 'the status 302 Found' in message
    assert [request.path for request in agent.requests] == ['/metrics']


@pytest.mark.parametrize('options', [{}, {'allow_redirects': True}, {'persist_connections': True}], ids=repr)
def test_a_redirect_takes_no_secret_to_another_host(options, serve, operator, failed_run):
    elsewhere = serve(plain(AGENT))
    agent = serve(redirect(elsewhere.url))
    secrets = {'extra_headers': {'X-Secret': 'secret'}, 'username': 'cilium', 'password': 'secret', **options}

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, **secrets)]))

    assert agent.requests[0].headers['X-Secret'] == 'secret'
    assert elsewhere.requests == []
    assert f'redirects to {elsewhere.url.removesuffix("/metrics")}. ' in message
    assert 'secret' not in message


def test_connection_refused(operator, failed_run, aggregator):
    url = f'http://127.0.0.1:{unused_port()}/metrics'

    message = failed_run(CiliumCheck('cilium', {}, [instance(url, operator)]))

    reason = 'connection refused: nothing listens there. Check the port, and that `prometheus.enabled` is set.'
    assert_failed_alone(aggregator, message, url, operator, reason)


def test_a_name_that_does_not_exist(operator, failed_run, aggregator):
    url = 'http://no-such-host.invalid:9962/metrics'

    message = failed_run(CiliumCheck('cilium', {}, [instance(url, operator)]))

    reason = 'the name in the URL cannot be resolved. Check its spelling, and the DNS of the Agent.'
    assert_failed_alone(aggregator, message, url, operator, reason)


ENDLESS = endless(response_head(Content_Type=TEXT_FORMAT) + AGENT.encode(), 65536 * b'x')
TOO_LARGE = f'the response is larger than {MAX_BODY_BYTES} bytes.'


@pytest.mark.parametrize('telemetry', [False, True], ids=['', 'with telemetry'])
@pytest.mark.parametrize(
    'answer', [ENDLESS, gzipped(AGENT.encode() + MAX_BODY_BYTES * b'x')], ids=['without an end', 'compressed']
)
def test_a_body_that_is_too_large(answer, telemetry, serve, operator, failed_run, aggregator):
    agent = serve(answer)
    options = {'telemetry': telemetry, 'timeout': A_LONG_TIME, 'min_collection_interval': A_LONG_TIME}

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, **options)]))

    assert_failed_alone(aggregator, message, agent.url, operator, TOO_LARGE)


def test_a_body_that_takes_long_to_work_through(serve, operator, failed_run, aggregator):
    """The bytes are there at once, and a machine that submits all of it in this time does not exist."""
    lines = ''.join(f'cilium_fqdn_active_names{{name="{number}"}} 1 1\n' for number in range(100))
    families = 10_000
    agent = serve(gzipped(families * (AGENT + f'# TYPE cilium_fqdn_active_names gauge\n{lines}')))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, timeout=0.1)]))

    assert_failed_alone(aggregator, message, agent.url, operator, 'not read and submitted within 0.3 seconds')
    assert 0 < len(aggregator.metrics('cilium.fqdn.active_names')) < families * 100 / 2


def test_wrong_credentials(serve, operator, failed_run, aggregator):
    agent = serve(for_authorization('Basic Y2lsaXVtOnNlY3JldA==', plain(AGENT)))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, username='cilium', password='no')]))

    assert_failed_alone(aggregator, message, agent.url, operator, 'status 401 Unauthorized. Set the credentials')


def test_wrong_token(serve, operator, failed_run, aggregator, tmp_path):
    (tmp_path / 'token').write_text('stale')
    agent = serve(for_authorization('Bearer fresh', plain(AGENT)))
    auth_token = {
        'reader': {'type': 'file', 'path': str(tmp_path / 'token')},
        'writer': {'type': 'header', 'name': 'Authorization', 'value': 'Bearer <TOKEN>'},
    }

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, auth_token=auth_token)]))

    assert_failed_alone(aggregator, message, agent.url, operator, 'status 401 Unauthorized. Set the credentials')


def test_one_error_names_every_endpoint_that_failed(serve, operator, failed_run, aggregator):
    agent = serve(plain('404 page not found\n', status=404))
    hubble = serve(plain('<html>'))
    relay = f'http://127.0.0.1:{unused_port()}/metrics'
    check = CiliumCheck(
        'cilium', {}, [instance(agent.url, operator, hubble_endpoint=hubble.url, hubble_relay_endpoint=relay)]
    )

    first, *lines = failed_run(check).splitlines()

    assert first == '3 of 4 endpoints could not be scraped:'
    assert lines == [
        f'`agent_endpoint` {agent.url}: the response has the status 404 Not Found. Check the path of the URL. '
        'Cilium serves `/metrics`.',
        f"`hubble_endpoint` {hubble.url}: the response is not in the Prometheus text format: it begins with '<html>' "
        f'and its Content-Type is {TEXT_FORMAT!r}. Check the port and the path of the URL.',
        f'`hubble_relay_endpoint` {relay}: connection refused: nothing listens there. Check the port, and that '
        '`hubble.relay.prometheus.enabled` is set.',
    ]
    for service, url, status in (
        ('cilium-agent', agent.url, CiliumCheck.CRITICAL),
        ('cilium-operator', operator.url, CiliumCheck.OK),
        ('hubble', hubble.url, CiliumCheck.CRITICAL),
        ('hubble-relay', relay, CiliumCheck.CRITICAL),
    ):
        aggregator.assert_service_check(HEALTH, status, tags=own_tags(service, url), count=1)
    assert len(aggregator.service_checks(HEALTH)) == 4
    aggregator.assert_metric('cilium.operator.unmanaged_pods', value=2, count=1)


def test_an_endpoint_that_fails_hides_no_failure_after_it(serve, failed_run, aggregator):
    agent, operator = serve(late(60, plain(AGENT))), serve(late(60, plain(OPERATOR)))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator)]))

    assert message.startswith('2 of 2 endpoints could not be scraped:')
    aggregator.assert_service_check(HEALTH, CiliumCheck.CRITICAL, count=2)


class TestIgnoreConnectionErrors:
    """`ignore_connection_errors: true`: an endpoint may be away, and its service check still tells so."""

    def test_the_run_succeeds_and_the_service_check_tells(self, operator, run):
        url = f'http://127.0.0.1:{unused_port()}/metrics'

        submitted = run(CiliumCheck('cilium', {}, [instance(url, operator, ignore_connection_errors=True)]))

        assert_health(submitted, url, operator, 'connection refused: nothing listens there. Check the port')

    @pytest.mark.parametrize('failure', ['not found', 'web page', 'chunks without an end', 'body drips for ever'])
    def test_failures_of_endpoints_that_are_there_are_still_errors(
        self, failure, serve, operator, failed_run, aggregator
    ):
        answer, reason = FAILURES[failure]
        agent = serve(answer)

        message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, ignore_connection_errors=True)]))

        assert_failed_alone(aggregator, message, agent.url, operator, reason)

    def test_a_body_that_is_too_large_is_still_an_error(self, serve, operator, failed_run, aggregator):
        agent = serve(ENDLESS)
        options = {'timeout': A_LONG_TIME, 'min_collection_interval': A_LONG_TIME, 'ignore_connection_errors': True}

        message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, **options)]))

        assert_failed_alone(aggregator, message, agent.url, operator, TOO_LARGE)

    def test_counters_of_an_endpoint_that_comes_back_begin_anew(self, serve, operator, run):
        """Else all that happened while it was away is counted at the minute in which it comes back."""
        agent = serve(plain(family('cilium_drop_count_total', 'counter', 1, reason='Policy denied')))
        check = CiliumCheck('cilium', {}, [instance(agent.url, operator, ignore_connection_errors=True)])
        run(check)
        run(check).assert_metric('cilium.drop_count.count', flush_first_value=True, count=1)
        answer, agent.answer = agent.answer, lambda _: ()
        run(check)
        agent.answer = answer

        run(check).assert_metric('cilium.drop_count.count', flush_first_value=False, count=1)


@pytest.mark.parametrize('failure', ['not found', 'web page', 'body shorter than its length'])
def test_enable_health_service_check_false_sends_none(failure, serve, operator, failed_run, aggregator):
    agent = serve(FAILURES[failure][0])

    failed_run(CiliumCheck('cilium', {}, [instance(agent.url, operator, enable_health_service_check=False)]))

    assert aggregator.service_check_names == []


@pytest.mark.parametrize(
    'answer',
    [
        plain(AGENT.encode() + bytes(range(256))),
        plain(AGENT + 'cilium_policy{x="y"} one\n'),
    ],
    ids=['binary data after text', 'value that is no number'],
)
def test_bad_lines_cost_themselves_and_turn_the_service_check_to_warning(answer, serve, run):
    agent = serve(answer)

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    assert submitted.metric_names
    (check,) = submitted.service_checks('cilium.openmetrics.health')
    assert check.status == CiliumCheck.WARNING
    assert 'could not be read and are left out. ' in check.message


@pytest.mark.parametrize(
    'answer',
    [
        plain(AGENT),
        *(
            FAILURES[name][0]
            for name in (
                'not found',
                'redirect',
                'web page',
                'chunks without an end',
                'headers drip for ever',
                'no answer',
            )
        ),
    ],
    ids=['good', 'not found', 'redirect', 'web page', 'cut off', 'dripping', 'none'],
)
def test_a_scrape_leaves_no_thread_behind(answer, serve):
    """A timer waits for the end of the request."""
    agent = serve(answer)
    before = set(threading.enumerate())

    CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'timeout': TIMEOUT}]).run()

    timers = [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t not in before]
    for timer in timers:
        timer.join(timeout=1)
    assert not any(timer.is_alive() for timer in timers)


def test_garbage_takes_no_more_memory_than_metrics(serve):
    """The shorter its lines are, the more of them there are. Each takes some 60 bytes, once, whatever is in it."""
    lines = 500_000
    agent = serve(plain(AGENT + lines * 'xy\n'))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    tracemalloc.start()

    check.run()

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120 * lines


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]
