# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the deployment files say: names of files, commands, versions."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deployment_files import DEPLOY, FILES, ROOT, YAML_FILES, documents, relative
from expositions import RECORDED_COMPONENTS, recording

from datadog_checks.cilium import __version__
from toolkit.levels.figures import NEWEST, count, of_cluster
from toolkit.yaml_files import parse_yaml

README = DEPLOY / 'README.md'
PLATFORMS = DEPLOY / 'platforms.md'

# The ports of Cilium's charts 1.9 to 1.11: https://docs.cilium.io/en/v1.11/operations/metrics/
OLD_PORTS = {'agent_endpoint': 9090, 'operator_endpoint': 6942, 'hubble_endpoint': 9091, 'envoy_endpoint': 9095}

each_text = pytest.mark.parametrize(
    'path', [*FILES, ROOT / 'README.md'], ids=[*map(relative, FILES), 'README of the project']
)
each_file = pytest.mark.parametrize('path', FILES, ids=relative)


def commands(path: Path, name: str) -> list[str]:
    """Return the commands of a text that begin with a name, each in one line."""
    text = re.sub(r'\\\n#? *', ' ', path.read_text(encoding='utf-8'))
    return re.findall(rf'^(?:#?   )?({name} .*)', text, re.MULTILINE)


def shell_blocks(path: Path) -> list[str]:
    """Return the shell commands of a Markdown text, block by block."""
    return re.findall(r'^ *```shell\n(.*?)^ *```', path.read_text(encoding='utf-8'), re.DOTALL | re.MULTILINE)


