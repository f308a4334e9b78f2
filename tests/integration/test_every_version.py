# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Each component of each minor version of Cilium, exposing all of its families, is collected completely."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import exposition_of
from submissions import mapped_name, submissions

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENTS, Component
from toolkit.catalog.catalog import Exposed, catalog

NAMESPACE = 'cilium.'


def expected_names(component: Component, families: list[Exposed]) -> set[str]:
    """Return the names that families are submitted under when one scrape holds them all."""
    present = {family.name for family in families}
    names: set[str] = set()
    for family in families:
        if family.name == component.version_family:
            names.add(f'{NAMESPACE}{component.name_prefix}version')
        elif component.superseded.get(family.name) not in present:
            names.update(submissions(mapped_name(component, family.name), family.type))
    return names


each_component = pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)


@each_component
def test_every_version_is_collected_completely_and_each_series_once(component, serve, run):
    known = {family.component for family in catalog().families}
    assert component in known, f'toolkit/catalog/families.csv: write the families of {component.name}'
    for version in catalog().versions:
        if families := catalog().exposed(component, version):
            endpoint = serve(plain(exposition_of(families)))
            aggregator = run(CiliumCheck('cilium', {}, [{component.option: endpoint.url, 'go_metrics': True}]))
            assert set(aggregator.metric_names) == expected_names(component, families), version
            for name in aggregator.metric_names:
                contexts = [tuple(sorted(stub.tags)) for stub in aggregator.metrics(name)]
                assert len(contexts) == len(set(contexts)), f'{version}: {name}'
