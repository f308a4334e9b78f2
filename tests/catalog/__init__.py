# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the components of Cilium expose, for every minor version from 1.6 to 1.21.

The newest one is not released yet: it is 1.21-dev of August 2026.

- families.csv: a row for each component, family and type, with the labels of the newest version that has it
- history.csv: a row for each range of versions in which a family has the same type and labels
- presence.csv: an `x` for each minor version that has a family
- label_values.csv: values of labels, for families of which the recordings lack some
- bundled_names.csv: the Datadog names of the integration that the Agent brings
- bundled_legacy_metrics.txt: metrics that the tests of that integration expect of its legacy mode. Source:
  https://github.com/DataDog/integrations-core/tree/master/cilium/tests, `common.py` and `legacy/legacy_common.py`
- kubernetes_metrics.csv: what the assets use of other checks of the Agent and of Datadog itself, and the tags there.
  Sources: https://docs.datadoghq.com/account_management/billing/usage_metrics/,
  https://docs.datadoghq.com/integrations/kubernetes_state_core/ and, for `kubelet`, the metadata.csv of that check
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from datadog_checks.cilium.components import COMPONENT_BY_NAME, Component

DIRECTORY = Path(__file__).parent

RUN_TIME_PARTS = {'<node-ip>': '10_0_0_1', '<node-id>': 'worker_1', '<number>': '1'}
"""Parts of names that are made at run time, as the files write them, and what could stand there."""


@dataclass(frozen=True)
class Family:
    """A family of a component, as the versions of a range expose it."""

    component: Component
    name: str
    type: str
    labels: tuple[str, ...]


def component_named(name: str) -> Component:
    """Return the component that the catalogue calls `name`."""
    return COMPONENT_BY_NAME[{'standalone_dns_proxy': 'dns_proxy'}.get(name, name)]


@cache
def rows(file: str) -> list[dict[str, str]]:
    """Return the rows of one of the files."""
    with (DIRECTORY / file).open(encoding='utf-8', newline='') as lines:
        return list(csv.DictReader(lines))


def versions() -> list[str]:
    """Return the minor versions of Cilium, oldest first."""
    return [column for column in rows('presence.csv')[0] if column[0].isdigit()]


def families_of(component: Component, version: str) -> list[Family]:
    """Return what a component of a version exposes, in the order in which client_golang writes it: by name."""
    present = {
        row['metric']
        for row in rows('presence.csv')
        if component_named(row['component']) is component and row[version] == 'x'
    }
    order = versions().index
    return sorted(
        (
            Family(component, _at_run_time(row['metric']), row['type'], tuple(row['labels'].split()))
            for row in rows('history.csv')
            if component_named(row['component']) is component
            and row['metric'] in present
            and order(row['from_version']) <= order(version) <= order(row['to_version'])
        ),
        key=lambda family: family.name,
    )


def _at_run_time(name: str) -> str:
    for part, example in RUN_TIME_PARTS.items():
        name = name.replace(part, example)
    return name


def exposition_of(families: list[Family]) -> str:
    """Return an exposition that holds two series of each family. Label values tell the series apart."""
    lines = []
    for family in families:
        lines.append(f'# TYPE {family.name} {family.type}')
        for series in (1, 2) if family.labels else (1,):
            labels = [f'{label}="{label}-{series}"' for label in family.labels]
            lines.extend(_samples(family, labels, series))
    return '\n'.join(lines) + '\n'


def _samples(family: Family, labels: list[str], value: int) -> list[str]:
    def sample(suffix: str = '', *own_labels: str) -> str:
        braces = ','.join((*labels, *own_labels))
        return f'{family.name}{suffix}{{{braces}}} {value}' if braces else f'{family.name}{suffix} {value}'

    if family.type == 'histogram':
        return [sample('_bucket', 'le="1"'), sample('_bucket', 'le="+Inf"'), sample('_sum'), sample('_count')]
    if family.type == 'summary':
        return [sample('', 'quantile="0.5"'), sample('_sum'), sample('_count')]
    return [sample()]
