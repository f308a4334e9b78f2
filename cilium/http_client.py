# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Requests to an endpoint that is not trusted: with an end, to no other host, and nothing read but what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from logging import Logger, LoggerAdapter
from urllib.parse import urljoin, urlsplit

from requests import Response, Session

from datadog_checks.base.utils.headers import get_default_headers
from datadog_checks.base.utils.http import RequestsWrapper

from .deadline import Deadline, watch_connections
from .response import BoundedResponse

MAX_REDIRECTS = 5
PORTS = {'http': 80, 'https': 443}


class BoundedRequests(RequestsWrapper):
    """
    The base class's wrapper, with its options, for `get_within`.

    It follows redirects only where they stay at the scheme, host and port of the endpoint, as from `/metrics` to
    `/metrics/`, and if the option `allow_redirects` does not forbid it. Others would take the headers of the instance,
    among them its tokens, to hosts of the endpoint's choice. And it does not fetch certificates that a server leaves
    out from the addresses that the server names (AIA chasing), for the same reason. `tls_ca_cert` can hold them.
    """

    __slots__ = ()

    def __init__(
        self,
        config: Mapping,
        init_config: Mapping,
        remapper: dict | None = None,
        logger: Logger | LoggerAdapter | None = None,
    ) -> None:
        super().__init__(config, init_config, remapper, logger)
        headers = self.options['headers']
        if headers.get('Accept-Encoding') == get_default_headers()['Accept-Encoding']:
            headers['Accept-Encoding'] = 'gzip'  # `BoundedResponse` knows no other.

    def get_within(self, url: str, seconds: float, **options: object) -> BoundedResponse:
        """
        Request a URL and return the answer, once it has begun. Its body has to end within the same time.

        `seconds` include what the wrapper asks of others before, such as a token. Raises the exceptions of `requests`;
        `ReadTimeout` if the time is over.
        """
        deadline = Deadline(seconds)
        try:
            with deadline.of_this_thread():
                response = self._get_within_origin(url, **options)
        except BaseException as e:
            deadline.cancel()
            if deadline.is_over and isinstance(e, Exception):
                raise deadline.error() from e
            raise
        return BoundedResponse(response, seconds, deadline)

    def _get_within_origin(self, url: str, **options: object) -> Response:
        response = self.get(url, stream=True, allow_redirects=False, **options)
        for _ in range(MAX_REDIRECTS if self.options['allow_redirects'] else 0):
            target = _target_within_origin(response, url)
            if target is None:
                break
            response.close()
            response, url = self.get(target, stream=True, allow_redirects=False, **options), target
        return response

    # Not part of what the base package documents. It was checked in datadog-checks-base 37.22.0 to 38.7.0. It makes a
    # request with a method of a session, and, there, another one after AIA chasing.
    def make_request_aia_chasing(
        self, request_method: Callable[..., Response], method: str, url: str, new_options: Mapping, persist: bool
    ) -> Response:
        session = getattr(request_method, '__self__', None)
        if isinstance(session, Session):  # It is none where tests replace the methods of sessions.
            watch_connections(session.get_adapter(url))
            # `requests` reads the whole body of a redirect that it does not follow, too.
            session.get_redirect_target = _nowhere
        return request_method(url, **new_options)


def _target_within_origin(response: Response, url: str) -> str | None:
    """Return where the answer of a URL redirects to, or None if that is nowhere, no URL, or another origin."""
    location = response.headers.get('Location')
    if not response.is_redirect or not location:
        return None
    try:
        target = urljoin(url, location)
        return target if target != url and _origin(target) == _origin(url) else None
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, host and port of a URL. Raises `ValueError` if it is none."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _nowhere(_: Response) -> None:
    """Tell that a response redirects to nowhere."""
