# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`make` refuses a Python that cannot do what was asked for, before it touches an environment."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.checkout import ROOT

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what `make` reads, and environments that are complete for Python 3.11 and 3.13."""
    shutil.copy(ROOT / 'Makefile', tmp_path)
    shutil.copytree(ROOT / 'toolkit/environments', tmp_path / 'toolkit/environments')
    shutil.copytree(ROOT / 'requirements', tmp_path / 'requirements')
    shutil.copy(ROOT / 'pyproject.toml', tmp_path)
    for folder in ('.venv', '.venv-demo'):
        for version in ('3.11', '3.13'):
            for step in ('packages', 'ready'):
                marker = tmp_path / folder / f'{step}-{version}'
                marker.parent.mkdir(exist_ok=True)
                marker.touch()
    return tmp_path


@pytest.fixture
def make(checkout: Path) -> Make:
    """Run `make` with a stand-in for Python. What it is asked to do but for its version goes to the file `calls`."""

    def run(goal: str, prints: str = '') -> subprocess.CompletedProcess[str]:
        python = checkout / 'python'
        python.write_text(
            f'#!/bin/sh\n[ "$1" = -c ] && {{ {prints or "exit 127"}; exit; }}\necho "$@" >> calls\nexit 1\n'
        )
        python.chmod(0o755)
        command = ['make', goal, f'PYTHON={python}']
        return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)

    return run


def untouched(checkout: Path) -> bool:
    """Whether all environments are still there and nothing was installed."""
    return len([*checkout.glob('.venv*/*-3.1[13]')]) == 8 and not (checkout / 'calls').exists()


@pytest.mark.parametrize('version', ['3.10', '3.9', '2.7'])
@pytest.mark.parametrize('goal', ['demo', 'preview', 'test', 'wheel', 'assets'])
def test_a_python_that_is_too_old_is_refused(make: Make, checkout: Path, goal: str, version: str) -> None:
    (checkout / 'dist').mkdir()

    run = make(goal, f'echo {version}')

    assert run.returncode != 0
    assert 'This project needs Python 3.11 or newer' in run.stderr
    assert f'is Python {version}. Name another: make {goal} PYTHON=' in run.stderr
    assert untouched(checkout)
    assert (checkout / 'dist').exists()


@pytest.mark.parametrize('goal', ['preview', 'screenshots'])
def test_the_preview_refuses_an_older_one_than_the_rest(make: Make, checkout: Path, goal: str) -> None:
    run = make(goal, 'echo 3.11; echo venv')

    assert run.returncode != 0
    assert 'The preview needs Python 3.12 or newer' in run.stderr
    assert untouched(checkout)


def test_a_python_without_virtual_environments_is_refused(make: Make, checkout: Path) -> None:
    run = make('demo', 'echo 3.12; exit 1')

    assert run.returncode != 0
    assert 'lacks the module venv or ensurepip' in run.stderr
    assert untouched(checkout)


def test_a_python_that_does_not_run_is_refused(make: Make, checkout: Path) -> None:
    run = make('demo')

    assert run.returncode != 0
    assert 'does not run. Name a Python 3.11 or newer: make demo PYTHON=' in run.stderr
    assert untouched(checkout)


@pytest.mark.parametrize(('goal', 'folder'), [('demo', '.venv-demo'), ('preview', '.venv')])
def test_another_python_that_is_new_enough_gets_an_environment(
    make: Make, checkout: Path, goal: str, folder: str
) -> None:
    run = make(goal, 'echo 3.12; echo venv')

    assert f'Setting up {folder}:' in run.stdout
    assert (checkout / 'calls').read_text('utf-8').splitlines() == [f'-m venv --clear {folder}']


@pytest.mark.parametrize('goal', ['help', 'clean'])
def test_no_python_is_needed(make: Make, goal: str) -> None:
    assert make(goal).returncode == 0
