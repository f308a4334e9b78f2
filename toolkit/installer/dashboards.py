# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Dashboards: https://docs.datadoghq.com/api/latest/dashboards/"""

from __future__ import annotations

from collections.abc import Collection

from datadog_api_client.v1.api.dashboards_api import DashboardsApi

from toolkit.assets import group_in
from toolkit.installer.answers import objects, optional, required
from toolkit.installer.assets import DASHBOARD_KEYS, PRESETS
from toolkit.installer.connection import PAGE_SIZE, ApiFailure, Connection, everything
from toolkit.installer.content import Document, without_widget_ids
from toolkit.installer.model import Asset, Existing, Marker, with_marker, without_marker

# Tags name teams and nothing else, so the marker is in the description.
_OF_THE_USERS = ('tags', 'notify_list', PRESETS, 'restricted_roles')


class Dashboards:
    """The dashboards of an organisation."""

    name = 'dashboard'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = DashboardsApi(connection.client)

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that have a marker or one of the titles. Of those with a title only, the list says enough."""

        def read_page(start: int) -> list[Document]:
            answer = self._connection.call(
                'list the dashboards', 'dashboards_read', self._api.list_dashboards, count=PAGE_SIZE, start=start
            )
            summaries = objects(answer, 'dashboards', self.name)
            for summary in summaries:
                required(summary, 'id', str, self.name)
            return summaries

        found = []
        for summary in everything(read_page):
            id, title = required(summary, 'id', str, self.name), required(summary, 'title', str, self.name)
            if Marker.of_description(optional(summary, 'description', '', self.name)):
                found += self._if_there(id)
            elif title in titles:
                found.append(Existing(id, title, {}, None))
        return found

    def get(self, id: str) -> Existing:
        """Return one as it is now."""
        answer = self._connection.call(f'read dashboard {id}', 'dashboards_read', self._api.get_dashboard, id)
        description = optional(answer, 'description', '', self.name)
        content = {key: answer[key] for key in DASHBOARD_KEYS if key in answer}
        content['description'] = without_marker(description)
        content['widgets'] = without_widget_ids(self._widgets(answer))
        return Existing(
            id=required(answer, 'id', str, self.name),
            title=required(answer, 'title', str, self.name),
            content=content,
            marker=Marker.of_description(description),
            made=optional(answer, 'created_at', '', self.name),
            kept={key: answer[key] for key in _OF_THE_USERS if answer.get(key)},
        )

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        purpose = f'create dashboard {asset.title!r}'
        body = {**asset.initial, **with_marker(asset.content, marker)}
        answer = self._connection.call(purpose, 'dashboards_write', self._api.create_dashboard, body=body)
        return required(answer, 'id', str, self.name)

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset."""
        self._write(existing, asset, marker)

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one a marker. There is no way to write only that."""
        self._write(existing, asset, marker)

    def delete(self, existing: Existing) -> None:
        """Delete one."""
        purpose = f'delete dashboard {existing.title!r}'
        self._connection.call(purpose, 'dashboards_write', self._api.delete_dashboard, existing.id)

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(f'/dashboard/{id}')

    def _write(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        purpose = f'update dashboard {asset.title!r}'
        body = {**asset.initial, **existing.kept, **with_marker(asset.content, marker)}
        self._connection.call(purpose, 'dashboards_write', self._api.update_dashboard, existing.id, body=body)

    def _if_there(self, id: str) -> list[Existing]:
        try:
            return [self.get(id)]
        except ApiFailure as failure:
            # Deleted since the list was read.
            if failure.status == 404:
                return []
            raise

    def _widgets(self, container: Document) -> list[Document]:
        """Return the widgets of a dashboard or a group, once those in groups are known to be objects too."""
        widgets = objects(container, 'widgets', self.name)
        for widget in widgets:
            if group := group_in(widget):
                self._widgets(group)
        return widgets
