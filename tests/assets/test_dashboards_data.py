# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the dashboards show of the recorded cluster.

The recordings are scraped by the check, and each widget is evaluated. A widget that shows nothing has to say why: with
`needs`, which its description tells the reader, or with `sparse`, when the family appears with its first event.
"""

from __future__ import annotations

import re

import pytest
from dashboard_widgets import OF_METRICS, request_of
from for_each import for_each

from datadog_checks.cilium.commands.recorded_cluster import STAGES, VERSION, RecordedCluster
from datadog_checks.cilium.commands.submissions import Submission
from toolkit.catalog.catalog import versions
from toolkit.evaluation.collecting import Collector
from toolkit.evaluation.points import PointStore
from toolkit.evaluation.widgets import Scalars, evaluate_request

START = 1_700_000_040
STEP = 60
TAGS_OF_NODE = ('kube_cluster_name:demo', 'kube_node:node-1', 'kube_namespace:kube-system')

SINCE = re.compile(r'Cilium (1\.\d+)')
"""A need that the recordings meet, if they are of that version or a newer one."""

AS_DISTRIBUTIONS = 'histogram_buckets_as_distributions'
"""Percentiles of distributions are evaluated by Datadog only."""


@pytest.fixture(scope='module')
def store() -> PointStore:
    """What the check submits in three scrapes of the recorded cluster, a minute apart."""
    store = PointStore()
    with RecordedCluster() as cluster:
        # Not of this check, and in every widget that uses it a second line beside those of Cilium.
        store.add(START, [Submission('kubernetes.node.filesystem.usage_pct', 'gauge', 0.4, TAGS_OF_NODE)])
        collector = Collector(cluster.instance, store, lambda _tags: TAGS_OF_NODE)
        for number, stage in enumerate(STAGES):
            cluster.stage = stage
            run = collector.collect(START + STEP * number)
            assert not run.error
    return store


def lines_without_data(request: dict, store: PointStore, chosen: dict[str, str]) -> list[str]:
    """Return the formulas of a request that show nothing while the recordings last."""
    shown = evaluate_request(request, store, START, START + STEP * len(STAGES), STEP, chosen)
    labels = [formula.get('alias', formula['formula']) for formula in request['formulas']]
    if isinstance(shown, Scalars):
        full = {
            label
            for number, label in enumerate(shown.labels)
            if any(row.values[number] is not None for row in shown.rows)
        }
        return [label for label in shown.labels if label not in full]
    if len(labels) == 1:
        return [] if shown.series else labels
    full = {series.label for series in shown.series}
    return [label for label in labels if label not in full]


@for_each(('definition', 'group', 'widget'), OF_METRICS)
def test_widget_shows_the_recorded_cluster_or_says_why_not(definition, group, widget, store):
    since, known = SINCE.fullmatch(widget.needs), versions()
    recorded = not widget.needs or (since and since[1] in known[: known.index(VERSION) + 1])
    assert recorded or not widget.sparse, f'remove `sparse`: `needs: {widget.needs}` is reason enough'
    if recorded:
        chosen = dict.fromkeys(definition.variables, '*')
        shown = request_of(definition, group, widget)
        empty = lines_without_data(shown, store, chosen)
        assert widget.sparse or not empty, (
            f'in toolkit/dashboards/definitions/{definition.name}.yaml, say with `sparse:` why the recorded cluster '
            f'shows nothing of {", ".join(empty)}: {", ".join(query["query"] for query in shown["queries"])}'
        )
        assert empty or not widget.sparse, (
            f'in toolkit/dashboards/definitions/{definition.name}.yaml, remove `sparse`: the recorded cluster shows all'
        )


EVALUATED = [case for case in OF_METRICS if not case.values[2].needs.startswith(AS_DISTRIBUTIONS)]


@for_each(('definition', 'group', 'widget'), EVALUATED)
def test_widget_shows_nothing_of_another_cluster(definition, group, widget, store):
    chosen = dict.fromkeys(definition.variables, '*') | {'cluster': 'kube_cluster_name:another'}
    request = request_of(definition, group, widget)

    assert len(lines_without_data(request, store, chosen)) == len(request['formulas'])
