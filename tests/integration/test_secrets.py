# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""No failure shows a secret: not in a service check, nor in the log at any level, nor in an error."""

from __future__ import annotations

import logging
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from endpoints import Answer, Request, dripping, late, plain, redirect, response_head
from expositions import family

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import CiliumCheck

SECRET = "S3cr'et/v@lue"
PROXY_SECRET = 'S3cret%2Fvalue'
SPELLINGS = (
    SECRET,
    repr(SECRET)[1:-1],
    'S3cr',
    'v@lue',
    PROXY_SECRET,
    'S3cret/value',
    b64encode(f'me:{SECRET}'.encode()).decode(),
)
AGENT = family('cilium_unreachable_nodes', 'gauge', 1)


def token(path: Path, content: str = SECRET, value: str = 'Bearer <TOKEN>') -> dict:
    """Return the option for a token in a file."""
    (path / 'token').write_text(content, newline='')
    return {
        'auth_token': {
            'reader': {'type': 'file', 'path': str(path / 'token')},
            'writer': {'type': 'header', 'name': 'Authorization', 'value': value},
        }
    }


def oauth() -> dict:
    return {
        'auth_token': {
            'reader': {
                'type': 'oauth',
                'url': f'https://127.0.0.1:1/token?code={SECRET}',
                'client_id': 'me',
                'client_secret': SECRET,
            },
            'writer': {'type': 'header', 'name': 'Authorization', 'value': 'Bearer <TOKEN>'},
        }
    }


# The options that hold a secret.
OPTIONS: dict[str, Callable[[Path], dict]] = {
    'headers': lambda _: {'headers': {'X-Key': SECRET}},
    'extra_headers': lambda _: {'extra_headers': {'Authorization': f'Token {SECRET}'}},
    'auth_token': token,
    'auth_token of an OAuth server': lambda _: oauth(),
    'password': lambda _: {'username': 'me', 'password': SECRET},
    'digest': lambda _: {'username': 'me', 'password': SECRET, 'auth_type': 'digest'},
    'log_requests': lambda _: {'username': 'me', 'password': SECRET, 'log_requests': True},
    'ignore_connection_errors': lambda _: {'headers': {'X-Key': SECRET}, 'ignore_connection_errors': True},
}


def echo(request: Request) -> str:
    """Return a line with all that a request says."""
    sent = ' '.join(f'{name}={value}' for name, value in request.headers.items())
    return f'{request.path} {sent}'


def echoing(answer: Callable[[str], Answer]) -> Answer:
    return lambda request: answer(echo(request))(request)


# What an endpoint answers. Most of it repeats what it was asked with.
ANSWERS: dict[str, Answer] = {
    'good': plain(AGENT),
    'status': echoing(lambda said: plain(said, status=500)),
    'page with a status': echoing(lambda said: plain(f'<html>\n{said}', status=502)),
    'reason phrase': echoing(lambda said: lambda _: (f'HTTP/1.1 500 {said}\r\nContent-Length: 0\r\n\r\n'.encode(),)),
    'unauthorized': echoing(lambda said: plain(said, status=401)),
    'redirect': echoing(lambda said: redirect(f'http://elsewhere.test/{said}')),
    'redirect to itself': lambda request: redirect(f'{request.path}x')(request),
    'nothing': lambda _: (),
    'another protocol': echoing(lambda said: lambda _: (f'SSH {said}\r\n'.encode(),)),
    'page': echoing(lambda said: plain(f'<{said}', Content_Type=f'text/{said}')),
    'bad lines': echoing(lambda said: plain(f'{said}\n')),
    'bad lines among metrics': echoing(lambda said: plain(f'{AGENT}{said}\n')),
    'OpenMetrics': echoing(lambda said: plain(f'{said}\n', Content_Type='application/openmetrics-text')),
    'compression': echoing(lambda said: plain('x', Content_Encoding=said)),
    'cut off': plain(AGENT, Content_Length=1000),
    'late': late(60, plain(AGENT)),
    'stops': dripping(response_head() + AGENT.encode(), b'', 60),
}


