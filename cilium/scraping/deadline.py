# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
One time limit for a whole scrape: connecting, TLS, proxy, headers, body, and submission.

The timeouts of `requests` bound the wait for each packet only. So a timer shuts the connection down when the time is
up, wherever in `ssl`, `http.client` or `zlib` the wait is. Code that processes the response calls `check` regularly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from socket import SHUT_RDWR, fromfd, socket
from threading import Timer

from requests.adapters import HTTPAdapter
from requests.exceptions import ReadTimeout
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection


class Deadline:
    """
    Shuts down the watched connections when its time is up.

    DNS lookups are not bounded: nothing can interrupt them. If a name has several addresses, each may take the whole
    `connect_timeout`.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self._sockets: list[socket] = []
        self._timer = Timer(seconds, self.end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connection: socket) -> None:
        """Shut a connection down when the time is up: at once, if it already is."""
        # A duplicate: `http.client` and `ssl` close their sockets, or hand them on, at any time.
        own = fromfd(connection.fileno(), connection.family, connection.type)
        self._sockets.append(own)
        if self.is_over:
            _shut_down(own)

    def check(self) -> None:
        """
        Raise `ReadTimeout` if the time is up.

        Not a `ConnectionError`, because the option `ignore_connection_errors` hides those.
        """
        if self.is_over:
            raise ReadTimeout(f'the response was not read and submitted within {self._seconds:g} seconds')

    def end(self) -> None:
        """Expire now."""
        self.is_over = True
        for own in tuple(self._sockets):
            _shut_down(own)

    def cancel(self) -> None:
        """Stop the timer. Must be called at the end of the scrape."""
        self._timer.cancel()
        for own in self._sockets:
            own.close()

    @contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """Context in which all connections that this thread uses are watched: see `watch_connections`."""
        token = _DEADLINE.set(self)
        try:
            yield
        finally:
            _DEADLINE.reset(token)


_DEADLINE: ContextVar[Deadline | None] = ContextVar('deadline', default=None)


def watch_connections(adapter: HTTPAdapter) -> None:
    """Make an adapter register its connections, new and reused, with the deadline of the current thread."""
    if isinstance(adapter.proxy_manager, _WatchedManagers):
        return  # It does so already.
    _watch_pools(adapter.poolmanager)
    adapter.proxy_manager = _WatchedManagers()


class _WatchedManagers(dict[str, PoolManager]):
    """Stands in for `HTTPAdapter.proxy_manager`: watches the pools of proxies too."""

    def __setitem__(self, proxy: str, manager: PoolManager) -> None:
        _watch_pools(manager)
        super().__setitem__(proxy, manager)


def _watch_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _watched(pool_class) for scheme, pool_class in manager.pool_classes_by_scheme.items()
    }


@cache
def _watched(pool_class: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return a subclass of a pool class, plain or SOCKS, whose connections are watched."""
    if issubclass(pool_class.ConnectionCls, _WatchedConnection):
        return pool_class
    connection_class = pool_class.ConnectionCls
    watched = type(f'Watched{connection_class.__name__}', (_WatchedConnection, connection_class), {})
    return type(f'Watched{pool_class.__name__}', (pool_class,), {'ConnectionCls': watched})


class _WatchedConnection(HTTPConnection):
    """
    Mixin for connection classes of urllib3: registers each socket with the deadline.

    `_new_conn` opens the TCP connection, before TLS and before the request to a proxy. urllib3's own SOCKS classes
    override it too: https://github.com/urllib3/urllib3/blob/2.5.0/src/urllib3/contrib/socks.py
    `putrequest` is the first step of each request on a connection. Verified with urllib3 2.5.0 to 2.8.0. Tests fail if
    it changes.
    """

    def _new_conn(self) -> socket:
        connection = super()._new_conn()
        _watch(connection)
        return connection

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        if self.sock is not None:  # It is kept from an earlier request, or has just been made.
            _watch(self.sock)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


def _watch(connection: socket) -> None:
    deadline = _DEADLINE.get()
    if deadline is not None:
        deadline.watch(connection)


def _shut_down(own: socket) -> None:
    with suppress(OSError):
        own.shutdown(SHUT_RDWR)
