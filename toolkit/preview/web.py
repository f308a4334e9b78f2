# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from toolkit.assets import Dashboard, Monitor, load_metadata
from toolkit.checkout import PIPELINE, ROOT
from toolkit.evaluation.monitor_states import Status
from toolkit.logs.engine import EngineError
from toolkit.logs.pipeline import Pipeline
from toolkit.preview import messages, pasted_line
from toolkit.preview.drawing import draw
from toolkit.preview.feed import MONITOR_STEP, Feed
from toolkit.preview.log_rows import log_row
from toolkit.preview.metric_table import MetricRow, metric_rows
from toolkit.preview.moment import Moment
from toolkit.preview.monitor_view import evaluated_series, sent_messages
from toolkit.preview.sections import sections_of
from toolkit.preview.security import MIDDLEWARE, is_from_this_page
from toolkit.preview.units import UnitBook
from toolkit.preview.watch import LIST_ORDER, Watched

Thing = TypeVar('Thing')

HERE = Path(__file__).parent
RANGES = {'15m': ('15 minutes', 900), '30m': ('30 minutes', 1800), '1h': ('1 hour', 3600)}
DEFAULT_RANGE = '30m'
DEFAULT_RANGE_OF_LOGS = '1h'
"""All of the history: in an hour of the demo there is always an incident, and with it logs."""
MOST_LOGS = 100
MOST_BYTES = 100_000
CHART_LIBRARY = 'uPlot.iife.js', 'uPlot.min.css'
DIFFERENCES = (
    ROOT / 'toolkit' / 'preview' / 'differences.md',
    ROOT / 'toolkit' / 'evaluation' / 'differences.md',
    ROOT / 'toolkit' / 'logs' / 'differences.md',
)