@pytest.fixture
def told(aggregator, caplog) -> Callable[[CiliumCheck], str]:
    """Run a check twice and return all that is told of it: by the service check, the log and the error."""
    caplog.set_level(logging.DEBUG)
    # Cilium's check asks for nothing there. The Agent sets its own level for them.
    for library in ('urllib3', 'asyncio'):
        caplog.set_level(logging.WARNING, logger=library)

    def told(check: CiliumCheck) -> str:
        reports = [check.run(), check.run()]
        formatter = logging.Formatter()
        records = [formatter.format(record) for record in caplog.records]
        checks = [f'{c.name} {c.message}' for c in aggregator.service_checks('cilium.openmetrics.health')]
        return '\n'.join((*reports, *records, *checks))

    return told


def assert_hidden(text: str) -> None:
    assert [line for line in text.splitlines() if any(spelling in line for spelling in SPELLINGS)] == []


@pytest.mark.parametrize('option', OPTIONS)
@pytest.mark.parametrize('answer', ANSWERS)
def test_whatever_an_endpoint_answers(answer, option, serve, told, tmp_path):
    agent = serve(ANSWERS[answer])
    options = OPTIONS[option](tmp_path)

    text = told(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'timeout': 0.1, **options}]))

    assert answer == 'good' or 'OAuth' in option or agent.requests
    assert_hidden(text)


@pytest.mark.parametrize('option', OPTIONS)
@pytest.mark.parametrize(
    'url',
    ['http://127.0.0.1:{unused}/metrics', 'https://127.0.0.1:{unused}/metrics', 'http://no-such-host.invalid/metrics'],
    ids=['refused', 'refused with TLS', 'no name'],
)
def test_no_connection(url, option, told, tmp_path):
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        url = url.format(unused=listener.getsockname()[1])

        text = told(CiliumCheck('cilium', {}, [{'agent_endpoint': url, 'timeout': 0.2, **OPTIONS[option](tmp_path)}]))

    assert_hidden(text)


@pytest.mark.parametrize('option', OPTIONS)
@pytest.mark.parametrize('kind', ['untrusted', 'no TLS', 'no certificate'])
def test_tls(kind, option, serve, told, authority, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert('127.0.0.1').configure_cert(context)
    agent = serve(plain(AGENT), tls=None if kind == 'no TLS' else context)
    files = {'tls_ca_cert': '/no/such/file'} if kind == 'no certificate' else {}
    url = agent.url.replace('http://', 'https://')

    text = told(
        CiliumCheck('cilium', {}, [{'agent_endpoint': url, 'timeout': 2, **files, **OPTIONS[option](tmp_path)}])
    )

    assert_hidden(text)


@pytest.mark.parametrize('answer', ANSWERS)
@pytest.mark.parametrize('where', ['option', 'environment'])
def test_credentials_of_a_proxy(where, answer, serve, told, monkeypatch):
    server = serve(ANSWERS[answer])
    proxy = f'http://me:{PROXY_SECRET}@127.0.0.1:{server.port}'
    instance = {'agent_endpoint': 'http://cilium.test/metrics', 'timeout': 0.1}
    if where == 'option':
        instance['proxy'] = {'http': proxy}
    else:
        monkeypatch.setenv('HTTP_PROXY', proxy)

    text = told(CiliumCheck('cilium', {}, [instance]))

    assert server.requests
    assert_hidden(text)


@pytest.mark.parametrize('answer', ANSWERS)
def test_a_query(answer, serve, told, tmp_path):
    """It may hold what no name tells to be a secret."""
    agent = serve(ANSWERS[answer])
    url = f'{agent.url}?names=S3cret/value'

    text = told(CiliumCheck('cilium', {}, [{'agent_endpoint': url, 'timeout': 0.1, **token(tmp_path, 'stale')}]))

    assert agent.requests[0].path == '/metrics?names=S3cret/value'
    assert_hidden(text)


@pytest.mark.parametrize('option', ['headers', 'extra_headers'])
class TestHeaders:
    @pytest.mark.parametrize('end', ['\n', '\r\n'])
    def test_the_line_break_of_a_file_is_left_out(self, end, option, serve, run):
        agent = serve(plain(AGENT))

        run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, option: {'X-Key': SECRET + end}}]))

        assert agent.requests[0].headers['X-Key'] == SECRET

    @pytest.mark.parametrize(
        'value',
        [
            f' {SECRET}',
            f'\n{SECRET}',
            f'{SECRET}\n\n',
            f'{SECRET}\nmore',
            f'{SECRET}\r',
            f'{SECRET}\0',
            f'{SECRET}\u20ac',
        ],
        ids=repr,
    )
    def test_what_cannot_be_sent_is_refused(self, value, option):
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': 'http://127.0.0.1:1/metrics', option: {'X-Key': value}}])

        with pytest.raises(ConfigurationError, match=f'^`{option}`: the value of `X-Key` ') as e:
            check.configure_scrapers()

        assert_hidden(str(e.value))

    @pytest.mark.parametrize('name', [f'X-Key: {SECRET}', f'X-Key\n{SECRET}', '', ' X-Key'], ids=repr)
    def test_a_name_may_be_a_secret_in_the_wrong_place(self, name, option):
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': 'http://127.0.0.1:1/metrics', option: {name: ''}}])

        with pytest.raises(ConfigurationError, match=f'^`{option}`: it contains an invalid header name') as e:
            check.configure_scrapers()

        assert_hidden(str(e.value))


