# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The message of a monitor as it would be sent: blocks such as `{{#is_alert}}` kept or left out, variables filled in.

Source: https://docs.datadoghq.com/monitors/notify/variables/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import prod

from markdown_it import MarkdownIt

from toolkit.evaluation.monitor_states import Group, MonitorState, Status

_PART = re.compile(r'\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}')

_EVAL = re.compile(r'eval "(?P<variable>\w+)(?P<sign>[+-])(?P<factors>\d+(?:\*\d+)*)"')

# HTML in notes and messages stays text, and so does what only looks like a link.
_MARKDOWN = MarkdownIt('commonmark', {'html': False, 'linkify': False}).enable(['table', 'strikethrough'])

_BLOCKS = {
    'is_alert': {Status.ALERT},
    'is_warning': {Status.WARN},
    'is_no_data': {Status.NO_DATA},
    'is_recovery': {Status.OK},
    'is_alert_recovery': {Status.OK},
}


class MessageError(ValueError):
    """A message cannot be filled in: a block is not closed, or closes another."""


@dataclass(frozen=True)
class Situation:
    """What a message tells of: the state of a group, at a time in seconds since 1970."""

    group: Group
    state: MonitorState
    time: float


def filled(message: str, definition: Mapping, situation: Situation, is_markdown: bool = True) -> str:
    """
    Return the message of a monitor, which is Markdown, or its name, which is not, in a situation.

    A variable that is not known here stays as it is, so that it shows. Raises `MessageError`.
    """
    values = _values(definition, situation, is_markdown)
    kept: list[str] = []
    open_blocks: list[tuple[str, bool]] = []
    end = 0
    for part in _PART.finditer(message):
        _keep(kept, message[end : part.start()], open_blocks)
        end = part.end()
        sign, content = part.groups()
        if sign in ('#', '^'):
            open_blocks.append((content.split(' ')[0], _holds(content, values, situation) is (sign == '#')))
        elif sign == '/':
            if not open_blocks or open_blocks[-1][0] != content:
                raise MessageError(f'{{{{/{content}}}}} closes no block that is open')
            open_blocks.pop()
        else:
            _keep(kept, values.get(content, _evaluated(content, values) or part[0]), open_blocks)
    if open_blocks:
        raise MessageError(f'the block {{{{#{open_blocks[-1][0]}}}}} is not closed')
    _keep(kept, message[end:], open_blocks)
    return re.sub(r'\n{3,}', '\n\n', ''.join(kept)).strip()


def html_of(markdown: str) -> str:
    """Return Markdown as HTML. HTML in it is shown as text, links have http, https or a path of Datadog."""
    return _MARKDOWN.render(markdown)


def _keep(kept: list[str], text: str, open_blocks: list[tuple[str, bool]]) -> None:
    if all(is_shown for _, is_shown in open_blocks):
        kept.append(text)


def _holds(content: str, values: Mapping[str, str], situation: Situation) -> bool:
    name, *arguments = re.findall(r'"[^"]*"|\S+', content)
    if name in _BLOCKS:
        return situation.state.status in _BLOCKS[name]
    if name in ('is_match', 'is_exact_match') and len(arguments) > 1:
        value = values.get(arguments[0].strip('"'), '')
        wanted = [argument.strip('"') for argument in arguments[1:]]
        return any(text == value if name == 'is_exact_match' else text in value for text in wanted)
    return False


def _values(definition: Mapping, situation: Situation, is_markdown: bool) -> dict[str, str]:
    thresholds = definition.get('options', {}).get('thresholds') or {}
    value = situation.state.value
    values = {
        'value': '' if value is None else f'{value:.6g}',
        'threshold': _number(thresholds.get('critical')),
        'warn_threshold': _number(thresholds.get('warning')),
        'alert_recovery_threshold': _number(thresholds.get('critical_recovery')),
        'warn_recovery_threshold': _number(thresholds.get('warning_recovery')),
        'ok_threshold': _number(thresholds.get('ok')),
        'comparator': next(iter(re.findall(r'([<>]=?|==)\s*-?[\d.]+\s*$', definition['query'])), ''),
        'last_triggered_at': datetime.fromtimestamp(situation.time, UTC).strftime('%a %b %d %Y %H:%M:%S UTC'),
        'last_triggered_at_epoch': str(round(situation.time * 1000)),
        'check_message': '',
    }
    for tag in situation.group:
        key, _, tag_value = tag.partition(':')
        for name in (key, f'[{key}]'):
            values[f'{name}.name'] = _escaped(tag_value) if is_markdown else tag_value
    return values


def _evaluated(content: str, values: Mapping[str, str]) -> str | None:
    """
    Return the value of `eval "variable+products"` and the like, or None if it is none that is known here.

    Source: https://docs.datadoghq.com/monitors/guide/template-variable-evaluation/
    """
    found = _EVAL.fullmatch(content)
    if found is None or not values.get(found['variable'], '').lstrip('-').isdigit():
        return None
    change = prod(map(int, found['factors'].split('*')))
    return str(int(values[found['variable']]) + (change if found['sign'] == '+' else -change))


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:g}'


def _escaped(text: str) -> str:
    """Keep the value of a tag from being read as Markdown: it may be anything that a label may be."""
    return re.sub(r'([\\`*_{}\[\]<>()#!|~])', r'\\\1', text)
