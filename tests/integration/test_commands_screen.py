# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the commands print fits the screen, and says all that there is."""

from __future__ import annotations

import json

import pytest
from endpoints import plain
from expositions import RECORDED_COMPONENTS, family

from datadog_checks.cilium.commands.main import main
from datadog_checks.cilium.commands.recorded_cluster import HEALTHY, RECORDINGS, RecordedCluster

HISTOGRAM = (
    '# TYPE cilium_policy_implementation_delay histogram\n'
    + ''.join(
        f'cilium_policy_implementation_delay_{part} 1\n'
        for source in 'ab'
        for part in (
            f'bucket{{policy_source="{source}",le="1"}}',
            f'bucket{{policy_source="{source}",le="2.5"}}',
            f'bucket{{policy_source="{source}",le="+Inf"}}',
            f'sum{{policy_source="{source}"}}',
            f'count{{policy_source="{source}"}}',
        )
    )
    + family('cilium_unreachable_nodes', 'gauge', 3)
)
BOUNDS = ('1.0', '2.5')
"""The base class leaves the bucket without a bound out."""
by_width = pytest.mark.parametrize('columns', [120, 80])


def widest(output: str) -> int:
    return max(map(len, output.splitlines()))


@by_width
@pytest.mark.parametrize('component', RECORDED_COMPONENTS)
def test_explain_fits_the_screen(component, columns, monkeypatch, capsys):
    monkeypatch.setenv('COLUMNS', str(columns))
    assert main(['explain', str(RECORDINGS / f'{component}.incident.txt')]) == 0
    assert widest(capsys.readouterr().out) <= columns


@by_width
def test_check_fits_the_screen(columns, monkeypatch, capsys):
    monkeypatch.setenv('COLUMNS', str(columns))
    with RecordedCluster() as cluster:
        cluster.stage = HEALTHY
        endpoints = (
            part for option, url in cluster.instance.items() for part in (f'--{option.replace("_", "-")}', url)
        )
        assert main(['check', '--interval', '0', *endpoints]) == 0
    assert widest(capsys.readouterr().out) <= columns


@by_width
def test_demo_fits_the_screen(columns, monkeypatch, capsys):
    monkeypatch.setenv('COLUMNS', str(columns))
    assert main(['demo']) == 0
    assert widest(capsys.readouterr().out) <= columns


def check(serve, capsys, *options: str) -> list[str]:
    arguments = ['check', '--agent-endpoint', serve(plain(HISTOGRAM)).url, '--interval', '0', *options]
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_check_has_one_row_for_the_buckets_of_a_histogram(serve, capsys):
    lines = check(serve, capsys)
    name = 'cilium.policy.implementation_delay'
    assert [line.split() for line in lines if line.startswith(name)] == [
        [f'{name}.bucket', 'count', 'policy_source:a', 'upper_bound:*'],
        [f'{name}.bucket', 'count', 'policy_source:b', 'upper_bound:*'],
        [f'{name}.count', 'count', '0', 'policy_source:a'],
        [f'{name}.count', 'count', '0', 'policy_source:b'],
        [f'{name}.sum', 'count', '0', 'policy_source:a'],
        [f'{name}.sum', 'count', '0', 'policy_source:b'],
    ]
    assert lines[-2:] == [
        '5 metrics, 10 series, 1 service checks',
        '4 of the series are buckets of histograms. `--buckets` lists them.',
    ]


def test_check_lists_the_buckets_that_are_asked_for(serve, capsys):
    lines = check(serve, capsys, '--buckets')
    buckets = [line.split()[2:] for line in lines if '.bucket' in line]
    assert buckets == [['0', f'policy_source:{source}', f'upper_bound:{bound}'] for source in 'ab' for bound in BOUNDS]
    assert lines[-1] == '5 metrics, 10 series, 1 service checks'


def test_check_lists_all_buckets_as_json(serve, capsys):
    report = json.loads('\n'.join(check(serve, capsys, '--json')))
    assert len([metric for metric in report['metrics'] if metric['name'].endswith('.bucket')]) == 4


def test_check_has_one_row_for_the_buckets_of_a_distribution(serve, capsys):
    lines = check(serve, capsys, '--option', 'histogram_buckets_as_distributions=true')
    name = 'cilium.policy.implementation_delay'
    assert [line.split() for line in lines if line.startswith(name)] == [
        [name, 'distribution', f'policy_source:{source}', 'upper_bound:*', 'lower_bound:*'] for source in 'ab'
    ]
    assert lines[-1] == '6 of the series are buckets of histograms. `--buckets` lists them.'


def test_check_tells_the_bounds_of_a_distribution_as_json(serve, capsys):
    report = json.loads(
        '\n'.join(check(serve, capsys, '--option', 'histogram_buckets_as_distributions=true', '--json'))
    )
    bounds = [metric['bounds'] for metric in report['metrics'] if metric['type'] == 'distribution']
    assert bounds[:3] == [['0', '1.0'], ['1.0', '2.5'], ['2.5', 'inf']]


def test_check_says_once_which_tags_all_series_of_an_endpoint_have(serve, capsys):
    lines = check(serve, capsys)
    (line,) = (line for line in lines if line.startswith('These series also have the tags: '))
    assert line.startswith('These series also have the tags: source:cilium-agent service:cilium-agent endpoint:http://')
    assert ['cilium.unreachable.nodes', 'gauge', '3'] in [line.split() for line in lines]


def test_check_shows_all_tags_where_no_service_check_tells_those_of_the_endpoint(serve, capsys):
    lines = check(serve, capsys, '--option', 'enable_health_service_check=false')
    (row,) = (line for line in lines if line.startswith('cilium.unreachable.nodes'))
    assert row.split()[3] == 'source:cilium-agent'


def test_checks_of_several_endpoints_are_in_the_same_order_each_time(capsys):
    with RecordedCluster() as cluster:
        endpoints = [part for option, url in cluster.instance.items() for part in ('--option', f'{option}={url}')]
        assert main(['check', '--interval', '0', '--json', *endpoints]) == 0
    services = [check['tags'][0] for check in json.loads(capsys.readouterr().out)['service_checks']]
    assert services == sorted(services)
