# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Command-line options that become options of an instance."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from difflib import get_close_matches

import yaml

from datadog_checks.base import ConfigurationError

from ..check import CiliumCheck
from ..components import COMPONENTS
from ..config_models import InstanceConfig
from ..messages.failures import explain_failure

ENDPOINT_OPTIONS = frozenset(component.option for component in COMPONENTS)
# The base package takes the last one too, without listing it among the options of an instance.
OPTIONS = frozenset({*InstanceConfig.model_fields, 'max_returned_metrics'})


class UsageError(Exception):
    """The command was called with invalid options."""


def add_endpoint_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for the endpoint of each component, such as `--agent-endpoint`."""
    for component in COMPONENTS:
        flag = f'--{component.option.replace("_", "-")}'
        parser.add_argument(flag, metavar='URL', help=f'{component.service}, port {component.port}')


def add_instance_options(parser: argparse.ArgumentParser) -> None:
    """Add `--option NAME=VALUE` for all other options of an instance."""
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
    """Build the instance. The options of endpoints win over `--option`."""
    endpoints = {component.option: getattr(options, component.option) for component in COMPONENTS}
    return {**dict(options.instance_options), **{option: url for option, url in endpoints.items() if url is not None}}


def validate(instance: Mapping[str, object]) -> None:
    """Raise `UsageError` for an instance that the check would refuse. The message names the option."""
    try:
        check = CiliumCheck('cilium', {}, [dict(instance)])
        check.load_configuration_models()
        check.configure_scrapers()
    except (ConfigurationError, TypeError, ValueError, re.error) as e:
        raise UsageError(str(e)) from None
    except RecursionError:
        raise UsageError('an option is nested too deeply, or contains itself') from None
    except Exception as e:  # Such as a missing package: the many options can raise anything.
        raise UsageError(f'the check cannot use these options: {explain_failure(e)}') from None


def _instance_option(text: str) -> tuple[str, object]:
    name, separator, value = text.partition('=')
    if not separator:
        raise argparse.ArgumentTypeError(f'{text!r} is not of the form NAME=VALUE')
    if name not in OPTIONS:
        nearest = get_close_matches(name, OPTIONS, n=1)
        advice = f'Did you mean {nearest[0]}?' if nearest else 'conf.yaml.example lists them'
        raise argparse.ArgumentTypeError(f'an instance has no option {name!r}. {advice}')
    try:
        return name, yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as e:  # A date that does not exist is a `ValueError`.
        raise argparse.ArgumentTypeError(f'the value of {name} is not YAML: {e}') from e
    except RecursionError:
        raise argparse.ArgumentTypeError(f'the value of {name} is nested too deeply') from None
