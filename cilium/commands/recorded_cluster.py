# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The recorded scrapes, served on loopback as if a cluster were running."""

from __future__ import annotations

from pathlib import Path

from ..components import COMPONENT_BY_NAME
from .exposition_server import ExpositionServer

VERSION = '1.20'
"""The recorded version of Cilium."""
RECORDINGS = Path(__file__).parent.parent / 'data' / 'recordings' / VERSION
HEALTHY_BEFORE, HEALTHY, INCIDENT = STAGES = ('healthy-1', 'healthy-2', 'incident')
"""The second stage was recorded seconds after the first, the incident two minutes later."""


class RecordedCluster(ExpositionServer):
    """
    Context manager that serves a recorded node and the central components of its cluster.

    Set `stage` to move in time.
    """

    def __init__(self) -> None:
        super().__init__(self._exposition_of)
        self.stage = HEALTHY_BEFORE

    @property
    def instance(self) -> dict[str, str]:
        """An instance that collects the cluster."""
        names = sorted({path.name.split('.')[0] for path in RECORDINGS.glob('*.txt')})
        return {COMPONENT_BY_NAME[name].option: f'{self.url}/{name}/metrics' for name in names}

    def _exposition_of(self, path: str) -> bytes | None:
        component = path.split('/')[1]
        if component not in COMPONENT_BY_NAME:
            return None
        return (RECORDINGS / f'{component}.{self.stage}.txt').read_bytes()
