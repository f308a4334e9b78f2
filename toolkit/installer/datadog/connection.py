# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Talk to Datadog's API: how often to try again, what an error means, and what is needed from the answers.

They come from outside, and may lack it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NoReturn, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.exceptions import ApiException
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from toolkit.installer.assets.model import Document
from toolkit.installer.settings import Settings, SettingsError

CONNECT_SECONDS = 10
PAGE_SIZE = 100
_LONGEST_MESSAGE = 300

T = TypeVar('T', bound=str | int | list | dict)
Default = TypeVar('Default', str, int, list, dict)

_TYPES = {str: 'a text', int: 'a whole number', list: 'a list', dict: 'an object'}


class Reach(Enum):
    """What else fails in the same way."""

    ASSET = 'asset'
    KIND = 'kind'
    RUN = 'run'


class ApiFailure(Exception):
    """
    A call failed. The message says what was tried, what came back and what to do.

    `status` is that of HTTP, if there was an answer that only this call got.
    """

    def __init__(self, message: str, reach: Reach, status: int | None = None) -> None:
        super().__init__(message)
        self.reach = reach
        self.status = status


class RetryPolicy(urllib3.Retry):
    """
    Wait as long as Datadog asks when it limits the rate, but no longer than `LONGEST_WAIT` seconds at a time.

    A server error or a broken connection is tried again unless something was to be created: it may exist by then.
    """

    LONGEST_WAIT = 60.0

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether an answer is worth another try."""
        return status_code == 429 or super().is_retry(method, status_code, has_retry_after)

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        """Return how many seconds to wait: https://docs.datadoghq.com/api/latest/rate-limits/"""
        # Proxies in between have only the header of HTTP.
        try:
            seconds = float(response.headers.get('X-RateLimit-Reset') or response.headers['Retry-After'])
        except (KeyError, ValueError):
            return None
        # Neither below zero nor "nan".
        return min(seconds, self.LONGEST_WAIT) if seconds >= 0 else None


Operation = Callable[..., object]
"""A method of a class of the client's API. Its types are those of the client's models, which are not used here."""


class Connection:
    """
    A client for one organisation.

    `server` replaces the API's address in tests, `backoff` the seconds before the first retry, and `patience` those in
    which an answer must come. The server must be HTTPS or on loopback: the keys are sent with every request.
    """

    def __init__(
        self, settings: Settings, server: str | None = None, backoff: float = 1.0, patience: float = 60.0
    ) -> None:
        server = server or f'https://api.{settings.site}'
        _refuse_plain_http(server)
        self.settings = settings
        self.server = server
        retries = RetryPolicy(
            total=4,
            backoff_factor=backoff,
            backoff_max=4,
            status_forcelist=(500, 502, 503, 504),
            allowed_methods=('GET', 'PUT', 'DELETE'),
            raise_on_status=False,
            # Whoever answers with a redirect must not get the keys.
            redirect=0,
            raise_on_redirect=False,
        )
        configuration = Configuration(
            host=server,
            api_key={'apiKeyAuth': settings.api_key, 'appKeyAuth': settings.app_key},
            retry_policy=retries,
            request_timeout=(CONNECT_SECONDS, patience),
            # What is sent is what the files say, and what comes back is read as it is.
            check_input_type=False,
            preload_content=False,
            is_iac=True,
        )
        if proxy := _proxy(server):
            configuration.proxy = proxy._replace(auth=None).url
            if proxy.auth:
                configuration.proxy_headers = urllib3.make_headers(proxy_basic_auth=unquote(proxy.auth))
        self.client = ApiClient(configuration)

    def call(self, purpose: str, permission: str, operation: Operation, *args: object, **kwargs: object) -> Document:
        """
        Call an operation and return the object in its answer, which is empty if there is none.

        `purpose` completes "could not", and `permission` is what the keys need for it. Raises `ApiFailure`.
        """
        answer = self._answer(purpose, permission, operation, *args, **kwargs)
        return answer if isinstance(answer, dict) else self._not_understood(purpose)

    def call_for_list(
        self, purpose: str, permission: str, operation: Operation, *args: object, **kwargs: object
    ) -> list[Document]:
        """Do as `call` for an operation that answers with a list of objects."""
        answer = self._answer(purpose, permission, operation, *args, **kwargs)
        if isinstance(answer, list) and all(isinstance(item, dict) for item in answer):
            return answer
        self._not_understood(purpose)

    def _answer(self, purpose: str, permission: str, operation: Operation, *args: object, **kwargs: object) -> object:
        try:
            response = operation(*args, **kwargs)
            assert isinstance(response, urllib3.BaseHTTPResponse)  # Without `preload_content`, that is what comes back.
            return json.loads(response.data or '{}')
        # None of the errors may be chained: they hold headers.
        except ApiException as error:
            raise self._refusal(purpose, permission, error) from None
        except urllib3.exceptions.HTTPError as error:
            cause = type(getattr(error, 'reason', None) or error).__name__
            text = f'could not {purpose}: {self.server} does not answer ({cause}). Check the network, then run it again'
            raise ApiFailure(text, Reach.RUN) from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            self._not_understood(purpose)

    def _not_understood(self, purpose: str) -> NoReturn:
        text = f'could not {purpose}: the answer of {self.server} is not that of Datadog. Is something in between?'
        raise ApiFailure(text, Reach.RUN) from None

    def _refusal(self, purpose: str, permission: str, error: ApiException) -> ApiFailure:
        said = self.settings.without_keys(_errors_of(error.body))
        text = f'could not {purpose}: HTTP {error.status}' + (f', "{said}"' if said else '')
        match error.status:
            case 401:
                return ApiFailure(f'{text}. DD_API_KEY or DD_APP_KEY is not a key of {self.settings.site}', Reach.RUN)
            case 403:
                needed = (
                    f'{text}. The keys lack the permission `{permission}`: give it to the role of the owner of '
                    f'DD_APP_KEY and, if that key has scopes, to the key. Or they are not keys of {self.settings.site}'
                )
                return ApiFailure(needed, Reach.KIND)
            case 429:
                return ApiFailure(f'{text}. The rate limit lasts: run it again in some minutes', Reach.RUN)
            case status if status >= 500:
                return ApiFailure(f'{text}. Run it again: it goes on where it stopped', Reach.ASSET)
        return ApiFailure(text, Reach.ASSET, error.status)


