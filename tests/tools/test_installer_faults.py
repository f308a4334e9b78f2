# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The asset installer when something goes wrong: answers of the API, runs that stop, runs at once, people's edits."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from datadog_api import samples
from datadog_api.errors import Refused
from datadog_api.runs import KEYS
from datadog_api.server import API_KEY, APP_KEY, DatadogApi, Fault, Request

from toolkit.installer.__main__ import main

CHECKOUT = Path(__file__).parents[2]
KINDS = {
    'dashboards': '/api/v1/dashboard',
    'monitors': '/api/v1/monitor',
    'slos': '/api/v1/slo',
    'pipelines': '/api/v1/logs/config/pipelines',
}
Document = dict[str, object]


@dataclass
class Installer:
    """Runs the installer. `output` is what the last run printed, which never holds a key."""

    api: DatadogApi
    assets: Path
    capture: pytest.CaptureFixture[str]
    output: str = ''

    def __call__(self, *arguments: str, patience: float = 60.0) -> int:
        status = main(arguments, KEYS, self.assets, self.api.url, backoff=0.001, patience=patience)
        self.output = ''.join(self.capture.readouterr())
        assert API_KEY not in self.output
        assert APP_KEY not in self.output
        return status

    def writes(self, *arguments: str) -> list[str]:
        """Run, which must succeed, and return the requests that changed something."""
        before = len(self.api.writes)
        assert self(*arguments) == 0, self.output
        return self.api.writes[before:]


@pytest.fixture
def run(api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str]) -> Installer:
    """The installer."""
    return Installer(api, assets, capsys)


def everything(api: DatadogApi) -> dict[str, dict[str, Document]]:
    """Return what the server keeps, by kind and id."""
    return {'dashboards': api.dashboards, 'monitors': api.monitors, 'slos': api.slos, 'pipelines': api.pipelines}


def titles(api: DatadogApi, kind: str) -> Counter[str]:
    """Return how often each title is there."""
    return Counter(one.get('title') or one['name'] for one in everything(api)[kind].values())


def change(assets: Path) -> None:
    """Change an asset of each kind, as a new version does."""
    for path in ('dashboards/first.json', 'monitors/one.json', 'slos/sample.json'):
        document = json.loads((assets / path).read_text())
        (document.get('definition') or document)['description' if 'slos' in path or 'dash' in path else 'message'] = (
            'New.'
        )
        samples.write(assets / path, document)
    path = assets / 'logs/sample.yaml'
    path.write_text(path.read_text().replace('name: Inner', 'name: Other'))


def store_foreign(api: DatadogApi) -> dict[str, str]:
    """Store one of each kind that somebody else made, under the same titles. Return the ids."""
    pipeline = {'name': 'Sample', 'filter': {'query': '*'}, 'processors': []}
    slo = {key: value for key, value in samples.SLO.items() if key != 'tags'}
    return {
        'dashboards': str(api.store_dashboard(samples.dashboard(samples.FIRST, links_to='x'))['id']),
        'monitors': str(api.store_monitor(samples.monitor('Sample monitor one')['definition'])['id']),
        'slos': str(api.store_slo({**slo, 'tags': []})['data'][0]['id']),
        'pipelines': str(api.store_pipeline(pipeline)['id']),
    }


# ---- each answer of the API, at each step

ANSWERS = {
    **{str(status): Fault('', '', status) for status in (400, 401, 403, 404, 409, 500)},
    '429': Fault('', '', 429, headers={'Retry-After': '0'}),
    'HTML with 502': Fault('', '', 502, form='html'),
    'HTML with 200': Fault('', '', 200, form='html'),
    'cut JSON': Fault('', '', 200, form='cut'),
    'reset': Fault('', '', 0, form='reset'),
}
LOST = {
    f'{name}, but done': replace(fault, done=True)
    for name, fault in ANSWERS.items()
    if name in ('500', 'HTML with 502', 'HTML with 200', 'cut JSON', 'reset')
}
"""Answers that do not tell whether the request was carried out."""

STEPS = {
    'list': ('GET', ''),
    'read': ('GET', '/[^/]+'),
    'create': ('POST', ''),
    'update': ('PUT', '/[^/]+'),
    'delete': ('DELETE', '/[^/]+'),
}


