# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""How this check and the certificates get into the Agent."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from deployment_files import DEPLOY, document

from datadog_checks.cilium import __version__

WHEEL = f'datadog_cilium-{__version__}-py3-none-any.whl'


class TestImage:
    """`docker build` and `agent integration install` cannot run here: this reads the file."""

    def test_dockerfile(self) -> None:
        text = (DEPLOY / 'datadog/Dockerfile').read_text(encoding='utf-8')
        lines = re.sub(r'\\\n\s*', '', re.sub(r'^#.*\n', '', text, flags=re.MULTILINE)).strip().splitlines()
        instructions = [tuple(line.split(maxsplit=1)) for line in lines if line]

        assert [name for name, _ in instructions] == ['ARG', 'FROM', 'COPY', 'RUN']
        argument, image, copy, run = (rest for _, rest in instructions)
        assert re.fullmatch(r'AGENT_VERSION=7\.(7[2-9]|[89]\d)\.\d+', argument)
        assert image == 'datadog/agent:${AGENT_VERSION}'
        assert copy.split() == [f'dist/{WHEEL}', '/tmp/']
        install, remove = run.split(' && ') if ' && ' in run else run.split('&& ')
        assert shlex.split(install) == [
            'agent', 'integration', 'install', '--allow-root', '--local-wheel', f'/tmp/{WHEEL}',
        ]  # fmt: skip
        assert shlex.split(remove) == ['rm', f'/tmp/{WHEEL}']

    def test_the_tag_is_the_same_everywhere(self) -> None:
        values = document('datadog/values-image.yaml')
        resource = document('datadog/datadog-agent.yaml')
        image = values['agents']['image']
        name = f'{image["repository"]}:{image["tag"]}'

        assert f'--tag {name} ' in (DEPLOY / 'datadog/Dockerfile').read_text(encoding='utf-8')
        # Checks of the cluster run on runners too.
        runner = values['clusterChecksRunner']['image']
        assert f'{runner["repository"]}:{runner["tag"]}' == name
        for part in ('nodeAgent', 'clusterChecksRunner'):
            assert resource['spec']['override'][part]['image']['name'] == name


class TestInitScript:
    """The script runs here, in folders of the test. That the Agent's init container runs it cannot be tested."""

    FOLDER = DEPLOY / 'datadog/init-script'

    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        for name in ('cilium-wheel', 'cilium-check'):
            (tmp_path / name).mkdir()
        return tmp_path / 'cilium-wheel', tmp_path / 'cilium-check'

    def run(self, folders: tuple[Path, Path]) -> int:
        wheel, target = folders
        script = (self.FOLDER / 'install-check.sh').read_text(encoding='utf-8')
        script = script.replace('/opt/datadog-agent/embedded/bin/python', shlex.quote(sys.executable))
        script = script.replace('/cilium-wheel', str(wheel)).replace('/cilium-check', str(target))
        environment = {'PATH': os.environ['PATH']}
        command = ['bash', '-c', script]
        return subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode

    @staticmethod
    def make_wheel(path: Path) -> None:
        with zipfile.ZipFile(path, 'w') as wheel:
            wheel.writestr('datadog_checks/cilium/__init__.py', '')

    def test_the_check_is_where_it_is_mounted_from(self, folders: tuple[Path, Path]) -> None:
        self.make_wheel(folders[0] / WHEEL)
        values = document(self.FOLDER / 'values.yaml')
        (mount,) = values['agents']['volumeMounts']

        assert self.run(folders) == 0
        assert (folders[1] / mount['subPath'] / '__init__.py').exists()
        assert mount['mountPath'].endswith('/site-packages/' + mount['subPath'])

    @pytest.mark.parametrize('wheels', [(), ('a.whl', 'b.whl')], ids=['no wheel', 'two wheels'])
    def test_it_fails_rather_than_start_the_agent_without_the_check(
        self, wheels: tuple[str, ...], folders: tuple[Path, Path]
    ) -> None:
        for name in wheels:
            self.make_wheel(folders[0] / name)

        assert self.run(folders) != 0

    def test_helm_and_operator_mount_the_same(self) -> None:
        values = document(self.FOLDER / 'values.yaml')
        patch = document(self.FOLDER / 'datadog-agent.yaml')
        agents, node_agent = values['agents'], patch['spec']['override']['nodeAgent']

        assert node_agent['volumes'] == agents['volumes']
        assert node_agent['containers']['agent']['volumeMounts'] == agents['volumeMounts']
        init = agents['containers']['initContainers']['volumeMounts']
        assert node_agent['containers']['init-config']['volumeMounts'] == init
        assert {mount['name'] for mount in init} == {volume['name'] for volume in agents['volumes']}

    def test_the_script_runs_last_and_uses_what_is_mounted(self) -> None:
        values = document(self.FOLDER / 'values.yaml')
        mounts = {m['mountPath']: m for m in values['agents']['containers']['initContainers']['volumeMounts']}

        assert mounts.keys() == {'/cilium-wheel', '/cilium-check', '/etc/cont-init.d/99-cilium-check.sh'}
        assert mounts['/etc/cont-init.d/99-cilium-check.sh']['subPath'] == 'install-check.sh'
        assert 'readOnly' not in mounts['/cilium-check']


class TestCertificates:
    def test_helm_and_operator_mount_them_where_the_annotations_say(self) -> None:
        values = document('datadog/values-tls.yaml')
        patch = document('datadog/datadog-agent-tls.yaml')

        for helm, operator in (('agents', 'nodeAgent'), ('clusterChecksRunner', 'clusterChecksRunner')):
            override = patch['spec']['override'][operator]
            assert override['volumes'] == values[helm]['volumes']
            assert override['containers']['agent']['volumeMounts'] == values[helm]['volumeMounts']
        (mount,) = values['agents']['volumeMounts']
        # What the annotations say under this path is tested with the check: test_autodiscovery.py.
        assert mount['mountPath'] == '/etc/cilium-metrics-tls'
