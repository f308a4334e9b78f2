# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`find-old-names` on an organisation that has used the bundled check, on a server that stands in for Datadog's API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import urllib3
from datadog_api.runs import runner
from datadog_api.server import DatadogApi, Fault
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.service_level_objective import ServiceLevelObjective
from for_each import for_each
from widget_forms import forms, widget_kinds

from toolkit.api_models.schema import violations
from toolkit.checkout import ASSETS
from toolkit.installer.datadog.connection import RetryPolicy
from toolkit.migration.changes import OLD_SERVICE_CHECK, Kind, Mode, metric_changes
from toolkit.migration.findings import Verdict
from toolkit.migration.judging import Judge
from toolkit.queries.parsing import parse_query
from toolkit.queries.syntax import series_of
from toolkit.yaml_files import read_yaml

HERE = Path(__file__).parent / 'old_names'
ORGANISATION = read_yaml(HERE / 'organisation.yaml')
OUTPUT = HERE / 'output.txt'
OLD_QUERY = 'sum:cilium.drop_count.total{*}.as_count()'
NEW_QUERY = 'sum:cilium.drop_count.count{*}.as_count()'
NEEDS_NOTHING = {Verdict.ALIKE, Verdict.UNSURE}

Find = Callable[..., tuple[int, str]]


@pytest.fixture
def api() -> Iterator[DatadogApi]:
    """The server, which must not have been asked to change anything."""
    server = DatadogApi()
    yield server
    server.stop()
    assert {request.method for request in server.requests} <= {'GET'}


@pytest.fixture
def organisation(api: DatadogApi) -> DatadogApi:
    """The server with the dashboards, monitors and SLOs of the organisation."""
    for store, kind in ((api.store_dashboard, 'dashboards'), (api.store_monitor, 'monitors'), (api.store_slo, 'slos')):
        for document in ORGANISATION[kind]:
            store(document)
    return api


@pytest.fixture
def find(api: DatadogApi, capsys: pytest.CaptureFixture[str]) -> Find:
    """Run the command. Return its exit status and what it printed."""

    def find(*arguments: str) -> tuple[int, str]:
        outcome = runner(api, capsys, ASSETS)('find-old-names', *arguments)
        return outcome.status, outcome.output

    return find


def test_the_organisation_is_one_that_datadog_could_have() -> None:
    for kind, model in (('dashboards', Dashboard), ('monitors', Monitor), ('slos', ServiceLevelObjective)):
        for document in ORGANISATION[kind]:
            assert violations(model, document) == []


def test_everything_is_found_and_rewritten(organisation: DatadogApi, find: Find) -> None:
    status, output = find('--all')
    assert status == 0
    assert output == OUTPUT.read_text(encoding='utf-8'), f'if this output is right, write it to {OUTPUT.name}'


def test_what_only_looks_alike_is_counted_and_not_shown(organisation: DatadogApi, find: Find) -> None:
    status, output = find()
    assert status == 0
    assert 'looks alike: 16' in output
    assert '  looks alike: ' not in output
    assert 'Databases' not in output
    assert "monitor 'Nodes'" not in output


def test_for_the_latest_mode_only_tags_change(organisation: DatadogApi, find: Find) -> None:
    _, output = find('--mode', 'latest')
    assert 'by {cilium_source}' in output
    assert 'by {cilium_endpoint}' in output
    assert 'cilium.drop_count.count' not in output
    assert 'changes' not in output


def test_only_some_kinds_are_read(organisation: DatadogApi, find: Find) -> None:
    _, output = find('--only', 'slos')
    assert 'Read: 4 SLOs.' in output
    assert {request.path for request in organisation.requests} == {'/api/v1/slo'}


def test_an_empty_organisation_has_nothing(find: Find) -> None:
    status, output = find()
    assert status == 0
    assert 'Read: 0 dashboards, 0 monitors, 0 SLOs. Nothing was changed.' in output
    assert 'No query uses a name or a tag that changes.' in output


