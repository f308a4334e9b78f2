# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`explain`: show what each family of an exposition becomes, and what is not collected and why."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from datadog_checks.base import is_affirmative

from ..check import CiliumCheck
from ..components import COMPONENT_BY_NAME, COMPONENTS, Component, datadog_name, left_out_reason, parsed_family
from ..configuration import collection_level, scraper_config
from ..datadog_names import SUFFIXES_BY_TYPE
from ..levels import LEVELS, OPTION, left_out
from ..messages.failures import explain_failure
from ..messages.secrets import without_query
from ..recognition import recognise
from ..scraping.endpoint import Endpoint
from ..scraping.interpreter import OPENMETRICS, Interpreter
from . import streams
from .cost import Costs, Count, level_table, of_cluster, totals, uses_of
from .dry_scrape import DryScrape
from .families import UNKNOWN_TYPE, WireFamily, families_of_text, is_openmetrics
from .instance_options import ENDPOINT_OPTIONS, UsageError, validate
from .report_text import lines_of_report
from .submissions import STATUS_NAMES

NO_URL = '<URL>'
"""Value of the tag `endpoint` for a file."""
TEXT_FORMAT = 'text/plain'


class ExplainError(Exception):
    """There is no exposition to explain, or its component is unknown."""


@dataclass(frozen=True)
class Explanation:
    """What becomes of one family."""

    family: str
    """The name on the wire, as in the TYPE line."""
    type: str
    series: int
    """Series that the Agent submits. If the family is not collected: series of the endpoint."""
    tag_keys: tuple[str, ...]
    """Tag keys of its labels. Empty if the family is not collected."""
    names: tuple[str, ...]
    """Full Datadog names, with suffixes. Empty if the family is not collected."""
    reason: str
    """Why the family is not collected. Empty if it is."""
    levels: dict[str, Count]
    """Series at each collection level, with all other options unchanged."""
    used_by: dict[str, list[str]]
    """The titles of the `dashboards`, `monitors` and `slos` of this integration that use it."""


@dataclass(frozen=True)
class Report:
    """What an exposition becomes: its families, and the service check."""

    families: list[Explanation]
    tags: tuple[str, ...]
    """Tags of every series, apart from labels."""
    status: str
    """The status of the service check: OK, WARNING or CRITICAL."""
    message: str
    """The message of the service check."""

    @property
    def totals(self) -> dict[str, int]:
        """Total series at each level."""
        return totals(family.levels for family in self.families)


def command(options: argparse.Namespace) -> int:
    """Explain the given expositions and print the result."""
    found = [_explained(target, options) for target in options.targets]
    totals_of = [(component, report.totals) for component, report in found]
    if options.json:
        reports = [{'component': component.name, **asdict(report)} for component, report in found]
        levels = {'nodes': options.nodes or 1, 'series': of_cluster(totals_of, options.nodes or 1)}
        one = {**reports[0], 'levels': levels} if len(reports) == 1 else {'endpoints': reports, 'levels': levels}
        streams.write(json.dumps(one, indent=2) + '\n')
    else:
        texts = ['\n'.join(lines_of_report(component, report)) for component, report in found]
        streams.write('\n\n'.join((*texts, level_table(totals_of, options.nodes))) + '\n')
    return 0


def _explained(target: str, options: argparse.Namespace) -> tuple[Component, Report]:
    """Return the component of a URL or file, and the report on it. Raises `ExplainError`, `UsageError`."""
    named = COMPONENT_BY_NAME.get(options.component)
    is_url = target.lower().startswith(('http://', 'https://'))
    url = target if is_url else NO_URL
    instance = {name: value for name, value in options.instance_options if name not in ENDPOINT_OPTIONS}
    _validate(instance, named or COMPONENTS[0], url if is_url else 'http://localhost/metrics')
    text, content_type = _answer_of(url, named or COMPONENTS[0], instance) if is_url else _read(target)
    openmetrics = is_affirmative(instance.get('use_latest_spec', False)) or content_type.startswith(OPENMETRICS)
    component = named or recognise({family.name for family in families_of_text(text, openmetrics)})
    try:
        report = explain(component or COMPONENTS[0], text, instance, url, content_type)
    except (ValueError, KeyError) as e:
        raise ExplainError(f'{streams.name_of(target)}: {explain_failure(e, component)}') from None
    if component is None:
        names = ', '.join(sorted(COMPONENT_BY_NAME))
        raise ExplainError(
            f'{streams.name_of(target)} has no families by which to recognise its component. Set --component: {names}'
        )
    return component, report


