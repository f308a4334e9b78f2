# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is made from something else, and how to bring it up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datadog_checks.cilium.levels import DIRECTORY as LEVELS
from toolkit.checkout import ASSETS
from toolkit.dashboards.building import dashboard_files
from toolkit.generate.configuration import configuration_files, configuration_files_there
from toolkit.generate.documents import documents
from toolkit.generate.manifest import manifest
from toolkit.levels.lists import level_files
from toolkit.levels.tags import metric_tags
from toolkit.monitors.building import monitor_files
from toolkit.monitors.listing import listing


@dataclass(frozen=True)
class Product:
    """Files that are made from others."""

    name: str
    make: Callable[[], Mapping[Path, str]]
    """Returns the text of each file."""
    there: Callable[[], Iterable[Path]] = tuple
    """Returns the files that are there now. Those that are not made any more are removed."""


PRODUCTS = (
    # What comes later is made from what comes before it.
    Product('configuration', configuration_files, configuration_files_there),
    Product('monitors', monitor_files, lambda: (ASSETS / 'monitors').glob('*.json')),
    Product('list of monitors', listing),
    Product('dashboards', dashboard_files, lambda: (ASSETS / 'dashboards').glob('*.json')),
    Product('levels', level_files, LEVELS.iterdir),
    Product('tags of metrics', metric_tags),
    Product('tables in documents', documents),
    Product('manifest', manifest),
)


def update(product: Product, *, write: bool) -> list[Path]:
    """
    Return the files that are not as they are made, and bring them up to date if `write` is set.

    Raises `AssetError` or `DefinitionError`.
    """
    texts = product.make()
    drifting = [path for path in sorted({*texts, *product.there()}) if texts.get(path) != _read(path)]
    for path in drifting if write else ():
        if path in texts:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding='utf-8')
        else:
            path.unlink()
    return drifting


def _read(path: Path) -> str | None:
    return path.read_text(encoding='utf-8') if path.exists() else None
