# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Decide what to do. Nothing here talks to Datadog."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from toolkit.installer.content import fingerprint
from toolkit.installer.model import Asset, Existing


class Action(Enum):
    """What happens to an asset."""

    CREATE = 'create'
    UPDATE = 'update'
    SEAL = 'seal'
    """The content is right. What is missing is the marker's seal: an earlier run ended before it."""
    DELETE = 'delete'
    KEEP = 'keep'
    """Someone edited it in Datadog, and did not ask to lose that."""
    NOTHING = 'nothing'


@dataclass(frozen=True)
class Step:
    """An action on one asset, and why. `asset` is None for one that this version does not have any more."""

    action: Action
    reason: str
    asset: Asset | None
    existing: Existing | None

    @property
    def id(self) -> str:
        """The id of the asset."""
        if self.asset:
            return self.asset.id
        assert self.existing
        assert self.existing.marker
        return self.existing.marker.asset

    @property
    def title(self) -> str:
        """The title that people know: the one in Datadog, if it is there."""
        known = self.existing or self.asset
        assert known
        return known.title

    @property
    def writes(self) -> bool:
        """Whether it changes something in Datadog."""
        return self.action not in (Action.KEEP, Action.NOTHING)


def plan_install(assets: Sequence[Asset], existing: Iterable[Existing], overwrite: bool) -> list[Step]:
    """
    Return a step for every asset, and one for everything that an earlier version installed and this one lacks.

    `overwrite` replaces what was edited. It does not delete that: there is nothing to replace it with.
    """
    installed = made_by_installer(existing)
    steps = [_step(asset, installed.pop(asset.id, None), overwrite) for asset in assets]
    return steps + [_removal(left, False, 'not in this version any more') for left in installed.values()]


def plan_uninstall(existing: Iterable[Existing], delete_edited: bool) -> list[Step]:
    """Return a step for everything that the installer made."""
    return [_removal(one, delete_edited, 'installed') for one in made_by_installer(existing).values()]


def made_by_installer(existing: Iterable[Existing]) -> dict[str, Existing]:
    """
    Return what the installer made, by the id of the asset.

    A copy that someone made of it in Datadog carries the same marker. The oldest is ours.
    """
    ours: dict[str, Existing] = {}
    for one in sorted(existing, key=lambda one: one.made):
        if one.marker:
            ours.setdefault(one.marker.asset, one)
    return ours


def foreign_namesakes(assets: Iterable[Asset], existing: Sequence[Existing]) -> list[Existing]:
    """Return what has the title of an asset and is not ours."""
    titles = {asset.title for asset in assets}
    ours = {one.id for one in made_by_installer(existing).values()}
    return [one for one in existing if one.title in titles and one.id not in ours]


def _step(asset: Asset, existing: Existing | None, overwrite: bool) -> Step:
    if not existing:
        return Step(Action.CREATE, 'not in Datadog yet', asset, None)
    assert existing.marker
    changed = existing.marker.source != fingerprint(asset.content)
    if existing.edited and overwrite:
        return Step(Action.UPDATE, 'edited in Datadog, and to be overwritten', asset, existing)
    if existing.edited:
        reason = 'edited in Datadog; this version has a newer one' if changed else 'edited in Datadog'
        return Step(Action.KEEP, reason, asset, existing)
    if changed:
        return Step(Action.UPDATE, 'changed in this version', asset, existing)
    if not existing.marker.seal:
        return Step(Action.SEAL, 'an earlier run did not finish it', asset, existing)
    return Step(Action.NOTHING, 'up to date', asset, existing)


def _removal(existing: Existing, edited_too: bool, reason: str) -> Step:
    if existing.edited and not edited_too:
        return Step(Action.KEEP, 'edited in Datadog', None, existing)
    return Step(Action.DELETE, reason, None, existing)
