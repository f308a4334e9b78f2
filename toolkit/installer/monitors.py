# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Monitors: https://docs.datadoghq.com/api/latest/monitors/"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from datadog_api_client.v1.api.monitors_api import MonitorsApi

from toolkit.installer.answers import optional, required, texts
from toolkit.installer.assets import MONITOR_KEYS
from toolkit.installer.connection import PAGE_SIZE, ApiFailure, Connection, Reach, everything
from toolkit.installer.content import Document
from toolkit.installer.model import INSTALLED_TAG, MUTED_TAG, Asset, Existing, Marker, with_marker_tags


class Monitors:
    """The monitors of an organisation. With `mutes_new_ones`, those it creates get the tag for silence."""

    name = 'monitor'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._api = MonitorsApi(connection.client)
        self.mutes_new_ones = False

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that the installer made. Others, even with one of the titles, are not looked for."""

        def read_page(start: int) -> list[Document]:
            answers = self._connection.call_for_list(
                'list the monitors',
                'monitors_read',
                self._api.list_monitors,
                monitor_tags=INSTALLED_TAG,
                page=start // PAGE_SIZE,
                page_size=PAGE_SIZE,
            )
            for answer in answers:
                required(answer, 'id', int, self.name)
            return answers

        return [_existing(answer) for answer in everything(read_page)]

    def get(self, id: str) -> Existing:
        """Return one as it is now."""
        return _existing(
            self._connection.call(f'read monitor {id}', 'monitors_read', self._api.get_monitor, int(id)),
        )

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        purpose = f'create monitor {asset.title!r}'
        muted = [MUTED_TAG] if self.mutes_new_ones and MUTED_TAG not in asset.unwanted_tags else []
        tags = with_marker_tags((*asset.tags, *muted), marker)
        body = {**asset.content, 'tags': tags}
        with _needs_said(asset):
            answer = self._connection.call(purpose, 'monitors_write', self._api.create_monitor, body=body)
        return str(required(answer, 'id', int, self.name))

    def check(self, asset: Asset) -> None:
        """Ask whether Datadog would take one. Nothing is created."""
        purpose = f'check monitor {asset.title!r}'
        body = {**asset.content, 'tags': list(asset.tags)}
        with _needs_said(asset):
            self._connection.call(purpose, 'monitors_write', self._api.validate_monitor, body=body)

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset. It keeps the tags that it has."""
        purpose = f'update monitor {asset.title!r}'
        kept = (tag for tag in existing.tags if tag not in asset.unwanted_tags)
        body = {**asset.content, 'tags': with_marker_tags((*kept, *asset.tags), marker)}
        with _needs_said(asset):
            self._connection.call(purpose, 'monitors_write', self._api.update_monitor, int(existing.id), body=body)

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one a marker. An update changes only what is sent."""
        purpose = f'update monitor {asset.title!r}'
        body = {'tags': with_marker_tags(existing.tags, marker)}
        self._connection.call(purpose, 'monitors_write', self._api.update_monitor, int(existing.id), body=body)

    def delete(self, existing: Existing) -> None:
        """Delete one. Datadog refuses it while an SLO or a composite monitor needs it."""
        purpose = f'delete monitor {existing.title!r}'
        self._connection.call(purpose, 'monitors_write', self._api.delete_monitor, int(existing.id))

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(f'/monitors/{id}')


@contextmanager
def _needs_said(asset: Asset) -> Iterator[None]:
    """Say of a monitor that needs more than others what it needs. If it is refused, others need not be."""
    try:
        yield
    except ApiFailure as failure:
        need = _need(asset.content)
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


def _existing(answer: Document) -> Existing:
    content = {key: answer[key] for key in MONITOR_KEYS if key in answer}
    # Whether it is silenced is not part of it: people do that when they are paged.
    options = optional(answer, 'options', {}, Monitors.name)
    content['options'] = {key: value for key, value in options.items() if key != 'silenced'}
    tags = texts(answer, 'tags', Monitors.name)
    return Existing(
        id=str(required(answer, 'id', int, Monitors.name)),
        title=required(answer, 'name', str, Monitors.name),
        content=content,
        marker=Marker.of_tags(tags),
        made=optional(answer, 'created', '', Monitors.name),
        tags=tuple(tag for tag in tags if not Marker.read(tag)),
    )
