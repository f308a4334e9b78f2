# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`python -m toolkit.catalog compare` tells what a Cilium has that this project lacks, and the rows to add."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from endpoints import plain
from expositions import DIRECTORIES, family

from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS
from toolkit.catalog.__main__ import main
from toolkit.catalog.catalog import catalog, versions, without
from toolkit.catalog.comparison import compare
from toolkit.catalog.documentation import documented, is_documentation, unknown
from toolkit.catalog.exposition import SourceError, merged, read_exposition, text_of
from toolkit.catalog.maps import METRICS, MapLine, suggested_line, with_line
from toolkit.checkout import ROOT

HERE = Path(__file__).parent / 'catalog'
NEWER = '1.99'
NEW = (
    family('cilium_version', 'gauge', 1, version=f'{NEWER}.0-dev', revision='a', arch='amd64')
    + family('cilium_endpoint_state', 'gauge', 1, endpoint_state='ready', zone='a')
    + family('cilium_hive_naps_total', 'counter', 1, module='a')
    + family('cilium_endpoint_naps_seconds', 'gauge', 1)
)
"""An agent of a version to come: a family with another label, and two new ones."""
ROWS = """
toolkit/catalog/versions.csv
  1.99,1.99.0-dev

toolkit/catalog/families.csv
  agent,cilium_hive_naps_total,1.99- counter module,,
  agent,cilium_endpoint_naps_seconds,1.99- gauge,,
  agent,cilium_endpoint_state,1.6-1.21 gauge endpoint_state; 1.99- gauge endpoint_state zone,,

cilium/metrics/agent.yaml
  cilium_endpoint_naps_seconds: endpoint.naps.seconds

cilium/metrics/shared/hive.yaml
  hive_naps_total: hive.naps

metadata.csv
  cilium.endpoint.naps.seconds,gauge,,second,,,0,cilium,endpoint naps seconds,
  cilium.hive.naps.count,count,,,,,0,cilium,hive naps count,

collection_level, as `make assets` derives it
  cilium.hive.naps: full only: no dashboard and no monitor uses it
  cilium.endpoint.naps.seconds: full only: no dashboard and no monitor uses it
""".replace('1.6-1.21', f'1.6-{versions()[-1]}')


@pytest.mark.parametrize('version', DIRECTORIES)
def test_a_version_that_is_taken_out_of_the_catalogue_comes_back(version: str) -> None:
    paths = DIRECTORIES[version].glob('*.txt')
    exposed = merged(one for path in paths for one in read_exposition(text_of(str(path)), path.name).families)
    comparison = compare(without(catalog(), version), exposed, version)

    found = [*comparison.added, *comparison.changed]
    assert len(found) == len(exposed) > 300
    for one in found:
        known = catalog().find(one.component, one.name)
        assert known is not None
        assert one.shapes == known.shapes


def test_the_newest_version_that_is_taken_out_comes_back_too() -> None:
    newest = catalog().newest
    before = without(catalog(), newest)
    exposed = [one for component in COMPONENTS for one in catalog().exposed(component, newest)]
    comparison = compare(before, exposed, newest)

    found = {one.name: catalog().row(one)[:3] for one in (*comparison.added, *comparison.changed)}
    since = {one.name: catalog().row(one)[:3] for one in catalog().families if next(iter(one.shapes)) == newest}
    assert found == since
    # What an endpoint does not expose any more, it may just not expose yet: people decide.
    gone = {one.name for one in catalog().families if before.newest in one.shapes and newest not in one.shapes}
    assert {one.name for one in comparison.not_seen} == gone


def test_a_version_that_changes_nothing_is_a_row_of_its_own() -> None:
    comparison = compare(catalog(), catalog().exposed(COMPONENT_BY_NAME['hubble'], versions()[-1]), NEWER, '1.99.0')
    assert comparison.versions == ((NEWER, '1.99.0'),)
    assert comparison.added == comparison.changed == ()
    assert not comparison.is_complete


def test_rows_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / 'agent.txt').write_text(NEW, encoding='utf-8')
    assert main(['compare', str(tmp_path / 'agent.txt')]) == 1
    assert ROWS in capsys.readouterr().out


def test_an_endpoint_is_read_and_nothing_is_missing(serve, capsys: pytest.CaptureFixture) -> None:
    path = next(DIRECTORIES['1.16'].glob('agent.*.txt'))
    assert main(['compare', serve(plain(path.read_text(encoding='utf-8'))).url]) == 0
    assert capsys.readouterr().out.startswith('Nothing is missing for Cilium 1.16.')


