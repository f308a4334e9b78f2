# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest
from for_each import for_each

pytest.importorskip('markdown_it', reason='needs requirements/preview.txt')
pytest.importorskip('numpy', reason='needs requirements/toolkit.txt')

from toolkit.assets import load_monitors
from toolkit.evaluation.monitors import MonitorState, Status
from toolkit.preview.messages import MessageError, Situation, filled, html_of

DEFINITION = {
    'query': 'max(last_5m):max:cilium.unreachable.nodes{*} by {kube_node} > 3',
    'options': {'thresholds': {'critical': 3, 'warning': 1.5}},
}
TIME = 1_800_000_000
ALERT = Situation(('kube_node:worker-1',), MonitorState(Status.ALERT, 4.25), TIME)
RECOVERED = Situation(('kube_node:worker-1',), MonitorState(Status.OK, 0.0), TIME)


@pytest.mark.parametrize(
    ('message', 'expected'),
    [
        ('{{value}} over {{threshold}}', '4.25 over 3'),
        ('{{ value }} {{comparator}} {{warn_threshold}}', '4.25 > 1.5'),
        ('{{#is_alert}}bad{{/is_alert}}{{#is_recovery}}over{{/is_recovery}}', 'bad'),
        ('{{^is_alert}}fine{{/is_alert}}', ''),
        ('{{#is_alert}}a{{#is_warning}}w{{/is_warning}}b{{/is_alert}}', 'ab'),
        ('{{#is_match "kube_node.name" "worker"}}worker{{/is_match}}', 'worker'),
        ('{{#is_match "kube_node.name" "master" "control"}}master{{/is_match}}', ''),
        ('{{#is_exact_match "kube_node.name" "worker"}}no{{/is_exact_match}}', ''),
        ('{{last_triggered_at_epoch}}', '1800000000000'),
        ('{{eval "last_triggered_at_epoch-30*60*1000"}}', '1799998200000'),
        ('{{eval "last_triggered_at_epoch+1"}}', '1800000000001'),
        ('{{eval "nobody-1"}}', '{{eval "nobody-1"}}'),
        ('{{nobody.name}}', '{{nobody.name}}'),
    ],
)
def test_fills_in_a_message(message, expected):
    assert filled(message, DEFINITION, ALERT) == expected


def test_a_recovery_has_its_own_text():
    message = '{{#is_alert}}bad{{/is_alert}}{{#is_recovery}}over{{/is_recovery}}'
    assert filled(message, DEFINITION, RECOVERED) == 'over'


@pytest.mark.parametrize('message', ['{{#is_alert}}open', '{{/is_alert}}', '{{#is_alert}}{{#is_warning}}{{/is_alert}}'])
def test_refuses_blocks_that_do_not_match(message):
    with pytest.raises(MessageError, match='is_'):
        filled(message, DEFINITION, ALERT)


def test_the_value_of_a_tag_is_text():
    hostile = Situation(('kube_node:<img src=x onerror=alert(1)>[a](javascript:b)**c**',), ALERT.state, TIME)
    html = html_of(filled('node {{kube_node.name}}', DEFINITION, hostile))
    assert '<img' not in html
    assert '<a' not in html
    assert '<strong>' not in html
    assert filled('{{kube_node.name}}', DEFINITION, hostile, is_markdown=False).startswith('<img')


@pytest.mark.parametrize('text', ['<script>a()</script>', '<img src=x onerror=a()>', '[a](javascript:a())'])
def test_html_and_scripts_in_markdown_stay_text(text):
    html = html_of(text)
    assert '<script' not in html
    assert '<img' not in html
    assert 'href="javascript' not in html


@for_each('monitor', load_monitors().values(), ids=lambda monitor: monitor.name)
@for_each('status', [Status.ALERT, Status.WARN, Status.OK, Status.NO_DATA])
def test_fills_in_every_message_that_ships(monitor, status):
    group = ('kube_cluster_name:demo', 'kube_node:worker-1')
    text = filled(monitor.definition['message'], monitor.definition, Situation(group, MonitorState(status, 1), TIME))
    assert '{{#' not in text
    assert '{{value}}' not in text
