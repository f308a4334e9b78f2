# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`explain`: tell what becomes of each family of an exposition, and what is not collected and why."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from requests.exceptions import RequestException

from datadog_checks.base import is_affirmative
from datadog_checks.base.utils.http import RequestsWrapper

from ..components import (
    COMPONENT_BY_NAME,
    COMPONENTS,
    Component,
    datadog_name,
    left_out_reason,
    parsed_family,
)
from ..configuration import LABEL_PREFIX, RESERVED_TAG_KEYS
from ..datadog_names import SUFFIXES_BY_TYPE, full_names
from ..exposition import family_of_metadata
from ..failures import explain_failure
from ..response import BoundedResponse
from .tables import table

COSTLIEST = 10
MAX_SECONDS = 60
LOG = logging.getLogger(__name__)


class ExplainError(Exception):
    """There is no exposition to explain, or nobody can tell whose it is."""


@dataclass(frozen=True)
class Explanation:
    """What becomes of one family."""

    family: str
    """The name on the wire, as in the TYPE line."""
    type: str
    series: int
    """How many series the Agent submits for it, or would submit if it were collected."""
    tag_keys: tuple[str, ...]
    """The tag keys that its labels become."""
    names: tuple[str, ...]
    """The full Datadog names, with the suffixes that the type adds. Empty where the family is not collected."""
    reason: str
    """Why the family is not collected. Empty where it is."""


def command(options: argparse.Namespace) -> int:
    """Explain the exposition that the options name, and print the result."""
    instance = dict(options.instance_options)
    text = _read(options.target, instance)
    try:
        families = list(families_of_text(text))
    except ValueError as e:
        raise ExplainError(f'{options.target} is not in the Prometheus text format: {e}') from None
    if not families:
        raise ExplainError(f'{options.target} holds no metrics')
    component = COMPONENT_BY_NAME.get(options.component) or recognise(family for family, _ in families)
    if component is None:
        names = ', '.join(sorted(COMPONENT_BY_NAME))
        raise ExplainError(f'{options.target} has no families that tell its component. Give --component: {names}')
    explanations = explain(component, families, is_affirmative(instance.get('go_metrics', False)))
    if options.json:
        json.dump(
            {'component': component.name, 'families': [asdict(explanation) for explanation in explanations]},
            sys.stdout,
            indent=2,
        )
        print()
    else:
        _print_report(component, explanations)
    return 0


def recognise(families: Iterable[str]) -> Component | None:
    """Return the component that knows the most of these families, or None where two know as many, or none any."""
    families = set(families)
    known = {component: sum(_is_known(component, family) for family in families) for component in COMPONENTS}
    best = [component for component, count in known.items() if count == max(known.values())]
    return best[0] if len(best) == 1 else None


def _is_known(component: Component, family: str) -> bool:
    return (
        datadog_name(component, family, go_metrics=True) is not None or left_out_reason(component, family) is not None
    )


def explain(component: Component, families: Iterable[tuple[str, Metric]], go_metrics: bool) -> list[Explanation]:
    """Return what becomes of the families of a component: pairs of the wire's name and what the parser read."""
    families = list(families)
    present = {family for family, _ in families}
    explanations = []
    for family, metric in families:
        name = datadog_name(component, family, go_metrics)
        reason = ''
        if component.superseded.get(family) in present:
            reason = f'{component.superseded[family]} replaces it and is in the same scrape'
        elif metric.type == 'unknown':
            reason = 'the endpoint does not tell its type'
        elif metric.type not in SUFFIXES_BY_TYPE:
            reason = f'the check does not collect the type {metric.type}'
        elif name is None and datadog_name(component, family, go_metrics=True):
            reason = 'a family of the Go runtime: `go_metrics: true` collects it'
        elif name is None:
            reason = left_out_reason(component, family) or 'this version of the integration does not know it'
        names = () if reason or name is None else full_names(name, metric.type)
        explanations.append(Explanation(family, metric.type, _series(metric), _tag_keys(metric), names, reason))
    return explanations


def _series(metric: Metric) -> int:
    """Count the series that the Agent submits: no values that are not finite, no bucket that repeats the count."""
    return sum(isfinite(sample.value) and sample.labels.get('le') != '+Inf' for sample in metric.samples)


def _tag_keys(metric: Metric) -> tuple[str, ...]:
    labels = {label for sample in metric.samples for label in sample.labels}
    if metric.type == 'histogram' and 'le' in labels:
        labels = labels - {'le'} | {'upper_bound'}
    return tuple(sorted(LABEL_PREFIX + label if label in RESERVED_TAG_KEYS else label for label in labels))


def families_of_text(text: str) -> Iterator[tuple[str, Metric]]:
    """Yield the families of an exposition with their names on the wire, from which the parser cuts `_total`."""
    wire_names: dict[str, deque[str]] = defaultdict(deque)
    for line in text.splitlines():
        family = family_of_metadata(line)
        if family is not None and line.split()[1] == 'TYPE':
            is_counter = line.split()[-1] == 'counter'
            wire_names[parsed_family(family) if is_counter else family].append(family)
    for metric in text_string_to_metric_families(text):
        names = wire_names[metric.name]
        yield (names.popleft() if names else metric.name), metric


def _read(target: str, instance: Mapping[str, object]) -> str:
    """Return the exposition from a URL, a file or stdin."""
    if target == '-':
        return sys.stdin.read()
    if not target.startswith(('http://', 'https://')):
        try:
            return Path(target).read_text(encoding='utf-8')
        except (OSError, UnicodeDecodeError) as e:
            raise ExplainError(f'cannot read {target}: {e}') from None
    http = RequestsWrapper(dict(instance), {}, logger=LOG)
    try:
        with BoundedResponse(http.get(target, stream=True), MAX_SECONDS) as response:
            response.raise_for_status()
            return ''.join(response.iter_lines())
    except (OSError, RequestException) as e:
        raise ExplainError(f'cannot read {target}: {explain_failure(e)}') from None


def _print_report(component: Component, explanations: list[Explanation]) -> None:
    collected = [explanation for explanation in explanations if not explanation.reason]
    others = [explanation for explanation in explanations if explanation.reason]
    print(f'Component: {component.service} (option `{component.option}`)')
    print(f'Every series gets these tags too: source:{component.service} service:{component.service} endpoint:<URL>\n')
    rows = [(e.family, _short(e.names), e.type, e.series, ' '.join(e.tag_keys)) for e in collected]
    print(table(('FAMILY', 'DATADOG NAMES', 'TYPE', 'SERIES', 'TAG KEYS'), rows))
    if others:
        print('\nNot collected')
        print(table(('FAMILY', 'TYPE', 'SERIES', 'REASON'), [(e.family, e.type, e.series, e.reason) for e in others]))
    print(f'\nThe {COSTLIEST} families with most series')
    costliest = sorted(collected, key=lambda explanation: -explanation.series)[:COSTLIEST]
    print(table(('FAMILY', 'SERIES'), [(e.family, e.series) for e in costliest]))
    print(
        f'\nTotal: {len(collected)} families with {sum(e.series for e in collected)} series are collected, '
        f'{len(others)} families with {sum(e.series for e in others)} series are not.'
    )


def _short(names: tuple[str, ...]) -> str:
    """Return names that differ in their suffixes in the form that shells expand: `cilium.x.{bucket,sum,count}`."""
    if len(names) == 1:
        return names[0]
    base = names[0].rpartition('.')[0]
    return f'{base}.{{{",".join(name.rpartition(".")[2] for name in names)}}}'
