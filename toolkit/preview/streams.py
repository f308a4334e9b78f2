# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Service checks, logs, events and monitors: what is told rather than measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.assets import requests_of
from toolkit.preview.log_rows import log_row, pattern_rows
from toolkit.preview.moment import Drawing, Moment, no_data, search_with_variables
from toolkit.preview.monitor_list import monitor_list

MOST_LOGS = 50

STATUSES_WORST_FIRST = ('CRITICAL', 'WARNING', 'UNKNOWN', 'OK')


def check_status(definition: Mapping, moment: Moment) -> Drawing:
    """Return how many groups of a service check are in which status."""
    wanted = [search_with_variables(tag, moment.variables) for tag in definition.get('tags', ())]
    keys = definition.get('group_by', ())
    statuses: dict[str, str] = {}
    for tags, times in moment.store.statuses(definition['check']).items():
        if times and all(_has(tags, tag) for tag in wanted):
            group = ', '.join(tag.partition(':')[2] for key in keys for tag in tags if tag.startswith(f'{key}:'))
            status = times[-1][1]
            worst = min(statuses.get(group, 'OK'), status, key=STATUSES_WORST_FIRST.index)
            statuses[group] = worst
    if not statuses:
        return no_data(definition)
    counts = {status: list(statuses.values()).count(status) for status in STATUSES_WORST_FIRST}
    return {
        'kind': 'checks',
        'counts': {status: count for status, count in counts.items() if count},
        'groups': [{'label': label or 'all', 'status': status} for label, status in sorted(statuses.items())],
    }


def _has(tags: Sequence[str], wanted: str) -> bool:
    key, _, value = wanted.partition(':')
    return wanted == '*' or (value == '*' and any(tag.startswith(f'{key}:') for tag in tags)) or wanted in tags


def stream(definition: Mapping, moment: Moment) -> Drawing:
    """Return a list of logs, of patterns or of events."""
    request = requests_of(definition)[0]
    query = request['query']
    source = query['data_source']
    search = search_with_variables(query.get('query_string', ''), moment.variables)
    if source == 'event_stream':
        return _events(search, moment)
    if source not in ('logs_stream', 'logs_pattern_stream'):
        return {'kind': 'message', 'text': f'The preview has no list of the kind `{source}`.'}
    logs = moment.logs.logs(search, moment.start, moment.end)
    return _logs(logs, is_pattern=source == 'logs_pattern_stream', search=search)


def log_stream(definition: Mapping, moment: Moment) -> Drawing:
    """Return a list of logs."""
    search = search_with_variables(definition.get('query', ''), moment.variables)
    return _logs(moment.logs.logs(search, moment.start, moment.end), is_pattern=False, search=search)


def _logs(logs: list, is_pattern: bool, search: str) -> Drawing:
    return _found(logs, is_pattern, f'No log matches {search}')


def _found(logs: list, is_pattern: bool, none: str) -> Drawing:
    if not logs:
        return {'kind': 'message', 'text': none}
    if is_pattern:
        return {'kind': 'patterns', 'rows': pattern_rows(logs)[:MOST_LOGS]}
    return {'kind': 'logs', 'rows': [log_row(log) for log in logs[:MOST_LOGS]], 'total': len(logs)}


def monitors(definition: Mapping, moment: Moment) -> Drawing:
    """Return the states of monitors."""
    return monitor_list(search_with_variables(definition['query'], moment.variables), moment.watched)


def event_stream(definition: Mapping, moment: Moment) -> Drawing:
    """Return a list of events."""
    search = search_with_variables(definition.get('query', ''), moment.variables)
    return _events(search, moment)


def _events(search: str, moment: Moment) -> Drawing:
    return _found(moment.events.logs(search, moment.start, moment.end), False, f'No event matches {search}')