@pytest.mark.parametrize(
    ('step', 'answer'),
    [
        (step, answer)
        for step, (method, _) in STEPS.items()
        for answer in (ANSWERS if method == 'GET' else ANSWERS | LOST)
    ],
)
@pytest.mark.parametrize('kind', KINDS)
def test_the_next_run_completes(
    run: Installer, api: DatadogApi, assets: Path, kind: str, step: str, answer: str
) -> None:
    method, below = STEPS[step]
    foreign = deepcopy(everything(api)[kind][store_foreign(api)[kind]])
    command = 'uninstall' if step == 'delete' else 'install'
    if step in ('update', 'delete', 'list'):
        assert run('install') == 0
    if step == 'update':
        change(assets)
    api.faults.append(replace((ANSWERS | LOST)[answer], method=method, path=KINDS[kind] + below))
    run(command, '--only', kind)
    assert 'Traceback' not in run.output
    api.faults.clear()
    assert run(command, '--only', kind) == 0, run.output
    expected = Counter(
        {
            'dashboards': [samples.FIRST, samples.FIRST, samples.SECOND],
            'monitors': ['Sample monitor one', 'Sample monitor one', 'Sample monitor two'],
            'slos': ['Sample SLO', 'Sample SLO'],
            'pipelines': ['Sample', 'Sample'],
        }[kind]
    )
    if step == 'delete':
        expected = Counter([foreign.get('title') or foreign['name']])
    assert titles(api, kind) == expected, run.output
    assert foreign in everything(api)[kind].values()
    assert run.writes(command, '--only', kind) == []
    if step == 'update':
        assert 'New.' in json.dumps(everything(api)[kind]) or 'Other' in json.dumps(everything(api)[kind])
    assert run('uninstall', '--only', kind) == 0
    assert list(everything(api)[kind].values()) == [foreign], 'nothing that a run made is forgotten'


@pytest.mark.parametrize('done', [False, True])
@pytest.mark.parametrize('step', [('GET', ''), ('POST', ''), ('PUT', '/[^/]+'), ('GET', '/[^/]+')])
def test_the_next_run_completes_after_a_silence(
    run: Installer, api: DatadogApi, step: tuple[str, str], done: bool
) -> None:
    method, below = step
    # Once: it is tried again where that is safe.
    api.faults.append(Fault(method, KINDS['monitors'] + below, 0, times=1, form='silence', done=done))
    assert run('install', '--only', 'monitors', patience=0.5) == (1 if method == 'POST' else 0), run.output
    assert ('ReadTimeout' in run.output) == (method == 'POST')
    assert run('install', '--only', 'monitors') == 0
    assert titles(api, 'monitors') == Counter(['Sample monitor one', 'Sample monitor two'])
    assert run.writes('install', '--only', 'monitors') == []


@pytest.mark.parametrize('answer', [*ANSWERS, *LOST])
@pytest.mark.parametrize(
    'step',
    [
        ('GET', '/api/v2/metrics/.*'),
        ('GET', '/api/v1/metrics'),
        ('GET', '/api/v2/downtime'),
        ('POST', '/api/v2/downtime'),
        ('DELETE', '/api/v2/downtime/.*'),
    ],
    ids=lambda step: ' '.join(step),
)
def test_the_next_run_completes_with_silent_monitors(
    run: Installer, api: DatadogApi, step: tuple[str, str], answer: str
) -> None:
    method, path = step
    api.faults.append(replace((ANSWERS | LOST)[answer], method=method, path=path))
    run('install', '--muted')
    if method != 'DELETE':
        api.faults.clear()
    assert run('install', '--muted') == 0
    assert len(api.downtimes) == 1
    assert all('muted-by:datadog-cilium' in one['tags'] for one in api.monitors.values())
    if method == 'DELETE':
        run('uninstall')
        api.faults.clear()
    assert run('uninstall') == 0
    assert api.downtimes == {}


def test_who_has_not_muted_needs_no_permission_for_downtimes(run: Installer, api: DatadogApi) -> None:
    assert run('install') == 0
    api.faults.append(Fault('GET', '/api/v2/downtime', 403))
    assert run('uninstall') == 0


# ---- what others made


def quote(api: DatadogApi, text: str) -> None:
    """Store a dashboard and a pipeline of somebody else whose description ends with a text."""
    store_foreign(api)
    for one in (*api.dashboards.values(), *api.pipelines.values()):
        one['description'] = text


def markers(api: DatadogApi) -> list[str]:
    """Return the last line of the description of a dashboard of the installer, and the marker in it."""
    (line,) = {one['description'].splitlines()[-1] for one in api.dashboards.values() if one['title'] == samples.SECOND}
    return [line, line.rpartition(' ')[2]]


