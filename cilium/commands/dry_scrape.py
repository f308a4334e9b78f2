# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Scrapes a text instead of an endpoint, and records what it would submit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from requests import Response
from urllib3 import HTTPResponse

from datadog_checks.base.constants import ServiceCheck

from ..check import CiliumCheck
from ..components import Component
from ..configuration import scraper_config
from ..messages.proxies import Proxy
from ..messages.secrets import Secrets
from ..scraping.answer import Answer
from ..scraping.deadline import Deadline
from ..scraping.interpreter import Interpreter
from ..scraping.scraper import Scraper

if TYPE_CHECKING:
    from datadog_checks.base.types import ServiceCheckStatus

LONG = 3600
"""Seconds. A text needs no deadline."""


class Series(NamedTuple):
    """The identity of a series in Datadog."""

    name: str
    tags: tuple[str, ...]
    host: str
    bounds: tuple[float, ...]
    """Those of the bucket of a distribution, otherwise empty."""


class TextSource:
    """A text that a scraper reads as a response with a given Content-Type."""

    def __init__(self, content_type: str) -> None:
        self.text = ''
        self.proxy: Proxy | None = None
        self.secrets = Secrets()
        self._content_type = content_type

    def answer(self) -> Answer:
        """Return the text as a response."""
        body = self.text.encode()
        response = Response()
        response.status_code = 200
        response.headers.update({'Content-Type': self._content_type, 'Content-Length': str(len(body))})
        response.raw = HTTPResponse(BytesIO(body), preload_content=False)
        return Answer(response, Deadline(LONG))

    def cancel(self) -> None:
        """Nothing to abort."""


class DryCheck(CiliumCheck):
    """
    A check that records submissions instead of making them.

    `submitted` are the series that would go to Datadog, `left_out` those that the option `metric_patterns` excludes.
    `status` and `message` are those of the service check.
    """

    def __init__(self, instance: Mapping[str, object]) -> None:
        super().__init__('cilium', {}, [dict(instance)])
        self.clear()

    def clear(self) -> None:
        """Forget what was recorded."""
        self.submitted: dict[Series, None] = {}
        self.left_out: dict[Series, None] = {}
        self.status: ServiceCheckStatus = ServiceCheck.OK
        self.message = ''

    def gauge(
        self,
        name: str,
        value: float,
        tags: Sequence[str] | None = None,
        hostname: str | None = None,
        device_name: str | None = None,
        raw: bool = False,
        flush_first_value: bool = False,
    ) -> None:
        self._note(name if raw else f'{self.__NAMESPACE__}.{name}', tags, hostname)

    rate = count = monotonic_count = histogram = gauge

    def submit_histogram_bucket(
        self,
        name: str,
        value: float,
        lower_bound: float,
        upper_bound: float,
        monotonic: bool,
        hostname: str,
        tags: Sequence[str],
        raw: bool = False,
        flush_first_value: bool = False,
        *,
        multiple_buckets: bool = False,
    ) -> None:
        self._note(f'{self.__NAMESPACE__}.{name}', tags, hostname, (lower_bound, upper_bound))

    def service_check(
        self,
        name: str,
        status: ServiceCheckStatus,
        tags: Sequence[str] | None = None,
        hostname: str | None = None,
        message: str | None = None,
        raw: bool = False,
    ) -> None:
        self.status, self.message = status, message or ''

    def set_metadata(self, name: str, value: object, **options: object) -> None:
        """Metadata is not a metric: ignored."""

    def _note(
        self, name: str, tags: Sequence[str] | None, hostname: str | None, bounds: tuple[float, ...] = ()
    ) -> None:
        if name.startswith(f'{self.__NAMESPACE__}.telemetry.'):  # About the scrape, not about a family.
            return
        series = Series(name, tuple(tags or ()), hostname or '', bounds)
        (self.submitted if self.should_send_metric(name) else self.left_out)[series] = None


class DryScrape:
    """Scrapes texts as the check scrapes an endpoint. `check` holds what the last one became."""

    def __init__(self, component: Component, instance: Mapping[str, object], url: str, content_type: str) -> None:
        """Raises what `configure_scrapers` of the check raises for an unusable option."""
        self.check = DryCheck(instance)
        self._source = TextSource(content_type)
        self.component = component
        self.interpreter = Interpreter(self.check, component, scraper_config(component, url, instance, {}))
        self.reads_openmetrics = self.interpreter.reads_openmetrics(content_type)
        self._scraper = Scraper(self.check, self.interpreter, self._source)

    def read(self, text: str) -> None:
        """Scrape a text once. Raises what a scrape raises."""
        self._source.text = text
        self.check.clear()
        # Clears the memory, so that the metadata of families is read again.
        self._scraper.set_dynamic_tags()
        self._scraper.scrape()
