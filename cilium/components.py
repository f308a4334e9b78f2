# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The components of Cilium that expose metrics, one entry each.

To add a component, add an entry to `COMPONENTS` and a file of metrics under `metrics/`.
To add a metric, add a line to such a file: the name of the family on the wire, and its Datadog name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

METRICS_DIRECTORY = Path(__file__).parent / 'metrics'
GO_METRICS_FILE = 'shared/go.yaml'

# A Datadog name, or what the base class's option `metrics` takes: {'name': ..., 'type': ...}
MetricTarget = str | dict[str, str]


@dataclass(frozen=True)
class MetricsFile:
    """
    A YAML file below `metrics/`, and the prefixes to put before its names.

    A file under `metrics/shared/` is written once and used by several components, which put their own prefix
    before each family: `hive_start_duration` is `cilium_hive_start_duration` in the agent and
    `cilium_operator_hive_start_duration` in the operator.
    """

    path: str
    wire_prefix: str = ''
    name_prefix: str = ''


@dataclass(frozen=True, eq=False)
class Component:
    """A Cilium component that serves metrics, and everything that this check knows about it."""

    option: str
    """The instance option that holds the URL of its endpoint."""
    service: str
    """The value of the tags `source` and `service`. The log configuration uses the same."""
    enabled_by: str
    """The value of Cilium's Helm chart, or the flag of the component, that switches the endpoint on."""
    port: int
    """The port of the endpoint in Cilium's Helm chart since 1.12."""
    files: tuple[MetricsFile, ...]
    """The files that list its metrics. If two list the same family, the first one wins."""
    name_prefix: str = ''
    """Prefix of its Datadog names, after `cilium.`."""
    is_on_each_node: bool = False
    """Whether it runs on every node. Other components run once, or a few times, per cluster."""
    version_family: str = ''
    """The family whose label `version` is the version of the component, if there is one."""
    may_be_empty: bool = False
    """Whether a healthy component may serve no samples at all."""
    superseded: dict[str, str] = field(default_factory=dict)
    """Old family: new family. If a scrape has both, only the new one is collected."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Families, or prefixes ending in `*`, that are deliberately not collected, with the reason."""
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """
    Prefixes of families with a run-time part in their names, mapped to canonical prefixes. Of several canonical
    prefixes, the first with a family of the same suffix wins.
    """

    @property
    def name(self) -> str:
        """The name of the component on the command line and in messages: `agent`, `hubble_relay`, ..."""
        return self.option.removesuffix('_endpoint')


def _shared(wire_prefix: str, *names: str) -> tuple[MetricsFile, ...]:
    return tuple(MetricsFile(f'shared/{name}.yaml', wire_prefix) for name in names)


_GO = MetricsFile(GO_METRICS_FILE)

# Cilium calls these two the same in every component, whatever the component's prefix.
_HIVE_STATUS = MetricsFile('shared/hive_status.yaml', 'cilium_')

# clustermesh-apiserver and kvstoremesh share most of their code, and so most of their metrics.
_MESH_FILES = ('hive', 'statedb', 'reconciler', 'kvstore', 'api_limiter', 'controllers')

