# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`assets/monitors/README.md`: the monitors by tier and feature, made from their definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from toolkit.checkout import ASSETS
from toolkit.markdown import table_row
from toolkit.monitors.definition import Definition, definitions

LISTING = ASSETS / 'monitors' / 'README.md'
INTRODUCTION = Path(__file__).parent / 'introduction.md'

_NEEDS = {
    'kubernetes_state_core': 'kube-state-metrics core',
    'kubelet': 'kubelet check',
    'enterprise': 'Enterprise plan',
    'logs': 'logs',
}
_TIERS = {'core': 'Core', 'feature': 'For features', 'extra': 'Extra'}


def listing() -> dict[Path, str]:
    """Return the text of the file."""
    by_tier = {tier: [d for d in definitions() if d.body['tier'] == tier] for tier in _TIERS}
    counts = {tier: len(found) for tier, found in by_tier.items()}
    lines = [INTRODUCTION.read_text(encoding='utf-8').format(all=len(definitions()), **counts).rstrip()]
    lines += ['', f'## {_TIERS["core"]}', '', *_table(by_tier['core'])]
    lines += ['', f'## {_TIERS["feature"]}']
    features = sorted({feature for definition in by_tier['feature'] for feature in definition.body['features']})
    for feature in features:
        lines += ['', f'### `{feature}`', '', *_table(d for d in by_tier['feature'] if feature in d.body['features'])]
    lines += ['', f'## {_TIERS["extra"]}', '', *_table(by_tier['extra'])]
    return {LISTING: '\n'.join(lines) + '\n'}


def _table(chosen: Iterable[Definition]) -> Iterator[str]:
    yield '| Monitor, and its name in Datadog | Priority | When it alerts | Needs |'
    yield '|---|---|---|---|'
    for definition in sorted(chosen, key=lambda d: (d.body['priority'], d.body['title'])):
        body = definition.body
        needs = [*body.get('needs', ()), *(('logs',) if definition.subject == 'logs' else ())]
        if body['tier'] == 'extra':
            needs_of_features = [f'`{feature}`' for feature in body.get('features', ()) if feature != 'logs']
        else:
            needs_of_features = []
        yield table_row(
            f'**{body["title"]}**<br>`{body["name"]}`',
            f'P{body["priority"]}',
            body['description'],
            ', '.join([*needs_of_features, *(_NEEDS[need] for need in needs)]),
        )
