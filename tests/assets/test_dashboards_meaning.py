# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Units, colors, marks and template variables of dashboards say what the numbers mean."""

from __future__ import annotations

import csv
import operator
from dataclasses import dataclass, replace
from functools import cache

import pytest
from assets_rules import METADATA, PERCENTILES, tag_keys
from dashboard_widgets import WIDGETS
from for_each import for_each

from datadog_checks.cilium.components import COMPONENTS
from toolkit.dashboards.definition import Definition, Group, Widget, load_all
from toolkit.dashboards.lines import lines_of
from toolkit.dashboards.widgets import definition_of
from toolkit.queries.syntax import Binary, Call, Expression, MetricSeries, Negative, Number, series_of

MEASURED = {'second', 'byte'}

of_each_widget = for_each(('definition', 'group', 'widget'), WIDGETS)


# ---- units


ONE_FOR_EACH = ({'node', ''}, {'query', 'response'})
"""An agent for each node, which `cilium.version` counts, and an answer for each query."""


@dataclass(frozen=True)
class Dimension:
    """
    What a value is measured in: a unit, perhaps in each second, times a factor.

    A `share` is a part of a whole, and has no unit. A plain number has neither: `constant`.
    """

    unit: str = ''
    per_second: bool = False
    factor: float = 1
    share: bool = False
    constant: bool = False

    @property
    def percent(self) -> bool:
        return self.share and self.factor == 100


def dimension(expression: Expression) -> Dimension:
    """Return the dimension of an expression. Raises `AssertionError` if it adds up what does not belong together."""
    match expression:
        case Number(value):
            return Dimension(factor=value, constant=True)
        case MetricSeries(aggregator=aggregator, metric=metric) if aggregator in PERCENTILES:
            return Dimension(units()[f'{metric}.sum'][0])
        case MetricSeries():
            return of_series(expression)
        case Call('per_second', operand):
            return replace(dimension(operand), per_second=True)
        case Call(operand=operand) | Negative(operand):
            return dimension(operand)
        case Binary(
            '/', MetricSeries(aggregator='sum', metric=metric), MetricSeries(aggregator='avg', metric=same)
        ) if metric == same:
            # How many series there are.
            return Dimension()
        case Binary(sign, left, right):
            return combined(sign, dimension(left), dimension(right))
    raise TypeError(expression)


def of_series(series: MetricSeries) -> Dimension:
    # The catalogue has no units of other checks. What is compared there has the same.
    unit, per_second = units().get(series.metric, ('', False))
    if unit in ('fraction', 'percent'):
        return Dimension(share=True, factor=100 if unit == 'percent' else 1)
    return Dimension(unit, per_second or series.form == 'as_rate')


def combined(sign: str, left: Dimension, right: Dimension) -> Dimension:
    if sign in '+-':
        if left.constant or right.constant:
            return right if left.constant else left
        assert (left.per_second, left.share) == (right.per_second, right.share), f'{left} {sign} {right}'
        # `0 * x` is there to make groups appear.
        assert left.factor == right.factor or 0 in (left.factor, right.factor), f'{left} {sign} {right}'
        comparable = left.unit == right.unit or {left.unit, right.unit} in ONE_FOR_EACH
        assert comparable or 0 in (left.factor, right.factor), f'{left} {sign} {right}'
        return left if left.factor else right
    factor = left.factor * right.factor if sign == '*' else left.factor / right.factor
    if left.constant or right.constant:
        return replace(right if left.constant else left, factor=factor)
    assert sign == '/', sign
    if left.unit == right.unit:
        return Dimension(share=True, factor=factor)
    return Dimension(left.unit, left.per_second and not right.per_second, factor)


@cache
def units() -> dict[str, tuple[str, bool]]:
    """Return the unit of each metric, and whether it is one in each second."""
    with METADATA.open(encoding='utf-8', newline='') as lines:
        return {
            row['metric_name']: (row['unit_name'], row['per_unit_name'] == 'second') for row in csv.DictReader(lines)
        }


def shown(widget: Widget) -> list[Expression]:
    """Return what a widget shows, without percentiles: these are what their generator makes."""
    written = replace(widget, quantiles=None)
    return [expression for _, expression in lines_of(written).values()]


@of_each_widget
def test_unit_is_that_of_the_numbers(definition: Definition, group: Group, widget: Widget) -> None:
    for line, expression in lines_of(replace(widget, quantiles=None)).values():
        unit = line.unit or widget.unit
        found = dimension(expression)
        place = f'toolkit/dashboards/definitions/{definition.name}.yaml: '
        assert unit == 'percent' or not found.percent, f'{place}write `unit: percent`'
        assert unit != 'percent' or found.percent, f'{place}it is no percentage, but {found}: correct `unit`'
        if unit not in ('percent', ''):
            assert unit == found.unit, f'{place}by metadata.csv, it is in {found.unit or "no unit"}, not in {unit}'
            assert not found.per_second, f'{place}it is per second: remove `unit: {unit}`'
            assert found.factor == 1, f'{place}it is {found.factor} times a {unit}: correct `show`, or remove `unit`'
        # Datadog knows the unit of a metric, but not of what is made of two.
        if unit == '' and found.unit in MEASURED and isinstance(expression, Binary):
            assert found.per_second, f'{place}write `unit: {found.unit}`'


# ---- colors and marks

SEVERITY = {'white_on_green': 0, 'white_on_yellow': 1, 'white_on_red': 2}
COMPARE = {'>': operator.gt, '>=': operator.ge, '<': operator.lt, '<=': operator.le}


