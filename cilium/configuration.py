# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""From an instance of the check's configuration to the configuration of one scraper for each endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from datadog_checks.base import ConfigurationError, is_affirmative
from datadog_checks.base.utils.tagging import GENERIC_TAGS

from .components import COMPONENTS, Component, MetricTarget, parsed_family
from .levels import FULL, LEVELS, metrics_at
from .levels import OPTION as LEVEL_OPTION
from .messages.proxies import proxy_fault
from .messages.secrets import without_query
from .options.headers import sendable_headers
from .options.urls import target_of

LABEL_PREFIX = 'cilium_'

RESERVED_TAG_KEYS = frozenset({*GENERIC_TAGS, 'source', 'endpoint'})
"""
Labels with these names get another one. Datadog gives meaning to all but the last, and the values of Cilium's labels
are not what it means: a `host:` tag with the address of an API server would attach a metric to a host that does not
exist. The base class adds `endpoint:` to every metric, so a label of that name would be a second one.
https://docs.datadoghq.com/getting_started/tagging/
"""

TIMEOUTS = ('timeout', 'connect_timeout', 'read_timeout')
LONGEST_TIMEOUT = 3600
"""Seconds. A timer refuses what is much longer, and then nothing ends a request."""
LONGEST_INTERVAL = 7 * 24 * 3600
"""Seconds. A thread refuses to wait for what is much longer."""
DEFAULT_INTERVAL = 15
"""https://docs.datadoghq.com/developers/custom_checks/write_agent_check/#collection-interval"""
SHARE_OF_INTERVAL = 0.8
"""A run ends before the next one is due: the Agent leaves that one out otherwise."""

MAX_REQUEST_SIZE = 1024 * 1024
"""KiB. The base package reads so much at once where it reads for us, such as a token from an OAuth server."""

V1_IS_GONE = (
    '`use_openmetrics: false` asks for the first implementation of this check, which no longer exists. Remove the '
    'option. What changes in names: counters end in `.count` instead of `.total`, and histograms have `.bucket`, '
    '`.sum` and `.count`.'
)


def endpoints_of(instance: Mapping) -> dict[str, Component]:
    """
    Return the URLs that an instance configures, each with its component, in the order of `COMPONENTS`.

    Raises `ConfigurationError` for `use_openmetrics: false`, for an instance without an endpoint, and for a URL that
    is not usable or stands in two options. The message names the option.
    """
    use_openmetrics = instance.get('use_openmetrics')
    if use_openmetrics is not None and not is_affirmative(use_openmetrics):
        raise ConfigurationError(V1_IS_GONE)

    endpoints: dict[str, Component] = {}
    option_by_target: dict[tuple, str] = {}
    for component in COMPONENTS:
        url = instance.get(component.option)
        if isinstance(url, str):
            url = url.strip()
        if url is None or url == '':
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


def check_numbers(instance: Mapping, init_config: Mapping) -> None:
    """Raise `ConfigurationError` for an option that is not a number that makes sense. The message names the option."""
    for config in (instance, init_config):
        for option in TIMEOUTS:
            _check_number(config, option, LONGEST_TIMEOUT)
        if config.get('min_collection_interval') != 0:  # To the Agent, 0 is its default.
            _check_number(config, 'min_collection_interval', LONGEST_INTERVAL)
    _check_number(instance, 'request_size', MAX_REQUEST_SIZE)
    series = instance.get('max_remembered_series', 0)
    if not isinstance(series, int) or series < 0:
        raise ConfigurationError(f'`max_remembered_series` must be a number of series, 0 or more, and not {series!r}.')


def check_credentials(instance: Mapping, init_config: Mapping) -> None:
    """
    Raise `ConfigurationError` for a password or a proxy with which no request can be made.

    The message names the option. Errors of `requests` would show parts of what it holds.
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
                f'`{option}` holds characters that Latin-1 lacks. Set `use_legacy_auth_encoding: false`, which sends '
                'them as UTF-8.'
            ) from None


def _check_number(config: Mapping, option: str, most: int) -> None:
    value = config.get(option)
    if value is None:
        return
    try:
        is_sensible = 0 < float(value) <= most  # False for NaN.
    except (TypeError, ValueError):
        is_sensible = False
    if not is_sensible:
        raise ConfigurationError(f'`{option}` must be a number above 0, at most {most}, and not {value!r}.')


def collection_level(instance: Mapping, init_config: Mapping) -> str:
    """Return how much an instance collects: one of `LEVELS`. Raises `ConfigurationError` for anything else."""
    level = instance.get(LEVEL_OPTION) or init_config.get(LEVEL_OPTION) or FULL
    if level not in LEVELS:
        raise ConfigurationError(
            f'`{LEVEL_OPTION}` must be {", ".join(LEVELS[:-1])} or {LEVELS[-1]}, and not {level!r}.'
        )
    return level


def patience(instance: Mapping, init_config: Mapping) -> float:
    """Return how many seconds a run of the check waits for endpoints that are slow."""
    option = 'min_collection_interval'
    return SHARE_OF_INTERVAL * float(instance.get(option) or init_config.get(option) or DEFAULT_INTERVAL)


def scraper_config(component: Component, url: str, instance: Mapping, init_config: Mapping) -> dict:
    """
    Return the configuration of the scraper for one endpoint: the instance's, with what the component adds.

    What the instance sets wins over what the component brings: `metrics`, the entries of `rename_labels`, the service
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
        if isinstance(config.get(option), Mapping):
            config[option] = sendable_headers(option, config[option])
    return config


def _add_names_of_the_parser(config: dict) -> None:
    """Let options name a counter as its endpoint writes it, with `_total`, too: the base class asks for it without."""
    for option in ('exclude_metrics', 'metrics', 'extra_metrics'):
        if isinstance(entries := config.get(option), list):
            config[option] = [*filter(None, map(_of_the_parser, entries)), *entries]
    if isinstance(shared := config.get('share_labels'), Mapping):
        config['share_labels'] = {**{parsed_family(name): labels for name, labels in shared.items()}, **shared}


def _of_the_parser(entry: object) -> object:
    """Return an entry of an option under the parser's names, or nothing if these are its own."""
    if isinstance(entry, str):
        return parsed_family(entry) if entry.endswith('_total') else None
    if isinstance(entry, Mapping):
        return {parsed_family(name): target for name, target in entry.items() if str(name).endswith('_total')} or None
    return None


_OWN_OPTIONS = frozenset({'use_openmetrics', 'go_metrics', *(component.option for component in COMPONENTS)})
_RESERVED_LABELS = {key: LABEL_PREFIX + key for key in sorted(RESERVED_TAG_KEYS)}


def _metrics_option(metrics: Mapping[str, MetricTarget]) -> dict:
    """Return metrics as the base class wants them: by the names that the parser makes."""
    parsed = {parsed_family(family): target for family, target in metrics.items()}
    return {**parsed, **metrics}
