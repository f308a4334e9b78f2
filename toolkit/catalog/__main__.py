# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Hold what a Cilium exposes against what this project knows: `python -m toolkit.catalog compare --help`.

Exits with 0 if nothing is missing, with 1 if something is, and with 2 if a source cannot be read.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.catalog.catalog import FAMILIES, CatalogError, catalog
from toolkit.catalog.comparison import compare
from toolkit.catalog.documentation import documented, is_documentation, unknown
from toolkit.catalog.exposition import Reading, SourceError, merged, read_exposition, text_of
from toolkit.catalog.report import relative, report, report_of_documentation, report_of_not_seen
from toolkit.catalog.writing import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (CatalogError, SourceError) as e:
        print(e, file=sys.stderr)
        return 2


def _compare(options: argparse.Namespace) -> int:
    component = COMPONENT_BY_NAME.get(options.component)
    known = catalog()
    texts = {source: text_of(source) for source in options.sources}
    documents = [text for text in texts.values() if is_documentation(text)]
    readings = [read_exposition(text, source, component) for source, text in texts.items() if text not in documents]
    lacking = [row for text in documents for row in unknown(documented(text), known)]
    if documents:
        print(report_of_documentation(lacking, options.version or known.newest))
    if not readings:
        return int(bool(lacking))
    version, release = _version(readings, options.version)
    comparison = compare(known, merged(family for one in readings for family in one.families), version, release)
    print(report(comparison, version))
    print(report_of_not_seen(comparison, version))
    if options.write and not comparison.is_complete:
        for path in write(comparison):
            print(f'written: {relative(path)}')
    return int(bool(lacking) or not comparison.is_complete)


def _version(readings: Sequence[Reading], asked: str | None) -> tuple[str, str]:
    """Return the minor version that is compared, and the release that tells it. Raises `SourceError`."""
    releases = {reading.version: reading.release for reading in readings if reading.version}
    if asked:
        return asked, releases.get(asked, '')
    if len(releases) > 1:
        raise SourceError(f'These are of versions {" and ".join(releases)}. Compare one at a time, or say --version.')
    if not releases:
        raise SourceError('No source tells its version. Say it: --version 1.21')
    return next(iter(releases.items()))


def _format(options: argparse.Namespace) -> int:
    FAMILIES.write_text(catalog().text(), encoding='utf-8')
    return 0


def _minor(text: str) -> str:
    major, _, minor = text.partition('.')
    if not (major.isdigit() and minor.isdigit()):
        raise argparse.ArgumentTypeError(f'{text} is no minor version. Write it as 1.21')
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m toolkit.catalog', description=__doc__.partition('\n\n')[0])
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    command = commands.add_parser('compare', help='tell what a Cilium has that this project lacks, and the rows to add')
    command.add_argument(
        'sources',
        nargs='+',
        metavar='SOURCE',
        help='a file or URL with metrics of a component, or with the tables of metrics in the documentation of Cilium',
    )
    command.add_argument('--version', type=_minor, help='the minor version of Cilium, if no source tells it')
    command.add_argument('--component', choices=COMPONENT_BY_NAME, help='whose metrics these are, if nothing tells it')
    command.add_argument('--write', action='store_true', help='add the rows. Descriptions are left to you')
    command.set_defaults(run=_compare)
    command = commands.add_parser('format', help='sort the rows of the catalogue and write each as it would be made')
    command.set_defaults(run=_format)
    return parser


if __name__ == '__main__':
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough. What is left must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
