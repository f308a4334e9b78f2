# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Carry out a plan, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from toolkit.installer.connection import ApiFailure, Connection, Reach
from toolkit.installer.content import fingerprint
from toolkit.installer.kind import Kind
from toolkit.installer.links import ids_by_title, linked
from toolkit.installer.model import Asset, Existing, Marker
from toolkit.installer.monitors import Monitors
from toolkit.installer.muting import Muting
from toolkit.installer.plan import (
    Action,
    Step,
    foreign_namesakes,
    made_by_installer,
    plan_install,
    plan_uninstall,
)
from toolkit.installer.tags import warnings

# Create, link to what was created, seal. One more finds nothing left to do.
MOST_ROUNDS = 4

Say = Callable[[str], None]


@dataclass
class State:
    """
    A kind, the assets of it, and what exists of it in Datadog. `existing` follows what the run does.

    `dashboards` are those that the assets link to.
    """

    kind: Kind
    assets: Sequence[Asset]
    existing: list[Existing]
    dashboards: State | None = None

    @classmethod
    def read(cls, kind: Kind, assets: Sequence[Asset]) -> State:
        """Ask Datadog what exists. Raises `ApiFailure`."""
        return cls(kind, assets, kind.existing({asset.title for asset in assets}))

    def to_install(self, overwrite: bool) -> list[Step]:
        """Return the plan of an installation."""
        assets = self.assets
        if self.dashboards:
            assets = linked(assets, ids_by_title(self.dashboards.assets, self.dashboards.existing))
        return plan_install(assets, self.existing, overwrite)

    def to_uninstall(self, delete_edited: bool) -> list[Step]:
        """Return the plan of an uninstallation."""
        return plan_uninstall(self.existing, delete_edited)

    @property
    def installed(self) -> dict[str, Existing]:
        """What the installer made, by the id of the asset."""
        return made_by_installer(self.existing)

    @property
    def foreign(self) -> list[Existing]:
        """What has the title of an asset, and was not made by the installer."""
        return foreign_namesakes(self.assets, self.existing)


@dataclass
class Run:
    """
    What happens in one run. Failures are said at once and counted.

    A failure of one asset does not stop the others. What was done stays done: the next run finds it by its marker.
    """

    say: Say
    failures: int = 0
    over: bool = field(default=False, init=False)

    def failed(self, failure: ApiFailure) -> None:
        """Note a failure."""
        self.say(f'failed: {failure}')
        self.failures += 1
        self.over = self.over or failure.reach is Reach.RUN

    def warn(self, connection: Connection) -> None:
        """Say what keeps monitors from ever alerting."""
        try:
            for line in warnings(connection):
                self.say(line)
        except ApiFailure as failure:
            self.failed(failure)

    def read(self, kind: Kind, assets: Sequence[Asset]) -> State | None:
        """Return what exists of a kind, or None if that cannot be read."""
        if self.over:
            return None
        try:
            return State.read(kind, assets)
        except ApiFailure as failure:
            self.failed(failure)
            return None

    def install(self, state: State, overwrite: bool) -> None:
        """Create and update until nothing is left to do."""
        given_up: set[str] = set()
        for _ in range(MOST_ROUNDS):
            steps = [step for step in state.to_install(overwrite) if step.writes and step.id not in given_up]
            if not steps:
                return
            given_up |= self._carry_out(state, steps)
        for step in steps:
            self.failed(_unstable(state.kind, step))

    def check(self, monitors: Monitors, plan: Sequence[Step]) -> None:
        """Ask Datadog whether it would take the monitors of a plan, which changes nothing."""
        assets = [step.asset for step in plan if step.asset and step.writes]
        accepted = 0
        for asset in assets:
            try:
                monitors.check(asset)
                accepted += 1
            except ApiFailure as failure:
                self.failed(failure)
                if failure.reach is not Reach.ASSET:
                    break
        if assets:
            self.say(f'Datadog would accept {accepted} of {len(assets)} monitors.')

    def uninstall(self, state: State, delete_edited: bool) -> None:
        """Delete what the installer made."""
        self._carry_out(state, [step for step in state.to_uninstall(delete_edited) if step.writes])

    def mute(self, muting: Muting) -> bool:
        """Make sure that new monitors are silent. Return whether they are."""
        try:
            if not muting.find():
                self.say(f'muted new monitors: {muting.page(muting.start())}')
        except ApiFailure as failure:
            self.failed(failure)
            return False
        return True

    def unmute(self, muting: Muting) -> None:
        """End the downtime, if there is one."""
        try:
            if downtime := muting.find():
                muting.end(downtime)
                self.say('ended the downtime for new monitors')
        except ApiFailure as failure:
            self.failed(failure)

    def _carry_out(self, state: State, steps: Sequence[Step]) -> set[str]:
        """Do the steps. Return the ids of the assets that are not to be tried again in this run."""
        given_up: set[str] = set()
        for place, step in enumerate(steps):
            try:
                _do(state, step, self.say)
            except ApiFailure as failure:
                self.failed(failure)
                # Single dashboards and monitors can be closed to a user who may change others.
                closed_alone = failure.reach is Reach.KIND and step.action is not Action.CREATE
                if failure.reach is not Reach.ASSET and not closed_alone:
                    return given_up | {left.id for left in steps[place:]}
                given_up.add(step.id)
        return given_up


def _do(state: State, step: Step, say: Say) -> None:
    kind, existing = state.kind, step.existing
    if step.action is Action.DELETE:
        kind.delete(existing)
        state.existing.remove(existing)
        say(f'deleted {kind.name} {step.title!r}')
        return
    source = fingerprint(step.asset.content)
    if step.action is Action.CREATE:
        id = kind.create(step.asset, Marker(step.id, source))
        say(f'created {kind.name} {step.title!r}')
        state.existing.append(kind.get(id))
        return
    seal = fingerprint(existing.content) if step.action is Action.SEAL else None
    kind.update(existing, step.asset, Marker(step.id, source, seal))
    if step.action is Action.UPDATE:
        say(f'updated {kind.name} {step.title!r}')
    now = kind.get(existing.id)
    state.existing[state.existing.index(existing)] = now
    if now.edited:
        raise _unstable(kind, step)


def _unstable(kind: Kind, step: Step) -> ApiFailure:
    return ApiFailure(f'{kind.name} {step.title!r} does not stay as it was written', Reach.ASSET)
