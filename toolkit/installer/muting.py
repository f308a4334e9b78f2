# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Silence for new monitors: https://docs.datadoghq.com/api/latest/downtimes/

One downtime without an end covers all monitors with `MUTED_TAG`. To hear one monitor, people take that tag from it;
to hear all, they cancel the downtime.
"""

from __future__ import annotations

from datadog_api_client.v2.api.downtimes_api import DowntimesApi

from toolkit.installer.answers import objects, optional, required
from toolkit.installer.connection import PAGE_SIZE, Connection, everything
from toolkit.installer.content import Document
from toolkit.installer.model import MUTED_TAG, PRODUCT

_KIND = 'downtime'
_PERMISSION = 'monitors_downtime'
_MESSAGE = f'New monitors of {PRODUCT} are silent. Take the tag {MUTED_TAG} from a monitor to hear it.'


class Muting:
    """The downtime of an organisation. Runs at the same time may have started one each."""

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
            downtimes = objects(answer, 'data', _KIND)
            for downtime in downtimes:
                required(downtime, 'id', str, _KIND)
            return downtimes

        found = []
        for downtime in everything(read_page):
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
