# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from datadog_api import samples
from datadog_api.server import DatadogApi


@pytest.fixture
def api() -> Iterator[DatadogApi]:
    """The server, which must not have been sent anything that Datadog would refuse."""
    server = DatadogApi()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A folder with a few assets."""
    return samples.write_samples(tmp_path / 'assets')
