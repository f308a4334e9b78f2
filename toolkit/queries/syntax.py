# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The parts of Datadog's queries.

They are made by `parsing`. The text of each, as `str()` gives it, is its canonical form: parsed again it is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# ---- scope: which series a query takes


@dataclass(frozen=True)
class Everything:
    """`*`: every series."""

    def __str__(self) -> str:
        return '*'


@dataclass(frozen=True)
class Tag:
    """
    `key:value`, or a tag without a key, whose `key` is empty.

    The value may have the wildcard `*`, and may have `$variable.value` for the value of a template variable.
    """

    key: str
    value: str

    def __str__(self) -> str:
        return f'{self.key}:{self.value}' if self.key else self.value


@dataclass(frozen=True)
class TagIn:
    """`key IN (value, value)`: one of the values, each as in `Tag`."""

    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f'{self.key} IN ({", ".join(self.values)})'


@dataclass(frozen=True)
class Variable:
    """`$name`: what the reader of a dashboard has chosen for a template variable, as `key:value`."""

    name: str

    def __str__(self) -> str:
        return f'${self.name}'


@dataclass(frozen=True)
class NoneOf:
    """`!` or `NOT`: the series that the scope within does not take. `NOT IN` is `NoneOf` a `TagIn`."""

    scope: Scope

    def __str__(self) -> str:
        return _scope_text(self)


@dataclass(frozen=True)
class AllOf:
    """Comma or `AND`: two or more scopes that all have to take a series. None of them is an `AllOf` itself."""

    scopes: tuple[Scope, ...]

    def __str__(self) -> str:
        return _scope_text(self)


@dataclass(frozen=True)
class AnyOf:
    """`OR`: two or more scopes one of which has to take a series. None of them is an `AnyOf` itself."""

    scopes: tuple[Scope, ...]

    def __str__(self) -> str:
        return _scope_text(self)


Scope = Everything | Tag | TagIn | Variable | NoneOf | AllOf | AnyOf

VALUE_OF_VARIABLE = re.compile(r'\$([A-Za-z0-9_-]+)\.value')
"""What stands, in the value of a tag, for the value of a template variable."""


def scopes_within(scope: Scope) -> Iterator[Scope]:
    """Yield a scope and all scopes that it is made of."""
    yield scope
    for inner in _inner_scopes(scope):
        yield from scopes_within(inner)


def asked_for(scope: Scope) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the keys that a scope asks for, and the values, or patterns, that it takes. What it leaves out is not."""
    match scope:
        case Tag(key, value):
            yield key, (value,)
        case TagIn(key, values):
            yield key, values
        case AllOf(scopes) | AnyOf(scopes):
            for inner in scopes:
                yield from asked_for(inner)


def _inner_scopes(scope: Scope) -> tuple[Scope, ...]:
    match scope:
        case NoneOf(inner):
            return (inner,)
        case AllOf(scopes) | AnyOf(scopes):
            return scopes
        case _:
            return ()


def _scope_text(scope: Scope) -> str:
    # Commas and `!` cannot say everything, and must not be mixed with words.
    if not any(isinstance(part, AnyOf | TagIn) for part in scopes_within(scope)) and not any(
        isinstance(part, NoneOf) and isinstance(part.scope, AllOf) for part in scopes_within(scope)
    ):
        return _in_symbols(scope)
    return _in_words(scope)


def _in_symbols(scope: Scope) -> str:
    match scope:
        case NoneOf(inner):
            return f'!{_in_symbols(inner)}'
        case AllOf(scopes):
            return ','.join(_in_symbols(inner) for inner in scopes)
        case _:
            return str(scope)


def _in_words(scope: Scope) -> str:
    match scope:
        case NoneOf(TagIn(key, values)):
            return f'{key} NOT IN ({", ".join(values)})'
        case NoneOf(inner):
            text = _in_words(inner)
            return f'NOT ({text})' if isinstance(inner, AllOf | AnyOf) else f'NOT {text}'
        case AllOf(scopes):
            texts = (f'({_in_words(s)})' if isinstance(s, AnyOf) else _in_words(s) for s in scopes)
            return ' AND '.join(texts)
        case AnyOf(scopes):
            return ' OR '.join(_in_words(inner) for inner in scopes)
        case _:
            return str(scope)


# ---- series


@dataclass(frozen=True)
class Rollup:
    """`.rollup(method, seconds)`: how the points of an interval become one, and how long it is. Either may be None."""

    method: str | None
    seconds: int | None

    def __str__(self) -> str:
        return f'.rollup({", ".join(str(part) for part in (self.method, self.seconds) if part is not None)})'


@dataclass(frozen=True)
class Fill:
    """`.fill(method, limit)`: what stands in gaps of up to `limit` seconds, 300 if it is None."""

    method: str
    limit: int | None

    def __str__(self) -> str:
        return f'.fill({self.method})' if self.limit is None else f'.fill({self.method}, {self.limit})'


@dataclass(frozen=True)
class MetricSeries:
    """
    `aggregator:metric{scope} by {keys}.modifiers()`.

    `aggregator` is None where the query leaves it out, which means avg. `form` is `as_count`, `as_rate` or None.
    """

    aggregator: str | None
    metric: str
    scope: Scope
    keys: tuple[str, ...] = ()
    form: str | None = None
    rollup: Rollup | None = None
    fill: Fill | None = None
    weighted: bool = False

    def __str__(self) -> str:
        aggregator = f'{self.aggregator}:' if self.aggregator else ''
        by = f' by {{{",".join(self.keys)}}}' if self.keys else ''
        form = f'.{self.form}()' if self.form else ''
        weighted = '.weighted()' if self.weighted else ''
        rollup, fill = self.rollup or '', self.fill or ''
        return f'{aggregator}{self.metric}{{{self.scope}}}{by}{form}{rollup}{fill}{weighted}'

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The tags that the scope names, each with one value: a `TagIn` gives one for each of its values."""
        tags: list[Tag] = []
        for scope in scopes_within(self.scope):
            if isinstance(scope, Tag):
                tags.append(scope)
            elif isinstance(scope, TagIn):
                tags += (Tag(scope.key, value) for value in scope.values)
        return tuple(tags)

    @property
    def scope_keys(self) -> frozenset[str]:
        """The tag keys that the scope names."""
        return frozenset(tag.key for tag in self.tags if tag.key)

    @property
    def variables(self) -> frozenset[str]:
        """The names of the template variables, without `$`, that the scope uses in one form or the other."""
        whole = {scope.name for scope in scopes_within(self.scope) if isinstance(scope, Variable)}
        return frozenset(whole.union(*(VALUE_OF_VARIABLE.findall(tag.value) for tag in self.tags)))


