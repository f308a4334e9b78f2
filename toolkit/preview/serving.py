# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The web server of the preview, on loopback only."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.applications import Starlette

HOST = '127.0.0.1'


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of loopback, on any free one for 0. Raises `OSError`."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL of a socket."""
    return f'http://{HOST}:{listener.getsockname()[1]}'


def server_of(app: Starlette) -> uvicorn.Server:
    """Return a server that reports nothing but what is wrong."""
    return uvicorn.Server(uvicorn.Config(app, log_level='warning', access_log=False))


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application in a thread of its own, and give its URL."""
    listener = listening(0)
    server = server_of(app)
    thread = Thread(target=server.run, kwargs={'sockets': [listener]}, daemon=True)
    thread.start()
    try:
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
