# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Monitors in Datadog, and the downtime that keeps new ones silent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi

from toolkit.installer.assets.files import MONITOR_KEYS
from toolkit.installer.assets.model import (
    INSTALLED_TAG,
    MUTED_TAG,
    PRODUCT,
    Asset,
    Document,
    Existing,
    Marker,
    with_marker_tags,
)
from toolkit.installer.datadog.connection import (
    PAGE_SIZE,
    ApiFailure,
    Connection,
    Operation,
    Reach,
    everything,
    objects,
    optional,
    required,
)
from toolkit.installer.datadog.kinds import Tagged

_KIND = 'downtime'
_PERMISSION = 'monitors_downtime'
_MESSAGE = f'New monitors of {PRODUCT} are silent. Take the tag {MUTED_TAG} from a monitor to hear it.'


class Monitors(Tagged):
    """
    https://docs.datadoghq.com/api/latest/monitors/

    With `mutes_new_ones`, those that are created get the tag for silence.
    """

    name, id_type, path = 'monitor', int, '/monitors/{}'
    reading, writing = 'monitors_read', 'monitors_write'
    keys, made_key, ours = MONITOR_KEYS, 'created', {'monitor_tags': INSTALLED_TAG}

    def __init__(self, connection: Connection) -> None:
        api = MonitorsApi(connection.client)
        super().__init__(
            connection, api.list_monitors, api.get_monitor, api.create_monitor, api.update_monitor, api.delete_monitor
        )
        self._validate = api.validate_monitor
        self.mutes_new_ones = False

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        muted = (MUTED_TAG,) if self.mutes_new_ones and MUTED_TAG not in asset.unwanted_tags else ()
        return super().create(replace(asset, tags=(*asset.tags, *muted)), marker)

    def check(self, asset: Asset) -> None:
        """Ask whether Datadog would take one. Nothing is created."""
        self._send('check', asset, self._validate, body={**asset.content, 'tags': list(asset.tags)})

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one a marker. An update changes only what is sent."""
        purpose = f'update monitor {asset.title!r}'
        body = {'tags': with_marker_tags(existing.tags, marker)}
        self._connection.call(purpose, self.writing, self._update, int(existing.id), body=body)

    def _page(self, start: int, **filters: object) -> list[Document]:
        page = start // PAGE_SIZE
        return self._connection.call_for_list(
            'list the monitors', self.reading, self._list, page=page, page_size=PAGE_SIZE, **filters
        )

    def _send(self, verb: str, asset: Asset, operation: Operation, *args: object, body: Document) -> Document:
        with _needs_said(asset.content):
            return super()._send(verb, asset, operation, *args, body=body)

    def _existing(self, answer: Document) -> Existing:
        # Whether it is silenced is not part of it: people do that when they are paged.
        options = optional(answer, 'options', {}, self.name)
        managed = {key: value for key, value in options.items() if key != 'silenced'}
        return super()._existing({**answer, 'options': managed})


class Muting:
    """
    The downtime of an organisation: https://docs.datadoghq.com/api/latest/downtimes/

    One downtime without an end covers all monitors with `MUTED_TAG`. To hear one monitor, people take that tag from
    it; to hear all, they cancel the downtime. Runs at the same time may have started one each.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = DowntimesApi(connection.client)

    def find(self) -> list[str]:
        """Return the ids of the downtimes in force. Raises `ApiFailure`."""

        def read_page(start: int) -> list[Document]:
            answer = self._connection.call(
                'list the downtimes',
                _PERMISSION,
                self._api.list_downtimes,
                current_only=True,
                page_offset=start,
                page_limit=PAGE_SIZE,
            )
            return objects(answer, 'data', _KIND)

        found = []
        for downtime in everything(read_page, _KIND):
            attributes = required(downtime, 'attributes', dict, _KIND)
            tags = optional(attributes, 'monitor_identifier', {}, _KIND).get('monitor_tags')
            if tags == [MUTED_TAG] and attributes.get('scope') == '*' and attributes.get('status') == 'active':
                found.append(required(downtime, 'id', str, _KIND))
        return found

    def start(self) -> str:
        """Start the downtime and return its id. Raises `ApiFailure`."""
        attributes = {'message': _MESSAGE, 'monitor_identifier': {'monitor_tags': [MUTED_TAG]}, 'scope': '*'}
        body = {'data': {'type': 'downtime', 'attributes': attributes}}
        answer = self._connection.call('mute the monitors', _PERMISSION, self._api.create_downtime, body=body)
        return required(required(answer, 'data', dict, _KIND), 'id', str, _KIND)

    def end(self, id: str) -> None:
        """Cancel a downtime. Raises `ApiFailure`."""
        self._connection.call('end the downtime', _PERMISSION, self._api.cancel_downtime, id)

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(f'/monitors/downtimes?id={id}')


@contextmanager
def _needs_said(content: Document) -> Iterator[None]:
    """Say of a monitor that needs more than others what it needs. If it is refused, others need not be."""
    try:
        yield
    except ApiFailure as failure:
        need = _need(content)
        if need is None or failure.reach is Reach.RUN:
            raise
        raise ApiFailure(f'{failure}. {need}', Reach.ASSET) from None


def _need(content: Document) -> str | None:
    if content.get('type') == 'log alert':
        # https://docs.datadoghq.com/api/latest/monitors/, "Create a monitor" and "Validate a monitor".
        return 'Monitors of logs need an application key without scopes, whose owner has `logs_read_data`'
    if any(name in str(content.get('query')) for name in ('anomalies(', 'forecast(')):
        # https://docs.datadoghq.com/monitors/types/anomaly/, "API".
        return 'Monitors of anomalies and forecasts need the Enterprise plan'
    return None
