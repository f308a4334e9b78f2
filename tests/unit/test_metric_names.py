# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Every family has the name that users already have, or the one that the rule of `naming.py` gives it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from catalog import component_named, families_of, rows, versions
from for_each import for_each
from naming import NOT_THE_SAME_METRIC, RENAMED, name_by_rule
from submissions import submissions

from datadog_checks.cilium.components import (
    COMPONENT_BY_NAME,
    COMPONENTS,
    Component,
    canonical_family,
    left_out_reason,
    metrics_by_family,
    target_name,
)

each_component = pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)
each_version = pytest.mark.parametrize('version', versions())


def datadog_names(component: Component) -> dict[str, str]:
    """Return the families of a component and their Datadog names without the leading `cilium.`."""
    return {family: target_name(target) for family, target in metrics_by_family(component, go_metrics=True).items()}


def bundled_names(component: Component) -> dict[str, str]:
    return {
        row['wire_family']: row['datadog_name'].removeprefix('cilium.')
        for row in rows('bundled_names.csv')
        if row['endpoint'] == component.name
    }


@for_each('row', rows('bundled_names.csv'), ids=lambda row: row['wire_family'])
def test_a_family_of_the_bundled_integration_keeps_its_name(row):
    names = datadog_names(COMPONENT_BY_NAME[row['endpoint']])
    assert f'cilium.{names[row["wire_family"]]}' == row['datadog_name']


@each_component
def test_the_catalogue_is_collected_or_left_out_with_a_reason(component):
    names = datadog_names(component)
    missing = [
        row['metric']
        for row in rows('families.csv')
        if component_named(row['component']) is component
        and canonical_family(component, row['metric']) not in names
        and row['metric'] != component.version_family
        and left_out_reason(component, row['metric']) is None
    ]
    assert missing == []


@each_component
def test_all_other_families_are_named_by_the_rule(component):
    names = datadog_names(component)
    bundled = bundled_names(component)
    renamed = RENAMED.get(component.name, {})
    agents = datadog_names(COMPONENT_BY_NAME['agent'])
    for family, name in names.items():
        if family in bundled or family in renamed:
            continue
        # What components share has the rest of its name from the agent, whose names users have.
        shared_with_agent = f'{component.name_prefix}{agents.get(_as_agent_family(component, family))}'
        assert name in (name_by_rule(component, family), shared_with_agent), family


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
    for row in rows('families.csv'):
        component, new = component_named(row['component']), row['metric']
        names, bundled = datadog_names(component), bundled_names(component)
        for old in row['renamed_from'].split():
            if old in bundled and new in bundled:
                continue  # Two names that users have stay as they are.
            if old in bundled and _has_later_bundled_name(row, bundled):
                continue
            reason = NOT_THE_SAME_METRIC.get((component.name, old, new))
            assert (names[canonical_family(component, old)] == names[new]) != bool(reason), (component.name, old, new)


def _has_later_bundled_name(row: dict[str, str], bundled: dict[str, str]) -> bool:
    """Tell whether a family lies between two that keep different bundled names: it has the later one then."""
    successors = [other['metric'] for other in rows('families.csv') if row['metric'] in other['renamed_from'].split()]
    return any(successor in bundled for successor in successors)


@each_component
@each_version
def test_no_two_families_of_one_version_submit_the_same_name(component, version):
    families = families_of(component, version)
    present = {family.name for family in families}
    names = datadog_names(component)
    submitted_by: dict[str, str] = {}
    for family in families:
        if family.name == component.version_family or component.superseded.get(family.name) in present:
            continue
        for name in submissions(names[canonical_family(component, family.name)], family.type):
            assert submitted_by.setdefault(name, family.name) == family.name, name


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
    wanted = {(COMPONENT_BY_NAME[row['endpoint']].name, row['wire_family']) for row in rows('bundled_names.csv')}
    for row in rows('families.csv'):
        component = component_named(row['component'])
        wanted.add((component.name, canonical_family(component, row['metric'])))
    unused: dict[tuple[str, str], bool] = {}
    for component in COMPONENTS:
        for file in component.files:
            for family in metrics_by_family(replace(component, files=(file,)), go_metrics=True):
                line = file.path, family.removeprefix(file.wire_prefix)
                unused[line] = unused.get(line, True) and (component.name, family) not in wanted
    assert [line for line, is_unused in unused.items() if is_unused] == []
