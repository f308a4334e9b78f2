# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Find what uses names and tags of the check that the Agent brings. It reads an organisation and changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.service_level_objectives_api import ServiceLevelObjectivesApi

from toolkit.installer.answers import objects, optional, required
from toolkit.installer.connection import PAGE_SIZE, ApiFailure, Connection, Reach, everything
from toolkit.installer.content import Document
from toolkit.installer.run import Run
from toolkit.migration.changes import Mode
from toolkit.migration.findings import Finding, Verdict
from toolkit.migration.judging import Judge


@dataclass(frozen=True)
class Kind:
    """
    Dashboards, monitors or SLOs. `read_page` gets the number of those before the page.

    `read` makes a whole document of what a list has: the list of dashboards has no widgets.
    """

    name: str
    title: str
    id: type[int] | type[str]
    page: str
    read_page: Callable[[Connection, int], list[Document]]
    judge: Callable[[Judge, Document], list[Finding]]
    read: Callable[[Connection, Document], Document] = lambda _, document: document


def _dashboards(connection: Connection, start: int) -> list[Document]:
    list_all = DashboardsApi(connection.client).list_dashboards
    answer = connection.call('list the dashboards', 'dashboards_read', list_all, count=PAGE_SIZE, start=start)
    return objects(answer, 'dashboards', 'dashboard')


def _dashboard(connection: Connection, summary: Document) -> Document:
    id, get = summary['id'], DashboardsApi(connection.client).get_dashboard
    return connection.call(f'read dashboard {id}', 'dashboards_read', get, id)


def _monitors(connection: Connection, start: int) -> list[Document]:
    list_all, page = MonitorsApi(connection.client).list_monitors, start // PAGE_SIZE
    return connection.call_for_list('list the monitors', 'monitors_read', list_all, page=page, page_size=PAGE_SIZE)


def _slos(connection: Connection, start: int) -> list[Document]:
    list_all = ServiceLevelObjectivesApi(connection.client).list_slos
    return objects(
        connection.call('list the SLOs', 'slos_read', list_all, limit=PAGE_SIZE, offset=start), 'data', 'SLO'
    )


KINDS = {
    'dashboards': Kind('dashboard', 'title', str, '/dashboard/{}', _dashboards, Judge.dashboard, _dashboard),
    'monitors': Kind('monitor', 'name', int, '/monitors/{}', _monitors, Judge.monitor),
    'slos': Kind('SLO', 'name', str, '/slo?slo_id={}', _slos, Judge.slo),
}


def find_old_names(run: Run, connection: Connection, only: Collection[str], *, mode: str, all: bool) -> None:
    """
    Say what uses a name or a tag that changes from a mode of the bundled check, with links and with the query as it
    should be. `all` also says what only looks like it.
    """
    judge = Judge(Mode(mode))
    verdicts: Counter[Verdict] = Counter()
    seen: list[str] = []
    for name, kind in KINDS.items():
        if name not in only or run.over:
            continue
        number = 0
        run.say(f'Reading the {kind.name}s ...')
        for document in _documents(run, connection, kind):
            number += 1
            findings = sorted(kind.judge(judge, document), key=lambda one: list(Verdict).index(one.verdict))
            verdicts.update(finding.verdict for finding in findings)
            shown = [finding for finding in findings if all or finding.verdict is not Verdict.ALIKE]
            if shown:
                title = optional(document, kind.title, '', kind.name)
                run.say(f'{kind.name} {title!r}  {connection.settings.page(kind.page.format(document["id"]))}')
            for line in (line for finding in shown for line in _lines(finding)):
                run.say(line)
        seen.append(f'{number} {kind.name}s')
    run.say(f'Read: {", ".join(seen)}. Nothing was changed.')
    if verdicts or not run.failures:
        run.say(_summary(verdicts, all))


def _documents(run: Run, connection: Connection, kind: Kind) -> Iterator[Document]:
    """Yield what an organisation has of a kind. What cannot be read is a failure of the run, and does not stop it."""

    def read_page(start: int) -> list[Document]:
        page = kind.read_page(connection, start)
        for document in page:
            required(document, 'id', kind.id, kind.name)
        return page

    try:
        for found in everything(read_page):
            try:
                document = kind.read(connection, found)
            except ApiFailure as failure:
                run.failed(failure)
                if failure.reach is Reach.RUN:
                    return
                continue  # Single dashboards can be closed to a user who may read others.
            yield document
    except ApiFailure as failure:
        run.failed(failure)


def _lines(finding: Finding) -> Sequence[str]:
    lines = [f'  {finding.verdict.value}: {finding.place}', f'    is         {_one_line(finding.query)}']
    if finding.proposal:
        lines.append(f'    should be  {_one_line(finding.proposal)}')
    return [*lines, *(f'    {reason.text}' for reason in finding.reasons)]


def _one_line(text: str) -> str:
    return re.sub(r'\s+', ' ', text)


def _summary(verdicts: Counter[Verdict], all: bool) -> str:
    if not verdicts:
        return 'No query uses a name or a tag that changes.'
    counts = ', '.join(f'{verdict.value}: {verdicts[verdict]}' for verdict in Verdict if verdicts[verdict])
    hidden = verdicts[Verdict.ALIKE] and not all
    return f'Queries: {counts}.' + (' Those that only look alike need nothing: `--all` shows them.' if hidden else '')
