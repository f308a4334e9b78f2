# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The base class's scraper as a function: text in, submissions out. Nothing else knows the base class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import Metric

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper

from ..components import Component, canonical_family, left_out_reason, metrics_by_family, parsed_family
from .limits import MAX_BLOCK_LABELS, MAX_FAMILIES_NOTED, MAX_LINE_CHARACTERS

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

TYPES = ('counter', 'gauge', 'histogram', 'summary')
"""The types on the wire that the base class collects."""
NATIVE = ('native', 'native_dynamic')
"""The types in the option `metrics` that tell the base class to go by the TYPE line."""
OPENMETRICS = 'application/openmetrics-text'


METHODS = (
    'gauge',
    'rate',
    'count',
    'monotonic_count',
    'histogram',
    'submit_histogram_bucket',
    'service_check',
    'set_metadata',
)
"""The methods of a check that submit something."""


Submission = tuple[str, tuple, dict]
"""A call of one of these: its name, its arguments, and those that are given by name."""


class Interpreter(OpenMetricsScraper):
    """
    A scraper of the base class without an endpoint. It submits what lines become, or tells what it would submit.

    What it relies on in the base class - `scrape`, which reads `flush_first_value` and the lines of `get_connection`,
    `consume_metrics`, `consume_metrics_w_target_info` and `metric_transformer` - was checked in datadog-checks-base
    37.22.0 to 38.7.0. The tests of this module fail if it changes.
    """

    def __init__(self, check: OpenMetricsBaseCheckV2, component: Component, config: Mapping) -> None:
        self._recorder = _Recorder(check)
        super().__init__(self._recorder, config)
        self.component = component
        self.version = ''
        """What was read last of the component's version."""
        self.unmapped: set[str] = set()
        self.untyped: set[str] = set()
        """Families that were read and will not be collected, since nobody maps them or the endpoint tells no type."""
        transformer = self.metric_transformer
        self.pairs_buckets = bool(
            transformer.histogram_buckets_as_distributions or transformer.non_cumulative_histogram_buckets
        )
        """Whether what becomes of a bucket depends on another one."""
        self._types = {name: options['type'] for name, options in transformer.normalize_metric_config(config).items()}
        self.wants_untyped = bool(transformer.metric_patterns) or not set(self._types.values()) <= set(NATIVE)
        """Whether the configuration maps families whatever their type is: then they can hide between any lines."""
        self._known = {parsed_family(family) for family in metrics_by_family(component, go_metrics=True)}
        self._patterns = tuple(pattern for pattern, _ in transformer.metric_patterns)
        self._lines: Iterable[str] = ()
        self._content_type = ''
        if component.version_family:
            transformer.add_custom_transformer(component.version_family, self._submit_version)

    @property
    def accept(self) -> str | None:
        """The media types that the base class asks an endpoint for."""
        return self.http.options['headers'].get('Accept')

    def begin(self) -> None:
        """Begin a scrape: forget what was noted of the last one."""
        self.version = ''
        self.unmapped.clear()
        self.untyped.clear()

    def reads_openmetrics(self, content_type: str) -> bool:
        """Tell whether an answer is read as OpenMetrics, and not as the older text format."""
        return self._use_latest_spec or content_type.split(';')[0] == OPENMETRICS

    def reads_whole(self, content_type: str, is_first: bool) -> bool:
        """Tell whether families depend on others, by the options or in this format: answers are read as a whole."""
        return bool(
            self.reads_openmetrics(content_type)
            or self.enable_telemetry
            or self.target_info
            or self.label_aggregator.configured
            or self.raw_line_filter is not None
            or (self.use_process_start_time and is_first)
        )

    def submit(self, lines: Iterable[str], flush_first_value: bool | None, content_type: str = '') -> None:
        """
        Submit what the base class submits of lines.

        Raises what it raises for lines that it cannot read: `ValueError`, `KeyError` and others.
        """
        self._lines, self._content_type = lines, content_type
        self.flush_first_value = flush_first_value
        self.scrape()

    def submissions(self, lines: Iterable[str], flush_first_value: bool) -> list[Submission]:
        """Return the submissions that `submit` would make of lines in the text format. Raises as it does."""
        self._recorder.recorded = submissions = []
        try:
            self.submit(lines, flush_first_value)
        finally:
            self._recorder.recorded = None
        return submissions

    def families(self, *head: str) -> tuple[list[Metric], list[Metric]]:
        """Return the family that a line `# TYPE family type` announces, and the same if it is not left out."""
        self._lines = head
        return list(self.parse_metrics()), list(self.consume_metrics({}))

    def collects(self, *head: str) -> bool:
        """Tell whether the base class collects the family that a line `# TYPE family type` announces."""
        self._lines = head
        return any(self.metric_transformer.get(metric) is not None for metric in self.consume_metrics({}))

    def get_connection(self) -> _Lines:
        """Return the lines in the place of an answer."""
        return _Lines(self._lines, self._content_type)

    def parse_metrics(self) -> Iterator[Metric]:
        """Yield the families under the names that are mapped."""
        for metric in super().parse_metrics():
            metric.name = canonical_family(self.component, metric.name)
            yield metric

    def consume_metrics(self, runtime_data: dict[str, object]) -> Iterator[Metric]:
        """Yield the families that are not excluded, and take note of those that cannot be collected."""
        return self._collectable(super().consume_metrics(runtime_data))

    def consume_metrics_w_target_info(self, runtime_data: dict[str, object]) -> Iterator[Metric]:
        """As `consume_metrics`, with the option `target_info`."""
        return self._collectable(super().consume_metrics_w_target_info(runtime_data))

    def _collectable(self, metrics: Iterable[Metric]) -> Iterator[Metric]:
        for metric in metrics:
            if not self._is_mapped(metric.name):
                _note(self.unmapped, metric.name)
            elif metric.type not in TYPES and self._types.get(metric.name) in NATIVE:
                # The base class skips it for one of these types and stops the whole scrape for the other.
                _note(self.untyped, metric.name)
                continue
            yield metric

    def _is_mapped(self, family: str) -> bool:
        return (
            family in self._types
            or family in self._known  # Families of Go are known, and not mapped when `go_metrics` is off.
            or any(pattern.search(family) for pattern in self._patterns)
            or family == self.component.version_family
            or left_out_reason(self.component, family) is not None
        )

    def _submit_version(
        self, _metric: Metric, samples: Iterable[tuple[Sample, list[str], str]], _runtime_data: dict[str, object]
    ) -> None:
        for sample, tags, hostname in samples:
            version = sample.labels.get('version', '')
            if version:
                self.version = version
                self.gauge(f'{self.component.name_prefix}version', 1, tags=tags, hostname=hostname)


