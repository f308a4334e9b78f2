# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The fragments of the next release, which `make changelog` collects."""

from __future__ import annotations

import tomllib

from toolkit.checkout import ROOT

TOWNCRIER = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['tool']['towncrier']
KINDS = {kind['directory'] for kind in TOWNCRIER['type']}


def test_fragments_are_of_a_kind_and_say_something() -> None:
    fragments = [path for path in (ROOT / 'changelog.d').iterdir() if path.name != 'README.md']
    unknown = [path.name for path in fragments if path.suffix.removeprefix('.') not in KINDS]
    empty = [path.name for path in fragments if not path.read_text(encoding='utf-8').strip()]
    assert (unknown, empty) == ([], []), f'see changelog.d/README.md. Kinds: {", ".join(sorted(KINDS))}'


def test_the_place_for_the_next_release_is_there() -> None:
    assert TOWNCRIER['start_string'] in (ROOT / 'CHANGELOG.md').read_text(encoding='utf-8')