def everything(
    read_page: Callable[[int], list[Document]], kind: str, id_type: type[int] | type[str] = str
) -> Iterator[Document]:
    """
    Return the items of all pages, which are of a kind and have ids. `read_page` gets the number of items before a page.

    It ends at a page that brings nothing new: servers may give fewer items than asked for, or all on every page.
    Raises `ApiFailure`.
    """
    seen: set[object] = set()
    while True:
        new = [item for item in read_page(len(seen)) if required(item, 'id', id_type, kind) not in seen]
        if not new:
            return
        seen.update(item['id'] for item in new)
        yield from new


def required(answer: Document, key: str, type_: type[T], kind: str) -> T:
    """
    Return a member of an answer about a kind of asset.

    Raises `ApiFailure`, which names the kind, the key and the type, where the member is missing or has another type.
    """
    value = answer.get(key)
    if not isinstance(value, type_):
        raise _unexpected(kind, key, _TYPES[type_])
    return value


def optional(answer: Document, key: str, default: Default, kind: str) -> Default:
    """Return a member as `required` does, or the default where it is missing or null."""
    return default if answer.get(key) is None else required(answer, key, type(default), kind)


def objects(answer: Document, key: str, kind: str) -> list[Document]:
    """Return a member that is a list of objects. Raises `ApiFailure`."""
    return _all_of_type(required(answer, key, list, kind), dict, 'a list of objects', key, kind)


def texts(answer: Document, key: str, kind: str) -> list[str]:
    """Return a member that is a list of texts, or an empty one where it is missing or null. Raises `ApiFailure`."""
    return _all_of_type(optional(answer, key, [], kind), str, 'a list of texts', key, kind)


def _all_of_type(items: list, type_: type, expected: str, key: str, kind: str) -> list:
    if not all(isinstance(item, type_) for item in items):
        raise _unexpected(kind, key, expected)
    return items


def _unexpected(kind: str, key: str, expected: str) -> ApiFailure:
    # Without the value, which may hold anything.
    text = f'an answer about a {kind} is not that of Datadog: `{key}` must be {expected}. Is something in between?'
    return ApiFailure(text, Reach.KIND)


def _refuse_plain_http(server: str) -> None:
    parts = urlsplit(server)
    if parts.scheme != 'https' and parts.hostname not in ('127.0.0.1', '::1', 'localhost'):
        raise SettingsError(f'{server} is not HTTPS: the keys would be sent in the open')


def _proxy(server: str) -> Url | None:
    """
    Return the proxy that `HTTPS_PROXY` and `NO_PROXY` want for a server. One without a scheme is HTTP, as for curl.

    Raises `SettingsError`, which does not show the proxy: it may hold a password.
    """
    parts = urlsplit(server)
    proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
    if not proxy:
        return None
    try:
        url = parse_url(proxy if '://' in proxy else f'http://{proxy}')
    except LocationParseError:
        url = Url()
    if url.scheme not in ('http', 'https') or not url.host or url.port == 0:
        raise SettingsError(
            f'{parts.scheme.upper()}_PROXY is not the address of a proxy, such as http://proxy.example.com:3128'
        )
    return url


def _errors_of(body: object) -> str:
    """Return what Datadog says in the body of an error. Version 1 of the API sends texts, version 2 objects."""
    errors = body.get('errors') if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return ''
    texts = [error.get('detail') or error.get('title') if isinstance(error, dict) else error for error in errors]
    return '; '.join(str(text) for text in texts if text)[:_LONGEST_MESSAGE]
