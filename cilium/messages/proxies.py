# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The proxy that a request goes through, and how messages describe it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

SCHEMES = ('http', 'https', 'socks4', 'socks4a', 'socks5', 'socks5h')


class Proxy(NamedTuple):
    """A proxy, as it is named in a message."""

    address: str
    """Its URL without credentials."""
    origin: str
    """The setting that it comes from."""
    no_proxy: str
    """Where its exceptions are listed."""

    def __str__(self) -> str:
        return f'the proxy {self.address} ({self.origin})'

    @property
    def advice(self) -> str:
        """What to do if it is in the way."""
        return (
            f'Nodes and pods are reached without a proxy: set `skip_proxy: true`, or add the host to {self.no_proxy}.'
        )


def proxy_fault(url: str) -> str:
    """
    Return what is wrong with a proxy URL, as the end of a sentence that quotes none of it, or an empty string.

    A `/`, `?` or `#` in a password ends the address too early, and what precedes it may look like a host.
    """
    try:
        parts = urlsplit(_with_scheme(url))
        if not parts.hostname or parts.scheme not in SCHEMES or parts.port == 0:
            raise ValueError
        '\0'.join(credentials_of(url)).encode('latin-1')  # As `requests` sends them.
    except ValueError:
        parts = None
    if parts is None or '@' in f'{parts.path}{parts.query}{parts.fragment}':
        return (
            'is not a valid proxy URL. Write it like `http://user:password@proxy.example:3128`, and in user and '
            'password %2F for `/`, %3F for `?`, %23 for `#`, %25 for `%`. They may hold ASCII only.'
        )
    return ''


def address_of(url: str) -> str:
    """Return a valid proxy URL without its credentials."""
    parts = urlsplit(_with_scheme(url))
    host = f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname
    return f'{parts.scheme}://{host}' + ('' if parts.port is None else f':{parts.port}')


def credentials_of(url: str) -> tuple[str, ...]:
    """Return user and password of a proxy URL, both as written and decoded."""
    userinfo, _, _ = urlsplit(_with_scheme(url)).netloc.rpartition('@')
    user, _, password = userinfo.partition(':')
    return tuple(spelling for part in (user, password) if part for spelling in (part, unquote(part)))


def _with_scheme(url: str) -> str:
    return url if '://' in url else f'http://{url}'
