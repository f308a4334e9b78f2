# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""How this check and the certificates get into the Agent."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from deployment_files import DEPLOY, ROOT, document

from datadog_checks.cilium import __version__

README = DEPLOY / 'README.md'
WHEEL = f'datadog_cilium-{__version__}-py3-none-any.whl'
REPOSITORY, TAG = (document('datadog/overlays/image.yaml')['agents']['image'][key] for key in ('repository', 'tag'))


def bash(script: str, **variables: str) -> str:
    """Return what a script prints, run in the folder of the project."""
    environment = {'PATH': os.environ['PATH'], **variables}
    command = ['bash', '-c', script]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout


class TestImage:
    """`docker build` and `agent integration install` cannot run here: this reads the file."""

    def test_dockerfile(self) -> None:
        text = (DEPLOY / 'datadog/Dockerfile').read_text(encoding='utf-8')
        lines = re.sub(r'\\\n\s*', '', re.sub(r'^#.*\n', '', text, flags=re.MULTILINE)).strip().splitlines()
        instructions = [tuple(line.split(maxsplit=1)) for line in lines if line]

        assert [name for name, _ in instructions] == ['ARG', 'FROM', 'COPY', 'RUN']
        argument, image, copy, run = (rest for _, rest in instructions)
        assert argument == f'AGENT_IMAGE=datadog/agent:{TAG}'
        assert image == '${AGENT_IMAGE}'
        source, target = copy.split()
        assert (fnmatch(f'dist/{WHEEL}', source), target) == (True, '/tmp/')
        install, remove = run.split('&& ')
        wheel = source.replace('dist/', '/tmp/')
        assert shlex.split(install) == ['agent', 'integration', 'install', '--allow-root', '--local-wheel', wheel]
        assert shlex.split(remove) == ['rm', wheel]

    def test_the_name_of_the_repository_has_the_version_of_the_check(self) -> None:
        assert re.fullmatch(rf'.*/datadog-agent-cilium-{re.escape(__version__)}', REPOSITORY)

    def test_helm_and_operator_have_the_same_image(self) -> None:
        override = document('datadog/overlays/image-operator.yaml')['spec']['override']

        assert {part['image']['name'] for part in override.values()} == {f'{REPOSITORY}:{TAG}'}

    @pytest.mark.parametrize('name', ['image.yaml', 'image-operator.yaml'])
    def test_two_lines_set_the_image_in_every_file(self, name: str) -> None:
        """The command of the walk-through, and of the file itself."""
        commands = [
            re.sub(r'\\\n#?\s*', '', command)
            for path in ('README.md', f'datadog/overlays/{name}')
            for command in re.findall(r'^(?:#   )?(sed "s\|.*?) > ', (DEPLOY / path).read_text('utf-8'), re.M | re.S)
        ]
        assert len(commands) == 2
        for command in commands:
            made = bash(command.replace('image.yaml', name), IMAGE='r.test:5000/team/cilium-agent', VERSION='7.90.2')
            assert not re.search(rf'{re.escape(REPOSITORY)}|{re.escape(TAG)}', re.sub('^#.*', '', made, flags=re.M))
            expected = json.dumps(document(f'datadog/overlays/{name}'))
            expected = expected.replace(REPOSITORY, 'r.test:5000/team/cilium-agent').replace(TAG, '7.90.2')
            assert yaml.safe_load(made) == json.loads(expected)

    @pytest.mark.parametrize(
        ('agent', 'version'),
        [
            ('datadog/agent:7.81.1', '7.81.1'),
            ('r.test:5000/datadog/agent:7.81.1-jmx', '7.81.1'),
            ('r.test/agent:7.81.1-fips-full', '7.81.1'),
        ],
    )
    def test_version_is_that_of_the_agent_that_runs(self, agent: str, version: str) -> None:
        (derived,) = re.findall(r'^(VERSION=\$\{AGENT.*?); echo', README.read_text(encoding='utf-8'), re.MULTILINE)

        assert bash(f'{derived}; echo "$VERSION"', AGENT=agent).strip() == version


