# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The message of a monitor: what is wrong, who feels it, what to do first, and links to look further."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

from toolkit.monitors.definition import SHARED, Definition
from toolkit.queries.syntax import (
    ChangeMonitor,
    CheckMonitor,
    LogMonitor,
    MetricMonitor,
    MetricSeries,
    Monitor,
    asked_for,
    series_of,
)

BEFORE, AFTER = 30, 10
"""Minutes around the alert that links lead to. The dashboard ends at the alert when there is nothing after it yet."""

# Source: https://docs.datadoghq.com/monitors/guide/template-variable-evaluation/, "Scope links to specific times".
TIMES = (
    f'from_ts={{{{eval "last_triggered_at_epoch-{BEFORE}*60*1000"}}}}'
    f'&to_ts={{{{eval "last_triggered_at_epoch+{AFTER}*60*1000"}}}}&live=false'
)

NOT_OF_NODES = (
    'cilium.operator.',
    'cilium.clustermesh_apiserver.',
    'cilium.kvstoremesh.',
    'cilium.hubble_relay.',
    'kubernetes_state.',
)
"""Beginnings of metrics that one component, or one check, of a cluster sends: they are not by node."""

CLUSTER, NODE = 'kube_cluster_name', 'kube_node'


def groups_of(monitor: Monitor) -> tuple[str, ...]:
    """Return the keys of the groups of a monitor, or none where a function counts the groups."""
    if isinstance(monitor, CheckMonitor | LogMonitor):
        return monitor.keys
    if 'count_not_null(' in str(monitor):
        return ()
    return series_of(monitor.expression)[0].keys


def message_of(definition: Definition, monitor: Monitor) -> str:
    """Return the message, in Datadog's Markdown with template variables."""
    body, keys = definition.body, groups_of(monitor)
    parts = [body['summary']]
    if 'silence' in body:
        parts = [_if_not('is_no_data', body['summary']), _if('is_no_data', body['silence'])]
    if any('warning' in body.get(key, {}) for key in ('above', 'at_least', 'below', 'at_most')):
        parts.append(_if('is_warning', SHARED['warning']))
    told = body.get('options', {}).get('notify_by', keys)
    if others := [key for key in keys if key not in told]:
        parts.append(SHARED['groups'].format(notify_by=_words(told), groups=_words(others, plural=True)))
    parts.append(f'**Impact:** {body["impact"]}')
    nodes = _worst_nodes(body, monitor)
    parts += _checks(body['checks'], NODE in keys, bool(nodes))
    notes = [body['note']] if 'note' in body else []
    notes += [SHARED['needs'][need] for need in body.get('needs', ())]
    if isinstance(monitor, LogMonitor):
        notes.append(SHARED['needs']['logs'])
    if notes:
        parts.append(f'**Note:** {" ".join(note.strip() for note in notes)}')
    if isinstance(monitor, LogMonitor):
        parts.append(_newest_log(body))
    if nodes:
        parts.append(f'**Worst nodes:** [{nodes.metric} by node]({_explorer(nodes, CLUSTER in told)})')
    name = body['dashboard']
    parts.append(f'**Dashboard:** [{name}]({_dashboard(name, told)})')
    alert = '\n\n'.join(part.strip() for part in parts)
    return f'{_if_not("is_recovery", alert)}\n{_if("is_recovery", SHARED["recovery"])}'


def _checks(checks: list[str], groups_are_nodes: bool, has_link: bool) -> list[str]:
    text = ''.join(checks)
    parts = ['**Check first:**']
    if '$AGENT' in text or re.search(r'\bNODE\b(?!:)', text):
        which = 'node_of_groups' if groups_are_nodes else 'node_of_link' if has_link else 'node_of_list'
        parts.append(SHARED[which])
    if '$AGENT' in text:
        parts.append(SHARED['agent_on_node'])
    parts.append('\n'.join(f'{number}. {_indented(check)}' for number, check in enumerate(checks, 1)))
    if 'cilium-dbg' in text:
        parts.append(SHARED['older_command'])
    if re.search('(ds/|daemonset[ /])cilium', text):
        parts.append(SHARED['daemon_set'])
    return parts


def _newest_log(body: dict) -> str:
    # Source: https://docs.datadoghq.com/monitors/notify/variables/, "Matching attribute/tag variables".
    lines = ['**Logs:** {{log.link}}', 'The newest one, of node {{log.tags.kube_node}}: {{log.message}}']
    lines += [f'- `{attribute}`: {{{{log.attributes.[{attribute}]}}}}' for attribute in body.get('attributes', ())]
    return '\n'.join(lines)


def _worst_nodes(body: dict, monitor: Monitor) -> MetricSeries | None:
    """Return the series to break down by node, or None if there is none."""
    chosen = body.get('worst_nodes', True)
    if not chosen or not isinstance(monitor, MetricMonitor | ChangeMonitor):
        return None
    found = [series for series in series_of(monitor.expression) if chosen in (True, series.metric)]
    if not found or found[0].metric.startswith(NOT_OF_NODES):
        return None
    return found[0]


def _explorer(series: MetricSeries, of_one_cluster: bool) -> str:
    scope = [f'{CLUSTER}:{{{{{CLUSTER}.name}}}}'] if of_one_cluster else []
    scope += [f'{key}:{values[0]}' for key, values in asked_for(series.scope) if len(values) == 1]
    parameters = {
        'exp_metric': series.metric,
        'exp_scope': ','.join(scope),
        'exp_group': NODE,
        'exp_agg': series.aggregator,
        'exp_row_type': 'metric',
    }
    return '/metric/explorer?' + '&'.join(f'{key}={value}' for key, value in parameters.items() if value) + f'&{TIMES}'


def _dashboard(name: str, told: tuple[str, ...]) -> str:
    """Return a link that searches for the dashboard. The installer makes it one to the dashboard itself."""
    cluster = f'&tpl_var_cluster%5B0%5D={{{{{CLUSTER}.name}}}}' if CLUSTER in told else ''
    return f'/dashboard/lists?q={quote_plus(name)}{cluster}&{TIMES}'


def _words(keys: list[str] | tuple[str, ...], plural: bool = False) -> str:
    known = SHARED['words']
    if not plural:
        return ' and '.join(known.get(key, f'`{key}`') for key in keys)
    return ' and '.join(f'{known[key]}s' if key in known else f'values of `{key}`' for key in keys)


def _if(condition: str, text: str) -> str:
    return f'{{{{#{condition}}}}}\n{text.strip()}\n{{{{/{condition}}}}}'


def _if_not(condition: str, text: str) -> str:
    return f'{{{{^{condition}}}}}\n{text.strip()}\n{{{{/{condition}}}}}'


def _indented(check: str) -> str:
    """Indent what follows the first line, so that it belongs to the same number of the list."""
    return check.strip().replace('\n', '\n   ')
