# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Runs of the installer against the server, and what they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from datadog_api.server import API_KEY, APP_KEY, DatadogApi

from toolkit.installer.__main__ import main

KEYS = {'DD_API_KEY': API_KEY, 'DD_APP_KEY': APP_KEY}


@dataclass(frozen=True)
class Outcome:
    """What a run of the installer left: its exit status, what it printed, and the requests that changed something."""

    status: int
    output: str
    writes: list[str]


Run = Callable[..., Outcome]


def runner(api: DatadogApi, capsys: pytest.CaptureFixture[str], assets: Path) -> Run:
    """Return what runs the installer on a folder of assets. Whatever it prints must not hold a key."""

    def run(*arguments: str, environment: Mapping[str, str] = KEYS, folder: Path = assets) -> Outcome:
        before = len(api.writes)
        status = main(arguments, environment, folder, api.url, backoff=0.01)
        printed = capsys.readouterr()
        output = printed.out + printed.err
        assert API_KEY not in output
        assert APP_KEY not in output
        return Outcome(status, output, api.writes[before:])

    return run
