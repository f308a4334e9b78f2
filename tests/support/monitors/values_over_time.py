# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Values over time, as promtool writes them.

`5` stays 5, `0+3` begins at 0 and grows by 3 each minute, `0x20 7` is 0 for 20 minutes and 7 from then on, `_` is no
sample. The last term goes on for ever.

Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
"""

from __future__ import annotations

import re
from collections.abc import Callable

from datadog_checks.cilium.commands.submissions import Submission

TERM = re.compile(r'(?P<value>_|-?[\d.e-]+)(?:\+(?P<growth>[\d.e-]+))?(?:x(?P<times>\d+))?')
LINE = re.compile(r'(?P<series>[a-z_]\w*(?:\{.*\})?) (?P<notation>.+)')
POINT = re.compile(r'(?P<metric>[a-z_.]+)\{(?P<tags>.*)\} (?P<notation>.+)')

Expose = Callable[[float], str | None]
"""What an endpoint exposes at a minute: the text, or None if it does not answer."""


def exposition(text: str) -> Expose:
    """Return what an exposition with values over time is at each minute."""
    lines = [(match['series'], match['notation']) if (match := LINE.fullmatch(line)) else line for line in _lines(text)]

    def expose(minute: float) -> str:
        return ''.join(_at(line, minute) for line in lines)

    return expose


def points_of(text: str, cluster: str) -> Callable[[float], list[Submission]]:
    """Return what other checks of the Agent send at each minute, of a cluster."""
    series = [POINT.fullmatch(line) or _refused(line) for line in text.splitlines()]
    tags = [(f'kube_cluster_name:{cluster}', *match['tags'].split(',')) for match in series]

    def points(minute: float) -> list[Submission]:
        values = [value_at(match['notation'], minute) for match in series]
        return [
            Submission(match['metric'], 'gauge', value, tags)
            for match, tags, value in zip(series, tags, values, strict=True)
            if value is not None
        ]

    return points


def _refused(line: str) -> re.Match[str]:
    raise ValueError(f'not a metric with tags and values: {line!r}')


def _lines(text: str) -> list[str]:
    lines = text.splitlines()
    for line in lines:
        if not line.startswith('# TYPE ') and not LINE.fullmatch(line):
            raise ValueError(f'neither a TYPE line nor a series with its values: {line!r}')
    return lines


def _at(line: str | tuple[str, str], minute: float) -> str:
    if isinstance(line, str):
        return f'{line}\n'
    value = value_at(line[1], minute)
    return '' if value is None else f'{line[0]} {value:.10g}\n'


def value_at(notation: str, minute: float) -> float | None:
    """Return the value that a notation has at a minute, or None where there is no sample."""
    terms = notation.split() or ['']
    for place, text in enumerate(terms):
        term = TERM.fullmatch(text)
        if term is None:
            raise ValueError(f'{notation!r}: {text!r} is no number, nor of the form 0, 0x20, 0+3 or 0+3x20')
        times = term['times']
        if times is None and place < len(terms) - 1:
            raise ValueError(f'{notation!r}: all terms but the last need a number of minutes, as in {text}x10')
        if times is None or minute < int(times):
            return None if term['value'] == '_' else float(term['value']) + float(term['growth'] or 0) * minute
        minute -= int(times)
    return None


def silent_at_the_end(expose: Expose, silent: float, minutes: float) -> Expose:
    """Return the same, but without an answer in the last `silent` of so many minutes."""
    return lambda minute: None if minute > minutes - silent else expose(minute)
