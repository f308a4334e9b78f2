# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Service level objectives: https://docs.datadoghq.com/api/latest/service-level-objectives/"""

from __future__ import annotations

from collections.abc import Collection

from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi

from toolkit.installer.answers import objects, required, texts
from toolkit.installer.assets import SLO_KEYS
from toolkit.installer.connection import PAGE_SIZE, Connection, everything
from toolkit.installer.content import Document
from toolkit.installer.model import INSTALLED_TAG, Asset, Existing, Marker, with_marker_tags


class Slos:
    """The service level objectives of an organisation."""

    name = 'SLO'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = ServiceLevelObjectivesApi(connection.client)

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that the installer made. Others, even with one of the titles, are not looked for."""

        def read_page(start: int) -> list[Document]:
            answer = self._connection.call(
                'list the SLOs',
                'slos_read',
                self._api.list_slos,
                tags_query=INSTALLED_TAG,
                limit=PAGE_SIZE,
                offset=start,
            )
            found = objects(answer, 'data', self.name)
            for one in found:
                required(one, 'id', str, self.name)
            return found

        return [_existing(one) for one in everything(read_page)]

    def get(self, id: str) -> Existing:
        """Return one as it is now."""
        answer = self._connection.call(f'read SLO {id}', 'slos_read', self._api.get_slo, id)
        return _existing(required(answer, 'data', dict, self.name))

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        body = {**asset.content, 'tags': with_marker_tags(asset.tags, marker)}
        answer = self._connection.call(f'create SLO {asset.title!r}', 'slos_write', self._api.create_slo, body=body)
        (made,) = objects(answer, 'data', self.name) or ({},)
        return required(made, 'id', str, self.name)

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset. It keeps the tags that it has."""
        self._write(existing, asset, marker)

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one a marker. There is no way to write only that."""
        self._write(existing, asset, marker)

    def delete(self, existing: Existing) -> None:
        """Delete one."""
        self._connection.call(f'delete SLO {existing.title!r}', 'slos_write', self._api.delete_slo, existing.id)

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(f'/slo?slo_id={id}')

    def _write(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        body = {**asset.content, 'tags': with_marker_tags((*existing.tags, *asset.tags), marker)}
        purpose = f'update SLO {asset.title!r}'
        self._connection.call(purpose, 'slos_write', self._api.update_slo, existing.id, body=body)


def _existing(answer: Document) -> Existing:
    tags = texts(answer, 'tags', Slos.name)
    return Existing(
        id=required(answer, 'id', str, Slos.name),
        title=required(answer, 'name', str, Slos.name),
        content={key: answer[key] for key in SLO_KEYS if key in answer},
        marker=Marker.of_tags(tags),
        made=str(answer.get('created_at') or ''),
        tags=tuple(tag for tag in tags if not Marker.read(tag)),
    )