COMPONENTS: tuple[Component, ...] = (
    Component(
        option='agent_endpoint',
        service='cilium-agent',
        enabled_by='prometheus.enabled',
        port=9962,
        is_on_each_node=True,
        files=(
            MetricsFile('agent.yaml'),
            *_shared('cilium_', 'process', 'hive', 'statedb', 'reconciler', 'kvstore', 'api_limiter', 'k8s_client'),
            *_shared('cilium_', 'jobs', 'controllers'),
            _HIVE_STATUS,
            MetricsFile('shared/remote_clusters.yaml', 'cilium_clustermesh_', 'clustermesh.'),
            MetricsFile('shared/workqueue.yaml', 'cilium_k8s_', 'k8s.'),
            _GO,
        ),
        version_family='cilium_version',
        superseded={
            # Cilium 1.9 exposes both spellings.
            'cilium_endpoint_count': 'cilium_endpoint',
            'cilium_endpoint_regenerations': 'cilium_endpoint_regenerations_total',
            'cilium_identity_count': 'cilium_identity',
            'cilium_k8s_client_api_calls_counter': 'cilium_k8s_client_api_calls_total',
            'cilium_policy_count': 'cilium_policy',
            'cilium_policy_import_errors': 'cilium_policy_import_errors_total',
            # Cilium 1.17 exposes both: a series for each pair of nodes, and the aggregate that replaces it.
            'cilium_node_connectivity_latency_seconds': 'cilium_node_health_connectivity_latency_seconds',
            'cilium_node_connectivity_status': 'cilium_node_health_connectivity_status',
        },
    ),
    Component(
        option='operator_endpoint',
        service='cilium-operator',
        enabled_by='operator.prometheus.enabled',
        port=9963,
        name_prefix='operator.',
        files=(
            MetricsFile('operator.yaml'),
            *_shared('cilium_operator_', 'process', 'hive', 'statedb', 'reconciler', 'kvstore', 'api_limiter'),
            *_shared('cilium_operator_', 'k8s_client', 'jobs', 'controllers', 'workqueue'),
            _HIVE_STATUS,
            MetricsFile('shared/remote_clusters.yaml', 'cilium_operator_clustermesh_', 'clustermesh.'),
            # The queues of the Kubernetes client: since 1.19, from 1.13 to 1.18, and as the documentation spells them.
            MetricsFile('shared/workqueue.yaml', 'cilium_k8s_', 'k8s.'),
            MetricsFile('shared/workqueue.yaml', '', 'k8s.'),
            MetricsFile('shared/workqueue.yaml', 'cilium_operator_k8s_', 'k8s.'),
            _GO,
        ),
        version_family='cilium_operator_version',
        left_out={'process_*': 'the operator of 1.13 to 1.18 repeats `cilium_operator_process_*` under these names'},
    ),
    Component(
        option='hubble_endpoint',
        service='hubble',
        enabled_by='hubble.metrics.enabled',
        port=9965,
        name_prefix='hubble.',
        is_on_each_node=True,
        files=(MetricsFile('hubble.yaml'), *_shared('', 'grpc_server')),
        may_be_empty=True,  # Its metrics are vectors of events: `drop` alone has no series before the first drop.
    ),
    Component(
        option='hubble_relay_endpoint',
        service='hubble-relay',
        enabled_by='hubble.relay.prometheus.enabled',
        port=9966,
        name_prefix='hubble_relay.',
        files=(MetricsFile('hubble_relay.yaml'), *_shared('', 'grpc_server', 'process'), _GO),
    ),
    Component(
        option='envoy_endpoint',
        service='cilium-envoy',
        enabled_by='envoy.prometheus.enabled',
        port=9964,
        name_prefix='envoy.',
        is_on_each_node=True,
        files=(MetricsFile('envoy.yaml'),),
        left_out={'envoy_*': "Envoy's own families: use the Agent's `envoy` check"},
        aliases={
            # Up to 1.16 the names hold the address and the id of the node.
            'envoy_cilium_policymap_': ('envoy_cilium_npds_', 'envoy_cilium_policy_'),
            # Up to 1.19 they hold a number.
            'envoy_cilium_hostmap_': ('envoy_cilium_nphds_',),
        },
    ),
    Component(
        option='clustermesh_apiserver_endpoint',
        service='clustermesh-apiserver',
        enabled_by='clustermesh.apiserver.metrics.enabled',
        port=9962,
        name_prefix='clustermesh_apiserver.',
        files=(
            MetricsFile('clustermesh_apiserver.yaml'),
            *_shared('cilium_clustermesh_apiserver_', *_MESH_FILES),
            _HIVE_STATUS,
            *_shared('', 'process'),
            _GO,
        ),
        version_family='cilium_clustermesh_apiserver_version',
    ),
    Component(
        option='kvstoremesh_endpoint',
        service='kvstoremesh',
        enabled_by='clustermesh.apiserver.metrics.kvstoremesh.enabled',
        port=9964,
        name_prefix='kvstoremesh.',
        files=(
            MetricsFile('kvstoremesh.yaml'),
            *_shared('cilium_kvstoremesh_', *_MESH_FILES, 'remote_clusters'),
            _HIVE_STATUS,
            *_shared('', 'process'),
            _GO,
        ),
        version_family='cilium_kvstoremesh_version',
    ),
    Component(
        option='dns_proxy_endpoint',
        service='standalone-dns-proxy',
        enabled_by='--sdp-prometheus-serve-addr',
        port=9961,
        name_prefix='dns_proxy.',
        is_on_each_node=True,
        files=(
            MetricsFile('dns_proxy.yaml'),
            *_shared('standalone_dns_proxy_', 'process'),
            *_shared('cilium_', 'hive'),
            _HIVE_STATUS,
            _GO,
        ),
    ),
)

