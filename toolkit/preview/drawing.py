# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
From a widget of a dashboard to what the page draws: numbers and plain text, no HTML.

A drawing is a mapping for JSON with a `kind`, one of those that static/widgets.js draws. Whatever cannot be drawn
becomes a drawing that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from toolkit.assets import metric_series, requests_of
from toolkit.evaluation.errors import EvaluationError
from toolkit.evaluation.points import PointStore
from toolkit.logs.engine import EngineError
from toolkit.preview import graphs, streams, values
from toolkit.preview.moment import Drawing, Moment, no_data
from toolkit.queries.errors import QueryError


def draw(definition: Mapping, moment: Moment) -> Drawing:
    """Return the drawing of a widget that is not a group."""
    painter = _PAINTERS.get(definition['type'])
    # Of what was never submitted, there is nothing to evaluate: the reader wants to know what it needs.
    if painter and _asks_for_nothing_known(definition, moment.store):
        return no_data(definition)
    if painter is None:
        return {'kind': 'message', 'text': f'The preview does not draw widgets of the kind `{definition["type"]}`.'}
    try:
        return painter(definition, moment)
    except (EvaluationError, QueryError, EngineError) as e:
        return {'kind': 'message', 'text': f'Not drawn: {e}'}


def _asks_for_nothing_known(definition: Mapping, store: PointStore) -> bool:
    names = {
        series.metric
        for request in requests_of(definition)
        for query in request.get('queries', ())
        if query['data_source'] == 'metrics'
        for series in metric_series(query['query'])
    }
    return bool(names) and not names & store.metrics.keys()


def _note(_definition: Mapping, _moment: Moment) -> Drawing:
    return {'kind': 'note'}  # Its text is in the page already.


_PAINTERS: dict[str, Callable[[Mapping, Moment], Drawing]] = {
    'timeseries': graphs.timeseries,
    'query_value': values.query_value,
    'toplist': values.top_list,
    'query_table': values.table,
    'change': values.change,
    'heatmap': graphs.heat_map,
    'distribution': values.distribution,
    'check_status': streams.check_status,
    'list_stream': streams.stream,
    'manage_status': streams.monitors,
    'log_stream': streams.log_stream,
    'event_stream': streams.event_stream,
    'event_timeline': streams.event_stream,
    'note': _note,
    'free_text': _note,
}
