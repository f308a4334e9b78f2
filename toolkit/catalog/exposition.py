# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What a running or recorded component exposes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from datadog_checks.cilium.commands.families import WireFamily, families_of_text, is_openmetrics
from datadog_checks.cilium.components import COMPONENT_BY_NAME, Component
from datadog_checks.cilium.recognition import recognise
from toolkit.catalog.catalog import TYPES, Exposed, Shape
from toolkit.catalog.hubble_labels import CONTEXT_LABELS, has_context_labels

TIMEOUT = 30
"""Seconds. An endpoint that does not answer must not hang the command."""

_OF_THE_TYPE = {'le', 'quantile'}
"""Labels that the types histogram and summary bring."""


class SourceError(Exception):
    """A file or an endpoint cannot be read. The message names it, and tells what to do."""


@dataclass(frozen=True)
class Reading:
    """What was read from one source."""

    families: tuple[Exposed, ...]
    release: str = ''
    """The version as Cilium writes it, `1.20.0-dev`, where a component tells its own."""

    @property
    def version(self) -> str:
        """The minor version, `1.20`, or nothing."""
        match = re.match(r'\d+\.\d+', self.release)
        return match[0] if match else ''


def text_of(source: str) -> str:
    """Return the text of a file, or of what an HTTP endpoint answers. Raises `SourceError`."""
    try:
        if source.startswith(('http://', 'https://')):
            answer = requests.get(source, timeout=TIMEOUT, headers={'Accept': 'text/plain'})
            answer.raise_for_status()
            return answer.text
        return Path(source).read_text(encoding='utf-8')
    except (OSError, ValueError) as e:  # Those of `requests` are `OSError`s.
        raise SourceError(f'{source}: {e}') from None


def read_exposition(text: str, source: str, component: Component | None = None) -> Reading:
    """
    Return what an exposition holds. Whose it is follows from its families, if `component` is None.

    Raises `SourceError`. Families with labels that only Hubble's options add are without these.
    """
    if is_openmetrics(text):
        raise SourceError(f'{source}: this is in the OpenMetrics format, which changes names. Save what curl gets.')
    families = families_of_text(text)
    owner = component or recognise([family.name for family in families])
    if owner is None:
        names = ', '.join(COMPONENT_BY_NAME)
        raise SourceError(f'{source}: whose metrics are these? Say it: --component, one of {names}.')
    release, exposed = '', []
    for family in families:
        if family.type not in TYPES:
            raise SourceError(f'{source}: {family.name} has the type {family.type}, not one of {", ".join(TYPES)}.')
        samples = _label_sets(family, source)
        labels = {label for labels in samples for label in labels} - _OF_THE_TYPE
        if has_context_labels(owner, family.name):
            labels -= CONTEXT_LABELS
        if family.name == owner.version_family:
            release = next((labels.get('version', '') for labels in samples), '')
        exposed.append(Exposed(owner, family.name, Shape(family.type, tuple(sorted(labels)))))
    return Reading(tuple(exposed), release)


def merged(families: Iterable[Exposed]) -> list[Exposed]:
    """
    Return each family of a component once, with the labels that it has in any of the sources.

    Raises `SourceError` where sources disagree about its type: they are of two versions then.
    """
    found: dict[tuple[str, str], Exposed] = {}
    for family in families:
        key = family.component.name, family.name
        known = found.setdefault(key, family)
        if known.type != family.type:
            raise SourceError(f'{family.name} is a {known.type} and a {family.type}. Compare one version at a time.')
        labels = tuple(sorted({*known.labels, *family.labels}))
        found[key] = Exposed(family.component, family.name, Shape(family.type, labels))
    return list(found.values())


def _label_sets(family: WireFamily, source: str) -> list[dict[str, str]]:
    try:
        return [sample.labels for parsed in text_string_to_metric_families(family.text) for sample in parsed.samples]
    except ValueError as e:
        raise SourceError(f'{source}: {family.name} cannot be read: {e}') from None
