# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A view of the checkout in the shape that ddev works in: one of Datadog's repositories of integrations.

    <view>/.ddev/config.toml
    <view>/.codespell/setup.cfg
    <view>/cilium/                          the checkout
    <view>/cilium/datadog_checks/cilium/    the package again, where ddev looks for it

The view is a git repository with one commit, which is `origin/master` too: ddev compares licence headers with those
there. It holds copies, not links. Some validations do not follow a link to a folder, and would pass without having
read the package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from datadog_checks.dev.tooling.utils import get_config_models_documentation

CHECK = 'cilium'
WRITTEN_BY_HAND = 'validators.py'

# Not `integrations-core` or the like: ddev derives from the name of the folder whose rules hold.
NAME = 'view'

_MISLEADING = ('GIT_DIR', 'GIT_INDEX_FILE', 'GIT_WORK_TREE', 'GITHUB_', 'DDEV_')
_IDENTITY = ('-c', 'user.name=view', '-c', 'user.email=view@localhost', '-c', 'commit.gpgsign=false')


def make_view(checkout: Path, parent: Path, codespell: Path) -> Path:
    """
    Make a view of a checkout below `parent` and return its path.

    It has all files that git tracks or does not ignore, in their present state. `codespell` is the configuration for
    the validation of spelling.
    """
    view = parent / NAME
    for path in _files(checkout):
        _copy(checkout / path, view / CHECK / path)
        if path.parts[0] == CHECK:
            _copy(checkout / path, view / CHECK / 'datadog_checks' / path)
    # ddev formats models with the settings that it finds here.
    _copy(checkout / 'pyproject.toml', view / 'pyproject.toml')
    _copy(codespell, view / '.codespell/setup.cfg')
    (view / '.ddev').mkdir()
    (view / '.ddev/config.toml').touch()

    _git(view, 'init', '--quiet')
    _git(view, 'add', '--all', '--force')
    _git(view, *_IDENTITY, 'commit', '--quiet', '--no-verify', '--message', 'View')
    _git(view, 'update-ref', 'refs/remotes/origin/master', 'HEAD')
    return view


def write_models_as_ddev_does(view: Path) -> None:
    """
    Give the generated models of the view the comment of ddev in place of ours, which begins with the licence.

    Outside Datadog's own repositories `ddev validate models` accepts no licence in them, and
    `ddev validate license-headers` demands one. The last validator gets the deprecated form of the templates back: see
    `toolkit/generate/configuration.py`.
    """
    comment = f'{get_config_models_documentation()}\n'
    for path in (view / CHECK / 'datadog_checks' / CHECK / 'config_models').glob('*.py'):
        if path.name != WRITTEN_BY_HAND:
            model = path.read_text(encoding='utf-8')
            model = re.sub(r'\A(#.*\n)+', comment, model)
            model = re.sub(r'(def _final_validation)\(self\)(:\n.*)\(self\)\)', r'\1(cls, model)\2(model))', model)
            path.write_text(model, encoding='utf-8')


def environment() -> dict[str, str]:
    """Return the variables of this process, those excepted that would lead git or ddev to another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}


def _files(checkout: Path) -> list[Path]:
    listed = _git(checkout, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
    return [Path(name) for name in sorted(set(listed.split('\0'))) if name and (checkout / name).is_file()]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ['git', *arguments], cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE, text=True
    ).stdout
