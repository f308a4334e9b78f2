# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Make the files of `assets/monitors/`, which Datadog imports, from definitions."""

from __future__ import annotations

from pathlib import Path

from toolkit.assets import json_text
from toolkit.checkout import ASSETS
from toolkit.definitions import DefinitionError
from toolkit.monitors.definition import SHARED, Definition, definitions
from toolkit.monitors.messages import message_of
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import LogMonitor, MetricMonitor, Monitor

FORMAT = 2
"""The version of the format of monitors that belong to an integration."""

COMPARISONS = {'above': '>', 'at_least': '>=', 'below': '<', 'at_most': '<='}
PAGED = (1, 2)
"""The priorities at which somebody is woken up."""


def monitor_files() -> dict[Path, str]:
    """Return the text of the file of each monitor. Raises `DefinitionError`."""
    return {
        ASSETS / 'monitors' / f'{definition.monitor_id}.json': json_text(asset_of(definition))
        for definition in definitions()
    }


def asset_of(definition: Definition) -> dict:
    """
    Return what the file of a monitor holds: the catalogue's part, and under `definition` what the API takes.

    Raises `DefinitionError`.
    """
    body = definition.body
    query = query_of(definition)
    try:
        monitor = parse_monitor(query)
    except QueryError as e:
        raise DefinitionError(f'{definition.subject}.yaml, `{definition.monitor_id}`, `query`: {e}') from None
    return {
        'version': FORMAT,
        'created_at': SHARED['created_at'],
        'last_updated_at': SHARED['last_updated_at'],
        'title': body['title'],
        'description': body['description'].strip(),
        'tags': SHARED['tags'],
        'definition': {
            'name': body['name'],
            'type': _type(query),
            'query': query,
            'message': message_of(definition, monitor),
            'tags': [
                *SHARED['tags'],
                f'cilium_subject:{definition.subject}',
                f'cilium_tier:{body["tier"]}',
                *(f'cilium_feature:{feature}' for feature in body.get('features', ())),
            ],
            'priority': body['priority'],
            'options': _options(definition, monitor),
            'restricted_roles': None,
        },
    }


def query_of(definition: Definition) -> str:
    """Return the query of a monitor as the API takes it, in one line."""
    # Queries are written over several lines. Within quotes there is no line break, so blanks can stand for them.
    query = ' '.join(definition.body['query'].split())
    for key, comparison in COMPARISONS.items():
        if key in definition.body:
            return f'{query} {comparison} {definition.body[key]["critical"]}'
    return query


def _type(query: str) -> str:
    if query.startswith('logs('):
        return 'log alert'
    return 'service check' if query.startswith('"') else 'query alert'


def _options(definition: Definition, monitor: Monitor) -> dict:
    body = definition.body
    if ('silence' in body) != (body['missing_data'] == 'show_and_notify_no_data'):
        raise DefinitionError(
            f'{definition.subject}.yaml, `{definition.monitor_id}`: `silence` goes with `missing_data: '
            'show_and_notify_no_data`, and only with it. Add the one or change the other.'
        )
    options = dict(SHARED['options'])
    options['new_group_delay'] = max(options['new_group_delay'], _seconds_of_all_values(monitor))
    if body['priority'] in PAGED:
        options |= SHARED['pages']
    if isinstance(monitor, LogMonitor):
        options |= SHARED['logs']
    options |= body.get('options', {})
    if 'statuses' in body:
        # Service checks have an option of their own: https://docs.datadoghq.com/monitors/guide/on_missing_data
        missing = {'notify_no_data': 'silence' in body}
        thresholds = body['statuses']
    else:
        missing = {'on_missing_data': body['missing_data']}
        thresholds = next(body[key] for key in COMPARISONS if key in body)
    return {'thresholds': thresholds, **missing, **options}


def _seconds_of_all_values(monitor: Monitor) -> int:
    """
    Return the window of a monitor that says "for so long", which takes the lowest or highest value; of others 0.

    It must not say so of a group of which Datadog has seen less than that.
    """
    if isinstance(monitor, MetricMonitor) and monitor.aggregator in ('min', 'max') and monitor.window.kind == 'last':
        return monitor.window.seconds
    return 0
