# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A kind of assets, and what exists of it in Datadog while a run is at work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from toolkit.installer.kind import Kind
from toolkit.installer.links import ids_by_title, linked
from toolkit.installer.model import Asset, Existing
from toolkit.installer.plan import Step, foreign_namesakes, made_by_installer, plan_install, plan_uninstall


@dataclass
class State:
    """
    A kind, the assets of it, and what exists of it in Datadog. `existing` follows what the run does.

    `chosen` are the ids of the assets that may be created, or None for all. `dashboards` are those that the assets
    link to.
    """

    kind: Kind
    assets: Sequence[Asset]
    existing: list[Existing]
    chosen: Collection[str] | None = None
    dashboards: State | None = None

    @classmethod
    def read(cls, kind: Kind, assets: Sequence[Asset], chosen: Collection[str] | None) -> State:
        """Ask Datadog what exists. Raises `ApiFailure`."""
        return cls(kind, assets, _existing(kind, assets), chosen)

    def read_again(self) -> None:
        """Ask Datadog what exists by now. Raises `ApiFailure`."""
        self.existing = _existing(self.kind, self.assets)

    def to_install(self, overwrite: bool) -> list[Step]:
        """Return the plan of an installation."""
        assets = self.assets
        if self.dashboards:
            assets = linked(assets, ids_by_title(self.dashboards.assets, self.dashboards.installed))
        return plan_install(assets, self.existing, overwrite, self.chosen)

    def to_uninstall(self, delete_edited: bool) -> list[Step]:
        """Return the plan of an uninstallation."""
        return plan_uninstall(self.assets, self.existing, delete_edited)

    @property
    def installed(self) -> dict[str, Existing]:
        """What the installer made, by the id of the asset."""
        return made_by_installer(self.existing)

    @property
    def foreign(self) -> list[Existing]:
        """What has the title of an asset, and was not made by the installer."""
        return foreign_namesakes(self.assets, self.existing)

    def title_of(self, existing: Existing) -> str:
        """Return the title that this project gives to something that the installer made."""
        asset = existing.marker.asset if existing.marker else ''
        return next((one.title for one in self.assets if one.id == asset), existing.title)


def _existing(kind: Kind, assets: Sequence[Asset]) -> list[Existing]:
    return kind.existing({asset.name for asset in assets})
