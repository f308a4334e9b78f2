# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Colors of values and marks across graphs: at the threshold of a monitor, or where the widget itself says."""

from __future__ import annotations

from toolkit.dashboards.definition import Widget
from toolkit.dashboards.from_monitors import Threshold, threshold

Json = dict[str, object]

COLORS = {'red': 'white_on_red', 'yellow': 'white_on_yellow', 'green': 'white_on_green'}

MARKS = {'error': 'error dashed', 'warning': 'warning dashed'}


def formats_of(widget: Widget, name: str) -> list[Json]:
    """Return the colors at a threshold, or those that the widget itself gives."""
    if name:
        return _at_threshold(threshold(name))
    conditions = {color: condition.split() for color, condition in widget.colors.items()}
    return [
        {'comparator': comparison, 'value': float(value), 'palette': COLORS[color]}
        for color, (comparison, value) in conditions.items()
    ]


def _at_threshold(of_monitor: Threshold) -> list[Json]:
    bounds = {'red': of_monitor.critical, 'yellow': of_monitor.warning}
    formats = [
        {'comparator': of_monitor.worse, 'value': float(value), 'palette': COLORS[color]}
        for color, value in bounds.items()
        if value is not None
    ]
    return [*formats, {'comparator': of_monitor.better, 'value': formats[-1]['value'], 'palette': COLORS['green']}]


def marks_of(widget: Widget) -> dict[str, float]:
    """Return where lines go across a graph, by `error` and `warning`."""
    if not widget.threshold:
        return widget.marks
    of_monitor = threshold(widget.threshold)
    marks = {'error': of_monitor.critical, 'warning': of_monitor.warning}
    return {mark: value for mark, value in marks.items() if value is not None}
