# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a failed scrape means and what to do about it, in plain words."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from requests import Response
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ConnectTimeout,
    ContentDecodingError,
    HTTPError,
    Timeout,
    TooManyRedirects,
)

from .components import Component
from .scraping.answer import BodyError
from .scraping.blocks import ExpositionError

MAX_CAUSE_LENGTH = 300

# Parts of the messages of OpenSSL and of the standard library: what they mean and what to do.
_TLS_ADVICE = (
    (
        ('Hostname mismatch', 'IP address mismatch', "doesn't match", 'not valid for'),
        'the certificate is not for the name in the URL. Set the name that is in the certificate as the header `Host` '
        'in the option `headers`, and set `tls_use_host_header: true`',
    ),
    (('CERTIFICATE_VERIFY_FAILED',), 'the certificate is not trusted. Set `tls_ca_cert` to the file of its authority'),
    (
        ('CERTIFICATE_REQUIRED', 'HANDSHAKE_FAILURE', 'BAD_CERTIFICATE', 'UNKNOWN_CA'),
        'the endpoint wants a client certificate that it trusts. Set `tls_cert` and `tls_private_key`',
    ),
    (('WRONG_VERSION_NUMBER', 'RECORD_LAYER_FAILURE'), 'the endpoint does not speak TLS. Use `http://` in the URL'),
)

_STATUS_ADVICE = {
    400: 'A server that expects TLS answers so: try `https://` in the URL.',
    401: 'Set the credentials: `username` and `password`, or `auth_token`.',
    403: 'The credentials do not give access to this path.',
    404: 'Check the path of the URL. Cilium serves `/metrics`.',
}

# What happened, from the text of the error, and what to do.
_EXPLANATIONS = {
    ChunkedEncodingError: '{}. Look at the log of the component, and of what is between it and the Agent.',
    ContentDecodingError: '{}. Ask for one without compression: `Accept-Encoding: identity` in `extra_headers`.',
    TooManyRedirects: 'the endpoint redirects again and again. Set the URL where the metrics are.',
    ImportError: 'a package is missing that the Python of the Agent has: {}.',
    MemoryError: 'there is no memory left for the answer. Raise the limit of the Agent, or collect fewer series.',
}


def explain_failure(error: Exception, component: Component | None = None) -> str:
    """
    Return why an endpoint could not be scraped and what to do about it: a sentence or two, without the URL.

    With the component, the advice tells what switches its endpoint on. What the endpoint sent may be quoted: in one
    line, without characters that do something to a terminal.
    """
    return printable(_explain(error, component))


def printable(text: str) -> str:
    """Return text with escapes in the place of characters that cannot be printed."""
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _explain(error: Exception, component: Component | None) -> str:
    text = str(error).split('\n\n')[0]  # For a package that is missing, the loader adds where it was asked for.
    if isinstance(error, HTTPError) and error.response is not None:
        status = error.response.status_code
        if 300 <= status < 400:
            return _explain_redirect(error.response, component)
        advice = _STATUS_ADVICE.get(status, 'Look at the log of the component.')
        return f'the answer has the status {_shorten(f"{status} {error.response.reason}")}. {advice}'
    if isinstance(error, ConnectTimeout):
        return 'no connection within the option `timeout`. Check the address, and network policies on the way.'
    if isinstance(error, Timeout):
        return (
            f'the endpoint took too long: no complete answer within the option `timeout` ({_shorten(text)}). '
            'Raise it if the endpoint is only slow.'
        )
    if isinstance(error, ConnectionError):  # TLS errors are among them.
        return _explain_connection_error(text, component)
    if isinstance(error, (ExpositionError, BodyError)):
        return f'{text}.'
    for type_, explanation in _EXPLANATIONS.items():
        if isinstance(error, type_):
            return explanation.format(_shorten(text))
    if type(error) in (ValueError, KeyError):  # The parser and the base class raise them bare.
        return (
            f'the answer is not in the Prometheus text format{_shorten(text) and f" ({_shorten(text)})"}. Check the '
            'port and the path of the URL.'
        )
    return f'{type(error).__name__}: {_shorten(text)}. The log of the Agent has more, at the level `debug`.'


def _explain_redirect(response: Response, component: Component | None) -> str:
    option = f'`{component.option}`' if component else 'it'
    return (
        f'the answer has the status {_shorten(f"{response.status_code} {response.reason}")} and '
        f'{_redirect_target(response)}. Only redirects to the same scheme, host and port are followed, and few: '
        f'others would take the credentials elsewhere. Set {option} to the URL where the metrics are.'
    )


def _redirect_target(response: Response) -> str:
    """Tell where a redirect leads: scheme, host and port only, as more of it may hold secrets."""
    location = response.headers.get('Location')
    if not location:
        return 'does not tell where it leads'
    try:
        parts = urlsplit(urljoin(response.url, location))
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return 'leads to what is no URL'
    host = f'[{host}]' if ':' in host else host
    return f'leads to {_shorten(f"{parts.scheme}://{host}" + ("" if port is None else f":{port}"))}'


def _explain_connection_error(text: str, component: Component | None) -> str:
    if 'Connection refused' in text:
        switch = f', and that `{component.enabled_by}` is set' if component else ''
        return f'connection refused: nothing listens there. Check the port{switch}.'
    if 'NameResolutionError' in text:
        return 'the name in the URL cannot be resolved. Check its spelling, and the DNS of the Agent.'
    for marks, advice in _TLS_ADVICE:
        if any(mark.lower() in text.lower() for mark in marks):
            return f'{advice} ({_shorten(text)}).'
    return f'the connection failed: {_shorten(text)}. Check the address, and that the component runs.'


def _shorten(text: str) -> str:
    text = printable(text[:MAX_CAUSE_LENGTH]) + text[MAX_CAUSE_LENGTH:][:1]  # Escapes make it longer.
    return text if len(text) <= MAX_CAUSE_LENGTH else f'{text[:MAX_CAUSE_LENGTH]}...'
