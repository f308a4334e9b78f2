# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write what is chosen as files for those who keep Datadog as code. It talks to nobody and needs no keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from toolkit.installer.choice import Choice, choose
from toolkit.installer.kubernetes import kubernetes_files
from toolkit.installer.model import MUTED_TAG
from toolkit.installer.report import counted
from toolkit.installer.run import Say
from toolkit.installer.settings import SettingsError, page
from toolkit.installer.terraform import terraform_files, with_a_place_for_the_scope

FORMATS = ('kubernetes', 'terraform')
NAMES = {'dashboards': 'dashboard', 'monitors': 'monitor', 'slos': 'SLO'}
LIST = '.exported'
"""The file that lists the others, so that the next export can take away what is too many."""


def export(say: Say, assets: Path, choice: Choice, format: str, folder: Path, site: str) -> None:
    """Write the files of a format into a folder. Raises `AssetError` and `SettingsError`."""
    if format == 'terraform':
        limits = with_a_place_for_the_scope(choice.limits)
        chosen = choose(assets, replace(choice, limits=limits), page(site, '/'))
        files = terraform_files(chosen, choice.limits)
    else:
        chosen = choose(assets, choice, page(site, '/'))
        files = kubernetes_files(chosen)
    _write(folder, files)
    counts = ', '.join(counted(len(chosen.of(kind)), name) for kind, name in NAMES.items() if kind in chosen.assets)
    say(f'Wrote {counts} to {folder}.')
    if 'pipelines' in chosen.assets:
        say('The log pipeline is not among them: `install --only pipelines` makes it.')
    if any(MUTED_TAG in monitor.tags for monitor in chosen.of('monitors')):
        say(f'Muted monitors have the tag {MUTED_TAG}. They are silent when you make a downtime for it.')


def _write(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = (folder / LIST).read_text(encoding='utf-8').split() if (folder / LIST).exists() else []
        if not before and any(folder.iterdir()):
            raise SettingsError(f'{folder} has files that are not of an export. Choose a folder that is new or empty')
        for name in before:
            # An asset that is not chosen any more would still be applied.
            if name not in files and '/' not in name:
                (folder / name).unlink(missing_ok=True)
        for name, text in {**files, LIST: '\n'.join(files) + '\n'}.items():
            (folder / name).write_text(text, encoding='utf-8')
    except OSError as error:
        raise SettingsError(f'{error.filename or folder} cannot be written: {error.strerror}') from None
