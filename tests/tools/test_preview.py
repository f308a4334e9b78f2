# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The preview over HTTP, without a browser: the demo, played for the real check."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

pytest.importorskip('numpy', reason='needs requirements/toolkit.txt')
pytest.importorskip('vector_vrl', reason='needs requirements/toolkit.txt on Python 3.12 or newer')
pytest.importorskip('starlette', reason='needs requirements/preview.txt')

from preview_server import INTERVAL, LONG_ENOUGH, PreviewServer

from datadog_checks.cilium.commands.exposition_server import ExpositionServer
from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, HEALTHY_BEFORE, INCIDENT, RecordedCluster
from toolkit.assets import load_dashboards
from toolkit.logs.pipeline import ProcessedLog
from toolkit.preview import pasted_line
from toolkit.preview.__main__ import main
from toolkit.preview.feed import RETENTION, Feed, SharedStore
from toolkit.preview.log_book import LogBook, LoggedLine
from toolkit.preview.pasted_line import MOST_CHARACTERS, PastedLineError
from toolkit.preview.security import HEADERS
from toolkit.preview.serving import listening, served
from toolkit.preview.web import application

CHECKOUT = Path(__file__).parent.parent.parent
PAGES = ('/', '/monitors', '/logs', '/metrics', '/metrics/data', '/differences')
FILES = ('/static/preview.css', '/charts/uPlot.iife.js')

pytestmark = pytest.mark.skipif(find_spec('uplot') is None, reason='needs requirements/preview.txt')


@pytest.fixture(scope='module')
def preview() -> Iterator[PreviewServer]:
    with PreviewServer(nodes=1) as server:
        yield server


@pytest.fixture(scope='module')
def dashboards(preview) -> list[str]:
    names = list(preview.app.state.pages.dashboards)
    assert names, 'there are no dashboards in assets/dashboards'
    return names


def get(preview: PreviewServer, path: str, **headers: str) -> requests.Response:
    return requests.get(preview.url + path, headers=headers, timeout=10)


def paste(preview: PreviewServer, body: object, **headers: str) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body)
    headers = {'Content-Type': 'application/json', **headers}
    return requests.post(f'{preview.url}/logs/parse', data=data, headers=headers, timeout=30)


def test_every_page_answers_with_the_headers_that_protect_it(preview, dashboards):
    for path in (*PAGES, *FILES, *(f'/dashboards/{name}' for name in dashboards), '/monitors/unreachable_nodes'):
        answer = get(preview, path)
        assert answer.status_code == 200, path
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path


def test_the_policy_allows_no_inline_script(preview):
    policy = get(preview, '/').headers['Content-Security-Policy']
    assert "script-src 'self'" in policy
    assert 'unsafe' not in policy
    for path in ('/', '/monitors', '/logs', '/metrics', '/dashboards/cilium_overview'):
        page = get(preview, path).text
        assert '<script>' not in page
        assert ' style="' not in page
        assert ' onclick' not in page