class Pages:
    """What the pages show, from one feed."""

    def __init__(self, feed: Feed, dashboards: dict[str, Dashboard], monitors: dict[str, Monitor]) -> None:
        self.feed = feed
        self.dashboards = dashboards
        self.monitors = monitors
        self.metadata = load_metadata()
        self.units = UnitBook(self.metadata)
        self._drawings: dict[tuple, tuple[float, dict]] = {}
        self.templates = Jinja2Templates(HERE / 'templates')
        self.templates.env.filters['clock'] = _clock
        self.templates.env.filters['megabytes'] = lambda number: f'{number / 1e6:.0f} MB'
        self.templates.env.filters['css'] = lambda status: str(status).lower().replace(' ', '-')
        self.templates.env.globals.update(feed=feed, dashboards=dashboards, ranges=RANGES, situation=self._situation)

    # ---- pages

    def home(self, request: Request) -> Response:
        return self._page(request, 'home.html', counts=self._status_counts(), changes=self._changes(8))

    def dashboard(self, request: Request) -> Response:
        dashboard = self._dashboard(request)
        choices = self._choices(dashboard, request)
        return self._page(
            request,
            'dashboard.html',
            dashboard=dashboard,
            sections=sections_of(dashboard.definition['widgets'], choices),
            variables=self._variables(dashboard, choices),
            chosen_range=_range(request),
        )

    def dashboard_data(self, request: Request) -> Response:
        dashboard = self._dashboard(request)
        return JSONResponse(self.drawings(dashboard, _range(request), self._choices(dashboard, request)))

    def monitors_page(self, request: Request) -> Response:
        watched = sorted(
            self.feed.watch.watched.values(), key=lambda one: (LIST_ORDER.index(one.status), one.monitor.title)
        )
        return self._page(
            request, 'monitors.html', watched=watched, counts=self._status_counts(), changes=self._changes(12)
        )

    def monitor(self, request: Request) -> Response:
        watched = self._watched(request)
        changes = [change for change in self._changes(500) if change.monitor is watched.monitor]
        return self._page(
            request,
            'monitor.html',
            watched=watched,
            sent=sent_messages(watched, changes, self.feed.now),
            changes=changes[:30],
        )

    def monitor_data(self, request: Request) -> Response:
        with self.feed.store.lock:
            return JSONResponse(evaluated_series(self._watched(request), MONITOR_STEP, self.units))

    def logs(self, request: Request) -> Response:
        query = request.query_params.get('query', '')[:500]
        error, found = '', []
        try:
            found = self.feed.logs.logs(
                query, self.feed.now - RANGES[_range(request, DEFAULT_RANGE_OF_LOGS)][1], self.feed.now
            )
        except EngineError as e:
            error = str(e)
        return self._page(
            request,
            'logs.html',
            query=query,
            error=error,
            rows=[log_row(log) for log in found[:MOST_LOGS]],
            total=len(found),
            facets=_facets(),
            sources=pasted_line.SOURCES,
            chosen_range=_range(request, DEFAULT_RANGE_OF_LOGS),
            most_characters=pasted_line.MOST_CHARACTERS,
        )

    async def parse_line(self, request: Request) -> Response:
        if not is_from_this_page(request):
            return PlainTextResponse('Only the page of the preview may ask this.', 403)
        body = b''
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return PlainTextResponse(f'The line is too long: {MOST_BYTES} bytes are read at most.', 413)
        try:
            asked = json.loads(body)
            line, source = str(asked['line']), str(asked['source'])
        except (ValueError, KeyError, TypeError, RecursionError):  # The last one for JSON that is nested too deep.
            return PlainTextResponse('Send a JSON object with `line` and `source`.', 400)
        try:
            return JSONResponse(await run_in_threadpool(pasted_line.parse, line, source))
        except pasted_line.PastedLineError as e:
            return PlainTextResponse(str(e), 422)

    def metrics(self, request: Request) -> Response:
        return self._page(request, 'metrics.html')

    def metrics_data(self, request: Request) -> Response:
        return JSONResponse([asdict(row) for row in self._metric_rows()])

    def differences(self, request: Request) -> Response:
        texts = [messages.html_of(path.read_text('utf-8')) for path in DIFFERENCES if path.exists()]
        return self._page(request, 'differences.html', texts=texts)

    # ---- what is on them

    def drawings(self, dashboard: Dashboard, chosen_range: str, choices: dict[str, str]) -> dict:
        """Return the drawings of all widgets of a dashboard by their place, with a range and values of variables."""
        key = dashboard.name, chosen_range, *sorted(choices.items())
        known = self._drawings.get(key)
        if known and known[0] == self.feed.now:
            return known[1]
        with self.feed.store.lock:
            end = (self.feed.now + 1) // self.feed.step * self.feed.step
            moment = Moment(
                self.feed.store,
                self.feed.logs,
                self.units,
                end - RANGES[chosen_range][1],
                end,
                self.feed.step,
                choices,
                self.feed.events,
                list(self.feed.watch.watched.values()),
            )
            drawn = [draw(widget['definition'], moment) for widget in dashboard.widgets()]
        # Before the first collection there is nothing to tell: the page waits.
        drawings = {'now': self.feed.now, 'widgets': drawn if self.feed.now else []}
        if len(self._drawings) > 32:
            self._drawings.clear()
        self._drawings[key] = (self.feed.now, drawings)
        return drawings

    def warm_up(self) -> None:
        """Read all queries before somebody waits for it: a query is parsed once."""
        for dashboard in self.dashboards.values():
            self.drawings(dashboard, DEFAULT_RANGE, {})

    def _page(self, request: Request, template: str, **context: object) -> Response:
        # While a page is rendered, the states that it reads must not change.
        with self.feed.store.lock:
            return self.templates.TemplateResponse(request, template, context)

    def _situation(self) -> dict[str, object]:
        """Return what the line at the top of every page tells."""
        feed = self.feed
        situation = {
            'progress': round(100 * feed.progress.share),
            'took': round(feed.progress.seconds),
            'now': feed.now,
            'series': feed.store.series_count,
            'bytes': feed.bytes_used,
            'errors': feed.errors,
            'speed': feed.speed,
            'stage': 'endpoints' if feed.demo is None else 'demo',
        }
        if feed.demo and feed.now:
            happens = feed.demo.story.next_change(feed.now)
            situation['stage'] = 'incident' if happens[0] == 'recovery' else 'healthy'
            situation['next'], situation['seconds'] = happens[0], round(happens[1] / feed.speed)
        return situation

    def _status_counts(self) -> dict[Status, int]:
        statuses = [watched.status for watched in self.feed.watch.watched.values()]
        return {status: statuses.count(status) for status in LIST_ORDER}

    def _changes(self, most: int) -> list:
        with self.feed.store.lock:
            return list(self.feed.watch.changes)[::-1][:most]

    def _dashboard(self, request: Request) -> Dashboard:
        return _found(self.dashboards, request.path_params['name'])

    def _watched(self, request: Request) -> Watched:
        return _found(self.feed.watch.watched, request.path_params['name'])

    def _choices(self, dashboard: Dashboard, request: Request) -> dict[str, str]:
        """Return what is chosen for the variables of a dashboard: `key:value` by name, `*` for everything."""
        choices = {}
        for variable in dashboard.definition.get('template_variables') or ():
            value = request.query_params.get(f'var-{variable["name"]}', '*')[:200]
            prefix = variable.get('prefix')
            choices[variable['name']] = '*' if value == '*' or not prefix else f'{prefix}:{value}'
        return choices

    def _variables(self, dashboard: Dashboard, choices: dict[str, str]) -> list[dict[str, object]]:
        """Return the variables of a dashboard with the values that its metrics have."""
        variables = []
        with self.feed.store.lock:
            shown = [self.feed.store.metrics[name] for name in dashboard.metrics() if name in self.feed.store.metrics]
            for variable in dashboard.definition.get('template_variables') or ():
                key = variable.get('prefix', '')
                variables.append(
                    {
                        'name': variable['name'],
                        'key': key,
                        'values': sorted({value for metric in shown for value in metric.column(key).values}),
                        'chosen': choices[variable['name']].partition(':')[2] or '*',
                    }
                )
        return variables

    def _metric_rows(self) -> list[MetricRow]:
        expositions = self.feed.demo.expositions() if self.feed.demo else {}
        with self.feed.store.lock:
            return metric_rows(
                self.feed.store, self.metadata, self.dashboards.values(), self.monitors.values(), expositions
            )


