# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Decide what to do. Nothing here talks to Datadog.

Only what the installer certainly made is written or deleted: its marker names the very thing that has it. A run that
ended between creating and sealing leaves a marker without that. Then the content must be what is written anyway, so
that nobody loses anything. In doubt it stays, and the plan says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from toolkit.installer.assets.links import without_links
from toolkit.installer.assets.model import Asset, Existing, fingerprint, holds


class Action(Enum):
    """What happens to an asset."""

    CREATE = 'create'
    UPDATE = 'update'
    SEAL = 'seal'
    """The content is right. What is missing is the marker's seal: an earlier run ended before it."""
    DELETE = 'delete'
    KEEP = 'keep'
    """Someone edited it in Datadog, and did not ask to lose that."""
    DOUBT = 'doubt'
    """It has a marker, but it is not certain that the installer made it."""
    NOTHING = 'nothing'


WRITES = (Action.CREATE, Action.UPDATE, Action.SEAL, Action.DELETE)

_UNFINISHED = 'an earlier run did not finish it'
_UNPROVEN = (
    'has a marker, but it is not certain that the installer made this one. It stays as it is. If nobody needs it, '
    'delete it in Datadog'
)


@dataclass(frozen=True)
class _Decision:
    """An action on one asset, and why."""

    action: Action
    reason: str

    @property
    def writes(self) -> bool:
        """Whether it changes something in Datadog."""
        return self.action in WRITES


@dataclass(frozen=True)
class Creation(_Decision):
    """An asset that is not in Datadog."""

    asset: Asset
    existing: None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other steps: the ids of the asset and of what exists."""
        return self.asset.id, ''

    @property
    def title(self) -> str:
        """The title that people know."""
        return self.asset.title


@dataclass(frozen=True)
class Change(_Decision):
    """An asset that is in Datadog, and perhaps to be changed there."""

    asset: Asset
    existing: Existing

    @property
    def key(self) -> tuple[str, str]:
        """As in `Creation`."""
        return self.asset.id, self.existing.id

    @property
    def title(self) -> str:
        """The title that people know: the one of this project."""
        return self.asset.title


@dataclass(frozen=True)
class Removal(_Decision):
    """Something that is in Datadog, and to be deleted. `asset` is None if this version does not have it any more."""

    asset: Asset | None
    existing: Existing

    @property
    def key(self) -> tuple[str, str]:
        """As in `Creation`."""
        return self.asset.id if self.asset else '', self.existing.id

    @property
    def title(self) -> str:
        """The title that people know: the one of this project, if it still has it."""
        return (self.asset or self.existing).title


Step = Creation | Change | Removal


def plan_install(
    assets: Sequence[Asset],
    existing: Iterable[Existing],
    overwrite: bool,
    chosen: Collection[str] | None = None,
) -> list[Step]:
    """
    Return the steps for the assets, and those for what an earlier version installed and this one lacks.

    An asset that is not among the `chosen` ids is not created. It is updated if it is there: earlier it was chosen.
    `overwrite` replaces what was edited. It does not delete that: there is nothing to replace it with.
    """
    found = by_asset(existing)
    steps: list[Step] = []
    for asset in assets:
        first, *others = found.pop(asset.id, ()) or (None,)
        if first:
            steps.append(_step(asset, first, overwrite))
            steps += (_copy(asset, one) for one in others)
        elif chosen is None or asset.id in chosen:
            steps.append(Creation(Action.CREATE, 'not in Datadog yet', asset))
    lacking = (one for group in found.values() for one in group)
    return steps + [_removal(one, None, False, 'not in this version any more') for one in lacking]


def plan_uninstall(assets: Sequence[Asset], existing: Iterable[Existing], delete_edited: bool) -> list[Step]:
    """Return a step for everything that the installer made, and for what looks like it."""
    known = {asset.id: asset for asset in assets}
    return [
        _removal(one, known.get(id), delete_edited, 'installed')
        for id, group in by_asset(existing).items()
        for one in group
    ]


def by_asset(existing: Iterable[Existing]) -> dict[str, list[Existing]]:
    """
    Return what the installer made, or may have made, by the id of the asset.

    The first of several is the one that counts. Runs at the same time make several: they do not see each other.
    """
    found: dict[str, list[Existing]] = {}
    # Two runs must choose the same. An edited one is worth more than an older one.
    for one in sorted(existing, key=lambda one: (not one.ours, not one.edited, one.made, one.id)):
        if one.marker and (one.ours or one.unproven):
            found.setdefault(one.marker.asset, []).append(one)
    return found


def made_by_installer(existing: Iterable[Existing]) -> dict[str, Existing]:
    """Return what the installer certainly made, by the id of the asset."""
    return {id: first for id, (first, *_) in by_asset(existing).items() if first.ours}


def made_twice(existing: Iterable[Existing]) -> Mapping[str, list[Existing]]:
    """Return those assets of which the installer made more than one."""
    ours = {id: [one for one in group if one.ours] for id, group in by_asset(existing).items()}
    return {id: group for id, group in ours.items() if len(group) > 1}


def foreign_namesakes(assets: Iterable[Asset], existing: Iterable[Existing]) -> list[Existing]:
    """Return what has the title of an asset and is not ours."""
    titles = {asset.name for asset in assets}
    return [one for one in existing if one.title in titles and not one.ours and not one.unproven]


def _step(asset: Asset, existing: Existing, overwrite: bool) -> Change:
    assert existing.marker
    if existing.unproven:
        action = (Action.SEAL, _UNFINISHED) if _is_as_written(existing, asset) else (Action.DOUBT, _UNPROVEN)
        return Change(*action, asset, existing)
    changed = existing.marker.source != asset.source
    if not existing.marker.seal and _is_as_written(existing, asset):
        return Change(Action.SEAL, _UNFINISHED, asset, existing)
    if existing.edited or not existing.marker.seal:
        if overwrite:
            return Change(Action.UPDATE, 'edited in Datadog, and to be overwritten', asset, existing)
        reason = 'edited in Datadog' if existing.edited else f'{_UNFINISHED}, and it may have been edited since'
        return Change(
            Action.KEEP,
            f'{reason}; this version has a newer one, or the options another' if changed else reason,
            asset,
            existing,
        )
    if changed:
        return Change(Action.UPDATE, 'changed in this version, or by the options', asset, existing)
    return Change(Action.NOTHING, 'up to date', asset, existing)


def _copy(asset: Asset, existing: Existing) -> Removal:
    if existing.unproven:
        return Removal(Action.DOUBT, _UNPROVEN, asset, existing)
    return _removal(existing, asset, False, 'made twice, by two runs at the same time')


def _removal(existing: Existing, asset: Asset | None, edited_too: bool, reason: str) -> Removal:
    assert existing.marker
    as_written = _is_as_written(existing, asset)
    if existing.unproven and not as_written:
        return Removal(Action.DOUBT, _UNPROVEN, asset, existing)
    if as_written or edited_too:
        return Removal(Action.DELETE, reason, asset, existing)
    return Removal(Action.KEEP, 'edited in Datadog' if existing.edited else _UNFINISHED, asset, existing)


def _is_as_written(existing: Existing, asset: Asset | None) -> bool:
    """Return whether nobody changed the content. If there is no seal to tell, it must be that of the asset."""
    assert existing.marker
    if existing.marker.seal:
        return existing.marker.seal == fingerprint(existing.content)
    # Links are written when the dashboards exist.
    return asset is not None and holds(without_links(existing.content), without_links(asset.content))
