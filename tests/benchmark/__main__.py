# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
`make bench`: what a scrape costs, with the base class and with this check.

CPU time of this process, the median of scrapes that alternate between the two. The machine does not matter much: look
at the ratios.
"""

from __future__ import annotations

import argparse
import gc
import platform
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS, STAGES
from datadog_checks.cilium.commands.tables import table
from datadog_checks.cilium.scraping.exposition import is_sample

from .expositions import exposition
from .scrapers import base_check, base_scraper, our_check, our_scraper, served, without_aggregator

SCRAPES = 7
FIRST_SCRAPES = 3
TEXTS = 4


@dataclass(frozen=True)
class Case:
    """An exposition of which several scrapes are taken, and what is asked for: how many times cheaper ours is."""

    name: str
    texts: Callable[[], list[str]]
    steady: float
    first: float | None = None
    run: float | None = None
    options: dict = field(default_factory=dict)


def _generated(samples: int, **options: float) -> Callable[[], list[str]]:
    return lambda: [exposition(samples, scrape=scrape, **options) for scrape in range(TEXTS)]


def _recorded() -> list[str]:
    return [(RECORDINGS / f'agent.{stage}.txt').read_text() for stage in STAGES]


CASES = (
    Case(f'recorded agent, {RECORDINGS.name}', _recorded, 3.5, 0.5, 3),
    Case('10,000', _generated(10_000), 7, 0.65, 4.5),
    Case('50,000', _generated(50_000), 8, 0.65, 4.5),
    Case('200,000', _generated(200_000), 8, 0.65, 4.5),
    Case('10,000, 2 % replaced', _generated(10_000, replaced=0.02), 5),
    Case('10,000, a tenth mapped', _generated(10_000, mapped=0.1), 10),
    Case(
        '10,000, distributions',
        _generated(10_000),
        4,
        run=2.5,
        options={'histogram_buckets_as_distributions': True},
    ),
    Case('10,000, no buckets', _generated(10_000), 8, run=4.5, options={'collect_histogram_buckets': False}),
)


@dataclass(frozen=True)
class Result:
    """Microseconds of CPU per sample, and ratios."""

    case: Case
    samples: int
    base: float
    ours: float
    first: float
    base_run: float
    our_run: float

    def row(self) -> tuple:
        """Return the row of the table."""
        return (
            self.case.name,
            self.samples,
            f'{self.base:.2f}',
            f'{self.ours:.2f}',
            *_against(self.base / self.ours, self.case.steady),
            *_against(self.first, self.case.first),
            f'{self.base_run:.2f}',
            f'{self.our_run:.2f}',
            *_against(self.base_run / self.our_run, self.case.run),
        )


def _against(ratio: float, wanted: float | None) -> tuple[str, str]:
    return f'{ratio:.2f}', '-' if wanted is None else f'{wanted:g}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('--chart', type=Path, help='write a chart to this file')
    parser.add_argument('--quick', action='store_true', help='leave out the largest exposition')
    options = parser.parse_args()

    print(f'Python {platform.python_version()}, datadog-checks-base {version("datadog-checks-base")}')
    print('Microseconds of CPU per sample. Scrape: submissions cost nothing. Run: all of a run, down to the Agent.\n')
    results = [_measure(case) for case in CASES if not (options.quick and case.name == '200,000')]
    header = ('EXPOSITION', 'SAMPLES', 'BASE', 'OURS', 'SCRAPE', 'WANTED', 'FIRST', 'WANTED')
    print(table((*header, 'BASE', 'OURS', 'RUN', 'WANTED'), [result.row() for result in results]))
    print('\nMemory at 50,000 samples')
    print(table(('SCRAPER', 'PEAK OF A SCRAPE, MB', 'OF IT KEPT, MB', 'KEPT PER SERIES, BYTES'), _memory(CASES[2])))
    # On Python 3.12 or newer, in the environment of the preview.
    if find_spec('vector_vrl') and find_spec('uplot'):
        from .tools import dashboards_of_an_hour, hostile_log_lines

        print('\nThe preview draws an hour of a dashboard')
        print(table(('DASHBOARD', 'MILLISECONDS'), dashboards_of_an_hour()))
        print('\nThe log pipeline reads hostile lines of 100 KB')
        print(table(('LINE', 'MILLISECONDS'), hostile_log_lines()))
    if options.chart:
        _draw(results, options.chart)


def _cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def _measure(case: Case) -> Result:
    texts = case.texts()
    per_sample = 1e6 / (samples := sum(map(is_sample, texts[0].splitlines())))
    with served(texts) as url:
        first = []
        for number in range(FIRST_SCRAPES):
            base, ours = base_scraper(f'{url}b{number}', case.options), our_scraper(f'{url}o{number}', case.options)
            gc.collect()
            first.append(_cpu(base.scrape) / _cpu(ours.scrape))
        scrapes = [(_cpu(base.scrape), _cpu(ours.scrape)) for _ in range(SCRAPES)]
        with without_aggregator():
            base_run, our_run = base_check(f'{url}b', case.options).run, our_check(f'{url}o', case.options).run
            for run in (base_run, our_run):
                if error := run():
                    raise RuntimeError(error)
            gc.collect()
            runs = [(_cpu(base_run), _cpu(our_run)) for _ in range(SCRAPES)]
    costs = [median(cost) * per_sample for cost in (*zip(*scrapes, strict=True), *zip(*runs, strict=True))]
    return Result(case, samples, costs[0], costs[1], median(first), costs[2], costs[3])


def _memory(case: Case) -> list[tuple[str, str, str, str]]:
    texts = case.texts()
    samples = sum(map(is_sample, texts[0].splitlines()))
    rows = []
    with served(texts) as url:
        for name, scraper in (('base class', base_scraper), ('ours', our_scraper)):
            scraper(f'{url}{name[0]}1', {}).scrape()
            measured = scraper(f'{url}{name[0]}2', {})
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
    axes.barh([place - 0.2 for place in places], [result.base_run for result in results], 0.38, label='base class')
    axes.barh([place + 0.2 for place in places], [result.our_run for result in results], 0.38, label='this check')
    for place, result in zip(places, results, strict=True):
        ratio = f'{result.base_run / result.our_run:.1f} times cheaper'
        axes.text(result.our_run + 0.1, place + 0.2, ratio, va='center', fontsize=9)
    axes.set_yticks(places, [result.case.name for result in results])
    axes.invert_yaxis()
    axes.set_xlabel('microseconds of CPU per sample, from the request to the Agent')
    axes.set_title(
        f'A run of the check in the steady state (Python {platform.python_version()}, '
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