@pytest.mark.parametrize(
    'description',
    [
        'We copied this: {line}',
        '{line}\nis what their installer writes.',
        'It needs {marker} as its last word: {marker}',
        '{marker}',
        'A copy.\n\n{line}',
        'A copy.\n\n{unfinished}',
    ],
)
@pytest.mark.parametrize('arguments', [['install'], ['install', '--overwrite'], ['uninstall', '--delete-edited']])
def test_a_marker_that_somebody_quotes_costs_nothing(
    run: Installer, api: DatadogApi, description: str, arguments: list[str]
) -> None:
    assert run('install') == 0
    line, marker = markers(api)
    unfinished = re.sub(r'/[0-9a-f]{12}/[^/]+$', '/unsealed', line)
    quote(api, '')
    mine = api.store_dashboard({**samples.dashboard('Mine', links_to='x')})
    mine['description'] = description.format(line=line, marker=marker, unfinished=unfinished)
    before = deepcopy(mine)
    assert run(*arguments) == 0
    assert api.dashboards[before['id']] == before


@pytest.mark.parametrize('arguments', [['install'], ['install', '--overwrite'], ['uninstall', '--delete-edited']])
@pytest.mark.parametrize('id_of', ['its own', 'none'])
def test_a_monitor_with_the_two_tags_stays(run: Installer, api: DatadogApi, arguments: list[str], id_of: str) -> None:
    assert run('install') == 0
    original = next(one for one in api.monitors.values() if one['name'] == 'Sample monitor one')
    copy = api.store_monitor({key: value for key, value in original.items() if key not in ('id', 'created')})
    copy['message'] = 'Mine.'
    if id_of == 'none':
        copy['tags'] = [re.sub(r'/[0-9a-f]{12}/\d+$', '/unsealed', tag) for tag in copy['tags']]
    before = deepcopy(copy)
    assert run(*arguments) == 0
    assert api.monitors[str(before['id'])] == before
    assert id_of != 'none' or 'not certain that the installer made this one' in run.output


def test_after_an_uninstallation_a_copy_is_still_a_copy(run: Installer, api: DatadogApi) -> None:
    assert run('install') == 0
    for kind in ('dashboards', 'pipelines', 'monitors'):
        original = next(iter(everything(api)[kind].values()))
        store = {'dashboards': api.store_dashboard, 'pipelines': api.store_pipeline, 'monitors': api.store_monitor}[
            kind
        ]
        store({key: value for key, value in original.items() if key not in ('id', 'created')})
    assert run('uninstall') == 0
    copies = deepcopy(everything(api))
    assert [len(one) for one in copies.values()] == [1, 1, 0, 1]
    assert run('uninstall', '--delete-edited') == 0
    assert everything(api) == copies
    assert run('install') == 0
    assert run('uninstall', '--delete-edited') == 0
    assert everything(api) == copies


def test_what_was_deleted_in_the_meantime_is_no_failure(run: Installer, api: DatadogApi) -> None:
    assert run('install') == 0
    real, gone = api.answer, next(iter(api.dashboards))

    def answer(request: Request) -> object:
        if request.path == f'/api/v1/dashboard/{gone}':
            raise Refused(404, 'deleted after the list was read')
        return real(request)

    api.answer = answer
    assert run('uninstall') == 0
    assert api.monitors == {}


# ---- edits


def stop_after_creating(run: Installer, api: DatadogApi) -> None:
    """Leave everything unsealed, as a run does that is stopped: the updates that follow fail."""
    for path in KINDS.values():
        api.faults.append(Fault('PUT', f'{path}/.*', 400))
    run('install')
    api.faults.clear()


def edit(api: DatadogApi) -> dict[str, Document]:
    """Edit one of each kind, and return what they are afterwards."""
    dashboard, monitor = next(iter(api.dashboards.values())), next(iter(api.monitors.values()))
    slo, pipeline = next(iter(api.slos.values())), next(iter(api.pipelines.values()))
    dashboard['widgets'][0]['definition']['title'] = 'Mine'
    monitor['message'] += ' @slack-network'
    slo['name'] = 'Mine'
    pipeline['filter']['query'] = 'source:mine'
    return deepcopy(
        {kind: next(iter(one.values())) for kind, one in everything(api).items()},
    )


