# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options name a counter as its endpoint writes it, or as the parser does, without `_total`."""

from __future__ import annotations

import pytest
from endpoints import plain

from datadog_checks.cilium import CiliumCheck

FLOWS, PORTS = 'cilium.hubble.flows_processed.count', 'cilium.hubble.port_distribution.count'
# Older base packages share the labels of a family with those that come after it.
BODY = (
    '# TYPE hubble_port_distribution_total counter\n'
    'hubble_port_distribution_total{port="80",protocol="TCP"} 3\n'
    '# TYPE hubble_flows_processed_total counter\n'
    'hubble_flows_processed_total{protocol="TCP",subtype="to-endpoint",type="Trace",verdict="FORWARDED"} 8282\n'
)


@pytest.fixture
def submitted(serve, run):
    endpoint = serve(plain(BODY))
    return lambda **options: run(CiliumCheck('cilium', {}, [{'hubble_endpoint': endpoint.url, **options}]))


@pytest.mark.parametrize(
    'name',
    [
        'hubble_port_distribution_total',
        'hubble_port_distribution',
        'hubble_port_.*',
        'hubble_port_distribution_total$',
        '^hubble_port_.+_total$',
        '^hubble_port_distribution$',
    ],
)
def test_exclude_metrics(name, submitted):
    assert submitted(exclude_metrics=[name]).metric_names == [FLOWS]


@pytest.mark.parametrize('name', ['hubble_port_distribution_total', 'hubble_port_distribution'])
@pytest.mark.parametrize('option', ['metrics', 'extra_metrics'])
def test_names_in_metrics(option, name, submitted):
    names = submitted(**{option: [{name: 'ports'}]}).metric_names

    assert 'cilium.ports.count' in names
    assert PORTS not in names
    assert (FLOWS in names) is (option == 'extra_metrics')


def test_a_name_alone_in_metrics(submitted):
    assert submitted(metrics=['hubble_port_distribution_total']).metric_names == [
        'cilium.hubble_port_distribution.count'
    ]


@pytest.mark.parametrize('pattern', ['^hubble_port_.+_total$', 'port_distribution_t.tal', '^hubble_port_.+'])
def test_patterns_in_metrics(pattern, submitted):
    for _ in range(2):
        assert submitted(metrics=[pattern]).metric_names == ['cilium.hubble_port_distribution.count']


@pytest.mark.parametrize('name', ['hubble_port_distribution_total', 'hubble_port_distribution'])
def test_share_labels(name, submitted):
    stubs = submitted(share_labels={name: {'labels': ['port']}}).metrics(FLOWS)

    assert [stub for stub in stubs if 'port:80' in stub.tags]
