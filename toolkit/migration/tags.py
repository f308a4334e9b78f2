# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Tell what changes in the tags that a series is filtered or grouped by, and write them as they should be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from toolkit.migration.changes import POD_TAG, SERVICES, LabelChange
from toolkit.migration.findings import Verdict
from toolkit.migration.scopes import replaced
from toolkit.queries.syntax import VALUE_OF_VARIABLE, MetricSeries, Scope, Tag, TagIn, Variable

API_SERVER = re.compile(r'.*:\d+|[\d.]+|.*:.*:.*')
"""How Cilium writes the address of an API server in the label `host`: with a port, or as an IP address."""


@dataclass(frozen=True)
class TagRewriter:
    """Rewrites the tags of series. `say` gets the reasons, `variables` has the tag key of each template variable."""

    say: Callable[[Verdict, str], None]
    variables: Mapping[str, str]

    def series(self, series: MetricSeries, changes: Iterable[LabelChange]) -> MetricSeries:
        """Return a series of this check with its tags as they should be."""
        for change in changes:
            if series.metric in change.metrics:
                series = replace(
                    series,
                    scope=replaced(series.scope, partial(self._tag, change)),
                    keys=tuple(self._key(key, change) for key in series.keys),
                )
            elif change.old == 'host' and ('host' in series.scope_keys or 'host' in series.keys):
                self.say(Verdict.ALIKE, f'`host` of `{series.metric}` is the host of the Agent')
        keys = dict.fromkeys(map(self._pod_key, series.keys))
        return replace(series, scope=replaced(series.scope, self._pod), keys=tuple(keys))

    def _tag(self, change: LabelChange, part: Scope) -> Scope:
        match part:
            case Tag(key, value) if key == change.old and not self._stays(change, (value,)):
                self.say(Verdict.BREAKS, f'`{key}:{value}` is `{change.new}:{value}`')
                return Tag(change.new, value)
            case TagIn(key, values) if key == change.old and not self._stays(change, values):
                self.say(Verdict.BREAKS, f'`{key}` with these values is `{change.new}`')
                return TagIn(change.new, values)
            case Variable(name) if self.variables.get(name) == change.old and change.old != 'host':
                self.say(
                    Verdict.BREAKS, f'`${name}` has values of `{change.old}`: give that variable the tag `{change.new}`'
                )
                return Tag(change.new, f'${name}.value')
        return part

    def _stays(self, change: LabelChange, values: tuple[str, ...]) -> bool:
        """Tell whether values are those of the tag that keeps the key: host of the Agent, component, URL."""
        match change.old:
            case 'host':
                stays = not any(API_SERVER.fullmatch(value) for value in values)
                of_reader = any('*' in value or VALUE_OF_VARIABLE.search(value) for value in values)
                if stays:
                    text = 'is the host of the Agent' + (', or the address of an API server' if of_reader else '')
                    self.say(Verdict.UNSURE if of_reader else Verdict.ALIKE, f'`host:{values[0]}` {text}')
                return stays
            case 'source':
                return all(value in SERVICES for value in values)
            case _:
                return all(value.startswith('http') for value in values)

    def _key(self, key: str, change: LabelChange) -> str:
        if key != change.old:
            return key
        if key == 'host':
            self.say(Verdict.UNSURE, f'`by {{host}}` is by host of the Agent: for API servers use `{change.new}`')
            return key
        self.say(Verdict.BREAKS, f'`by {{{key}}}` is `by {{{change.new}}}`')
        return change.new

    def _pod(self, part: Scope) -> Scope:
        if isinstance(part, Tag | TagIn) and part.key == POD_TAG:
            self.say(Verdict.UNSURE, f'`{POD_TAG}` is there only if `auto_conf.yaml` or your `tags` set it')
        return part

    def _pod_key(self, key: str) -> str:
        if key != POD_TAG:
            return key
        self.say(
            Verdict.UNSURE, f'`{POD_TAG}` is there only if `auto_conf.yaml` or your `tags` set it: `host` always is'
        )
        return 'host'