OWN_LABEL_NAMES = {
    'cilium_feature_datapath_kernel_version': {'version': 'kernel_version'},
    'cilium_operator_feature_controlplane_kubernetes_version': {'version': 'kubernetes_version'},
    'go_info': {'version': 'go_version'},
}
"""Families whose label `version` is not the version of Cilium, with the tag key that it becomes."""

COMPONENT_BY_NAME: dict[str, Component] = {component.name: component for component in COMPONENTS}


@cache
def _read(path: str) -> dict[str, MetricTarget]:
    with (METRICS_DIRECTORY / path).open(encoding='utf-8') as file:
        targets: dict[str, MetricTarget] = yaml.safe_load(file)
    return targets


def metrics_by_family(component: Component, go_metrics: bool = False) -> dict[str, MetricTarget]:
    """
    Return the mapping of a component's families.

    Keys are families as in the TYPE lines, including `_total`. Values are Datadog names without the leading `cilium.`,
    or mappings with such a `name` and a `type` of the base class. `version_family` is not included: see `Interpreter`.
    """
    metrics: dict[str, MetricTarget] = {}
    for file in component.files:
        if file.path == GO_METRICS_FILE and not go_metrics:
            continue
        prefix = component.name_prefix + file.name_prefix
        for family, target in _read(file.path).items():
            name = {**target, 'name': prefix + target['name']} if isinstance(target, dict) else prefix + target
            metrics.setdefault(file.wire_prefix + family, name)
    return metrics


def target_name(target: MetricTarget) -> str:
    """Return the Datadog name, without `cilium.`, in a value of `metrics_by_family`."""
    return target['name'] if isinstance(target, dict) else target


def parsed_family(family: str) -> str:
    """
    Return the name that the parser of `prometheus_client` gives a family.

    In OpenMetrics, names of counter families have no `_total`. The parser removes it from the text format too:
    https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#counter-1
    """
    return family.removesuffix('_total')


def canonical_family(component: Component, family: str) -> str:
    """Return the canonical name of a family with a run-time part in its name. Other names are returned unchanged."""
    for beginning, canonical_beginnings in component.aliases.items():
        if family.startswith(beginning):
            for canonical in canonical_beginnings:
                for end in _ends(component, canonical):
                    # The run-time part is not empty.
                    if family.endswith(f'_{end}') and len(family) > len(f'{beginning}_{end}'):
                        return canonical + end
    return family


@cache
def _ends(component: Component, beginning: str) -> tuple[str, ...]:
    """Return the suffixes of a component's families with this prefix."""
    families = metrics_by_family(component)
    return tuple(family.removeprefix(beginning) for family in families if family.startswith(beginning))


def datadog_name(component: Component, family: str, go_metrics: bool = False) -> str | None:
    """Return the Datadog name of a family on the wire, or None if it is not collected."""
    if family == component.version_family:
        return f'cilium.{component.name_prefix}version'
    target = metrics_by_family(component, go_metrics).get(canonical_family(component, family))
    return None if target is None else f'cilium.{target_name(target)}'


def left_out_reason(component: Component, family: str) -> str | None:
    """Return why a family is deliberately not collected, or None if it is not."""
    for pattern, reason in component.left_out.items():
        if family == pattern or (pattern.endswith('*') and family.startswith(pattern[:-1])):
            return reason
    return None
