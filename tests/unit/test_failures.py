# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import socket

import pytest
import requests
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ConnectTimeout,
    ContentDecodingError,
    HTTPError,
    ReadTimeout,
    SSLError,
    TooManyRedirects,
)
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS
from datadog_checks.cilium.messages.failures import explain_failure
from datadog_checks.cilium.scraping.answer import BodyError
from datadog_checks.cilium.scraping.blocks import ExpositionError

AGENT = COMPONENT_BY_NAME['agent']


def no_connection(cause: OSError, host: str = '10.0.0.1', path: str = '/metrics') -> ConnectionError:
    """Return what `requests` raises when the operating system refuses a connection to a host."""
    error = NewConnectionError(HTTPConnection(host, 9962), f'Failed to establish a new connection: {cause}')
    error.__cause__ = cause
    return ConnectionError(MaxRetryError(HTTPConnectionPool(host, 9962), path, error))


def status(code: int, reason: str) -> HTTPError:
    response = requests.Response()
    response.status_code, response.reason = code, reason
    return HTTPError(f'{code} Error: {reason} for url: http://10.0.0.1:9962/metrics', response=response)


def tls(text: str) -> SSLError:
    return SSLError(f'Max retries exceeded with url: /metrics (Caused by SSLError({text}))')


REFUSED = ConnectionRefusedError(111, 'Connection refused')
UNRESOLVED = ConnectionError(
    MaxRetryError(
        HTTPConnectionPool('cilium', 9962),
        '/metrics',
        NameResolutionError('cilium', HTTPConnection('cilium', 9962), socket.gaierror(-2, 'Name not known')),
    )
)

EXPLANATIONS = {
    'refused': (no_connection(REFUSED), 'connection refused: nothing listens there.'),
    'unresolved': (UNRESOLVED, 'the name in the URL cannot be resolved.'),
    'unreachable': (
        no_connection(OSError(113, 'No route to host')),
        '. Check the address, and that the component',
    ),
    'connect timeout': (ConnectTimeout('...'), 'no connection within the option `timeout`. Check the address'),
    'read timeout': (
        ReadTimeout('Read timed out.'),
        'no complete response within the option `timeout` (Read timed out.)',
    ),
    '400': (
        status(400, 'Bad Request'),
        'status 400 Bad Request. A server that expects TLS responds like this: try `https://`',
    ),
    '401': (status(401, 'Unauthorized'), 'status 401 Unauthorized. Set the credentials'),
    '403': (status(403, 'Forbidden'), 'status 403 Forbidden. The credentials do not give access'),
    '404': (status(404, 'Not Found'), 'status 404 Not Found. Check the path of the URL'),
    '503': (status(503, 'Service Unavailable'), 'status 503 Service Unavailable. Check the log of the component'),
    'wrong name': (
        tls(
            "CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'a'"
        ),
        'the certificate is not valid for the host in the URL. Set the header `Host` in the option `headers` to',
    ),
    'wrong address': (
        tls(
            'CERTIFICATE_VERIFY_FAILED] certificate verify failed: IP address mismatch, certificate is not valid for 1'
        ),
        'the certificate is not valid for the host in the URL.',
    ),
    'wrong name of the header': (
        tls("hostname 'a' doesn't match 'b'"),
        'the certificate is not valid for the host in the URL.',
    ),
    'untrusted': (
        tls('[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate'),
        'the certificate is not trusted. Set `tls_ca_cert`',
    ),
    'client certificate missing': (
        ConnectionError('[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required'),
        'the endpoint requires a client certificate that it trusts. Set `tls_cert` and `tls_private_key`',
    ),
    'client certificate unknown': (
        ConnectionError('[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca'),
        'the endpoint requires a client certificate that it trusts.',
    ),
    'no TLS': (
        tls('[SSL: WRONG_VERSION_NUMBER] wrong version number'),
        'the endpoint does not speak TLS. Use `http://`',
    ),
    'no TLS, newer OpenSSL': (
        tls('[SSL: RECORD_LAYER_FAILURE] record layer failure'),
        'the endpoint does not speak TLS. Use `http://`',
    ),
    'no exposition': (ExpositionError('the response holds no metrics'), 'the response holds no metrics.'),
    'too large': (BodyError('the response is larger than 5 bytes'), 'the response is larger than 5 bytes.'),
    'cut off': (
        ChunkedEncodingError('the response was cut off: 5 of 9'),
        'the response was cut off: 5 of 9. Check the logs of the component and of any proxy between it and the Agent.',
    ),
    'damaged': (
        ContentDecodingError('the compressed response is damaged: x'),
        'the compressed response is damaged: x. Ask for an uncompressed one: `Accept-Encoding: identity` in `extra_',
    ),
    'redirects': (TooManyRedirects('Exceeded 30 redirects.'), 'redirects too often. Set the URL of the metrics.'),
    'memory': (MemoryError(), 'out of memory. Raise the memory limit of the Agent, or collect fewer series.'),
    'not parsed': (
        ValueError('could not convert'),
        'the response is not in the Prometheus text format (could not convert). Check the port and the path',
    ),
    'bucket without its bound': (
        KeyError('upper_bound'),
        "the response is not in the Prometheus text format ('upper_bound').",
    ),
    'anything else': (
        FileNotFoundError(2, 'No such file', 'token'),
        "FileNotFoundError: [Errno 2] No such file: 'token'. See the log of the Agent at the level `debug`.",
    ),
}


