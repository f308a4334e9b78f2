# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The command line against real endpoints."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise

import pytest
from endpoints import for_authorization, in_turn, plain

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.commands.explain import explain
from datadog_checks.cilium.commands.main import main
from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS, RecordedCluster
from datadog_checks.cilium.commands.submissions import STATUS_NAMES
from datadog_checks.cilium.components import COMPONENT_BY_NAME

DROPS = (
    '# TYPE cilium_drop_count_total counter\ncilium_drop_count_total{{direction="EGRESS",reason="{reason}"}} {value}\n'
)


def drops(value: int, reason: str = 'Policy denied') -> str:
    return DROPS.format(value=value, reason=reason)


def test_check_prints_gauges_and_what_counters_have_grown_by(serve, capsys):
    gauge = '# TYPE cilium_unreachable_nodes gauge\ncilium_unreachable_nodes 3\n'
    endpoint = serve(in_turn(plain(drops(10) + gauge), plain(drops(14) + gauge)))
    assert main(['check', '--agent-endpoint', endpoint.url, '--interval', '0', '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    tags = ['source:cilium-agent', 'service:cilium-agent', f'endpoint:{endpoint.url}']
    assert report['metrics'] == [
        {
            'name': 'cilium.drop_count.count',
            'type': 'count',
            'value': 4,
            'tags': ['direction:EGRESS', 'reason:Policy denied', *tags],
        },
        {'name': 'cilium.unreachable.nodes', 'type': 'gauge', 'value': 3, 'tags': tags},
        {'name': 'cilium.scrape.series.submitted', 'type': 'gauge', 'value': 2, 'tags': tags},
    ]
    assert report['service_checks'] == [
        {'name': 'cilium.openmetrics.health', 'status': 'OK', 'tags': tags, 'message': ''}
    ]


def test_check_counts_a_restarted_counter_from_zero_and_a_new_series_as_a_whole(serve, capsys):
    endpoint = serve(in_turn(plain(drops(10)), plain(drops(3) + drops(5, reason='Invalid packet').split('\n', 1)[1])))
    main(['check', '--agent-endpoint', endpoint.url, '--interval', '0', '--json'])
    metrics = json.loads(capsys.readouterr().out)['metrics']
    assert [metric['value'] for metric in metrics if metric['type'] == 'count'] == [3, 5]


def test_check_fails_when_an_endpoint_fails_and_prints_what_the_others_gave(serve, capsys):
    agent, hubble = serve(plain(drops(1))), serve(plain('gone', status=500))
    arguments = ['check', '--agent-endpoint', agent.url, '--hubble-endpoint', hubble.url, '--interval', '0']
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert 'cilium.drop_count.count' in output.out
    assert 'CRITICAL' in output.out
    assert '`hubble_endpoint`' in output.err


def test_check_takes_options_of_the_instance(serve, capsys):
    endpoint = serve(for_authorization('Basic dTpw', plain(drops(1))))
    arguments = ['check', '--agent-endpoint', endpoint.url, '--interval', '0', '--json']
    assert main(arguments) == 1
    assert main([*arguments, '--option', 'username=u', '--option', 'password=p']) == 0


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['check'], '`agent_endpoint`'),
        (['check', '--operator-endpoint', 'localhost:9963'], '`operator_endpoint`'),
        (['check', '--agent-endpoint', 'http://a/metrics', '--option', 'timeout=abc'], 'timeout'),
        (['explain', 'http://a/metrics', '--option', 'timeout=abc'], 'timeout'),
        (['explain', '-', '--option', 'exclude_metrics=[1]'], 'exclude_metrics'),
        (['explain', '-', '--option', 'exclude_metrics=["["]'], 'unterminated'),
        (['explain', 'http://[::1/metrics'], 'the URL is not a URL'),
        (['explain', 'http://user:s3cret@host/metrics'], 'the URL contains credentials'),
        (['explain', 'HTTP://user:s3cret@host/metrics'], 'the URL contains credentials'),
    ],
)
def test_a_wrong_call_is_refused(arguments, message, capsys):
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert 's3cret' not in output.err + output.out


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['check', '--option', 'go_metric=true'], 'Did you mean go_metrics?'),
        (['explain', '-', '--option', 'qqqqqq=true'], 'conf.yaml.example lists them'),
        (['check', '--option', 'go_metrics'], 'NAME=VALUE'),
        (['check', '--option', 'tags=['], 'is not YAML'),
        (['check', '--interval', 'nan'], 'between 0 and 3600 seconds'),
        (['check', '--interval', '-1'], 'between 0 and 3600 seconds'),
        (['check', '--interval', '1e9'], 'between 0 and 3600 seconds'),
    ],
)
def test_a_wrong_option_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit) as e:
        main(arguments)
    assert e.value.code == 2
    assert message in ' '.join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'go_metrics': True, 'collect_histogram_buckets': False},
        {'exclude_metrics': ['bpf', 'cilium_policy'], 'rename_labels': {'reason': 'why'}},
        {'metrics': [{'cilium_drop_count': 'mine'}, 'cilium_hive.*'], 'exclude_labels': ['module_id']},
        {'extra_metrics': [{'go_threads': 'threads'}], 'metric_patterns': {'exclude': [r'api_limiter']}},
        {'max_returned_metrics': 10_000, 'telemetry': True, 'include_labels': ['reason']},
    ],
    ids=lambda options: '-'.join(options) or 'default',
)
def test_explain_says_what_the_check_submits(options, serve, run):
    text = (RECORDINGS / 'agent.incident.txt').read_text()
    if not options.get('telemetry'):  # With this option a bad line ends the scrape.
        metadata = '# TYPE cilium_drop_count_total counter\n'
        text = text.replace(metadata, f'{metadata}cilium_drop_count_total{{reason="x"}} three\n')
    endpoint = serve(plain(text))
    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': endpoint.url, **options}]))
    report = explain(COMPONENT_BY_NAME['agent'], text, options, endpoint.url)

    names = {name for name in submitted.metric_names if not name.startswith('cilium.telemetry.')}
    assert {name for family in report.families for name in family.names} == names
    series = {(name, *stub.tags) for name in names for stub in submitted.metrics(name)}
    assert sum(family.series for family in report.families if not family.reason) == len(series)
    (health,) = submitted.service_checks('cilium.openmetrics.health')
    assert (report.status, report.message) == (STATUS_NAMES[health.status], health.message)
    assert report.status == ('OK' if options.get('telemetry') else 'WARNING')
    assert report.tags == tuple(health.tags)


