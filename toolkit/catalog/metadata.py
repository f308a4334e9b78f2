# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The rows that a family needs in `metadata.csv`: one for each metric that the check makes of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence

from datadog_checks.cilium.components import Component, datadog_name
from datadog_checks.cilium.datadog_names import SUFFIXES_BY_TYPE
from toolkit.catalog.catalog import Exposed, csv_text
from toolkit.catalog.naming import name_by_rule
from toolkit.checkout import ROOT

METADATA = ROOT / 'metadata.csv'

_UNITS = {'.seconds': 'second', '.bytes': 'byte'}


def metadata_rows() -> list[tuple[str, ...]]:
    """Return the rows of the file, the header first."""
    with METADATA.open(encoding='utf-8', newline='') as file:
        return [tuple(row) for row in csv.reader(file)]


def name_of(component: Component, family: str) -> str:
    """Return the Datadog name of a family without the suffix of its type: the one of the rule, if it is not mapped."""
    return datadog_name(component, family, go_metrics=True) or f'cilium.{name_by_rule(component, family)}'


def metrics_of(component: Component, family: str, wire_type: str) -> dict[str, str]:
    """Return what the check makes of a family: Datadog names and their types."""
    name = name_of(component, family)
    return {f'{name}{suffix}': metric_type for suffix, metric_type in SUFFIXES_BY_TYPE[wire_type].items()}


def missing_rows(exposed: Iterable[Exposed]) -> list[tuple[str, ...]]:
    """Return the rows that the file lacks, without a description. Unit and orientation are a proposal."""
    known = {row[0] for row in metadata_rows()}
    return sorted(
        {
            metadata_row(metric, metric_type)
            for one in exposed
            for metric, metric_type in metrics_of(one.component, one.name, one.type).items()
            if metric not in known
        }
    )


def metadata_row(metric: str, metric_type: str) -> tuple[str, ...]:
    """Return the row of a metric without its description."""
    end = metric.removesuffix('.sum')
    unit = next((unit for suffix, unit in _UNITS.items() if end.endswith(suffix)), '')
    short_name = re.sub(r'[._]', ' ', metric.removeprefix('cilium.'))
    return metric, metric_type, '', unit, '', '', '0', 'cilium', short_name, ''


def with_rows(rows: Sequence[tuple[str, ...]]) -> str:
    """Return the text of the file with more rows, sorted."""
    header, *others = metadata_rows()
    return csv_text([header, *sorted([*others, *rows])])