# ---- arithmetic


@dataclass(frozen=True)
class Number:
    """A number, which may be negative."""

    value: float

    def __str__(self) -> str:
        return str(int(self.value)) if float(self.value).is_integer() and abs(self.value) < 1e15 else repr(self.value)


@dataclass(frozen=True)
class Reference:
    """In a formula, the name of a query."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Negative:
    """`-expression`, of what is not a number."""

    operand: Expression

    def __str__(self) -> str:
        return f'-{_operand(self.operand, _PRECEDENCE["negative"])}'


@dataclass(frozen=True)
class Binary:
    """`left operator right`; the operator is one of `+ - * / % **`."""

    operator: str
    left: Expression
    right: Expression

    def __str__(self) -> str:
        precedence = _PRECEDENCE[self.operator]
        # Equal operators go from left to right, powers from right to left.
        left, right = (precedence + 1, precedence) if self.operator == '**' else (precedence, precedence + 1)
        return f'{_operand(self.left, left)} {self.operator} {_operand(self.right, right)}'


@dataclass(frozen=True)
class Text:
    """A word in quotes among the arguments of a function."""

    value: str

    def __str__(self) -> str:
        return quoted(self.value) if set(self.value) & set('\'"\\') else f"'{self.value}'"


@dataclass(frozen=True)
class Call:
    """`function(operand, arguments, keyword=argument)`."""

    function: str
    operand: Expression
    arguments: tuple[Number | Text, ...] = ()
    keywords: tuple[tuple[str, Number | Text], ...] = ()

    def __str__(self) -> str:
        keywords = (f'{name}={value}' for name, value in self.keywords)
        return f'{self.function}({", ".join((str(self.operand), *map(str, self.arguments), *keywords))})'


Expression = Number | Reference | MetricSeries | Negative | Binary | Call

_PRECEDENCE = {'+': 1, '-': 1, '*': 2, '/': 2, '%': 2, 'negative': 3, '**': 4, 'atom': 5}


def _operand(expression: Expression, at_least: int) -> str:
    match expression:
        case Binary():
            precedence = _PRECEDENCE[expression.operator]
        case Negative() | Number(value=-0.0):
            precedence = _PRECEDENCE['negative']
        case Number(value) if value < 0:
            precedence = _PRECEDENCE['negative']
        case _:
            precedence = _PRECEDENCE['atom']
    return f'({expression})' if precedence < at_least else str(expression)


def expressions_within(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all expressions that it is made of, from left to right."""
    yield expression
    match expression:
        case Negative(operand) | Call(operand=operand):
            yield from expressions_within(operand)
        case Binary(left=left, right=right):
            yield from expressions_within(left)
            yield from expressions_within(right)