@pytest.mark.parametrize(('error', 'explanation'), EXPLANATIONS.values(), ids=EXPLANATIONS)
def test_explanation(error, explanation):
    assert explanation in explain_failure(error, AGENT)


@pytest.mark.parametrize('error', [ValueError(), ValueError(''), KeyError()], ids=repr)
def test_an_error_without_text_has_no_empty_brackets(error):
    """The parser raises such for metadata that is not complete."""
    assert explain_failure(error, AGENT) == (
        'the response is not in the Prometheus text format. Check the port and the path of the URL.'
    )


@pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)
def test_a_refused_connection_tells_what_switches_the_endpoint_on(component):
    assert explain_failure(no_connection(REFUSED), component) == (
        f'connection refused: nothing listens there. Check the port, and that `{component.enabled_by}` is set.'
    )


def test_without_a_component_it_tells_no_switch():
    assert explain_failure(no_connection(REFUSED)) == 'connection refused: nothing listens there. Check the port.'


@pytest.mark.parametrize(
    ('host', 'path'),
    [('dns-resolver', '/metrics'), ('10.0.0.1', '/refused')],
    ids=['resolve', 'refused'],
)
def test_a_name_in_the_url_is_not_taken_for_the_cause(host, path):
    explanation = explain_failure(no_connection(OSError(113, 'No route to host'), host, path), AGENT)

    assert explanation.startswith('the connection failed: ')
    assert 'No route to host' in explanation


@pytest.mark.parametrize(
    'error',
    [
        ValueError(10_000 * 'x'),
        ReadTimeout(10_000 * 'x'),
        tls(f'WRONG_VERSION_NUMBER {10_000 * "x"}'),
        OSError(10_000 * 'x'),
        status(500, 10_000 * 'x'),
    ],
    ids=['parser', 'timeout', 'TLS', 'anything else', 'status'],
)
def test_a_long_cause_is_cut(error):
    """An endpoint chooses parts of it."""
    assert len(explain_failure(error, AGENT)) < 600


NASTY = '\x1b[2J\r\n\x00\x85\u202e\u2028'


@pytest.mark.parametrize(
    'error',
    [
        ValueError(NASTY),
        ReadTimeout(NASTY),
        ConnectionError(NASTY),
        tls(f'WRONG_VERSION_NUMBER {NASTY}'),
        ChunkedEncodingError(NASTY),
        ContentDecodingError(NASTY),
        ExpositionError(NASTY),
        BodyError(NASTY),
        OSError(NASTY),
        status(500, NASTY),
        status(302, NASTY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_be_printed_is_escaped(error):
    explanation = explain_failure(error, AGENT)

    assert r'\x1b[2J\r\n\x00\x85\u202e\u2028' in explanation
    assert explanation.isprintable()


@pytest.mark.parametrize('length', [300, 301, 10_000])
def test_escapes_are_cut_too(length):
    assert len(explain_failure(OSError(length * '\x1b'), AGENT)) < 400


@pytest.mark.parametrize(
    ('location', 'target'),
    [
        ('http://Other:9962/x?y#z', 'http://other:9962.'),
        ('https://admin:secret@10.0.0.1/', 'https://10.0.0.1.'),
        ('//[fd00::1]:1/x', 'http://[fd00::1]:1.'),
        ('../x', 'http://10.0.0.1:9962.'),
        ('', 'has no `Location`.'),
        ('mailto:cilium', 'redirects to an invalid URL.'),
        ('http://a:port', 'redirects to an invalid URL.'),
        ('http://\x1b[2J', 'redirects to an invalid URL.'),
        ('http://\x1b2J/', r'http://\x1b2j.'),
        (f'http://{10_000 * "x"}', 'xxx....'),
    ],
)
def test_where_a_redirect_leads(location, target):
    error = status(302, 'Found')
    error.response.url = 'http://10.0.0.1:9962/metrics'
    error.response.headers['Location'] = location

    explanation = explain_failure(error, AGENT)

    assert target in explanation
    assert 'secret' not in explanation
    assert len(explanation) < 700
