# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What nearly all tests read. A mistake in it is told once, before them, and not by each of hundreds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from datadog_checks.cilium.components import COMPONENTS, METRICS_DIRECTORY
from toolkit.catalog.catalog import CatalogError, catalog
from toolkit.yaml_files import read_yaml


def mistakes() -> Iterator[str]:
    """Yield what is wrong in the catalogue, the lists of metrics, and the definitions of monitors and dashboards."""
    try:
        catalog()
    except CatalogError as e:
        yield f'toolkit/catalog/{e}'
    for path in dict.fromkeys(file.path for component in COMPONENTS for file in component.files):
        if not (METRICS_DIRECTORY / path).exists():
            yield f'cilium/components.py names cilium/metrics/{path}, which is not there: write it'
        elif not isinstance(read_yaml(METRICS_DIRECTORY / path), dict):
            yield f'cilium/metrics/{path} is empty: write a line `family: name`'
    # The environment of the oldest base package cannot read definitions. Its tests do not.
    if find_spec('jsonschema'):
        yield from _mistakes_in_definitions()


def _mistakes_in_definitions() -> Iterator[str]:
    from toolkit.dashboards.definition import load_all
    from toolkit.definitions import DefinitionError
    from toolkit.monitors.definition import definitions

    for folder, read in (('monitors', definitions), ('dashboards', load_all)):
        try:
            read()
        except DefinitionError as e:
            yield f'toolkit/{folder}/definitions/: {e}'
