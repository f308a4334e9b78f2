# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Turns an instance into one scraper configuration per endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

from datadog_checks.base import ConfigurationError, is_affirmative
from datadog_checks.base.utils.tagging import GENERIC_TAGS

from .components import COMPONENTS, Component, MetricTarget, parsed_family
from .levels import FULL, LEVELS, metrics_at
from .levels import OPTION as LEVEL_OPTION
from .messages.proxies import proxy_fault
from .messages.secrets import without_query
from .options.headers import sendable_headers
from .options.urls import target_of, url_in

LABEL_PREFIX = 'cilium_'

RESERVED_TAG_KEYS = frozenset({*GENERIC_TAGS, 'source', 'endpoint'})
"""
Labels with these names are renamed. Datadog gives them a meaning that Cilium's values do not have: a `host:` tag with
the address of an API server would attach a metric to a host that does not exist. The base class adds `endpoint:` to
every metric, so a label of that name would be a second one.
https://docs.datadoghq.com/getting_started/tagging/
"""

TIMEOUTS = ('timeout', 'connect_timeout', 'read_timeout')
LONGEST_TIMEOUT = 3600
"""Seconds. A timer fails for much longer ones, and nothing would end a request."""
LONGEST_INTERVAL = 7 * 24 * 3600
"""Seconds. A thread cannot wait for much longer."""
DEFAULT_INTERVAL = 15
"""https://docs.datadoghq.com/developers/custom_checks/write_agent_check/#collection-interval"""
SHARE_OF_INTERVAL = 0.8
"""A run must end before the next one is due, or the Agent skips that one."""

MAX_REQUEST_SIZE = 1024 * 1024
"""KiB. The base package reads this much at once, for example a token from an OAuth server."""

V1_IS_GONE = (
    '`use_openmetrics: false` selects the legacy implementation, which no longer exists. Remove the option. Names '
    'change: counters end in `.count` instead of `.total`, and histograms have `.bucket`, `.sum` and `.count`.'
)


def endpoints_of(instance: Mapping[str, object]) -> dict[str, Component]:
    """
    Return the URLs in an instance, each with its component, in the order of `COMPONENTS`.

    Raises `ConfigurationError` for `use_openmetrics: false`, for an instance without an endpoint, and for a URL that is
    unusable or set in two options. The message names the option.
    """
    use_openmetrics = instance.get('use_openmetrics')
    if use_openmetrics is not None and not is_affirmative(use_openmetrics):
        raise ConfigurationError(V1_IS_GONE)

    endpoints: dict[str, Component] = {}
    option_by_target: dict[tuple[str, str, int, str, str], str] = {}
    for component in COMPONENTS:
        url = url_in(instance, component.option)
        if not url:
            continue
        target = target_of(url, component.option)
        if target in option_by_target:
            raise ConfigurationError(
                f'`{component.option}` and `{option_by_target[target]}` are the same URL, {without_query(url)}. '
                f'Every component serves its metrics on its own endpoint: {component.service} on port {component.port}.'
            )
        option_by_target[target] = component.option
        endpoints[url] = component
    if not endpoints:
        options = ', '.join(f'`{component.option}`' for component in COMPONENTS)
        raise ConfigurationError(f'No endpoint is configured. Set at least one of these options: {options}.')
    return endpoints


def check_numbers(instance: Mapping[str, object], init_config: Mapping[str, object]) -> None:
    """Raise `ConfigurationError` for a number that is out of range. The message names the option."""
    for config in (instance, init_config):
        for option in TIMEOUTS:
            _number(config, option, LONGEST_TIMEOUT)
        _interval(config)
    _number(instance, 'request_size', MAX_REQUEST_SIZE)
    series = instance.get('max_remembered_series', 0)
    if not isinstance(series, int) or series < 0:
        raise ConfigurationError(f'`max_remembered_series` must be a number of series, 0 or more, not {series!r}.')


def check_credentials(instance: Mapping[str, object], init_config: Mapping[str, object]) -> None:
    """
    Raise `ConfigurationError` for an unusable password or proxy.

    The message names the option. Errors of `requests` would quote parts of the secret.
    """
    for config in (instance, init_config):
        proxies = config.get('proxy')
        for scheme, url in proxies.items() if isinstance(proxies, Mapping) else ():
            if scheme != 'no_proxy' and url and (fault := proxy_fault(str(url))):
                raise ConfigurationError(f'`proxy`: the URL for `{scheme}` {fault}')
    is_basic = str(instance.get('auth_type') or 'basic').lower() == 'basic'
    if not is_basic or not is_affirmative(instance.get('use_legacy_auth_encoding', True)):
        return
    for option in ('username', 'password'):
        try:
            str(instance.get(option) or '').encode('latin-1')
        except UnicodeEncodeError:  # Its text quotes what it cannot encode.
            raise ConfigurationError(
                f'`{option}` contains characters that Latin-1 lacks. Set `use_legacy_auth_encoding: false` to '
                'send them as UTF-8.'
            ) from None


