# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What dashboards take from the definitions of monitors: thresholds and scopes. `shared.yaml` says which."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from toolkit.definitions import DefinitionError
from toolkit.monitors.definition import Definition, definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import (
    Binary,
    Call,
    ChangeMonitor,
    Expression,
    MetricMonitor,
    Number,
    expressions_within,
    series_of,
)
from toolkit.yaml_files import read_yaml

SHARED = read_yaml(Path(__file__).parent / 'shared.yaml')

COMPARISONS = {'above': ('>', '<='), 'at_least': ('>=', '<'), 'below': ('<', '>=')}
"""How a value is compared with the threshold when the monitor alerts, and when all is well."""


@dataclass(frozen=True)
class Threshold:
    """
    Where a monitor alerts and warns. Values are `worse` than it, such as `>`, or `better`, such as `<=`.

    `warning` is None for monitors that do not warn.
    """

    critical: float
    warning: float | None
    worse: str
    better: str


@cache
def threshold(name: str) -> Threshold:
    """Return a threshold that `shared.yaml` names. Raises `DefinitionError`."""
    entry = _entry('thresholds', name)
    monitor = _monitor(entry['monitor'])
    if entry.get('at') == 'share':
        return Threshold(_share_in(monitor), None, *COMPARISONS['above'])
    kind = next((kind for kind in COMPARISONS if kind in monitor.body), None)
    if kind is None:
        raise DefinitionError(f'shared.yaml: the monitor `{monitor.monitor_id}` has no threshold that is a number')
    times = entry.get('times', 1)
    if entry.get('as') == 'percent' and not _is_percent(_expression(monitor)):
        times *= 100
    critical, warning = (monitor.body[kind].get(level) for level in ('critical', 'warning'))
    return Threshold(_times(critical, times), None if warning is None else _times(warning, times), *COMPARISONS[kind])


@cache
def scope(name: str) -> str:
    """Return the text of a scope that `shared.yaml` names. Raises `DefinitionError`."""
    monitor = _monitor(_entry('scopes', name)['monitor'])
    return str(next(iter(series_of(_expression(monitor)))).scope)


def _entry(kind: str, name: str) -> dict:
    if name not in SHARED[kind]:
        raise DefinitionError(f'there is no `{name}` below `{kind}` in shared.yaml, only {", ".join(SHARED[kind])}')
    return SHARED[kind][name]


def _monitor(monitor_id: str) -> Definition:
    for definition in definitions():
        if definition.monitor_id == monitor_id:
            return definition
    raise DefinitionError(f'shared.yaml: there is no monitor `{monitor_id}` in toolkit/monitors/definitions')


def _expression(monitor: Definition) -> Expression:
    # Definitions hold the query without its comparison.
    query = ' '.join(monitor.body['query'].split())
    parsed = parse_monitor(f'{query} > 0')
    if not isinstance(parsed, MetricMonitor | ChangeMonitor):
        raise DefinitionError(f'shared.yaml: `{monitor.monitor_id}` is no monitor of a metric')
    return parsed.expression


def _share_in(monitor: Definition) -> float:
    """Return the number of `left - number * right` in percent: what the monitor takes for normal."""
    match _expression(monitor):
        case Binary('-', _, Binary('*', Number(share), _)):
            return _times(share, 100)
    raise DefinitionError(f'shared.yaml: the query of `{monitor.monitor_id}` takes no share off: `a - 0.01 * b`')


def _is_percent(expression: Expression) -> bool:
    """Return whether an expression begins with `100 *` or `100 -`, perhaps within a function."""
    first = next(part for part in expressions_within(expression) if not isinstance(part, Binary | Call))
    return first == Number(100)


def _times(value: float, factor: float) -> float:
    return round(value * factor, 6)
