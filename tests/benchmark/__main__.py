# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
`make bench`: what a scrape costs, with the base class's scraper and with ours.

CPU time of this process, the median of scrapes that alternate between the two. The machine does not matter much: look
at the ratios. Submissions cost nothing here, so what is compared is the work before them.
"""

from __future__ import annotations

import argparse
import gc
import platform
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.cilium.blocks import blocks
from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS, STAGES
from datadog_checks.cilium.commands.tables import table
from datadog_checks.cilium.exposition import is_sample
from datadog_checks.cilium.scraper import HEAD

from .expositions import exposition
from .scrapers import OurScraper, scraper, served

SCRAPES = 7
TEXTS = 4


@dataclass(frozen=True)
class Case:
    """An exposition of which several scrapes are taken, and what is asked of ours: how many times cheaper."""

    name: str
    texts: Callable[[], list[str]]
    steady: float
    first: float | None


def _generated(samples: int, **options: float) -> Callable[[], list[str]]:
    return lambda: [exposition(samples, scrape=scrape, **options) for scrape in range(TEXTS)]


def _recorded() -> list[str]:
    return [(RECORDINGS / f'agent.{stage}.txt').read_text() for stage in STAGES]


CASES = (
    Case('recorded agent, 1.20', _recorded, 3.5, 1.2),
    Case('10,000', _generated(10_000), 5, 1.5),
    Case('50,000', _generated(50_000), 5.5, 1.5),
    Case('200,000', _generated(200_000), 5.5, 1.5),
    Case('10,000, 2 % replaced', _generated(10_000, replaced=0.02), 3.5, None),
    Case('10,000, a tenth mapped', _generated(10_000, mapped=0.1), 10, None),
)


@dataclass(frozen=True)
class Result:
    """Microseconds of CPU per sample."""

    case: Case
    samples: int
    base: float
    ours: float
    first_ratio: float
    floor: float
    parts: dict[str, float]
    """What the steady state of ours spends on what."""

    @property
    def ratio(self) -> float:
        return self.base / self.ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('--chart', type=Path, help='write a chart to this file')
    parser.add_argument('--quick', action='store_true', help='leave out the largest exposition')
    options = parser.parse_args()

    print(f'Python {platform.python_version()}, datadog-checks-base {version("datadog-checks-base")}')
    print('Microseconds of CPU per sample. Floor: a bare loop over the lines with the same submissions.\n')
    results = [_measure(case) for case in CASES if not (options.quick and case.name == '200,000')]
    rows = [
        (
            result.case.name,
            result.samples,
            f'{result.base:.2f}',
            f'{result.ours:.2f}',
            f'{result.ratio:.1f}',
            f'{result.case.steady:g}',
            f'{result.first_ratio:.2f}',
            '-' if result.case.first is None else f'{result.case.first:g}',
            f'{result.floor:.2f}',
            f'{result.ours / result.floor:.2f}',
        )
        for result in results
    ]
    header = ('EXPOSITION', 'SAMPLES', 'BASE', 'OURS', 'RATIO', 'WANTED', 'FIRST', 'WANTED', 'FLOOR', 'OURS/FLOOR')
    print(table(header, rows))
    print('\nWhat ours spends it on')
    parts = list(results[0].parts)
    print(
        table(
            ('EXPOSITION', *(part.upper() for part in parts)),
            [(result.case.name, *(f'{result.parts[part]:.2f}' for part in parts)) for result in results],
        )
    )
    print('\nMemory at 50,000 samples')
    print(table(('SCRAPER', 'PEAK OF A SCRAPE, MB', 'OF IT KEPT, MB', 'KEPT PER SERIES, BYTES'), _memory(CASES[2])))
    if options.chart:
        _draw(results, options.chart)


def _cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def _measure(case: Case) -> Result:
    texts = case.texts()
    samples = sum(map(is_sample, texts[0].splitlines()))
    with served(texts) as url:
        first = []
        for number in range(3):
            base, ours = scraper(OpenMetricsScraper, f'{url}base{number}'), scraper(OurScraper, f'{url}ours{number}')
            gc.collect()
            first.append(_cpu(base.scrape) / _cpu(ours.scrape))
        base_costs, our_costs, floor_costs, part_costs = [], [], [], []
        for _ in range(SCRAPES):
            base_costs.append(_cpu(base.scrape))
            our_costs.append(_cpu(ours.scrape))
            floor_costs.append(_floor(ours))
            part_costs.append(_parts(ours))
    per_sample = 1e6 / samples
    parts = {name: median(costs[name] for costs in part_costs) * per_sample for name in part_costs[0]}
    parts['submission'] = max(0.0, median(our_costs) * per_sample - sum(parts.values()))
    return Result(
        case,
        samples,
        median(base_costs) * per_sample,
        median(our_costs) * per_sample,
        median(first),
        median(floor_costs) * per_sample,
        parts,
    )


def _floor(ours: OurScraper) -> float:
    """Return what reading the answer, a bare loop over its lines, and the submissions cost."""
    gauge, monotonic_count = ours.check.gauge, ours.check.monotonic_count
    known = {text: series for family in ours._families.values() for text, series in family.series.items()}
    lines = ''.join(ours.send_request().iter_lines()).splitlines()
    series = [known.get(line.rpartition(' ')[0]) for line in lines]

    def loop() -> None:
        # The next answer is read, and the one before is submitted, whose series are known.
        ''.join(ours.send_request().iter_lines()).splitlines()
        for line, submission in zip(lines, series, strict=True):
            if submission is None:
                continue
            is_count, name, hostname, tags = submission
            _, _, value = line.rpartition(' ')
            if is_count:
                monotonic_count(name, float(value), tags=tags, hostname=hostname, flush_first_value=True)
            else:
                gauge(name, float(value), tags=tags, hostname=hostname)

    return _cpu(loop)


def _parts(ours: OurScraper) -> dict[str, float]:
    """Return what reading the answer, splitting its lines and looking series up cost."""
    pieces: list[str] = []
    http = _cpu(lambda: pieces.extend(ours.send_request().iter_lines()))
    lines: list[tuple[dict, list[tuple[str, str, str]]]] = []

    def split() -> None:
        for block in blocks(pieces):
            head = HEAD.match(block.pieces[0])
            family = head and ours._families.get((head['family'], head['type']))
            if family and family.transformer:
                samples = list(block.lines())[head[0].count('\n') :]
                lines.append((family.series, [line.rpartition(' ') for line in samples]))

    splitting = _cpu(split)
    lookup = _cpu(
        lambda: [[(known.get(text), float(value)) for text, _, value in parts] for known, parts in lines],
    )
    return {'http': http, 'splitting lines': splitting, 'lookup': lookup}


def _memory(case: Case) -> list[tuple[str, str, str, str]]:
    texts = case.texts()
    samples = sum(map(is_sample, texts[0].splitlines()))
    rows = []
    with served(texts) as url:
        for name, kind in (('base class', OpenMetricsScraper), ('ours', OurScraper)):
            scraper(kind, f'{url}{name[0]}1').scrape()
            measured = scraper(kind, f'{url}{name[0]}2')
            gc.collect()
            tracemalloc.start()
            measured.scrape()
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            measured.scrape()
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            rows.append((name, f'{peak / 1e6:.1f}', f'{kept / 1e6:.1f}', f'{kept / samples:.0f}'))
    return rows


def _draw(results: list[Result], path: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 3.6), layout='constrained')
    places = range(len(results))
    axes.barh([place - 0.2 for place in places], [result.base for result in results], 0.38, label='base class')
    axes.barh([place + 0.2 for place in places], [result.ours for result in results], 0.38, label='this check')
    for place, result in zip(places, results, strict=True):
        axes.text(result.ours + 0.1, place + 0.2, f'{result.ratio:.1f} times cheaper', va='center', fontsize=9)
    axes.set_yticks(places, [result.case.name for result in results])
    axes.invert_yaxis()
    axes.set_xlabel('microseconds of CPU per sample, submissions excluded')
    axes.set_title(
        f'A scrape in the steady state (Python {platform.python_version()}, '
        f'datadog-checks-base {version("datadog-checks-base")})',
        fontsize=10,
    )
    axes.legend(loc='lower right')
    axes.spines[['top', 'right']].set_visible(False)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
    print(f'\nChart: {path}')


if __name__ == '__main__':
    main()
