# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What people read: the plan, what is installed where, and what is left to do by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from urllib.parse import quote, urlencode

from toolkit.installer.assets import Facet, SavedView
from toolkit.installer.content import difference
from toolkit.installer.plan import Action, Step
from toolkit.installer.settings import Settings
from toolkit.installer.state import State

_SIGNS = {
    Action.CREATE: '+',
    Action.UPDATE: '~',
    Action.SEAL: '~',
    Action.DELETE: '-',
    Action.KEEP: '!',
    Action.DOUBT: '?',
}
_EXPLORERS = {'logs': '/logs', 'trace': '/apm/traces', 'process': '/process', 'container': '/containers'}


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
