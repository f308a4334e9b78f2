# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Play what components of Cilium expose, minute by minute, through the real check into a store of points.

The scenarios of `tests/assets/scenarios/` say what they expose, and what the monitors make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from endpoints import Answer, Endpoint, Request, plain
from values_over_time import Expose, exposition, points_of, silent_at_the_end

from datadog_checks.cilium.commands.submissions import Submission
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.checkout import ROOT
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.monitor_values import has_algorithm
from toolkit.evaluation.monitors import Group, MonitorState, Status, evaluate_monitor
from toolkit.evaluation.points import PointStore
from toolkit.monitors.building import asset_of
from toolkit.monitors.definition import definitions
from toolkit.queries.parsing import parse_monitor
from toolkit.queries.syntax import ChangeMonitor, CheckMonitor, MetricMonitor
from toolkit.yaml_files import read_yaml

CLUSTER = 'test'
START = 1_795_000_020
"""Seconds since 1970: the beginning of a minute."""

FOLDER = ROOT / 'tests' / 'assets' / 'scenarios'
SCENARIOS: dict[str, dict] = {
    monitor_id: scenario for path in sorted(FOLDER.glob('*.yaml')) for monitor_id, scenario in read_yaml(path).items()
}
"""By id of the monitor. `README.md` beside them tells the form."""

DEFINITIONS = {d.monitor_id: d for d in definitions() if d.subject != 'logs'}
MONITORS = {monitor_id: asset_of(definition)['definition'] for monitor_id, definition in DEFINITIONS.items()}
"""All monitors but those of logs, as the API takes them."""

CASES = {'quiet': Status.OK, 'warns': Status.WARN, 'fires': Status.ALERT}
"""The values of a scenario, and what a monitor says of them."""

EVERY, EVERY_IF_IT_JUMPS = 300, 60
"""Seconds between two scrapes: few of them, since scraping is what takes the time."""

KUBERNETES = 'kubernetes'
"""The key of a scenario for what other checks of the Agent send: `metric{key:value,...}` and values over time."""


@dataclass(frozen=True)
class Place:
    """A component on a node, written `component` or `component@node`."""

    component: str
    node: str

    @classmethod
    def named(cls, text: str) -> Place:
        component, _, node = text.partition('@')
        return cls(component, node or 'node-1')

    @property
    def path(self) -> str:
        return f'/{self.component}/{self.node}/metrics'

    @property
    def tags(self) -> tuple[str, ...]:
        """What the Agent's tagger adds to everything from here."""
        return (
            f'kube_cluster_name:{CLUSTER}',
            f'kube_node:{self.node}',
            'kube_namespace:kube-system',
        )


