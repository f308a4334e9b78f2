# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the installer needs to know of a kind of asset."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from toolkit.installer.model import Asset, Existing, Marker


class Kind(Protocol):
    """Dashboards, monitors, SLOs or pipelines in Datadog. Every method but `page` raises `ApiFailure`."""

    name: str
    """One of them, for people."""

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that have a marker, and those others with one of the titles that are cheap to find."""

    def get(self, id: str) -> Existing:
        """Return one as it is now."""

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset, and its tags to those that it has."""

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one, which has the content of the asset, a marker."""

    def delete(self, existing: Existing) -> None:
        """Delete one."""

    def page(self, id: str) -> str:
        """Return where people see it."""
