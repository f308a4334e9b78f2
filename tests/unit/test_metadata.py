# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""metadata.csv has a row for every metric that a version of Cilium gives, and no other."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from submissions import submitted_metrics

from toolkit.catalog.metadata import metadata_row

METADATA_FILE = Path(__file__).parents[2] / 'metadata.csv'

HEADER = (
    'metric_name,metric_type,interval,unit_name,per_unit_name,description,orientation,integration,short_name,'
    'curated_metric'
)
MAX_DESCRIPTION_LENGTH = 250
"""Datadog takes 400 characters. Fewer are read."""


@pytest.fixture(scope='module')
def metadata() -> list[dict[str, str]]:
    with METADATA_FILE.open(encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def repeated(values: list[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def test_header() -> None:
    assert METADATA_FILE.read_text(encoding='utf-8').splitlines()[0] == HEADER


def test_rows_have_as_many_columns_as_the_header() -> None:
    with METADATA_FILE.open(encoding='utf-8', newline='') as file:
        rows = [row for row in csv.reader(file) if len(row) != len(HEADER.split(','))]
    misplaced = [f'metadata.csv, {row[0]}: put its description in quotes, since a comma is in it' for row in rows]
    assert misplaced == []


def test_every_submitted_metric_has_its_row_with_its_type(metadata: list[dict[str, str]]) -> None:
    types = {row['metric_name']: row['metric_type'] for row in metadata}
    submitted = submitted_metrics()
    forgotten = [
        f'metadata.csv: write `{",".join(metadata_row(metric, submitted[metric]))}`, with a description'
        for metric in sorted(submitted.keys() - types.keys())
    ]
    assert forgotten == []
    unknown = [
        f'{metric} is in metadata.csv, but no family in toolkit/catalog/families.csv turns into it: write the row of '
        'its family there, and its line in cilium/metrics/, or remove it here'
        for metric in sorted(types.keys() - submitted.keys())
    ]
    assert unknown == []
    assert types == submitted


def test_rows_are_sorted_by_name(metadata: list[dict[str, str]]) -> None:
    names = [row['metric_name'] for row in metadata]
    misplaced = [f'metadata.csv: {after} belongs above {before}' for before, after in pairwise(names) if after < before]
    assert misplaced == []


@pytest.mark.parametrize('column', ['metric_name', 'short_name', 'description'])
def test_no_two_rows_are_called_or_described_alike(metadata: list[dict[str, str]], column: str) -> None:
    assert repeated([row[column] for row in metadata]) == []


def test_descriptions_are_plain_sentences(metadata: list[dict[str, str]]) -> None:
    unfit = {
        f'metadata.csv, {row["metric_name"]}: write a description, 20 to {MAX_DESCRIPTION_LENGTH} characters of ASCII '
        'that end in a full stop': row['description']
        for row in metadata
        if not row['description'].endswith('.')
        or not row['description'].isascii()
        or not 20 <= len(row['description']) <= MAX_DESCRIPTION_LENGTH
    }
    assert unfit == {}


def test_descriptions_name_no_metric_that_does_not_exist(metadata: list[dict[str, str]]) -> None:
    named = {name.rstrip('.') for row in metadata for name in re.findall(r'cilium\.[a-z0-9_.]+', row['description'])}
    assert named - {row['metric_name'] for row in metadata} == set()


def test_units_follow_the_names(metadata: list[dict[str, str]]) -> None:
    """A gauge whose name ends in its unit has that unit, and a fraction is marked as one."""
    units = {row['metric_name']: row['unit_name'] for row in metadata if row['metric_type'] == 'gauge'}
    assert {unit for name, unit in units.items() if name.endswith('.bytes')} == {'byte'}
    assert {unit for name, unit in units.items() if name.endswith('.seconds')} == {'second', 'unix second'}
    assert {name for name, unit in units.items() if unit == 'fraction'} == {
        'cilium.bpf.map_pressure',
        'cilium.nat.endpoint_max_connection',
    }


def test_sums_of_durations_are_neither_good_nor_bad(metadata: list[dict[str, str]]) -> None:
    """They grow with the work that is done. The average, which takes the count too, tells more."""
    durations = {'second', 'millisecond'}
    judged = [
        row['metric_name']
        for row in metadata
        if row['metric_name'].endswith('.sum') and row['unit_name'] in durations and row['orientation'] != '0'
    ]
    assert judged == []


def test_curated_metrics_are_cpu_and_memory_of_each_process(metadata: list[dict[str, str]]) -> None:
    curated = {row['metric_name']: row['curated_metric'] for row in metadata if row['curated_metric']}
    assert {name for name, kind in curated.items() if kind == 'cpu'} == {
        row['metric_name'] for row in metadata if row['metric_name'].endswith('process.cpu.seconds.count')
    }
    assert {name for name, kind in curated.items() if kind == 'memory'} == {
        row['metric_name'] for row in metadata if row['metric_name'].endswith('process.resident_memory.bytes')
    }