def _interval(config: Mapping[str, object]) -> float | None:
    option = 'min_collection_interval'
    # To the Agent, 0 is its default.
    return None if config.get(option) == 0 else _number(config, option, LONGEST_INTERVAL)


def _number(config: Mapping[str, object], option: str, most: int) -> float | None:
    value = config.get(option)
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, (int, float, str)) else nan
    except ValueError:
        number = nan
    if not 0 < number <= most:
        raise ConfigurationError(f'`{option}` must be a number above 0 and at most {most}, not {value!r}.')
    return number


def collection_level(instance: Mapping[str, object], init_config: Mapping[str, object]) -> str:
    """Return the collection level of an instance. Raises `ConfigurationError` if it is not one of `LEVELS`."""
    level = instance.get(LEVEL_OPTION) or init_config.get(LEVEL_OPTION) or FULL
    if level not in LEVELS:
        raise ConfigurationError(f'`{LEVEL_OPTION}` must be {", ".join(LEVELS[:-1])} or {LEVELS[-1]}, not {level!r}.')
    return level


def patience(instance: Mapping[str, object], init_config: Mapping[str, object]) -> float:
    """Return how long a run waits for slow endpoints, in seconds."""
    return SHARE_OF_INTERVAL * (_interval(instance) or _interval(init_config) or DEFAULT_INTERVAL)


def scraper_config(
    component: Component, url: str, instance: Mapping[str, object], init_config: Mapping[str, object]
) -> dict[str, object]:
    """
    Return the scraper configuration of one endpoint: the instance, with the component's defaults.

    Settings of the instance win over these defaults: `metrics`, the entries of `rename_labels`, the service
    (also from `init_config`), and the tags `source` and `service`. The option `service` of the instance wins over such
    a tag. Raises `ConfigurationError` for a header that cannot be sent.
    """
    config = {key: value for key, value in instance.items() if key not in _OWN_OPTIONS}
    config['openmetrics_endpoint'] = url
    _add_names_of_the_parser(config)
    # A list of the instance's own takes the place of the level's.
    level = collection_level(instance, init_config)
    config[LEVEL_OPTION] = level = FULL if 'metrics' in config else level
    go_metrics = is_affirmative(instance.get('go_metrics', False))
    config.setdefault('metrics', [_metrics_option(metrics_at(component, level, go_metrics))])

    rename_labels = config.get('rename_labels') or {}
    if isinstance(rename_labels, Mapping):  # The base class refuses every other type.
        config['rename_labels'] = {**_RESERVED_LABELS, **rename_labels}

    tags = config.get('tags') or []
    if isinstance(tags, list):
        # For a pod with the label `tags.datadoghq.com/service`, Autodiscovery adds `service:` to all instances alike.
        if instance.get('service'):
            tags = [tag for tag in tags if not (isinstance(tag, str) and tag.startswith('service:'))]
        service = instance.get('service') or init_config.get('service') or component.service
        own_tags = (f'source:{component.service}', f'service:{service}')
        keys = {tag.split(':', 1)[0] for tag in tags if isinstance(tag, str)}
        config['tags'] = [*tags, *(tag for tag in own_tags if tag.split(':', 1)[0] not in keys)]

    for option in ('headers', 'extra_headers'):
        if isinstance(headers := config.get(option), Mapping):
            config[option] = sendable_headers(option, headers)
    return config


def _add_names_of_the_parser(config: dict[str, object]) -> None:
    """Let options also name counters as on the wire, with `_total`: the base class looks them up without it."""
    for option in ('exclude_metrics', 'metrics', 'extra_metrics'):
        if isinstance(entries := config.get(option), list):
            config[option] = [*filter(None, map(_of_the_parser, entries)), *entries]
    if isinstance(shared := config.get('share_labels'), Mapping):
        config['share_labels'] = {**{parsed_family(name): labels for name, labels in shared.items()}, **shared}


def _of_the_parser(entry: object) -> object:
    """Return an entry of an option with the parser's names, or None if they are the same."""
    if isinstance(entry, str):
        return parsed_family(entry) if entry.endswith('_total') else None
    if isinstance(entry, Mapping):
        return {parsed_family(name): target for name, target in entry.items() if str(name).endswith('_total')} or None
    return None


_OWN_OPTIONS = frozenset({'use_openmetrics', 'go_metrics', *(component.option for component in COMPONENTS)})
_RESERVED_LABELS = {key: LABEL_PREFIX + key for key in sorted(RESERVED_TAG_KEYS)}


def _metrics_option(metrics: Mapping[str, MetricTarget]) -> dict[str, object]:
    """Return metrics as the base class expects them: with the parser's names too."""
    parsed = {parsed_family(family): target for family, target in metrics.items()}
    return {**parsed, **metrics}
