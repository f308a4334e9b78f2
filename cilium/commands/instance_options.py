# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options of commands that become options of an instance of the check."""

from __future__ import annotations

import argparse

import yaml

from ..components import COMPONENTS


def add_endpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for the endpoint of each component, such as `--agent-endpoint`."""
    for component in COMPONENTS:
        flag = f'--{component.option.replace("_", "-")}'
        parser.add_argument(flag, metavar='URL', help=f'{component.service}, port {component.port}')


def add_instance_options(parser: argparse.ArgumentParser) -> None:
    """Add `--option NAME=VALUE`, for every other option of an instance."""
    parser.add_argument(
        '--option',
        dest='instance_options',
        action='append',
        default=[],
        type=_instance_option,
        metavar='NAME=VALUE',
        help='an option of the instance as in conf.yaml, such as go_metrics=true, tls_verify=false or timeout=5',
    )


def instance_of(options: argparse.Namespace) -> dict[str, object]:
    """Return the instance that the options make. A URL that was given as an endpoint comes before `--option`."""
    endpoints = {component.option: getattr(options, component.option) for component in COMPONENTS}
    return {**dict(options.instance_options), **{option: url for option, url in endpoints.items() if url is not None}}


def _instance_option(text: str) -> tuple[str, object]:
    name, separator, value = text.partition('=')
    if not separator:
        raise argparse.ArgumentTypeError(f'{text!r} is not of the form NAME=VALUE')
    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError as e:
        raise argparse.ArgumentTypeError(f'the value of {name} is not YAML: {e}') from e
