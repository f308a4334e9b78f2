# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The asset installer, against a server that stands in for Datadog's API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import urllib3
from datadog_api import samples
from datadog_api.runs import KEYS, Run, runner
from datadog_api.server import API_KEY, APP_KEY, DatadogApi, Fault, Request
from datadog_api_client.v1.api.monitors_api import MonitorsApi

from toolkit.installer.__main__ import ASSETS, main
from toolkit.installer.datadog.connection import ApiFailure, Connection, RetryPolicy
from toolkit.installer.settings import Settings

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def run(api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the installer on a few assets."""
    return runner(api, capsys, assets)


def test_the_first_installation_makes_everything(run: Run, api: DatadogApi) -> None:
    outcome = run('install')
    assert outcome.status == 0
    assert {one['title'] for one in api.dashboards.values()} == {samples.FIRST, samples.SECOND}
    assert {one['name'] for one in api.monitors.values()} == {'Sample monitor one', 'Sample monitor two'}
    assert [one['name'] for one in api.slos.values()] == ['Sample SLO']
    assert [one['name'] for one in api.pipelines.values()] == ['Sample']
    assert 'create: 6' in outcome.output
    for id in api.dashboards:
        assert f'https://app.datadoghq.com/dashboard/{id}' in outcome.output
    for id in api.monitors:
        assert f'https://app.datadoghq.com/monitors/{id}' in outcome.output
    assert 'https://app.datadoghq.com/logs/pipelines' in outcome.output


def test_monitors_are_active_unless_asked_otherwise(run: Run, api: DatadogApi) -> None:
    run('install')
    assert api.downtimes == {}
    assert not any('muted-by:datadog-cilium' in one['tags'] for one in api.monitors.values())
    assert all('integration:cilium' in one['tags'] for one in api.monitors.values())


def test_the_second_run_changes_nothing(run: Run) -> None:
    run('install')
    outcome = run('install')
    assert outcome.status == 0
    assert outcome.writes == []
    assert 'Plan: nothing: 6' in outcome.output


def test_dashboards_link_to_each_other(run: Run, api: DatadogApi) -> None:
    run('install')
    ids = {one['title']: id for id, one in api.dashboards.items()}
    for title, other in ((samples.FIRST, samples.SECOND), (samples.SECOND, samples.FIRST)):
        group = api.dashboards[ids[title]]['widgets'][0]
        note = group['definition']['widgets'][0]['definition']['content']
        assert note == f'[other](/dashboard/{ids[other]}?tpl_var_cluster=$cluster.value)'


def test_links_follow_a_dashboard_that_was_deleted_by_hand(run: Run, api: DatadogApi) -> None:
    run('install')
    gone = next(id for id, one in api.dashboards.items() if one['title'] == samples.FIRST)
    del api.dashboards[gone]
    assert run('install').status == 0
    assert len(api.dashboards) == 2
    assert gone not in json.dumps(api.dashboards)
    assert '/dashboard/lists' not in json.dumps(api.dashboards)
    assert run('install').writes == []


def test_a_changed_asset_is_updated_and_no_other(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    changed = samples.monitor('Sample monitor one')
    changed['definition']['options']['thresholds']['critical'] = 7
    changed['definition']['query'] = changed['definition']['query'].replace('> 3', '> 7')
    samples.write(assets / 'monitors/one.json', changed)
    id = next(id for id, one in api.monitors.items() if one['name'] == 'Sample monitor one')
    outcome = run('install')
    assert outcome.status == 0
    assert set(outcome.writes) == {f'PUT /api/v1/monitor/{id}'}
    assert api.monitors[id]['options']['thresholds'] == {'critical': 7}
    assert run('install').writes == []


def test_what_belongs_to_the_users_survives_an_update(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    for one in (*api.dashboards.values(), *api.pipelines.values(), *api.monitors.values()):
        one['tags'] = [*one.get('tags', []), 'team:network']
    for one in api.monitors.values():
        one['options']['silenced'] = {'*': 1_790_000_000}
    assert run('install').writes == []
    for name in ('first', 'second'):
        path = assets / f'dashboards/{name}.json'
        samples.write(path, {**json.loads(path.read_text()), 'description': 'New.'})
    for name in ('one', 'two'):
        changed = samples.monitor(f'Sample monitor {name}')
        changed['definition']['message'] = 'New.'
        samples.write(assets / f'monitors/{name}.json', changed)
    path = assets / 'logs/sample.yaml'
    path.write_text(path.read_text().replace('name: Inner', 'name: Other'))
    assert 'update: 5' in run('install').output
    assert not any('silenced' in request.body.get('options', {}) for request in api.requests)
    for one in (*api.dashboards.values(), *api.pipelines.values(), *api.monitors.values()):
        assert 'team:network' in one['tags']


def test_presets_are_those_of_the_asset_until_the_users_have_their_own(run: Run, api: DatadogApi, assets: Path) -> None:
    def preset(value: str) -> list[dict]:
        return [{'name': 'One', 'template_variables': [{'name': 'cluster', 'values': [value]}]}]

    path = assets / 'dashboards/first.json'
    written = {**json.loads(path.read_text()), 'template_variable_presets': preset('shipped')}
    samples.write(path, written)
    run('install')
    (first,) = (one for one in api.dashboards.values() if one['title'] == written['title'])
    assert first['template_variable_presets'] == preset('shipped')

    first['template_variable_presets'] = preset('of a user')
    samples.write(path, {**written, 'description': 'New.'})
    assert len(run('install').writes) > 0
    (first,) = (one for one in api.dashboards.values() if one['title'] == written['title'])
    assert first['template_variable_presets'] == preset('of a user')


def test_what_was_installed_is_found_among_many(run: Run, api: DatadogApi) -> None:
    for number in range(7):
        api.store_dashboard(samples.dashboard(f'Foreign {number}', links_to='x'))
    run('install')
    assert run('install').writes == []
    assert len(api.dashboards) == 9


def test_content_that_does_not_stay_as_written_is_said(
    run: Run, api: DatadogApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, numbers = api.store_monitor, count()
    monkeypatch.setattr(
        api, 'store_monitor', lambda body, id=None: store({**body, 'message': f'Write {next(numbers)}'}, id)
    )
    outcome = run('install', '--only', 'monitors')
    assert outcome.status == 1
    assert "monitor 'Sample monitor one' does not stay as it was written" in outcome.output


def test_a_foreign_dashboard_of_the_same_title_stays(run: Run, api: DatadogApi) -> None:
    foreign = dict(api.store_dashboard(samples.dashboard(samples.FIRST, links_to='x')))
    outcome = run('install')
    assert '? foreign  dashboard' in outcome.output
    assert api.dashboards[foreign['id']] == foreign
    assert len(api.dashboards) == 3
    run('uninstall')
    assert api.dashboards == {foreign['id']: foreign}


def test_a_copy_made_by_hand_stays(run: Run, api: DatadogApi) -> None:
    run('install')
    original = next(iter(api.dashboards.values()))
    copy = dict(api.store_dashboard({**original, 'title': 'My copy'}))
    assert run('install').writes == []
    run('uninstall')
    assert api.dashboards == {copy['id']: copy}


def edit(api: DatadogApi) -> None:
    """Edit one of each kind as a person would do in Datadog."""
    next(iter(api.dashboards.values()))['widgets'][0]['definition']['title'] = 'Edited'
    next(iter(api.monitors.values()))['message'] += ' @slack-network'
    next(iter(api.pipelines.values()))['is_enabled'] = False


def test_what_was_edited_is_kept(run: Run, api: DatadogApi) -> None:
    run('install')
    edit(api)
    outcome = run('install')
    assert outcome.status == 0
    assert outcome.writes == []
    assert 'keep: 3' in outcome.output
    assert '--overwrite' in outcome.output


def test_what_was_edited_is_kept_when_the_asset_changes(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    edit(api)
    changed = samples.monitor('Sample monitor one')
    changed['definition']['message'] = 'New.'
    samples.write(assets / 'monitors/one.json', changed)
    outcome = run('install')
    assert outcome.writes == []
    assert 'this version has a newer one' in outcome.output


def test_what_was_edited_is_overwritten_on_demand(run: Run, api: DatadogApi) -> None:
    run('install')
    edit(api)
    assert 'update: 3' in run('install', '--overwrite').output
    assert next(iter(api.dashboards.values()))['widgets'][0]['definition']['title'] == 'Group'
    assert next(iter(api.monitors.values()))['message'] == 'Something fails.'
    assert next(iter(api.pipelines.values()))['is_enabled'] is True
    assert run('install').writes == []


def test_a_dry_run_writes_nothing(run: Run, api: DatadogApi) -> None:
    outcome = run('install', '--dry-run', '--muted')
    assert outcome.writes == []
    assert 'create: 6' in outcome.output
    assert 'downtime' in outcome.output
    run('install')
    assert run('uninstall', '--dry-run').writes == []
    assert len(api.dashboards) == 2


def test_a_dry_run_shows_the_difference(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    changed = samples.monitor('Sample monitor two')
    changed['definition']['message'] = 'Something fails.\nCall the network team.'
    samples.write(assets / 'monitors/two.json', changed)
    outcome = run('install', '--dry-run')
    assert '-  "message": "Something fails.",' in outcome.output
    assert '+    "Call the network team."' in outcome.output
    assert outcome.writes == []


def test_uninstall_removes_what_was_made(run: Run, api: DatadogApi) -> None:
    run('install', '--muted')
    foreign = dict(api.store_monitor(samples.monitor('Sample monitor one')['definition']))
    outcome = run('uninstall')
    assert outcome.status == 0
    assert (api.dashboards, api.pipelines, api.downtimes) == ({}, {}, {})
    assert api.monitors == {str(foreign['id']): foreign}
    assert run('uninstall').writes == []


def test_uninstall_keeps_what_was_edited(run: Run, api: DatadogApi) -> None:
    run('install', '--muted')
    edit(api)
    run('uninstall')
    assert (len(api.dashboards), len(api.monitors), len(api.pipelines)) == (1, 1, 1)
    assert len(api.downtimes) == 1, 'the monitor that is left must stay silent'
    run('uninstall', '--delete-edited')
    assert (api.dashboards, api.monitors, api.pipelines, api.downtimes) == ({}, {}, {}, {})


def test_what_a_version_has_no_more_is_deleted(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    (assets / 'monitors/two.json').unlink()
    outcome = run('install')
    assert [write.split()[0] for write in outcome.writes] == ['DELETE']
    assert [one['name'] for one in api.monitors.values()] == ['Sample monitor one']


def test_what_a_version_has_no_more_is_kept_if_edited(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install')
    edit(api)
    (assets / 'monitors/one.json').unlink()
    run('install', '--overwrite')
    assert len(api.monitors) == 2


def test_only_some_kinds(run: Run, api: DatadogApi) -> None:
    run('install', '--only', 'monitors')
    assert (len(api.dashboards), len(api.monitors), len(api.pipelines)) == (0, 2, 0)
    run('install')
    run('uninstall', '--only', 'monitors', 'pipelines')
    assert (len(api.dashboards), len(api.monitors), len(api.pipelines)) == (2, 0, 0)


def test_muted_monitors_are_silent_before_they_exist(run: Run, api: DatadogApi) -> None:
    assert run('install', '--muted').status == 0
    (downtime,) = api.downtimes.values()
    tags = downtime['attributes']['monitor_identifier']['monitor_tags']
    assert all(set(tags) <= set(one['tags']) for one in api.monitors.values())
    assert api.writes.index('POST /api/v2/downtime') < api.writes.index('POST /api/v1/monitor')
    assert run('install', '--muted').writes == []


def test_the_downtimes_of_others_are_not_used_and_not_ended(run: Run, api: DatadogApi) -> None:
    attributes = {'monitor_identifier': {'monitor_tags': ['team:network']}, 'scope': '*'}
    other = api.store_downtime({'data': {'type': 'downtime', 'attributes': attributes}})['data']
    run('install', '--muted')
    assert len(api.downtimes) == 2
    run('uninstall')
    assert list(api.downtimes) == [other['id']]


def test_a_monitor_that_was_unmuted_stays_so(run: Run, api: DatadogApi, assets: Path) -> None:
    run('install', '--muted')
    heard = next(one for one in api.monitors.values() if one['name'] == 'Sample monitor one')
    heard['tags'].remove('muted-by:datadog-cilium')
    changed = samples.monitor('Sample monitor one')
    changed['definition']['message'] = 'New.'
    samples.write(assets / 'monitors/one.json', changed)
    run('install', '--muted')
    again = next(one for one in api.monitors.values() if one['name'] == 'Sample monitor one')
    assert again['message'] == 'New.'
    assert 'muted-by:datadog-cilium' not in again['tags']


def test_no_monitor_is_made_if_it_would_not_be_silent(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('POST', '/api/v2/downtime', 403))
    outcome = run('install', '--muted')
    assert outcome.status == 1
    assert 'monitors_downtime' in outcome.output
    assert api.monitors == {}
    assert len(api.dashboards) == 2


def test_a_rate_limit_is_waited_for(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('POST', '/api/v1/monitor', 429, times=2, headers={'X-RateLimit-Reset': '0.05'}))
    assert run('install').status == 0
    assert len(api.monitors) == 2


def test_a_rate_limit_that_lasts_ends_the_run(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('POST', '/api/v1/dashboard', 429, headers={'X-RateLimit-Reset': '0.01'}))
    outcome = run('install')
    assert outcome.status == 1
    assert 'HTTP 429' in outcome.output
    assert outcome.writes == ['POST /api/v1/dashboard'] * 5
    api.faults.clear()
    assert run('install').status == 0


@pytest.mark.parametrize(
    ('path', 'permission'),
    [
        ('/api/v1/dashboard', 'dashboards_write'),
        ('/api/v1/monitor', 'monitors_write'),
        ('/api/v1/logs/config/pipelines', 'logs_write_pipelines'),
    ],
)
def test_a_missing_permission_is_named(run: Run, api: DatadogApi, path: str, permission: str) -> None:
    api.faults.append(Fault('POST', path, 403, text=f'Forbidden for {API_KEY} and {APP_KEY}'))
    outcome = run('install')
    assert outcome.status == 1
    assert 'HTTP 403' in outcome.output
    assert f'`{permission}`' in outcome.output
    assert outcome.writes.count(f'POST {path}') == 1, 'the others of the kind fail in the same way'
    made = {'dashboards_write': 2, 'monitors_write': 2, 'logs_write_pipelines': 1}
    assert len(api.dashboards) + len(api.monitors) + len(api.pipelines) == 5 - made[permission]
    api.faults.clear()
    assert run('install').status == 0


LOGS = 'logs("status:error").index("*").rollup("count").last("5m") > 3'
ANOMALIES = "avg(last_4h):anomalies(avg:cilium.controllers.failing{*}, 'agile', 3) >= 1"


@pytest.mark.parametrize(
    ('definition', 'status', 'need'),
    [
        ({'type': 'log alert', 'query': LOGS}, 403, 'application key without scopes'),
        ({'query': ANOMALIES}, 403, 'Enterprise plan'),
        ({'query': ANOMALIES}, 400, 'Enterprise plan'),
    ],
)
def test_a_monitor_that_needs_more_than_others_does_not_keep_them_from_being_made(
    run: Run, api: DatadogApi, assets: Path, definition: dict[str, str], status: int, need: str
) -> None:
    # The first in the alphabet, and so the first to be made.
    samples.write(assets / 'monitors/a.json', samples.monitor('Sample monitor A', **definition))
    api.faults.append(Fault('POST', '/api/v1/monitor', status, times=1))
    outcome = run('install')
    assert outcome.status == 1
    assert "could not create monitor 'Sample monitor A'" in outcome.output
    assert need in outcome.output
    assert {one['name'] for one in api.monitors.values()} == {'Sample monitor one', 'Sample monitor two'}


def test_a_dry_run_asks_whether_monitors_would_be_accepted(run: Run, api: DatadogApi) -> None:
    outcome = run('install', '--dry-run')
    assert 'Datadog would accept 2 of 2 monitors.' in outcome.output
    assert [request.path for request in api.requests].count('/api/v1/monitor/validate') == 2
    api.faults.append(Fault('POST', '/api/v1/monitor/validate', 400, times=1, text='The query is wrong'))
    outcome = run('install', '--dry-run')
    assert outcome.status == 1
    assert 'could not check monitor \'Sample monitor one\': HTTP 400, "The query is wrong"' in outcome.output
    assert 'Datadog would accept 1 of 2 monitors.' in outcome.output


def test_a_dry_run_does_not_ask_about_what_is_there(run: Run, api: DatadogApi) -> None:
    run('install')
    assert 'would accept' not in run('install', '--dry-run').output
    assert not any(request.path.endswith('/validate') for request in api.requests)


def test_links_of_monitors_lead_to_datadog_from_anywhere(run: Run, api: DatadogApi, assets: Path) -> None:
    message = 'Open [Other](/dashboard/lists?q=Other), [nodes](/metric/explorer?exp_metric=cilium.version).'
    samples.write(assets / 'monitors/one.json', samples.monitor('Sample monitor one', message=message))
    run('install', environment={**KEYS, 'DD_SITE': 'us5.datadoghq.com'})
    (written,) = (one for one in api.monitors.values() if one['name'] == 'Sample monitor one')
    host = 'https://us5.datadoghq.com'
    other, nodes = f'{host}/dashboard/lists?q=Other', f'{host}/metric/explorer?exp_metric=cilium.version'
    assert written['message'] == f'Open [Other]({other}), [nodes]({nodes}).'


def test_monitors_link_to_the_dashboards_of_the_run(run: Run, api: DatadogApi, assets: Path) -> None:
    message = 'Open [First](/dashboard/lists?q=Sample+First&tpl_var_cluster%5B0%5D={{kube_cluster_name.name}}).'
    samples.write(assets / 'monitors/one.json', samples.monitor('Sample monitor one', message=message))
    run('install')
    (id,) = (id for id, one in api.dashboards.items() if one['title'] == samples.FIRST)
    (written,) = (one for one in api.monitors.values() if one['name'] == 'Sample monitor one')
    link = f'https://app.datadoghq.com/dashboard/{id}?tpl_var_cluster%5B0%5D={{{{kube_cluster_name.name}}}}'
    assert written['message'] == f'Open [First]({link}).'
    assert run('install', '--only', 'monitors').writes == []


@pytest.mark.parametrize(
    ('tags', 'said'),
    [
        (['kube_cluster_name:prod', 'kube_node:a'], ''),
        (
            ['kube_node:a', 'source:cilium-agent'],
            'cilium.version has no tag kube_cluster_name. No monitor will ever alert',
        ),
        (['kube_cluster_name:prod'], 'cilium.version has no tag kube_node. Monitors by node will never alert'),
        (None, 'this organisation has no metric cilium.version yet'),
    ],
)
def test_tags_that_monitors_need_are_looked_for_before_anything_is_written(
    run: Run, api: DatadogApi, tags: list[str] | None, said: str
) -> None:
    api.metric_tags = {} if tags is None else {'cilium.version': tags}
    outcome = run('install')
    assert outcome.status == 0
    assert ('warning' in outcome.output) == bool(said)
    assert said in outcome.output
    assert not said or outcome.output.index(said) < outcome.output.index('Plan:')


def test_tags_that_cannot_be_read_are_no_failure(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('GET', '/api/v2/metrics/.*', 403))
    outcome = run('install')
    assert outcome.status == 0
    assert 'warning: could not read the tags of cilium.version: HTTP 403' in outcome.output


def test_an_error_holds_no_key(api: DatadogApi) -> None:
    api.faults.append(Fault('GET', '.*', 400, text=f'unknown {API_KEY} {APP_KEY}', headers={'X-Echo': APP_KEY}))
    connection = Connection(Settings(API_KEY, APP_KEY, 'datadoghq.com'), api.url)
    with pytest.raises(ApiFailure, match='unknown') as raised:
        connection.call('read a monitor', 'monitors_read', MonitorsApi(connection.client).get_monitor, 1)
    shown = ''.join(traceback.format_exception(raised.value)) + repr(connection.settings)
    assert API_KEY not in shown
    assert APP_KEY not in shown


def test_a_key_in_a_title_is_not_shown(run: Run, api: DatadogApi, assets: Path) -> None:
    samples.write(assets / 'monitors/three.json', samples.monitor(f'Uses {API_KEY}'))
    assert "'Uses <DD_API_KEY>'" in run('install').output


def test_keys_are_masked_whole() -> None:
    settings = Settings('12345678', '12345678-and-more', 'datadoghq.com')
    assert settings.without_keys('12345678-and-more, 12345678') == '<DD_APP_KEY>, <DD_API_KEY>'
    assert Settings('e', '', 'datadoghq.com').without_keys('left alone') == 'left alone'


def test_a_kind_that_cannot_be_read_is_left_alone(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('GET', '/api/v1/logs/config/pipelines', 403))
    outcome = run('install')
    assert outcome.status == 1
    assert 'logs_read_config' in outcome.output
    assert 'Plan: not known for pipelines\nPlan: create: 5\n' in outcome.output
    assert '@dns.question.name' not in outcome.output
    assert (len(api.dashboards), len(api.monitors), len(api.pipelines)) == (2, 2, 0)


def test_wrong_keys_end_the_run(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('GET', '.*', 401))
    outcome = run('install')
    assert outcome.status == 1
    assert len(api.requests) == 1
    assert outcome.output.splitlines()[2:] == [
        'Plan: not known for dashboards, monitors, slos, pipelines',
        '1 failed, see above. The next run goes on from here.',
    ]
    assert 'DD_APP_KEY is not a key of datadoghq.com' in outcome.output


@pytest.mark.parametrize(
    'fault',
    [
        Fault('POST', '/api/v1/dashboard', 500, after=1, times=1),
        Fault('POST', '/api/v1/monitor', 502, after=1, times=1),
        Fault('POST', '/api/v1/logs/config/pipelines', 503, times=1),
        Fault('PUT', '/api/v1/dashboard/.*', 500, after=1),
        Fault('PUT', '/api/v1/monitor/.*', 500, after=1),
        Fault('GET', '/api/v1/monitor/.*', 500),
    ],
    ids=lambda fault: f'{fault.method} {fault.path} {fault.status}',
)
def test_a_second_run_goes_on_after_a_server_error(run: Run, api: DatadogApi, fault: Fault) -> None:
    api.faults.append(fault)
    outcome = run('install')
    assert outcome.status == 1
    assert f'HTTP {fault.status}' in outcome.output
    api.faults.clear()
    outcome = run('install')
    assert outcome.status == 0
    made = Counter(one.get('title') or one['name'] for one in (*api.dashboards.values(), *api.monitors.values()))
    assert set(made.values()) == {1}
    assert (len(api.dashboards), len(api.monitors), len(api.pipelines)) == (2, 2, 1)
    assert run('install').writes == []


def test_creating_is_not_tried_again_in_the_same_run(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('POST', '/api/v1/logs/config/pipelines', 500, times=1))
    outcome = run('install', '--only', 'pipelines')
    assert outcome.writes == ['POST /api/v1/logs/config/pipelines']


def test_a_refused_monitor_does_not_stop_the_others(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('POST', '/api/v1/monitor', 400, times=1, text='The value provided is\x1b[2J invalid'))
    outcome = run('install')
    assert outcome.status == 1
    assert "could not create monitor 'Sample monitor one': HTTP 400" in outcome.output
    assert '\x1b' not in outcome.output
    assert [one['name'] for one in api.monitors.values()] == ['Sample monitor two']


def test_a_dashboard_that_others_may_not_change_does_not_stop_the_rest(run: Run, api: DatadogApi) -> None:
    run('install')
    closed = next(iter(api.dashboards))
    api.faults.append(Fault('DELETE', f'/api/v1/dashboard/{closed}', 403))
    assert run('uninstall').status == 1
    assert list(api.dashboards) == [closed]


def test_a_server_that_does_not_answer(run: Run, api: DatadogApi) -> None:
    api.stop()
    outcome = run('install')
    assert outcome.status == 1
    assert 'does not answer' in outcome.output
    assert outcome.output.count('failed:') == 1


def test_keys_do_not_follow_a_redirect(run: Run, api: DatadogApi) -> None:
    other = DatadogApi()
    api.faults.append(Fault('GET', '.*', 307, headers={'Location': f'{other.url}/api/v1/dashboard'}))
    try:
        outcome = run('install')
    finally:
        other.stop()
    assert outcome.status == 1
    assert 'HTTP 307' in outcome.output
    assert other.requests == []


def test_the_proxy_of_the_environment(api: DatadogApi, assets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('NO_PROXY')
    monkeypatch.delenv('no_proxy')
    monkeypatch.setenv('http_proxy', api.url)
    assert main(['install'], KEYS, assets, 'http://localhost:1') == 0
    assert len(api.monitors) == 2


def test_an_answer_that_is_not_of_datadog(run: Run, api: DatadogApi) -> None:
    api.faults.append(Fault('GET', '.*', 200))
    outcome = run('install', '--only', 'monitors')
    assert outcome.status == 1
    assert 'is not that of Datadog' in outcome.output


@contextmanager
def answered(api: DatadogApi, method: str, path: str, answer: object) -> Iterator[None]:
    """Answer requests whose path matches a regular expression with `answer`. What they ask for is done."""
    real = api.answer

    def answer_of(request: Request) -> object:
        done = real(request)
        return answer if request.method == method and re.fullmatch(path, request.path) else done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, 'answer', answer_of)
        yield


@pytest.mark.parametrize(
    ('path', 'answer', 'message'),
    [
        ('/api/v1/dashboard', {}, 'a dashboard is not that of Datadog: `dashboards` must be a list'),
        ('/api/v1/dashboard', {'dashboards': [1]}, '`dashboards` must be a list of objects'),
        ('/api/v1/dashboard', {'dashboards': [{'title': 'x'}]}, '`id` must be a text'),
        ('/api/v1/dashboard', {'dashboards': [{'id': 'x', 'title': None}]}, '`title` must be a text'),
        ('/api/v1/monitor', [{'id': 'x'}], 'a monitor is not that of Datadog: `id` must be a whole number'),
        ('/api/v1/monitor', [{'id': 1}], '`name` must be a text'),
        ('/api/v1/monitor', [{'id': 1, 'name': 'x', 'tags': [1]}], '`tags` must be a list of texts'),
        ('/api/v1/monitor', [{'id': 1, 'name': 'x', 'options': []}], '`options` must be an object'),
        ('/api/v1/monitor', [1], 'is not that of Datadog'),
        ('/api/v1/logs/config/pipelines', [{'name': 'x'}], 'a log pipeline is not that of Datadog: `id` must be a'),
        ('/api/v1/logs/config/pipelines', [{'id': 'x', 'name': API_KEY, 'description': 1}], '`description` must'),
    ],
)
def test_a_list_that_lacks_something_is_said(
    run: Run, api: DatadogApi, path: str, answer: object, message: str
) -> None:
    run('install')
    with answered(api, 'GET', path, answer):
        for command in ('install', 'uninstall'):
            outcome = run(command, '--dry-run')
            assert outcome.status == 1
            assert message in outcome.output
            assert 'Plan: not known for ' in outcome.output


@pytest.mark.parametrize(
    ('method', 'path', 'answer', 'message'),
    [
        ('POST', '/api/v1/dashboard', {}, 'a dashboard is not that of Datadog: `id` must be a text'),
        ('POST', '/api/v1/monitor', {}, 'a monitor is not that of Datadog: `id` must be a whole number'),
        ('POST', '/api/v1/logs/config/pipelines', {}, 'a log pipeline is not that of Datadog: `id` must be a text'),
        ('GET', '/api/v1/dashboard/.+', {'id': 'x', 'title': 'x'}, '`widgets` must be a list'),
        ('GET', '/api/v1/dashboard/.+', {'widgets': [{'definition': {'widgets': None}}]}, '`widgets` must be a list'),
        ('GET', '/api/v1/monitor/.+', {'id': 1}, '`name` must be a text'),
        ('GET', '/api/v1/logs/config/pipelines/.+', {'id': 'x'}, '`name` must be a text'),
        ('GET', '/api/v2/downtime', {}, 'a downtime is not that of Datadog: `data` must be a list'),
        ('GET', '/api/v2/downtime', {'data': [{'id': 'x'}]}, '`attributes` must be an object'),
        ('POST', '/api/v2/downtime', {'data': {}}, '`id` must be a text'),
    ],
)
def test_an_answer_that_lacks_something_is_said(
    run: Run, api: DatadogApi, method: str, path: str, answer: object, message: str
) -> None:
    with answered(api, method, path, answer):
        outcome = run('install', '--muted')
    assert outcome.status == 1
    assert message in outcome.output
    assert run('install', '--muted').status == 0


def test_waiting_has_a_bound() -> None:
    waits = {'7': 7.0, '3600': 60.0, 'inf': 60.0, '-1': None, 'nan': None, 'soon': None}
    for header, seconds in waits.items():
        response = urllib3.HTTPResponse(headers={'X-RateLimit-Reset': header})
        assert RetryPolicy().get_retry_after(response) == seconds
    assert RetryPolicy().get_retry_after(urllib3.HTTPResponse()) is None


def test_what_is_left_to_do_by_hand(run: Run) -> None:
    output = run('install', '--dry-run').output
    assert '  Cilium: @cilium.node.name, @cilium.pod.name\n  DNS: @dns.question.name\n' in output
    assert (
        'Sample errors  https://app.datadoghq.com/logs?query=source%3Asample%20status%3Aerror&cols=host%2Cservice'
        in output
    )


def test_what_is_left_to_do_by_hand_is_said_once(run: Run) -> None:
    assert '@dns.question.name' in run('install').output
    outcome = run('install')
    assert '@dns.question.name' not in outcome.output
    assert 'made by hand' in outcome.output


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'DD_API_KEY': ''}, 'DD_API_KEY is not set'),
        ({'DD_APP_KEY': ''}, 'DD_APP_KEY is not set'),
        ({'DD_APP_KEY': f'{APP_KEY}\n'}, 'DD_APP_KEY holds a character'),
        ({'DD_API_KEY': 'abcdefg'}, 'DD_API_KEY is not a key: it has fewer than 8 characters'),
        ({'DD_APP_KEY': 'e'}, 'DD_APP_KEY is not a key'),
        ({'DD_SITE': 'https://app.datadoghq.com'}, 'DD_SITE is not a site of Datadog'),
        ({'DD_SITE': 'datadoghq.com.example.org'}, 'It must be one of datadoghq.com, us3.datadoghq.com'),
        ({'DD_SITE': API_KEY}, 'DD_SITE is not a site of Datadog'),
    ],
)
def test_settings_that_are_wrong(run: Run, api: DatadogApi, changes: dict[str, str], message: str) -> None:
    outcome = run('install', environment={**KEYS, **changes})
    assert outcome.status == 2
    assert message in outcome.output
    assert api.requests == []


def test_pages_are_those_of_the_site(run: Run, api: DatadogApi) -> None:
    output = run('install', environment={**KEYS, 'DD_SITE': 'us5.datadoghq.com'}).output
    assert f'https://us5.datadoghq.com/dashboard/{next(iter(api.dashboards))}' in output


def test_keys_are_not_sent_in_the_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['install'], KEYS, server='http://192.0.2.1') == 2
    assert 'is not HTTPS' in capsys.readouterr().err


def test_the_assets_of_the_project(run: Run, api: DatadogApi) -> None:
    everything = ('install', '--monitors', 'all')
    outcome = run(*everything, folder=ASSETS)
    assert outcome.status == 0, outcome.output
    folders = (('dashboards', api.dashboards), ('monitors', api.monitors), ('slos', api.slos))
    for folder, made in folders:
        assert len(made) == len(list(ASSETS.glob(f'{folder}/*.json')))
    assert [one['name'] for one in api.pipelines.values()] == ['Cilium']
    assert run(*everything, folder=ASSETS).writes == []
    assert run('install', folder=ASSETS).writes == [], 'what was chosen earlier stays'
    assert run('uninstall').status == 0
    assert (api.dashboards, api.monitors, api.slos, api.pipelines) == ({}, {}, {}, {})


def test_the_command_line() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith('DD_')}
    command = [sys.executable, '-m', 'toolkit.installer', 'install', '--dry-run']
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith('error: DD_API_KEY is not set')
