# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From the places of a dashboard, a monitor or an SLO to what was found there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from toolkit.migration.changes import NEW_SERVICE_CHECK, OLD_SERVICE_CHECK, POD_TAG, Kind, Mode
from toolkit.migration.findings import Finding, Reason, Verdict
from toolkit.migration.places import Metric, Place, Query, Request, ServiceCheck, TagText, places_in
from toolkit.migration.rewriting import CHANGES, COUNT, GONE, RATE, RATE_FUNCTIONS, Rewriter
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_formula, parse_monitor, parse_query
from toolkit.queries.syntax import (
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Expression,
    MetricMonitor,
    Reference,
    expressions_within,
    references_of,
)

_NAME = re.compile(r'(?<![\w.-])cilium\.[\w.]*\w')
_EXCERPT = 25

NEW_THRESHOLD = 'the threshold is compared with what came in the window, not with a total: set a new one'
MEAN = 'the mean was over the life of the process, and is over the window'


@dataclass(frozen=True)
class Judge:
    """Judges for users of one mode of the bundled check."""

    mode: Mode
    variables: Mapping[str, str] = field(default_factory=dict)
    """The tag key of each template variable of the dashboard."""

    def dashboard(self, document: Mapping[str, object]) -> list[Finding]:
        """Return what was found in a dashboard."""
        variables = document.get('template_variables')
        prefixes = {
            str(variable['name']): str(variable['prefix'])
            for variable in (variables if isinstance(variables, list) else ())
            if isinstance(variable, dict) and variable.get('name') and variable.get('prefix')
        }
        return list(replace(self, variables=prefixes).all(places_in(document)))

    def monitor(self, document: Mapping[str, object]) -> list[Finding]:
        """Return what was found in a monitor."""
        # Its own tags are not those of its metrics.
        rest = {key: value for key, value in document.items() if key not in ('query', 'tags')}
        found = self._monitor_query(str(document.get('query') or ''))
        return [*([found] if found else ()), *self.all(places_in(rest))]

    def slo(self, document: Mapping[str, object]) -> list[Finding]:
        """Return what was found in an SLO."""
        return list(self.all(places_in({key: value for key, value in document.items() if key != 'tags'})))

    def all(self, places: Iterable[Place]) -> Iterator[Finding]:
        """Yield what was found at some places."""
        for place in places:
            match place:
                case Query(path, text):
                    yield from self._query(path, text)
                case Request():
                    yield from self._request(place)
                case Metric(path, text) if self.mode is Mode.LEGACY and text in GONE:
                    new = CHANGES[text][Kind.RENAMED].new
                    yield Finding(path, text, new, (Reason(Verdict.BREAKS, f'`{text}` is `{new}`'),))
                case ServiceCheck(path, text) if self.mode is Mode.LEGACY and text == OLD_SERVICE_CHECK:
                    yield Finding(path, text, NEW_SERVICE_CHECK, (_health(),))
                case TagText(path, text) if text.partition(':')[0] == POD_TAG:
                    yield Finding(path, text, None, (_pod_tag(),))
                case Metric() | ServiceCheck() | TagText():
                    pass
                case _:
                    yield from self._mention(place.path, place.text)

    def _query(self, path: str, text: str) -> Iterator[Finding]:
        try:
            parsed = parse_query(text)
        except QueryError as error:
            yield from self._unread(path, text, error)
            return
        rewriter = self._rewriter()
        yield from _finding(path, text, parsed, rewriter.expression(parsed), rewriter)

    def _request(self, request: Request) -> Iterator[Finding]:
        formulas: list[tuple[Query, Expression]] = []
        for formula in request.formulas:
            try:
                formulas.append((formula, parse_formula(formula.text)))
            except QueryError:
                continue  # It names queries, no metrics.
        wrapped = _functions_by_reference(parsed for _, parsed in formulas)
        forms: dict[str, str] = {}
        for name, query in request.queries.items():
            try:
                parsed = parse_query(query.text)
            except QueryError as error:
                yield from self._unread(query.path, query.text, error)
                continue
            # A formula that asks for a rate of a total gets the rate of a count.
            rates = [RATE_FUNCTIONS[function][0] if function else COUNT for function in wrapped.get(name, {''})]
            rewriter = self._rewriter(wanted=RATE if set(rates) == {RATE} else COUNT)
            yield from _finding(query.path, query.text, parsed, rewriter.expression(parsed), rewriter)
            if rewriter.turned:
                forms[name] = rewriter.wanted
        for formula, parsed in formulas:
            rewriter = self._rewriter(forms=forms)
            yield from _finding(formula.path, formula.text, parsed, rewriter.expression(parsed), rewriter)

    def _rewriter(self, forms: Mapping[str, str] | None = None, wanted: str = COUNT) -> Rewriter:
        return Rewriter(self.mode, self.variables, forms or {}, wanted)

    def _monitor_query(self, text: str) -> Finding | None:
        try:
            monitor = parse_monitor(text)
        except QueryError as error:
            return next(self._unread('query', text, error), None)
        rewriter = self._rewriter()
        new: MetricMonitor | ChangeMonitor | CheckMonitor
        match monitor:
            case MetricMonitor() | ChangeMonitor():
                expression = rewriter.expression(monitor.expression)
                new = replace(monitor, expression=expression)
                if COUNT in rewriter.turned:
                    rewriter.say(Verdict.CHANGES, MEAN if _is_mean(expression) else NEW_THRESHOLD)
                    if isinstance(new, MetricMonitor) and new.aggregator == 'avg':
                        # https://docs.datadoghq.com/monitors/guide/as-count-in-monitor-evaluations/
                        new = replace(new, aggregator='sum')
            case CheckMonitor():
                new = monitor
                if self.mode is Mode.LEGACY and monitor.check == OLD_SERVICE_CHECK:
                    rewriter.reasons.append(_health())
                    new = replace(monitor, check=NEW_SERVICE_CHECK)
                tags = (*monitor.over, *monitor.excluded, *monitor.keys)
                if any(tag.partition(':')[0] == POD_TAG for tag in tags):
                    rewriter.reasons.append(_pod_tag())
            case _:
                return next(self._mention('query', text), None)
        return next(_finding('query', text, monitor, new, rewriter), None)

    def _unread(self, path: str, text: str, error: QueryError) -> Iterator[Finding]:
        if names := self._named(text):
            start = max(0, error.position - _EXCERPT)
            excerpt = text[start : error.position + _EXCERPT]
            reason = f'names {names}, and cannot be parsed: {error.problem}, at character {error.position}: {excerpt!r}'
            yield Finding(path, text, None, (Reason(Verdict.UNREAD, reason),))

    def _mention(self, path: str, text: str) -> Iterator[Finding]:
        if names := self._named(text, GONE | {OLD_SERVICE_CHECK}):
            reason = f'names {names} in a text or in a query of something else than metrics'
            yield Finding(path, text, None, (Reason(Verdict.ALIKE, reason),))

    def _named(self, text: str, names: frozenset[str] = frozenset((*CHANGES, OLD_SERVICE_CHECK))) -> str:
        """Return which names that change a text has, for people."""
        found = [name for name in _NAME.findall(text) if name in names] if self.mode is Mode.LEGACY else []
        if re.search(rf'(?<![\w.-]){POD_TAG}(?![\w.-])', text):
            found.append(POD_TAG)
        return ', '.join(f'`{name}`' for name in dict.fromkeys(found))