def test_all_pages_are_read(api: DatadogApi, find: Find) -> None:
    dashboard = {**ORGANISATION['dashboards'][0], 'widgets': ORGANISATION['dashboards'][0]['widgets'][5:6]}
    for number in range(205):
        api.store_monitor({**ORGANISATION['monitors'][0], 'name': f'number {number}'})
        api.store_slo({**ORGANISATION['slos'][0], 'name': f'number {number}'})
    for number in range(7):
        api.store_dashboard({**dashboard, 'title': f'number {number}'})
    _, output = find()
    assert 'Read: 7 dashboards, 205 monitors, 205 SLOs.' in output
    assert f'breaks: {7 + 205 + 2 * 205}' in output
    assert "monitor 'number 204'" in output
    assert "SLO 'number 204'" in output
    assert "dashboard 'number 6'" in output


@pytest.mark.parametrize('header', ['X-RateLimit-Reset', 'Retry-After'])
def test_a_rate_limit_is_waited_for(organisation: DatadogApi, find: Find, header: str) -> None:
    for path in ('/api/v1/dashboard', '/api/v1/dashboard/[^/]+', '/api/v1/monitor', '/api/v1/slo'):
        organisation.faults.append(Fault('GET', path, 429, after=0, times=2, headers={header: '0.01'}))
    status, output = find('--all')
    assert status == 0
    assert output == OUTPUT.read_text(encoding='utf-8')


@pytest.mark.parametrize('header', ['X-RateLimit-Reset', 'Retry-After'])
def test_the_wait_is_the_one_that_is_asked_for(header: str) -> None:
    policy = RetryPolicy()
    assert policy.get_retry_after(urllib3.HTTPResponse(headers={header: '7'})) == 7.0
    assert policy.get_retry_after(urllib3.HTTPResponse(headers={header: '3600'})) == policy.LONGEST_WAIT


def test_nothing_is_said_of_what_could_not_be_read(organisation: DatadogApi, find: Find) -> None:
    organisation.faults.append(Fault('GET', '/api/v1/.*', 403))
    status, output = find()
    assert status == 1
    assert 'No query' not in output


def test_a_rate_limit_that_lasts_is_said(organisation: DatadogApi, find: Find) -> None:
    organisation.faults.append(Fault('GET', '/api/v1/monitor', 429, headers={'Retry-After': '0.01'}))
    status, output = find()
    assert status == 1
    assert 'could not list the monitors: HTTP 429' in output
    assert 'The list is not complete.' in output


def test_a_dashboard_that_cannot_be_read_does_not_stop_the_others(organisation: DatadogApi, find: Find) -> None:
    closed, *_ = organisation.dashboards
    organisation.faults.append(Fault('GET', f'/api/v1/dashboard/{closed}', 403))
    status, output = find()
    assert status == 1
    assert f'could not read dashboard {closed}: HTTP 403' in output
    assert "dashboard 'Network on-call'" in output
    assert 'Read: 3 dashboards, 12 monitors, 4 SLOs.' in output


def test_a_missing_permission_is_named_and_does_not_stop_the_others(organisation: DatadogApi, find: Find) -> None:
    organisation.faults.append(Fault('GET', '/api/v1/monitor', 403))
    status, output = find()
    assert status == 1
    assert '`monitors_read`' in output
    assert "SLO 'Packets are forwarded'" in output


def test_a_server_that_is_not_there_ends_the_run(organisation: DatadogApi, find: Find) -> None:
    organisation.faults.append(Fault('GET', '/api/v1/dashboard/[^/]+', 401))
    status, output = find()
    assert status == 1
    assert output.count('could not') == 1
    assert 'Reading the monitors' not in output


def test_a_proposal_needs_no_other() -> None:
    judge = Judge(Mode.LEGACY)
    left = 0
    for document in deepcopy(ORGANISATION['dashboards']):
        for finding in judge.dashboard(document):
            if finding.proposal and '.formulas[' not in finding.place and finding.query != OLD_SERVICE_CHECK:
                again = judge.dashboard({'widgets': [{'q': finding.proposal}]})
                assert {one.verdict for one in again} <= NEEDS_NOTHING, finding
                left += 1
    for document in ORGANISATION['monitors']:
        for finding in judge.monitor(document):
            if finding.proposal:
                assert {one.verdict for one in judge.monitor({'query': finding.proposal})} <= NEEDS_NOTHING
                left += 1
    assert left > 30


