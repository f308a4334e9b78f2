# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Tell what changes in a query, and write it as it should be: on the tree that `toolkit.queries` makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from toolkit.migration.changes import (
    BOUND,
    Kind,
    MetricChange,
    Mode,
    known_names,
    label_changes,
    metric_changes,
)
from toolkit.migration.findings import Reason, Verdict
from toolkit.migration.scopes import replaced, tags_with_sign
from toolkit.migration.tags import TagRewriter
from toolkit.queries.syntax import (
    Binary,
    Call,
    Expression,
    MetricSeries,
    Negative,
    Number,
    Reference,
    Scope,
    Tag,
    TagIn,
)

COUNT, RATE = 'as_count', 'as_rate'

RATE_FUNCTIONS = {
    'diff': (COUNT, 1),
    'monotonic_diff': (COUNT, 1),
    'per_second': (RATE, 1),
    'derivative': (RATE, 1),
    'per_minute': (RATE, 60),
    'per_hour': (RATE, 3600),
}
"""Functions that people apply to totals: the form of a count that means the same, and what it is multiplied by."""


def _changes_by_name() -> dict[str, dict[Kind, MetricChange]]:
    found: dict[str, dict[Kind, MetricChange]] = {}
    for change in metric_changes():
        found.setdefault(change.old, {})[change.kind] = change
    return found


CHANGES = _changes_by_name()
GONE = frozenset(name for name, kinds in CHANGES.items() if Kind.RENAMED in kinds)
"""Names that do not exist any more."""


@dataclass
class Rewriter:
    """
    Rewrites one query and collects the reasons.

    `variables` has the tag key of each template variable. `forms` says of the queries that a formula uses which became
    counts, and in which form; `wanted` is that form for the series of this query.
    """

    mode: Mode
    variables: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    wanted: str = COUNT
    reasons: list[Reason] = field(default_factory=list)
    turned: list[str] = field(default_factory=list)
    """The forms of the series that became counts."""

    def say(self, verdict: Verdict, text: str) -> None:
        """Add a reason, once."""
        if (reason := Reason(verdict, text)) not in self.reasons:
            self.reasons.append(reason)

    def expression(self, expression: Expression) -> Expression:
        """Return an expression as it should be."""
        match expression:
            case MetricSeries():
                return self.series(expression)
            case Call(function, Reference(name)) if function in RATE_FUNCTIONS and name in self.forms:
                form, factor = RATE_FUNCTIONS[function]
                if form != self.forms[name]:
                    self.say(Verdict.CHANGES, f'`{name}` is a count now: leave out `{function}()`, or use `.as_rate()`')
                    return expression
                self.say(Verdict.CHANGES, f'`{name}` is a count now, `{function}()` is not needed')
                return _times(Reference(name), factor)
            case Call(function, operand) if function in RATE_FUNCTIONS:
                form, factor = RATE_FUNCTIONS[function]
                before, outer = len(self.turned), self.wanted
                self.wanted = form
                inner = self.expression(operand)
                self.wanted = outer
                if isinstance(operand, MetricSeries) and len(self.turned) > before:
                    return _times(inner, factor)
                if len(self.turned) > before:
                    self.say(Verdict.CHANGES, f'counts stand in `{function}()` now: see whether it is still meant')
                return replace(expression, operand=inner)
            case Call(operand=operand) | Negative(operand):
                return replace(expression, operand=self.expression(operand))
            case Binary(left=left, right=right):
                return replace(expression, left=self.expression(left), right=self.expression(right))
        return expression

    def series(self, series: MetricSeries) -> MetricSeries:
        """Return a series as it should be."""
        if not series.metric.startswith('cilium.'):
            if any(series.metric.endswith(f'.{name}') for name in GONE):
                self.say(Verdict.ALIKE, f'`{series.metric}` is not a metric of this check')
            return series
        old = series.metric
        series = TagRewriter(self.say, self.variables).series(series, label_changes(self.mode))
        if self.mode is Mode.LEGACY:
            series = self._metric(series, CHANGES.get(old, {}))
        return series

    def _metric(self, series: MetricSeries, kinds: Mapping[Kind, MetricChange]) -> MetricSeries:
        old = series.metric
        if Kind.RENAMED in kinds:
            new = kinds[Kind.RENAMED].new
            self.say(Verdict.BREAKS, f'`{old}` is `{new}`')
            return replace(series, metric=new)
        if Kind.COUNT in kinds:
            return self._histogram(series, kinds[Kind.BUCKET])
        if Kind.SUM in kinds:
            return self._as_count(series)
        if old.endswith('.total'):
            same = old in known_names()
            self.say(
                Verdict.ALIKE, f'`{old}` stays as it is' if same else f'`{old}` is not a metric of the bundled check'
            )
        return series

    def _as_count(self, series: MetricSeries) -> MetricSeries:
        if series.form:
            self.say(Verdict.ALIKE, f'`{series.metric}` is a count here: `.{series.form}()` is right for it')
            return series
        self.turned.append(self.wanted)
        self.say(Verdict.CHANGES, f'`{series.metric}` was a total since the process began, and is a count')
        return replace(series, form=self.wanted)

    def _histogram(self, series: MetricSeries, bucket: MetricChange) -> MetricSeries:
        bounds = [found for found in tags_with_sign(series.scope) if found[0].key == BOUND]
        by_bound = BOUND in series.keys
        if not bounds and not by_bound:
            if not series.form:
                self.say(Verdict.CHANGES, f'`{series.metric}` held the buckets too, and holds the number alone')
            return self._as_count(series)
        values = {tag.value: (positive, alone) for tag, positive, alone in bounds}
        is_mixed = 'none' in values and not all(alone for _, alone in values.values())
        if is_mixed or 'inf' in values:
            self.say(Verdict.BREAKS, f'`{bucket.new}` has the buckets, `{series.metric}` the number: split the query')
            return series
        if values.get('none') == (True, True):
            self.say(Verdict.BREAKS, f'`{BOUND}:none` does not exist any more: `{series.metric}` is the number alone')
            keys = tuple(key for key in series.keys if key != BOUND)
            series = replace(series, keys=keys)
        else:
            self.say(Verdict.BREAKS, f'the buckets of `{series.metric}` are `{bucket.new}`')
            series = replace(series, metric=bucket.new)
        series = replace(series, scope=replaced(series.scope, _without_none))
        if series.form:
            return series
        self.turned.append(self.wanted)
        return replace(series, form=self.wanted)


def _without_none(part: Scope) -> Scope | None:
    match part:
        case Tag(key, 'none') if key == BOUND:
            return None
        case TagIn(key, ('none',)) if key == BOUND:
            return None
        case Tag(key, '0.0') if key == BOUND:
            return Tag(key, '0')
        case TagIn(key, values) if key == BOUND:
            return TagIn(key, tuple('0' if value == '0.0' else value for value in values))
    return part


def _times(expression: Expression, factor: int) -> Expression:
    return expression if factor == 1 else Binary('*', expression, Number(factor))