class Cluster:
    """
    The endpoints of components, below `url`: set what they expose in `texts`, by path.

    `played` keeps what the cases of scenarios left, for `play_case`.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.texts: dict[str, str | None] = {}
        self.played: dict[tuple[str, str], Played] = {}
        self.url = endpoint.url.removesuffix('/metrics')
        endpoint.answer = self._answer

    def play(
        self,
        exposed: Mapping[Place, Expose],
        minutes: float,
        every: float = 60,
        points: Callable[[float], list[Submission]] = lambda _minute: [],
    ) -> Iterator[tuple[float, PointStore]]:
        """
        Collect all places every so many seconds. Yield the time in minutes, and the store, after each round.

        `points` are what other checks of the Agent send at a minute.
        """
        store = PointStore(retention=(minutes + 60) * 60)
        collectors = {place: self._collector(place, store) for place in exposed}
        for number in range(round(minutes * 60 / every) + 1):
            minute = number * every / 60
            for place, expose in exposed.items():
                self.texts[place.path] = expose(minute)
                collectors[place].collect(START + minute * 60)
            store.add(START + minute * 60, points(minute))
            yield minute, store

    def _collector(self, place: Place, store: PointStore) -> Collector:
        instance = {COMPONENT_BY_NAME[place.component].option: self.url + place.path}
        return Collector(instance, store, lambda _tags: place.tags)

    def _answer(self, request: Request) -> list[bytes]:
        text = self.texts.get(request.path)
        answer: Answer = plain('', status=503) if text is None else plain(text)
        return list(answer(request))


@dataclass(frozen=True)
class Played:
    """What a scenario left: the points, when it ended in seconds since 1970, and what the monitor says then."""

    store: PointStore
    end: float
    states: dict[Group, MonitorState]


def play(cluster: Cluster, monitor_id: str, value: str, change: Callable[[str], str] = lambda text: text) -> Played:
    """
    Play the scenario of a monitor with a value in the place of VALUE, to its end.

    `change` gets what an endpoint exposes, and returns what it exposes instead.
    """
    scenario, monitor = SCENARIOS[monitor_id], MONITORS[monitor_id]
    minutes = scenario.get('minutes') or minutes_to_play(parse_monitor(monitor['query']))
    silent = {name: float(str(time).replace('VALUE', value)) for name, time in scenario.get('silent', {}).items()}
    exposed = {
        Place.named(name): silent_at_the_end(
            exposition(change(text.replace('VALUE', value))), silent.get(name, 0), minutes
        )
        for name, text in exposed_by(scenario).items()
    }
    every = scenario.get('every', EVERY_IF_IT_JUMPS if ' ' in value else EVERY)
    store, states = PointStore(), {}
    points = points_of(change(scenario.get(KUBERNETES, '').replace('VALUE', value)), CLUSTER)
    for minute, store in cluster.play(exposed, minutes, every, points):
        # The states before are what a group that falls silent is known by.
        if 'status' in scenario and minute == minutes // 2:
            states = evaluate_monitor(monitor, store, START + minute * 60)
    end = START + minutes * 60
    return Played(store, end, evaluate_monitor(monitor, store, end, previous=states))


def play_case(cluster: Cluster, monitor_id: str, case: str) -> Played:
    """Play the scenario of a monitor with the value of a case, or return what that left when it was played before."""
    key = monitor_id, case
    if key not in cluster.played:
        cluster.played[key] = play(cluster, monitor_id, str(SCENARIOS[monitor_id][case]))
    return cluster.played[key]


def exposed_by(scenario: dict) -> dict[str, str]:
    """Return what the endpoints of a scenario expose, by `component` or `component@node`."""
    return {name: text for name, text in scenario.items() if Place.named(name).component in COMPONENT_BY_NAME}


def group_of(cluster: Cluster, scenario: dict) -> Group:
    """Return the group that a scenario is about."""
    if 'group' not in scenario:
        return ()
    return (f'kube_cluster_name:{CLUSTER}', *(tag.replace('URL', cluster.url) for tag in scenario['group']))


def is_anomaly(monitor_id: str) -> bool:
    """Return whether only Datadog can judge the values of a monitor: anomalies and forecasts."""
    monitor = parse_monitor(MONITORS[monitor_id]['query'])
    return isinstance(monitor, MetricMonitor) and has_algorithm(monitor.expression)


def forgotten_keys(monitor_id: str) -> list[str]:
    """Return the keys that the scenario of a monitor lacks: all that it needs, if there is no scenario."""
    needed = ['value'] if is_anomaly(monitor_id) else ['fires', 'quiet']
    if 'warning' in MONITORS[monitor_id]['options']['thresholds']:
        needed.append('warns')
    return [key for key in needed if key not in SCENARIOS.get(monitor_id, {})]


COMPLETE = [monitor_id for monitor_id in MONITORS if not forgotten_keys(monitor_id)]
"""Monitors that can be played. What the others lack is told by one test, and not by each that plays them."""


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Serve a cluster on loopback. It exposes nothing yet."""
    endpoint = Endpoint(plain(''))
    try:
        yield Cluster(endpoint)
    finally:
        endpoint.stop()


def minutes_to_play(monitor: MetricMonitor | ChangeMonitor | CheckMonitor) -> float:
    """Return how many minutes a monitor needs to see, and some before them."""
    match monitor:
        case CheckMonitor():
            return 10
        case ChangeMonitor():
            return (monitor.window.seconds + monitor.shift.seconds) / 60 + 5
        case MetricMonitor():
            return monitor.window.seconds / 60 + 5
