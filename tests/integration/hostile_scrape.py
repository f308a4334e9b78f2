# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A program that scrapes answers of some kinds and prints what that took: `hostile_scrape.py MB SERIES KIND...`.

Each is scraped twice. It has so many MB at most, and `max_remembered_series` is `SERIES`. The program prints JSON: by
kind, how many MB the process grew at most, how many it has kept, the errors, and how many series are remembered.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from ctypes import CDLL
from itertools import count
from pathlib import Path

import requests

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.configuration import scraper_config
from datadog_checks.cilium.messages.secrets import Secrets
from datadog_checks.cilium.scraping.answer import Answer
from datadog_checks.cilium.scraping.deadline import Deadline
from datadog_checks.cilium.scraping.interpreter import Interpreter
from datadog_checks.cilium.scraping.scraper import Scraper

MB = 1024 * 1024
FLOWS = '# TYPE cilium_drop_count_total counter\n'


def _in_families(line: str) -> Iterator[str]:
    """Yield lines, spread over families of some MB. `line` has places for the family and a number."""
    families = [f'cilium_{name}' for name in ('identity', 'unreachable_nodes', 'endpoint', 'policy', 'ip_addresses')]
    families += [
        f'cilium_{name}' for name in ('fqdn_active_names', 'bpf_map_pressure', 'nodes_all_num', 'endpoint_state')
    ]
    for number in count():
        family = families[number // 10_000 % len(families)]
        if number % 10_000 == 0:
            yield f'# TYPE {family} gauge\n'
        yield line.format(family=family, number=number)


KINDS = {
    'long values': lambda: _in_families('{family}{{x="{number}' + 1000 * 'y' + '"}} 1\n'),
    'wide characters': lambda: _in_families('{family}{{x="{number}' + 1000 * 'y' + '\U0001f41d"}} 1\n'),
    'many labels': lambda: _in_families('{family}{{' + ','.join(f'x{i}="{{number}}{i}"' for i in range(40)) + '}} 1\n'),
    'one family of labels': lambda: (
        f'{"" if n else FLOWS}cilium_drop_count_total{{' + ','.join(f'x{i}="{n}"' for i in range(50)) + '} 1\n'
        for n in range(45_000)
    ),
    'families without a type': lambda: (f'# HELP a{number} x\na{number} 1\n' for number in count()),
    'families that are held back': lambda: (
        f'# TYPE cilium_policy_count gauge\ncilium_policy_count{{x="{number}{1000 * "y"}"}} 1\n# TYPE b{number} gauge\n'
        for number in count()
    ),
    'small families that are held back': lambda: (
        f'# TYPE cilium_policy_count gauge\n# TYPE b{number % 10} gauge\n' for number in range(24_000)
    ),
    'odd': lambda: (f'# TYPE a{number} gauge\r\na{number} 1\r\n' for number in range(140_000)),
    'short lines': lambda: (f'{"" if number else FLOWS}x\n' for number in range(200_000)),
}


class Body:
    """A body that is made while it is read."""

    def __init__(self, kind: str, size: int) -> None:
        self._lines = KINDS[kind]()
        self._left = size

    def read1(self, size: int, decode_content: bool) -> bytes:
        lines: list[bytes] = []
        length = 0
        while length < size and self._left > 0:
            line = next(self._lines, '').encode()
            if not line:
                break
            lines.append(line)
            length += len(line)
        self._left -= length
        return b''.join(lines)

    def close(self) -> None:
        """There is nothing to close."""


class HostileSource:
    """Where an answer of some kind, with so many bytes at most, comes from."""

    def __init__(self, kind: str, size: int) -> None:
        self._kind = kind
        self._size = size

    def answer(self) -> Answer:
        response = requests.Response()
        response.status_code = 200
        response.headers['Content-Type'] = 'text/plain; version=0.0.4'
        response.raw = Body(self._kind, self._size)
        return Answer(response, Deadline(600))

    secrets, proxy = Secrets(), None

    def cancel(self) -> None:
        """Nobody waits."""


def forget_peak() -> None:
    """Let `peak` tell of what comes from now on: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html"""
    Path('/proc/self/clear_refs').write_text('5')


def peak() -> float:
    """Return how many MB the process has taken at most."""
    return _status('VmHWM')


def resident() -> float:
    """Return how many MB the process takes."""
    return _status('VmRSS')


def _give_back() -> None:
    """Give memory that nobody uses back: https://man7.org/linux/man-pages/man3/malloc_trim.3.html"""
    with suppress(AttributeError):  # It is a function of the GNU C library.
        CDLL(None).malloc_trim(0)


def _status(name: str) -> float:
    (line,) = (line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(f'{name}:'))
    return int(line.split()[1]) / 1024


class SilentCheck(CiliumCheck):
    """A check that hands its metrics to nobody."""

    def gauge(self, *_: object, **__: object) -> None:
        """Drop a gauge."""

    def monotonic_count(self, *_: object, **__: object) -> None:
        """Drop a count."""

    def service_check(self, *_: object, **__: object) -> None:
        """Drop a service check."""


def taken_by(kind: str, size: int, series: int) -> dict[str, object]:
    url = 'http://cilium.invalid/metrics'
    agent = COMPONENT_BY_NAME['agent']
    check = SilentCheck('cilium', {}, [{'agent_endpoint': url}])
    config = scraper_config(agent, url, {'max_remembered_series': series}, {})
    scraper = Scraper(check, Interpreter(check, agent, config), HostileSource(kind, size))
    gc.collect()
    forget_peak()
    before = resident()
    errors = []
    for _ in range(2):
        try:
            scraper.scrape()
        except Exception as e:
            errors.append(str(e)[:200])
    gc.collect()
    _give_back()
    return {'peak': peak() - before, 'kept': resident() - before, 'errors': errors, 'series': len(scraper.memory)}


if __name__ == '__main__':
    size, series, *kinds = sys.argv[1:]
    print(json.dumps({kind: taken_by(kind, int(size) * MB, int(series)) for kind in kinds}))
