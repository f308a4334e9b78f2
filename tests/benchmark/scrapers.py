# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The base class's scraper and ours, for a benchmark: submissions lead nowhere, answers come from another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.configuration import scraper_config
from datadog_checks.cilium.http_client import BoundedRequests
from datadog_checks.cilium.response import BoundedResponse
from datadog_checks.cilium.scraper import RememberingScraper


class SilentCheck(OpenMetricsBaseCheckV2):
    """A check whose submissions cost nothing. What they cost in an Agent is the same for both scrapers."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0

    def gauge(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        """Drop a gauge."""

    def monotonic_count(
        self, name, value, tags=None, hostname=None, device_name=None, raw=False, flush_first_value=False
    ):
        """Drop a monotonic count."""

    def service_check(self, name, status, tags=None, hostname=None, message=None, raw=False):
        """Drop a service check."""


class OurScraper(RememberingScraper):
    """Ours, with the reading of answers that `CiliumScraper` has."""

    def __init__(self, check: OpenMetricsBaseCheckV2, config: Mapping) -> None:
        super().__init__(check, config)
        self.http = BoundedRequests(config, {})

    def send_request(self, **kwargs: object) -> BoundedResponse:
        return self.http.get_within(self.endpoint, 600, **kwargs)


def scraper(kind: type[OpenMetricsScraper], url: str) -> OpenMetricsScraper:
    """Return a scraper of an endpoint that maps what the agent and Hubble expose."""
    configs = [scraper_config(COMPONENT_BY_NAME[name], url, {}, {}) for name in ('agent', 'hubble')]
    config = {**configs[0], 'metrics': [mapping for config in configs for mapping in config['metrics']]}
    return kind(SilentCheck('cilium', {}, [{}]), config)


@contextmanager
def served(texts: list[str]) -> Iterator[str]:
    """Serve texts in turn, for each path anew, from another process. Yield the URL that paths are added to."""
    ours, theirs = Pipe()
    process = Process(target=_serve, args=([text.encode() for text in texts], theirs), daemon=True)
    process.start()
    try:
        yield f'http://127.0.0.1:{ours.recv()}/'
    finally:
        process.terminate()
        process.join()


def _serve(bodies: list[bytes], port: Connection) -> None:
    turns: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def do_GET(self) -> None:
            turn = turns.get(self.path, 0)
            turns[self.path] = turn + 1
            body = bodies[turn % len(bodies)]
            self.send_response(200)
            self.send_header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    port.send(server.server_port)
    server.serve_forever()