class _Recorder:
    """Stands in the place of the check for the base class. While `recorded` is a list, submissions go there."""

    def __init__(self, check: OpenMetricsBaseCheckV2) -> None:
        self._check = check
        self.recorded: list[Submission] | None = None
        for method in METHODS:
            setattr(self, method, partial(self._submit, method))

    def _submit(self, method: str, *arguments: object, **options: object) -> None:
        if self.recorded is None:
            getattr(self._check, method)(*arguments, **options)
        else:
            self.recorded.append((method, arguments, options))

    def __getattr__(self, name: str) -> object:
        return getattr(self._check, name)


class _Lines:
    """Lines that have those members of `requests.Response` that the base class's scraper uses."""

    def __init__(self, lines: Iterable[str], content_type: str) -> None:
        self._lines = lines
        self.headers = {'Content-Type': content_type}

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to close."""

    def iter_lines(self, decode_unicode: bool = True) -> Iterator[str]:
        """Yield the lines. Raises `ValueError` for what the parser would take too much time or memory for."""
        labels = 0
        for line in self._lines:
            if len(line) > MAX_LINE_CHARACTERS:
                raise ValueError(f'a line is longer than {MAX_LINE_CHARACTERS} characters')
            labels = 0 if line.startswith('#') else labels + line.count('"') // 2
            if labels > MAX_BLOCK_LABELS:
                raise ValueError(f'a family has more than {MAX_BLOCK_LABELS} labels')
            yield line


def _note(families: set[str], family: str) -> None:
    if len(families) < MAX_FAMILIES_NOTED:
        families.add(family)
