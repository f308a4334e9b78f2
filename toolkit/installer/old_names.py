# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Find what uses names and tags of the check that the Agent brings. It reads an organisation and changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from toolkit.installer.assets.model import Document
from toolkit.installer.datadog.connection import ApiFailure, Connection, Reach, optional
from toolkit.installer.datadog.kinds import Dashboards, Kind, Slos
from toolkit.installer.datadog.monitors import Monitors
from toolkit.installer.run import Run
from toolkit.migration.changes import Mode
from toolkit.migration.findings import Finding, Verdict
from toolkit.migration.judging import Judge

KINDS: dict[str, tuple[Callable[[Connection], Kind], Callable[[Judge, Document], list[Finding]]]] = {
    'dashboards': (Dashboards, Judge.dashboard),
    'monitors': (Monitors, Judge.monitor),
    'slos': (Slos, Judge.slo),
}
"""What is read, each with how it is judged."""


def find_old_names(run: Run, connection: Connection, only: Collection[str], *, mode: str, all: bool) -> None:
    """
    Say what uses a name or a tag that changes from a mode of the bundled check, with links and with the query as it
    should be. `all` also says what only looks like it.
    """
    judge = Judge(Mode(mode))
    verdicts: Counter[Verdict] = Counter()
    seen: list[str] = []
    for name, (kind_of, judged) in KINDS.items():
        if name not in only or run.over:
            continue
        kind, number = kind_of(connection), 0
        run.say(f'Reading the {kind.name}s ...')
        for document in _documents(run, kind):
            number += 1
            findings = sorted(judged(judge, document), key=lambda one: list(Verdict).index(one.verdict))
            verdicts.update(finding.verdict for finding in findings)
            shown = [finding for finding in findings if all or finding.verdict is not Verdict.ALIKE]
            if shown:
                title = optional(document, kind.title_key, '', kind.name)
                run.say(f'{kind.name} {title!r}  {kind.page(str(document["id"]))}')
            for line in (line for finding in shown for line in _lines(finding)):
                run.say(line)
        seen.append(f'{number} {kind.name}s')
    run.say(f'Read: {", ".join(seen)}. Nothing was changed.')
    if verdicts or not run.failures:
        run.say(_summary(verdicts, all))


def _documents(run: Run, kind: Kind) -> Iterator[Document]:
    """Yield what an organisation has of a kind. What cannot be read is a failure of the run, and does not stop it."""
    try:
        for found in kind.documents():
            try:
                document = kind.whole(found)
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
