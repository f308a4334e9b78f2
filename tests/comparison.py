# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs two scrapers over the same answers and notes what each of them submits."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import requests
from requests.structures import CaseInsensitiveDict

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium.response import BoundedResponse
from datadog_checks.cilium.scraper import RememberingScraper

TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'
URL = 'http://cilium.test/metrics'


class RecordingCheck(OpenMetricsBaseCheckV2):
    """A check that notes the calls of its public methods, in order."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0

    def __init__(self) -> None:
        super().__init__('cilium', {}, [{}])
        self.calls: list[tuple] = []

    def gauge(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        self.calls.append(('gauge', name, float(value), tuple(tags), hostname))

    def monotonic_count(
        self, name, value, tags=None, hostname=None, device_name=None, raw=False, flush_first_value=False
    ):
        self.calls.append(('monotonic_count', name, float(value), tuple(tags), hostname, flush_first_value))

    def rate(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        self.calls.append(('rate', name, float(value), tuple(tags), hostname))

    def submit_histogram_bucket(
        self, name, value, lower_bound, upper_bound, monotonic, hostname, tags, raw=False, flush_first_value=False
    ):
        bounds = lower_bound, upper_bound
        self.calls.append(('bucket', name, value, bounds, monotonic, hostname, tuple(tags), flush_first_value))

    def service_check(self, name, status, tags=None, hostname=None, message=None, raw=False):
        self.calls.append(('service_check', name, status, tuple(tags or ()), hostname, message))


@dataclass(frozen=True)
class Answer:
    """What an endpoint answers: a body, in a format."""

    body: bytes
    content_type: str = TEXT_FORMAT

    def response(self) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.headers = CaseInsensitiveDict({'Content-Type': self.content_type})
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = io.BytesIO(self.body)
        return response


def _scraper(kind: type[OpenMetricsScraper], config: Mapping) -> tuple[OpenMetricsScraper, RecordingCheck]:
    check = RecordingCheck()
    return kind(check, {'openmetrics_endpoint': URL, **config}), check


class Comparison:
    """The base class's scraper beside ours, with the same configuration."""

    def __init__(self, config: Mapping) -> None:
        self._base, self._base_check = _scraper(OpenMetricsScraper, config)
        self._ours, self._our_check = _scraper(RememberingScraper, config)

    def scrape(self, answer: Answer) -> tuple[list[tuple] | Exception, list[tuple] | Exception]:
        """Return what the base class's scraper and ours submit for an answer, or what they raise."""
        self._base.send_request = lambda **_: answer.response()
        self._ours.send_request = lambda **_: BoundedResponse(answer.response(), max_seconds=60)
        return _outcome(self._base, self._base_check), _outcome(self._ours, self._our_check)


def _outcome(scraper: OpenMetricsScraper, check: RecordingCheck) -> list[tuple] | Exception:
    check.calls.clear()
    try:
        scraper.scrape()
    except Exception as e:
        return e
    return list(check.calls)


def texts(answers: Iterable[str]) -> list[Answer]:
    """Return answers in the text format."""
    return [Answer(answer.encode()) for answer in answers]
