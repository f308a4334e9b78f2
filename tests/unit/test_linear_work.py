# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Text from an endpoint takes time in proportion to its length, whatever it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from comparison import Answer, RecordingCheck

from datadog_checks.cilium import blocks, scraper
from datadog_checks.cilium.blocks import ExpositionError
from datadog_checks.cilium.components import COMPONENT_BY_NAME, canonical_family
from datadog_checks.cilium.response import BodyError, BoundedResponse
from datadog_checks.cilium.scraper import RememberingScraper

SHORT, LONG = 60_000, 480_000
MAX_RATIO = 3 * LONG / SHORT
"""In proportion it would be a third of this, and eight thirds with the square of the length."""
SHORTEST = 0.01
"""Seconds. What takes less says more of the machine than of the code."""
BLOCK = '# TYPE a gauge\n'


def seconds(function: Callable[[str], object], text: str) -> float:
    """Return the CPU time of the fastest of some calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        function(text)
        times.append(time.process_time() - start)
    return min(times)


def assert_linear(function: Callable[[str], object], text: Callable[[int], str]) -> None:
    """Compare what a text and one of eight times its length cost: `text` makes one of about some length."""
    short = max(seconds(function, text(SHORT)), SHORTEST)

    assert seconds(function, text(LONG)) < MAX_RATIO * short


def scrape(body: str) -> None:
    config = {'openmetrics_endpoint': 'http://cilium.test/metrics', 'metrics': ['a', 'b', '.*_total']}
    ours = RememberingScraper(RecordingCheck(), config)
    with BoundedResponse(Answer(body.encode()).response(), max_seconds=60) as response:
        ours.send_request = lambda **_: response
        with suppress(ExpositionError, BodyError):  # Nothing of it could be read.
            ours.scrape()


@pytest.mark.parametrize(
    'text',
    [
        lambda n: 'envoy_cilium_policymap_' + 'control_plane_' * (n // 14) + ':',
        lambda n: 'envoy_cilium_policymap_' + '_' * n,
        lambda n: 'envoy_cilium_policymap_' + 'update_' * (n // 7) + '1',
    ],
    ids=['control_plane', 'underscores', 'update'],
)
def test_canonical_family(text):
    assert_linear(lambda family: canonical_family(COMPONENT_BY_NAME['envoy'], family), text)


# Texts that get far into an expression before they fail.
TEXTS = {
    'name': lambda n: 'a' * n,
    'labels': lambda n: 'a{' + 'x="y",' * (n // 6),
    'escapes': lambda n: 'a{x="' + '\\\\' * (n // 2),
    'quotes': lambda n: 'a{x=' + '"' * n,
    'digits': lambda n: 'a ' + '1' * n + 'x',
    'blanks': lambda n: ' ' * n + 'a' + ' ' * n + '}',
    'help': lambda n: '# HELP a ' + ' ' * n,
    'helps': lambda n: '# HELP a x\n' * (n // 11),
    'buckets': lambda n: '_bucke' * (n // 6),
    'hashes': lambda n: '#' * n,
}


@pytest.mark.parametrize('text', TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    'function',
    [
        scraper.HEAD.match,
        scraper.SURE.fullmatch,
        scraper.SAMPLE.match,
        scraper.SPECIAL.search,
        scraper.LABELS.fullmatch,
        lambda text: scraper.LABELS.fullmatch(text.removeprefix('a{')),
        lambda text: scraper.LABEL_VALUE.sub('""', text),
        blocks._METADATA.match,
        blocks._announcements,
    ],
    ids=[
        'head',
        'sure',
        'sample',
        'special',
        'labels',
        'labels of a sample',
        'label value',
        'metadata',
        'announcements',
    ],
)
def test_expressions(function, text):
    assert_linear(function, text)


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
    'bad lines after a long help': lambda n: f'{BLOCK}# HELP a {"y" * (n // 2)}\n' + 'a x\n' * (n // 8) + 'a 1\n',
    'bad lines after a help that is not too long': lambda n: f'{BLOCK}# HELP a {"y" * 16_000}\n' + 'a x\n' * (n // 4),
    'families': lambda n: ''.join(f'# TYPE a{i} gauge\n' for i in range(n // 18)) + BLOCK + 'a 1\n',
    'odd ends of lines': lambda n: BLOCK + 'a 1\r' * (n // 4) + '\n',
}


@pytest.mark.parametrize('body', BODIES.values(), ids=BODIES)
def test_a_scrape(body):
    assert_linear(scrape, body)


def test_a_line_that_comes_byte_by_byte():
    def read(text: str) -> None:
        with BoundedResponse(Answer(text.encode()).response(), max_seconds=60) as response:
            response._chunks = lambda: map(str.encode, text)
            assert ''.join(response.iter_lines()) == text

    assert_linear(read, lambda n: 'x' * n)
