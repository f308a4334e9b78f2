# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From the tree that the grammar finds in a text to the parts of `syntax`. What the grammar cannot refuse is here."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple, NoReturn, TypedDict

from lark import Token, Transformer, v_args

from toolkit.queries.errors import QueryError
from toolkit.queries.syntax import (
    AllOf,
    AnyOf,
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Everything,
    Expression,
    Fill,
    LogMonitor,
    MetricMonitor,
    MetricSeries,
    Negative,
    NoneOf,
    Number,
    Reference,
    Rollup,
    Scope,
    Tag,
    TagIn,
    Text,
    Variable,
    Window,
)
from toolkit.yaml_files import read_yaml

FUNCTIONS = read_yaml(Path(__file__).parent / 'functions.yaml')

AGGREGATOR = re.compile(r'avg|sum|min|max|count|p\d{1,2}(\.\d+)?')
"""Of a series. Percentiles are for distributions only."""

MONITOR_AGGREGATORS = ('avg', 'sum', 'min', 'max')
CHANGES = ('change', 'pct_change')
FORMS = ('as_count', 'as_rate')
ROLLUPS = ('avg', 'sum', 'min', 'max', 'count')
FILLS = ('linear', 'last', 'zero', 'null')
LONGEST_FILL = 600
"""In seconds. Source: https://docs.datadoghq.com/dashboards/functions/interpolation/"""


class _Keyword(NamedTuple):
    name: Token
    value: Number | Text


class _Fields(TypedDict, total=False):
    """Those of a `MetricSeries` that modifiers set."""

    form: str
    rollup: Rollup
    fill: Fill
    weighted: bool


class _Modifier(NamedTuple):
    token: Token
    fields: _Fields
    """The one that it sets."""


class _Words(NamedTuple):
    """A method of the query of a check monitor or a log monitor that takes tags or keys."""

    name: str
    words: tuple[str, ...]


