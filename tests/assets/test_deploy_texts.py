# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the deployment files say: names of files, commands, versions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deployment_files import DEPLOY, FILES, ROOT, YAML_FILES, relative
from expositions import RECORDED_COMPONENTS, recording

from datadog_checks.cilium import __version__
from toolkit.yaml_files import parse_yaml

WHEEL = f'datadog_cilium-{__version__}-py3-none-any.whl'

README = ROOT / 'README.md'
PLATFORMS = DEPLOY / 'platforms.md'

each_text = pytest.mark.parametrize('path', [*FILES, README], ids=[*map(relative, FILES), 'README of the project'])
each_file = pytest.mark.parametrize('path', FILES, ids=relative)


class TestTexts:
    @each_file
    def test_it_names_no_registry(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert not re.search(r'gcr\.io|docker\.io|quay\.io|ecr\.aws|azurecr|registry\.[a-z]', text)

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
    def test_helm_upgrades_no_chart_by_accident(self, path: Path) -> None:
        """Without a version, Helm takes the newest chart: another Cilium, or another Agent."""
        text = re.sub(r'\\\n#? *', ' ', path.read_text(encoding='utf-8'))
        for command in re.findall(r'helm upgrade .*', text):
            assert ' --version ' in command, command

    @pytest.mark.parametrize('path', sorted((DEPLOY / 'datadog').rglob('*.yaml')), ids=relative)
    def test_a_command_that_throws_values_away_says_so(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')
        commands = re.findall(r'helm upgrade .*', re.sub(r'\\\n#? *', ' ', text))

        if any('--reuse-values' not in command for command in commands):
            assert 'see the README for `helm get values`' in text

    @pytest.mark.parametrize('path', [path for path in YAML_FILES if 'values' in path.name], ids=relative)
    def test_values_tell_the_way_back(self, path: Path) -> None:
        release = 'cilium -n kube-system' if path.parent.name == 'cilium' else 'datadog -n datadog'

        assert f'The way back: helm rollback {release}' in path.read_text(encoding='utf-8')

    def test_the_example_for_old_charts_has_the_old_ports(self) -> None:
        (example,) = re.findall(r'take these values.*?```yaml\n(.*?)```', PLATFORMS.read_text('utf-8'), re.DOTALL)
        values = parse_yaml(example)
        annotations = {**values['podAnnotations'], **values['operator']['podAnnotations']}
        instances = [
            instance for value in annotations.values() for instance in json.loads(value)['cilium']['instances']
        ]
        old_ports = dict(re.findall(r'\| `(\w+_endpoint)` \| \d+ \| (\d+) \|', README.read_text(encoding='utf-8')))

        assert {option: url for instance in instances for option, url in instance.items()} == {
            option: f'http://%%host%%:{port}/metrics' for option, port in old_ports.items()
        }
        assert len(instances) == len(old_ports) == 4

    @each_text
    def test_versions_are_the_ones_of_the_project(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert set(re.findall(r'datadog_cilium-[\w.-]+\.whl', text)) <= {
            f'datadog_cilium-{__version__}-py3-none-any.whl'
        }
        assert set(re.findall(r'datadog-agent-cilium:[\d.]+-([\d.]+\d)', text)) <= {__version__}

    @pytest.mark.parametrize('path', YAML_FILES, ids=relative)
    def test_it_tells_how_to_apply_it(self, path: Path) -> None:
        comment = re.match(r'(#.*\n)+', path.read_text(encoding='utf-8'))[0]

        assert f'deploy/{relative(path)}' in comment
        assert re.search(r'^#   (helm|kubectl) ', comment, re.MULTILINE)

    def test_the_readme_has_every_folder_and_every_values_file(self) -> None:
        text = (DEPLOY / 'README.md').read_text(encoding='utf-8')

        for path in YAML_FILES:
            folder = path.relative_to(DEPLOY).parts[0]
            assert path.name in text if folder in ('cilium', 'datadog') else f'({folder})' in text

    @pytest.mark.parametrize('path', sorted((DEPLOY / 'network-policies').iterdir()), ids=relative)
    def test_the_readme_of_the_project_tells_when_a_network_policy_is_needed(self, path: Path) -> None:
        rows = [line for line in README.read_text(encoding='utf-8').splitlines() if line.startswith('|')]

        assert any(f'`{path.name}`' in row for row in rows)

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
        cores = 7e-6 / 15
        assert row("Each node's Agent: samples in a scrape") == [of_a_node] * 3
        assert row("Each node's Agent: CPU") == pytest.approx([of_a_node * cores * 100] * 3, rel=0.02)
        assert row("Each node's Agent: memory") == pytest.approx([of_a_node * 400 / 1e6] * 3, rel=0.05)
        assert row('All components that run once') == pytest.approx([central] * 3, rel=0.02)
        assert row('One runner with all') == pytest.approx([central * cores * 100] * 3, rel=0.02)
        assert row('If runners scraped') == pytest.approx([n * of_a_node * cores for n in nodes], rel=0.2)
        assert row('Series in Datadog') == pytest.approx([n * of_a_node + central for n in nodes], rel=0.02)
        assert row('Cilium up to 1.17') == [6 * n for n in nodes]
