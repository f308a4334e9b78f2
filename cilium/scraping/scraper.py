# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""One scrape, from the request to the service check. See docs/architecture.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

from requests.exceptions import ConnectionError

from datadog_checks.base.constants import ServiceCheck

from ..messages.failures import explain_failure
from ..messages.notices import UNKNOWN, UNTYPED, Notices
from ..messages.proxies import Proxy
from ..messages.secrets import HidingLog, Secrets, without_query
from ..messages.text import is_text
from .answer import Answer
from .bad_lines import BadLines
from .blocks import Block, ExpositionError, blocks
from .exposition import without_superseded
from .findings import BINARY, Findings
from .interpreter import Interpreter
from .learning import NotSimple
from .limits import MAX_REMEMBERED_SERIES
from .memory import Memory

if TYPE_CHECKING:
    from datadog_checks.base import OpenMetricsBaseCheckV2
    from datadog_checks.base.types import ServiceCheckStatus


class Source(Protocol):
    """Provides expositions: an `Endpoint`, or a text."""

    secrets: Secrets
    """Values to hide in everything that is logged or reported."""
    proxy: Proxy | None
    """The proxy that the last request went through."""

    def answer(self) -> Answer:
        """Return the response once its headers have arrived. Raises exceptions of `requests`."""

    def cancel(self) -> None:
        """Abort a running scrape, if there is one."""


class Numbers(NamedTuple):
    """Series that a scrape submitted, and series that the collection level left out."""

    submitted: int
    left_out: int


class Scraper:
    """Scrapes one endpoint repeatedly."""

    def __init__(self, check: OpenMetricsBaseCheckV2, interpreter: Interpreter, source: Source) -> None:
        self.component = interpreter.component
        self.interpreter = interpreter
        self.memory = Memory(interpreter, interpreter.config.get('max_remembered_series', MAX_REMEMBERED_SERIES))
        self.version = ''
        """The component's version from the last scrape, or an empty string."""
        self.log = HidingLog(check.log, source.secrets)
        self.families: Collection[str] = ()
        """Families of the last complete response."""
        self._source = source
        self._check = check
        self._notices = Notices(self.log, interpreter.endpoint)
        self._flush_first_value: bool | None = None
        """Whether new counters start at zero. None before the first scrape, as in the base class."""
        self._findings = Findings()
        self.numbers: Numbers | None = None
        """The numbers of the last scrape, or None if it failed."""
        self._submitted = self._left_out = 0
        self._line = ''
        """The last line of a response that is read as a whole."""

    def set_dynamic_tags(self, *tags: str) -> None:
        """Set tags that every metric has from now on."""
        self.interpreter.set_dynamic_tags(*tags)
        self.memory.clear()

    def cancel(self) -> None:
        """Abort a scrape that is running in another thread."""
        self._source.cancel()

    def explain(self, error: Exception) -> str:
        """Return why a scrape failed and what to do, without secrets."""
        return explain_failure(error, self.component, self._source.proxy, self._source.secrets)

    def scrape(self) -> None:
        """
        Scrape the endpoint once and submit its metrics and its service check.

        Raises exceptions of `requests`, `ExpositionError`, or the parser's `ValueError` or `KeyError`.
        """
        before, self._findings = self._findings, Findings()
        self.interpreter.begin()
        self.numbers = None
        status: ServiceCheckStatus = ServiceCheck.CRITICAL
        message = ''
        try:
            with self._source.answer() as answer:
                self.interpreter.submit_telemetry_endpoint_response_size(answer)
                if self.interpreter.reads_whole(answer.content_type, is_first=self._flush_first_value is None):
                    self.memory.clear()
                    self._submit_whole(answer)
                else:
                    self._submit_blocks(answer, before)
            status, message = self._findings.verdict(self.interpreter)
            self.numbers = Numbers(self._submitted, self._left_out)
            message = self._source.secrets.hide(message)
            self._flush_first_value = True
            self.families = self._findings.families | self.interpreter.seen
        except Exception as e:
            if self._flush_first_value:
                self._flush_first_value = False  # The next scrape finds counters that are older than this one.
            message = self.explain(e)
            if not (self.interpreter.ignore_connection_errors and isinstance(e, ConnectionError)):
                raise
            self.log.warning('OpenMetrics endpoint %s is not accessible', without_query(self.interpreter.endpoint))
        finally:
            self.version = self.interpreter.version
            self.interpreter.submit_health_check(status, message=message)
            self._tell()

    def _submit_whole(self, answer: Answer) -> None:
        """Let the base class read the whole response. The first bad line ends the scrape."""
        try:
            self.interpreter.submit(self._lines(answer), self._flush_first_value, answer.content_type, answer.deadline)
        except (ValueError, KeyError) as e:
            if is_text(self._line):
                raise
            raise ExpositionError(BINARY) from e  # The parser quotes another part of it with each run.
        self._submitted, self._left_out = self.interpreter.submitted, self.interpreter.skipped

    def _submit_blocks(self, answer: Answer, before: Findings) -> None:
        """Submit each block: from memory, or through the base class without its bad lines."""
        bad_lines = BadLines(self.interpreter)
        self._submitted = self._left_out = 0
        self.memory.begin()
        for block in self._blocks(answer):
            flush_first_value = bool(self._flush_first_value) and not before.may_have_bad_lines(block.family)
            if block.is_cut:
                self._submit_complete_families(block, flush_first_value)
                continue
            try:
                submitted = self.memory.recall(block).submit(self._check, flush_first_value)
                self._findings.add_sound_block()
            except NotSimple:  # It keeps the lines of the block while it is handled.
                submitted = None
            if submitted is None:
                submissions, sound, bad = bad_lines.separate(block.lines(), flush_first_value)
                for method, name, value, arguments, options in submissions:
                    getattr(self._check, method)(name, value, *arguments, **options)
                submitted = len(submissions)
                self._findings.add_block(block, sound, bad, answer.content_type)
            self._submitted += submitted
            if self.interpreter.leaves_out(block.family):
                self._left_out += max(0, block.series() - submitted)
            answer.deadline.check()
            del block
        self.memory.end()

    def _submit_complete_families(self, block: Block, flush_first_value: bool) -> None:
        """Submit the families of a cut-off block that the base class knows to be complete."""
        with suppress(Exception):
            self.interpreter.submit(chain(block.lines(), _cut()), flush_first_value)

    def _blocks(self, answer: Answer) -> Iterator[Block]:
        """Yield the blocks of the response, without superseded families."""
        is_openmetrics = self.interpreter.reads_openmetrics(answer.content_type)
        found = self._findings.of(blocks(answer.pieces()), answer.content_type, is_openmetrics)
        if is_openmetrics:
            return found  # Counters have other names there, and the old versions do not speak it.
        return without_superseded(found, self.component.superseded)

    def _lines(self, answer: Answer) -> Iterator[str]:
        """Yield the lines of the response, without superseded families."""
        for block in self._blocks(answer):
            for line in block.lines():
                answer.deadline.check()
                self._line = line
                yield line
            del block

    def _tell(self) -> None:
        """Log what this scrape lost."""
        self._notices.not_collected(UNKNOWN, self.interpreter.unmapped)
        self._notices.not_collected(UNTYPED, self.interpreter.untyped)
        self._notices.bad_lines(self._findings.bad_families, self._findings.first_bad_line)
        if self.memory.forgotten:
            self._notices.memory_is_full(self.memory.forgotten, self.memory.max_series)


def _cut() -> Iterator[str]:
    raise EOFError
    yield ''
