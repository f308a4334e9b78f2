# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Validates and normalises the URLs of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from requests import PreparedRequest
from requests.exceptions import RequestException

from datadog_checks.base import ConfigurationError

from ..messages.secrets import looks_like_credential, parameters, without_query

EXAMPLE = 'Write it like `http://10.0.0.1:9962/metrics`.'


def url_in(instance: Mapping[str, object], option: str) -> str:
    """Return the URL in an option, or an empty string. Raises `ConfigurationError` if it is not a string."""
    url = instance.get(option)
    if url is not None and not isinstance(url, str):
        raise ConfigurationError(f'`{option}` must be a string, not {type(url).__name__}. {EXAMPLE}')
    return (url or '').strip()


def target_of(url: str, option: str) -> tuple[str, str, int, str, str]:
    """
    Return the normalised target of a URL: scheme, host, port, path and query. Equal for two spellings of one target.

    Raises `ConfigurationError` for an unusable URL. The message names the option, and shows no credentials.
    """
    try:
        parts = urlsplit(url)
        port = {'http': 80, 'https': 443}.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:  # Its text quotes parts of the URL.
        parts, port = None, None
    # Neither is quoted: the URL holds a secret, which would show in the `endpoint` tag too.
    if '@' in url and not (parts and _has_no_credentials(parts)):
        raise ConfigurationError(
            f'`{option}` contains credentials, or an `@` that looks like their end. Move credentials to the options '
            '`username` and `password`, and write any other `@` as %40.'
        )
    if name := _credential_in(url):
        raise ConfigurationError(
            f'`{option}` has `{name}` in its query, which looks like a credential. It would show in the tag '
            '`endpoint`. Send it as a header, with the option `headers` or `auth_token`.'
        )
    if '%%' in url:
        raise ConfigurationError(
            f'`{option}` contains an Autodiscovery variable that was not replaced: {without_query(url)}'
        )
    if parts is None:
        raise ConfigurationError(
            f'`{option}` is not a URL: check the address and the port. {EXAMPLE} IPv6 addresses need brackets.'
        )
    if parts.scheme not in ('http', 'https') or not parts.hostname or not port or any(c.isspace() for c in url):
        raise ConfigurationError(
            f'`{option}` is not a URL that begins with http:// or https://: {without_query(url)!r}. {EXAMPLE}'
        )
    host = _host(url, parts.hostname)
    if host is None:
        raise ConfigurationError(f'`{option}` has an invalid host: {parts.hostname!r}. {EXAMPLE}')
    return parts.scheme, host, port, parts.path.rstrip('/'), parts.query


def _host(url: str, name: str) -> str | None:
    """Return the normalised host of a URL, or None if it is invalid."""
    try:
        return ip_address(name).compressed
    except ValueError:
        pass
    try:  # What `requests` and urllib3 do with it. They find out when they make the request.
        PreparedRequest().prepare_url(url, None)
        name.encode('idna')
    except (RequestException, UnicodeError):
        return None
    return name


def _has_no_credentials(parts: SplitResult) -> bool:
    """
    Tell whether an `@` in a URL certainly does not end credentials.

    Credentials may contain any character: `http://admin:1/2?3@10.0.0.1/metrics` seems to have the host `admin`. So the
    `@` must be in the value of a parameter, after a path, with nothing like a password before it.
    """
    return (
        '@' not in f'{parts.netloc}{parts.path}{parts.fragment}'
        and parts.path != ''
        and not any('@' in name or ':' in value.partition('@')[0] for name, value in parameters(parts.query))
    )


def _credential_in(url: str) -> str:
    """Return the name of the first parameter of a URL that looks like a credential, or an empty string."""
    for part in url.replace('#', '?').split('?')[1:]:
        for name, value in parameters(part):
            if value and looks_like_credential(name):
                return name
    return ''
