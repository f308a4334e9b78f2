# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Explains why a scrape failed and what to do."""

from __future__ import annotations

from ssl import SSLError
from urllib.parse import urljoin, urlsplit

from requests import Response
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ContentDecodingError,
    HTTPError,
    ProxyError,
    Timeout,
    TooManyRedirects,
)

from ..components import Component
from ..options.unusable import UnusableOption
from ..scraping.answer import BodyError, StatusError
from ..scraping.blocks import ExpositionError
from .connection_failures import cause_of, explain_connection_error, explain_proxy_error
from .error_body import reason_in
from .proxies import Proxy
from .secrets import Secrets
from .text import printable, shorten

_STATUS_ADVICE = {
    400: 'A server that expects TLS responds like this: try `https://` in the URL.',
    401: 'Set the credentials: `username` and `password`, or `auth_token`.',
    403: 'The credentials do not give access to this path.',
    407: 'A proxy on the way requires credentials.',
    404: 'Check the path of the URL. Cilium serves `/metrics`.',
}

_STATUS_OF_PROXIES = frozenset({403, 407, 502, 503, 504})
"""Sent by proxies themselves if they refuse a request or cannot reach the endpoint."""

# By type of error: what happened, with the text of the error, and what to do.
_EXPLANATIONS = {
    ChunkedEncodingError: '{}. Check the logs of the component and of any proxy between it and the Agent.',
    ContentDecodingError: '{}. Ask for an uncompressed one: `Accept-Encoding: identity` in `extra_headers`.',
    TooManyRedirects: 'the endpoint redirects too often. Set the URL of the metrics.',
    ImportError: 'a package is missing that the Python of the Agent has: {}.',
    MemoryError: 'out of memory. Raise the memory limit of the Agent, or collect fewer series.',
}


def explain_failure(
    error: Exception,
    component: Component | None = None,
    proxy: Proxy | None = None,
    secrets: Secrets | None = None,
) -> str:
    """
    Return why an endpoint could not be scraped and what to do, in a sentence or two without the URL.

    With `component`, the advice names what enables its endpoint. `proxy` is the one that the request went through. The
    result may quote the endpoint. It is one line, with control characters escaped and secrets hidden.
    """
    return printable(_explain(error, component, proxy, secrets or Secrets()))


def _explain(error: Exception, component: Component | None, proxy: Proxy | None, secrets: Secrets) -> str:
    text = secrets.hide(cause_of(error))
    if isinstance(error, UnusableOption):
        return f'{text.removesuffix(".")}.'
    if isinstance(error, SSLError):  # Not the one of `requests`: the files could not be loaded.
        return f'`tls_ca_cert`, `tls_cert` or `tls_private_key` is unusable: {shorten(text)}.'
    if isinstance(error, ProxyError) and proxy:
        return explain_proxy_error(error, text, proxy)
    through = f' The request went through {proxy}, which may be the cause. {proxy.advice}' if proxy else ''
    if isinstance(error, (ConnectionError, Timeout)) and not isinstance(error, BodyError):
        return explain_connection_error(error, text, component, through)
    if isinstance(error, HTTPError) and error.response is not None:
        return _explain_status(error, component, proxy, secrets) + through
    return _explain_answer(error, text) + through


def _explain_answer(error: Exception, text: str) -> str:
    if isinstance(error, (ExpositionError, BodyError)):
        return f'{text}.'
    for type_, explanation in _EXPLANATIONS.items():
        if isinstance(error, type_):
            return explanation.format(shorten(text))
    if type(error) in (ValueError, KeyError):  # The parser and the base class raise them bare.
        quote = f' ({shorten(text)})' if text else ''
        return f'the response is not in the Prometheus text format{quote}. Check the port and the path of the URL.'
    return f'{type(error).__name__}: {shorten(text)}. See the log of the Agent at the level `debug`.'


def _explain_status(error: HTTPError, component: Component | None, proxy: Proxy | None, secrets: Secrets) -> str:
    response = error.response
    if 300 <= response.status_code < 400:
        return _explain_redirect(response, component)
    status = f'{response.status_code} {response.reason}'
    advice = _STATUS_ADVICE.get(response.status_code, 'Check the log of the component.')
    if proxy and response.status_code in _STATUS_OF_PROXIES:
        advice = ''
    reason = reason_in(error.body, status) if isinstance(error, StatusError) else ''
    # The response may echo the request.
    says = f'It says {shorten(secrets.hide(reason))!r}.' if reason else ''
    return ' '.join(filter(None, (f'the response has the status {shorten(secrets.hide(status))}.', advice, says)))


def _explain_redirect(response: Response, component: Component | None) -> str:
    option = f'`{component.option}`' if component else 'it'
    return (
        f'the response has the status {shorten(f"{response.status_code} {response.reason}")} and '
        f'{_redirect_target(response)}. Only redirects to the same scheme, host and port are followed, and few: '
        f'others could send the credentials elsewhere. Set {option} to the URL of the metrics.'
    )


def _redirect_target(response: Response) -> str:
    """Describe the target of a redirect: scheme, host and port only, because the rest may contain secrets."""
    location = response.headers.get('Location')
    if not location:
        return 'has no `Location`'
    try:
        parts = urlsplit(urljoin(response.url, location))
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return 'redirects to an invalid URL'
    host = f'[{host}]' if ':' in host else host
    return f'redirects to {shorten(f"{parts.scheme}://{host}" + ("" if port is None else f":{port}"))}'
