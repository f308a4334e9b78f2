# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is read at three in the morning: it says what to do, and leads to where the trouble is."""

from __future__ import annotations

import re

from assets_rules import tag_keys
from for_each import for_each

from toolkit.assets import read_assets
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import definitions
from toolkit.monitors.messages import NOT_OF_NODES, groups_of
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, series_of

DEFINITIONS = {d.monitor_id: d for d in definitions()}
BODIES = {monitor_id: asset_of(definition)['definition'] for monitor_id, definition in DEFINITIONS.items()}

each_monitor = for_each('monitor_id', DEFINITIONS)

# Source: https://docs.datadoghq.com/monitors/notify/variables/
VALUE_VARIABLES = {'value', 'threshold', 'warn_threshold', 'check_message'}
# Source: https://docs.datadoghq.com/monitors/guide/template-variable-evaluation/
TIME_VARIABLE = re.compile(r'eval "last_triggered_at_epoch[+-]\d+\*60\*1000"')
CONDITIONS = {'is_alert', 'is_warning', 'is_recovery', 'is_no_data'}


@each_monitor
def test_template_variables_are_groups(monitor_id: str) -> None:
    body = BODIES[monitor_id]
    # An alert for several groups together does not know the keys that tell them apart.
    known = set(body['options'].get('notify_by', groups(monitor_id)))
    assert known <= set(groups(monitor_id))
    text = body['name'] + body['message']
    for variable in re.findall(r'{{([^#/^].*?)}}', text):
        if variable.startswith('log.'):
            assert body['type'] == 'log alert', variable
            continue
        assert (
            variable in VALUE_VARIABLES
            or TIME_VARIABLE.fullmatch(variable)
            or variable.removesuffix('.name').strip('[]') in known
        ), variable
    assert set(re.findall(r'{{[#/^](.*?)}}', text)) <= CONDITIONS
    for condition in CONDITIONS:
        opened = len(re.findall(rf'{{{{[#^]{condition}}}}}', text))
        assert opened == text.count(f'{{{{/{condition}}}}}')
    if 'kube_cluster_name' in known:
        assert '{{kube_cluster_name.name}}' in text


@each_monitor
def test_message_says_what_to_do(monitor_id: str) -> None:
    message = BODIES[monitor_id]['message']
    parts = [message.index(part) for part in ('**Impact:**', '**Check first:**', '1. ', '2. ', '3. ', '**Dashboard:**')]
    assert parts == sorted(parts)
    assert '`' in message[parts[1] : parts[5]], 'a command, or a name to look for'
    # The command has another name in old versions, which is said where it occurs.
    assert ('cilium-dbg' in message.replace('kvstoremesh-dbg', '')) == ('not `cilium-dbg`' in message)
    assert ('$AGENT' in message) == ('AGENT=$(kubectl' in message)
    assert bool(re.search(r'\bNODE\b(?!:)', message)) == ('`NODE` is one of the nodes' in message)
    assert ('cilium-agent' in message and 'ds/cilium' in message) <= ('`anetd`' in message)
    assert message.count('`') % 2 == 0
    assert '@' not in re.sub('{{.*?}}', '', message), 'it would be read as a recipient'


@each_monitor
def test_message_leads_to_a_dashboard_that_exists_at_the_time_of_the_alert(monitor_id: str) -> None:
    name, link = re.search(r'\*\*Dashboard:\*\* \[(.+?)\]\((.+)\)', BODIES[monitor_id]['message']).groups()
    (dashboard,) = (one for one in read_assets('dashboards').values() if one['title'] == name)
    # Without the installer it is a search for the title, and then what follows `&` means nothing.
    path, _, parameters = link.partition('&')
    assert path == f'/dashboard/lists?q={name.replace(" ", "+")}'
    assert {'from_ts', 'to_ts', 'live'} <= {parameter.partition('=')[0] for parameter in parameters.split('&')}
    variables = {variable['name']: variable['prefix'] for variable in dashboard['template_variables']}
    told = BODIES[monitor_id]['options'].get('notify_by', groups(monitor_id))
    assert variables['cluster'] == 'kube_cluster_name'
    assert ('tpl_var_cluster%5B0%5D={{kube_cluster_name.name}}' in parameters) == ('kube_cluster_name' in told)


@each_monitor
def test_monitor_of_what_nodes_report_leads_to_the_worst_nodes(monitor_id: str) -> None:
    definition, message = DEFINITIONS[monitor_id], BODIES[monitor_id]['message']
    monitor = parse_monitor(BODIES[monitor_id]['query'])
    of_metrics = isinstance(monitor, MetricMonitor | ChangeMonitor)
    if not of_metrics or definition.body.get('worst_nodes') is False:
        assert '**Worst nodes:**' not in message
        return
    metrics = {series.metric for series in series_of(monitor.expression)}
    by_node = all('kube_node' in tag_keys(metric) and not metric.startswith(NOT_OF_NODES) for metric in metrics)
    assert ('**Worst nodes:**' in message) == by_node
    if by_node:
        (metric,) = re.findall(r'exp_metric=([^&]+)&', message)
        assert metric in metrics
        assert 'exp_group=kube_node' in message


def groups(monitor_id: str) -> tuple[str, ...]:
    return groups_of(parse_monitor(BODIES[monitor_id]['query']))
