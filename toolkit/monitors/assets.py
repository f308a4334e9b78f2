# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Make the files of `assets/monitors/`, which Datadog imports, from definitions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote_plus

import yaml

from toolkit.monitors.definitions import Definition, DefinitionError, definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import MetricMonitor

ASSETS = Path(__file__).parents[2] / 'assets' / 'monitors'

FORMAT = 2
"""The version of the format of monitors that belong to an integration."""

COMPARISONS = {'above': '>', 'at_least': '>=', 'below': '<'}
SHARED = yaml.safe_load((Path(__file__).parent / 'defaults.yaml').read_text(encoding='utf-8'))


def written_assets() -> dict[str, str]:
    """Return the text of the file of each monitor, by id. Raises `DefinitionError`."""
    return {
        definition.monitor_id: json.dumps(asset_of(definition), indent=2, ensure_ascii=False) + '\n'
        for definition in definitions()
    }


def asset_of(definition: Definition) -> dict:
    """Return what the file of a monitor holds: the catalogue's part, and under `definition` what the API takes."""
    body = definition.body
    return {
        'version': FORMAT,
        'created_at': SHARED['created_at'],
        'last_updated_at': SHARED['last_updated_at'],
        'title': body['title'],
        'description': body['description'].strip(),
        'tags': SHARED['tags'],
        'definition': {
            'name': body['name'],
            'type': _type(body['query']),
            'query': _query(body),
            'message': _message(body),
            'tags': [*SHARED['tags'], f'cilium_subject:{definition.subject}'],
            'priority': body['priority'],
            'options': _options(definition),
            'restricted_roles': None,
        },
    }


def _type(query: str) -> str:
    if query.startswith('logs('):
        return 'log alert'
    return 'service check' if query.startswith('"') else 'query alert'


def _query(body: dict) -> str:
    # Queries are written over several lines. Within quotes there is no line break, so blanks can stand for them.
    query = ' '.join(body['query'].split())
    for key, comparison in COMPARISONS.items():
        if key in body:
            return f'{query} {comparison} {body[key]["critical"]}'
    return query


def _options(definition: Definition) -> dict:
    body = definition.body
    if ('silence' in body) != (body['missing_data'] == 'show_and_notify_no_data'):
        raise DefinitionError(
            f'{definition.subject}.yaml: {definition.monitor_id}: `silence` goes with `missing_data: '
            'show_and_notify_no_data`, and only with it. Add the one or change the other.'
        )
    options = {**SHARED['options'], **body.get('options', {})}
    if 'new_group_delay' not in body.get('options', {}):
        options['new_group_delay'] = max(options['new_group_delay'], _seconds_of_all_values(_query(body)))
    if 'statuses' in body:
        # Service checks have an option of their own: https://docs.datadoghq.com/monitors/guide/on_missing_data
        missing = {'notify_no_data': 'silence' in body}
        thresholds = body['statuses']
    else:
        missing = {'on_missing_data': body['missing_data']}
        thresholds = next(body[key] for key in COMPARISONS if key in body)
    return {'thresholds': thresholds, **missing, **options}


def _seconds_of_all_values(query: str) -> int:
    """
    Return the window of a monitor that says "for so long", which takes the lowest or highest value; of others 0.

    It must not say so of a group of which Datadog has seen less than that.
    """
    monitor = parse_monitor(query)
    says_how_long = isinstance(monitor, MetricMonitor) and monitor.aggregator in ('min', 'max')
    return monitor.window.seconds if says_how_long else 0


def _message(body: dict) -> str:
    parts = [body['summary']]
    if 'silence' in body:
        parts = [_if_not('is_no_data', body['summary']), _if('is_no_data', body['silence'])]
    if any('warning' in body.get(key, {}) for key in COMPARISONS):
        parts.append(_if('is_warning', SHARED['warning']))
    parts.append(f'**Impact:** {body["impact"]}')
    checks = ''.join(body['checks'])
    numbered = '\n'.join(f'{number}. {_indented(check)}' for number, check in enumerate(body['checks'], 1))
    parts.append('**Check first:**')
    if '$AGENT' in checks or re.search(r'\bNODE\b(?!:)', checks):
        parts.append(SHARED['node'])
    if '$AGENT' in checks:
        parts.append(SHARED['agent_on_node'])
    parts.append(numbered)
    if 'cilium-dbg' in checks:
        parts.append(SHARED['older_command'])
    if re.search('(ds/|daemonset[ /])cilium', checks):
        parts.append(SHARED['daemon_set'])
    if 'note' in body:
        parts.append(f'**Note:** {body["note"]}')
    name = body['dashboard']
    parts.append(f'**Dashboard:** [{name}](/dashboard/lists?q={quote_plus(name)})')
    alert = '\n\n'.join(part.strip() for part in parts)
    return f'{_if_not("is_recovery", alert)}\n{_if("is_recovery", SHARED["recovery"])}'


def _if(condition: str, text: str) -> str:
    return f'{{{{#{condition}}}}}\n{text.strip()}\n{{{{/{condition}}}}}'


def _if_not(condition: str, text: str) -> str:
    return f'{{{{^{condition}}}}}\n{text.strip()}\n{{{{/{condition}}}}}'


def _indented(check: str) -> str:
    """Indent what follows the first line, so that it belongs to the same number of the list."""
    return check.strip().replace('\n', '\n   ')
