# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Our scraper submits what the base class's scraper submits, for three scrapes in a row."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from comparison import OPENMETRICS, TEXT_FORMAT, Answer, Base, Ours, RecordingCheck, outcome
from exposition_strategies import bodies, configurations
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from datadog_checks.base.stubs import datadog_agent

# `EQUALITY_CASES=20000 python -m pytest tests/unit/test_equality.py` looks longer. Each run takes a seed of its own.
CASES = int(os.environ.get('EQUALITY_CASES', '200'))


@dataclass(frozen=True)
class Case:
    """Three scrapes of one endpoint, or of two that a check shares, with one configuration."""

    answers: list[list[Answer]]
    config: dict
    dynamic_tags: list[list[str]] = field(default_factory=lambda: [[], [], []])
    """What tags the check sets before each scrape."""
    patches_parser: bool = True
    """The setting `patch_prometheus_client` of the Agent."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a case: most of them simple."""
    answers = []
    for _ in range(draw(st.sampled_from((1, 1, 1, 2)))):
        texts, is_openmetrics = draw(bodies())
        answers.append(
            [
                Answer(
                    _cut(draw, text) if (is_cut := draw(st.integers(0, 11)) == 0) else text.encode(),
                    OPENMETRICS if is_openmetrics else TEXT_FORMAT,
                    chunk=draw(st.sampled_from((64 * 1024, 64 * 1024, 1, 2, 3, 7, 50))),
                    is_cut=is_cut,
                )
                for text in texts
            ]
        )
    tags = [draw(st.sampled_from(([], [], [], ['team:a'], ['t', 'team:b']))) for _ in range(3)]
    return Case(answers, draw(configurations()), tags, patches_parser=draw(st.integers(0, 3)) > 0)


def _cut(draw: st.DrawFn, text: str) -> bytes:
    """Return the beginning of a body: up to the end of a line, or any byte."""
    lines = text.splitlines(keepends=True)
    body = ''.join(lines[: draw(st.integers(0, len(lines)))]).encode()
    # Only byte by byte, as it reads here, does the base class know that a line ends with a carriage return.
    return body[: -draw(st.integers(0, 3)) or None].rstrip(b'\r')


def text_case(texts: list[str], config: dict) -> Case:
    return Case([[Answer(text.encode()) for text in texts]], config)


@settings(
    max_examples=CASES, deadline=None, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
@example(
    # In the lines of a family that nobody maps stands another one, without a type, that is mapped whatever its type.
    text_case(3 * ['# TYPE a counter\n\ne:f_x 0\ne:f 0\n'], {'metrics': [{'e:f': {'name': 'm', 'type': 'counter'}}]})
)
@example(
    # The type of the family is told twice, the second time in a way that only a parser sees.
    text_case(['# TYPE a counter\n\n\na 1 2\na 0\n # TYPE a gauge\n', '\n', '\n'], {'metrics': [{'a': 'm'}]})
)
@example(
    # The samples of a counter are called otherwise by the parser, and a `summary` goes by the names of samples.
    text_case(3 * ['# TYPE a counter\na 0\na{x="\\\\"} 1\n'], {'metrics': [{'a': {'name': 'm', 'type': 'summary'}}]})
)
@example(
    # A family that was a summary when it was seen first.
    text_case(['# TYPE b summary\n', '# TYPE b counter\nb 0\n', '# TYPE b counter\nb 0\n'], {'metrics': [{'b': 'm'}]})
)
@example(
    # Labels that the lenient parser takes for none: what follows are families without a type.
    text_case(3 * ['# TYPE b histogram\nb_count{_u="",""} 1\nb_count 2\n'], {'metrics': [{'.+': {'type': 'gauge'}}]})
)
@example(
    # Metadata that only the parser can read begins another family: what is before it is complete.
    Case(
        [[Answer(b'# TYPE a gauge\na 1\n#  TYPE b gauge\nb 1\n# TYPE c_count gauge\n', is_cut=True)] * 3],
        {'metrics': ['a', 'b']},
    )
)
@example(
    # The type of a family is told twice. Under the name that the parser makes of the second one, it is mapped.
    text_case(3 * ['# TYPE b_total gauge\nb_total 0\n# TYPE b_total counter\nb_total 1\n'], {'metrics': ['b']})
)
@given(cases())
def test_submits_what_the_base_class_submits(case):
    datadog_agent._config['patch_prometheus_client'] = case.patches_parser
    datadog_agent.set_process_start_time(1)
    try:
        for expected, ours in _compared(case):
            if isinstance(expected, Exception):
                return  # A bad line. From here on the two differ on purpose.
            assert ours == expected
    finally:
        datadog_agent.reset()


def _compared(case: Case) -> Iterator[tuple[list[tuple] | Exception, list[tuple] | Exception]]:
    """Yield what the base class's scraper and ours submit, or raise, for each of the scrapes."""
    bases = [Base(case.config) for _ in case.answers]
    check = RecordingCheck()
    ours = [Ours(case.config, check=check) for _ in case.answers]
    for number in range(3):
        for answers, base, our in zip(case.answers, bases, ours, strict=True):
            for scraper in (base.scraper, our.scraper):
                scraper.set_dynamic_tags(*case.dynamic_tags[number])
            yield _submitted(base, answers[number]), _submitted(our, answers[number])


def _submitted(scraper: Base | Ours, answer: Answer) -> list[tuple] | Exception:
    """Return what a scrape submits, up to where the answer is cut off, or raises."""
    result = outcome(scraper, answer)
    return scraper.check.submitted if isinstance(result, OSError) and answer.is_cut else result
