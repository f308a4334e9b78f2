# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

from collections.abc import Iterator

import pytest
from monitor_scenarios import Cluster, running_cluster


@pytest.fixture(scope='session')
def cluster() -> Iterator[Cluster]:
    """The endpoints of a cluster on loopback, for all scenarios of monitors."""
    with running_cluster() as cluster:
        yield cluster
