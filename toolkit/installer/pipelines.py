# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Log pipelines: https://docs.datadoghq.com/api/latest/logs-pipelines/"""

from __future__ import annotations

from collections.abc import Collection

from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi

from toolkit.installer.answers import optional, required
from toolkit.installer.assets import PIPELINE_KEYS
from toolkit.installer.connection import Connection
from toolkit.installer.content import Document
from toolkit.installer.model import Asset, Existing, Marker, with_marker, without_marker


class Pipelines:
    """The log pipelines of an organisation."""

    name = 'log pipeline'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = LogsPipelinesApi(connection.client)

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all pipelines: Datadog has no way to ask for fewer."""
        list_all = self._api.list_logs_pipelines
        answers = self._connection.call_for_list('list the log pipelines', 'logs_read_config', list_all)
        return [_existing(answer) for answer in answers]

    def get(self, id: str) -> Existing:
        """Return one as it is now."""
        purpose = f'read log pipeline {id}'
        return _existing(self._connection.call(purpose, 'logs_read_config', self._api.get_logs_pipeline, id))

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one, the last in order, and return its id."""
        purpose = f'create log pipeline {asset.title!r}'
        create = self._api.create_logs_pipeline
        answer = self._connection.call(purpose, 'logs_write_pipelines', create, body=with_marker(asset.content, marker))
        return required(answer, 'id', str, self.name)

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset."""
        self._write(existing, asset, marker)

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one a marker. There is no way to write only that."""
        self._write(existing, asset, marker)

    def delete(self, existing: Existing) -> None:
        """Delete one."""
        purpose = f'delete log pipeline {existing.title!r}'
        self._connection.call(purpose, 'logs_write_pipelines', self._api.delete_logs_pipeline, existing.id)

    def page(self, id: str) -> str:
        """Return where people see it: the list, since Datadog documents no address of a single one."""
        return self._connection.settings.page('/logs/pipelines')

    def _write(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        purpose = f'update log pipeline {asset.title!r}'
        body = {**existing.kept, **with_marker(asset.content, marker)}
        self._connection.call(purpose, 'logs_write_pipelines', self._api.update_logs_pipeline, existing.id, body=body)


def _existing(answer: Document) -> Existing:
    content = {key: answer[key] for key in PIPELINE_KEYS if key in answer}
    description = optional(answer, 'description', '', Pipelines.name)
    content['description'] = without_marker(description)
    return Existing(
        id=required(answer, 'id', str, Pipelines.name),
        title=required(answer, 'name', str, Pipelines.name),
        content=content,
        marker=Marker.of_description(description),
        kept={'tags': answer['tags']} if answer.get('tags') else {},
    )
