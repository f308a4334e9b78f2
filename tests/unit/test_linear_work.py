# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The work on text from an endpoint grows in proportion to its length, whatever it is.

What Python does is counted, in calls. What a regular expression does cannot be: it has to end with a text that it would
not get through in an hour if it took the square of its length.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from comparison import COMPONENT, Answer, Ours

from datadog_checks.cilium.components import COMPONENT_BY_NAME, canonical_family
from datadog_checks.cilium.scraping import bad_lines, blocks, family, memory
from datadog_checks.cilium.scraping.answer import BodyError
from datadog_checks.cilium.scraping.blocks import ExpositionError
from datadog_checks.cilium.scraping.exposition import without_superseded

SHORT, FACTOR = 20_000, 8
HUGE = 4_000_000
A_LONG_TIME = 120
"""Seconds. What works takes one at most."""
BLOCK = '# TYPE a gauge\n'


@contextmanager
def that_ends() -> Iterator[None]:
    """Stop what would go on for ever."""

    def stop(*_: object) -> None:
        pytest.fail('it has not ended: its time grows with the square of the length, or worse')

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(A_LONG_TIME)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def calls_of(function: Callable[[], object]) -> int:
    """Return how many calls a call makes: of functions of Python, and of those in C."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def assert_linear(work: Callable[[str], int], text: Callable[[int], str]) -> None:
    """Compare the work on a text and on one that is several times longer. `text` makes one of about some length."""
    short = work(text(SHORT))

    assert work(text(FACTOR * SHORT)) <= 1.25 * FACTOR * short


def cut(text: str) -> None:
    with suppress(ExpositionError):  # It is too large.
        list(blocks.blocks([text]))


def scrape(body: str, **options: object) -> Ours:
    ours = Ours({'metrics': ['a', 'b', '.*_total'], **options})
    with suppress(ExpositionError, BodyError):  # Nothing of it could be read.
        ours.scrape_text(body)
    return ours


# Texts that get far into an expression before they fail.
TEXTS = {
    'name': lambda n: 'a' * n,
    'labels': lambda n: 'a{' + 'x="y",' * (n // 6),
    'escapes': lambda n: 'a{x="' + '\\\\' * (n // 2),
    'quotes': lambda n: 'a{x=' + '"' * n,
    'digits': lambda n: 'a ' + '1' * n + 'x',
    'decimals': lambda n: 'a 1.' + '1' * n + 'e',
    'blanks': lambda n: ' ' * n + 'a' + ' ' * n + '}',
    'blanks after hash': lambda n: '#' + ' ' * n + 'TYPE',
    'help': lambda n: '# HELP a ' + ' ' * n,
    'helps': lambda n: '# HELP a x\n' * (n // 11),
    'buckets': lambda n: '_bucke' * (n // 6),
    'bounds': lambda n: ',le="1' * (n // 6),
    'hashes': lambda n: '#' * n,
    'hashes and quotes': lambda n: '#"' * (n // 2),
    'exemplars': lambda n: 'a 1 # ' * (n // 6),
}
EXPRESSIONS = {
    'head': memory.HEAD.match,
    'series': family.SERIES.fullmatch,
    'labels': lambda text: family.SERIES.fullmatch('a{' + text),
    'metadata': cut,
    'exemplar': bad_lines.has_exemplar,
}


@pytest.mark.skipif(not hasattr(signal, 'SIGALRM'), reason='nothing else stops a regular expression')
@pytest.mark.parametrize('text', TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize('function', EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions_end(function, text):
    with that_ends():
        function(text(HUGE))


@pytest.mark.skipif(not hasattr(signal, 'SIGALRM'), reason='nothing else stops a regular expression')
@pytest.mark.parametrize(
    'text',
    [
        lambda n: 'envoy_cilium_policymap_' + 'control_plane_' * (n // 14) + ':',
        lambda n: 'envoy_cilium_policymap_' + '_' * n,
        lambda n: 'envoy_cilium_policymap_' + 'update_' * (n // 7) + '1',
    ],
    ids=['control_plane', 'underscores', 'update'],
)
def test_names_that_are_made_at_run_time_end(text):
    with that_ends():
        canonical_family(COMPONENT_BY_NAME['envoy'], text(HUGE))


BODIES = {
    'labels': lambda n: BLOCK + 'a{' + 'x="",' * (n // 5) + '} 1\n',
    'labels with escapes': lambda n: BLOCK + 'a{' + ','.join(f'x{i}="\\\\"' for i in range(n // 10)) + '} 1\n',
    'escapes': lambda n: BLOCK + 'a{x="' + '\\\\' * (n // 2) + '"} 1\n',
    'blanks': lambda n: BLOCK + 'a' + ' ' * n + '1\n',
    'digits': lambda n: BLOCK + 'a ' + '1' * n + '\n',
    'timestamps': lambda n: BLOCK + 'a 1' + ' 1' * (n // 2) + '\n',
    'long name': lambda n: '# TYPE ' + 'a' * n + ' gauge\n' + 'a' * n + ' 1\n',
    'long help': lambda n: '# HELP a ' + '\\n' * (n // 2) + '\n' + BLOCK + 'a 1\n',
    'metadata in a block with a bad line': lambda n: BLOCK + 'a x\n' + ' # HELP a x\n' * (n // 12) + 'a 1\n',
    'comments in a block with a bad line': lambda n: BLOCK + 'a x\n' + '# x\na x\n' * (n // 8),
    'bad lines': lambda n: BLOCK + 'a x\n' * (n // 4),
    'bad lines after a long help': lambda n: f'{BLOCK}# HELP a {"y" * (n // 2)}\n' + 'a x\n' * (n // 8),
    'bad lines after a help that is not too long': lambda n: f'{BLOCK}# HELP a {"y" * 16_000}\n' + 'a x\n' * (n // 4),
    'every second line is bad': lambda n: BLOCK + 'a{x="1",} 1\na{x="1",} x\n' * (n // 24),
    'families': lambda n: ''.join(f'# TYPE a{i} gauge\n' for i in range(n // 18)) + BLOCK + 'a 1\n',
    'families with a bad line': lambda n: ''.join(f'# TYPE a{i}_total counter\na x\n' for i in range(n // 26)),
    'odd metadata': lambda n: BLOCK + '# TYPE "a" gauge\n' * (n // 17),
    'odd metadata of many families': lambda n: ''.join(f'#  TYPE a{i} gauge\na{i} 1\n' for i in range(n // 24)),
    'odd metadata with an escape': lambda n: BLOCK + '# "\\" TYPE\n' + '# "TYPE\n# TYPE b gauge\n' * (n // 24),
    'odd metadata with the names that follow': lambda n: (
        ''.join(f'# TYPE "a{i}" x\n' for i in range(n // 32)) + ''.join(f'# TYPE a{i} x\n' for i in range(n // 32))
    ),
    'odd ends of lines': lambda n: BLOCK + 'a 1\r' * (n // 4) + '\n',
    'the same family again and again': lambda n: '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n' * (n // 38),
    'series': lambda n: BLOCK + ''.join(f'a{{x="{i}"}} 1\n' for i in range(n // 12)),
    'series with a timestamp': lambda n: BLOCK + ''.join(f'a{{x="{i}"}} 1 2\n' for i in range(n // 14)),
}


@pytest.mark.parametrize('body', BODIES.values(), ids=BODIES)
def test_a_scrape(body):
    def work(text: str) -> int:
        return calls_of(lambda: scrape(text))

    assert_linear(work, body)


@pytest.mark.parametrize('body', BODIES.values(), ids=BODIES)
def test_what_the_base_class_reads_in_a_scrape(body):
    """Some thousand trials of bad lines come on top of it, whose number and length are limited."""

    def work(text: str) -> int:
        read = scrape(text).interpreter.read
        return sum(map(len, read)) + 10 * len(text)

    assert_linear(work, body)


def test_a_steady_scrape():
    def work(text: str) -> int:
        ours = scrape(text)
        return calls_of(lambda: ours.scrape_text(text))

    assert_linear(work, lambda n: BLOCK + ''.join(f'a{{x="{i}"}} 1\n' for i in range(n // 12)))


@pytest.mark.parametrize('chunk', [1, 7])
@pytest.mark.parametrize('body', [lambda n: 'x' * n, lambda n: BLOCK + 'a 1\n' * (n // 4)], ids=['one line', 'lines'])
def test_a_body_that_comes_byte_by_byte(body, chunk):
    def work(text: str) -> int:
        return calls_of(lambda: sum(map(len, Answer(text.encode(), chunk=chunk).answer().pieces())))

    assert_linear(work, body)


@pytest.mark.skipif(not hasattr(signal, 'SIGALRM'), reason='nothing else would stop it')
@pytest.mark.parametrize('body', [body for name, body in BODIES.items() if 'odd' in name or 'famil' in name])
def test_cutting_ends(body):
    text = body(HUGE)
    with that_ends():
        cut(text)


@pytest.mark.skipif(not hasattr(signal, 'SIGALRM'), reason='nothing else would stop it')
def test_families_that_are_held_back_end():
    """Two old families in turn: each of their blocks is added to what is held of the family."""
    text = '# TYPE a gauge\n# TYPE b gauge\n' * (HUGE // 30)
    superseded = {'a': 'x', 'b': 'y'}
    with that_ends():
        held = list(without_superseded(blocks.blocks([text]), superseded))

    assert [(block.family, len(block.pieces)) for block in held] == [('a', HUGE // 30), ('b', HUGE // 30)]
    assert COMPONENT.superseded == {}
