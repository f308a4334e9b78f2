# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The commands `install` and `uninstall`, and what people read of them: the plan, and what is left to do by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlencode

from toolkit.installer.assets import files
from toolkit.installer.assets.choice import Choice, Chosen, choose, is_chosen
from toolkit.installer.assets.files import Facet, SavedView
from toolkit.installer.assets.model import MUTED_TAG, Asset, difference
from toolkit.installer.datadog.connection import ApiFailure, Connection, Reach
from toolkit.installer.datadog.kinds import Dashboards, Kind, Pipelines, Slos
from toolkit.installer.datadog.metrics import features_in_use
from toolkit.installer.datadog.monitors import Monitors, Muting
from toolkit.installer.plan import Action, Step
from toolkit.installer.run import Run, State
from toolkit.installer.settings import Settings

KINDS: dict[str, Callable[[Connection], Kind]] = {
    'dashboards': Dashboards,
    'monitors': Monitors,
    'slos': Slos,
    'pipelines': Pipelines,
}
_SIGNS = {
    Action.CREATE: '+',
    Action.UPDATE: '~',
    Action.SEAL: '~',
    Action.DELETE: '-',
    Action.KEEP: '!',
    Action.DOUBT: '?',
}
_EXPLORERS = {'logs': '/logs', 'trace': '/apm/traces', 'process': '/process', 'container': '/containers'}


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


def plan_lines(state: State, steps: Sequence[Step], with_differences: bool) -> Iterator[str]:
    """Return a line for every step that is one, followed by what would change if `with_differences`."""
    for step in steps:
        if step.action is Action.NOTHING:
            continue
        address = f'  {state.kind.page(step.existing.id)}' if step.existing else ''
        name = f'{state.kind.name} {step.title!r}' + (f' ({step.asset.id})' if step.asset else '')
        yield f'  {_SIGNS[step.action]} {step.action.value:<8} {name}: {step.reason}{address}'
        if with_differences and step.asset and step.existing and step.action in (Action.UPDATE, Action.KEEP):
            yield from (f'      {line}' for line in difference(step.existing.content, step.asset.content))
    for one in state.foreign:
        address = state.kind.page(one.id)
        yield f'  ? foreign  {state.kind.name} {one.title!r}: not made by the installer, left alone  {address}'


def summary(steps: Sequence[Step]) -> str:
    """Return how many steps of each action there are."""
    counts = Counter(step.action for step in steps)
    return ', '.join(f'{action.value}: {counts[action]}' for action in Action if counts[action]) or 'nothing to do'


def kind_line(state: State, steps: Sequence[Step]) -> str:
    """Return how many steps there are for a kind, and how many of its assets are not chosen."""
    there = {step.asset.id for step in steps if step.asset}
    left = sum(asset.id not in there for asset in state.assets)
    return f'  {state.kind.name}s: {summary(steps)}' + (f', not chosen: {left}' if left else '')


def counted(number: int, name: str) -> str:
    """Return a number of things, such as "2 monitors"."""
    return f'{number} {name}' if number == 1 else f'{number} {name}s'


def installed_line(states: Sequence[State]) -> str:
    """Return how much is installed."""
    counts = (counted(len(state.installed), state.kind.name) for state in states if state.installed)
    return f'Installed: {", ".join(counts) or "nothing"}.'


def facet_lines(facets: Sequence[Facet], settings: Settings) -> Iterator[str]:
    """Return how to add the facets: Datadog has no API for it."""
    if not facets:
        return
    yield 'Facets of logs cannot be made through the API. To filter and group by an attribute in the Log Explorer, open'
    yield f'{settings.page("/logs")}, click a log, then the attribute, and choose to create a facet:'
    for group, members in groupby(sorted(facets, key=lambda facet: facet.group), key=lambda facet: facet.group):
        yield f'  {group}: ' + ', '.join(f'@{facet.path}' for facet in members)


def saved_view_lines(views: Sequence[SavedView], settings: Settings) -> Iterator[str]:
    """Return how to add the saved views: Datadog has no API for it."""
    if not views:
        return
    yield 'Saved views cannot be made through the API either. Open each link, then "Save as new view" with the name:'
    for view in views:
        parameters = {'query': view.query, **({'cols': ','.join(view.columns)} if view.columns else {})}
        address = settings.page(f'{_EXPLORERS.get(view.type, "/logs")}?{urlencode(parameters, quote_via=quote)}')
        page = '' if view.page == 'stream' else f' (on the page {view.page!r})'
        yield f'  {view.name}{page}  {address}'
