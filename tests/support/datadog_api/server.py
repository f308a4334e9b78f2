# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A server on loopback that stands in for Datadog's API: dashboards, monitors, SLOs, log pipelines, downtimes, tags
of metrics.

It keeps what it is sent, holds every body against the class of `datadog-api-client` for it, and, like Datadog, fills
in defaults and gives widgets other ids than they were sent with. Faults can be put in its way.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from datadog_api.errors import Refused
from datadog_api.tags import MetricTags
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.logs_pipeline import LogsPipeline
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.monitor_update_request import MonitorUpdateRequest
from datadog_api_client.v1.model.service_level_objective import ServiceLevelObjective
from datadog_api_client.v1.model.service_level_objective_request import ServiceLevelObjectiveRequest
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.metric_tag_configuration_create_request import MetricTagConfigurationCreateRequest
from datadog_api_client.v2.model.metric_tag_configuration_update_request import MetricTagConfigurationUpdateRequest

from toolkit.api_models.schema import violations
from toolkit.assets import widgets_in

API_KEY = 'api-key-of-the-tests'
APP_KEY = 'application-key-of-the-tests'

Document = dict[str, object]
MOST_DASHBOARDS_OF_A_PAGE = 3


@dataclass(frozen=True)
class Request:
    """A request, without its keys."""

    method: str
    path: str
    parameters: Mapping[str, str]
    body: Document


@dataclass
class Fault:
    """
    Answer `times` requests with an error, after the first `after` that match. `path` is a regular expression.

    `form` is how: `json` as Datadog does, an `html` page, JSON that is `cut`, `silence`, or a `reset` of the
    connection. With `done`, what was asked for is done all the same.
    """

    method: str
    path: str
    status: int
    after: int = 0
    times: int = 1_000
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = 'a text of the server'
    form: str = 'json'
    done: bool = False

    def hits(self, request: Request) -> bool:
        """Return whether the request gets the error, and count it."""
        if request.method != self.method or not re.fullmatch(self.path, request.path):
            return False
        self.after -= 1
        if self.after >= 0 or self.times <= 0:
            return False
        self.times -= 1
        return True


