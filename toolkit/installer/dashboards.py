# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Dashboards: https://docs.datadoghq.com/api/latest/dashboards/"""

from __future__ import annotations

from collections.abc import Collection

from datadog_api_client.v1.api.dashboards_api import DashboardsApi

from toolkit.installer.answers import objects, optional, required
from toolkit.installer.assets import DASHBOARD_KEYS, PRESETS
from toolkit.installer.connection import PAGE_SIZE, Connection, everything
from toolkit.installer.content import Document, without_widget_ids
from toolkit.installer.description import marked, without_marker
from toolkit.installer.model import Asset, Existing, Marker

# Tags name teams and nothing else, so the marker is in the description.
_OF_THE_USERS = ('tags', 'notify_list', PRESETS, 'restricted_roles')


class Dashboards:
    """The dashboards of an organisation."""

    name = 'dashboard'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = DashboardsApi(connection.client)

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that the installer made or that have one of the titles."""

        def read_page(start: int) -> list[Document]:
            answer = self._connection.call(
                'list the dashboards', 'dashboards_read', self._api.list_dashboards, count=PAGE_SIZE, start=start
            )
            summaries = objects(answer, 'dashboards', self.name)
            for summary in summaries:
                required(summary, 'id', str, self.name)
            return summaries

        return [
            self.get(summary['id'])
            for summary in everything(read_page)
            if required(summary, 'title', str, self.name) in titles
            or Marker.find(optional(summary, 'description', '', self.name))
        ]

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
            marker=Marker.find(description),
            made=optional(answer, 'created_at', '', self.name),
            kept={key: answer[key] for key in _OF_THE_USERS if answer.get(key)},
        )

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        purpose = f'create dashboard {asset.title!r}'
        body = {**asset.initial, **marked(asset, marker)}
        answer = self._connection.call(purpose, 'dashboards_write', self._api.create_dashboard, body=body)
        return required(answer, 'id', str, self.name)

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset."""
        purpose = f'update dashboard {existing.title!r}'
        body = {**asset.initial, **existing.kept, **marked(asset, marker)}
        self._connection.call(purpose, 'dashboards_write', self._api.update_dashboard, existing.id, body=body)

    def delete(self, existing: Existing) -> None:
        """Delete one."""
        purpose = f'delete dashboard {existing.title!r}'
        self._connection.call(purpose, 'dashboards_write', self._api.delete_dashboard, existing.id)

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(f'/dashboard/{id}')

    def _widgets(self, container: Document) -> list[Document]:
        """Return the widgets of a dashboard or a group, once those in groups are known to be objects too."""
        widgets = objects(container, 'widgets', self.name)
        for widget in widgets:
            definition = widget.get('definition')
            if isinstance(definition, dict) and 'widgets' in definition:
                self._widgets(definition)
        return widgets
