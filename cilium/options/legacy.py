# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Translates legacy OpenMetrics options, which instances of the bundled check may still have.

The bundled check accepts most of them in its newer mode too. `OpenMetricsCompatibilityScraper` in the base package
defines what each becomes: https://github.com/DataDog/integrations-core/tree/master/datadog_checks_base
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import TypedDict

from datadog_checks.base import ConfigurationError, is_affirmative

from ..components import COMPONENTS, metrics_by_family, parsed_family, target_name

RENAMED = {
    'health_service_check': 'enable_health_service_check',
    'label_to_hostname': 'hostname_label',
    'non_cumulative_buckets': 'non_cumulative_histogram_buckets',
    'prometheus_metrics_prefix': 'raw_metric_prefix',
    'prometheus_timeout': 'timeout',
    'send_distribution_buckets': 'histogram_buckets_as_distributions',
    'send_distribution_counts_as_monotonic': 'collect_counters_with_distributions',
    'send_distribution_sums_as_monotonic': 'collect_counters_with_distributions',
    'send_histograms_buckets': 'collect_histogram_buckets',
    'ssl_ca_cert': 'tls_ca_cert',
    'ssl_cert': 'tls_cert',
    'ssl_private_key': 'tls_private_key',
    'ssl_verify': 'tls_verify',
}
"""Options that were renamed and kept their values."""

WITHOUT_EFFECT = {
    'send_monotonic_counter': (True, 'counters are always sent as counts'),
    'send_monotonic_with_gauge': (False, 'write `extra_metrics` with the type `counter_gauge` for those that you need'),
}
"""Options whose behaviour is fixed now: the value that matches it, and advice for the other value."""

SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
"""https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api"""


def with_options_of_today(instance: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """
    Return an instance with legacy options translated, and descriptions of these: `old` (today: `new`).

    Current options win over legacy ones. Mappings and lists are merged. Raises `ConfigurationError` for a legacy option
    without a counterpart. The message names it, and says what to write.
    """
    config = dict(instance)
    replaced = []
    for old, translate in {**{old: _renamed(new) for old, new in RENAMED.items()}, **_TRANSLATIONS}.items():
        if old not in config:
            continue
        value = config.pop(old)
        if value is None:
            continue
        try:
            options = translate(value, instance)
        except (AttributeError, KeyError, TypeError):
            raise ConfigurationError(f'`{old}` is a legacy option, and does not have the form that it had.') from None
        for new, translated in options.items():
            config[new] = _joined(translated, config.get(new))
        if options:
            replaced.append(f'`{old}` (today: {", ".join(f"`{new}`" for new in options)})')
    for old, (expected, advice) in WITHOUT_EFFECT.items():
        value = config.pop(old, None)
        if value is not None and is_affirmative(value) is not expected:
            raise ConfigurationError(f'`{old}` no longer exists. Remove it: {advice}.')
    labels = config.get('exclude_labels')
    if isinstance(labels, list) and 'le' in labels:  # It has this name before labels are excluded.
        config['exclude_labels'] = [*labels, 'upper_bound']
    return config, replaced


def _joined(old: object, today: object) -> object:
    """Merge the value of a legacy option into that of the current one."""
    if isinstance(old, dict) and isinstance(today, dict):
        return {**old, **today}
    if isinstance(old, list) and isinstance(today, list):
        return [*today, *old]
    return old if today is None else today


def _renamed(new: str) -> Callable[[object, Mapping[str, object]], dict[str, object]]:
    return lambda value, _: {new: value}


def _ignore_metrics(patterns: list[str], _: Mapping[str, object]) -> dict[str, object]:
    # The legacy option matches whole names, regular expressions match anywhere.
    return {
        'exclude_metrics': [f'^{fnmatch.translate(pattern)}' if '*' in pattern else pattern for pattern in patterns]
    }


def _ignore_metrics_by_labels(values: dict[str, list[str]], _: Mapping[str, object]) -> dict[str, object]:
    exact = {
        label: True if '*' in some else [f'^{re.escape(value)}$' for value in some] for label, some in values.items()
    }
    return {'exclude_metrics_by_labels': exact}


def _labels_mapper(names: dict[str, str], _: Mapping[str, object]) -> dict[str, object]:
    # Bounds of buckets have this name before they are renamed.
    return {'rename_labels': {'upper_bound' if old == 'le' else old: new for old, new in names.items()}}


class Join(TypedDict, total=False):
    """An entry of `label_joins`. The first two keys are alternatives."""

    labels_to_match: list[str]
    label_to_match: str
    labels_to_get: list[str]


def _label_joins(joins: dict[str, Join], _: Mapping[str, object]) -> dict[str, object]:
    shared = {}
    for metric, join in joins.items():
        match, labels = join.get('labels_to_match') or [join['label_to_match']], join.get('labels_to_get', [])
        shared[metric] = {'labels': labels, 'values': [1], **({} if '*' in match else {'match': match})}
    return {'share_labels': shared}


def _suffix(suffix: str, _: Mapping[str, object]) -> dict[str, object]:
    return {'hostname_format': f'<HOSTNAME>{suffix}'}


def _bearer_token(value: object, instance: Mapping[str, object]) -> dict[str, object]:
    urls = [str(instance.get(component.option) or '') for component in COMPONENTS]
    if value == 'tls_only':  # The token goes to endpoints with TLS only.
        secure = {url.strip().startswith('https') for url in urls if url}
        if len(secure) > 1:
            raise ConfigurationError(
                '`bearer_token_auth: tls_only` no longer works for endpoints of both kinds. Write one instance for the '
                'https:// endpoints, with `auth_token`, and one for the others.'
            )
        value = secure == {True}
    if not is_affirmative(value):
        return {}
    path = instance.get('bearer_token_path') or SERVICE_ACCOUNT_TOKEN
    return {
        'auth_token': {
            'reader': {'type': 'file', 'path': path},
            'writer': {'type': 'header', 'name': 'Authorization', 'value': 'Bearer <TOKEN>'},
        }
    }


def _type_overrides(types: dict[str, str], _: Mapping[str, object]) -> dict[str, object]:
    names: dict[str, str] = {}
    for component in COMPONENTS:
        for family, target in metrics_by_family(component, go_metrics=True).items():
            names.setdefault(family, target_name(target))
    metrics = []
    for family, wire_type in types.items():
        if '*' in family:
            raise ConfigurationError(
                f'`type_overrides` no longer takes patterns such as {family!r}. Write the names of families, or '
                '`extra_metrics` with a regular expression and the `type`.'
            )
        metrics.append({parsed_family(family): {'name': names.get(family, family), 'type': wire_type}})
    return {'extra_metrics': metrics}


_TRANSLATIONS: dict[str, Callable[..., dict[str, object]]] = {
    'bearer_token_auth': _bearer_token,
    'bearer_token_path': lambda *_: {},
    'bearer_token_refresh_interval': lambda *_: {},
    'ignore_metrics': _ignore_metrics,
    'ignore_metrics_by_labels': _ignore_metrics_by_labels,
    'label_joins': _label_joins,
    'label_to_hostname_suffix': _suffix,
    'labels_mapper': _labels_mapper,
    'type_overrides': _type_overrides,
}
