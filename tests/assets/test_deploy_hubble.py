# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The metrics of Hubble that the Helm values for Cilium switch on."""

from __future__ import annotations

import re

import pytest
from deployment_files import DEPLOY, document

HUBBLE_METRICS = {
    'dns', 'drop', 'flow', 'flows-to-world', 'http', 'httpV2', 'icmp', 'kafka', 'policy', 'port-distribution', 'sctp',
    'tcp',
}  # fmt: skip
HUBBLE_OPTIONS = {
    'labelsContext', 'sourceContext', 'sourceEgressContext', 'sourceIngressContext', 'destinationContext',
    'destinationEgressContext', 'destinationIngressContext', 'query', 'ignoreAAAA', 'exemplars', 'port', 'any-drop',
    'syn-only',
}  # fmt: skip
HUBBLE_LABELS = {
    f'{side}_{what}'
    for side in ('source', 'destination')
    for what in ('ip', 'namespace', 'pod', 'workload', 'workload_kind', 'app')
} | {'traffic_direction'}


class TestHubbleMetrics:
    """The options of `hubble.metrics.enabled`: https://docs.cilium.io/en/stable/observability/metrics/#hubble"""

    @staticmethod
    def enabled(name: str) -> dict[str, dict[str, list[str]]]:
        """Return the metrics with their options, and the values of these."""
        metrics = {}
        for entry in document(f'cilium/{name}')['hubble']['metrics']['enabled']:
            metric, _, options = entry.partition(':')
            pairs = (option.partition('=') for option in filter(None, options.split(';')))
            metrics[metric] = {option: [v for v in re.split('[,|]', value) if v] for option, _, value in pairs}
        return metrics

    @pytest.mark.parametrize('name', ['values-hubble.yaml', 'values-hubble-by-pod.yaml'])
    def test_they_exist(self, name: str) -> None:
        metrics = self.enabled(name)

        assert metrics.keys() <= HUBBLE_METRICS
        for options in metrics.values():
            assert options.keys() <= HUBBLE_OPTIONS
            assert set(options.get('labelsContext', ())) <= HUBBLE_LABELS

    def test_the_default_has_nothing_without_a_limit(self) -> None:
        metrics = self.enabled('values-hubble.yaml')
        labels = {label for options in metrics.values() for label in options.get('labelsContext', ())}

        assert labels == {'source_namespace', 'source_workload', 'destination_namespace', 'destination_workload'}
        assert all('query' not in options for options in metrics.values())

    def test_by_pod_adds_pods_to_the_default(self) -> None:
        default, by_pod = self.enabled('values-hubble.yaml'), self.enabled('values-hubble-by-pod.yaml')

        assert by_pod.keys() == default.keys()
        for metric, options in default.items():
            labels = by_pod[metric].get('labelsContext', [])
            assert [label for label in labels if not label.endswith('_pod')] == options.get('labelsContext', [])
            assert ('source_pod' in labels) == bool(labels)

    def test_only_files_that_say_so_replace_a_list_of_the_user(self) -> None:
        """Beside `hubble.metrics.dynamic` it would stop Hubble: https://github.com/cilium/cilium/pull/38893"""
        with_lists = [
            path.name
            for path in sorted((DEPLOY / 'cilium').iterdir())
            if 'enabled' in document(path).get('hubble', {}).get('metrics', {})
        ]

        assert with_lists == ['values-hubble-by-pod.yaml', 'values-hubble.yaml']
        for name in with_lists:
            assert 'hubble.metrics.dynamic' in (DEPLOY / 'cilium' / name).read_text(encoding='utf-8')

    def test_it_is_told_before_the_first_step(self) -> None:
        before, _, _ = (DEPLOY / 'README.md').read_text(encoding='utf-8').partition('\n## 1. ')

        assert 'hubble.metrics.dynamic' in before
        assert 'values-hubble.yaml' in before
