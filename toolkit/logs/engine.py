# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What Datadog's log search and grok parser do, executed by the VRL engine of Vector (package `vector-vrl`).

VRL has both as functions: `match_datadog_query` and `parse_groks`. Compiling a program costs more than running it, so
all functions here take many logs or texts at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import vector_vrl

_GROK_HEAD = '.out = null\n'
_GROK_RULE = """\
if .out == null {{
    parsed, failure = parse_groks(.text, patterns: [{pattern}], aliases: {aliases})
    if failure == null {{
        .out = encode_json({{"rule": {name}, "attributes": parsed}})
    }}
}}
"""


class EngineError(ValueError):
    """A query or a grok rule is not valid. The message quotes it and says what the engine found."""


@dataclass(frozen=True)
class GrokRule:
    """A match rule of a grok parser: its name and its pattern, such as `%{word:level} %{data:msg}`."""

    name: str
    pattern: str


@dataclass(frozen=True)
class GrokMatch:
    """The first rule of a grok parser that matched a text, and the attributes that it extracted."""

    rule: str
    attributes: dict[str, object]


def read_rules(text: str) -> list[GrokRule]:
    """Return the rules of a block as pipelines hold them: a rule in each line, its name, a space, its pattern."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rules = []
    for line in lines:
        name, _, pattern = line.partition(' ')
        if not pattern:
            raise EngineError(f'grok rule {line!r} has no pattern. Write the name, a space and the pattern')
        rules.append(GrokRule(name, pattern.strip()))
    return rules


def parse_grok(
    match_rules: Sequence[GrokRule], support_rules: Sequence[GrokRule], texts: Sequence[str]
) -> list[GrokMatch | None]:
    """
    Return for each text what the first matching rule extracts, or None if no rule matches.

    Raises `EngineError` for a rule that does not compile.
    """
    aliases = '{' + ', '.join(f'{_literal(rule.name)}: {_literal(rule.pattern)}' for rule in support_rules) + '}'
    program = _GROK_HEAD + ''.join(
        _GROK_RULE.format(name=_literal(rule.name), pattern=_literal(rule.pattern), aliases=aliases)
        for rule in match_rules
    )
    matches: list[GrokMatch | None] = []
    for answer in _execute(program, [{'text': text} for text in texts], ', '.join(rule.name for rule in match_rules)):
        if answer.get('out') is None:
            matches.append(None)
        else:
            found = json.loads(answer['out'])
            matches.append(GrokMatch(found['rule'], found['attributes']))
    return matches


def matches_query(query: str, events: Sequence[Mapping[str, object]]) -> list[bool]:
    """
    Return for each event whether Datadog's log search `query` finds it.

    An event has the keys `message`, `status`, `service`, `source`, `tags` (`key:value`) and `custom`, the attributes.
    Raises `EngineError` for a query that is not valid.
    """
    if query.strip() in ('', '*'):
        return [True] * len(events)
    program = f'.out = match_datadog_query(object!(parse_json!(.event)), {_literal(query)})'
    answers = _execute(program, [{'event': json.dumps(event)} for event in events], query)
    return [bool(answer['out']) for answer in answers]


def _literal(text: str) -> str:
    """Return VRL's literal of a text. Braces are escaped because two of them would begin a template."""
    return json.dumps(text, ensure_ascii=False).replace('{', '\\{').replace('}', '\\}')


def _execute(program: str, events: Sequence[Mapping[str, str]], subject: str) -> list[dict[str, str]]:
    try:
        answers = vector_vrl.execute_vrl(program, [json.dumps(event) for event in events])
    except ValueError as error:
        raise EngineError(f'not valid: {subject}: {error}') from error
    for answer in answers:
        if answer.get('error') is not None:
            raise EngineError(f'not valid: {subject}: {answer["error"]}')
    return answers