def test_rows_are_written_and_then_nothing_is_missing(tmp_path: Path) -> None:
    """In a copy: the command writes into the checkout that it runs in."""
    shutil.copytree(ROOT / 'toolkit' / 'catalog', tmp_path / 'toolkit' / 'catalog')
    shutil.copytree(METRICS, tmp_path / 'cilium' / 'metrics')
    for name in ('metadata.csv', 'toolkit/checkout.py', 'toolkit/yaml_files.py'):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / 'agent.txt').write_text(NEW, encoding='utf-8')
    command = [sys.executable, '-m', 'toolkit.catalog', 'compare', 'agent.txt']
    run = subprocess.run([*command, '--write'], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (1, '')

    for heading, *rows in (block.splitlines() for block in ROWS.strip().split('\n\n')[:-1]):
        text = (tmp_path / heading).read_text(encoding='utf-8')
        before = (ROOT / heading).read_text(encoding='utf-8')
        assert all(f'\n{row.strip()}\n' in text for row in rows), heading
        assert set(before.splitlines()) - set(text.splitlines()) <= {
            'agent,cilium_endpoint_state,1.6- gauge endpoint_state,,'
        }
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    # The maps that the command asks are those of the installed package.
    assert 'families.csv' not in again.stdout
    assert 'metadata.csv' not in again.stdout


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('# TYPE a gauge\na 1\n', 'Say it: --component'),
        ('# TYPE cilium_version gauge\ncilium_version 1\n# EOF\n', 'OpenMetrics'),
        ('cilium_version 1\n', 'cilium_version has the type unknown'),
    ],
)
def test_what_cannot_be_compared_says_what_to_do(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_exposition(text, 'file.txt')


def test_two_versions_are_not_mixed(capsys: pytest.CaptureFixture) -> None:
    paths = [str(path) for directory in DIRECTORIES.values() for path in directory.glob('agent.*.txt')]
    assert main(['compare', *paths]) == 2
    assert 'Compare one at a time' in capsys.readouterr().err


def test_lines_go_where_their_like_are() -> None:
    assert suggested_line(COMPONENT_BY_NAME['operator'], 'cilium_operator_hive_naps_total') == MapLine(
        'shared/hive.yaml', 'hive_naps_total', 'hive.naps'
    )
    assert suggested_line(COMPONENT_BY_NAME['agent'], 'cilium_clustermesh_remote_cluster_naps') == MapLine(
        'shared/remote_clusters.yaml', 'remote_cluster_naps', 'remote_cluster_naps'
    )
    assert suggested_line(COMPONENT_BY_NAME['hubble'], 'hubble_naps_total') == MapLine(
        'hubble.yaml', 'hubble_naps_total', 'naps'
    )
    text = '# Agent\n\n# A\na_x: a.x\na_z: a.z\n\n# B\nb: b\n'
    assert with_line(text, MapLine('', 'a_y', 'a.y')) == '# Agent\n\n# A\na_x: a.x\na_y: a.y\na_z: a.z\n\n# B\nb: b\n'
    assert with_line(text, MapLine('', 'b_c', 'b.c')).endswith('b: b\nb_c: b.c\n')


def test_tables_of_the_documentation_are_read() -> None:
    text = (HERE / 'metrics.rst').read_text(encoding='utf-8')
    assert is_documentation(text)
    rows = {(row.component.name, row.name): row.labels for row in documented(text)}
    assert rows == {
        ('agent', 'cilium_endpoint'): (),
        ('agent', 'cilium_endpoint_state'): ('state',),
        ('agent', 'cilium_endpoint_naps_total'): ('namespace', 'reason'),
        ('agent', 'cilium_api_limiter_requests_in_flight'): ('api_call', 'value'),
        ('agent', 'cilium_session_state'): ('neighbor', 'neighbor_asn', 'vrouter'),
        ('operator', 'cilium_operator_lbipam_conflicting_pools'): (),
        ('operator', 'cilium_operator_lbipam_spare_pools'): ('pool',),
        ('hubble', 'hubble_dns_queries_total'): ('ips_returned', 'qtypes', 'rcode'),
        ('kvstoremesh', 'cilium_kvstoremesh_bootstrap_seconds'): ('source_cluster',),
    }
    assert [row.name for row in unknown(documented(text), catalog())] == [
        'cilium_endpoint_naps_total',
        'cilium_operator_lbipam_spare_pools',
    ]


def test_tables_of_features_have_types() -> None:
    text = (HERE / 'feature-metrics-operator.txt').read_text(encoding='utf-8')
    (row,) = unknown(documented(text), catalog())
    assert (row.component.name, row.name) == ('operator', 'cilium_operator_feature_adv_connect_and_lb_teleport_enabled')
    assert (row.type, row.labels) == ('gauge', ('colour', 'mode'))


def test_what_only_the_documentation_has_is_told(capsys: pytest.CaptureFixture) -> None:
    assert main(['compare', str(HERE / 'metrics.rst'), str(HERE / 'feature-metrics-operator.txt')]) == 1
    newest = catalog().newest
    assert capsys.readouterr().out.endswith(
        'toolkit/catalog/families.csv\n'
        f'  agent,cilium_endpoint_naps_total,{newest}- TYPE namespace reason,,\n'
        f'  operator,cilium_operator_lbipam_spare_pools,{newest}- TYPE pool,,\n'
        f'  operator,cilium_operator_feature_adv_connect_and_lb_teleport_enabled,{newest}- gauge colour mode,,\n'
    )
