# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`explain` tells what a cluster will send, before anything is rolled out."""

from __future__ import annotations

import json

import pytest
from endpoints import plain
from expositions import RECORDED_COMPONENTS, RECORDINGS, recording

from datadog_checks.cilium.commands.main import main
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from datadog_checks.cilium.levels import LEVELS
from toolkit.levels.figures import of_cluster

PATHS = [str(RECORDINGS / f'{name}.incident.txt') for name in RECORDED_COMPONENTS]


@pytest.fixture
def explain(capsys):
    """Run the command, and return what it prints as JSON, or as lines."""

    def explain(*arguments, as_json=True):
        assert main(['explain', *arguments, *(['--json'] if as_json else [])]) == 0
        text = capsys.readouterr().out
        return json.loads(text) if as_json else text.splitlines()

    return explain


def family_of(report, name):
    (found,) = (family for family in report['families'] if family['family'] == name)
    return found


def test_a_family_has_its_series_at_each_level_and_what_uses_it(explain):
    found = family_of(explain(PATHS[0]), 'cilium_agent_api_process_time_seconds')

    assert found['levels']['full'] == {'series': 90, 'buckets': 80}
    assert found['levels']['standard'] == found['levels']['minimal'] == {'series': 10, 'buckets': 0}
    assert 'Cilium Agent' in found['used_by']['dashboards']
    assert 'Agent API returns errors' in found['used_by']['monitors']


def test_levels_have_the_other_options_of_the_instance(explain):
    report = explain(PATHS[0], '--option', 'collect_histogram_buckets=false')
    found = family_of(report, 'cilium_agent_api_process_time_seconds')

    assert found['levels']['full'] == {'series': 10, 'buckets': 0}


def test_what_the_level_leaves_out_is_told_with_its_reason(explain):
    report = explain(PATHS[0], '--option', 'collection_level=minimal')
    found = family_of(report, 'cilium_statedb_write_txn_duration_seconds')

    assert found['reason'] == 'not part of the level `minimal`: `extra_metrics` adds it'
    assert found['levels']['full']['series'] == 312
    submitted = sum(family['series'] for family in report['families'] if not family['reason'])
    assert submitted == report['levels']['series']['minimal']


@pytest.mark.parametrize('nodes', [1, 10, 3000])
def test_a_recorded_cluster_has_the_figures_of_the_documents(explain, nodes):
    report = explain('--nodes', str(nodes), *PATHS)

    assert report['levels'] == {'nodes': nodes, 'series': {level: of_cluster(nodes, level) for level in LEVELS}}
    assert [endpoint['component'] for endpoint in report['endpoints']] == list(RECORDED_COMPONENTS)


def test_the_table_at_the_end(explain):
    lines = explain('--nodes', '3000', *PATHS, as_json=False)

    assert [line.split() for line in lines[-4:]] == [
        ['LEVEL', 'SERIES', 'IN', '3000', 'NODES'],
        *([level, str(of_cluster(1, level)), str(of_cluster(3000, level))] for level in LEVELS),
    ]


def test_an_endpoint_and_the_lines_of_a_family(explain, serve):
    url = serve(plain(recording('agent'))).url
    lines = explain(url, as_json=False)
    start = lines.index(next(line for line in lines if line.startswith('cilium_unreachable_nodes ')))

    assert '  levels: full 1, standard 1, minimal 1' in lines[start : start + 4]
    assert lines[-4].split() == ['LEVEL', 'SERIES']


def test_components_on_each_node():
    on_each_node = {name for name, component in COMPONENT_BY_NAME.items() if component.is_on_each_node}
    assert on_each_node == {'agent', 'hubble', 'envoy', 'dns_proxy'}


@pytest.mark.parametrize('nodes', ['0', '-3', '1.5', 'many', '9999999999'])
def test_a_number_of_nodes_that_makes_no_sense_is_refused(capsys, nodes):
    with pytest.raises(SystemExit) as e:
        main(['explain', f'--nodes={nodes}', PATHS[0]])
    assert e.value.code == 2
    assert 'is not a number of nodes' in capsys.readouterr().err
