# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The kinds of assets in Datadog: how to find, read, create, update and delete each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import replace

from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi

from toolkit.assets import group_in
from toolkit.installer.assets.files import DASHBOARD_KEYS, PIPELINE_KEYS, PRESETS, SLO_KEYS
from toolkit.installer.assets.model import (
    INSTALLED_TAG,
    Asset,
    Document,
    Existing,
    Marker,
    with_marker,
    with_marker_tags,
    without_marker,
    without_widget_ids,
)
from toolkit.installer.datadog.connection import (
    PAGE_SIZE,
    ApiFailure,
    Connection,
    Operation,
    everything,
    objects,
    optional,
    required,
    texts,
)


class Kind(ABC):
    """
    The dashboards, monitors, SLOs or log pipelines of an organisation. Every method but `page` raises `ApiFailure`.

    `name` is one of them, for people. `id_type` and `title_key` are those of Datadog's answers, `keys` what the
    installer manages, `reading` and `writing` the permissions, and `path` the page for people.
    """

    name: str
    id_type: type[int] | type[str] = str
    title_key = 'name'
    keys: Collection[str]
    reading: str
    writing: str
    path: str

    def __init__(
        self,
        connection: Connection,
        list: Operation,
        get: Operation,
        create: Operation,
        update: Operation,
        delete: Operation,
    ) -> None:
        self._connection = connection
        self._list, self._get, self._create, self._update, self._delete = list, get, create, update, delete

    @abstractmethod
    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that have a marker, and those others with one of the titles that are cheap to find."""

    def documents(self, **filters: object) -> Iterator[Document]:
        """Yield what the list has of each. `filters` are parameters of the list."""
        return everything(lambda start: self._page(start, **filters), self.name, self.id_type)

    def whole(self, listed: Document) -> Document:
        """Return all of something of which a list may have a part."""
        return listed

    def get(self, id: str) -> Existing:
        """Return one as it is now."""
        return self._existing(self._read(id))

    def create(self, asset: Asset, marker: Marker) -> str:
        """Create one and return its id."""
        return self._id_of_new(self._send('create', asset, self._create, body=self._body(asset, marker)))

    def update(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one the content of the asset, and its tags to those that it has."""
        body = self._body(asset, marker, existing)
        self._send('update', asset, self._update, self.id_type(existing.id), body=body)

    def seal(self, existing: Existing, asset: Asset, marker: Marker) -> None:
        """Give an existing one, which has the content of the asset, a marker. Most cannot be written in part."""
        self.update(existing, asset, marker)

    def delete(self, existing: Existing) -> None:
        """Delete one. Datadog refuses it for a monitor that an SLO or a composite monitor needs."""
        purpose = f'delete {self.name} {existing.title!r}'
        self._connection.call(purpose, self.writing, self._delete, self.id_type(existing.id))

    def page(self, id: str) -> str:
        """Return where people see it."""
        return self._connection.settings.page(self.path.format(id))

    @abstractmethod
    def _page(self, start: int, **filters: object) -> list[Document]:
        """Return a page of the list, from that place on."""

    @abstractmethod
    def _body(self, asset: Asset, marker: Marker, before: Existing | None = None) -> Document:
        """Return what is sent to create one, or to update the one before."""

    @abstractmethod
    def _existing(self, answer: Document) -> Existing: ...

    def _read(self, id: str) -> Document:
        return self._connection.call(f'read {self.name} {id}', self.reading, self._get, self.id_type(id))

    def _send(self, verb: str, asset: Asset, operation: Operation, *args: object, body: Document) -> Document:
        return self._connection.call(f'{verb} {self.name} {asset.title!r}', self.writing, operation, *args, body=body)

    def _id_of_new(self, answer: Document) -> str:
        return self._id(answer)

    def _id(self, answer: Document) -> str:
        return str(required(answer, 'id', self.id_type, self.name))

    def _title(self, answer: Document) -> str:
        return required(answer, self.title_key, str, self.name)

    def _content(self, answer: Document) -> Document:
        return {key: answer[key] for key in self.keys if key in answer}


class Described(Kind):
    """Those that have no free tags: the marker is in the description. What is under `kept` belongs to the users."""

    kept: Collection[str]

    def _body(self, asset: Asset, marker: Marker, before: Existing | None = None) -> Document:
        return {**asset.initial, **(before.kept if before else {}), **with_marker(asset.content, marker)}

    def _existing(self, answer: Document) -> Existing:
        description = optional(answer, 'description', '', self.name)
        return Existing(
            id=self._id(answer),
            title=self._title(answer),
            content={**self._content(answer), 'description': without_marker(description)},
            marker=Marker.of_description(description),
            made=str(answer.get('created_at') or ''),
            kept={key: answer[key] for key in self.kept if answer.get(key)},
        )


