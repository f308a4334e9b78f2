# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the check submits of recorded components, and what widgets show of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from expositions import RECORDED_COMPONENTS, recording

from datadog_checks.cilium.commands.exposition_server import ExpositionServer
from datadog_checks.cilium.commands.recorded_cluster import STAGES
from datadog_checks.cilium.components import COMPONENT_BY_NAME
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.widgets import Scalars, evaluate_request

START = 1_700_000_040
STEP = 60
END = START + STEP * len(STAGES)
TAGS_OF_NODE = ('kube_cluster_name:demo', 'kube_node:node-1', 'kube_namespace:kube-system')


@cache
def collected(version: str, options: tuple[tuple[str, object], ...]) -> PointStore:
    """Return what the check submits, with options of an instance, in three scrapes a minute apart."""
    store = PointStore()
    instance = {COMPONENT_BY_NAME[name].option: f'{_server().url}/{name}' for name in RECORDED_COMPONENTS}
    collector = Collector({**instance, **dict(options)}, store, lambda _tags: TAGS_OF_NODE)
    for number, stage in enumerate(STAGES):
        _ANSWERS.update({f'/{name}': recording(name, stage, version) for name in RECORDED_COMPONENTS})
        assert not collector.collect(START + STEP * number).error
    return store


_ANSWERS: dict[str, str] = {}


@cache
def _server() -> ExpositionServer:
    """Return the one server for all: its port is in the tag `endpoint`, and results are compared with their tags."""
    return ExpositionServer(lambda path: _ANSWERS[path].encode()).__enter__()


def all_values(definition: Mapping) -> dict[str, str]:
    """Return the choice of the reader who chooses nothing, for the variables of a dashboard."""
    return dict.fromkeys((variable['name'] for variable in definition['template_variables']), '*')


def shown(request: Mapping, store: PointStore, variables: Mapping[str, str]) -> list:
    """Return what a request shows, in a form that can be compared; nothing where there is no data."""
    found = evaluate_request(request, store, START, END, STEP, variables)
    if isinstance(found, Scalars):
        return [(row.tags, row.values) for row in found.rows if any(value is not None for value in row.values)]
    return [(series.label, series.tags, series.values.tolist()) for series in found.series]
