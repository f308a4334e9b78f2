# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What a team sets of monitors in a file of its own, which survives updates.

    agents_not_ready:
      threshold: {critical: 10, warning: 5}
      priority: 3
      recipients: ['@slack-network']
      tags: ['team:network']
      muted: true
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import yaml

from toolkit.installer.assets.model import MUTED_TAG, Asset
from toolkit.installer.settings import SettingsError
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import CheckMonitor, LogMonitor
from toolkit.yaml_files import read_yaml

THRESHOLDS = ('critical', 'warning', 'critical_recovery', 'warning_recovery')
STATUSES = ('critical', 'warning', 'ok')
"""The thresholds of service checks: how many statuses in a row."""


def read_overrides(path: Path) -> Mapping[str, Mapping[str, object]]:
    """Return what the file sets, by the id of the monitor. Raises `SettingsError`."""
    try:
        overrides = read_yaml(path)
    except OSError as error:
        raise SettingsError(f'{path}: cannot be read: {error.strerror}') from None
    except (ValueError, yaml.YAMLError) as error:
        raise SettingsError(f'{path}: not valid YAML: {error}') from None
    if overrides is None:
        return {}
    if not isinstance(overrides, dict):
        raise SettingsError(f'{path}: must be a mapping from the id of a monitor to what to set')
    return overrides


def overridden(monitors: Sequence[Asset], path: Path | None) -> list[Asset]:
    """Return the monitors with what the file sets. Raises `SettingsError`, which names the monitor and the key."""
    overrides = read_overrides(path) if path else {}
    known = {monitor.id for monitor in monitors}
    for id in overrides:
        if id not in known:
            near = get_close_matches(str(id), known, 1)
            hint = f'. Do you mean {near[0]}?' if near else '. The ids are the names of the files in assets/monitors'
            raise SettingsError(f'{path}: {id}: there is no such monitor{hint}')
    changed = []
    for monitor in monitors:
        try:
            changed.append(_overridden(monitor, overrides[monitor.id]) if monitor.id in overrides else monitor)
        except _Wrong as error:
            raise SettingsError(f'{path}: {monitor.id}: {error}') from None
    return changed


class _Wrong(ValueError):
    """A value of the file is wrong. The message names the key."""


def _overridden(monitor: Asset, override: object) -> Asset:
    if not isinstance(override, dict) or not override:
        raise _Wrong(f'must set one of {", ".join(_KEYS)}')
    for key, value in override.items():
        if key not in _KEYS:
            raise _Wrong(f'there is no `{key}`, only {", ".join(_KEYS)}')
        monitor = _KEYS[key](monitor, value)
    return monitor


def _threshold(monitor: Asset, value: object) -> Asset:
    query, options = parse_monitor(str(monitor.content['query'])), monitor.content['options']
    assert isinstance(options, dict)  # `read_monitors` makes it.
    names = STATUSES if isinstance(query, CheckMonitor) else THRESHOLDS
    given = value if isinstance(value, dict) else {'critical': value}
    for name, number in given.items():
        if name not in names:
            raise _Wrong(f'threshold: there is no `{name}`, only {", ".join(names)}')
        is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        if not is_number and (number is not None or name == 'critical'):
            raise _Wrong(f'threshold: `{name}` must be a number')
    merged = {**options['thresholds'], **given}
    thresholds = {name: number for name, number in merged.items() if number is not None}
    content = {**monitor.content, 'options': {**options, 'thresholds': thresholds}}
    if isinstance(query, CheckMonitor):
        _check_statuses(thresholds, query.last)
    else:
        if isinstance(query, LogMonitor) and any(name.endswith('_recovery') for name in thresholds):
            raise _Wrong('threshold: monitors of logs have no recovery')
        _check_order(thresholds, query.comparison)
        if 'critical' in given:
            content['query'] = str(replace(query, threshold=float(thresholds['critical'])))
    return replace(monitor, content=content)


def _check_statuses(thresholds: Mapping[str, float], last: int) -> None:
    for name, number in thresholds.items():
        if not isinstance(number, int) or not 1 <= number < last:
            raise _Wrong(f'threshold: `{name}` must be a whole number from 1 to {last - 1}: statuses in a row')


def _check_order(thresholds: Mapping[str, float], comparison: str) -> None:
    """Refuse a threshold on the wrong side of another."""
    sign = 1 if comparison.startswith('>') else -1
    side = 'below' if sign > 0 else 'above'
    for milder, worse in (('warning', 'critical'), ('critical_recovery', 'critical'), ('warning_recovery', 'warning')):
        if milder not in thresholds:
            continue
        if worse not in thresholds:
            raise _Wrong(f'threshold: `{milder}` ({thresholds[milder]}) needs `{worse}`. Set it, or `{milder}: null`')
        if sign * thresholds[milder] >= sign * thresholds[worse]:
            raise _Wrong(
                f'threshold: `{milder}` ({thresholds[milder]}) must be {side} `{worse}` ({thresholds[worse]}), because '
                f'the monitor alerts when the value is {comparison} the threshold. What the file does not set is that '
                'of the monitor'
            )


def _priority(monitor: Asset, value: object) -> Asset:
    if isinstance(value, bool) or value not in (1, 2, 3, 4, 5):
        raise _Wrong('`priority` must be 1, 2, 3, 4 or 5')
    return replace(monitor, content={**monitor.content, 'priority': value})


def _recipients(monitor: Asset, value: object) -> Asset:
    names = _texts('recipients', value, r'@\S+', 'such as @slack-network')
    return replace(
        monitor, content={**monitor.content, 'message': f'{monitor.content["message"]}\n\n{" ".join(names)}'}
    )


def _tags(monitor: Asset, value: object) -> Asset:
    # https://docs.datadoghq.com/getting_started/tagging/
    tags = _texts(
        'tags', value, r'[a-z][a-z0-9_\-:./]{0,199}', 'of lower-case letters, digits and _-:./, as Datadog keeps'
    )
    return replace(monitor, tags=(*monitor.tags, *tags))


def _muted(monitor: Asset, value: object) -> Asset:
    if not isinstance(value, bool):
        raise _Wrong('`muted` must be true or false')
    return replace(monitor, tags=(*monitor.tags, MUTED_TAG)) if value else replace(monitor, unwanted_tags=(MUTED_TAG,))


_KEYS = {
    'threshold': _threshold,
    'priority': _priority,
    'recipients': _recipients,
    'tags': _tags,
    'muted': _muted,
}


def _texts(key: str, value: object, pattern: str, form: str) -> Collection[str]:
    values = value if isinstance(value, list) else [value]
    texts = [text for text in values if isinstance(text, str) and re.fullmatch(pattern, text)]
    if not texts or len(texts) < len(values):
        raise _Wrong(f'`{key}` must be a list of texts {form}')
    return texts
