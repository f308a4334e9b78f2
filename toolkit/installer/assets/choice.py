# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Choose what to install, and how: the assets as the options want them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from toolkit.installer.assets import files
from toolkit.installer.assets.limits import Limits
from toolkit.installer.assets.links import with_host
from toolkit.installer.assets.model import Asset
from toolkit.installer.assets.overrides import overridden
from toolkit.installer.settings import SettingsError

READERS = {
    'dashboards': files.read_dashboards,
    'monitors': files.read_monitors,
    'slos': files.read_slos,
    'pipelines': files.read_pipelines,
}
"""The kinds of assets, each with how to read them."""

TIERS = ('core', 'all', 'none')
_TIER, _FEATURE = 'cilium_tier:', 'cilium_feature:'


@dataclass(frozen=True)
class Choice:
    """
    What the options choose.

    `monitors` is one of `TIERS`. `features` adds the monitors for them to the core ones; with all monitors it leaves
    out those for other features, unless it is empty. `dashboards` is `all`, `none` or ids with commas.
    """

    only: Collection[str] = tuple(READERS)
    monitors: str = 'core'
    features: frozenset[str] = frozenset()
    dashboards: str = 'all'
    limits: Limits = field(default_factory=Limits)
    overrides: Path | None = None

    @property
    def kinds(self) -> list[str]:
        """The kinds to install. Those that are not chosen are left alone: nothing of them is deleted."""
        none = {
            name for name, value in (('monitors', self.monitors), ('dashboards', self.dashboards)) if value == 'none'
        }
        return [kind for kind in READERS if kind in self.only and kind not in none]


@dataclass(frozen=True)
class Chosen:
    """All assets of the kinds that are chosen, as the options want them, and the ids of those to create."""

    assets: Mapping[str, Sequence[Asset]]
    ids: Mapping[str, Collection[str]]

    def of(self, kind: str) -> list[Asset]:
        """Return the chosen assets of a kind."""
        return [asset for asset in self.assets.get(kind, ()) if asset.id in self.ids[kind]]


def choose(folder: Path, choice: Choice, page: str) -> Chosen:
    """
    Read the assets and choose. `page` is the address of Datadog for people.

    Raises `AssetError` and `SettingsError`.
    """
    assets: dict[str, Sequence[Asset]] = {kind: READERS[kind](folder) for kind in choice.kinds}
    features = known_features(assets.get('monitors', ()))
    if 'monitors' in assets and (unknown := sorted(choice.features - features)):
        raise SettingsError(f'--features: there is no {", ".join(unknown)}. There are {", ".join(sorted(features))}')
    if 'monitors' in assets:
        assets['monitors'] = with_host(overridden(assets['monitors'], choice.overrides), page)
    ids = {kind: {asset.id for asset in those if is_chosen(kind, asset, choice)} for kind, those in assets.items()}
    named = set() if choice.dashboards == 'all' else set(choice.dashboards.split(','))
    if 'dashboards' in assets and (unknown := sorted(named - ids['dashboards'])):
        there = ', '.join(asset.id for asset in assets['dashboards'])
        raise SettingsError(f'--dashboards: there is no {", ".join(unknown)}. There are {there}')
    limited = {
        # A pipeline reads the logs of all clusters. Its filter says which.
        kind: those
        if kind == 'pipelines'
        else [replace(one, content=choice.limits.content(one.content)) for one in those]
        for kind, those in assets.items()
    }
    return Chosen(limited, ids)


def known_features(monitors: Sequence[Asset]) -> set[str]:
    """Return the features for which there are monitors."""
    return {feature for monitor in monitors for feature in features_of(monitor)}


def features_of(monitor: Asset) -> set[str]:
    """Return the features that a monitor is for."""
    return {tag.removeprefix(_FEATURE) for tag in monitor.tags if tag.startswith(_FEATURE)}


def is_core(monitor: Asset) -> bool:
    """Return whether a monitor is right for every cluster."""
    return _tier(monitor) == 'core'


def is_chosen(kind: str, asset: Asset, choice: Choice) -> bool:
    """Return whether a choice takes an asset of a kind."""
    if kind == 'dashboards':
        return choice.dashboards == 'all' or asset.id in choice.dashboards.split(',')
    if kind != 'monitors' or is_core(asset):
        return True
    if choice.monitors == 'all':
        return not choice.features or not features_of(asset) or _is_for(asset, choice.features)
    return _tier(asset) == 'feature' and _is_for(asset, choice.features)


def _is_for(monitor: Asset, features: Collection[str]) -> bool:
    """Return whether a monitor can say something where these features are used."""
    wanted = features_of(monitor)
    # One of several features is enough, but a monitor of logs needs logs.
    others = wanted - {'logs'}
    return (
        bool(wanted)
        and ('logs' not in wanted or 'logs' in features)
        and (not others or not others.isdisjoint(features))
    )


def _tier(monitor: Asset) -> str:
    return next((tag.removeprefix(_TIER) for tag in monitor.tags if tag.startswith(_TIER)), 'core')
