# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The check's own scraper, reading a text in the place of an endpoint's answer, and what it would submit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from datadog_checks.base.constants import ServiceCheck

from ..check import CiliumCheck
from ..component_scraper import CiliumScraper
from ..components import Component
from ..configuration import scraper_config

if TYPE_CHECKING:
    from prometheus_client import Metric


class Series(NamedTuple):
    """What tells one series of Datadog from another."""

    name: str
    tags: tuple[str, ...]
    host: str
    bounds: tuple[float, ...]
    """Those of a bucket of a distribution, otherwise nothing."""


class TextScraper(CiliumScraper):
    """
    Scrapes a text as the check scrapes the endpoint of a component, and submits nothing.

    `submitted` and `left_out` are the series of the last scrape that go to Datadog, and those that the option
    `metric_patterns` keeps from it. `parsed` and `kept` are the last family that was read, and the last one that the
    option `exclude_metrics` let pass. `status` and `message` are those of the service check.
    """

    def __init__(self, component: Component, instance: Mapping, url: str) -> None:
        """Raises what `configure_scrapers` of the check raises for an unusable option."""
        check = CiliumCheck('cilium', {}, [dict(instance)])
        self._notes = _Notes(check)
        super().__init__(self._notes, component, scraper_config(component, url, instance, {}))
        self._text = ''
        self.parsed: Metric | None = None
        self.kept: Metric | None = None

    def read(self, text: str) -> None:
        """Scrape a text once. Raises what a scrape raises."""
        self._text = text
        self.parsed = self.kept = None
        self._notes.clear()
        # What the scraper remembers of a family keeps it from reading the family's metadata anew.
        self.set_dynamic_tags()
        self.scrape()

    @property
    def submitted(self) -> Collection[Series]:
        return self._notes.submitted

    @property
    def left_out(self) -> Collection[Series]:
        return self._notes.left_out

    @property
    def status(self) -> int:
        return self._notes.status

    @property
    def message(self) -> str:
        return self._notes.message

    def send_request(self, **_kwargs: object) -> _Answer:
        """Return the text in the place of an answer."""
        return _Answer(self._text)

    def parse_metrics(self) -> Iterator[Metric]:
        """Yield the families of the text, and keep the last one."""
        for metric in super().parse_metrics():
            self.parsed = metric
            yield metric

    def consume_metrics(self, runtime_data: dict[str, object]) -> Iterator[Metric]:
        """Yield the families that are not excluded, and keep the last one."""
        for metric in super().consume_metrics(runtime_data):
            self.kept = metric
            yield metric


class _Notes:
    """Stands in the place of the check: notes what the scraper submits, and asks the check for all else."""

    def __init__(self, check: CiliumCheck) -> None:
        self._check = check
        self.clear()

    def clear(self) -> None:
        self.submitted: dict[Series, None] = {}
        self.left_out: dict[Series, None] = {}
        self.status = ServiceCheck.OK
        self.message = ''

    def gauge(
        self,
        name: str,
        _value: float,
        tags: Sequence[str] | None = None,
        hostname: str | None = None,
        **_options: object,
    ) -> None:
        self._note(name, tags, hostname)

    rate = count = monotonic_count = histogram = gauge

    def submit_histogram_bucket(
        self,
        name: str,
        _value: float,
        lower_bound: float,
        upper_bound: float,
        _monotonic: bool,
        hostname: str,
        tags: Sequence[str],
        **_options: object,
    ) -> None:
        self._note(name, tags, hostname, (lower_bound, upper_bound))

    def service_check(self, name: str, status: int, message: str = '', **_options: object) -> None:
        if name == CiliumScraper.SERVICE_CHECK_HEALTH:
            self.status, self.message = status, message

    def set_metadata(self, *_arguments: object, **_options: object) -> None:
        """Metadata are no metric."""

    def _note(
        self, name: str, tags: Sequence[str] | None, hostname: str | None, bounds: tuple[float, ...] = ()
    ) -> None:
        if name.startswith('telemetry.'):  # It tells of the scrape, not of a family.
            return
        full_name = f'{self._check.__NAMESPACE__}.{name}'
        series = Series(full_name, tuple(tags or ()), hostname or '', bounds)
        (self.submitted if self._check.should_send_metric(full_name) else self.left_out)[series] = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._check, name)


class _Answer:
    """A text that has those members of `requests.Response` that the base class's scraper uses."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.headers = {'Content-Type': 'text/plain', 'Content-Length': str(len(text.encode()))}
        self.encoding = 'utf-8'

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """There is nothing to close."""

    def raise_for_status(self) -> None:
        """There is no status that could be wrong."""

    def iter_lines(self, decode_unicode: bool = True) -> Iterator[str]:
        """Yield the text at once, as `BoundedResponse` yields pieces of whole lines."""
        yield self._text