@for_each('change', metric_changes(), ids=lambda change: f'{change.old} {change.kind.value}')
def test_each_change_of_the_table_is_found(change) -> None:
    bound = {Kind.COUNT: 'upper_bound:none', Kind.BUCKET: 'upper_bound:0.5'}.get(change.kind, '*')
    (finding,) = Judge(Mode.LEGACY).dashboard({'widgets': [{'q': f'avg:{change.old}{{{bound}}}'}]})
    (series,) = series_of(parse_query(finding.proposal))
    assert series.metric == change.new
    assert (series.form == 'as_count') is (change.old_type != change.new_type)
    assert finding.verdict is (Verdict.CHANGES if change.kind is Kind.SUM else Verdict.BREAKS)


FORMS = [
    pytest.param(form, id=f'{kind.__name__}{path}') for kind in widget_kinds() for path, form in forms(kind, OLD_QUERY)
]


@for_each('form', FORMS)
def test_queries_in_every_form_of_widget_are_found(form) -> None:
    body = {'title': 'All', 'layout_type': 'ordered', 'widgets': [{'definition': form}]}
    assert violations(Dashboard, body) == []
    (finding,) = Judge(Mode.LEGACY).dashboard(body)
    assert (finding.query, finding.proposal) == (OLD_QUERY, NEW_QUERY)


def test_the_kinds_of_widgets_that_have_queries_of_metrics() -> None:
    assert len(FORMS) > 100
    assert {case.id.partition('WidgetDefinition')[0] for case in FORMS} >= {
        *('BarChart', 'Change', 'Distribution', 'Geomap', 'Group', 'Heatgrid', 'HeatMap', 'HostMap', 'QueryValue'),
        *('ScatterPlot', 'SplitGraph', 'Sunburst', 'Table', 'Timeseries', 'Toplist', 'TreeMap', 'Wildcard'),
    }


@pytest.mark.parametrize('kind', ['logs', 'rum', 'spans', 'events', 'cloud_cost', 'ci_pipelines'])
def test_queries_of_other_things_are_left_alone(kind: str) -> None:
    queries = [{'data_source': kind, 'name': 'a', 'query': OLD_QUERY, 'search': {'query': OLD_SERVICE_CHECK}}]
    found = Judge(Mode.LEGACY).dashboard({'widgets': [{'requests': [{'queries': queries}]}]})
    assert {finding.verdict for finding in found} == {Verdict.ALIKE}
    assert {finding.proposal for finding in found} == {None}


@pytest.mark.parametrize('text', ['', '{', 'no query', '$$$', 'avg:', 'a' * 20_000, '(' * 500])
def test_texts_of_others_that_cannot_be_parsed_are_no_findings(text: str) -> None:
    assert Judge(Mode.LEGACY).monitor({'query': text}) == []
    assert Judge(Mode.LEGACY).dashboard({'widgets': [{'q': text}]}) == []


@pytest.mark.parametrize('document', [{}, {'widgets': None}, {'widgets': [None, 3, 'x']}, {'template_variables': [1]}])
def test_documents_that_lack_everything_are_no_findings(document: dict) -> None:
    judge = Judge(Mode.LEGACY)
    assert judge.dashboard(document) == judge.monitor(document) == judge.slo(document) == []


def test_the_command_needs_nothing_of_the_agent() -> None:
    # The environment of the installer has the base package without what it needs.
    package = 'datadog_checks'
    program = ('import sys', f'sys.modules[{package!r}] = None', 'import toolkit.installer.__main__')
    subprocess.run([sys.executable, '-c', '; '.join(program)], check=True, cwd=Path(__file__).parents[2])
