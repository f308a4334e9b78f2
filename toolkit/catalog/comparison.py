# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What an exposed family needs in the files of this project, and which of that is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from datadog_checks.cilium.components import datadog_name, left_out_reason
from toolkit.catalog.catalog import Catalog, Exposed, Family, Shape, in_order
from toolkit.catalog.hubble_labels import OPTIONAL_LABELS
from toolkit.catalog.maps import MapLine, suggested_line
from toolkit.catalog.metadata import missing_rows


@dataclass(frozen=True)
class Comparison:
    """What is missing, and the catalogue as it is with that."""

    catalog: Catalog
    versions: tuple[tuple[str, str], ...]
    """The row of the version in `versions.csv`, if it is new."""
    added: tuple[Family, ...]
    changed: tuple[Family, ...]
    """Those that have another type or other labels, or are in one version more."""
    lines: tuple[MapLine, ...]
    metadata: tuple[tuple[str, ...], ...]
    not_seen: tuple[Family, ...]
    """
    What the catalogue has for this version and the exposition has not: not used yet, or gone. Those are left out that
    need an option of Cilium of which nothing is exposed: it is off.
    """

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing has to be added."""
        return not (self.versions or self.added or self.changed or self.lines or self.metadata)


def compare(catalog: Catalog, exposed: Iterable[Exposed], version: str, release: str = '') -> Comparison:
    """Return what the files lack of the families that a version exposes. `release` is which one that was read."""
    exposed = [one for one in exposed if left_out_reason(one.component, one.name) is None or _is_mapped(one)]
    known = with_version(catalog, version)
    changed: dict[Family, Family] = {}
    added: list[Family] = []
    for one in exposed:
        family = known.find(one.component, one.name)
        if family is None:
            added.append(Family(one.component, one.name, {version: one.shape}))
        elif (shape := _shape(family, one, known.versions, version)) != family.shapes.get(version):
            changed[family] = replace(family, shapes=in_order({**family.shapes, version: shape}, known.versions))
    families = [*(changed.get(family, family) for family in known.families), *added]
    found = Catalog(known.versions, tuple(families))
    lines = {suggested_line(one.component, one.name) for one in exposed if not _is_mapped(one)}
    components = {one.component for one in exposed}
    seen = [family for one in exposed if (family := found.find(one.component, one.name))]
    needs = {family.needs for family in seen} | {''}
    return Comparison(
        catalog=found,
        versions=() if version in catalog.versions else ((version, release),),
        added=tuple(added),
        changed=tuple(changed.values()),
        lines=tuple(sorted(lines)),
        metadata=tuple(missing_rows(exposed)),
        not_seen=tuple(
            family
            for family in found.families
            if family.component in components and version in family.shapes
            if family not in seen and family.needs in needs
        ),
    )


def with_version(catalog: Catalog, version: str) -> Catalog:
    """Return a catalogue that knows a version. A newer one than all others has what the newest had."""
    if version in catalog.versions:
        return catalog
    versions = tuple(sorted((*catalog.versions, version), key=_order))
    families = catalog.families
    if versions[-1] == version:
        families = tuple(
            replace(family, shapes={**family.shapes, version: family.shapes[catalog.newest]})
            if catalog.newest in family.shapes
            else family
            for family in families
        )
    return Catalog(versions, families)


def _shape(family: Family, exposed: Exposed, versions: tuple[str, ...], version: str) -> Shape:
    """Return what a family is in a version: as exposed, with the labels that an option would have added."""
    earlier = [family.shapes[one] for one in versions[: versions.index(version) + 1] if one in family.shapes]
    optional = set(earlier[-1].labels) & OPTIONAL_LABELS if earlier else set()
    return Shape(exposed.type, tuple(sorted({*exposed.labels, *optional})))


def _is_mapped(exposed: Exposed) -> bool:
    return datadog_name(exposed.component, exposed.name, go_metrics=True) is not None


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split('.')))
