# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""One source for a threshold: where a monitor warns and alerts, tiles turn yellow and red, and graphs have marks."""

from __future__ import annotations

import re

import pytest

from toolkit.dashboards.coloring import formats_of, marks_of
from toolkit.dashboards.definition import Widget, load_all
from toolkit.dashboards.from_monitors import SHARED, scope, threshold
from toolkit.dashboards.lines import lines_of
from toolkit.definitions import DefinitionError
from toolkit.monitors.definition import definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import CheckMonitor, series_of

MONITORS = {definition.monitor_id: definition.body for definition in definitions()}
WIDGETS = [(definition, widget) for definition in load_all() for _, widget in definition.widgets()]
USED = [
    pytest.param(name, widget, id=f'{definition.name}: {widget.title}: {name}')
    for definition, widget in WIDGETS
    for name in sorted({line.threshold or widget.threshold for line, _ in lines_of(widget).values()} - {''})
]


def body_of(name: str) -> dict:
    """Return the monitor that a threshold is taken from."""
    return MONITORS[SHARED['thresholds'][name]['monitor']]


@pytest.mark.parametrize(('kind', 'name'), [(kind, name) for kind in SHARED for name in SHARED[kind]])
def test_what_is_shared_names_a_monitor_that_exists(kind: str, name: str) -> None:
    assert SHARED[kind][name]['monitor'] in MONITORS
    assert (threshold if kind == 'thresholds' else scope)(name)


def test_what_is_shared_is_used() -> None:
    texts = ' '.join(line.query for _, widget in WIDGETS for line, _ in lines_of(widget).values())

    assert {p.values[0] for p in USED} == set(SHARED['thresholds'])
    assert set(re.findall(r'<(\w+)>', texts)) == set(SHARED['scopes'])


@pytest.mark.parametrize(('name', 'widget'), USED)
def test_what_is_coloured_is_what_the_monitor_watches(name: str, widget: Widget) -> None:
    monitor = parse_monitor(f'{" ".join(body_of(name)["query"].split())} > 0')
    assert not isinstance(monitor, CheckMonitor)

    watched = {series.metric for series in series_of(monitor.expression)}
    lines = [written for line, written in lines_of(widget).values() if (line.threshold or widget.threshold) == name]
    assert watched & {series.metric for written in lines for series in series_of(written)}


def test_tile_is_yellow_where_the_monitor_warns_and_red_where_it_alerts() -> None:
    name, levels = next(
        (name, body_of(name)['above'])
        for name, entry in SHARED['thresholds'].items()
        if entry.keys() == {'monitor'} and 'warning' in body_of(name).get('above', {})
    )

    assert formats_of(Widget('A', 'value'), name) == [
        {'comparator': '>', 'value': levels['critical'], 'palette': 'white_on_red'},
        {'comparator': '>', 'value': levels['warning'], 'palette': 'white_on_yellow'},
        {'comparator': '<=', 'value': levels['warning'], 'palette': 'white_on_green'},
    ]
    assert marks_of(Widget('A', 'line', threshold=name)) == {'error': levels['critical'], 'warning': levels['warning']}


def test_other_units_are_converted() -> None:
    body = body_of('bpf_map_pressure')
    is_percent = '100 *' in body['query']

    assert threshold('bpf_map_pressure').critical == pytest.approx(
        body['above']['critical'] * (1 if is_percent else 100)
    )


@pytest.mark.parametrize(('name', 'widget'), USED)
def test_what_is_shown_in_percent_has_a_threshold_in_percent(name: str, widget: Widget) -> None:
    for line, _ in lines_of(widget).values():
        if (line.unit or widget.unit) == 'percent' and (line.threshold or widget.threshold) == name:
            assert 0 < threshold(name).critical < 100


def test_share_is_the_one_in_the_query_of_the_monitor() -> None:
    query = body_of('packets_dropped')['query']
    share = float(re.search(r'-\s+([\d.]+) \*', query)[1])

    assert threshold('packets_dropped').critical == pytest.approx(100 * share)


def test_scope_is_that_of_the_monitor() -> None:
    query = ''.join(MONITORS[SHARED['scopes']['dropped_in_error']['monitor']]['query'].split())

    assert f'{{{scope("dropped_in_error").replace(" ", "")}}}' in query


@pytest.mark.parametrize(('of', 'kind'), [(threshold, 'thresholds'), (scope, 'scopes')])
def test_unknown_name_is_refused(of, kind: str) -> None:
    with pytest.raises(DefinitionError, match=f'there is no `nothing` below `{kind}`'):
        of('nothing')
