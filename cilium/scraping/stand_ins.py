# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the base class's scraper gets in the place of the check and of an endpoint's answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypedDict, Unpack

from .limits import MAX_BLOCK_LABELS, MAX_LINE_CHARACTERS

if TYPE_CHECKING:
    from datadog_checks.base import OpenMetricsBaseCheckV2

METHODS = (
    'gauge',
    'rate',
    'count',
    'monotonic_count',
    'histogram',
    'submit_histogram_bucket',
    'service_check',
    'set_metadata',
)
"""Methods of a check that submit something."""
NO_SERIES = frozenset({'service_check', 'set_metadata'})
"""Methods among them that do not submit the value of a series."""


class Options(TypedDict, total=False):
    """Keyword arguments of a submission."""

    tags: Sequence[str]
    hostname: str
    flush_first_value: bool
    message: str


Submission = tuple[str, str, float, tuple[object, ...], Options]
"""A call of one of these methods: method, metric name, value, other arguments, keyword arguments."""


class Recorder:
    """Stands in for the check in the base class. While `recorded` is a list, submissions are appended to it."""

    def __init__(self, check: OpenMetricsBaseCheckV2) -> None:
        self._check = check
        self.recorded: list[Submission] | None = None
        self.submitted = 0
        """The number of series values passed on to the check."""
        for method in METHODS:
            setattr(self, method, partial(self._submit, method))

    def _submit(self, method: str, name: str, value: float, *arguments: object, **options: Unpack[Options]) -> None:
        if self.recorded is None:
            self.submitted += method not in NO_SERIES
            getattr(self._check, method)(name, value, *arguments, **options)
        else:
            self.recorded.append((method, name, value, arguments, options))

    def __getattr__(self, name: str) -> object:
        return getattr(self._check, name)


class Lines:
    """Lines with the members of `requests.Response` that the base class's scraper uses."""

    def __init__(self, lines: Iterable[str], content_type: str) -> None:
        self._lines = lines
        self.headers = {'Content-Type': content_type}

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def iter_lines(self, decode_unicode: bool = True) -> Iterator[str]:
        """Yield the lines. Raises `ValueError` for what would cost the parser too much time or memory."""
        labels = 0
        for line in self._lines:
            if len(line) > MAX_LINE_CHARACTERS:
                raise ValueError(f'a line is longer than {MAX_LINE_CHARACTERS} characters')
            labels = 0 if line.startswith('#') else labels + line.count('"') // 2
            if labels > MAX_BLOCK_LABELS:
                raise ValueError(f'a family has more than {MAX_BLOCK_LABELS} labels')
            yield line