def colored(widget: Widget) -> list[tuple[list[dict], Expression]]:
    """Return the conditional formats of each line of a widget that has some, with what the line shows."""
    if widget.kind not in ('value', 'top', 'table'):
        return []
    (request,) = definition_of(replace(widget, links={}), '$cluster')['requests']
    formats = [
        formula.get('conditional_formats', request.get('conditional_formats', ())) for formula in request['formulas']
    ]
    return [(list(one), shows) for one, (_, shows) in zip(formats, lines_of(widget).values(), strict=True) if one]


COLORED = [
    pytest.param(p.values[2], formats, shows, id=f'{p.id}: {number}')
    for p in WIDGETS
    for number, (formats, shows) in enumerate(colored(p.values[2]))
]


@pytest.mark.parametrize(('widget', 'formats', 'shows'), COLORED)
def test_every_value_has_a_color_and_worse_ones_are_redder(
    widget: Widget, formats: list[dict], shows: Expression
) -> None:
    bounds = sorted({one['value'] for one in formats})
    values = sorted({v for b in bounds for v in (b - 0.5, b, b + 0.5)} | {bounds[0] - 1000, bounds[-1] + 1000})
    found = [[one['palette'] for one in formats if COMPARE[one['comparator']](v, one['value'])] for v in values]

    assert all(found)
    assert all(colors == ['white_on_green'] or 'white_on_green' not in colors for colors in found)
    # The first that is true is shown.
    colors = [colors[0] for colors in found]
    assert set(colors) == {one['palette'] for one in formats}, 'one is never shown'
    assert 'white_on_green' in colors
    severities = [SEVERITY[color] for color in colors]
    assert severities in (sorted(severities), sorted(severities, reverse=True))
    # What is counted as trouble is trouble when there is more of it. The other way round are states and what is left.
    is_state_or_rest = any(
        'state' in s.metric or 'status' in s.metric or 'available' in s.metric for s in series_of(shows)
    )
    assert severities == sorted(severities) or is_state_or_rest


@pytest.mark.parametrize('widget', [p.values[2] for p in WIDGETS if p.values[2].marks], ids=lambda w: w.title)
def test_marks_are_where_a_share_is_high(widget: Widget) -> None:
    assert widget.unit == 'percent'
    assert list(widget.marks) in (['error', 'warning'], ['warning'], ['error'])
    assert widget.marks.get('error', 101) > widget.marks.get('warning', -1)
    assert all(0 < value <= 100 for value in widget.marks.values())


# ---- template variables

ON_EACH_NODE = {'agent', 'hubble', 'envoy', 'dns_proxy'}
KEY_OF_VARIABLE = {
    'cluster': 'kube_cluster_name',
    'node': 'kube_node',
    'namespace': 'kube_namespace',
    'pod': 'pod_name',
    'remote_cluster': 'target_cluster',
    'source_namespace': 'source_namespace',
    'destination_namespace': 'destination_namespace',
}
OF_THE_CLUSTER = {'Remote clusters'}
"""Widgets that count what is in a cluster: on a chosen node, there is one of everything."""


def component_of(metric: str) -> str:
    if metric.startswith(('kubernetes.', 'datadog.')):
        return 'agent'
    prefixes = sorted(((c.name_prefix, c.name) for c in COMPONENTS), key=lambda pair: -len(pair[0]))
    return next(name for prefix, name in prefixes if metric.removeprefix('cilium.').startswith(prefix))


@pytest.mark.parametrize('definition', load_all(), ids=lambda definition: definition.name)
def test_variables_have_the_same_meaning_everywhere(definition: Definition) -> None:
    assert definition.variables == {name: KEY_OF_VARIABLE[name] for name in definition.variables}


@of_each_widget
def test_variables_narrow_what_they_can_and_nothing_else(definition: Definition, group: Group, widget: Widget) -> None:
    scope = next(s for s in (widget.scope, group.scope, definition.scope) if s is not None)
    chosen = {name.removeprefix('$') for name in scope.split(',') if name}
    for series in (series for expression in shown(widget) for series in series_of(expression)):
        of_operator = any(tag.value == 'cilium-operator' for tag in series.tags)
        on_each_node = (
            component_of(series.metric) in ON_EACH_NODE and widget.title not in OF_THE_CLUSTER and not of_operator
        )
        labels = tag_keys(series.metric)
        # A namespace is that of a flow, which only some metrics of Hubble tell, and only if they are told to.
        possible = {
            name for name, key in definition.variables.items() if key in labels and not key.endswith('namespace')
        }
        expected = possible - {'pod'} - (set() if on_each_node else {'node'})
        if widget.title == 'Remote clusters':
            expected -= {'remote_cluster'}
        assert {name for name in chosen if not name.endswith('namespace')} == expected, series.metric


# ---- statuses

SCRAPED = {
    'Agents scraped': 'cilium-agent',
    'Operators scraped': 'cilium-operator',
    'API server scraped': 'clustermesh-apiserver',
    'kvstoremesh scraped': 'kvstoremesh',
}


@pytest.mark.parametrize(
    'widget', [p.values[2] for p in WIDGETS if p.values[2].kind == 'status'], ids=lambda w: w.title
)
def test_status_is_of_the_component_in_the_title(widget: Widget) -> None:
    assert widget.tags == [f'source:{SCRAPED[widget.title]}']
