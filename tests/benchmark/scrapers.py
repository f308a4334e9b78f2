# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The base class and this check, for a benchmark: submissions lead nowhere, answers come from another process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from unittest.mock import patch

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks import base
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.configuration import scraper_config
from datadog_checks.cilium.scraping.scraper import Scraper

AGENT = COMPONENT_BY_NAME['agent']


class Silent:
    """What is put before a check whose submissions are to cost nothing."""

    def gauge(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        """Drop a gauge."""

    def monotonic_count(
        self, name, value, tags=None, hostname=None, device_name=None, raw=False, flush_first_value=False
    ):
        """Drop a monotonic count."""

    def submit_histogram_bucket(
        self, name, value, lower_bound, upper_bound, monotonic, hostname, tags, raw=False, flush_first_value=False
    ):
        """Drop a bucket."""

    def service_check(self, name, status, tags=None, hostname=None, message=None, raw=False):
        """Drop a service check."""


class BaseCheck(OpenMetricsBaseCheckV2):
    """The base class, with the names that this check submits."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0


class SilentBase(Silent, BaseCheck):
    pass


class SilentOurs(Silent, CiliumCheck):
    pass


class Sink:
    """Stands in the place of the Agent's aggregator, and drops everything."""

    def __getattr__(self, _name: str) -> object:
        return self._drop

    def _drop(self, *_arguments: object) -> None:
        pass


def _metrics(url: str) -> dict:
    """Return the option that maps what the agent and Hubble expose."""
    configs = [scraper_config(COMPONENT_BY_NAME[name], url, {}, {}) for name in ('agent', 'hubble')]
    return {'metrics': [mapping for config in configs for mapping in config['metrics']]}


def _our(kind: type[CiliumCheck], url: str, options: dict) -> CiliumCheck:
    check = kind('cilium', {}, [{'agent_endpoint': url, **options}])
    # Not in the instance that the base class copies in each run: real ones are small.
    check.instance = {**check.instance, **_metrics(url)}
    return check


def base_scraper(url: str, options: dict) -> OpenMetricsScraper:
    """Return the base class's scraper, with submissions that cost nothing."""
    config = scraper_config(AGENT, url, {**options, **_metrics(url)}, {})
    return OpenMetricsScraper(SilentBase('cilium', {}, [{}]), config)


def our_scraper(url: str, options: dict) -> Scraper:
    """Return this check's scraper, with submissions that cost nothing."""
    check = _our(SilentOurs, url, options)
    check.configure_scrapers()
    return check.scrapers[url]


def base_check(url: str, options: dict) -> OpenMetricsBaseCheckV2:
    """Return a check of the base class."""
    check = BaseCheck('cilium', {}, [{}])
    check.scraper_configs = [scraper_config(AGENT, url, {**options, **_metrics(url)}, {})]
    return check


def our_check(url: str, options: dict) -> CiliumCheck:
    """Return this check."""
    return _our(CiliumCheck, url, options)


@contextmanager
def without_aggregator() -> Iterator[None]:
    """Let submissions go through all of the base class, down to a sink in the place of the Agent's aggregator."""
    with patch.object(base, 'aggregator', Sink()):
        yield


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
