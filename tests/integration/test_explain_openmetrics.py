# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Answers in the OpenMetrics format: `explain` says what the check makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from endpoints import OPENMETRICS, TEXT_FORMAT, Request, plain
from expositions import RECORDED_COMPONENTS, recording
from prometheus_client import Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.commands.explain import explain
from datadog_checks.cilium.commands.main import main
from datadog_checks.cilium.commands.submissions import STATUS_NAMES
from datadog_checks.cilium.components import COMPONENT_BY_NAME

DROPS = (
    '# HELP hubble_drop Number of drops\n'
    '# TYPE hubble_drop counter\n'
    'hubble_drop_total{reason="POLICY_DENIED"} 16 # {traceID="4bf92f3577b34da6"} 1.0 1.7e9\n'
    'hubble_drop_created{reason="POLICY_DENIED"} 1.7e9\n'
)
DURATION = (
    '# UNIT hubble_http_request_duration_seconds seconds\n'
    '# TYPE hubble_http_request_duration_seconds histogram\n'
    'hubble_http_request_duration_seconds_bucket{le="0.005"} 3 # {traceID="4bf92f3577b34da6"} 0.0031 1.7e9\n'
    'hubble_http_request_duration_seconds_bucket{le="+Inf"} 12\n'
    'hubble_http_request_duration_seconds_sum 0.5\n'
    'hubble_http_request_duration_seconds_count 12\n'
)
OTHERS = (
    '# TYPE hubble_new counter\nhubble_new_total 3\n# TYPE hubble_state stateset\nhubble_state{hubble_state="on"} 1\n'
)
TEXT = f'{DROPS}{DURATION}{OTHERS}# EOF\n'
"""Written as client_golang writes it: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md"""


class Recorded:
    """A recording without the families of Go: in this format two of them have one name, which the parser refuses."""

    def __init__(self, component: str) -> None:
        self._text = recording(component, 'incident')

    def collect(self) -> Iterable[Metric]:
        families = text_string_to_metric_families(self._text)
        return (family for family in families if not family.name.startswith('go_'))


def explained(capsys, *arguments: str) -> dict[str, dict]:
    assert main(['explain', *arguments, '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert report['status'] == 'OK', report['message']
    return {family['family']: family for family in report['families']}


@pytest.mark.parametrize('component', RECORDED_COMPONENTS)
@pytest.mark.parametrize(
    'options',
    [
        {},
        {'use_latest_spec': True, 'collect_histogram_buckets': False},
        {'exclude_metrics': ['hubble_flows_processed']},
    ],
    ids=lambda options: '-'.join(options) or 'default',
)
def test_explain_says_what_the_check_submits(component, options, serve, run):
    text = generate_latest(Recorded(component)).decode()
    content_type = TEXT_FORMAT if 'use_latest_spec' in options else OPENMETRICS
    endpoint = serve(plain(text, Content_Type=content_type))
    component = COMPONENT_BY_NAME[component]
    submitted = run(CiliumCheck('cilium', {}, [{component.option: endpoint.url, **options}]))
    report = explain(component, text, options, endpoint.url, content_type)

    names = set(submitted.metric_names)
    assert {name for family in report.families for name in family.names} == names
    series = {(name, *stub.tags) for name in names for stub in submitted.metrics(name)}
    assert sum(family.series for family in report.families if not family.reason) == len(series)
    (health,) = submitted.service_checks('cilium.openmetrics.health')
    assert (report.status, report.message) == (STATUS_NAMES[health.status], health.message) == ('OK', '')


def test_an_endpoint_that_is_asked_for_it(serve, capsys):
    """As Hubble with `hubble.metrics.enableOpenMetrics`, which goes by the header `Accept`."""

    def answer(request: Request) -> Iterable[bytes]:
        assert request.headers['Accept'] == 'application/openmetrics-text'
        return plain(TEXT, Content_Type=OPENMETRICS)(request)

    families = explained(capsys, serve(answer).url, '--option', 'headers={Accept: application/openmetrics-text}')
    assert families['hubble_drop']['names'] == ['cilium.hubble.drop.count']
    assert families['hubble_drop']['series'] == 1
    duration = families['hubble_http_request_duration_seconds']
    assert duration['names'] == [
        f'cilium.hubble.http.request_duration.seconds.{end}' for end in ('bucket', 'sum', 'count')
    ]
    assert duration['series'] == 3  # The base class leaves the bucket without a bound out.
    assert duration['tag_keys'] == ['upper_bound']


def test_a_file_in_this_format(tmp_path, capsys):
    path = tmp_path / 'hubble.txt'
    path.write_text(TEXT)
    families = explained(capsys, str(path))
    assert families['hubble_drop']['names'] == ['cilium.hubble.drop.count']
    reasons = {name: family['reason'] for name, family in families.items() if family['reason']}
    assert reasons == {
        'hubble_new': 'this version of the integration does not know it',
        'hubble_state': 'the check does not collect the type stateset',
    }


def test_a_counter_of_the_go_runtime(tmp_path, capsys):
    path = tmp_path / 'agent.txt'
    path.write_text(
        '# TYPE cilium_policy gauge\ncilium_policy 1\n'
        '# TYPE go_memstats_frees counter\ngo_memstats_frees_total 3\n# EOF\n'
    )
    families = explained(capsys, str(path))
    assert families['go_memstats_frees']['reason'] == 'a family of the Go runtime: `go_metrics: true` collects it'


@pytest.mark.parametrize('name', ['hubble_drop', 'hubble_drop_total'])
def test_a_counter_is_excluded_by_both_of_its_names(name, tmp_path, capsys):
    path = tmp_path / 'hubble.txt'
    path.write_text(TEXT)
    families = explained(capsys, str(path), '--option', f'exclude_metrics=[{name}]')
    assert families['hubble_drop']['reason'] == 'excluded by the option `exclude_metrics`'


def test_what_the_check_refuses_is_refused(tmp_path, capsys):
    """In this format a bad line ends the scrape."""
    path = tmp_path / 'hubble.txt'
    path.write_text(TEXT.replace(' 16 ', ' sixteen '))
    assert main(['explain', str(path)]) == 1
    assert 'not in the Prometheus text format' in capsys.readouterr().err


def test_an_answer_that_does_not_say_that_it_is_in_this_format(serve, capsys):
    """The check reads it as the older format, and says so."""
    url = serve(plain('# TYPE cilium_policy gauge\ncilium_policy 1\n# EOF\n')).url
    assert main(['explain', url]) == 0
    assert 'Service check: WARNING The response looks like the OpenMetrics format' in capsys.readouterr().out
    assert explained(capsys, url, '--option', 'use_latest_spec=true')['cilium_policy']['names'] == [
        'cilium.policy.count'
    ]
