# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Carry out a plan, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from toolkit.installer.assets.links import ids_by_title, linked
from toolkit.installer.assets.model import Asset, Existing, Marker, fingerprint
from toolkit.installer.datadog.connection import ApiFailure, Connection, Reach
from toolkit.installer.datadog.kinds import Kind
from toolkit.installer.datadog.metrics import what_is_there
from toolkit.installer.datadog.monitors import Monitors, Muting
from toolkit.installer.plan import (
    Action,
    Change,
    Creation,
    Removal,
    Step,
    foreign_namesakes,
    made_by_installer,
    made_twice,
    plan_install,
    plan_uninstall,
)

# Create or finish, link to what was created. One more finds nothing left to do.
MOST_ROUNDS = 4

Say = Callable[[str], None]


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
        state = cls(kind, assets, [], chosen)
        state.read_again()
        return state

    def read_again(self) -> None:
        """Ask Datadog what exists by now. Raises `ApiFailure`."""
        self.existing = self.kind.existing({asset.name for asset in self.assets})

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
            for line in what_is_there(connection):
                self.say(line)
        except ApiFailure as failure:
            self.failed(failure)

    def read(self, kind: Kind, assets: Sequence[Asset], chosen: Collection[str] | None = None) -> State | None:
        """Return what exists of a kind, or None if that cannot be read."""
        if self.over:
            return None
        try:
            return State.read(kind, assets, chosen)
        except ApiFailure as failure:
            self.failed(failure)
            return None

    def install(self, state: State, overwrite: bool) -> None:
        """Create and update until nothing is left to do."""
        given_up: set[tuple[str, str]] = set()
        created = False
        for _ in range(MOST_ROUNDS):
            steps = [step for step in state.to_install(overwrite) if step.writes and step.key not in given_up]
            created = created or any(step.action is Action.CREATE for step in steps)
            if not steps:
                break
            given_up |= self._carry_out(state, steps)
        else:
            for step in steps:
                self.failed(_unstable(state.kind, step))
        if created and not self.over:
            self._look_for_other_runs(state)

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

    def unmute(self, muting: Muting, expected: bool) -> None:
        """
        End the downtimes, if there are any.

        If none is `expected`, an earlier run may have left one all the same. Who has not muted needs no permission.
        """
        try:
            for downtime in muting.find():
                muting.end(downtime)
                self.say('ended the downtime for new monitors')
        except ApiFailure as failure:
            if expected or failure.reach is not Reach.KIND:
                self.failed(failure)

    def _look_for_other_runs(self, state: State) -> None:
        """Say what was made twice, because another run was at work. Neither sees what the other has not made yet."""
        try:
            state.read_again()
        except ApiFailure as failure:
            self.failed(failure)
            return
        for group in made_twice(state.existing).values():
            pages = ' '.join(state.kind.page(one.id) for one in group)
            text = (
                f'{state.kind.name} {state.title_of(group[0])!r} is there {len(group)} times, because another run was '
                f'at work: {pages}. Run `install` again, alone: it deletes what is too many'
            )
            self.failed(ApiFailure(text, Reach.ASSET))

    def _carry_out(self, state: State, steps: Sequence[Step]) -> set[tuple[str, str]]:
        """Do the steps. Return the keys of those that are not to be tried again in this run."""
        given_up: set[tuple[str, str]] = set()
        for place, step in enumerate(steps):
            try:
                _do(state, step, self.say)
            except ApiFailure as failure:
                self.failed(failure)
                # Single dashboards and monitors can be closed to a user who may change others.
                closed_alone = failure.reach is Reach.KIND and step.action is not Action.CREATE
                if failure.reach is not Reach.ASSET and not closed_alone:
                    return given_up | {left.key for left in steps[place:]}
                given_up.add(step.key)
        return given_up


def _do(state: State, step: Step, say: Say) -> None:
    kind = state.kind
    if isinstance(step, Creation):
        id = kind.create(step.asset, Marker(step.asset.id, step.asset.source))
        say(f'created {kind.name} {step.title!r}  {kind.page(id)}')
        made = kind.get(id)
        state.existing.append(made)
        _seal(state, step, made)
        return
    now = _as_planned(state, step)
    if isinstance(step, Removal):
        if now:
            _delete(kind, now)
        state.existing.remove(step.existing)
        say(f'deleted {kind.name} {step.title!r}')
        return
    if not now:
        # The next round creates it.
        state.existing.remove(step.existing)
        return
    # What an earlier run did not finish may have links to dashboards that are gone.
    if step.action is Action.UPDATE or now.marker is None or now.marker.source != step.asset.source:
        kind.update(now, step.asset, Marker(step.asset.id, step.asset.source, None, now.id))
        now = _replace(state, step.existing, kind.get(now.id))
    _seal(state, step, now)
    say(f'updated {kind.name} {step.title!r}  {kind.page(now.id)}')


def _seal(state: State, step: Creation | Change, now: Existing) -> None:
    """Write what is there into the marker, and for what the marker is."""
    marker = Marker(step.asset.id, step.asset.source, fingerprint(now.content), now.id)
    state.kind.seal(now, step.asset, marker)
    sealed = _replace(state, now, state.kind.get(now.id))
    if sealed.edited:
        raise _unstable(state.kind, step)


def _as_planned(state: State, step: Change | Removal) -> Existing | None:
    """
    Return what a step is for as it is now, or None if it is gone.

    Raises `ApiFailure` if somebody changed it after the plan was made: an edit, or another run.
    """
    try:
        now = state.kind.get(step.existing.id)
    except ApiFailure as failure:
        if failure.status == 404:
            return None
        raise
    if now.state != step.existing.state:
        text = f'{state.kind.name} {step.title!r} was changed in Datadog during this run, and was left alone'
        raise ApiFailure(text, Reach.ASSET)
    return now


def _delete(kind: Kind, existing: Existing) -> None:
    try:
        kind.delete(existing)
    except ApiFailure as failure:
        # An attempt before it may have been carried out, though no answer came.
        if failure.status != 404:
            raise


def _replace(state: State, before: Existing, now: Existing) -> Existing:
    state.existing = [now if one is before or one.id == before.id else one for one in state.existing]
    return now


def _unstable(kind: Kind, step: Step) -> ApiFailure:
    return ApiFailure(f'{kind.name} {step.title!r} does not stay as it was written', Reach.ASSET)