@pytest.mark.parametrize('arguments', [['install'], ['uninstall']])
def test_edits_before_the_seal_stay(run: Installer, api: DatadogApi, arguments: list[str]) -> None:
    stop_after_creating(run, api)
    edited = edit(api)
    assert run(*arguments) == 0
    assert {kind: next(iter(one.values())) for kind, one in everything(api).items()} == edited
    assert 'doubt: 4' in run.output
    assert run(*arguments) == 0
    assert {kind: next(iter(one.values())) for kind, one in everything(api).items()} == edited


def test_what_was_not_edited_before_the_seal_is_finished(run: Installer, api: DatadogApi) -> None:
    stop_after_creating(run, api)
    assert run('install') == 0
    assert 'unsealed' not in json.dumps(everything(api))
    assert [len(one) for one in everything(api).values()] == [2, 2, 1, 1]
    assert run.writes('install') == []


def test_an_update_that_was_not_finished(run: Installer, api: DatadogApi, assets: Path) -> None:
    assert run('install') == 0
    change(assets)
    # The update is carried out, the seal that follows is not.
    api.faults.append(Fault('PUT', '/api/v1/monitor/.*', 400, after=1))
    assert run('install', '--only', 'monitors') == 1
    api.faults.clear()
    (changed,) = (one for one in api.monitors.values() if one['message'] == 'New.')
    changed['message'] = 'Mine.'
    assert run.writes('install', '--only', 'monitors') == []
    assert 'it may have been edited since' in run.output
    assert run('uninstall', '--only', 'monitors') == 0
    assert [one['message'] for one in api.monitors.values()] == ['Mine.']
    assert run('install', '--only', 'monitors', '--overwrite') == 0
    assert changed['id'] in [one['id'] for one in api.monitors.values() if one['message'] == 'New.']


def test_an_edit_during_the_run_stays(run: Installer, api: DatadogApi, assets: Path) -> None:
    assert run('install') == 0
    change(assets)
    real = api.answer
    edited = next(one for one in api.monitors.values() if one['name'] == 'Sample monitor one')

    def answer(request: Request) -> object:
        done = real(request)
        if request.path == '/api/v1/slo':
            # After the monitors were read, before they are written.
            edited['message'] = 'Mine.'
        return done

    api.answer = answer
    assert run('install') == 1
    assert "monitor 'Sample monitor one' was changed in Datadog during this run, and was left alone" in run.output
    assert edited['message'] == 'Mine.'
    assert run('install') == 0
    assert edited['message'] == 'Mine.'


# ---- two runs at once


def at_the_same_time(run: Installer, api: DatadogApi) -> int:
    """Let a second run do all its work between the plan of the first one and its writes. Return the first's status."""
    real, started = api.answer, []

    def answer(request: Request) -> object:
        if request.method != 'GET' and not started:
            started.append(True)
            assert main(['install'], KEYS, run.assets, api.url) == 0
        return real(request)

    api.answer = answer
    status = run('install')
    api.answer = real
    return status


def test_two_runs_at_once_are_said_and_mended_by_the_next(run: Installer, api: DatadogApi) -> None:
    foreign = store_foreign(api)
    assert at_the_same_time(run, api) == 1
    assert titles(api, 'monitors')['Sample monitor two'] == 2
    assert "monitor 'Sample monitor two' is there 2 times, because another run was at work" in run.output
    assert run('install') == 0
    assert 'made twice, by two runs at the same time' in run.output
    assert [len(one) for one in everything(api).values()] == [3, 3, 2, 2]
    assert run.writes('install') == []
    assert run('uninstall') == 0
    assert {kind: list(one) for kind, one in everything(api).items()} == {kind: [id] for kind, id in foreign.items()}


def test_an_uninstallation_knows_all_of_two_runs(run: Installer, api: DatadogApi) -> None:
    assert at_the_same_time(run, api) == 1
    assert run('uninstall') == 0
    assert everything(api) == {kind: {} for kind in KINDS}


def test_of_two_the_edited_one_stays(run: Installer, api: DatadogApi) -> None:
    assert at_the_same_time(run, api) == 1
    newer = [one for one in api.monitors.values() if one['name'] == 'Sample monitor one'][-1]
    newer['message'] = 'Mine.'
    assert run('install') == 0
    assert [one['message'] for one in api.monitors.values() if one['name'] == 'Sample monitor one'] == ['Mine.']