def test_explain_reads_an_endpoint(serve, capsys):
    endpoint = serve(plain((RECORDINGS / 'hubble.incident.txt').read_bytes()))
    assert main(['explain', endpoint.url]) == 0
    output = capsys.readouterr().out
    assert 'option `hubble_endpoint`' in output
    assert 'Total: 17 families with 351 series are collected, 0 families with 0 series are not.' in output


def test_explain_leaves_bad_lines_out_and_counts_them(tmp_path, capsys):
    path = tmp_path / 'agent.txt'
    path.write_text(drops(1) + 'cilium_drop_count_total{reason="x"} three\n')
    assert main(['explain', str(path)]) == 0
    output = capsys.readouterr().out
    assert 'Service check: WARNING 1 lines could not be read' in output
    assert 'Total: 1 families with 1 series are collected' in output


def test_explain_prints_json(capsys):
    assert main(['explain', str(RECORDINGS / 'agent.incident.txt'), '--json', '--option', 'go_metrics=true']) == 0
    report = json.loads(capsys.readouterr().out)
    assert report['component'] == 'agent'
    assert len(report['families']) == 203
    assert [family['family'] for family in report['families'] if family['reason']] == []
    names = {family['family']: family['names'] for family in report['families']}
    assert names['cilium_unreachable_nodes'] == ['cilium.unreachable.nodes']
    assert names['cilium_drop_count_total'] == ['cilium.drop_count.count']


def test_explain_prints_names_that_can_be_searched_in_datadog(capsys):
    assert main(['explain', str(RECORDINGS / 'agent.incident.txt')]) == 0
    lines = capsys.readouterr().out.split('Not collected')[0].splitlines()
    names = {family.split()[0]: name.strip() for family, name in pairwise(lines) if name.startswith('  cilium.')}
    assert names['cilium_unreachable_nodes'] == 'cilium.unreachable.nodes'
    assert names['cilium_drop_count_total'] == 'cilium.drop_count.count'
    delay = 'cilium.policy.implementation_delay.{bucket,sum,count}'
    assert names['cilium_policy_implementation_delay'] == delay


@pytest.mark.parametrize(
    ('body', 'message'),
    [
        ('<html>', 'not in the Prometheus text format'),
        ('', 'no metrics'),
        ('up 1\n', '--component'),
        ('# TYPE cilium_policy gauge\ncilium_policy one\n', 'None of its lines can be parsed'),
    ],
    ids=['page', 'empty', 'foreign', 'garbage'],
)
def test_explain_tells_what_it_cannot_explain(body, message, serve, capsys):
    assert main(['explain', serve(plain(body)).url]) == 1
    assert message in capsys.readouterr().err


def test_explain_shows_hostile_labels_as_escapes(serve, capsys):
    """Newer parsers take the name of the label. Older ones refuse it, and it is not quoted."""
    text = '# TYPE cilium_policy gauge\ncilium_policy{\x1b[31mred="x"} 1\n'
    main(['explain', serve(plain(text)).url, '--component', 'agent'])
    output = ''.join(capsys.readouterr())
    assert '\x1b' not in output
    assert r'\x1b[31mred' in output or 'binary data' in output


def test_demo_shows_the_incident(capsys):
    assert main(['demo']) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    last_two = {tuple(words[:-2]): words[-2:] for words in lines if len(words) > 2}
    assert last_two['Nodes', 'that', 'this', 'node', 'cannot', 'reach', 'cilium.unreachable.nodes'] == ['0', '1']
    stale = ('Packets', 'dropped:', 'Stale', 'or', 'unroutable', 'IP,', 'INGRESS', 'cilium.drop_count.count')
    assert last_two[stale] == ['0', '12']
    denied = ('DNS', 'lookups', 'denied:', 'evil.org.', 'cilium.hubble.dns.queries.count')
    assert last_two[denied] == ['0', '12']
    missing = ('DNS', 'answers:', 'Non-Existent', 'Domain', 'cilium.hubble.dns.responses.count')
    assert last_two[missing] == ['0', '36']


def test_the_package_runs_as_a_program():
    result = subprocess.run(
        [sys.executable, '-m', 'datadog_checks.cilium', 'explain', str(RECORDINGS / 'kvstoremesh.incident.txt')],
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'kvstoremesh' in result.stdout
    assert result.stderr == ''


def test_the_recorded_cluster_knows_no_other_path():
    with RecordedCluster() as cluster:
        wrong = cluster.instance['agent_endpoint'].replace('/agent/', '/agents/')
        assert main(['explain', wrong]) == 1
