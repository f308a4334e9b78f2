# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Explains failures of the network, of TLS, and of proxies."""

from __future__ import annotations

from http.client import BadStatusLine, RemoteDisconnected, UnknownProtocol

from requests.exceptions import ConnectTimeout, Timeout
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from ..components import Component
from .proxies import Proxy
from .text import quoted, sent_as_header, shorten

MAX_FIRST_LINE = 60

# Parts of messages of OpenSSL and the standard library, each with what it means and what to do.
_TLS_ADVICE = (
    (
        ('Hostname mismatch', 'IP address mismatch', "doesn't match", 'not valid for'),
        'the certificate is not valid for the host in the URL. Set the header `Host` in the option '
        '`headers` to the name in the certificate, and set `tls_use_host_header: true`',
    ),
    (
        ('CERTIFICATE_VERIFY_FAILED',),
        'the certificate is not trusted. Set `tls_ca_cert` to the file with its CA certificate',
    ),
    (
        ('CERTIFICATE_REQUIRED', 'HANDSHAKE_FAILURE', 'BAD_CERTIFICATE', 'UNKNOWN_CA'),
        'the endpoint requires a client certificate that it trusts. Set `tls_cert` and `tls_private_key`',
    ),
    (('WRONG_VERSION_NUMBER', 'RECORD_LAYER_FAILURE'), 'the endpoint does not speak TLS. Use `http://` in the URL'),
)


def cause_of(error: Exception) -> str:
    """Return the text of an error's root cause. The errors that wrap it contain URLs with queries, and addresses."""
    # For a missing package, the loader appends paragraphs about who asked for it.
    return str(_causes(error)[-1]).split('\n\n')[0]


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and its causes: `requests` wraps errors of urllib3, which wrap those of `socket`."""
    causes = [error]
    while True:
        last = causes[-1]
        inner = [getattr(last, 'reason', None), *reversed(last.args)]
        if isinstance(last, NewConnectionError):
            inner.append(last.__cause__)
        cause = next((part for part in inner if isinstance(part, BaseException) and part not in causes), None)
        if cause is None:
            return causes
        causes.append(cause)


def explain_connection_error(error: Exception, text: str, component: Component | None, through: str) -> str:
    """
    Return why there is no response, or only part of one. `text` is the text of the cause, without secrets.

    `through` is a sentence about the proxy, if there is one. It replaces advice about the component.
    """
    if isinstance(error, ConnectTimeout):
        advice = through or ' Check the address, and network policies on the way.'
        return f'no connection within the option `timeout`.{advice}'
    if isinstance(error, Timeout):
        return (
            f'the endpoint took too long: no complete response within the option `timeout` ({shorten(text)}). '
            f'Raise it if the endpoint is only slow.{through}'
        )
    causes = _causes(error)
    if 'Connection refused' in text:
        switch = f', and that `{component.enabled_by}` is set' if component else ''
        return 'connection refused: nothing listens there.' + (through or f' Check the port{switch}.')
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return f'the name in the URL cannot be resolved. Check its spelling, and the DNS of the Agent.{through}'
    for marks, advice in _TLS_ADVICE:
        if any(mark.lower() in text.lower() for mark in marks):
            return f'{advice} ({shorten(text)}).{through}'
    if isinstance(causes[-1], (BadStatusLine, UnknownProtocol)) and not isinstance(causes[-1], RemoteDisconnected):
        line = quoted(sent_as_header(text), MAX_FIRST_LINE)
        return f'the connection failed: the response is not HTTP. It begins with {line}. Check the port.{through}'
    return f'the connection failed: {shorten(text)}.' + (through or ' Check the address, and that the component runs.')


def explain_proxy_error(error: Exception, text: str, proxy: Proxy) -> str:
    """Return why a proxy failed. `text` is the text of the cause, without secrets."""
    causes = _causes(error)
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        what = f'the name of {proxy} cannot be resolved'
    elif any(isinstance(c, ConnectTimeoutError) and not isinstance(c, NewConnectionError) for c in causes):
        what = f'no connection to {proxy} within the option `timeout`'
    elif 'Tunnel connection failed' in text:
        what = f'{proxy} does not connect to the endpoint: {shorten(text)}'
    else:
        what = f'{proxy} cannot be used: {shorten(text)}'
    return f'{what}. {proxy.advice}'