class TestTexts:
    @each_file
    def test_it_names_no_registry(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert not re.search(r'gcr\.io|docker\.io|quay\.io|ecr\.aws|azurecr|registry\.(?!example\.com)[a-z]', text)

    @each_text
    def test_files_that_it_names_exist(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')
        named = set(re.findall(r'\bdeploy/[\w./-]+[\w/]', text))
        if path.parent == DEPLOY:
            named |= {f'deploy/{name}' for name in re.findall(r'`((?:cilium|datadog|[a-z]+-[a-z]+)/[\w./-]*)`', text)}

        assert {name for name in named if not (ROOT / name).exists()} == set()

    @each_text
    def test_commands_of_the_check_exist(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8').replace('\\\n', ' ')
        for command in re.findall(r'-m datadog_checks\.cilium\s+(\w+)', text):
            help_ = [sys.executable, '-m', 'datadog_checks.cilium', command, '--help']
            assert subprocess.run(help_, capture_output=True, timeout=60, check=False).returncode == 0

    @each_text
    def test_helm_upgrades_keep_the_chart_and_the_values(self, path: Path) -> None:
        """Without a version, Helm takes the newest chart. Without `--reuse-values`, it throws away what users have."""
        for command in commands(path, 'helm upgrade'):
            assert ' --version ' in command, command
            assert ' --reuse-values' in command, command
            assert ' --install' not in command, command

    @pytest.mark.parametrize('path', sorted((DEPLOY / 'datadog/new').iterdir()), ids=relative)
    def test_files_for_new_installations_are_applied_where_nothing_is_yet(self, path: Path) -> None:
        """`helm install` and `kubectl create` refuse what exists."""
        with_file = [
            command for text in (path, README) for command in commands(text, '(?:helm|kubectl)') if path.name in command
        ]
        own = [command for command in with_file if f'datadog/new/{path.name}' in command]

        assert len(own) == 2
        assert all(command.startswith(('helm install ', 'kubectl create ')) for command in own)
        assert 'leave this file alone' in path.read_text(encoding='utf-8').replace('\n# ', ' ')

    @pytest.mark.parametrize('path', [path for path in YAML_FILES if 'kind' not in documents(path)[0]], ids=relative)
    def test_values_tell_the_way_back(self, path: Path) -> None:
        release = 'cilium -n kube-system' if path.parent.name == 'cilium' else 'datadog -n datadog'
        command = 'uninstall' if path.parent.name == 'new' else 'rollback'

        assert f'The way back: helm {command} {release}' in path.read_text(encoding='utf-8').replace('\n# ', ' ')

    def test_the_example_for_old_charts_has_the_old_ports(self) -> None:
        (example,) = re.findall(r'take these values.*?```yaml\n(.*?)```', PLATFORMS.read_text('utf-8'), re.DOTALL)
        values = parse_yaml(example)
        annotations = {**values['podAnnotations'], **values['operator']['podAnnotations']}
        instances = [
            instance for value in annotations.values() for instance in json.loads(value)['cilium']['instances']
        ]

        assert {option: url for instance in instances for option, url in instance.items()} == {
            option: f'http://%%host%%:{port}/metrics' for option, port in OLD_PORTS.items()
        }
        assert len(instances) == len(OLD_PORTS)

    @each_text
    def test_versions_are_the_ones_of_the_project(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert set(re.findall(r'datadog_cilium-[\w.-]+\.whl', text)) <= {
            f'datadog_cilium-{__version__}-py3-none-any.whl'
        }
        assert set(re.findall(r'datadog-agent-cilium-([\d.]+\d)', text)) <= {__version__}
        assert set(re.findall(r'\bcilium \((\d+\.\d+\.\d+)\)|This prints (\d+\.\d+\.\d+)', text)) <= {
            (__version__, ''),
            ('', __version__),
        }

    @pytest.mark.parametrize('path', YAML_FILES, ids=relative)
    def test_it_tells_how_to_apply_it(self, path: Path) -> None:
        comment = re.match(r'(#.*\n)+', path.read_text(encoding='utf-8'))[0]

        assert f'deploy/{relative(path)}' in comment
        assert re.search(r'^#   (.* \| )?(helm|kubectl) ', comment, re.MULTILINE)

    def test_the_readme_has_every_folder_and_every_values_file(self) -> None:
        text = (DEPLOY / 'README.md').read_text(encoding='utf-8')

        for path in YAML_FILES:
            folder = path.relative_to(DEPLOY).parts[0]
            assert path.name in text if folder in ('cilium', 'datadog') else f'({folder})' in text

    @pytest.mark.parametrize('path', sorted((DEPLOY / 'network-policies').iterdir()), ids=relative)
    def test_the_readme_tells_when_a_network_policy_is_needed(self, path: Path) -> None:
        rows = [line for line in README.read_text(encoding='utf-8').splitlines() if line.startswith('|')]

        assert any(f'`{path.name}`' in row for row in rows)

    @pytest.mark.parametrize('path', sorted((DEPLOY / 'network-policies').iterdir()), ids=relative)
    def test_a_policy_with_dns_leads_to_the_note_on_nodelocal_dnscache(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert ('k8s-app: kube-dns' in text) == ('NodeLocal DNSCache' in text)

    def test_the_load_is_computed_from_what_was_counted(self) -> None:
        text = (DEPLOY / 'README.md').read_text(encoding='utf-8')
        counted = {
            name: sum(not line.startswith('#') for line in recording(name, 'incident').splitlines())
            for name in RECORDED_COMPONENTS
        }

        for name, label in {
            'agent': 'cilium-agent 1.20 with three pods',
            'operator': 'the operator',
            'clustermesh_apiserver': 'clustermesh-apiserver',
            'hubble_relay': 'hubble-relay',
            'kvstoremesh': 'kvstoremesh',
        }.items():
            stated = int(re.search(rf'\b{label}\s([\d,]+\d)', text)[1].replace(',', ''))
            assert stated == pytest.approx(counted[name], abs=5)

        def row(label: str) -> list[float]:
            (cells,) = re.findall(rf'^\| {re.escape(label)}[^|]*\|(.*)\|$', text, re.MULTILINE)
            return [float(re.sub(r'[^\d.]', '', cell)) * (1e6 if 'million' in cell else 1) for cell in cells.split('|')]

        nodes = [10, 1000, 5000]
        of_a_node = 3250 + 250 + 20 * 20 + (7 + 17) * 50
        central = 2 * counted['operator'] + sum(counted[n] for n in counted if n not in ('operator', 'agent', 'hubble'))
        cores = 8.5e-6 / 15
        assert row("Each node's Agent: samples in a scrape") == [of_a_node] * 3
        assert row("Each node's Agent: CPU") == pytest.approx([of_a_node * cores * 100] * 3, rel=0.02)
        assert row("Each node's Agent: memory") == pytest.approx([of_a_node * 400 / 1e6] * 3, rel=0.05)
        assert row('All components that run once') == pytest.approx([central] * 3, rel=0.02)
        assert row('One runner with all') == pytest.approx([central * cores * 100] * 3, rel=0.03)
        assert row('If runners scraped') == pytest.approx([n * of_a_node * cores for n in nodes], rel=0.2)
        assert row('Series in Datadog at `full`') == pytest.approx([n * of_a_node + central for n in nodes], rel=0.02)
        # All that grows with workloads is at `standard` too. Of what Hubble always has, next to nothing is.
        node_at_standard = count('agent', NEWEST, 'standard') + 20 * 20 + (7 + 17) * 50
        at_standard = [n * node_at_standard + of_cluster(0, 'standard') for n in nodes]
        assert row('Series in Datadog at `standard`') == pytest.approx(at_standard, rel=0.02)
        quiet = of_cluster(1, 'standard') - of_cluster(0, 'standard')
        sizes = [1, 1000, 3000]
        assert row('hardly any traffic') == pytest.approx([n * quiet for n in sizes], rel=0.01)
        assert row('`values-hubble.yaml`, 20') == pytest.approx([n * node_at_standard for n in sizes], rel=0.02)
        assert row('Cilium up to 1.17') == [6 * n for n in nodes]


class TestWalkThrough:
    def test_every_command_is_one_for_bash(self) -> None:
        for path in sorted(DEPLOY.glob('*.md')):
            for block in shell_blocks(path):
                subprocess.run(['bash', '-n'], input=block, text=True, check=True, timeout=60)

    @pytest.mark.parametrize(('variable', 'release'), [('CHART', 'datadog'), ('CILIUM', 'cilium')])
    def test_version_of_a_chart_is_that_of_the_release(self, variable: str, release: str) -> None:
        (line,) = re.findall(rf'^{variable}=.*', README.read_text(encoding='utf-8'), re.MULTILINE)
        # What Helm prints for one release: https://helm.sh/docs/helm/helm_list/
        listed = f'- app_version: 1.18.12\n  chart: {release}-1.18.12-rc.1\n  name: {release}\n  status: deployed\n'

        def printed(helm: str) -> str:
            script = f'helm() {{ printf "%s" "$LISTED"; }}; {line}; echo "${{{variable}:?}}"'
            environment = {'PATH': os.environ['PATH'], 'LISTED': helm}
            run = subprocess.run(['bash', '-c', script], env=environment, capture_output=True, text=True, timeout=60)
            return run.stdout.strip()

        assert printed(listed) == '1.18.12-rc.1'
        # No release of this name: the guard of `--version` ends the command, where Helm would take the newest chart.
        assert printed('[]\n') == ''
        assert f'--version "${{{variable}:?}}"' in README.read_text(encoding='utf-8')

    def test_what_it_sends_is_told_before_anything_is_applied(self) -> None:
        before, found, _ = README.read_text(encoding='utf-8').partition('\n## 1. ')

        assert found
        assert '### What it will send' in before
        assert '(../docs/cost.md)' in before
        assert not re.search(r'^(helm (install|upgrade)|kubectl (create|apply))', before, re.MULTILINE)

    def test_headings_that_are_linked_exist(self) -> None:
        for path in sorted(DEPLOY.glob('*.md')):
            for target, anchor in re.findall(r'\]\((\S*?)#(\S+?)\)', path.read_text(encoding='utf-8')):
                if '://' in target:
                    continue
                linked = (path.parent / target if target else path).read_text(encoding='utf-8')
                headings = re.findall(r'^#+ (.*)', linked, re.MULTILINE)
                assert anchor in {re.sub(r'[^\w -]', '', heading).lower().replace(' ', '-') for heading in headings}
