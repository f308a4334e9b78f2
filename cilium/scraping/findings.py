# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a scrape finds out about an answer as a whole, and what the service check says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from datadog_checks.base.constants import ServiceCheck

from ..messages.text import is_text, quoted, sent_as_header
from .bad_lines import has_exemplar
from .blocks import Block, ExpositionError
from .exposition import is_sample
from .interpreter import Interpreter
from .limits import MAX_FAMILIES_NOTED, MAX_QUOTED

if TYPE_CHECKING:
    from datadog_checks.base.types import ServiceCheckStatus

OPENMETRICS_AS_TEXT = (
    'The response looks like the OpenMetrics format, but its Content-Type is {}, so its counters and exemplars '
    'are lost. Set `use_latest_spec: true` to read it as OpenMetrics.'
)
WITHOUT_TYPES = (
    'The response has no `# TYPE` lines for most of its families, so they are not collected. Something between the '
    'component and the Agent removes these lines.'
)
BINARY_LINES = 'Lines could not be read and are left out. None is quoted, because there is binary data among them.'
CHECK_URL = 'Check the port and the path of the URL'
BINARY = f'the response is not in the Prometheus text format. It is binary data. {CHECK_URL}'
SHORTEST_PAGE = 6
"""Characters. A first line as long as `<html>` is a web page; binary data may begin with `<` too."""


class Findings:
    """Collects what is wrong with a response as a whole, for the service check."""

    def __init__(self) -> None:
        self.families: set[str] = set()
        """Families that have metadata."""
        self.first_bad_line = ''
        self._bad_lines: Counter[str] = Counter()
        self._has_samples = False
        self._has_sound_samples = False
        self._openmetrics_as = ''
        """The quoted Content-Type of a response that is read as text but looks like OpenMetrics."""
        self._has_binary_lines = False

    @property
    def bad_families(self) -> Collection[str]:
        """Families with bad lines, up to `MAX_FAMILIES_NOTED`. The name is empty for lines outside of families."""
        return self._bad_lines.keys()

    def may_have_bad_lines(self, family: str) -> bool:
        """Tell whether lines of a family may have been left out."""
        return family in self._bad_lines or len(self._bad_lines) >= MAX_FAMILIES_NOTED

    def of(self, blocks: Iterable[Block], content_type: str, is_openmetrics: bool = False) -> Iterator[Block]:
        """
        Inspect blocks and pass them on. Raises `ExpositionError` for a web page.

        `is_openmetrics` means that the response is read as OpenMetrics, so that `# EOF` is expected.
        """
        for block in blocks:
            if not self._has_samples:
                lines = block.lines()
                first = next(filter(str.strip, lines), '').lstrip()
                if first.startswith('<') and len(first) >= SHORTEST_PAGE and is_text(first):
                    raise ExpositionError(
                        f'the response is not in the Prometheus text format: it begins with {first[:60]!r} and its '
                        f'Content-Type is {_quoted_type(content_type)}. {CHECK_URL}'
                    )
                self._has_samples = any(map(is_sample, lines))
                del lines  # A block may be large.
            if len(self.families) < MAX_FAMILIES_NOTED:
                self.families.add(block.family)
            if not is_openmetrics and block.pieces[-1].endswith(('# EOF\n', '# EOF')):
                self._openmetrics_as = _quoted_type(content_type)
            yield block
            del block

    def add_sound_block(self) -> None:
        """Record a block without bad lines."""
        self._has_sound_samples = True

    def add_block(self, block: Block, sound: Iterable[str], bad: list[str], content_type: str) -> None:
        """Record which lines of a block were submitted, and which were left out."""
        self._has_sound_samples = self._has_sound_samples or any(map(is_sample, sound))
        if bad:
            self.first_bad_line = self.first_bad_line or bad[0][:MAX_QUOTED]
            self._has_binary_lines = self._has_binary_lines or not all(map(is_text, bad))
            is_noted = block.family in self._bad_lines or len(self._bad_lines) < MAX_FAMILIES_NOTED
            self._bad_lines[block.family if is_noted else next(iter(self._bad_lines))] += len(bad)
            if any(map(has_exemplar, bad)):
                self._openmetrics_as = _quoted_type(content_type)

    def verdict(self, interpreter: Interpreter) -> tuple[ServiceCheckStatus, str]:
        """
        Return the status and the message of the service check.

        Raises `ExpositionError` for a response without samples, unless the component may have none.
        """
        count = self._bad_lines.total()
        first = f'The first one is {self.first_bad_line!r}'
        if count and not self._has_sound_samples:
            # Binary data is another with each run. The message stays the same.
            if self._has_binary_lines:
                raise ExpositionError(BINARY)
            raise ExpositionError(
                f'the response is not in the Prometheus text format. None of its lines can be parsed. {first}. '
                f'{CHECK_URL}'
            )
        if not self._has_samples and not interpreter.component.may_be_empty:
            raise ExpositionError(f'the response holds no metrics. {CHECK_URL}')
        messages = []
        if count:
            lines = f'{count} lines could not be read and are left out. {first}.'
            messages.append(BINARY_LINES if self._has_binary_lines else lines)
        if self._openmetrics_as:
            messages.append(OPENMETRICS_AS_TEXT.format(self._openmetrics_as))
        families = self.families - {''}
        if len(interpreter.untyped) > len(families):
            messages.append(WITHOUT_TYPES)
        elif families and (wrong := interpreter.misplaced(families)):
            messages.append(wrong)
        return (ServiceCheck.WARNING if messages else ServiceCheck.OK), ' '.join(messages)


def _quoted_type(content_type: str) -> str:
    return quoted(sent_as_header(content_type), 60) if content_type else "'missing'"
