# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs two scrapers over the same answers and notes what each of them submits."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import requests
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium.components import Component
from datadog_checks.cilium.messages.secrets import Secrets
from datadog_checks.cilium.scraping.answer import Answer as OurAnswer
from datadog_checks.cilium.scraping.deadline import Deadline
from datadog_checks.cilium.scraping.interpreter import Interpreter, Submission
from datadog_checks.cilium.scraping.scraper import Scraper

TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8'
OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
URL = 'http://cilium.test/metrics'
COMPONENT = Component('test_endpoint', 'test', enabled_by='', port=1, files=(), may_be_empty=True)
"""A component that adds nothing to what the configuration says."""
LONG = 600


class RecordingCheck(OpenMetricsBaseCheckV2):
    """A check that notes the calls of its public methods, in order."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0

    def __init__(self) -> None:
        super().__init__('cilium', {}, [{}])
        self.calls: list[tuple] = []

    def gauge(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        self.calls.append(('gauge', self._without_namespace(name, raw), float(value), tuple(tags), hostname))

    def count(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        self.calls.append(('count', name, float(value), tuple(tags), hostname))

    def monotonic_count(
        self, name, value, tags=None, hostname=None, device_name=None, raw=False, flush_first_value=False
    ):
        name = self._without_namespace(name, raw)
        self.calls.append(('monotonic_count', name, float(value), tuple(tags), hostname, flush_first_value))

    def rate(self, name, value, tags=None, hostname=None, device_name=None, raw=False):
        self.calls.append(('rate', name, float(value), tuple(tags), hostname))

    def submit_histogram_bucket(
        self,
        name,
        value,
        lower_bound,
        upper_bound,
        monotonic,
        hostname,
        tags,
        raw=False,
        flush_first_value=False,
        *,
        multiple_buckets=False,  # From datadog-checks-base 38 on.
    ):
        bounds = lower_bound, upper_bound
        bucket = name, value, bounds, monotonic, hostname, tuple(tags), flush_first_value, multiple_buckets
        self.calls.append(('bucket', *bucket))

    def service_check(self, name, status, tags=None, hostname=None, message=None, raw=False):
        self.calls.append(('service_check', name, status, tuple(tags or ()), hostname, message))

    def _without_namespace(self, name: str, raw: bool) -> str:
        prefix = f'{self.__NAMESPACE__}.'
        assert not raw or name.startswith(prefix)
        return name.removeprefix(prefix) if raw else name

    @property
    def submitted(self) -> list[tuple]:
        """The calls but for service checks."""
        return [call for call in self.calls if call[0] != 'service_check']

    @property
    def health(self) -> tuple[int, str]:
        """The last service check: its status and message."""
        return next((call[2], call[5]) for call in reversed(self.calls) if call[0] == 'service_check')


class _Body(io.BytesIO):
    """A body that arrives in pieces, and may break off."""

    def __init__(self, body: bytes, chunk: int, is_cut: bool) -> None:
        super().__init__(body)
        self._chunk = chunk
        self._is_cut = is_cut

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(self._chunk if size is None or size < 0 else min(size, self._chunk))
        if not data and self._is_cut:
            raise ConnectionResetError('the connection was cut')
        return data

    read1 = read


@dataclass(frozen=True)
class Answer:
    """What an endpoint answers: a body in a format, which arrives in chunks of some bytes, and may be cut off."""

    body: bytes
    content_type: str = TEXT_FORMAT
    chunk: int = 64 * 1024
    is_cut: bool = False

    def response(self) -> requests.Response:
        """Return what the base class reads."""
        response = requests.Response()
        response.status_code = 200
        response.headers = CaseInsensitiveDict({'Content-Type': self.content_type})
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = HTTPResponse(_Body(self.body, self.chunk, self.is_cut), preload_content=False)
        if self.is_cut:  # `requests` would lose the chunk that is not complete.
            response.iter_lines = partial(response.iter_lines, chunk_size=1)
        return response

    def answer(self) -> OurAnswer:
        """Return what our scraper reads."""
        return OurAnswer(self.response(), Deadline(LONG))


class WatchedInterpreter(Interpreter):
    """Notes the lines that it interprets, for those who remember what they become."""

    def __init__(self, check: OpenMetricsBaseCheckV2, component: Component, config: Mapping) -> None:
        super().__init__(check, component, config)
        self.read: list[str] = []

    def submissions(self, lines: Iterable[str], flush_first_value: bool) -> list[Submission]:
        lines = list(lines)
        self.read += lines
        return super().submissions(lines, flush_first_value)


class Ours:
    """Our scraper, and what it submits."""

    def __init__(self, config: Mapping, component: Component = COMPONENT, check: RecordingCheck | None = None) -> None:
        self.check = check or RecordingCheck()
        self.deadline: Deadline | None = None
        """That of the last answer."""
        self._answer = Answer(b'')
        self.secrets, self.proxy = Secrets(), None
        self.interpreter = WatchedInterpreter(self.check, component, {'openmetrics_endpoint': URL, **config})
        self.scraper = Scraper(self.check, self.interpreter, self)

    def answer(self) -> OurAnswer:
        answer = self._answer.answer()
        self.deadline = answer.deadline
        return answer

    def cancel(self) -> None:
        """There is nothing to wait for."""

    def scrape(self, answer: Answer) -> list[tuple]:
        """Return what the scrape of an answer submits, but for service checks. Raises what the scrape raises."""
        self._answer = answer
        self.check.calls.clear()
        self.interpreter.read.clear()
        self.scraper.scrape()
        return self.check.submitted

    def scrape_text(self, text: str) -> list[tuple]:
        """As `scrape`, of an answer in the text format."""
        return self.scrape(Answer(text.encode()))


class Base:
    """The base class's scraper, and what it submits."""

    def __init__(self, config: Mapping) -> None:
        self.check = RecordingCheck()
        self.scraper = OpenMetricsScraper(self.check, {'openmetrics_endpoint': URL, **config})

    def scrape(self, answer: Answer) -> list[tuple]:
        """Return what the scrape of an answer submits, but for service checks. Raises what the scrape raises."""
        self.scraper.send_request = lambda **_: answer.response()
        self.check.calls.clear()
        self.scraper.scrape()
        return self.check.submitted


def outcome(scraper: Ours | Base, answer: Answer) -> list[tuple] | Exception:
    """Return what a scrape submits, or what it raises."""
    try:
        return scraper.scrape(answer)
    except Exception as e:
        return e