class DatadogApi:
    """
    The server. `url` is where it listens.

    `violations` are what was wrong with bodies, for tests to fail on. `requests` are all that came.
    """

    def __init__(self) -> None:
        self.dashboards: dict[str, Document] = {}
        self.monitors: dict[str, Document] = {}
        self.slos: dict[str, Document] = {}
        self.pipelines: dict[str, Document] = {}
        self.downtimes: dict[str, Document] = {}
        self.metric_tags = {'cilium.version': ['kube_cluster_name:prod', 'kube_node:node-1']}
        self.metrics = ['system.cpu.user', 'cilium.version']
        self.tags = MetricTags()
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self._numbers = count(1)
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), _handler(self))
        self.url = f'http://127.0.0.1:{self._server.server_port}'
        Thread(target=self._server.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def writes(self) -> list[str]:
        """The requests that change something, as `METHOD path`."""
        return [
            f'{request.method} {request.path}'
            for request in self.requests
            if request.method != 'GET' and not request.path.endswith('/validate')
        ]

    def answer(self, request: Request) -> object:
        """Return the JSON for a request. Raises `Refused`."""
        for (method, path), respond in _ROUTES.items():
            if method == request.method and (found := re.fullmatch(path, request.path)):
                return respond(self, request, *found.groups())
        raise Refused(404, f'no such endpoint: {request.method} {request.path}')

    def store_dashboard(self, body: Document, id: str | None = None) -> Document:
        """Keep a dashboard as Datadog does."""
        number = next(self._numbers)
        id = id or f'abc-def-{number:03}'
        made = self.dashboards.get(id, {}).get('created_at', f'2026-01-01T00:00:00.{number:06}+00:00')
        stored = {
            **deepcopy(body),
            'id': id,
            'url': f'/dashboard/{id}/a-title',
            'created_at': made,
            'modified_at': f'2026-01-02T00:00:00.{number:06}+00:00',
            'author_handle': 'someone@example.com',
            'is_read_only': False,
            'template_variable_presets': body.get('template_variable_presets', []),
        }
        for widget in widgets_in(stored['widgets']):
            widget['id'] = next(self._numbers)
            widget['definition'].setdefault('title_size', '16')
        self.dashboards[id] = stored
        return stored

    def store_monitor(self, body: Document, id: str | None = None) -> Document:
        """Keep a monitor as Datadog does. An update changes only the keys that it has."""
        number = next(self._numbers)
        stored = {
            'id': int(id or number),
            'created': f'2026-01-01T00:00:00.{number:06}+00:00',
            'overall_state': 'No Data',
            'multi': True,
            'priority': None,
            **self.monitors.get(id or '', {}),
            **deepcopy(body),
        }
        stored['options'] = {'notify_audit': False, 'silenced': {}, 'new_host_delay': 300, **stored.get('options', {})}
        stored['tags'] = sorted(stored.get('tags', []))
        self.monitors[str(stored['id'])] = stored
        return stored

    def store_slo(self, body: Document, id: str | None = None) -> Document:
        """Keep an SLO as Datadog does. It answers with a list."""
        number = next(self._numbers)
        id = id or f'{number:032x}'
        stored = {**deepcopy(body), 'id': id, 'created_at': self.slos.get(id, {}).get('created_at', number)}
        for threshold in stored.get('thresholds', []):
            threshold['target_display'] = f'{threshold["target"]:g}.'
        self.slos[id] = stored
        return {'data': [stored], 'error': None}

    def store_pipeline(self, body: Document, id: str | None = None) -> Document:
        """Keep a pipeline as Datadog does."""
        id = id or f'pipeline-{next(self._numbers)}'
        stored = {'is_enabled': False, 'tags': [], **deepcopy(body)}
        stored |= {'id': id, 'type': 'pipeline', 'is_read_only': False}
        for processor in stored['processors']:
            processor.setdefault('is_enabled', False)
        self.pipelines[id] = stored
        return stored

    def store_downtime(self, body: Document) -> Document:
        """Keep a downtime as Datadog does."""
        id = f'downtime-{next(self._numbers)}'
        attributes = {**body['data']['attributes'], 'status': 'active'}
        self.downtimes[id] = {'id': id, 'type': 'downtime', 'attributes': attributes}
        return {'data': self.downtimes[id]}

    def checked(self, model_class: type, body: Document) -> Document:
        """Return a body that is right. Raises `Refused`."""
        found = violations(model_class, body)
        tags = body.get('tags') or []
        if model_class is Dashboard and not all(tag.startswith('team:') for tag in tags):
            found.append('tags: a dashboard takes only those with the key `team`')
        if found:
            self.violations += found
            raise Refused(400, '; '.join(found))
        return body


def _handler(api: DatadogApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        # Head and body in one segment. Two wait for each other's acknowledgement.
        wbufsize = -1

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get('Content-Length', 0)))
            body = json.loads(content) if content else {}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), body)
            api.requests.append(request)
            fault = next((fault for fault in api.faults if fault.hits(request)), None)
            if fault:
                _fail(self, fault, lambda: api.answer(request))
                return
            if (self.headers['DD-API-KEY'], self.headers['DD-APPLICATION-KEY']) != (API_KEY, APP_KEY):
                self.reply(403, {'errors': ['Forbidden']})
                return
            try:
                answer = api.answer(request)
                self.reply(204 if answer is None else 200, answer)
            except Refused as refusal:
                self.reply(refusal.status, {'errors': [str(refusal)]})

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def reply(self, status: int, document: object, headers: Mapping[str, str] | None = None) -> None:
            content = b'' if document is None else json.dumps(document).encode()
            self.send(status, content, {**(headers or {}), 'Content-Type': 'application/json'})

        def send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header('Content-Length', str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _fail(handler: BaseHTTPRequestHandler, fault: Fault, do: Callable[[], object]) -> None:
    """Answer with a fault. `handler` is one that `_handler` made; `do` does what was asked for."""
    if fault.done:
        with suppress(Refused):
            do()
    match fault.form:
        case 'json':
            handler.reply(fault.status, {'errors': [fault.text]}, fault.headers)
        case 'html':
            handler.send(fault.status, b'<html><body>Bad gateway</body></html>', {'Content-Type': 'text/html'})
        case 'cut':
            handler.send(fault.status, b'{"id": "abc-d', {'Content-Type': 'application/json'})
        case 'silence':
            # Until the client gives up and closes the connection.
            handler.rfile.read(1)
            handler.close_connection = True
        case 'reset':
            # A socket that does not linger is reset when it is closed.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            handler.close_connection = True


def _one(documents: Mapping[str, Document], id: str) -> Document:
    if id not in documents:
        raise Refused(404, f'{id} not found')
    return documents[id]


def _removed(documents: dict[str, Document], id: str, said: str = '') -> Document | None:
    _one(documents, id)
    del documents[id]
    return {said: id} if said else None


def _list_dashboards(api: DatadogApi, request: Request) -> Document:
    start = int(request.parameters.get('start', 0))
    most = min(int(request.parameters.get('count', 100)), MOST_DASHBOARDS_OF_A_PAGE)
    summaries = [{key: value for key, value in one.items() if key != 'widgets'} for one in api.dashboards.values()]
    return {'dashboards': summaries[start : start + most]}


def _list_monitors(api: DatadogApi, request: Request) -> list[Document]:
    page, size = int(request.parameters['page']), int(request.parameters['page_size'])
    wanted = set(filter(None, request.parameters.get('monitor_tags', '').split(',')))
    found = [monitor for monitor in api.monitors.values() if wanted <= set(monitor['tags'])]
    return found[page * size : (page + 1) * size]


def _update_dashboard(api: DatadogApi, request: Request, id: str) -> Document:
    _one(api.dashboards, id)
    return api.store_dashboard(api.checked(Dashboard, request.body), id)


def _update_monitor(api: DatadogApi, request: Request, id: str) -> Document:
    _one(api.monitors, id)
    return api.store_monitor(api.checked(MonitorUpdateRequest, request.body), id)


def _list_slos(api: DatadogApi, request: Request) -> Document:
    start, most = int(request.parameters['offset']), int(request.parameters['limit'])
    wanted = request.parameters.get('tags_query')
    found = [slo for slo in api.slos.values() if wanted is None or wanted in slo['tags']]
    return {'data': found[start : start + most], 'errors': [], 'metadata': {}}


def _update_slo(api: DatadogApi, request: Request, id: str) -> Document:
    _one(api.slos, id)
    return api.store_slo(api.checked(ServiceLevelObjective, request.body), id)


def _update_pipeline(api: DatadogApi, request: Request, id: str) -> Document:
    _one(api.pipelines, id)
    return api.store_pipeline(api.checked(LogsPipeline, request.body), id)


def _tags_of_metric(api: DatadogApi, _: Request, metric: str) -> Document:
    if metric not in api.metric_tags:
        raise Refused(404, f'Metric {metric} not found')
    return {'data': {'type': 'metrics', 'id': metric, 'attributes': {'tags': api.metric_tags[metric]}}}


_ROUTES: dict[tuple[str, str], Callable[..., object]] = {
    ('GET', '/api/v1/dashboard'): _list_dashboards,
    ('POST', '/api/v1/dashboard'): lambda api, sent: api.store_dashboard(api.checked(Dashboard, sent.body)),
    ('GET', '/api/v1/dashboard/([^/]+)'): lambda api, _, id: _one(api.dashboards, id),
    ('PUT', '/api/v1/dashboard/([^/]+)'): _update_dashboard,
    ('DELETE', '/api/v1/dashboard/([^/]+)'): lambda api, _, id: _removed(api.dashboards, id, 'deleted_dashboard_id'),
    ('GET', '/api/v1/monitor'): _list_monitors,
    ('POST', '/api/v1/monitor'): lambda api, sent: api.store_monitor(api.checked(Monitor, sent.body)),
    ('POST', '/api/v1/monitor/validate'): lambda api, sent: api.checked(Monitor, sent.body) and {},
    ('GET', '/api/v1/monitor/([^/]+)'): lambda api, _, id: _one(api.monitors, id),
    ('PUT', '/api/v1/monitor/([^/]+)'): _update_monitor,
    ('DELETE', '/api/v1/monitor/([^/]+)'): lambda api, _, id: _removed(api.monitors, id, 'deleted_monitor_id'),
    ('GET', '/api/v1/slo'): _list_slos,
    ('POST', '/api/v1/slo'): lambda api, sent: api.store_slo(api.checked(ServiceLevelObjectiveRequest, sent.body)),
    ('GET', '/api/v1/slo/([^/]+)'): lambda api, _, id: {'data': _one(api.slos, id)},
    ('PUT', '/api/v1/slo/([^/]+)'): _update_slo,
    ('DELETE', '/api/v1/slo/([^/]+)'): lambda api, _, id: _removed(api.slos, id) or {'data': [id]},
    ('GET', '/api/v1/logs/config/pipelines'): lambda api, _: list(api.pipelines.values()),
    ('POST', '/api/v1/logs/config/pipelines'): lambda api, sent: api.store_pipeline(
        api.checked(LogsPipeline, sent.body)
    ),
    ('GET', '/api/v1/logs/config/pipelines/([^/]+)'): lambda api, _, id: _one(api.pipelines, id),
    ('PUT', '/api/v1/logs/config/pipelines/([^/]+)'): _update_pipeline,
    ('DELETE', '/api/v1/logs/config/pipelines/([^/]+)'): lambda api, _, id: _removed(api.pipelines, id),
    ('GET', '/api/v1/metrics'): lambda api, sent: {'from': sent.parameters['from'], 'metrics': api.metrics},
    ('GET', '/api/v2/metrics/([^/]+)/all-tags'): _tags_of_metric,
    ('GET', '/api/v2/metrics'): lambda api, sent: api.tags.page(sent.parameters),
    ('GET', '/api/v2/metrics/([^/]+)/active-configurations'): lambda api, _, metric: api.tags.active(metric),
    ('GET', '/api/v2/metrics/([^/]+)/tags'): lambda api, _, metric: api.tags.get(metric),
    ('POST', '/api/v2/metrics/([^/]+)/tags'): lambda api, sent, metric: api.tags.create(
        metric, api.checked(MetricTagConfigurationCreateRequest, sent.body)
    ),
    ('PATCH', '/api/v2/metrics/([^/]+)/tags'): lambda api, sent, metric: api.tags.update(
        metric, api.checked(MetricTagConfigurationUpdateRequest, sent.body)
    ),
    ('DELETE', '/api/v2/metrics/([^/]+)/tags'): lambda api, _, metric: api.tags.delete(metric),
    ('GET', '/api/v2/downtime'): lambda api, sent: {
        'data': list(api.downtimes.values())[int(sent.parameters['page[offset]']) :]
    },
    ('POST', '/api/v2/downtime'): lambda api, sent: api.store_downtime(api.checked(DowntimeCreateRequest, sent.body)),
    ('DELETE', '/api/v2/downtime/([^/]+)'): lambda api, _, id: _removed(api.downtimes, id),
}
