# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Every family has the name that users already have, or the one that the rule of `naming.py` gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bundled import bundled_rows
from naming import NOT_THE_SAME_METRIC, RENAMED
from submissions import how_to_map, mapped_name, submissions

from datadog_checks.cilium.components import (
    COMPONENT_BY_NAME,
    COMPONENTS,
    Component,
    canonical_family,
    datadog_name,
    left_out_reason,
    metrics_by_family,
    target_name,
)
from toolkit.catalog.catalog import Family, catalog, versions
from toolkit.catalog.naming import WIRE_PREFIXES, name_by_rule

each_component = pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)
each_version = pytest.mark.parametrize('version', versions())


DOCUMENTED_ONLY = {('envoy', 'envoy_cilium_policy_stream_generation')}
"""How notes on Cilium spell a family. Its source says `policy_policy_`, and that is in the catalogue."""


def datadog_names(component: Component) -> dict[str, str]:
    """Return the families of a component and their Datadog names without the leading `cilium.`."""
    return {family: target_name(target) for family, target in metrics_by_family(component, go_metrics=True).items()}


def bundled_names(component: Component) -> dict[str, str]:
    return {
        row['wire_family']: row['datadog_name'].removeprefix('cilium.')
        for row in bundled_rows()
        if row['endpoint'] == component.name
    }


def test_every_component_has_a_prefix_on_the_wire():
    forgotten = COMPONENT_BY_NAME.keys() ^ WIRE_PREFIXES.keys()
    assert forgotten == set(), 'WIRE_PREFIXES in toolkit/catalog/naming.py: write what these families begin with'


def test_families_of_the_bundled_integration_keep_their_names():
    kept = {(row['endpoint'], row['wire_family']): row['datadog_name'] for row in bundled_rows()}
    assert {key: f'cilium.{mapped_name(COMPONENT_BY_NAME[key[0]], key[1])}' for key in kept} == kept


@each_component
def test_the_catalogue_is_collected_or_left_out_with_a_reason(component):
    missing = [
        how_to_map(component, family.name)
        for family in catalog().families
        if family.component is component
        and datadog_name(component, family.name, go_metrics=True) is None
        and left_out_reason(component, family.name) is None
    ]
    assert missing == []


@each_component
def test_all_other_families_are_named_by_the_rule(component):
    if component.name not in WIRE_PREFIXES:
        pytest.skip('told by the test of prefixes')
    names = datadog_names(component)
    bundled = bundled_names(component)
    renamed = RENAMED.get(component.name, {})
    agents = datadog_names(COMPONENT_BY_NAME['agent'])
    for family, name in names.items():
        if family in bundled or family in renamed:
            continue
        # What components share has the rest of its name from the agent, whose names users have.
        shared_with_agent = f'{component.name_prefix}{agents.get(_as_agent_family(component, family))}'
        assert name in (name_by_rule(component, family), shared_with_agent), (
            f'{family}: call it `{name_by_rule(component, family)}`. If it keeps the name of another family, write '
            'the two into RENAMED in tests/support/check/naming.py'
        )


def _as_agent_family(component: Component, family: str) -> str:
    for prefix in (f'cilium_{component.name}_', 'standalone_dns_proxy_'):
        if family.startswith(prefix):
            return f'cilium_{family[len(prefix) :]}'
    return family if family.startswith('cilium_') else f'cilium_{family}'


@pytest.mark.parametrize(
    ('component', 'family', 'other'),
    [(name, family, other) for name, pairs in RENAMED.items() for family, other in pairs.items()],
)
def test_a_renamed_family_has_one_name_over_all_versions(component, family, other):
    names = datadog_names(COMPONENT_BY_NAME[component])
    assert names[family] == names[other]


def test_every_rename_of_the_catalogue_keeps_its_name_or_has_a_reason():
    for family in catalog().families:
        component, new = family.component, family.name
        names, bundled = datadog_names(component), bundled_names(component)
        for old in family.renamed_from:
            if old in bundled and new in bundled:
                continue  # Two names that users have stay as they are.
            if old in bundled and _has_later_bundled_name(family, bundled):
                continue
            reason = NOT_THE_SAME_METRIC.get((component.name, old, new))
            assert (names[canonical_family(component, old)] == names[new]) != bool(reason), (component.name, old, new)


def _has_later_bundled_name(family: Family, bundled: dict[str, str]) -> bool:
    """Tell whether a family lies between two that keep different bundled names: it has the later one then."""
    successors = [other.name for other in catalog().families if family.name in other.renamed_from]
    return any(successor in bundled for successor in successors)


@each_component
@each_version
def test_no_two_families_of_one_version_submit_the_same_name(component, version):
    families = catalog().exposed(component, version)
    present = {family.name for family in families}
    submitted_by: dict[str, str] = {}
    for family in families:
        if family.name == component.version_family or component.superseded.get(family.name) in present:
            continue
        for name in submissions(mapped_name(component, family.name), family.type):
            other = submitted_by.setdefault(name, family.name)
            assert other == family.name, (
                f'{other} and {family.name} are both in {version}, and both submit {name}. If Cilium renamed one, end '
                'its `history` in toolkit/catalog/families.csv. If it exposes both, write the pair into `superseded` '
                f'of {component.name} in cilium/components.py'
            )


@each_component
def test_no_line_of_a_file_is_hidden_by_another_file(component):
    bundled = bundled_names(component)
    seen: dict[str, str] = {}
    for file in component.files:
        for family in metrics_by_family(replace(component, files=(file,)), go_metrics=True):
            # The bundled integration names a few of the shared families in its own way.
            assert family not in seen or family in bundled, f'{family} stands in {seen[family]} and {file.path}'
            seen.setdefault(family, file.path)


def test_every_line_of_a_file_is_of_a_family_that_a_version_exposes_or_that_users_have_a_name_for():
    """A file that components share needs one of them that exposes the family: the others may follow."""
    wanted = {(row['endpoint'], row['wire_family']) for row in bundled_rows()} | DOCUMENTED_ONLY
    for family in catalog().families:
        wanted.add((family.component.name, canonical_family(family.component, family.name)))
    exposed_by_nobody: dict[tuple[str, str], str] = {}
    for component in COMPONENTS:
        for file in component.files:
            for family in metrics_by_family(replace(component, files=(file,)), go_metrics=True):
                line = file.path, family.removeprefix(file.wire_prefix)
                if (component.name, family) in wanted:
                    exposed_by_nobody[line] = ''
                else:
                    exposed_by_nobody.setdefault(line, f'{component.name},{family}')
    forgotten = [
        f'toolkit/catalog/families.csv: write `{row},{catalog().newest}- TYPE LABELS,,`. '
        f'If no version exposes it, remove `{family}` from cilium/metrics/{path}'
        for (path, family), row in exposed_by_nobody.items()
        if row
    ]
    assert forgotten == []
