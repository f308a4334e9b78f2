# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The ways into an Agent: a wheel that replaces the check that the Agent brings, and a folder in `checks.d/`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from endpoints import Endpoint, plain
from expositions import family
from packaging.version import Version

import datadog_checks.base
from datadog_checks.cilium import __version__

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / 'tests/support/check/load_and_run.py'
DIST_INFO = f'datadog_cilium-{__version__}.dist-info'

NOT_IN_THE_SOURCE = shutil.ignore_patterns('.*', '__pycache__', '*.egg-info', 'build', 'dist')


def call(*command: object, **variables: str) -> str:
    """Run a program that must succeed, and return what it printed."""
    run = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def packages_of(python: Path) -> Path:
    """Return the folder where an environment has its packages."""
    return Path(call(python, '-c', 'import sysconfig; print(sysconfig.get_path("purelib"))').strip())


def bundled_check(folder: Path) -> Path:
    """Return a wheel that stands in for the check that the Agent brings."""
    info = 'datadog_cilium-7.1.0.dist-info'
    files = {
        'datadog_checks/cilium/__init__.py': '',
        'datadog_checks/cilium/cilium.py': '',
        'datadog_checks/cilium/data/conf.yaml.default': '',
        f'{info}/METADATA': 'Metadata-Version: 2.1\nName: datadog-cilium\nVersion: 7.1.0\n',
        f'{info}/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    files[f'{info}/RECORD'] = ''.join(f'{name},,\n' for name in (*files, f'{info}/RECORD'))
    wheel = folder / 'datadog_cilium-7.1.0-py3-none-any.whl'
    with zipfile.ZipFile(wheel, 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = shutil.copytree(ROOT, tmp_path_factory.mktemp('source') / 'checkout', ignore=NOT_IN_THE_SOURCE)
    folder = tmp_path_factory.mktemp('wheel')
    options = ('--quiet', '--no-deps', '--no-index', '--no-build-isolation', '--wheel-dir', folder)
    call(sys.executable, '-m', 'pip', 'wheel', *options, source)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture
def cilium_agent(serve: Callable[..., Endpoint]) -> Endpoint:
    return serve(plain(family('cilium_unreachable_nodes', 'gauge', 2)))


class TestWheel:
    @staticmethod
    def metadata(wheel: Path) -> Message:
        with zipfile.ZipFile(wheel) as archive:
            return Parser().parsestr(archive.read(f'{DIST_INFO}/METADATA').decode())

    def test_its_version_is_above_that_of_the_check_that_the_agent_brings(self, wheel: Path) -> None:
        assert wheel.name == f'datadog_cilium-{__version__}-py3-none-any.whl'
        assert Version(__version__) >= Version('10.0.0')

    def test_it_holds_the_package_and_the_licence_and_nothing_else(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
        package = {path.relative_to(ROOT) for path in (ROOT / 'cilium').rglob('*') if path.is_file()}

        assert {name for name in names if not name.startswith(f'{DIST_INFO}/')} == {
            f'datadog_checks/{path.as_posix()}' for path in package if '__pycache__' not in path.parts
        }
        assert f'{DIST_INFO}/licenses/LICENSE' in names

    def test_it_needs_the_base_package_only(self, wheel: Path) -> None:
        requirements = self.metadata(wheel).get_all('Requires-Dist')

        assert [text for text in requirements if 'extra ==' not in text] == ['datadog-checks-base>=37.22.0']

    def test_it_replaces_the_check_that_the_agent_brings(
        self, wheel: Path, tmp_path: Path, cilium_agent: Endpoint
    ) -> None:
        agent = tmp_path / 'agent'
        call(sys.executable, '-m', 'venv', '--without-pip', agent)
        python = agent / 'bin' / 'python'
        packages = packages_of(python)
        # Agents have the base package and the checks in one folder. What these need is found beside the tests.
        base = Path(datadog_checks.base.__file__).parent
        shutil.copytree(base, packages / 'datadog_checks' / 'base')
        shutil.copy(base.parent / '__init__.py', packages / 'datadog_checks')
        (packages / 'of_the_tests.pth').write_text(sysconfig.get_path('purelib'), encoding='utf-8')
        for package in (bundled_check(tmp_path), wheel):
            call(sys.executable, '-m', 'pip', '--python', python, 'install', '--no-deps', '--no-index', package)

        result = json.loads(
            call(python, PROGRAM, 'datadog_checks.cilium', json.dumps({'agent_endpoint': cilium_agent.url}))
        )

        installed = packages / 'datadog_checks' / 'cilium'
        assert result['folder'] == str(installed)
        assert result['error'] == ''
        assert result['metrics'] == ['cilium.scrape.series.submitted', 'cilium.unreachable.nodes']
        assert not (installed / 'cilium.py').exists()
        assert {path.name for path in (installed / 'data').iterdir()} == {
            'auto_conf.yaml',
            'conf.yaml.example',
            'recordings',
        }


class TestChecksD:
    def test_the_folder_alone_is_a_check(self, tmp_path: Path, cilium_agent: Endpoint) -> None:
        folder = tmp_path / 'checks.d' / 'cilium'
        shutil.copytree(ROOT / 'cilium', folder)

        result = json.loads(
            call(
                sys.executable,
                PROGRAM,
                'cilium',
                json.dumps({'agent_endpoint': cilium_agent.url, 'use_openmetrics': 'true'}),
                PYTHONPATH=str(folder.parent),
            )
        )

        assert result == {
            'folder': str(folder),
            'loaded as datadog_checks.cilium': False,
            'error': '',
            'metrics': ['cilium.scrape.series.submitted', 'cilium.unreachable.nodes'],
        }
