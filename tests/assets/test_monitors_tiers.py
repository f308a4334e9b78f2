# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Which monitors are for everybody, which for whom, and what each needs."""

from __future__ import annotations

from assets_rules import OTHER_CHECKS
from for_each import for_each

from toolkit.catalog.catalog import rows
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import definitions
from toolkit.monitors.listing import listing
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, MetricMonitor, series_of

DEFINITIONS = {d.monitor_id: d for d in definitions()}
BODIES = {monitor_id: asset_of(definition)['definition'] for monitor_id, definition in DEFINITIONS.items()}

each_monitor = for_each('monitor_id', DEFINITIONS)


def test_list_of_monitors_has_each() -> None:
    (text,) = listing().values()
    assert [body['name'] for body in BODIES.values() if body['name'] not in text] == []


@each_monitor
def test_tags_tell_tier_and_features(monitor_id: str) -> None:
    tags, body = BODIES[monitor_id]['tags'], DEFINITIONS[monitor_id].body
    assert [tag for tag in tags if tag.startswith('cilium_tier:')] == [f'cilium_tier:{body["tier"]}']
    features = [tag.removeprefix('cilium_feature:') for tag in tags if tag.startswith('cilium_feature:')]
    assert features == body.get('features', [])
    assert bool(features) >= (body['tier'] == 'feature')
    # A core monitor is right for any cluster: it needs no feature, no logs and no plan.
    assert body['tier'] != 'core' or not (features or 'enterprise' in body.get('needs', ()))
    # Tickets, forecasts and anomalies wake nobody.
    assert body['tier'] != 'extra' or body['priority'] >= 3


def test_monitor_says_which_other_check_it_needs() -> None:
    checks = {row['metric_name']: row['check'] for row in rows(OTHER_CHECKS) if row['check']}
    used = set()
    for monitor_id, body in BODIES.items():
        monitor = parse_monitor(body['query'])
        if isinstance(monitor, MetricMonitor | ChangeMonitor):
            metrics = {series.metric for series in series_of(monitor.expression)} & set(checks)
            needs = set(DEFINITIONS[monitor_id].body.get('needs', ()))
            assert needs - {'enterprise'} == {checks[metric] for metric in metrics}, monitor_id
            assert ('enterprise' in needs) == any(name in body['query'] for name in ('anomalies(', 'forecast('))
            used |= metrics
    assert used == set(checks)


def test_missing_data_pages_in_one_monitor_only() -> None:
    (monitor_id,) = (i for i, d in DEFINITIONS.items() if d.body['missing_data'] == 'show_and_notify_no_data')
    assert BODIES[monitor_id]['priority'] == 3
    assert DEFINITIONS[monitor_id].body['tier'] == 'core'