class TestInitScript:
    """The script runs here, in folders of the test. That the Agent's init container runs it cannot be tested."""

    SCRIPT = DEPLOY / 'datadog/init-script/install-check.sh'
    VALUES = 'datadog/overlays/init-script.yaml'

    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        for name in ('cilium-wheel', 'cilium-check'):
            (tmp_path / name).mkdir()
        return tmp_path / 'cilium-wheel', tmp_path / 'cilium-check'

    def run(self, folders: tuple[Path, Path]) -> int:
        wheel, target = folders
        script = self.SCRIPT.read_text(encoding='utf-8')
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
        self.make_wheel(folders[0] / 'cilium.whl')
        values = document(self.VALUES)
        (mount,) = values['agents']['volumeMounts']

        assert self.run(folders) == 0
        assert (folders[1] / mount['subPath'] / '__init__.py').exists()
        assert mount['mountPath'].endswith('/site-packages/' + mount['subPath'])

    def test_it_fails_rather_than_start_the_agent_without_the_check(self, folders: tuple[Path, Path]) -> None:
        assert self.run(folders) != 0

    def test_a_newer_wheel_takes_the_place_of_the_older_one(self) -> None:
        """Its name in the ConfigMap has no version. Client-side, kubectl would copy it into an annotation: too big."""
        text = (DEPLOY / self.VALUES).read_text(encoding='utf-8')

        assert '--from-file cilium.whl="$(ls dist/*.whl)"' in text
        assert '--dry-run=client' in text
        assert 'kubectl apply --server-side --force-conflicts' in text

    def test_the_wheel_fits_into_a_config_map(self, tmp_path: Path) -> None:
        """What `make wheel` packs, compressed in the same way."""
        path = tmp_path / 'cilium.whl'
        with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as wheel:
            for file in (ROOT / 'cilium').rglob('*'):
                if file.is_file() and '__pycache__' not in file.parts:
                    wheel.write(file, file.relative_to(ROOT))

        # The limit of a ConfigMap is 1 MiB. An annotation holds 256 KiB, and base64 makes four thirds of the wheel.
        assert 256 * 2**10 * 3 / 4 < path.stat().st_size < 0.8 * 2**20

    def test_helm_and_operator_mount_the_same(self) -> None:
        values = document(self.VALUES)
        patch = document('datadog/overlays/init-script-operator.yaml')
        agents, node_agent = values['agents'], patch['spec']['override']['nodeAgent']

        assert node_agent['volumes'] == agents['volumes']
        assert node_agent['containers']['agent']['volumeMounts'] == agents['volumeMounts']
        init = agents['containers']['initContainers']['volumeMounts']
        assert node_agent['containers']['init-config']['volumeMounts'] == init
        assert {mount['name'] for mount in init} == {volume['name'] for volume in agents['volumes']}

    def test_the_script_runs_last_and_uses_what_is_mounted(self) -> None:
        values = document(self.VALUES)
        mounts = {m['mountPath']: m for m in values['agents']['containers']['initContainers']['volumeMounts']}

        assert mounts.keys() == {'/cilium-wheel', '/cilium-check', '/etc/cont-init.d/99-cilium-check.sh'}
        assert mounts['/etc/cont-init.d/99-cilium-check.sh']['subPath'] == 'install-check.sh'
        assert 'readOnly' not in mounts['/cilium-check']


class TestCertificates:
    def test_helm_and_operator_mount_them_where_the_annotations_say(self) -> None:
        values = document('datadog/overlays/tls.yaml')
        patch = document('datadog/overlays/tls-operator.yaml')

        for helm, operator in (('agents', 'nodeAgent'), ('clusterChecksRunner', 'clusterChecksRunner')):
            override = patch['spec']['override'][operator]
            assert override['volumes'] == values[helm]['volumes']
            assert override['containers']['agent']['volumeMounts'] == values[helm]['volumeMounts']
        (mount,) = values['agents']['volumeMounts']
        # What the annotations say under this path is tested with the check: test_autodiscovery.py.
        assert mount['mountPath'] == '/etc/cilium-metrics-tls'
