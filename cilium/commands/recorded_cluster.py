# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The recorded scrapes, served on loopback as if a cluster were running."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType

from ..components import COMPONENT_BY_NAME

RECORDINGS = Path(__file__).parent.parent / 'data' / 'recordings' / '1.20'
HEALTHY_BEFORE, HEALTHY, INCIDENT = STAGES = ('healthy-1', 'healthy-2', 'incident')
"""The second stage was recorded seconds after the first, the incident two minutes later."""


class RecordedCluster:
    """
    A context manager that serves a node of Cilium 1.20 and the central components of its cluster.

    Set `stage` to move on in time.
    """

    def __init__(self) -> None:
        self.stage = HEALTHY_BEFORE
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                component = self.path.split('/')[1]
                if component not in COMPONENT_BY_NAME:
                    self.send_error(404)
                    return
                body = (RECORDINGS / f'{component}.{cluster.stage}.txt').read_bytes()
                self.send_response(200)
                self.send_header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet: what the endpoints are asked is no news."""

        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)

    def __enter__(self) -> RecordedCluster:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def instance(self) -> dict[str, str]:
        """An instance of the check that collects the cluster."""
        names = sorted({path.name.split('.')[0] for path in RECORDINGS.glob('*.txt')})
        return {
            COMPONENT_BY_NAME[name].option: f'http://127.0.0.1:{self._server.server_port}/{name}/metrics'
            for name in names
        }
