# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.constants import ServiceCheck

from .blocks import Block
from .components import Component, canonical_family, left_out_reason, metrics_by_family, parsed_family
from .exposition import checked, without_superseded
from .failures import explain_failure, printable
from .http_client import BoundedRequests
from .response import BoundedResponse
from .scraper import SUFFIXES, RememberingScraper

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.samples import Sample

    from datadog_checks.base.utils.http import RequestsWrapper

MAX_TIMEOUTS = 3
"""An answer has to be complete within so many times the `timeout` that bounds the wait for each part of it."""
MAX_FAMILIES_NAMED = 100
"""How many families that are not collected a scraper names in the log, and remembers to have named."""
MAX_FAMILIES_NOTED = 10_000
"""How many of them are counted in a scrape. No component has more."""
MAX_NAMES_CHARACTERS = 2000
"""How long the names in one message of the log are, together."""
TYPES_OF_THE_EXPOSITION = ('native', 'native_dynamic')
"""The types that tell the base class to go by the TYPE line."""

SampleData = Iterable[tuple['Sample', list[str], str]]


class CiliumScraper(RememberingScraper):
    """
    Scrapes the endpoint of one Cilium component.

    What it adds to the base class: the answer is bounded in time and size, and redirects to other hosts are refused;
    families that a newer one replaces in the same scrape are dropped; the version of the component is submitted;
    families that nobody maps are named in the log, once; and the service check tells how the whole scrape went, not
    only whether an answer began.
    """

    def __init__(self, check: OpenMetricsBaseCheckV2, component: Component, config: Mapping) -> None:
        super().__init__(check, config)
        self.http = self._bounded(self.http)
        self.component = component
        self.version = ''
        """What the last scrape told of the component's version, or an empty string."""
        self._health: tuple[int, str] | None = None
        self._known = {parsed_family(family) for family in metrics_by_family(component, go_metrics=True)}
        self._media_type = ''
        self._unmapped: set[str] = set()
        self._untyped: set[str] = set()
        self._named: set[str] = set()
        if component.version_family:
            self.metric_transformer.add_custom_transformer(component.version_family, self._submit_version)

    def scrape(self) -> None:
        """
        Scrape the endpoint once and submit its metrics and its service check.

        Raises what went wrong: exceptions of `requests`, `ExpositionError`, or the parser's `ValueError`.
        """
        self.version = ''
        self._health = None
        try:
            super().scrape()
            if self._has_failed() and self.flush_first_value:
                # The base class swallowed the error: `ignore_connection_errors`. It takes the scrape for a good one.
                self.flush_first_value = False
        except Exception as e:
            self._health = ServiceCheck.CRITICAL, explain_failure(e, self.component)
            raise
        finally:
            if self._health is not None:
                status, message = self._health
                super().submit_health_check(status, message=message)
            self._name_once('this version of the integration does not know them', self._unmapped)
            self._name_once('the endpoint does not tell their type', self._untyped)

    def submit_health_check(self, status: int, message: str = '', **_kwargs: object) -> None:
        """Keep the status that the base class found when the answer began, until the scrape is over."""
        self._health = status, message

    def _has_failed(self) -> bool:
        return self._health is not None and self._health[0] == ServiceCheck.CRITICAL

    def get_connection(self) -> BoundedResponse:
        """Request the metrics and return the answer, once it has begun. Raises the exceptions of `requests`."""
        try:
            answer = super().get_connection()
        except Exception as e:
            self._health = ServiceCheck.CRITICAL, explain_failure(e, self.component)
            raise
        self._media_type = answer.headers.get('Content-Type', '')
        return answer

    def _bounded(self, http: RequestsWrapper) -> BoundedRequests:
        """Return what takes the place of the base class's wrapper, which it makes itself, with the same options."""
        bounded = BoundedRequests(self.config, self.check.init_config, self.check.HTTP_CONFIG_REMAPPER, self.check.log)
        if 'Accept' in http.options['headers']:
            bounded.options['headers']['Accept'] = http.options['headers']['Accept']  # The format that it asks for.
        return bounded

    def send_request(self, **kwargs: object) -> BoundedResponse:
        """Request the metrics. The answer is complete within three times the longest timeout."""
        return self.http.get_within(self.endpoint, MAX_TIMEOUTS * max(self.http.options['timeout']), **kwargs)

    def select(self, family_blocks: Iterator[Block]) -> Iterator[Block]:
        """Leave the superseded families out, and refuse an answer that is no exposition."""
        first = next(family_blocks, None)
        if first is None and self._has_failed():
            return iter(())  # `ignore_connection_errors` made the base class swallow the error.
        family_blocks = checked(chain(() if first is None else (first,), family_blocks), self._media_type)
        if self.is_openmetrics:
            return family_blocks  # Counters have other names there, and the old versions do not speak it.
        return without_superseded(family_blocks, self.component.superseded)

    def parse_metrics(self) -> Iterator[Metric]:
        """Yield the families of the answer, and take note of those that will not be collected."""
        for metric in super().parse_metrics():
            metric.name = canonical_family(self.component, metric.name)
            if not self._is_mapped(metric.name):
                self._note(self._unmapped, metric.name)
            elif metric.type not in SUFFIXES and self._target_types.get(metric.name) in TYPES_OF_THE_EXPOSITION:
                # The base class skips it for one of these types and stops the whole scrape for the other.
                self._note(self._untyped, metric.name)
                continue
            yield metric

    @staticmethod
    def _note(families: set[str], family: str) -> None:
        if len(families) < MAX_FAMILIES_NOTED:
            families.add(family)

    def _is_mapped(self, family: str) -> bool:
        return (
            family in self._target_types
            or family in self._known  # Families of Go are known, and not mapped when `go_metrics` is off.
            or any(pattern.search(family) for pattern, _ in self.metric_transformer.metric_patterns)
            or left_out_reason(self.component, family) is not None
        )

    def _name_once(self, why: str, families: set[str]) -> None:
        """Log families that are not collected. A hostile endpoint gets a few messages and a little memory, no more."""
        new = sorted(families - self._named)[: MAX_FAMILIES_NAMED - len(self._named)]
        if new:
            self._named.update(new)
            names = printable(', '.join(new)[:MAX_NAMES_CHARACTERS])
            self.log.info('%s: %d families are not collected: %s: %s', self.endpoint, len(families), why, names)
        families.clear()

    def _submit_version(self, _metric: Metric, samples: SampleData, _runtime_data: dict[str, object]) -> None:
        for sample, tags, hostname in samples:
            version = sample.labels.get('version', '')
            if version:
                self.version = version
                self.gauge(f'{self.component.name_prefix}version', 1, tags=tags, hostname=hostname)
