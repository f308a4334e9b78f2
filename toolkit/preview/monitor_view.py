# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the page of a monitor shows: its messages, and the values that it was evaluated to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.evaluation.monitor_states import Group, MonitorState, Status
from toolkit.preview.messages import MessageError, Situation, filled, html_of
from toolkit.preview.moment import Drawing
from toolkit.preview.units import UnitBook
from toolkit.preview.watch import WORST_FIRST, Change, Watched
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor

MOST_SERIES = 60


@dataclass(frozen=True)
class SentMessage:
    """A message: when it is sent, with which status, its subject as text and its body as HTML."""

    when: str
    status: Status
    subject: str
    body: str


def sent_messages(watched: Watched, changes: Sequence[Change], now: float) -> list[SentMessage]:
    """
    Return the messages of a monitor: for the worst of its groups now, the last alert among its changes, and after it.

    Without such an alert there is one that is made up: the value is the threshold.
    """
    states = sorted(watched.states.items(), key=lambda item: WORST_FIRST.index(item[1].status))
    group, state = states[0] if states else ((), MonitorState(Status.NO_DATA))
    situations = {'now': Situation(group, state, now)}
    if state.status is not Status.ALERT:
        last = next((change for change in changes if change.after is Status.ALERT), None)
        if last:
            situations['the last alert'] = Situation(last.group, MonitorState(Status.ALERT, last.value), last.time)
        else:
            threshold = (watched.monitor.definition.get('options', {}).get('thresholds') or {}).get('critical')
            situations['what an alert would be'] = Situation(group, MonitorState(Status.ALERT, threshold), now)
    if state.status is not Status.OK:
        situations['what the recovery would be'] = Situation(group, MonitorState(Status.OK, state.value), now)
    return [_message(watched, when, situation) for when, situation in situations.items()]


def _message(watched: Watched, when: str, situation: Situation) -> SentMessage:
    definition = watched.monitor.definition
    status = situation.state.status
    try:
        subject = filled(definition['name'], definition, situation, is_markdown=False)
        return SentMessage(when, status, subject, html_of(filled(definition['message'], definition, situation)))
    except MessageError as e:
        return SentMessage(when, status, definition['name'], html_of(f'This message is broken: {e}'))


def evaluated_series(watched: Watched, step: int, units: UnitBook) -> Drawing:
    """Return a drawing of the values that a monitor was evaluated to, with its thresholds. `step` is in seconds."""
    evaluations = list(watched.evaluations)
    if not evaluations:
        return {'kind': 'empty', 'text': watched.error or 'Not evaluated yet'}
    start, end = (evaluations[place][0] // step * step for place in (0, -1))
    count = round((end - start) / step) + 1
    values: dict[Group, list[float | None]] = {}
    for time, by_group in evaluations:
        for group, value in by_group.items():
            values.setdefault(group, [None] * count)[round((time // step * step - start) / step)] = value
    series = [
        {'label': group_label(group), 'values': line, 'display': 'line'}
        for group, line in sorted(values.items())
        if any(value is not None for value in line)
    ]
    if not series:
        return {'kind': 'empty', 'text': 'No data'}
    parsed = parse_monitor(watched.monitor.definition['query'])
    format = units.format_of_expression(parsed.expression) if isinstance(parsed, (MetricMonitor, ChangeMonitor)) else {}
    return {
        'kind': 'timeseries',
        'start': start,
        'step': step,
        'count': count,
        'series': series[:MOST_SERIES],
        'format': format,
        'legend': True,
        'markers': _thresholds(watched),
        'note': f'{len(series) - MOST_SERIES} more groups are not drawn' if len(series) > MOST_SERIES else '',
    }


def group_label(group: Group) -> str:
    """Return the values of the tags of a group."""
    return ', '.join(tag.partition(':')[2] for tag in group) or 'all'


def _thresholds(watched: Watched) -> list[Drawing]:
    thresholds = watched.monitor.definition.get('options', {}).get('thresholds') or {}
    return [
        {'value': thresholds[name], 'meaning': meaning, 'label': name}
        for name, meaning in (('critical', 'error'), ('warning', 'warning'))
        if thresholds.get(name) is not None
    ]
