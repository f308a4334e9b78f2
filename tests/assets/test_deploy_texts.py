# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the deployment files say: names of files, commands, versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from deployment_files import DEPLOY, FILES, ROOT, YAML_FILES, relative

from datadog_checks.cilium import __version__

WHEEL = f'datadog_cilium-{__version__}-py3-none-any.whl'

each_file = pytest.mark.parametrize('path', FILES, ids=relative)


class TestTexts:
    @each_file
    def test_it_names_no_registry(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')

        assert not re.search(r'gcr\.io|docker\.io|quay\.io|ecr\.aws|azurecr|registry\.[a-z]', text)

    @each_file
    def test_files_that_it_names_exist(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8')
        named = set(re.findall(r'\bdeploy/[\w./-]+[\w/]', text))
        if path.suffix == '.md':
            named |= {f'deploy/{name}' for name in re.findall(r'`((?:cilium|datadog|[a-z]+-[a-z]+)/[\w./-]*)`', text)}

        assert {name for name in named if not (ROOT / name).exists()} == set()

    @each_file
    def test_commands_of_the_check_exist(self, path: Path) -> None:
        text = path.read_text(encoding='utf-8').replace('\\\n', ' ')
        for command in re.findall(r'-m datadog_checks\.cilium\s+(\w+)', text):
            help_ = [sys.executable, '-m', 'datadog_checks.cilium', command, '--help']
            assert subprocess.run(help_, capture_output=True, timeout=60, check=False).returncode == 0

    @each_file
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
