# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The rule that names metrics.

A family that the Agent's bundled integration collects keeps the name it has there. Every other family is named so:
without the prefix that the component's name replaces; with a dot after the subsystem; `_seconds` and `_bytes` at the
end become `.seconds` and `.bytes`; `_total` at the end goes, since the Agent adds `.count`.
"""

from __future__ import annotations

from datadog_checks.cilium.components import Component

# What the Datadog prefix of a component replaces on the wire, longest first.
WIRE_PREFIXES = {
    'agent': ('cilium_',),
    'operator': ('cilium_operator_', 'cilium_'),
    'hubble': ('hubble_',),
    'hubble_relay': ('hubble_relay_',),
    'envoy': ('envoy_cilium_', 'envoy_'),
    'clustermesh_apiserver': ('cilium_clustermesh_apiserver_', 'cilium_'),
    'kvstoremesh': ('cilium_kvstoremesh_', 'cilium_'),
    'dns_proxy': ('standalone_dns_proxy_',),
}

# The first part of a family's name, as Cilium groups its metrics: how it is written in Datadog.
SUBSYSTEMS = {
    name: name
    for name in (
        'act',
        'agent',
        'api_limiter',
        'bgp_control_plane',
        'bpf',
        'certwatcher',
        'cid_controller',
        'ciliumenvoyconfig',
        'clustermesh',
        'controller_runtime',
        'controllers',
        'datapath',
        'dns',
        'doublewrite',
        'drift_checker',
        'dynamic_exporter',
        'endpoint',
        'endpoint_gc',
        'eni',
        'fqdn',
        'grpc_server',
        'hive',
        'hostmap',
        'http',
        'identity',
        'identity_gc',
        'ipam',
        'ipcache',
        'ipsec',
        'jobs',
        'k8s_client',
        'kafka',
        'kubernetes',
        'kvstore',
        'lbipam',
        'leader_election',
        'loadbalancer',
        'localredirectpolicy',
        'mcsapi',
        'metrics_http_handler',
        'nat',
        'neighbor',
        'node',
        'node_connectivity',
        'node_health',
        'nodes',
        'npds',
        'nphds',
        'policy',
        'pool',
        'process',
        'proxy',
        'reconciler',
        'rest_client',
        'services',
        'statedb',
        'unreachable',
        'websocket',
        'workqueue',
        'xds',
        'ztunnel',
    )
} | {
    'alibabacloud_api': 'alibabacloud.api',
    # Envoy puts the place before the name that Cilium gave: this one counts for each of its upstream clusters.
    'cluster_cilium': 'cluster',
    'feature_adv_connect_and_lb': 'feature.adv_connect_and_lb',
    'feature_controlplane': 'feature.controlplane',
    'feature_datapath': 'feature.datapath',
    'feature_network_policies': 'feature.network_policies',
    'go_gc': 'go.gc',
    'go_memstats': 'go.memstats',
    'go_sched': 'go.sched',
    'go': 'go',
    'k8s_workqueue': 'k8s.workqueue',
}

# Names that begin like a subsystem of another component.
WITHOUT_SUBSYSTEM = {
    'hubble_policy_verdicts_total',
    'standalone_dns_proxy_fqdn_mapping_sync_errors',
    'standalone_dns_proxy_proxy_bootstrap_errors',
}


def name_by_rule(component: Component, family: str) -> str:
    """Return the Datadog name, without the leading `cilium.`, that the rule gives to a family on the wire."""
    prefixes = WIRE_PREFIXES[component.name]
    rest = next((family[len(prefix) :] for prefix in prefixes if family.startswith(prefix)), family)
    rest = rest.removesuffix('_total')
    unit = next((unit for unit in ('seconds', 'bytes') if rest.endswith(f'_{unit}')), None)
    if unit:
        rest = f'{rest.removesuffix(unit)[:-1]}.{unit}'
    if family not in WITHOUT_SUBSYSTEM:
        for subsystem in sorted(SUBSYSTEMS, key=len, reverse=True):
            if rest.startswith(f'{subsystem}_'):
                rest = f'{SUBSYSTEMS[subsystem]}.{rest[len(subsystem) + 1 :]}'
                break
    return component.name_prefix + rest
