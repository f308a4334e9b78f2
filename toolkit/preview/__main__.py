# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`python -m toolkit.preview`: see the dashboards, monitors and logs before you install anything."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium.commands.instance_options import add_endpoint_options, add_instance_options, instance_of
from datadog_checks.cilium.configuration import endpoints_of
from toolkit.assets import load_dashboards, load_monitors
from toolkit.checkout import ROOT
from toolkit.preview import screenshots
from toolkit.preview.demo_cluster import PLACES
from toolkit.preview.demo_feed import HISTORY, demo_feed
from toolkit.preview.feed import Feed
from toolkit.preview.log_book import LogBook
from toolkit.preview.playback import Story
from toolkit.preview.serving import listening, server_of, url_of
from toolkit.preview.web import application

SPEED = 10
"""How many seconds of the demo are in a real one. Monitors look at ten minutes and more: nobody has to wait."""

UNTIL_INCIDENT = 60
"""Seconds of the demo, from the end of its history on."""

WRONG_CALL = 2


def main(arguments: Sequence[str]) -> int:
    """Run the preview until it is interrupted, or make the pictures. Return the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == 'screenshots':
        return screenshots.make(options.folder)
    try:
        return _preview(options)
    except ConfigurationError as e:
        print(f'error: {e}', file=sys.stderr)
    except OSError as e:
        print(f'error: cannot listen on port {options.port}: {e.strerror}. Choose another: --port 0', file=sys.stderr)
    return WRONG_CALL


def _preview(options: argparse.Namespace) -> int:
    instance = instance_of(options)
    if instance:
        endpoints_of(instance)  # Raises what the check would raise.
        feed = Feed([instance], list(load_monitors().values()), LogBook(), options.interval)
        return _serve(feed, options.port, 'Your endpoints are collected from now on.')
    now = time.time()
    with demo_feed(Story(now + UNTIL_INCIDENT), now, options.nodes, speed=SPEED) as feed:
        told = f'It fills an hour of history in a minute or so. Then an incident begins, {SPEED} times as fast as real.'
        return _serve(feed, options.port, told)


def _serve(feed: Feed, port: int, told: str) -> int:
    app = application(feed, load_dashboards(), load_monitors())
    with listening(port) as listener:
        print(f'The preview is at {url_of(listener)}/ (Ctrl-C ends it). {told}', flush=True)
        feed.start(HISTORY if feed.demo else 0)
        Thread(target=app.state.pages.warm_up, daemon=True).start()
        try:
            server_of(app).run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            feed.stop()
    return 0


HIGHEST_PORT = 65535


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f'{text!r} is no port: a number from 0 to {HIGHEST_PORT}')
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m toolkit.preview',
        description='Show the dashboards, monitors and logs of this integration on a local page, without an account. '
        'It shows a recorded cluster, or the endpoints that you give.',
    )
    parser.add_argument('command', nargs='?', choices=['serve', 'screenshots'], default='serve')
    parser.add_argument('--port', type=_port, default=8123, help='port of the page on loopback (default: 8123, 0: any)')
    parser.add_argument(
        '--nodes', type=int, choices=range(1, len(PLACES) + 1), default=len(PLACES), help='nodes of the demo'
    )
    parser.add_argument(
        '--interval',
        type=int,
        default=15,
        choices=(10, 15, 30, 60),
        help='seconds between collections of the endpoints that you give (default: 15)',
    )
    parser.add_argument('--folder', type=Path, default=ROOT / 'images', help='where `screenshots` puts its pictures')
    add_endpoint_options(parser)
    add_instance_options(parser)
    return parser


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