@pytest.mark.parametrize('host', ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1'])
def test_refuses_other_names(preview, host):
    assert get(preview, '/', Host=host).status_code == 400
    assert paste(preview, {'line': 'x', 'source': 'hubble'}, Host=host).status_code == 400


def test_answers_to_localhost(preview):
    assert get(preview, '/', Host='localhost:8123').status_code == 200


@pytest.mark.parametrize('port', ['70000', '-1', 'x', '1.5'])
def test_a_port_that_is_none_is_refused(port, capsys):
    with pytest.raises(SystemExit) as e:
        main([f'--port={port}'])

    assert e.value.code == 2
    assert 'is no port' in capsys.readouterr().err


def test_reading_changes_nothing(preview):
    for path in ('/logs/parse', '/dashboards/cilium_overview'):
        method = requests.get if path == '/logs/parse' else requests.post
        assert method(preview.url + path, timeout=10).status_code == 405


def test_says_what_is_not_there(preview):
    for path in ('/dashboards/none', '/dashboards/none/data', '/monitors/none', '/static/../web.py', '/none'):
        assert get(preview, path).status_code == 404


def test_points_are_bounded(preview):
    store = preview.feed.store
    assert 0 < store.nbytes < 60e6
    columns = len(store.times(0, 1e12)[1])
    assert columns <= 3700 / INTERVAL
    assert store.max_series < 100_000


def test_old_points_are_forgotten(preview):
    store = SharedStore()
    for moment in range(0, 3 * RETENTION, 60):
        store.add(moment, [])
    assert len(store.times(0, 1e12)[1]) <= RETENTION / 60 * 9 / 8 + 2


def test_metrics_tell_what_explain_tells(preview):
    rows = {(row['family'], row['component']): row for row in get(preview, '/metrics/data').json()}
    drops = rows['cilium_drop_count_total', 'cilium-agent']
    assert drops['name'] == 'cilium.drop_count.count'
    assert (drops['type'], drops['tags']) == ('counter', ['direction', 'reason'])
    assert drops['series'] > 0
    assert 'Cilium Overview' in drops['dashboards']
    assert drops['monitors']
    replaced = [row for row in rows.values() if row['reason']]
    assert replaced
    assert not any(row['name'] or row['series'] for row in replaced)


def test_a_search_finds_logs(preview):
    page = get(preview, '/logs?query=source:cilium-agent&range=1h').text
    assert '<span class="source">cilium-agent</span>' in page
    assert '<span class="source">cilium-operator</span>' not in page


def test_a_search_that_is_not_valid_says_so(preview):
    answer = get(preview, '/logs?query=status:(')
    assert answer.status_code == 200
    assert 'class="error"' in answer.text


def test_a_pasted_line_is_parsed(preview):
    found = paste(preview, {'line': 'level=error msg="it broke" subsys=endpoint', 'source': 'cilium-agent'}).json()
    assert (found['message'], found['status']) == ('it broke', 'error')
    assert found['rules']


@pytest.mark.parametrize(
    ('body', 'status', 'told'),
    [
        ({'line': 'x' * (MOST_CHARACTERS + 1), 'source': 'hubble'}, 422, 'Shorten it'),
        ({'line': 'x', 'source': '../../etc'}, 422, 'There is no source'),
        ({'line': ' ', 'source': 'hubble'}, 422, 'empty'),
        ({'line': 'x'}, 400, 'line'),
        ([], 400, 'line'),
        (b'\xff', 400, 'line'),
        (b'[' * 9000 + b']' * 9000, 400, 'line'),
        (b'"' + b'x' * 200_000, 413, 'too long'),
    ],
)
def test_pasted_lines_are_bounded(preview, body, status, told):
    answer = paste(preview, body)
    assert answer.status_code == status
    assert told in answer.text


@pytest.mark.parametrize(
    'headers', [{'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'}, {'Content-Type': 'text/plain'}]
)
def test_other_sites_cannot_paste(preview, headers):
    assert paste(preview, {'line': 'x', 'source': 'hubble'}, **headers).status_code == 403


def test_a_line_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(pasted_line, 'MOST_SECONDS', 0.05)
    with pytest.raises(PastedLineError, match='was given up'):
        pasted_line.parse('x', 'hubble')


def test_the_command_listens_on_loopback_only():
    with listening(0) as listener:
        assert listener.getsockname()[0] == '127.0.0.1'
        with pytest.raises(OSError, match='in use'):
            listening(listener.getsockname()[1])


def test_a_url_that_the_check_refuses_is_refused():
    answer = subprocess.run(
        [sys.executable, '-m', 'toolkit.preview', '--agent-endpoint', 'nonsense'],
        cwd=CHECKOUT,
        capture_output=True,
        encoding='utf-8',
        timeout=60,
    )
    assert answer.returncode == 2
    assert 'agent_endpoint' in answer.stderr


def test_shows_endpoints_that_somebody_gives():
    with RecordedCluster() as cluster:
        gone = {'envoy_endpoint': 'http://127.0.0.1:9/metrics'}
        feed = Feed([{**cluster.instance, **gone}], [], LogBook(), interval=15)
        for stage in (HEALTHY_BEFORE, HEALTHY, INCIDENT):
            cluster.stage = stage
            feed.collect(feed.now + 15 if feed.now else 1_800_000_014)
        with served(application(feed, load_dashboards(), {})) as url:
            page = requests.get(url, timeout=10).text
            assert 'Collecting your endpoints' in page
            assert '1 failed' in page
            data = requests.get(f'{url}/dashboards/cilium_agent/data', timeout=10).json()
            assert sum(widget['kind'] == 'timeseries' for widget in data['widgets']) > 10
            families = requests.get(f'{url}/metrics/data', timeout=10).json()
    assert sum(row['series'] for row in families) > 1000


def test_what_the_store_cannot_keep_is_told_and_the_rest_is_collected():
    agent = (
        '# TYPE cilium_drop_count_total counter\ncilium_drop_count_total 1\n'
        '# TYPE cilium_unreachable_nodes gauge\ncilium_unreachable_nodes 3\n'
    )
    hubble = '# TYPE mine gauge\nmine 1\n'
    same_name = {'extra_metrics': [{'mine': 'drop_count.count'}]}
    texts = {'/agent': agent.encode(), '/hubble': hubble.encode()}
    with ExpositionServer(texts.get) as server:
        instances = [
            {'agent_endpoint': f'{server.url}/agent'},
            {'hubble_endpoint': f'{server.url}/hubble', **same_name},
        ]
        feed = Feed(instances, [], LogBook(), interval=15)
        for moment in (14, 29, 44):
            feed.collect(1_800_000_000 + moment)
        with served(application(feed, {}, {})) as url:
            page = requests.get(f'{url}/logs', timeout=10).text
    (error,) = feed.errors
    assert error == (
        '1 points are left out. The first one: cilium.drop_count.count is a gauge, and cannot be a count too'
    )
    assert '1 failed' in page
    assert 'cannot be a count too' in page
    assert len(feed.store.statuses('cilium.openmetrics.health')) == 2
    (row,) = feed.store.metrics['cilium.unreachable.nodes'].rows
    columns, _ = feed.store.times(0, 1e12)
    assert feed.store.values([row], columns).tolist() == [[3, 3, 3]]


def test_a_hostile_log_stays_text():
    hostile = '<img src=x onerror=alert(1)>'
    log = ProcessedLog(hostile, hostile, 0, hostile, 'x', (hostile,), {hostile: hostile}, (hostile,))
    feed = Feed([], [], LogBook([LoggedLine(log, 0, repeats=False)], started=1_800_000_000))
    feed.collect(1_800_000_010)
    with served(application(feed, {}, {})) as url:
        page = requests.get(f'{url}/logs', timeout=10).text
        search = requests.get(f'{url}/logs', {'query': f'"{hostile}'}, timeout=10).text
    assert page.count('&lt;img src=x') >= 5
    assert '&lt;img src=x' in search
    assert '<img' not in page + search


def test_monitors_are_green_in_health_red_in_the_incident_and_green_again(preview):
    """The last test: it moves the clock."""
    fired = {'unreachable_nodes', 'remote_cluster_not_ready', 'controllers_failing'}
    assert not {name for name, status in preview.statuses().items() if status in ('ALERT', 'WARN')}
    preview.advance(preview.incident_begins + LONG_ENOUGH - INTERVAL)
    assert {name for name, status in preview.statuses().items() if status == 'ALERT'} >= fired
    page = get(preview, '/monitors/unreachable_nodes').text
    assert 'class="status alert"' in page
    assert 'kube_cluster_name:demo' in page
    preview.advance(preview.feed.now + LONG_ENOUGH)
    preview.advance(preview.feed.now + 2 * INTERVAL)
    assert not {name for name, status in preview.statuses().items() if status in ('ALERT', 'WARN')}
    changes = [(change.monitor.name, change.after) for change in preview.feed.watch.changes]
    assert changes.index(('unreachable_nodes', 'ALERT')) < changes.index(('unreachable_nodes', 'OK'))