def test_all_downtimes_of_several_runs_end(run: Installer, api: DatadogApi) -> None:
    assert run('install', '--muted') == 0
    (downtime,) = api.downtimes.values()
    api.store_downtime({'data': {'type': 'downtime', 'attributes': downtime['attributes']}})
    assert run('uninstall') == 0
    assert api.downtimes == {}


# ---- the terminal and the network


@pytest.fixture
def command(api: DatadogApi, assets: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command as a process, in a shell. `python` stands for what runs it."""
    program = (
        'import logging, sys; from pathlib import Path; from toolkit.installer.__main__ import main, robust_output; '
        f'robust_output(); sys.exit(main(sys.argv[1:], {KEYS!r}, Path({str(assets)!r}), {api.url!r}))'
    )

    def command(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        shell = ['bash', '-c', f'run() {{ "$PYTHON" -c "$PROGRAM" "$@"; }}; {line}']
        variables = {**os.environ, 'PYTHON': sys.executable, 'PROGRAM': program, **environment}
        return subprocess.run(shell, cwd=CHECKOUT, env=variables, capture_output=True, text=True, timeout=120)

    return command


def test_whoever_reads_may_stop_reading(
    command: Callable[..., subprocess.CompletedProcess[str]], api: DatadogApi
) -> None:
    done = command('run install | head -1; exit ${PIPESTATUS[0]}')
    assert (done.returncode, done.stderr) == (0, '')
    assert len(done.stdout.splitlines()) == 1
    assert len(api.monitors) == 2, 'the run goes on'


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='only Linux has a disk that is always full')
def test_a_full_disk(command: Callable[..., subprocess.CompletedProcess[str]], api: DatadogApi) -> None:
    done = command('run install > /dev/full')
    assert done.returncode == 0
    assert done.stderr == 'error: the output cannot be written any more: No space left on device\n'
    assert len(api.monitors) == 2


def test_a_terminal_that_knows_only_ascii(
    command: Callable[..., subprocess.CompletedProcess[str]], assets: Path
) -> None:
    samples.write(assets / 'monitors/three.json', samples.monitor('Überlauf'))
    done = command('run install', PYTHONIOENCODING='ascii')
    assert (done.returncode, done.stderr) == (0, '')
    assert r"created monitor '\xdcberlauf'" in done.stdout


def test_no_output_at_all(command: Callable[..., subprocess.CompletedProcess[str]], api: DatadogApi) -> None:
    assert command('run install >&- 2>&-').returncode == 0
    assert len(api.monitors) == 2


@pytest.mark.parametrize(
    'proxy',
    ['http://proxy:port', 'http://proxy:99999', 'http://user:SECRET@proxy:0', 'socks5://proxy:1080', 'http://', '://:'],
)
def test_an_address_that_is_not_that_of_a_proxy(
    proxy: str, assets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ('NO_PROXY', 'no_proxy'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('https_proxy', proxy)
    assert main(['install'], KEYS, assets) == 2
    printed = capsys.readouterr()
    assert 'HTTPS_PROXY is not the address of a proxy' in printed.err
    assert 'SECRET' not in printed.err


def test_a_proxy_without_a_scheme_and_with_a_password(
    api: DatadogApi, assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ('NO_PROXY', 'no_proxy'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('http_proxy', api.url.replace('http://', 'user:p%40ss@'))
    assert main(['install'], KEYS, assets, 'http://localhost:1') == 0
    assert len(api.monitors) == 2


def test_a_port_on_which_nothing_listens(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{free.getsockname()[1]}'
        assert main(['install'], KEYS, assets, url, backoff=0.001) == 1
    assert 'does not answer' in capsys.readouterr().out


# ---- what is said


def test_a_run_that_changes_nothing_says_how_much_there_is(run: Installer) -> None:
    assert run('install') == 0
    assert re.search(r"created monitor 'Sample monitor one'  https://app.datadoghq.com/monitors/\d+\n", run.output)
    assert run('install') == 0
    assert 'Installed: 2 dashboards, 2 monitors, 1 SLO, 1 log pipeline.' in run.output
    assert 'Sample' not in run.output


def test_a_monitor_has_the_title_of_the_catalogue(run: Installer, assets: Path) -> None:
    document = samples.monitor('[Cilium] {{value}} things of {{kube_cluster_name.name}}')
    samples.write(assets / 'monitors/one.json', {**document, 'title': 'Things are many'})
    assert run('install') == 0
    assert "+ create   monitor 'Things are many' (one): not in Datadog yet" in run.output
    assert '{{value}}' not in run.output
