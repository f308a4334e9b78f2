# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
How the Datadog Agent turns annotations and files into checks: its rules of Autodiscovery, for pods and for Services.

The rules are those of the Agent's source, `comp/core/autodiscovery`. Where the Agent logs an error and goes on, or
ignores what it does not know, these functions raise `AutodiscoveryError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PREFIX = 'ad.datadoghq.com/'
SERVICE_LABEL = 'tags.datadoghq.com/{}service'
ENDPOINTS = 'endpoints'
V1_PARTS = ('check_names', 'init_configs', 'instances')
V2_KEYS = frozenset({'init_config', 'instances', 'logs'})

Json = None | bool | int | float | str | list['Json'] | dict[str, 'Json']


class AutodiscoveryError(ValueError):
    """An annotation or a file that the Agent would not schedule, or would read only in part."""


@dataclass(frozen=True)
class Container:
    """A container of a pod: its image with registry and tag, and the ports that it declares, by name."""

    name: str
    image: str
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def short_image(self) -> str:
        """The name of the image without registry, folders, tag and digest. `ad_identifiers` are matched with it."""
        return self.image.split('@')[0].rsplit('/', 1)[-1].split(':')[0]


@dataclass(frozen=True)
class Pod:
    """What Autodiscovery knows of a running pod."""

    name: str
    ip: str
    containers: tuple[Container, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A check that the Agent runs: its instance has no variables left."""

    name: str
    instance: dict[str, Json]
    container: str
    """The container that the check is for. It is empty for an endpoint of a Service."""


@dataclass(frozen=True)
class Template:
    """A check before its variables are replaced."""

    check: str
    instance: dict[str, Json]


def checks_of_pod(pod: Pod, files: Iterable[Mapping[str, Json]] = ()) -> list[Check]:
    """
    Return the checks that the Agent of the node runs for a pod.

    `files` are configuration files with `ad_identifiers`, in which the file's name is under `check`. A file does not
    apply to a container whose annotation has the same check.
    """
    checks = []
    by_annotation = annotated_templates(pod)
    for container in pod.containers:
        templates = by_annotation.get(container.name, [])
        annotated = {template.check for template in templates}
        for file in files:
            if container.short_image in file['ad_identifiers'] and file['check'] not in annotated:
                templates = [*templates, *(Template(file['check'], instance) for instance in file['instances'])]
        service = service_of(pod.labels, container.name)
        checks += [
            Check(
                template.check,
                tagged(resolved(template.instance, pod.ip, container.ports), service),
                container.name,
            )
            for template in templates
        ]
    return checks


def service_of(labels: Mapping[str, str], container: str = '') -> str:
    """
    Return the service that labels of a pod give to a container, or to the pod if no container is named. Maybe none.

    https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging: a label for one container has its name.
    """
    of_pod = labels.get(SERVICE_LABEL.format(''), '')
    return labels.get(SERVICE_LABEL.format(f'{container}.'), of_pod) if container else of_pod


def tagged(instance: dict[str, Json], service: str) -> dict[str, Json]:
    """Return an instance as the check gets it: the Agent adds the tags of the container, or of the pod."""
    return {**instance, 'tags': [*instance.get('tags', []), f'service:{service}']} if service else instance


def checks_of_endpoint(
    annotations: Mapping[str, str], ip: str, ports: Mapping[str, int], labels: Mapping[str, str] | None = None
) -> list[Check]:
    """
    Return the checks that the Cluster Agent dispatches for one address behind a Service with these annotations.

    `labels` are those of the pod behind it: its tags are added, those of its containers are not.
    """
    parts = _parts_by_target(annotations)
    if unknown := parts.keys() - {ENDPOINTS}:
        raise AutodiscoveryError(f'annotations of a Service: {sorted(unknown)} instead of `{ENDPOINTS}`')
    own = parts.get(ENDPOINTS, {})
    if (how := own.pop('resolve', 'auto')) not in ('auto', 'ip'):
        raise AutodiscoveryError(f'`{PREFIX}{ENDPOINTS}.resolve` is {how!r}. It is `auto` or `ip`.')
    service = service_of(labels or {})
    return [
        Check(template.check, tagged(resolved(template.instance, ip, ports), service), '')
        for template in _templates(own)
    ]


def annotated_templates(pod: Pod) -> dict[str, list[Template]]:
    """Return the checks that a pod's annotations ask for, by container."""
    return {name: _templates(parts) for name, parts in _parts_of_pod(pod).items()}


def log_configs(pod: Pod) -> dict[str, list[dict[str, Json]]]:
    """Return the log configurations of a pod's annotations, by container."""
    configs = {}
    for name, parts in _parts_of_pod(pod).items():
        if 'logs' in parts:
            configs[name] = _json(parts['logs'], f'{name}.logs')
            if not isinstance(configs[name], list) or not all(isinstance(entry, dict) for entry in configs[name]):
                raise AutodiscoveryError(f'`{PREFIX}{name}.logs` is not a list of mappings')
    return configs


def _parts_of_pod(pod: Pod) -> dict[str, dict[str, str]]:
    parts = _parts_by_target(pod.annotations)
    names = [container.name for container in pod.containers]
    if unknown := parts.keys() - set(names):
        raise AutodiscoveryError(f'annotations for containers {sorted(unknown)}. The pod {pod.name} has {names}.')
    return parts


def _parts_by_target(annotations: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what follows the last dot of each annotation's name, and its value, by what stands before it."""
    parts: dict[str, dict[str, str]] = {}
    for key, value in annotations.items():
        if not key.startswith(PREFIX):
            continue
        target, dot, part = key.removeprefix(PREFIX).rpartition('.')
        if not dot or part not in {'checks', 'logs', 'resolve', *V1_PARTS}:
            raise AutodiscoveryError(f'`{key}` is no annotation of Autodiscovery')
        parts.setdefault(target, {})[part] = value
    return parts


def _templates(parts: Mapping[str, str]) -> list[Template]:
    """Read the second form of annotations if it is there, and otherwise the first."""
    if 'checks' in parts:
        return _templates_v2(_json(parts['checks'], 'checks'))
    if present := [part for part in V1_PARTS if part in parts]:
        if len(present) < len(V1_PARTS):
            raise AutodiscoveryError(f'{present} without the others of {V1_PARTS}')
        return _templates_v1(*(_json(parts[part], part) for part in V1_PARTS))
    return []


def _templates_v2(checks: Json) -> list[Template]:
    if not isinstance(checks, dict):
        raise AutodiscoveryError('`checks` is not a mapping from names of checks')
    templates = []
    for name, config in checks.items():
        if unknown := config.keys() - V2_KEYS:
            raise AutodiscoveryError(f'`checks`: `{name}` has {sorted(unknown)}, which the Agent ignores')
        templates += [Template(name, instance) for instance in _instances(config.get('instances'), name)]
    return templates


def _templates_v1(names: Json, init_configs: Json, instances: Json) -> list[Template]:
    if not all(isinstance(part, list) for part in (names, init_configs, instances)):
        raise AutodiscoveryError(f'{V1_PARTS} are not all lists')
    if not len(names) == len(init_configs) == len(instances):
        raise AutodiscoveryError(f'{V1_PARTS} have {len(names)}, {len(init_configs)} and {len(instances)} entries')
    templates = []
    for name, entry in zip(names, instances, strict=True):
        several = entry if isinstance(entry, list) else [entry]
        templates += [Template(name, instance) for instance in _instances(several, name)]
    return templates


def _instances(instances: Json, check: str) -> list[dict[str, Json]]:
    if not isinstance(instances, list) or not all(isinstance(instance, dict) for instance in instances):
        raise AutodiscoveryError(f'the instances of `{check}` are not a list of mappings')
    return instances


def _json(text: str, part: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as e:
        raise AutodiscoveryError(f'`{part}` is not JSON: {e}') from None


def resolved(value: Json, ip: str, ports: Mapping[str, int]) -> Json:
    """
    Replace the variables `%%host%%`, `%%port%%`, `%%port_<index>%%` and `%%port_<name>%%` in all strings.

    An IPv6 address gets brackets in a URL. `%%port%%` is the highest port. A string that is nothing but a variable of
    a port becomes a number. Every other variable raises an error.
    """
    if isinstance(value, dict):
        return {key: resolved(entry, ip, ports) for key, entry in value.items()}
    if isinstance(value, list):
        return [resolved(entry, ip, ports) for entry in value]
    if not isinstance(value, str):
        return value

    host = f'[{ip}]' if ':' in ip and '://' in value else ip

    def replacement(match: re.Match[str]) -> str:
        variable = match[1]
        if variable == 'host':
            return host
        if variable == 'port' or variable.startswith('port_'):
            return str(_port(variable.removeprefix('port').removeprefix('_'), ports))
        raise AutodiscoveryError(f'unknown variable %%{variable}%%')

    text = re.sub(r'%%(.+?)%%', replacement, value)
    return int(text) if re.fullmatch(r'%%port\w*%%', value) else text


def _port(which: str, ports: Mapping[str, int]) -> int:
    by_number = sorted(ports.values())
    try:
        if not which:
            return by_number[-1]
        return ports[which] if which in ports else by_number[int(which)]
    except (IndexError, ValueError):
        raise AutodiscoveryError(f'no port %%port_{which}%% among {dict(ports)}') from None
