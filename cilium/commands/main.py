# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..components import COMPONENT_BY_NAME
from . import demo, explain, run_check
from .instance_options import UsageError, add_endpoint_options, add_instance_options
from .tables import printable

ENDPOINT_FAILED = 1
WRONG_CALL = 2

MAX_INTERVAL = 3600


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status: 0, 1 where an endpoint failed, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except explain.ExplainError as e:
        print(f'error: {printable(str(e))}', file=sys.stderr)
        return ENDPOINT_FAILED
    except UsageError as e:
        print(f'error: {printable(str(e))}', file=sys.stderr)
        return WRONG_CALL
    except BrokenPipeError:
        # The reader, such as `head`, has what it wants. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m datadog_checks.cilium',
        description='Look at the metrics of Cilium as the Datadog Agent sees them.',
    )
    commands = parser.add_subparsers(required=True, metavar='COMMAND')

    command = commands.add_parser(
        'explain',
        help='tell what becomes of each family of an endpoint',
        description='Tell what becomes of each family of metrics: its Datadog name, type, number of series and tag '
        'keys, and what is not collected and why.',
    )
    command.add_argument('target', metavar='URL-or-FILE', help='an endpoint, a file with its answer, or - for stdin')
    command.add_argument(
        '--component', choices=sorted(COMPONENT_BY_NAME), help='whose metrics these are (default: seen from the names)'
    )
    add_instance_options(command)
    _add_json(command)
    command.set_defaults(command=explain.command)

    command = commands.add_parser(
        'check',
        help='run the check against endpoints and print what the Agent would submit',
        description='Run the check twice and print what the Agent would submit. Counters show their increase between '
        'the two runs. The exit status is 1 when an endpoint failed.',
    )
    add_endpoint_options(command)
    command.add_argument(
        '--interval', type=_seconds, default=2, metavar='SECONDS', help='time between the two runs (default: 2)'
    )
    add_instance_options(command)
    _add_json(command)
    command.set_defaults(command=run_check.command)

    command = commands.add_parser(
        'demo',
        help='collect a recorded cluster, healthy and then in trouble',
        description='Serve recorded scrapes of Cilium 1.20 on loopback, collect them, and show what an incident '
        'changes.',
    )
    command.set_defaults(command=demo.command)
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= MAX_INTERVAL:
        raise argparse.ArgumentTypeError(f'{text} is not between 0 and {MAX_INTERVAL} seconds')
    return seconds


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument('--json', action='store_true', help='print JSON instead of tables')