def application(feed: Feed, dashboards: dict[str, Dashboard], monitors: dict[str, Monitor]) -> Starlette:
    """Return the web application."""
    pages = Pages(feed, dashboards, monitors)
    routes = [
        Route('/', pages.home),
        Route('/dashboards/{name}', pages.dashboard),
        Route('/dashboards/{name}/data', pages.dashboard_data),
        Route('/monitors', pages.monitors_page),
        Route('/monitors/{name}', pages.monitor),
        Route('/monitors/{name}/data', pages.monitor_data),
        Route('/logs', pages.logs),
        Route('/logs/parse', pages.parse_line, methods=['POST']),
        Route('/metrics', pages.metrics),
        Route('/metrics/data', pages.metrics_data),
        Route('/differences', pages.differences),
        Mount('/static', StaticFiles(directory=HERE / 'static')),
        *(Route(f'/charts/{name}', _chart_library(name)) for name in CHART_LIBRARY),
    ]
    app = Starlette(routes=routes, middleware=MIDDLEWARE)
    app.state.pages = pages
    return app


def _chart_library(name: str) -> Callable[[Request], Response]:
    """Serve a file of the package `uplot-python`, which holds uPlot. Its Python code is not needed, so not imported."""
    package = find_spec('uplot')
    if package is None or package.submodule_search_locations is None:
        raise ModuleNotFoundError('uplot-python is not installed. Install requirements/preview.txt', name='uplot')
    (folder,) = package.submodule_search_locations
    content = (Path(folder) / 'static' / name).read_bytes()
    media_type = 'text/css' if name.endswith('.css') else 'text/javascript'

    def serve(_request: Request) -> Response:
        return Response(content, media_type=media_type)

    return serve


@lru_cache(maxsize=1)
def _facets() -> list[dict[str, object]]:
    return [dict(facet) for facet in Pipeline.load(PIPELINE).facets]


def _range(request: Request, default: str = DEFAULT_RANGE) -> str:
    chosen = request.query_params.get('range', default)
    return chosen if chosen in RANGES else default


def _found(things: Mapping[str, Thing], name: str) -> Thing:
    if name not in things:
        raise HTTPException(404, f'There is no {name[:80]}.')
    return things[name]


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime('%H:%M:%S')
