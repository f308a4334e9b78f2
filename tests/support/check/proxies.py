# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A proxy on loopback that connects nobody: what it answers is what tests are about."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread

from endpoints import response_head

Refusal = Callable[[], bytes]


def refusal(status: int, body: str = '') -> Refusal:
    """Answer every request, and every wish for a tunnel, with a status."""
    return lambda: response_head(status, Content_Length=len(body)) + body.encode()


class Proxy(ThreadingTCPServer):
    """An HTTP proxy on a free port of loopback."""

    daemon_threads = True

    def __init__(self, refuse: Refusal) -> None:
        self.refuse = refuse
        self.requests: list[str] = []
        """The method and the target of each request."""
        super().__init__(('127.0.0.1', 0), _Handler)
        Thread(target=self.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True).start()

    @property
    def address(self) -> str:
        return f'127.0.0.1:{self.server_address[1]}'

    def stop(self) -> None:
        """End the server."""
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        self.server.requests.append(f'{self.command} {self.path}')
        self.wfile.write(self.server.refuse())
        self.close_connection = True

    do_CONNECT = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""