def explain(
    component: Component,
    text: str,
    instance: Mapping[str, object],
    url: str = NO_URL,
    content_type: str = TEXT_FORMAT,
) -> Report:
    """
    Return what the check makes of an exposition of a component, with the options of an instance.

    The check's own scraper reads the exposition as a whole, and then family by family. The Content-Type decides the
    format, as in the check. Raises the `ValueError` or `KeyError` of a failed scrape.
    """
    scrape = DryScrape(component, instance, url, content_type)
    scrape.read(text)
    status, message = STATUS_NAMES[scrape.check.status], scrape.check.message
    families = families_of_text(text, scrape.reads_openmetrics)
    announced = {family.name for family in families if family.is_announced}
    superseded = {} if scrape.reads_openmetrics else component.superseded
    costs = Costs(component, instance, url, content_type)
    explanations = []
    for family in families:
        successor = superseded.get(family.name)
        if family.is_announced and successor in announced:
            reason = f'{successor} replaces it and is in the same scrape'
            none = dict.fromkeys(LEVELS, Count())
            explanations.append(Explanation(family.name, family.type, family.samples, (), (), reason, none, {}))
        else:
            explanations.append(_explanation(scrape, family, instance, costs.of(family.text)))
    return Report(explanations, tuple(scrape.interpreter.static_tags), status, message)


def _explanation(
    scrape: DryScrape, family: WireFamily, instance: Mapping[str, object], levels: dict[str, Count]
) -> Explanation:
    reason = ''
    uses = uses_of(scrape.component, _as_listed(family))
    try:
        scrape.read(family.text)
    except (ValueError, KeyError):
        reason = 'none of its lines can be read' if family.samples else 'it has no samples'
    submitted = scrape.check.submitted
    if not submitted:
        reason = reason or _reason(scrape, family, instance)
        return Explanation(family.name, family.type, family.samples, (), (), reason, levels, uses)
    own_tags = scrape.interpreter.static_tags
    names = dict.fromkeys(series.name for series in submitted)
    keys = sorted({tag.partition(':')[0] for series in submitted for tag in series.tags if tag not in own_tags})
    return Explanation(family.name, family.type, len(submitted), tuple(keys), tuple(names), '', levels, uses)


def _reason(scrape: DryScrape, family: WireFamily, instance: Mapping[str, object]) -> str:
    """Return why a readable family was not submitted."""
    if scrape.check.left_out:
        return 'excluded by the option `metric_patterns`'
    if family.type not in SUFFIXES_BY_TYPE:
        return _reason_of_unmapped(scrape.component, family, instance)
    head = f'# TYPE {family.name} {family.type}', *family.end
    announced, kept = scrape.interpreter.families(*head)
    if announced and not kept:
        return 'excluded by the option `exclude_metrics`'
    if announced and not scrape.interpreter.collects(*head):
        return _reason_of_unmapped(scrape.component, family, instance)
    return 'it has no finite value, or the options leave all its series out'


def _reason_of_unmapped(component: Component, family: WireFamily, instance: Mapping[str, object]) -> str:
    if family.type == UNKNOWN_TYPE:
        return 'the endpoint gives no type for it'
    if family.type not in SUFFIXES_BY_TYPE:
        return f'the check does not collect the type {family.type}'
    if 'metrics' in instance:
        return 'the option `metrics` does not name it'
    name = _as_listed(family)
    if parsed_family(name) in left_out(component, {**instance, OPTION: collection_level(instance, {})}).families:
        return f'not part of the level `{collection_level(instance, {})}`: `extra_metrics` adds it'
    if datadog_name(component, name, go_metrics=True) and not is_affirmative(instance.get('go_metrics', False)):
        return 'a family of the Go runtime: `go_metrics: true` collects it'
    return left_out_reason(component, name) or 'this version of the integration does not know it'


def _as_listed(family: WireFamily) -> str:
    """Return the name of a family as listed in `metrics/`: with `_total`, which OpenMetrics removes."""
    return f'{family.name}_total' if family.is_openmetrics and family.type == 'counter' else family.name


def _validate(instance: Mapping[str, object], component: Component, url: str) -> None:
    """Raise `UsageError` for options or a URL that the check would refuse."""
    try:
        validate({**instance, component.option: url})
    except UsageError as e:
        # The component is not known yet, and the user named no option.
        raise UsageError(str(e).replace(f'`{component.option}`', 'the URL')) from None


def _answer_of(url: str, component: Component, instance: Mapping[str, object]) -> tuple[str, str]:
    """Return the response of an endpoint, and its Content-Type."""
    check = CiliumCheck('cilium', {}, [dict(instance)])
    config = scraper_config(component, url, instance, {})
    endpoint = Endpoint(check, config, Interpreter(check, component, config).accept)
    try:
        with endpoint.answer() as answer:
            return ''.join(answer.pieces()), answer.content_type
    except Exception as e:  # As in the check: the many options can raise anything.
        reason = explain_failure(e, None, endpoint.proxy, endpoint.secrets)
        raise ExplainError(f'cannot read {without_query(url)}: {reason}') from None


def _read(target: str) -> tuple[str, str]:
    """Return the exposition from a file or stdin, and the Content-Type that an endpoint would give it."""
    text = streams.read(target)
    return text, OPENMETRICS if is_openmetrics(text) else TEXT_FORMAT
