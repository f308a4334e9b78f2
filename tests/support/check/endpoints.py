# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
HTTP servers on loopback that stand in for the endpoints of Cilium's components.

An `Answer` is what an endpoint sends after a request: the bytes of the whole HTTP response, in pieces.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import chain
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread

TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'
OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

TLS_HANDSHAKE = b'\x16'
"""The first byte of a TLS connection: https://datatracker.ietf.org/doc/html/rfc8446#appendix-B.1"""
GO_TO_PLAIN_HTTP = b'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'
"""What servers written in Go, such as Cilium's, answer when a client does not speak TLS to them."""

LONGER_THAN_A_CLIENT_SHOULD_WAIT = 5.0
"""Seconds after which `dripping` ends, so that a client that does wait fails its test soon."""


@dataclass(frozen=True)
class Request:
    """A request that an endpoint got."""

    path: str
    headers: Message
    over: Event
    """Set at the end of the test. Answers that wait wait for it."""


Answer = Callable[[Request], Iterable[bytes]]


def response_head(status: int = 200, **headers: object) -> bytes:
    """Return the status line and the headers. `Content_Length=3` makes the header `Content-Length: 3`."""
    lines = [f'HTTP/1.1 {status} {HTTPStatus(status).phrase}']
    headers = {'Connection': 'close', **headers}
    lines += [f'{name.replace("_", "-")}: {value}' for name, value in headers.items()]
    return '\r\n'.join((*lines, '', '')).encode()


def plain(body: str | bytes, status: int = 200, **headers: object) -> Answer:
    """Answer with a body of a known length."""
    body = _encoded(body)
    headers = {'Content_Type': TEXT_FORMAT, 'Content_Length': len(body), **headers}
    return lambda _: (response_head(status, **headers), body)


def gzipped(body: str | bytes) -> Answer:
    """Answer with a compressed body of a known length."""
    return plain(gzip.compress(_encoded(body)), Content_Encoding='gzip')


def chunked(body: str | bytes, size: int = 700, ended: bool = True, **headers: object) -> Answer:
    """Answer with a body in chunks. `ended=False` breaks off before the chunk that says that it is complete."""
    body = _encoded(body)
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    chunks = [b'%x\r\n%s\r\n' % (len(piece), piece) for piece in pieces]
    head = response_head(Content_Type=TEXT_FORMAT, Transfer_Encoding='chunked', **headers)
    return lambda _: (head, *chunks, *([b'0\r\n\r\n'] if ended else []))


def chunked_gzipped(body: str | bytes, ended: bool = True) -> Answer:
    """Answer with a compressed body in chunks."""
    return chunked(gzip.compress(_encoded(body)), size=50, ended=ended, Content_Encoding='gzip')


def redirect(location: str, status: int = 302) -> Answer:
    """Send the client elsewhere."""
    return plain('', status=status, Location=location)


def in_turn(*answers: Answer) -> Answer:
    """Give each of the answers once, then the last one again and again."""
    remaining = iter(answers)
    return lambda request: next(remaining, answers[-1])(request)


def by_path(**answers: Answer) -> Answer:
    """Give the answer for the path of the request: `by_path(metrics=...)`."""
    not_found = plain('404 page not found\n', status=404)
    return lambda request: answers.get(request.path.strip('/'), not_found)(request)


def for_authorization(value: str, answer: Answer) -> Answer:
    """Give the answer to those who send this value of the header `Authorization`, and 401 to all others."""
    refusal = plain('no', status=401)
    return lambda request: (answer if request.headers['Authorization'] == value else refusal)(request)


def late(seconds: float, answer: Answer) -> Answer:
    """Say nothing for some seconds."""

    def pieces(request: Request) -> Iterator[bytes]:
        request.over.wait(seconds)
        yield from answer(request)

    return pieces


def dripping(head: bytes, piece: bytes, seconds: float) -> Answer:
    """Send a head, then the same piece every few seconds, for longer than a client should wait."""

    def pieces(request: Request) -> Iterator[bytes]:
        yield head
        end = time.monotonic() + LONGER_THAN_A_CLIENT_SHOULD_WAIT
        while time.monotonic() < end and not request.over.wait(seconds):
            yield piece

    return pieces


def endless(head: bytes, piece: bytes) -> Answer:
    """Send a head, then the same piece as fast as the client reads, for ever."""

    def pieces(request: Request) -> Iterator[bytes]:
        yield head
        while not request.over.is_set():
            yield piece

    return pieces


def _encoded(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


class Endpoint(ThreadingTCPServer):
    """
    An HTTP or HTTPS server on a free port of loopback.

    It closes each connection after an answer. With `keep_alive` it does not; the answer has to say so.
    """

    daemon_threads = True
    request_queue_size = 32

    def __init__(
        self,
        answer: Answer,
        *,
        tls: ssl.SSLContext | None = None,
        keep_alive: bool = False,
        address: str = '127.0.0.1',
    ) -> None:
        self.answer = answer
        self.tls = tls
        self.keep_alive = keep_alive
        self.requests: list[Request] = []
        self.connections = 0
        self.over = Event()
        self.address_family = socket.AF_INET6 if ':' in address else socket.AF_INET
        super().__init__((address, 0), _Handler)
        Thread(target=self.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def url(self) -> str:
        host = self.server_address[0]
        return f'{"https" if self.tls else "http"}://{f"[{host}]" if ":" in host else host}:{self.port}/metrics'

    def stop(self) -> None:
        """End the answers that wait, and the server."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        self.connections += 1
        if self.tls is None:
            super().finish_request(request, client_address)
        elif request.recv(1, socket.MSG_PEEK) != TLS_HANDSHAKE:
            request.sendall(GO_TO_PLAIN_HTTP)
        else:
            self._finish_tls_request(request, client_address)

    def _finish_tls_request(self, request: socket.socket, client_address: object) -> None:
        with self.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as connection:
            try:
                connection.do_handshake()
            except ssl.SSLError:
                # Reads on, so that the client gets the alert that tells why, and not a reset.
                for _ in chain(iter(lambda: socket.socket.recv(connection, 4096), b'')):
                    pass
            else:
                super().finish_request(connection, client_address)

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that hang up are what many tests are about."""


class DrippingServer(ThreadingTCPServer):
    """A server that speaks no HTTP: it sends a head, whatever it is asked, then the same piece again and again."""

    daemon_threads = True

    def __init__(self, head: bytes, piece: bytes, seconds: float) -> None:
        self.over = Event()
        self.answer = dripping(head, piece, seconds)
        super().__init__(('127.0.0.1', 0), _DrippingHandler)
        Thread(target=self.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True).start()

    @property
    def address(self) -> str:
        return f'127.0.0.1:{self.server_address[1]}'

    def stop(self) -> None:
        """End the answers, and the server."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients hang up."""


class _DrippingHandler(BaseRequestHandler):
    server: DrippingServer

    def handle(self) -> None:
        for piece in self.server.answer(Request('', Message(), self.server.over)):
            self.request.sendall(piece)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server: Endpoint

    def do_GET(self) -> None:
        request = Request(self.path, self.headers, self.server.over)
        self.server.requests.append(request)
        for piece in self.server.answer(request):
            self.wfile.write(piece)
        self.close_connection = not self.server.keep_alive

    def log_message(self, *_: object) -> None:
        pass
