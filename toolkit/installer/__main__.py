# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Install the assets of this project in a Datadog organisation, and find what uses names of the check that it replaces.

    DD_API_KEY=... DD_APP_KEY=... DD_SITE=datadoghq.eu python -m toolkit.installer install --dry-run

It changes only what it made itself, and finds that by a marker: a tag of monitors and SLOs, the last line of the
description of dashboards and log pipelines. What people edited in Datadog stays as it is. Running it again changes
nothing.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolkit.assets import AssetError
from toolkit.checkout import ASSETS
from toolkit.installer.assets.choice import TIERS, Choice
from toolkit.installer.assets.limits import read_limits
from toolkit.installer.datadog.connection import Connection
from toolkit.installer.export import FORMATS, export
from toolkit.installer.install import KINDS, install, uninstall
from toolkit.installer.limit_tags import limit_tags
from toolkit.installer.old_names import KINDS as READ_KINDS
from toolkit.installer.old_names import find_old_names
from toolkit.installer.run import Run
from toolkit.installer.settings import Settings, SettingsError, read_settings, read_site
from toolkit.migration.changes import Mode

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def main(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    assets: Path = ASSETS,
    server: str | None = None,
    backoff: float = 1.0,
    patience: float = 60.0,
) -> int:
    """
    Run the command and return its exit status: 0 for success, 1 if something failed, 2 for wrong use.

    `server`, `backoff` and `patience` are those of `Connection`.
    """
    options = _parser().parse_args(arguments)
    command = options.command
    try:
        choice = _choice(options)
        if command == 'export':
            export(_print, assets, choice, options.format, options.folder, read_site(environment))
            return DONE
        settings = read_settings(environment)
        run = Run(lambda line: _print(_printable(line, settings)))
        connection = Connection(settings, server, backoff, patience)
        run.say(f'Datadog organisation: that of the keys, on {settings.site}')
        if command == 'install':
            install(
                run,
                connection,
                assets,
                choice,
                dry_run=options.dry_run,
                muted=options.muted,
                overwrite=options.overwrite,
            )
        elif command == 'find-old-names':
            find_old_names(run, connection, options.only, mode=options.mode, all=options.all)
        elif command == 'limit-tags':
            limit_tags(
                run,
                connection,
                keep=options.keep,
                dry_run=options.dry_run,
                undo=options.undo,
                overwrite=options.overwrite,
            )
        else:
            uninstall(
                run,
                connection,
                assets,
                options.only,
                dry_run=options.dry_run,
                delete_edited=options.delete_edited,
            )
    except (SettingsError, AssetError) as error:
        print(f'error: {error}', file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print('interrupted: run it again to go on', file=sys.stderr)
        return INTERRUPTED
    if run.failures:
        rest = 'The list is not complete' if command == 'find-old-names' else 'The next run goes on from here'
        run.say(f'{run.failures} failed, see above. {rest}.')
        return FAILED
    return DONE


def _choice(options: argparse.Namespace) -> Choice:
    """Return what the options choose. Raises `SettingsError`."""
    if 'monitors' not in options:
        return Choice()
    return Choice(
        options.only if 'only' in options else tuple(KINDS),
        options.monitors,
        frozenset(filter(None, options.features.split(','))),
        options.dashboards,
        read_limits(options.scope, options.exclude),
        options.overrides,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m toolkit.installer',
        description='Install the assets of this project in a Datadog organisation.',
        epilog='Environment: DD_API_KEY, DD_APP_KEY, DD_SITE (datadoghq.com unless set).',
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument('--dry-run', action='store_true', help='only show the plan, with differences')
    common.add_argument('--only', choices=KINDS, nargs='+', default=tuple(KINDS), help='only these kinds')
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument('--monitors', choices=TIERS, default='core', help='core (the default): right for every cluster')
    choice.add_argument(
        '--features', default='', metavar='A,B', help='also the monitors for these, such as clustermesh'
    )
    choice.add_argument('--dashboards', default='all', metavar='A,B', help='all (the default), none, or names of files')
    choice.add_argument('--scope', metavar='TAGS', help="watch only what has these tags, such as 'env:prod'")
    choice.add_argument(
        '--exclude',
        action='append',
        default=[],
        metavar='TAG',
        help="leave out what has this tag, such as 'kube_cluster_name:ci-*'; can be repeated",
    )
    choice.add_argument('--overrides', type=Path, metavar='FILE', help='thresholds, priorities, recipients: see README')
    commands = parser.add_subparsers(
        dest='command', required=True, metavar='{install,uninstall,export,find-old-names,limit-tags}'
    )
    install = commands.add_parser(
        'install', parents=[common, choice], help='create what is missing, update what changed'
    )
    install.add_argument('--muted', action='store_true', help='monitors that are created now are silent at first')
    install.add_argument('--overwrite', action='store_true', help='replace also what was edited in Datadog')
    uninstall = commands.add_parser('uninstall', parents=[common], help='delete what the installer made')
    uninstall.add_argument('--delete-edited', action='store_true', help='delete also what was edited in Datadog')
    export = commands.add_parser(
        'export',
        parents=[choice],
        help='write files for the Datadog Operator or for Terraform instead; needs no keys, changes nothing in Datadog',
    )
    export.add_argument('--format', choices=FORMATS, required=True, help='custom resources of Kubernetes, or *.tf.json')
    export.add_argument('folder', type=Path, metavar='DIR', help='where to write them')
    find = commands.add_parser(
        'find-old-names',
        help='list what uses names and tags that change from the bundled check; changes nothing (docs/migration.md)',
    )
    find.add_argument(
        '--mode',
        choices=[mode.value for mode in Mode],
        default=Mode.LEGACY.value,
        help='the mode of the bundled check: latest with `use_openmetrics: true`, else legacy',
    )
    find.add_argument('--only', choices=READ_KINDS, nargs='+', default=tuple(READ_KINDS), help='only these kinds')
    find.add_argument('--all', action='store_true', help='show also what looks alike and needs nothing')
    limit = commands.add_parser(
        'limit-tags', help='let Datadog index only those tags of the metrics that are looked at (docs/cost.md)'
    )
    limit.add_argument('--dry-run', action='store_true', help='only show the plan, and an estimate of what it saves')
    limit.add_argument('--undo', action='store_true', help='take away what an earlier run made')
    limit.add_argument('--keep', type=_tag_keys, default=[], metavar='A,B', help='tags that every metric keeps')
    limit.add_argument('--overwrite', action='store_true', help='replace also what was edited in Datadog')
    return parser


def _tag_keys(text: str) -> list[str]:
    """Return tag keys with commas between."""
    keys = [key.strip().lower() for key in text.split(',') if key.strip()]
    if wrong := [key for key in keys if not re.fullmatch(r'[a-z][a-z0-9_./-]*', key)]:
        raise argparse.ArgumentTypeError(f'{wrong[0]!r} is no key of a tag: write keys only, such as env,team')
    return keys


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError as error:
        # The run goes on, or it would end half done. Whoever reads has read enough: `| head`. Or the disk is full.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f'error: the output cannot be written any more: {error.strerror}', file=sys.stderr)


def _printable(line: str, settings: Settings) -> str:
    """Return a line without keys, and without characters that move a terminal's cursor: titles come from Datadog."""
    line = settings.without_keys(line)
    return ''.join(character if character.isprintable() else '?' for character in line)


def robust_output() -> None:
    """Print every text, also where the terminal knows only ASCII: titles come from Datadog."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors='backslashreplace')
    # It warns of every retry. What fails in the end is said by the run.
    logging.getLogger('urllib3').setLevel(logging.ERROR)


if __name__ == '__main__':
    robust_output()
    sys.exit(main(sys.argv[1:], os.environ))
