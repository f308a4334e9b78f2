# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..components import COMPONENT_BY_NAME
from . import demo, explain, run_check, streams
from .instance_options import UsageError, add_endpoint_options, add_instance_options
from .recorded_cluster import VERSION

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

FAILED = 1
TROUBLE = 2
READER_LEFT = 141
"""The shell's exit status of a program that SIGPIPE ended: 128 plus the signal number."""

MAX_INTERVAL = 3600
MAX_NODES = 1_000_000


def main(arguments: Sequence[str]) -> int:
    """
    Run a command and return its exit status.

    0 for success, 1 if an endpoint failed or nothing could be read, 2 for wrong usage or if the output cannot be
    written, 141 if the reader of the output has gone.
    """
    try:
        options = _parser().parse_args(arguments)
        status: int = options.command(options)
        return status
    except (explain.ExplainError, streams.InputError) as e:
        streams.complain(str(e))
        return FAILED
    except (UsageError, streams.OutputError) as e:
        streams.complain(str(e))
        return TROUBLE
    except BrokenPipeError:
        return READER_LEFT


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help like other output: the base class ignores write errors."""
        if file is None:
            streams.write(self.format_help())
        else:
            super().print_help(file)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog='python -m datadog_checks.cilium',
        description='Look at the metrics of Cilium as the Datadog Agent sees them.',
    )
    commands = parser.add_subparsers(required=True, metavar='COMMAND')

    command = commands.add_parser(
        'explain',
        help='show what becomes of each family of an endpoint',
        description='Show what becomes of each family of metrics: its Datadog name, type, number of series and tag '
        'keys, its series at each level of collection, which dashboards and monitors use it, and what is not collected '
        'and why. The exit status is 1 when there is nothing to explain, 2 for a wrong '
        'option.',
    )
    command.add_argument(
        'targets', metavar='URL-or-FILE', nargs='+', help='an endpoint, a file with its answer, or - for stdin'
    )
    command.add_argument(
        '--nodes',
        type=_nodes,
        metavar='N',
        help='show what a cluster of N nodes sends: agents, Hubble and others that are on each node count N times',
    )
    command.add_argument(
        '--component', choices=sorted(COMPONENT_BY_NAME), help='whose metrics these are (default: recognised by name)'
    )
    add_instance_options(command)
    _add_json(command)
    command.set_defaults(command=explain.command)

    command = commands.add_parser(
        'check',
        help='run the check against endpoints and print what the Agent would submit',
        description='Run the check twice and print what the Agent would submit. Counters show their increase between '
        'the two runs. The exit status is 1 when an endpoint failed, 2 for a wrong option.',
    )
    add_endpoint_options(command)
    command.add_argument(
        '--interval', type=_seconds, default=2, metavar='SECONDS', help='time between the two runs (default: 2)'
    )
    command.add_argument(
        '--buckets', action='store_true', help='list the buckets of histograms one by one, as JSON always does'
    )
    add_instance_options(command)
    _add_json(command)
    command.set_defaults(command=run_check.command)

    command = commands.add_parser(
        'demo',
        help='collect a recorded cluster, healthy and then in trouble',
        description=f'Serve recorded scrapes of Cilium {VERSION} on loopback, collect them, and show what an incident '
        'changes.',
    )
    command.set_defaults(command=demo.command)
    return parser


def _nodes(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_NODES:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of nodes from 1 to {MAX_NODES}')
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of seconds') from None
    if not 0 <= seconds <= MAX_INTERVAL:
        raise argparse.ArgumentTypeError(f'{text} is not between 0 and {MAX_INTERVAL} seconds')
    return seconds


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument('--json', action='store_true', help='print JSON instead of tables')
