# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Requests to an endpoint that is not trusted: with an end, to no other host, and nothing read but what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Protocol, TypedDict
from urllib.parse import urljoin, urlsplit

from requests import Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import HTTPError
from requests.utils import select_proxy

from datadog_checks.base import AgentCheck
from datadog_checks.base.utils.headers import get_default_headers
from datadog_checks.base.utils.http import RequestsWrapper

from ..messages.connection_failures import cause_of
from ..messages.proxies import Proxy, address_of, credentials_of, proxy_fault
from ..messages.secrets import HidingLog, secrets_of
from ..options.headers import header_fault
from ..options.mappings import mapping_in
from ..options.tls_files import check_tls_files
from ..options.unusable import UnusableOption
from .answer import Answer
from .deadline import Deadline, watch_connections
from .limits import MAX_REDIRECTS, MAX_TIMEOUTS

ENVIRONMENT = ('the environment', 'its variable `NO_PROXY`')
PORTS = {'http': 80, 'https': 443}


class SessionMethod(Protocol):
    """A method of a session that makes a request."""

    __self__: Session

    def __call__(self, url: str, **options: object) -> Response: ...


class RequestOptions(TypedDict):
    """The request options that this module reads."""

    proxies: Mapping[str, str] | None


class Endpoint(RequestsWrapper):
    """
    The base package's wrapper of `requests`, with its options, for one URL.

    Redirects are followed only within the same origin, such as from `/metrics` to `/metrics/`, and only if
    `allow_redirects` permits. Others would send the headers of the instance, tokens included, to hosts that the
    endpoint chooses. For the same reason, missing intermediate certificates are not fetched from addresses that the
    server names (AIA chasing). They can be put into `tls_ca_cert`.
    """

    __slots__ = (
        '_are_tls_files_sound',
        '_config',
        '_deadline',
        '_own_proxies',
        '_proxy_origin',
        '_token_header',
        '_url',
        'proxy',
        'secrets',
    )

    def __init__(self, check: AgentCheck, config: Mapping[str, object], accept: str | None) -> None:
        """`config` is what `scraper_config` returns, `accept` is the value of the header Accept."""
        self.secrets = secrets_of(config)
        self.proxy: Proxy | None = None
        """The proxy that the last request went through."""
        super().__init__(config, check.init_config, check.HTTP_CONFIG_REMAPPER, HidingLog(check.log, self.secrets))
        self._config = config
        self._token_header = str(mapping_in(mapping_in(config, 'auth_token'), 'writer').get('name'))
        self._own_proxies = frozenset((self.options['proxies'] or {}).values())
        self._proxy_origin = _proxy_origin(config, check.init_config)
        self._are_tls_files_sound = False
        self._url = str(config['openmetrics_endpoint'])
        self._deadline: Deadline | None = None
        headers = self.options['headers']
        if accept is not None:
            headers['Accept'] = accept
        if headers.get('Accept-Encoding') == get_default_headers()['Accept-Encoding']:
            headers['Accept-Encoding'] = 'gzip'  # `Answer` knows no other.

    def answer(self) -> Answer:
        """
        Request the metrics and return the response once its headers have arrived.

        The deadline starts now, and covers requests that come first, such as one for a token. Raises exceptions of
        `requests`: `ReadTimeout` when the time is up.
        """
        deadline = self._deadline = Deadline(MAX_TIMEOUTS * max(self.options['timeout']))
        answer = None
        try:
            with deadline.of_this_thread():
                answer = Answer(self._response(), deadline)
            answer.raise_for_status()
        except Exception as e:
            (answer.close if answer else deadline.cancel)()
            if not isinstance(e, HTTPError):  # A status tells more than a body that did not end.
                deadline.check()
            raise
        return answer

    def cancel(self) -> None:
        """Abort a running scrape, if there is one."""
        if self._deadline is not None:
            self._deadline.end()

    def _response(self) -> Response:
        url = self._url
        self.proxy = None
        if not self._are_tls_files_sound:
            check_tls_files(self._config, url.lower().startswith('https'))
            self._are_tls_files_sound = True  # The base package reads them once.
        response: Response = self.get(url, stream=True, allow_redirects=False)
        for _ in range(MAX_REDIRECTS if self.options['allow_redirects'] else 0):
            target = _target_within_origin(response, url)
            if target is None:
                break
            response.close()
            response, url = self.get(target, stream=True, allow_redirects=False), target
        return response

    # Undocumented. Verified with datadog-checks-base 37.22.0 to 38.7.0, where it sends a request with a method of a
    # session, and another one after AIA chasing.
    def make_request_aia_chasing(
        self, request_method: SessionMethod, method: str, url: str, new_options: RequestOptions, persist: bool
    ) -> Response:
        session = request_method.__self__
        proxies = self._proxies(session, url, new_options['proxies'])
        adapter = session.get_adapter(url)
        assert isinstance(adapter, HTTPAdapter)  # All adapters of `requests` and of the base package are.
        watch_connections(adapter)
        # `requests` reads the whole body of a redirect that it does not follow, too.
        session.get_redirect_target = _no_target  # type: ignore[method-assign]  # The base package makes the session.
        return request_method(url, **{**new_options, 'proxies': proxies})

    def _proxies(self, session: Session, url: str, proxies: Mapping[str, str] | None) -> MutableMapping[str, str]:
        """Return the proxies as `requests` expects them, and record the one that it will use."""
        proxies = session.merge_environment_settings(url, dict(proxies or {}), None, None, None)['proxies']
        proxy = select_proxy(url, proxies)
        if not proxy:
            self.proxy = None
            return proxies
        origin, no_proxy = self._proxy_origin if proxy in self._own_proxies else ENVIRONMENT
        if fault := proxy_fault(proxy):
            raise UnusableOption(f'The proxy of {origin} {fault}')
        for part in credentials_of(proxy):
            self.secrets.add(part)
        self.proxy = Proxy(address_of(proxy), origin, no_proxy)
        return proxies

    def handle_auth_token(self, **request: object) -> None:
        """Read the token into its header, if it is missing or an error requires a new one. Raises `UnusableOption`."""
        if self.auth_token_handler is None:
            return
        headers, name = self.options['headers'], self._token_header
        if name not in headers:
            request.setdefault('error', 'there is no token yet')  # The reader would not read it a second time.
        try:
            super().handle_auth_token(**request)
        except Exception as e:
            raise UnusableOption(f'`auth_token`: the token cannot be read: {self.secrets.hide(cause_of(e))}') from e
        self.secrets.add_header(headers.get(name, ''))
        if fault := header_fault(name, headers.get(name, '')):
            del headers[name]
            raise UnusableOption(f'`auth_token`: {fault}')


def _no_target(resp: Response) -> str | None:
    return None


def _proxy_origin(config: Mapping[str, object], init_config: Mapping[str, object]) -> tuple[str, str]:
    """Return the setting that the base package takes proxies from, and where its exceptions are listed."""
    if config.get('proxy'):
        return 'the option `proxy`', '`no_proxy` in it'
    if init_config.get('proxy'):
        return 'the option `proxy` in `init_config`', '`no_proxy` in it'
    return 'the setting `proxy` of the Agent', '`no_proxy` in it'


def _target_within_origin(response: Response, url: str) -> str | None:
    """Return the target of a redirect, or None if there is none, it is invalid, or it has another origin."""
    location = response.headers.get('Location')
    if not response.is_redirect or not location:
        return None
    try:
        target = urljoin(url, location)
        return target if target != url and _origin(target) == _origin(url) else None
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, host and port of a URL. Raises `ValueError` if it is invalid."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
