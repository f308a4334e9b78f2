# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the scopes of monitors take and leave out, and how series are put together, shows in their scenarios.

Series that differ from those of a scenario in one label only are exposed beside them, or in place of them. Nothing here
knows single monitors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from assets_rules import TAGS_OF_AGENT, TAGS_OF_CHECK, metric_types, tag_keys
from monitor_scenarios import CASES, COMPLETE, MONITORS, SCENARIOS, Cluster, Played, is_anomaly, play, play_case
from values_over_time import LINE, POINT

from datadog_checks.cilium.components import COMPONENTS, datadog_name
from datadog_checks.cilium.configuration import LABEL_PREFIX, RESERVED_TAG_KEYS
from toolkit.evaluation.monitors import Status, evaluate_monitor
from toolkit.evaluation.tags import normalised_tag
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import (
    AllOf,
    ChangeMonitor,
    MetricSeries,
    NoneOf,
    Scope,
    Tag,
    TagIn,
    asked_for,
    series_of,
)

PARSED = {
    monitor_id: parse_monitor(MONITORS[monitor_id]['query'])
    for monitor_id in COMPLETE
    if MONITORS[monitor_id]['type'] != 'service check' and not is_anomaly(monitor_id)
}
SERIES = {monitor_id: series_of(monitor.expression) for monitor_id, monitor in PARSED.items()}

AGGREGATORS = ('sum', 'avg', 'min', 'max')
LABEL = re.compile(r'(\w+)="([^"]*)"')

MUCH = {'counter': '0+100000', 'gauge': '100000', '_sum': '0+1000000', '_count': '0+1', '_bucket': '0+1'}
"""By type, or by the suffix of a histogram, values that make any sum alert."""


def left_out(scope: Scope) -> Iterator[Tag]:
    """Yield the tags that a scope does not take, a value of its own for each pattern."""
    for part in scope.scopes if isinstance(scope, AllOf) else (scope,):
        match part:
            case NoneOf(Tag(key, value)):
                yield Tag(key, value.replace('*', '_1'))
            case NoneOf(TagIn(key, values)):
                yield from (Tag(key, value) for value in values)


WITH_EXCEPTIONS = [i for i, all_series in SERIES.items() if any(any(left_out(s.scope)) for s in all_series)]
WITH_CONDITIONS = [i for i, all_series in SERIES.items() if any(any(asked_for(s.scope)) for s in all_series)]


@pytest.mark.parametrize('monitor_id', WITH_EXCEPTIONS)
def test_what_is_left_out_does_not_count(cluster: Cluster, monitor_id: str) -> None:
    def change(text: str) -> str:
        for series in SERIES[monitor_id]:
            for tag in left_out(series.scope):
                text = with_copies(text, series.metric, tag, isinstance(PARSED[monitor_id], ChangeMonitor))
        return text

    assert_quiet(play(cluster, monitor_id, str(SCENARIOS[monitor_id]['quiet']), change))


@pytest.mark.parametrize('monitor_id', WITH_CONDITIONS)
def test_what_is_not_asked_for_does_not_count(cluster: Cluster, monitor_id: str) -> None:
    def change(text: str) -> str:
        for series in SERIES[monitor_id]:
            for key, _ in asked_for(series.scope):
                tag = Tag(key, 'something_else')
                text = with_copies(text, series.metric, tag, isinstance(PARSED[monitor_id], ChangeMonitor))
        return text

    assert_quiet(play(cluster, monitor_id, str(SCENARIOS[monitor_id]['quiet']), change))


def assert_quiet(played: Played) -> None:
    assert {state.status for state in played.states.values()} == {Status.OK}, played.states


def alternatives() -> Iterator[object]:
    """Yield the patterns of scopes, and the values of those that take one of several."""
    for monitor_id, all_series in SERIES.items():
        for series in all_series:
            for key, values in asked_for(series.scope):
                if len(values) > 1 or '*' in values[0]:
                    for value in values:
                        yield pytest.param(monitor_id, series.metric, key, values, value, id=f'{monitor_id}-{value}')


@pytest.mark.parametrize(('monitor_id', 'metric', 'key', 'values', 'value'), alternatives())
def test_every_value_that_is_asked_for_counts(
    cluster: Cluster, monitor_id: str, metric: str, key: str, values: tuple[str, ...], value: str
) -> None:
    """`fail*` takes `failure` too."""

    def change(text: str) -> str:
        # What is compared with it has the same groups, and changes too.
        for series in SERIES[monitor_id]:
            if series.metric == metric or ((key, values) in asked_for(series.scope) and key in series.keys):
                text = changed(text, series.metric, key, values, value.replace('*', '_1'))
        return text

    played = play(cluster, monitor_id, str(SCENARIOS[monitor_id]['fires']), change)
    assert CASES['fires'] in {state.status for state in played.states.values()}


OF_A_PROCESS = {'source_cluster', 'source_node_name'}
"""Labels of one value for each process."""


