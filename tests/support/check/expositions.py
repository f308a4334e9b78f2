# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What components of Cilium expose: recorded from running ones, or written for a test."""

from __future__ import annotations

from functools import cache

from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS, VERSION
from toolkit.catalog.catalog import Exposed
from toolkit.checkout import ROOT

DIRECTORIES = {
    VERSION: RECORDINGS,
    '1.16': ROOT / 'tests' / 'recordings' / '1.16',
}
RECORDED_COMPONENTS = ('agent', 'operator', 'hubble', 'hubble_relay', 'clustermesh_apiserver', 'kvstoremesh')


@cache
def recording(component: str, stage: str = 'healthy-1', version: str = VERSION) -> str:
    """Return a scrape of a component of a running Cilium."""
    return (DIRECTORIES[version] / f'{component}.{stage}.txt').read_text(encoding='utf-8')


def sample(name: str, value: float, /, **labels: str) -> str:
    """Return the line of a sample."""
    pairs = ','.join(f'{label}="{text}"' for label, text in labels.items())
    return f'{name}{{{pairs}}} {value}\n' if pairs else f'{name} {value}\n'


def family(name: str, type_: str, value: float, /, **labels: str) -> str:
    """Return a family of one series."""
    return f'# TYPE {name} {type_}\n{sample(name, value, **labels)}'


def own_tags(service: str, url: str) -> list[str]:
    """Return the tags that everything from an endpoint carries, in the form in which the stub compares them."""
    return [f'source:{service}', f'service:{service}', f'endpoint:{url}']


def exposition_of(families: list[Exposed]) -> str:
    """Return an exposition that holds two series of each family. Label values tell the series apart."""
    lines = []
    for family in families:
        lines.append(f'# TYPE {family.name} {family.type}')
        for series in (1, 2) if family.labels else (1,):
            labels = [f'{label}="{label}-{series}"' for label in family.labels]
            lines.extend(_samples(family, labels, series))
    return '\n'.join(lines) + '\n'


def _samples(family: Exposed, labels: list[str], value: int) -> list[str]:
    def sample(suffix: str = '', *own_labels: str) -> str:
        braces = ','.join((*labels, *own_labels))
        return f'{family.name}{suffix}{{{braces}}} {value}' if braces else f'{family.name}{suffix} {value}'

    if family.type == 'histogram':
        return [sample('_bucket', 'le="1"'), sample('_bucket', 'le="+Inf"'), sample('_sum'), sample('_count')]
    if family.type == 'summary':
        return [sample('', 'quantile="0.5"'), sample('_sum'), sample('_count')]
    return [sample()]
