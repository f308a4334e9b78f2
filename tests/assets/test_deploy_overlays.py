# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
An overlay changes nothing of an Agent that is installed but what this check needs.

Tested is the merge: Helm puts later values over earlier ones, and a server-side apply puts fields into a resource. What
the chart makes of the values is compared in test_deploy_rendered.py, where the chart is at hand.
"""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from deployment_files import DEPLOY, INSTALLED, LIST_KEYS, applied, changed, document, leaves, merged

OVERLAYS = DEPLOY / 'datadog/overlays'

IMAGE = {f'{part}.image.{key}' for part in ('agents', 'clusterChecksRunner') for key in ('repository', 'tag', 'digest')}
DISPATCH = {'datadog.clusterChecks.enabled'}
VOLUMES = {'agents.volumes', 'agents.volumeMounts'}

# All that an overlay may set. The value of a path that is here goes to the user's only where Helm cannot merge: lists.
MAY_SET = {
    'image.yaml': IMAGE | DISPATCH,
    'init-script.yaml': VOLUMES | {'agents.containers.initContainers.volumeMounts'} | DISPATCH,
    'tls.yaml': VOLUMES | {'clusterChecksRunner.volumes', 'clusterChecksRunner.volumeMounts'},
    'hubble-flows.yaml': VOLUMES | {'datadog.confd.hubble_flows.yaml'},
    'gke.yaml': {'datadog.ignoreAutoConfig', 'datadog.confd.cilium.yaml'},
    'aks.yaml': {'datadog.ignoreAutoConfig', 'datadog.confd.cilium.yaml'},
}
OF_THE_OPERATOR = {
    'image-operator.yaml': {
        'spec.features.clusterChecks.enabled',
        'spec.override.nodeAgent.image.name',
        'spec.override.clusterChecksRunner.image.name',
    },
    'init-script-operator.yaml': {
        'spec.features.clusterChecks.enabled',
        'spec.override.nodeAgent.volumes',
        'spec.override.nodeAgent.containers.init-config.volumeMounts',
        'spec.override.nodeAgent.containers.agent.volumeMounts',
    },
    'tls-operator.yaml': {
        f'spec.override.{part}.{key}'
        for part in ('nodeAgent', 'clusterChecksRunner')
        for key in ('volumes', 'containers.agent.volumeMounts')
    },
}

each_agent = pytest.mark.parametrize('installed', INSTALLED['helm'].values(), ids=INSTALLED['helm'])
each_resource = pytest.mark.parametrize('spec', INSTALLED['operator'].values(), ids=INSTALLED['operator'])
each_overlay = pytest.mark.parametrize('name', MAY_SET)
each_operator_overlay = pytest.mark.parametrize('name', OF_THE_OPERATOR)


def overlay(name: str) -> dict:
    return document(f'datadog/overlays/{name}')


def test_every_overlay_is_here() -> None:
    assert {path.name for path in OVERLAYS.iterdir()} == MAY_SET.keys() | OF_THE_OPERATOR.keys()


class TestHelm:
    @each_overlay
    @each_agent
    def test_only_the_intended_values_differ(self, installed: dict, name: str) -> None:
        after = merged(installed, overlay(name))

        assert changed(installed, after) <= MAY_SET[name]
        assert dict(leaves(overlay(name))).items() <= dict(leaves(after)).items()

    @each_overlay
    def test_it_sets_what_it_is_for(self, name: str) -> None:
        assert dict(leaves(overlay(name))).keys() == MAY_SET[name]

    def test_a_file_for_new_installations_would_change_more(self) -> None:
        """So the test above tells them apart."""
        installed = INSTALLED['helm']['own Secrets and names']
        lost = changed(installed, merged(installed, document('datadog/new/values.yaml')))

        assert {'datadog.apiKeyExistingSecret', 'datadog.clusterName', 'clusterAgent.replicas'} <= lost

    @each_overlay
    def test_lists_that_it_would_replace_are_told_and_found(self, name: str) -> None:
        text = (OVERLAYS / name).read_text(encoding='utf-8')
        lists = {path for path, value in leaves(overlay(name)) if isinstance(value, list)}
        found = re.search(r"helm -n datadog get values datadog --output yaml \| grep -n -A \d+ (?:-E )?'(.*)'", text)

        assert bool(lists) == bool(found)
        if not lists:
            return
        assert re.search(r'Helm\s+#?\s*replaces', text)
        for installed in INSTALLED['helm'].values():
            has_some = any(path in lists for path, _ in leaves(installed))
            printed = re.search(found[1], yaml.safe_dump(installed), re.MULTILINE)
            assert bool(printed) or not has_some

    def test_agents_and_runners_run_the_same_image(self) -> None:
        values = overlay('image.yaml')

        assert values['agents']['image'] == values['clusterChecksRunner']['image']
        # The chart compares the tag with versions of the Agent. With a suffix it would take it for older than it is.
        assert re.fullmatch(r'7\.(7[2-9]|[89]\d)\.\d+', values['agents']['image']['tag'])


class TestOperator:
    @each_operator_overlay
    @each_resource
    def test_only_the_intended_fields_differ(self, spec: dict, name: str) -> None:
        before = {**{key: overlay(name)[key] for key in ('apiVersion', 'kind', 'metadata')}, 'spec': spec}
        after = applied(before, overlay(name))

        assert changed(before, after) <= OF_THE_OPERATOR[name]
        for path, value in leaves(before):
            if path.rpartition('.')[2] in LIST_KEYS:
                kept = dict(leaves(after))[path]
                assert [entry for entry in value if entry not in kept] == []

    @each_operator_overlay
    def test_it_is_an_object_that_the_server_merges(self, name: str) -> None:
        text = (OVERLAYS / name).read_text(encoding='utf-8')
        resource = overlay(name)

        # Anything but a server-side apply would replace its lists.
        assert 'kubectl apply --server-side --field-manager cilium-' in text
        assert resource['kind'] == 'DatadogAgent'
        assert {path for path, _ in leaves({'spec': resource['spec']})} == OF_THE_OPERATOR[name]

    @each_operator_overlay
    def test_each_has_a_field_manager_of_its_own(self, name: str) -> None:
        """With a manager in common, the second overlay would take the fields of the first one away."""
        text = (OVERLAYS / name).read_text(encoding='utf-8')

        assert set(re.findall(r'--field-manager (\S+)', text)) == {f'cilium-{name.removesuffix("-operator.yaml")}'}

    @each_operator_overlay
    def test_the_way_back_applies_nothing(self, name: str) -> None:
        text = (OVERLAYS / name).read_text(encoding='utf-8')
        (script,) = re.findall(r"The way back: sed '(.*?)'", text)
        command = ['sed', script, str(OVERLAYS / name)]
        left = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

        assert yaml.safe_load(left).keys() == {'apiVersion', 'kind', 'metadata'}


class TestCilium:
    def test_values_switch_metrics_on_and_tell_the_agent_and_nothing_else(self) -> None:
        """Lists of the user, such as that of Hubble's metrics, are replaced by files that say so."""
        for path, value in leaves(document('cilium/values.yaml')):
            if '.podAnnotations.' in f'.{path}' or '.podLabels.' in f'.{path}':
                assert 'datadog' in path.partition('pod')[2]
            else:
                assert re.fullmatch(r'.*(prometheus|metrics|metrics\.kvstoremesh|metrics\.etcd)\.enabled', f'.{path}')
                assert value is True
