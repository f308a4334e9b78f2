# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The two commands, from what is read to what is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from toolkit.installer import assets as files
from toolkit.installer.choice import Choice, Chosen, choose, is_chosen
from toolkit.installer.connection import ApiFailure, Connection, Reach
from toolkit.installer.dashboards import Dashboards
from toolkit.installer.kind import Kind
from toolkit.installer.metrics import features_in_use
from toolkit.installer.model import MUTED_TAG, Asset
from toolkit.installer.monitors import Monitors
from toolkit.installer.muting import Muting
from toolkit.installer.pipelines import Pipelines
from toolkit.installer.plan import Action, Step
from toolkit.installer.report import facet_lines, installed_line, kind_line, plan_lines, saved_view_lines, summary
from toolkit.installer.run import Run
from toolkit.installer.slos import Slos
from toolkit.installer.state import State

KINDS: dict[str, Callable[[Connection], Kind]] = {
    'dashboards': Dashboards,
    'monitors': Monitors,
    'slos': Slos,
    'pipelines': Pipelines,
}


def install(
    run: Run,
    connection: Connection,
    assets: Path,
    choice: Choice,
    *,
    dry_run: bool,
    muted: bool,
    overwrite: bool,
) -> None:
    """
    Install what is chosen. A dry run ends with the plan, and with what Datadog says of the monitors in it.

    Raises `AssetError` and `SettingsError` before the first call to Datadog.
    """
    chosen = choose(assets, choice, connection.settings.page('/'))
    by_hand = _by_hand(assets, choice) if 'pipelines' in chosen.assets else ((), ())
    if choice.limits:
        run.say(f'Dashboards, monitors and SLOs see only {choice.limits}. The log pipeline reads all logs of Cilium.')
    if 'monitors' in chosen.assets:
        run.warn(connection)
    states, unread = _states(run, connection, chosen)
    _link(run, connection, states, files.read_dashboards(assets))
    plans = [state.to_install(overwrite) for state in states]
    _show(run, states, plans, unread, dry_run)
    if any(step.action is Action.KEEP for plan in plans for step in plan):
        run.say('Edited ones are kept. `--overwrite` replaces them.')
    _propose(run, connection, states, choice)
    if dry_run:
        _foresee(run, states, plans, muted)
        run.say('Nothing was written. Without `--dry-run`, the plan is carried out.')
    else:
        for state, plan in zip(states, plans, strict=True):
            _install(run, connection, state, plan, muted, overwrite)
        if states:
            run.say(installed_line(states))
    if run.failures:
        # They come first. What is to be done by hand would push them off the screen.
        return
    new = any(step.action is Action.CREATE for plan in plans for step in plan)
    if dry_run or new:
        _say_all(run, facet_lines(by_hand[0], connection.settings))
        _say_all(run, saved_view_lines(by_hand[1], connection.settings))
    elif any(by_hand):
        run.say('Facets and saved views are made by hand: `--dry-run` says how.')


def uninstall(
    run: Run, connection: Connection, assets: Path, only: Collection[str], *, dry_run: bool, delete_edited: bool
) -> None:
    """
    Delete what the installer made of some kinds. A dry run ends with the plan.

    Raises `AssetError` before the first call to Datadog.
    """
    states, unread = _states(run, connection, choose(assets, Choice(only), connection.settings.page('/')))
    plans = [state.to_uninstall(delete_edited) for state in states]
    _show(run, states, plans, unread, dry_run)
    if any(step.action is Action.KEEP for plan in plans for step in plan):
        run.say('Edited ones are kept. `--delete-edited` deletes them too.')
    if dry_run:
        return
    for state in states:
        if run.over:
            return
        muted = _any_muted(state)
        run.uninstall(state, delete_edited)
        # Monitors that are left may have to stay silent.
        if isinstance(state.kind, Monitors) and not _any_muted(state):
            run.unmute(Muting(connection), muted)


def _any_muted(state: State) -> bool:
    return any(MUTED_TAG in one.tags for one in state.existing)


def _foresee(run: Run, states: Sequence[State], plans: Sequence[Sequence[Step]], muted: bool) -> None:
    for state, plan in zip(states, plans, strict=True):
        if isinstance(state.kind, Monitors):
            run.check(state.kind, plan)
    if muted:
        run.say(f'Monitors that are created get the tag {MUTED_TAG}, and a downtime for that tag.')


def _install(
    run: Run, connection: Connection, state: State, plan: Sequence[Step], muted: bool, overwrite: bool
) -> None:
    if run.over:
        return
    if isinstance(state.kind, Monitors):
        new = muted and any(step.action is Action.CREATE for step in plan)
        one_by_one = any(step.writes and step.asset and MUTED_TAG in step.asset.tags for step in plan)
        # Before the monitors, so that none of them can notify anybody.
        if (new or one_by_one) and not run.mute(Muting(connection)):
            run.say('No monitor was installed, because it would not have been silent.')
            return
        state.kind.mutes_new_ones = muted
    run.install(state, overwrite)


def _by_hand(assets: Path, choice: Choice) -> tuple[Sequence[files.Facet], Sequence[files.SavedView]]:
    views = [replace(view, query=choice.limits.search(view.query)) for view in files.read_saved_views(assets)]
    return files.read_facets(assets), views


def _propose(run: Run, connection: Connection, states: Sequence[State], choice: Choice) -> None:
    """Before the first monitors are installed, say for which features there are more."""
    monitors = next((state for state in states if isinstance(state.kind, Monitors)), None)
    if not monitors or monitors.installed or choice.features or choice.monitors == 'all':
        return
    try:
        features = features_in_use(connection, monitors.assets)
    except ApiFailure as failure:
        if failure.reach is Reach.RUN:
            run.failed(failure)
        else:
            run.say(f'warning: {failure}. So it is not known which features to propose')
        return
    more = replace(choice, features=frozenset(features))
    number = sum(is_chosen('monitors', one, more) and not is_chosen('monitors', one, choice) for one in monitors.assets)
    if number:
        names = ','.join(sorted(features))
        run.say(f'This organisation has metrics of more features: `--features {names}` adds {number} monitors.')


def _states(run: Run, connection: Connection, chosen: Chosen) -> tuple[list[State], list[str]]:
    """Return what exists of the kinds, and the names of those kinds that cannot be read."""
    states, unread = [], []
    for name, assets in chosen.assets.items():
        if state := run.read(KINDS[name](connection), assets, chosen.ids[name]):
            states.append(state)
        else:
            unread.append(name)
    return states, unread


def _link(run: Run, connection: Connection, states: Sequence[State], dashboards: Sequence[Asset]) -> None:
    """Let dashboards and monitors link to the dashboards, those of this run or of an earlier one."""
    linking = [state for state in states if isinstance(state.kind, Dashboards | Monitors)]
    if linking:
        there = next((state for state in linking if isinstance(state.kind, Dashboards)), None)
        there = there or run.read(Dashboards(connection), dashboards)
        for state in linking:
            state.dashboards = there


def _show(
    run: Run,
    states: Sequence[State],
    plans: Sequence[Sequence[Step]],
    unread: Sequence[str],
    with_differences: bool,
) -> None:
    if unread:
        run.say(f'Plan: not known for {", ".join(unread)}')
    if states:
        run.say(f'Plan: {summary([step for plan in plans for step in plan])}')
        _say_all(run, (kind_line(state, plan) for state, plan in zip(states, plans, strict=True)))
    for state, plan in zip(states, plans, strict=True):
        _say_all(run, plan_lines(state, plan, with_differences))


def _say_all(run: Run, lines: Iterable[str]) -> None:
    for line in lines:
        run.say(line)
