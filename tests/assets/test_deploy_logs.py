# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The log rules in the files that users apply are those that are tested with recorded logs."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath

import pytest
import yaml
from deployment_files import DEPLOY, ROOT, document

RULES = yaml.safe_load((ROOT / 'toolkit/logs/agent_rules.yaml').read_text(encoding='utf-8'))


CILIUM = document('cilium/values.yaml')
PODS = {
    'cilium-agent': CILIUM['podAnnotations'],
    'cilium-operator': CILIUM['operator']['podAnnotations'],
    'hubble-relay': CILIUM['hubble']['relay']['podAnnotations'],
    'cilium-envoy': CILIUM['envoy']['podAnnotations'],
    'apiserver': CILIUM['clustermesh']['apiserver']['podAnnotations'],
    'kvstoremesh': CILIUM['clustermesh']['apiserver']['podAnnotations'],
}


@pytest.mark.parametrize('container', PODS)
def test_the_rules_of_every_container_of_cilium_are_the_tested_ones(container: str) -> None:
    (configuration,) = json.loads(PODS[container][f'ad.datadoghq.com/{container}.logs'])

    assert configuration['log_processing_rules'] == RULES


def test_no_other_container_of_cilium_is_collected() -> None:
    """Except etcd, which is not Cilium's: the Agent's own integration reads its logs."""
    collected = re.findall(r'ad\.datadoghq\.com/([a-z-]+)\.logs', (DEPLOY / 'cilium/values.yaml').read_text('utf-8'))

    assert sorted(collected) == sorted([*PODS, 'etcd'])


TEXTS = [ROOT / 'README.md', *sorted(DEPLOY.glob('*.md')), *sorted((ROOT / 'docs').glob('*.md'))]


@pytest.mark.parametrize('path', TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_rules_in_texts_are_the_tested_ones(path: Path) -> None:
    text = path.read_text(encoding='utf-8')
    for block in re.findall(r'^ad\.datadoghq\.com/cilium-agent\.logs: \|\n(.*?)^```', text, re.MULTILINE | re.DOTALL):
        (configuration,) = json.loads(block)
        assert configuration['log_processing_rules'] == RULES


@pytest.mark.parametrize('name', ['gke.yaml', 'aks.yaml'])
def test_the_rules_where_a_cloud_runs_cilium_are_the_tested_ones(name: str) -> None:
    (configuration,) = yaml.safe_load(document(f'datadog/overlays/{name}')['datadog']['confd']['cilium.yaml'])['logs']

    assert configuration['log_processing_rules'] == RULES


def test_the_agent_reads_the_file_of_flows_that_hubble_writes() -> None:
    export = document('cilium/values-hubble-flows.yaml')['hubble']['export']['static']
    values = document('datadog/overlays/hubble-flows.yaml')
    (log,) = yaml.safe_load(values['datadog']['confd']['hubble_flows.yaml'])['logs']
    (volume,), (mount,) = values['agents']['volumes'], values['agents']['volumeMounts']

    assert (log['type'], log['path']) == ('file', export['filePath'])
    assert (log['source'], log['service']) == ('hubble', 'hubble')
    assert volume['hostPath']['path'] == mount['mountPath'] == str(PurePosixPath(export['filePath']).parent)
    assert (mount['name'], mount['readOnly']) == (volume['name'], True)
