# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest

from datadog_checks.cilium.commands.tables import DEFAULT_WIDTH, paragraph, screen_width, table

NAME = 'cilium.clustermesh_apiserver.statedb.table_graveyard_cleaning_duration.seconds.bucket'


@pytest.fixture
def screen(monkeypatch):
    """Set how many columns the screen has."""
    return lambda columns: monkeypatch.setenv('COLUMNS', str(columns))


def test_without_a_terminal_there_are_120_columns(monkeypatch):
    monkeypatch.delenv('COLUMNS', raising=False)
    monkeypatch.setattr('os.get_terminal_size', _no_terminal)
    assert screen_width() == DEFAULT_WIDTH == 120


def _no_terminal(_: int) -> None:
    raise OSError('not a terminal')


def test_what_fits_is_aligned(screen):
    screen(120)
    assert table(('NAME', 'VALUE'), [('a', 3.0), ('bcdef', 12.5)]).splitlines() == [
        'NAME   VALUE',
        'a          3',
        'bcdef   12.5',
    ]


def test_what_is_too_wide_goes_on_in_the_next_line(screen):
    screen(35)
    rows = [('metric', 3.0, 'reason:denied direction:EGRESS'), ('b', 4.0, '')]
    assert table(('NAME', 'VALUE', 'TAGS'), rows).splitlines() == [
        'NAME    VALUE  TAGS',
        'metric      3  reason:denied',
        '               direction:EGRESS',
        'b           4',
    ]


@pytest.mark.parametrize('columns', [120, 80, 40])
def test_no_line_is_wider_than_the_screen_and_nothing_is_lost(columns, screen):
    screen(columns)
    rows = [(NAME, 'count', 1234567.0, ' '.join(f'key{n}:{"v" * n}' for n in range(60)))] * 2
    lines = table(('METRIC', 'TYPE', 'VALUE', 'TAGS'), rows).splitlines()
    assert max(map(len, lines)) <= columns
    text = ''.join(''.join(lines).split())
    assert text.count('v') == 2 * (NAME.count('v') + sum(range(60)))


def test_words_are_broken_only_where_no_column_has_room(screen):
    screen(len(NAME) + 30)
    lines = table(('METRIC', 'TAGS'), [(NAME, 'one two three four five six seven eight nine ten')]).splitlines()
    assert NAME in lines[1]
    assert len(lines) == 3


def test_a_cell_of_several_lines_keeps_their_indents(screen):
    screen(40)
    lines = table((('FAMILY', '  NAME'), 'SERIES'), [(('family', '  ' + 'long ' * 10), 1), ('b', 22)]).splitlines()
    assert lines == [
        'FAMILY                            SERIES',
        '  NAME',
        'family                                 1',
        '  long long long long long long',
        '  long long long long',
        'b                                     22',
    ]


def test_a_screen_of_one_column_gets_a_narrow_table(screen):
    screen(1)
    assert max(map(len, table(('METRIC', 'TAGS'), [(NAME, NAME)]).splitlines())) <= 22
    assert max(map(len, paragraph(f'a paragraph with {NAME}').splitlines())) <= 10


def test_a_table_without_rows_has_its_header(screen):
    screen(120)
    assert table(('METRIC', 'TAGS'), []) == 'METRIC  TAGS'


def test_a_line_break_within_a_value_is_an_escape(screen):
    screen(120)
    assert table(('TAGS',), [('a\nb\x1b[31m',)]) == 'TAGS\na\\nb\\x1b[31m'
    assert paragraph('a\nb') == 'a\\nb'