def series_of(expression: Expression) -> list[MetricSeries]:
    """Return every metric query in an expression, from left to right."""
    return [part for part in expressions_within(expression) if isinstance(part, MetricSeries)]


def references_of(expression: Expression) -> list[str]:
    """Return the names of the queries that a formula uses, from left to right, each once."""
    return list(dict.fromkeys(part.name for part in expressions_within(expression) if isinstance(part, Reference)))


# ---- monitors


@dataclass(frozen=True)
class Window:
    """
    `last_5m`: a stretch of time. `kind` is last, next (forecasts) or current (since the hour, day or month began).

    `unit` is one of m, h, d, w and mo.
    """

    kind: str
    amount: int
    unit: str

    def __str__(self) -> str:
        return f'{self.kind}_{self.amount}{self.unit}'

    @property
    def seconds(self) -> int:
        """Its length. A month has 30 days here."""
        return self.amount * {'m': 60, 'h': 3600, 'd': 86400, 'w': 7 * 86400, 'mo': 30 * 86400}[self.unit]


@dataclass(frozen=True)
class MetricMonitor:
    """`aggregator(window):expression comparison threshold`."""

    aggregator: str
    window: Window
    expression: Expression
    comparison: str
    threshold: float

    def __str__(self) -> str:
        threshold = Number(self.threshold)
        return f'{self.aggregator}({self.window}):{self.expression} {self.comparison} {threshold}'


@dataclass(frozen=True)
class ChangeMonitor:
    """
    `change(aggregator(window),shift):expression comparison threshold`.

    It compares with `shift` before; `change` is `change` or `pct_change` (in percent).
    """

    change: str
    aggregator: str
    window: Window
    shift: Window
    expression: Expression
    comparison: str
    threshold: float

    def __str__(self) -> str:
        over = f'{self.change}({self.aggregator}({self.window}),{self.shift})'
        return f'{over}:{self.expression} {self.comparison} {Number(self.threshold)}'


@dataclass(frozen=True)
class CheckMonitor:
    """
    `"check".over("tag").exclude("tag").by("key").last(n).count_by_status()`.

    It counts, in each group, the last `last` statuses of a service check. All tags of `over` have to be there.
    """

    check: str
    over: tuple[str, ...]
    excluded: tuple[str, ...]
    keys: tuple[str, ...]
    last: int

    def __str__(self) -> str:
        exclude = f'.exclude({_strings(self.excluded)})' if self.excluded else ''
        by = f'.by({_strings(self.keys)})' if self.keys else ''
        return f'{quoted(self.check)}.over({_strings(self.over)}){exclude}{by}.last({self.last}).count_by_status()'


@dataclass(frozen=True)
class LogMonitor:
    """
    `logs("search").index("name").rollup("method", "measure").by("keys").last("window") comparison threshold`.

    `measure` is None when the method is `count`.
    """

    search: str
    index: str
    method: str
    measure: str | None
    keys: tuple[str, ...]
    window: Window
    comparison: str
    threshold: float

    def __str__(self) -> str:
        rollup = _strings((self.method,) if self.measure is None else (self.method, self.measure))
        by = f'.by({quoted(",".join(self.keys))})' if self.keys else ''
        last = f'{self.window.amount}{self.window.unit}'
        source = f'logs({quoted(self.search)}).index({quoted(self.index)})'
        return f'{source}.rollup({rollup}){by}.last("{last}") {self.comparison} {Number(self.threshold)}'


Monitor = MetricMonitor | ChangeMonitor | CheckMonitor | LogMonitor


def depth_of(parsed: Expression | Scope | Monitor) -> int:
    """Return how many parts of a query are inside each other at most."""
    inner: tuple[Expression | Scope, ...]
    match parsed:
        case MetricMonitor() | ChangeMonitor():
            inner = (parsed.expression,)
        case Binary():
            inner = (parsed.left, parsed.right)
        case Negative() | Call():
            inner = (parsed.operand,)
        case MetricSeries():
            inner = (parsed.scope,)
        case NoneOf() | AllOf() | AnyOf():
            inner = _inner_scopes(parsed)
        case _:
            inner = ()
    return 1 + max(map(depth_of, inner), default=0)


def quoted(text: str) -> str:
    """Put a text in double quotes, as in a monitor's query."""
    escaped = text.replace('\\', '\\\\').replace('"', '\\"')
    return f'"{escaped}"'


def _strings(texts: tuple[str, ...]) -> str:
    return ','.join(quoted(text) for text in texts)
