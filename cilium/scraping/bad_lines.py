# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Separating the lines of a block that the base class can parse from those that it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import compress, groupby, repeat
from operator import not_

from .exposition import is_sample
from .family import SERIES
from .interpreter import Interpreter
from .limits import MAX_LINE_CHARACTERS, MAX_TRIALS
from .stand_ins import Submission

_NUMBER = r'(?:[-+]?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|NaN|[-+]Inf)'
_SOUND = re.compile(rf'{SERIES.pattern} {_NUMBER}')
_WANTS_BOUND = re.compile('_bucket|le="|quantile="')
_BOUND = re.compile(rf'[{{,](?:le|quantile)="{_NUMBER}"')
# The parser takes some garbage for a sample, and all that follows it for families without a type.
_SAMPLE = re.compile(r'\s*(?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*[{\s]|\{)')
# https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars-1
_EXEMPLAR = re.compile(rf'{SERIES.pattern} \S+(?: \S+)? # \{{')

LINES_OF_A_TRIAL = 10
CHARACTERS_OF_A_TRIAL = 1000
"""Lines, or characters, that take about as long to parse as a trial of one short line."""


def has_exemplar(line: str) -> bool:
    """Tell whether a line has an OpenMetrics exemplar, which makes the parser of the text format read a wrong value."""
    return _EXEMPLAR.match(line) is not None


class BadLines:
    """Finds bad lines by bisection, within the trials that one scrape may use."""

    def __init__(self, interpreter: Interpreter, max_trials: int = MAX_TRIALS) -> None:
        self._interpreter = interpreter
        self._trials_left = max_trials

    def separate(self, lines: list[str], flush_first_value: bool) -> tuple[list[Submission], list[str], list[str]]:
        """Return the submissions of the sound lines of a block, the sound lines, and the bad lines."""
        is_whole = not any(map(has_exemplar, lines))
        if is_whole and (submissions := self._submissions(lines, flush_first_value)) is not None:
            return submissions, lines, []
        # Lines in the strict grammar count as sound at first: trials are slow.
        for trusted in (_is_surely_sound, lambda _: False):
            verdicts = list(self._verdicts(lines, trusted))
            sound = list(compress(lines, verdicts))
            submissions = self._submissions(sound, flush_first_value)
            if submissions is not None:
                return submissions, sound, list(compress(lines, map(not_, verdicts)))
        return [], [], lines

    def _submissions(self, lines: list[str], flush_first_value: bool) -> list[Submission] | None:
        try:
            return self._interpreter.submissions(lines, flush_first_value)
        except Exception:
            return None

    def _verdicts(self, lines: list[str], trusted: Callable[[str], bool]) -> Iterator[bool]:
        """Yield for each line whether it can be parsed after the metadata that precedes it."""
        metadata: list[str] = []
        for are_samples, group in groupby(lines, key=is_sample):
            if are_samples:
                samples = list(group)
                suspicious = [line for line in samples if _may_be_sound(line) and not trusted(line)]
                tried = self._by_halves(metadata, suspicious)
                yield from (_may_be_sound(line) and (trusted(line) or next(tried)) for line in samples)
            else:
                metadata = []
                for line in group:
                    is_sound = self._is_read([*metadata, line])
                    yield is_sound
                    if is_sound:
                        metadata.append(line)

    def _by_halves(self, metadata: list[str], lines: list[str]) -> Iterator[bool]:
        """Yield for each line whether it can be parsed after the metadata, by bisection."""
        if not lines:
            return
        if self._is_read([*metadata, *lines]):
            yield from repeat(True, len(lines))
        elif len(lines) == 1:
            yield False
        else:
            half = len(lines) // 2
            yield from self._by_halves(metadata, lines[:half])
            yield from self._by_halves(metadata, lines[half:])

    def _is_read(self, lines: list[str]) -> bool:
        """Tell whether the base class can parse the lines. False once the trials of this scrape are used up."""
        if self._trials_left <= 0:
            return False
        characters = sum(map(len, lines))
        self._trials_left -= 1 + len(lines) // LINES_OF_A_TRIAL + characters // CHARACTERS_OF_A_TRIAL
        return self._submissions(lines, flush_first_value=False) is not None


def _may_be_sound(line: str) -> bool:
    return len(line) <= MAX_LINE_CHARACTERS and _SAMPLE.match(line) is not None and not has_exemplar(line)


def _is_surely_sound(line: str) -> bool:
    return _SOUND.fullmatch(line) is not None and (_WANTS_BOUND.search(line) is None or _BOUND.search(line) is not None)