class Tagged(Kind):
    """Those that have the marker among their tags. `ours` is the filter of the list for them."""

    ours: Document
    made_key = 'created_at'

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that the installer made. Others, even with one of the titles, are not looked for."""
        return [self._existing(document) for document in self.documents(**self.ours)]

    def _body(self, asset: Asset, marker: Marker, before: Existing | None = None) -> Document:
        kept = (tag for tag in (before.tags if before else ()) if tag not in asset.unwanted_tags)
        return {**asset.content, 'tags': with_marker_tags((*kept, *asset.tags), marker)}

    def _existing(self, answer: Document) -> Existing:
        tags = texts(answer, 'tags', self.name)
        return Existing(
            id=self._id(answer),
            title=self._title(answer),
            content=self._content(answer),
            marker=Marker.of_tags(tags),
            made=str(answer.get(self.made_key) or ''),
            tags=tuple(tag for tag in tags if not Marker.read(tag)),
        )


class Dashboards(Described):
    """https://docs.datadoghq.com/api/latest/dashboards/. Their tags name teams and nothing else."""

    name, title_key, path = 'dashboard', 'title', '/dashboard/{}'
    reading, writing = 'dashboards_read', 'dashboards_write'
    keys, kept = DASHBOARD_KEYS, ('tags', 'notify_list', PRESETS, 'restricted_roles')

    def __init__(self, connection: Connection) -> None:
        api = DashboardsApi(connection.client)
        super().__init__(
            connection,
            api.list_dashboards,
            api.get_dashboard,
            api.create_dashboard,
            api.update_dashboard,
            api.delete_dashboard,
        )

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all that have a marker or one of the titles. Of those with a title only, the list says enough."""
        found = []
        for summary in self.documents():
            id, title = self._id(summary), self._title(summary)
            if Marker.of_description(optional(summary, 'description', '', self.name)):
                found += self._if_there(id)
            elif title in titles:
                found.append(Existing(id, title, {}, None))
        return found

    def whole(self, listed: Document) -> Document:
        """Return a dashboard with its widgets, which the list does not have."""
        return self._read(self._id(listed))

    def _page(self, start: int, **filters: object) -> list[Document]:
        answer = self._connection.call(
            'list the dashboards', self.reading, self._list, count=PAGE_SIZE, start=start, **filters
        )
        return objects(answer, 'dashboards', self.name)

    def _existing(self, answer: Document) -> Existing:
        widgets = without_widget_ids(self._widgets(answer))
        existing = super()._existing(answer)
        return replace(existing, content={**existing.content, 'widgets': widgets})

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


class Slos(Tagged):
    """https://docs.datadoghq.com/api/latest/service-level-objectives/"""

    name, path = 'SLO', '/slo?slo_id={}'
    reading, writing = 'slos_read', 'slos_write'
    keys, ours = SLO_KEYS, {'tags_query': INSTALLED_TAG}

    def __init__(self, connection: Connection) -> None:
        api = ServiceLevelObjectivesApi(connection.client)
        super().__init__(connection, api.list_slos, api.get_slo, api.create_slo, api.update_slo, api.delete_slo)

    def _page(self, start: int, **filters: object) -> list[Document]:
        answer = self._connection.call(
            'list the SLOs', self.reading, self._list, limit=PAGE_SIZE, offset=start, **filters
        )
        return objects(answer, 'data', self.name)

    def _read(self, id: str) -> Document:
        return required(super()._read(id), 'data', dict, self.name)

    def _id_of_new(self, answer: Document) -> str:
        (made,) = objects(answer, 'data', self.name) or ({},)
        return self._id(made)


class Pipelines(Described):
    """https://docs.datadoghq.com/api/latest/logs-pipelines/. A new one is the last in order."""

    # Datadog documents no address of a single one, only that of the list.
    name, path = 'log pipeline', '/logs/pipelines'
    reading, writing = 'logs_read_config', 'logs_write_pipelines'
    keys, kept = PIPELINE_KEYS, ('tags',)

    def __init__(self, connection: Connection) -> None:
        api = LogsPipelinesApi(connection.client)
        super().__init__(
            connection,
            api.list_logs_pipelines,
            api.get_logs_pipeline,
            api.create_logs_pipeline,
            api.update_logs_pipeline,
            api.delete_logs_pipeline,
        )

    def existing(self, titles: Collection[str]) -> list[Existing]:
        """Return all pipelines."""
        return [self._existing(document) for document in self.documents()]

    def _page(self, start: int, **filters: object) -> list[Document]:
        # The list has no pages: it is all of them.
        return [] if start else self._connection.call_for_list('list the log pipelines', self.reading, self._list)