def aggregated(monitor_id: str) -> Iterator[MetricSeries]:
    """Yield the gauges of a monitor of which there can be several in a group."""
    for series in dict.fromkeys(SERIES[monitor_id]):
        # It counts groups, whatever their values.
        if f'count_not_null({series})' in str(PARSED[monitor_id]):
            continue
        alone = {'kube_node', 'endpoint'} & set(series.keys)
        labels = tag_keys(series.metric) - TAGS_OF_AGENT - TAGS_OF_CHECK - OF_A_PROCESS - set(series.keys)
        fixed = {key for key, values in asked_for(series.scope) if len(values) == 1 and '*' not in values[0]}
        if metric_types().get(series.metric) == 'gauge' and (labels - fixed or not alone):
            yield series


@pytest.mark.parametrize('monitor_id', SERIES)
def test_scenario_tells_aggregators_apart(cluster: Cluster, monitor_id: str) -> None:
    """It needs two series in one group, of different values, where a group of gauges can have several."""
    scenario, body = SCENARIOS[monitor_id], MONITORS[monitor_id]
    for series in aggregated(monitor_id):
        scenes = [play_case(cluster, monitor_id, case) for case in CASES if case in scenario]
        for aggregator in AGGREGATORS:
            if aggregator == series.aggregator:
                continue
            query = str(PARSED[monitor_id]).replace(str(series), str(replace(series, aggregator=aggregator)))
            other = [evaluate_monitor({**body, 'query': query}, played.store, played.end) for played in scenes]
            assert other != [played.states for played in scenes], (
                f'{series.metric}: {aggregator} gives the same as {series.aggregator}'
            )


# ---- expositions


def with_copies(text: str, metric: str, tag: Tag, growing: bool) -> str:
    """Return an exposition with a copy of each series of a metric that has another label, and large values."""
    known = {match['series'] for match in map(LINE.fullmatch, text.splitlines()) if match}

    def with_copy(series: str, notation: str, family_type: str) -> Iterator[str]:
        yield f'{series} {notation}'
        other = with_label(series, tag)
        # Of what is asked for in another way, such as by its Deployment, it would be no other series.
        asked_otherwise = '.' in series and f'{label_of(tag.key)}="' not in series
        if other not in known and not asked_otherwise:
            known.add(other)
            suffix = '_' + series.partition('{')[0].rpartition('_')[2]
            kind = suffix if family_type == 'histogram' else 'counter' if growing else family_type
            yield f'{other} {MUCH[kind]}'

    return rewritten(text, metric, with_copy)


def changed(text: str, metric: str, key: str, values: tuple[str, ...], value: str) -> str:
    """Return an exposition in which the series of a metric that a scope takes have another value of a label."""
    patterns = [re.compile(re.escape(one).replace(r'\*', '.*')) for one in values]

    def with_value(series: str, notation: str, _: str) -> Iterator[str]:
        tag = normalised_tag(f'{key}:{dict(LABEL.findall(series)).get(label_of(key), "")}')
        takes = any(pattern.fullmatch(tag.removeprefix(f'{key}:')) for pattern in patterns)
        yield f'{with_label(series, Tag(key, value)) if takes else series} {notation}'

    return rewritten(text, metric, with_value)


def rewritten(text: str, metric: str, lines_for: Callable[[str, str, str], Iterator[str]]) -> str:
    """Return an exposition with other lines, by series, values and type, in the place of those of a metric."""
    lines: list[str] = []
    belongs, family_type = False, ''
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if point := POINT.fullmatch(line):
            lines += _points_for(point, metric, lines_for)
        elif match is None:
            _, _, family, family_type = line.split()
            names = {datadog_name(component, family) for component in COMPONENTS}
            belongs = bool({metric, metric.rpartition('.')[0]} & names)
            lines.append(line)
        else:
            lines += lines_for(match['series'], match['notation'], family_type) if belongs else (line,)
    return ''.join(f'{line}\n' for line in lines)


def _points_for(
    point: re.Match[str], metric: str, lines_for: Callable[[str, str, str], Iterator[str]]
) -> Iterator[str]:
    """Yield the lines for a point of another check, which has tags where an exposition has labels."""
    if point['metric'] != metric:
        yield point[0]
        return
    labels = ','.join(f'{key}="{value}"' for key, _, value in (tag.partition(':') for tag in point['tags'].split(',')))
    for line in lines_for(f'{metric}{{{labels}}}', point['notation'], 'gauge'):
        series, _, notation = line.partition('} ')
        name, _, changed_labels = series.partition('{')
        tags = ','.join(f'{key}:{value}' for key, value in LABEL.findall(changed_labels))
        yield f'{name}{{{tags}}} {notation}'


def with_label(series: str, tag: Tag) -> str:
    """Return the text of a series with a label that becomes a tag, in place of the one of that name if there is one."""
    name, _, labels = series.removesuffix('}').partition('{')
    all_labels = {**dict(LABEL.findall(labels)), label_of(tag.key): tag.value}
    return f'{name}{{{",".join(f"{key}={value!r}" for key, value in all_labels.items())}}}'.replace("'", '"')


def label_of(key: str) -> str:
    """Return the label that becomes a tag of a key."""
    label = key.removeprefix(LABEL_PREFIX)
    return label if label in RESERVED_TAG_KEYS else key
