# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The network policies and Services in `deploy/`: they fit each other and the pods of Cilium's charts."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from deployment_files import DEPLOY, WORKLOADS, document, documents, relative

from datadog_checks.cilium.components import COMPONENT_BY_NAME

POLICIES = [policy for path in sorted((DEPLOY / 'network-policies').glob('*.yaml')) for policy in documents(path)]
SERVICES = sorted((DEPLOY / 'cluster-checks').rglob('*.yaml'))


def open_ports(rule: dict) -> set[int]:
    return {int(entry['port']) for ports in rule['toPorts'] for entry in ports['ports']}


class TestNetworkPolicies:
    METRICS_PORTS_OF_NODES = {COMPONENT_BY_NAME[name].port for name in ('agent', 'operator', 'envoy', 'hubble')}

    @pytest.mark.parametrize('policy', POLICIES, ids=[policy['metadata']['name'] for policy in POLICIES])
    def test_they_open_named_ports_to_named_peers_and_close_nothing(self, policy: dict) -> None:
        spec = policy['spec']
        (direction,) = spec.keys() & {'ingress', 'egress'}

        assert spec['enableDefaultDeny'] == {direction: False}
        for rule in spec[direction]:
            (peer,) = rule.keys() - {'toPorts'}
            assert peer in {'toEntities', 'toEndpoints', 'fromEntities', 'fromEndpoints'}
            if peer.endswith('Entities'):
                assert set(rule[peer]) <= {'host', 'remote-node', 'kube-apiserver'}
            else:
                for selector in rule[peer]:
                    assert 'k8s:io.kubernetes.pod.namespace' in selector['matchLabels']
                    assert len(selector['matchLabels']) + len(selector.get('matchExpressions', ())) > 1
            assert open_ports(rule) <= {53, 443, 6443, 9962, 9963, 9964, 9965, 9966}

    @pytest.mark.parametrize('version', WORKLOADS)
    def test_the_agent_reaches_its_own_node_and_the_pods(self, version: str) -> None:
        policy = document('network-policies/datadog-agent.yaml')
        egress = policy['spec']['egress']

        (host,) = (rule for rule in egress if rule.get('toEntities') == ['host'])
        assert open_ports(host) == self.METRICS_PORTS_OF_NODES
        for name, ports in {'hubble-relay': {9966}, 'clustermesh-apiserver': {9962, 9963, 9964}}.items():
            assert self.ports_opened_to(version, name, egress, 'toEndpoints') == ports

    @pytest.mark.parametrize('version', WORKLOADS)
    def test_a_runner_reaches_every_service_of_the_cluster_checks(self, version: str) -> None:
        policy = document('network-policies/cluster-checks-runner.yaml')
        egress = policy['spec']['egress']
        (nodes,) = (rule for rule in egress if 'toEntities' in rule)
        assert nodes['toEntities'] == ['host', 'remote-node']

        for path in SERVICES:
            service = document(path)
            ports = {port['port'] for port in service['spec']['ports']}
            (workload,) = (
                w for w in WORKLOADS[version] if service['spec']['selector'].items() <= w['pod_labels'].items()
            )
            if workload['host_network']:
                assert open_ports(nodes) == ports
            else:
                assert self.ports_opened_to(version, workload['name'], egress, 'toEndpoints') == ports

    @pytest.mark.parametrize('version', WORKLOADS)
    def test_pods_let_in_whom_they_are_reached_from(self, version: str) -> None:
        for policy in documents('network-policies/cilium-pods.yaml'):
            labels = policy['spec']['endpointSelector']['matchLabels'].items()
            (workload,) = (w for w in WORKLOADS[version] if labels <= w['pod_labels'].items())
            expected = {'hubble-relay': {9966}, 'clustermesh-apiserver': {9962, 9963, 9964}}[workload['name']]
            assert {port for rule in policy['spec']['ingress'] for port in open_ports(rule)} == expected

    def test_host_firewall(self) -> None:
        policy = document('network-policies/host-firewall.yaml')
        (rule,) = policy['spec']['ingress']

        assert open_ports(rule) == self.METRICS_PORTS_OF_NODES

    @staticmethod
    def ports_opened_to(version: str, name: str, rules: list[dict], peer: str) -> set[int]:
        """Return the ports that rules open to the pods of a workload."""
        (workload,) = (w for w in WORKLOADS[version] if w['name'] == name)
        labels = {**workload['pod_labels'], 'k8s:io.kubernetes.pod.namespace': workload['namespace']}
        return {
            port
            for rule in rules
            for selector in rule.get(peer, ())
            if selector['matchLabels'].items() <= labels.items()
            for port in open_ports(rule)
        }


class TestServices:
    @pytest.mark.parametrize('path', SERVICES, ids=relative)
    def test_every_pod_is_scraped_by_itself(self, path: Path) -> None:
        service = document(path)

        assert service['spec']['clusterIP'] == 'None'
        checks = json.loads(service['metadata']['annotations']['ad.datadoghq.com/endpoints.checks'])
        urls = [v for c in checks.values() for i in c['instances'] for v in i.values() if '://' in str(v)]
        ports = [port['targetPort'] for port in service['spec']['ports']]
        assert sorted(urlsplit(url).port for url in urls) == sorted(ports)