def _finding(path: str, text: str, old: object, new: object, rewriter: Rewriter) -> Iterator[Finding]:
    # What only looks alike is of interest where nothing else was found.
    reasons = [reason for reason in rewriter.reasons if reason.verdict is not Verdict.ALIKE] or rewriter.reasons
    if reasons:
        yield Finding(path, text, None if new == old else str(new), tuple(reasons))


def _functions_by_reference(formulas: Iterable[Expression]) -> dict[str, set[str]]:
    """Return, for each query that formulas use, the functions for rates that stand around it; '' where none does."""
    found: dict[str, set[str]] = {}
    for formula in formulas:
        wrapped = [
            (part.operand.name, part.function)
            for part in expressions_within(formula)
            if isinstance(part, Call) and part.function in RATE_FUNCTIONS and isinstance(part.operand, Reference)
        ]
        for name, function in wrapped:
            found.setdefault(name, set()).add(function)
        for name in set(references_of(formula)) - {name for name, _ in wrapped}:
            found.setdefault(name, set()).add('')
    return found


def _is_mean(expression: Expression) -> bool:
    match expression:
        case Binary('/', left, right):
            names = [getattr(part, 'metric', '') for part in (left, right)]
            return names[0].endswith('.sum') and names[1] == names[0].removesuffix('.sum') + '.count'
    return False


def _health() -> Reason:
    return Reason(Verdict.BREAKS, f'`{OLD_SERVICE_CHECK}` is `{NEW_SERVICE_CHECK}`')


def _pod_tag() -> Reason:
    return Reason(Verdict.UNSURE, f'`{POD_TAG}` is there only if `auto_conf.yaml` or your `tags` set it')
