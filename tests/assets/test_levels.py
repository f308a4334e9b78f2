# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the levels of collection leave of the dashboards and monitors: at `standard` all that `full` has, at `minimal` the
core monitors and the first group of the overview.

Recordings are collected at each level, and all widgets and monitors executed. They have to say the same as at `full`.
"""

from __future__ import annotations

import pytest
from collected import END, all_values, collected, shown
from expositions import DIRECTORIES

from datadog_checks.cilium.levels import LEVELS
from toolkit.assets import load_dashboards, load_monitors, requests_of
from toolkit.evaluation.errors import NotEvaluated
from toolkit.evaluation.monitors import evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.levels.figures import COMPONENTS, NEWEST, VERSIONS, count
from toolkit.levels.lists import FOR_EACH_PAIR_OF_NODES
from toolkit.levels.uses import CORE, OVERVIEW, first_group

DASHBOARDS = load_dashboards()
MONITORS = load_monitors()


def at(version: str, level: str) -> PointStore:
    """Return what the check submits of recorded components at a level."""
    return collected(version, (('collection_level', level),))


def differences(widgets: list[dict], level: str, version: str, variables: dict[str, str]) -> tuple[list[str], int]:
    """Return the titles of widgets that show something else at a level than at `full`, and how many show anything."""
    found, with_data = [], 0
    for widget in widgets:
        for request in requests_of(widget['definition']):
            try:
                full = shown(request, at(version, 'full'), variables)
            except NotEvaluated:
                continue
            with_data += bool(full)
            if repr(shown(request, at(version, level), variables)) != repr(full):
                found.append(widget['definition']['title'])
    return found, with_data


@pytest.mark.parametrize('version', DIRECTORIES)
@pytest.mark.parametrize('name', DASHBOARDS)
def test_widgets_show_the_same_at_standard(name, version):
    dashboard = DASHBOARDS[name]
    widgets = [widget for widget in dashboard.widgets() if not shows_another_at_each_level(widget)]
    found, with_data = differences(widgets, 'standard', version, all_values(dashboard.definition))

    assert not found
    assert with_data


def shows_another_at_each_level(widget: dict) -> bool:
    """Tell whether a widget is for what no level but `full` collects, or for how much is collected."""
    return any(f'cilium.{metric}' in str(widget) for metric in (*FOR_EACH_PAIR_OF_NODES, 'scrape.series.'))


@pytest.mark.parametrize('version', DIRECTORIES)
def test_the_first_group_of_the_overview_shows_the_same_at_minimal(version):
    overview = first_group(DASHBOARDS[OVERVIEW])
    found, with_data = differences(overview.widgets(), 'minimal', version, all_values(overview.definition))

    assert not found
    assert with_data


@pytest.mark.parametrize('version', DIRECTORIES)
@pytest.mark.parametrize('level', LEVELS[1:])
def test_monitors_find_the_same(level, version):
    found, with_data = [], 0
    for name, monitor in MONITORS.items():
        if not monitor.definition['query'].startswith('logs(') and (
            level == 'standard' or CORE in monitor.definition['tags']
        ):
            full = evaluate_monitor(monitor.definition, at(version, 'full'), END)
            with_data += bool(full)
            if repr(evaluate_monitor(monitor.definition, at(version, level), END)) != repr(full):
                found.append(name)
    assert not found
    assert with_data


class TestFigures:
    def test_full_is_everything(self):
        assert 2900 <= count('agent', NEWEST, 'full') <= 3200

    def test_standard_is_a_fraction(self):
        agent, hubble = count('agent', NEWEST, 'standard'), count('hubble', NEWEST, 'standard')
        assert agent <= 750
        assert agent + hubble <= 1100

    def test_minimal_is_small(self):
        assert count('agent', NEWEST, 'minimal') <= 200

    @pytest.mark.parametrize('version', VERSIONS)
    @pytest.mark.parametrize('component', COMPONENTS)
    def test_a_smaller_level_is_never_larger(self, component, version):
        full, standard, minimal = (count(component, version, level) for level in LEVELS)
        assert full > standard >= minimal