class TestToken:
    @pytest.mark.parametrize('content', [f'{SECRET}\nmore', f'more\r\n{SECRET}', f'{SECRET}\0'], ids=repr)
    def test_one_that_cannot_be_sent(self, content, serve, told, tmp_path):
        agent = serve(plain(AGENT))

        text = told(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **token(tmp_path, content)}]))

        assert '`auth_token`: the value of `Authorization` contains ' in text
        assert agent.requests == []
        assert_hidden(text)

    def test_one_that_is_mended_is_sent(self, serve, failed_run, run, tmp_path):
        agent = serve(plain(AGENT))
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **token(tmp_path, f'{SECRET}\nmore')}])
        failed_run(check)
        token(tmp_path, f'{SECRET}\n')

        run(check)

        assert [request.headers['Authorization'] for request in agent.requests] == [f'Bearer {SECRET}']

    def test_a_file_that_is_not_there(self, serve, failed_run, tmp_path):
        agent = serve(plain(AGENT))
        options = token(tmp_path)
        (tmp_path / 'token').unlink()

        message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}]))

        assert f"`auth_token`: the token cannot be read: [Errno 2] No such file or directory: '{tmp_path}/to" in message


class TestPassword:
    @pytest.mark.parametrize('option', ['username', 'password'])
    def test_one_that_the_old_encoding_lacks_is_refused(self, option):
        instance = {'agent_endpoint': 'http://127.0.0.1:1/metrics', 'username': 'me', 'password': SECRET}
        check = CiliumCheck('cilium', {}, [{**instance, option: f'{SECRET}\N{EURO SIGN}'}])

        with pytest.raises(ConfigurationError, match=f'^`{option}` .* `use_legacy_auth_encoding: false`') as e:
            check.configure_scrapers()

        assert_hidden(str(e.value))

    def test_one_that_the_old_encoding_has_is_sent(self, serve, run):
        agent = serve(plain(AGENT))

        run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'username': 'me', 'password': '\xe9'}]))

        assert agent.requests[0].headers['Authorization'] == f'Basic {b64encode(b"me:\xe9").decode()}'

    def test_it_is_sent_without_the_old_encoding(self, serve, run):
        agent = serve(plain(AGENT))
        options = {'username': 'me', 'password': '\N{EURO SIGN}', 'use_legacy_auth_encoding': False}

        run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}]))

        encoded = b64encode('me:\N{EURO SIGN}'.encode()).decode()
        assert agent.requests[0].headers['Authorization'] == f'Basic {encoded}'


@pytest.mark.parametrize(
    ('option', 'value'),
    [
        ('headers', f'X-Key: {SECRET}'),
        ('headers', [SECRET]),
        ('extra_headers', SECRET),
        ('auth_token', SECRET),
        ('auth_token', {'reader': SECRET, 'writer': SECRET}),
        ('auth_token', {'reader': {'type': SECRET}, 'writer': {'type': SECRET}}),
        ('password', [SECRET]),
        ('proxy', f'http://me:{SECRET}@proxy.test'),
        ('proxy', {'http': [SECRET]}),
    ],
)
def test_a_value_of_a_wrong_type(option, value, told):
    text = told(CiliumCheck('cilium', {}, [{'agent_endpoint': 'http://127.0.0.1:1/metrics', option: value}]))

    assert option in text
    assert_hidden(text)
