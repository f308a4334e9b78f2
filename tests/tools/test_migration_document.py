# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What `docs/migration.md` and its table tell."""

from __future__ import annotations

from toolkit.checkout import ROOT
from toolkit.migration.changes import OLD_SERVICE_CHECK, POD_TAG, Mode, label_changes, metric_changes
from toolkit.migration.document import HEAD, table

TEXT = (ROOT / 'docs/migration.md').read_text(encoding='utf-8')


def test_everything_that_changes_has_a_row() -> None:
    assert len(list(table())) == len(set(table())) > 200
    rows = [row[1] for row in table()]
    for name in (OLD_SERVICE_CHECK, f'tag `{POD_TAG}`', 'label `le`', '`upper_bound:none`', *changed_names()):
        assert any(name in row for row in rows), name


def changed_names() -> set[str]:
    labels = {f'tag `{change.old}` of' for mode in Mode for change in label_changes(mode)}
    return {f'`{change.old}' for change in metric_changes()} | labels


def test_the_text_names_the_labels_that_become_other_tags() -> None:
    for mode in Mode:
        assert [change.old for change in label_changes(mode)] == ['endpoint', 'host', 'source']
        assert all(f'`{change.new}`' in TEXT.partition('<!-- table -->')[0] for change in label_changes(mode))


def test_every_row_has_all_cells() -> None:
    assert {len(row) for row in table()} == {len(HEAD)}
    assert not [row for row in table() for cell in row if '|' in cell]
