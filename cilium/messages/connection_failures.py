# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What it means that there is no answer: the network, TLS, or a proxy."""

from __future__ import annotations

from http.client import BadStatusLine, RemoteDisconnected, UnknownProtocol

from requests.exceptions import ConnectTimeout, Timeout
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from ..components import Component
from .proxies import Proxy
from .text import quoted, sent_as_header, shorten

MAX_FIRST_LINE = 60

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


def cause_of(error: Exception) -> str:
    """Return the text of what began an error. What is around it holds URLs with their queries, and addresses."""
    # Of a package that is missing, its loader tells in more paragraphs where it was asked for.
    return str(_causes(error)[-1]).split('\n\n')[0]


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what it was made of: `requests` wraps errors of urllib3, which wrap those of `socket`."""
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
    Return why there is no answer, or no more of it. `text` is the text of the cause, without secrets.

    `through` tells of a proxy, if there is one. Then the component is not blamed.
    """
    if isinstance(error, ConnectTimeout):
        advice = through or ' Check the address, and network policies on the way.'
        return f'no connection within the option `timeout`.{advice}'
    if isinstance(error, Timeout):
        return (
            f'the endpoint took too long: no complete answer within the option `timeout` ({shorten(text)}). '
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
        return f'the connection failed: the answer is not HTTP. It begins with {line}. Check the port.{through}'
    return f'the connection failed: {shorten(text)}.' + (through or ' Check the address, and that the component runs.')


def explain_proxy_error(error: Exception, text: str, proxy: Proxy) -> str:
    """Return why a proxy could not be used. `text` is the text of the cause, without secrets."""
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
