# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Each component of each minor version of Cilium, exposing all of its families, is collected completely."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import exposition_of
from submissions import submissions

from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENTS, Component, canonical_family, metrics_by_family, target_name
from toolkit.catalog.catalog import Exposed, catalog

NAMESPACE = 'cilium.'


def expected_names(component: Component, families: list[Exposed]) -> set[str]:
    """Return the names that families are submitted under when one scrape holds them all."""
    targets = metrics_by_family(component, go_metrics=True)
    present = {family.name for family in families}
    names: set[str] = set()
    for family in families:
        if family.name == component.version_family:
            names.add(f'{NAMESPACE}{component.name_prefix}version')
        elif component.superseded.get(family.name) not in present:
            target = targets[canonical_family(component, family.name)]
            names.update(submissions(target_name(target), family.type))
    return names


CASES = [
    pytest.param(component, families, id=f'{component.name}-{version}')
    for component in COMPONENTS
    for version in catalog().versions
    if (families := catalog().exposed(component, version))
]


@pytest.mark.parametrize(('component', 'families'), CASES)
def test_a_version_is_collected_completely(component, families, serve, run):
    endpoint = serve(plain(exposition_of(families)))
    aggregator = run(CiliumCheck('cilium', {}, [{component.option: endpoint.url, 'go_metrics': True}]))
    assert set(aggregator.metric_names) == expected_names(component, families)


@pytest.mark.parametrize(('component', 'families'), CASES)
def test_each_series_is_submitted_once(component, families, serve, run):
    endpoint = serve(plain(exposition_of(families)))
    aggregator = run(CiliumCheck('cilium', {}, [{component.option: endpoint.url, 'go_metrics': True}]))
    for name in aggregator.metric_names:
        contexts = [tuple(sorted(stub.tags)) for stub in aggregator.metrics(name)]
        assert len(contexts) == len(set(contexts)), name


def test_every_component_that_the_catalogue_knows_by_version_is_tested():
    assert {case.values[0] for case in CASES} == {family.component for family in catalog().families}