@v_args(inline=True)
class Builder(Transformer):
    """Makes the parts of `syntax` from the tree of one text. Raises `QueryError`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._scope_operators: list[Token] = []

    def _refuse(self, problem: str, token: Token) -> NoReturn:
        raise QueryError(problem, self._text, token.start_pos or 0)  # Only tokens that no text holds have no place.

    # ---- monitors

    def metric_monitor(
        self,
        aggregator: Token,
        window: Window,
        expression: Expression,
        comparison: Token,
        threshold: Number,
    ) -> MetricMonitor:
        self._check_word(aggregator, MONITOR_AGGREGATORS)
        return MetricMonitor(str(aggregator), window, expression, str(comparison), threshold.value)

    def change_monitor(
        self,
        change: Token,
        aggregator: Token,
        window: Window,
        shift: Window,
        expression: Expression,
        comparison: Token,
        threshold: Number,
    ) -> ChangeMonitor:
        self._check_word(change, CHANGES)
        self._check_word(aggregator, MONITOR_AGGREGATORS)
        return ChangeMonitor(str(change), str(aggregator), window, shift, expression, str(comparison), threshold.value)

    def check_monitor(self, check: str, *parts: _Words | int) -> CheckMonitor:
        words = dict(part for part in parts if not isinstance(part, int))
        (last,) = (part for part in parts if isinstance(part, int))
        return CheckMonitor(check, words['over'], words.get('exclude', ()), words.get('by', ()), last)

    def _check_word(self, word: Token, words: Sequence[str]) -> None:
        if word not in words:
            self._refuse(f'`{word}` is none of {", ".join(words)}', word)

    def over(self, *tags: str) -> _Words:
        return _Words('over', tags)

    def exclude(self, *tags: str) -> _Words:
        return _Words('exclude', tags)

    def by_strings(self, *keys: str) -> _Words:
        return _Words('by', keys)

    def last(self, number: Token) -> int:
        if not number.isdigit() or int(number) < 1:
            self._refuse('last() takes a whole number from 1 on', number)
        return int(number)

    def log_monitor(
        self,
        search: str,
        index: str,
        rollup: tuple[str, str | None],
        by: _Words | None,
        window: Window,
        comparison: Token,
        threshold: Number,
    ) -> LogMonitor:
        method, measure = rollup
        # Several keys are one text with commas.
        keys = tuple(key.strip() for text in by.words for key in text.split(',')) if by else ()
        return LogMonitor(search, index, method, measure, keys, window, str(comparison), threshold.value)

    def index(self, name: str) -> str:
        return name

    def log_rollup(self, rollup: Token, method: str, measure: str | None) -> tuple[str, str | None]:
        if (method == 'count') is not (measure is None):
            self._refuse('rollup() takes "count", or another method and what it measures', rollup)
        return method, measure

    def log_last(self, last: Token, length: str) -> Window:
        found = re.fullmatch(r'(\d+)([mhd])', length)
        if not found:
            self._refuse('last() takes a length of time such as "15m"', last)
        return Window('last', int(found[1]), found[2])

    def WINDOW(self, token: Token) -> Window:
        kind, length = token.split('_')
        return self._window(kind, length, token)

    def AGO(self, token: Token) -> Window:
        return self._window('last', token.removesuffix('_ago'), token)

    def _window(self, kind: str, length: str, token: Token) -> Window:
        amount = length.rstrip(ascii_lowercase)
        if int(amount) < 1:
            self._refuse('a window of no length', token)
        return Window(kind, int(amount), length.removeprefix(amount))

    def STRING(self, token: Token) -> str:
        # The search of a log monitor has backslashes of its own, before other characters.
        return re.sub(r'\\(["\\])', r'\1', token[1:-1])

    # ---- arithmetic

    def binary(self, left: Expression, operator: Token, right: Expression) -> Binary:
        return Binary(str(operator), left, right)

    def negative(self, operand: Expression) -> Expression:
        match operand:
            case Number(value):
                return Number(-value)
            case Negative(inner):
                return inner
            case _:
                return Negative(operand)

    def number(self, token: Token) -> Number:
        value = float(token)
        if not math.isfinite(value):
            self._refuse('this number is too large', token)
        return Number(value)

    def signed(self, minus: Token | None, token: Token) -> Number:
        number = self.number(token)
        return Number(-number.value) if minus else number

    def reference(self, name: Token) -> Reference:
        return Reference(str(name))

    def text(self, token: Token | str) -> Text:
        return Text(token[1:-1] if isinstance(token, Token) else token)

    def keyword(self, name: Token, value: Number | Text) -> _Keyword:
        return _Keyword(name, value)

    def call(self, function: Token, operand: Expression, *given: Number | Text | _Keyword) -> Call:
        if function not in FUNCTIONS:
            self._refuse(f'`{function}` is not a function', function)
        arguments = [item for item in given if not isinstance(item, _Keyword)]
        keywords = [item for item in given if isinstance(item, _Keyword)]
        if [*arguments, *keywords] != list(given):
            self._refuse(f'`{function}`: arguments with a name come last', function)
        self._check_arguments(function, arguments)
        self._check_keywords(function, keywords)
        named = tuple((str(name), value) for name, value in keywords)
        return Call(str(function), operand, tuple(arguments), named)

    def _check_arguments(self, function: Token, arguments: list[Number | Text]) -> None:
        kinds = FUNCTIONS[function].get('arguments', [])
        fewest = len(kinds) - FUNCTIONS[function].get('optional', 0)
        if not fewest <= len(arguments) <= len(kinds):
            wanted = str(fewest) if fewest == len(kinds) else f'{fewest} to {len(kinds)}'
            self._refuse(f'`{function}` takes {wanted} arguments after the series, not {len(arguments)}', function)
        for place, (argument, kind) in enumerate(zip(arguments, kinds, strict=False), 1):
            self._check_kind(f'argument {place} of `{function}` after the series', argument, kind, function)

    def _check_keywords(self, function: Token, keywords: list[_Keyword]) -> None:
        kinds = FUNCTIONS[function].get('keywords', {})
        seen = set()
        for name, value in keywords:
            if name not in kinds:
                self._refuse(f'`{function}` does not take `{name}`', name)
            if name in seen:
                self._refuse(f'`{name}` is there twice', name)
            seen.add(name)
            self._check_kind(f'`{name}` of `{function}`', value, kinds[name], name)

    def _check_kind(self, what: str, argument: Number | Text, kind: str | list[str], token: Token) -> None:
        text = argument.value if isinstance(argument, Text) else None
        if isinstance(kind, list):
            # Datadog's own examples write algorithms in upper and in lower case.
            if text is None or text.lower() not in (word.lower() for word in kind):
                self._refuse(f'{what} is one of {", ".join(kind)}, in quotes', token)
        elif kind == 'number' and text is not None:
            self._refuse(f'{what} is a number', token)
        elif kind == 'text' and text is None:
            self._refuse(f'{what} is a text in quotes', token)

    # ---- series

    def series(
        self,
        aggregator: Token | None,
        metric: Token,
        scope: Scope,
        keys: tuple[str, ...] | None,
        *modifiers: _Modifier,
    ) -> MetricSeries:
        if aggregator is not None and not AGGREGATOR.fullmatch(aggregator):
            self._refuse(f'`{aggregator}` is not an aggregator: avg, sum, min, max, count or a percentile', aggregator)
        if metric.endswith('.'):
            self._refuse('the name of a metric does not end with a dot', metric)
        fields: _Fields = {}
        for token, given in modifiers:
            if given.keys() & fields.keys():
                self._refuse(f'`{token}` is one too many', token)
            fields.update(given)
        return MetricSeries(aggregator and str(aggregator), str(metric), scope, keys or (), **fields)

    def by_keys(self, *keys: Token) -> tuple[str, ...]:
        for key in keys:
            if keys.count(key) > 1:
                self._refuse(f'`{key}` is there twice', key)
        return tuple(map(str, keys))

    def modifier(self, name: Token, *arguments: Token | None) -> _Modifier:
        given = [str(argument) for argument in arguments if argument is not None]
        if name == 'rollup':
            return _Modifier(name, {'rollup': self._rollup(name, given)})
        if name == 'fill':
            return _Modifier(name, {'fill': self._fill(name, given)})
        if name not in (*FORMS, 'weighted'):
            self._refuse(f'`.{name}()` is not a modifier of a series', name)
        if given:
            self._refuse(f'`.{name}()` takes no arguments', name)
        return _Modifier(name, {'weighted': True} if name == 'weighted' else {'form': str(name)})

    def _rollup(self, name: Token, given: Sequence[str]) -> Rollup:
        match given:
            case [method] if method in ROLLUPS:
                return Rollup(method, None)
            case [seconds] if seconds.isdigit() and int(seconds) > 0:
                return Rollup(None, int(seconds))
            case [method, seconds] if method in ROLLUPS and seconds.isdigit() and int(seconds) > 0:
                return Rollup(method, int(seconds))
            case _:
                self._refuse(f'`.rollup()` takes one of {", ".join(ROLLUPS)}, and a number of seconds', name)

    def _fill(self, name: Token, given: Sequence[str]) -> Fill:
        match given:
            case [method] if method in FILLS:
                return Fill(method, None)
            case [method, limit] if method in FILLS and limit.isdigit() and int(limit) <= LONGEST_FILL:
                return Fill(method, int(limit))
            case _:
                self._refuse(f'`.fill()` takes one of {", ".join(FILLS)}, and up to {LONGEST_FILL} seconds', name)

    # ---- scope

    def scope(self, scope: Scope) -> Scope:
        operators, self._scope_operators = self._scope_operators, []
        words = [token for token in operators if token.type not in ('COMMA', 'BANG')]
        symbols = [token for token in operators if token.type in ('COMMA', 'BANG')]
        if words and symbols:
            self._refuse(f'`{symbols[0]}` cannot be used together with {words[0]}: use AND and NOT', symbols[0])
        return scope

    def _scope_operator(self, token: Token) -> Token:
        self._scope_operators.append(token)
        return token

    AND = OR = NOT = IN = COMMA = BANG = _scope_operator

    def any_of(self, *parts: Scope | Token) -> Scope:
        scopes: list[Scope] = []
        for part in parts:
            if not isinstance(part, Token):
                scopes += part.scopes if isinstance(part, AnyOf) else (part,)
        return AnyOf(tuple(scopes))

    def all_of(self, *parts: Scope | Token) -> Scope:
        scopes: list[Scope] = []
        for part in parts:
            if not isinstance(part, Token):
                scopes += part.scopes if isinstance(part, AllOf) else (part,)
        return AllOf(tuple(scopes))

    def none_of(self, _operator: Token, scope: Scope) -> Scope:
        return scope.scope if isinstance(scope, NoneOf) else NoneOf(scope)

    def everything(self, _star: Token) -> Everything:
        return Everything()

    def variable(self, token: Token) -> Variable:
        return Variable(token[1:])

    def tag(self, token: Token) -> Tag:
        key, colon, value = token.partition(':')
        if not colon:
            key, value = '', str(token)
        elif not key or not value:
            self._refuse(f'`{token}` is not key:value', token)
        if '$' in key:
            self._refuse(f'`{token}`: a template variable stands alone or after the colon', token)
        self._check_variables(value, token)
        return Tag(key, value)

    def tag_in(self, key: Token, *rest: Token) -> Scope:
        operators = [token for token in rest if token.type in ('NOT', 'IN')]
        values = [token for token in rest if token.type == 'VALUE']
        if ':' in key or '$' in key:
            self._refuse(f'`{key}` is not a tag key', key)
        for value in values:
            self._check_variables(value, value)
        scope = TagIn(str(key), tuple(map(str, values)))
        return NoneOf(scope) if len(operators) == 2 else scope

    def _check_variables(self, value: str, token: Token) -> None:
        if re.search(r'\$(?![A-Za-z0-9_-]+\.value)', value):
            self._refuse(f'`{token}`: the value of a template variable is written $name.value', token)
