# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The base class's scraper as a function: text in, submissions out. Nothing else knows the base class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import Metric

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper

from ..components import OWN_LABEL_NAMES, Component, canonical_family, left_out_reason, metrics_by_family, parsed_family
from ..configuration import LABEL_PREFIX
from ..levels import left_out
from ..recognition import misplaced
from .deadline import Deadline
from .limits import MAX_FAMILIES_NOTED
from .stand_ins import Lines, Recorder, Submission

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

TYPES = ('counter', 'gauge', 'histogram', 'summary')
"""Types on the wire that the base class collects."""
NATIVE = ('native', 'native_dynamic')
"""Types in the option `metrics` that make the base class use the type of the TYPE line."""
OPENMETRICS = 'application/openmetrics-text'


class Interpreter(OpenMetricsScraper):
    """
    The base class's scraper, fed with lines instead of an endpoint. It submits, or returns what it would submit.

    It relies on parts of the base class - `scrape`, which reads `flush_first_value` and the lines of `get_connection`,
    `consume_metrics`, `consume_metrics_w_target_info` and `metric_transformer` - verified with datadog-checks-base
    37.22.0 to 38.7.0. Tests fail if they change.
    """

    def __init__(self, check: OpenMetricsBaseCheckV2, component: Component, config: Mapping[str, object]) -> None:
        self._recorder = Recorder(check)
        super().__init__(self._recorder, config)
        self.component = component
        self.namespace = check.__NAMESPACE__
        """The prefix of all metric names, without the dot."""
        self.version = ''
        """The version of the component, from this scrape."""
        self.seen: set[str] = set()
        """Families read in this scrape, by the parser's names. Remembered ones are not read."""
        self.unmapped: set[str] = set()
        self.untyped: set[str] = set()
        """Families that were read but not collected: not mapped, or without a type."""
        transformer = self.metric_transformer
        self.pairs_buckets = bool(
            transformer.histogram_buckets_as_distributions or transformer.non_cumulative_histogram_buckets
        )
        """Whether a submission depends on two buckets."""
        self._types = {name: options['type'] for name, options in transformer.normalize_metric_config(config).items()}
        self.wants_untyped = bool(transformer.metric_patterns) or not set(self._types.values()) <= set(NATIVE)
        """Whether the configuration maps families of any type, so that lines without a TYPE line count too."""
        self.left_out = left_out(component, config, transformer.histogram_buckets_as_distributions)
        """What the collection level leaves out."""
        self._known = {parsed_family(family) for family in metrics_by_family(component, go_metrics=True)}
        self._patterns = tuple(pattern for pattern, _ in transformer.metric_patterns)
        self.skipped = 0
        """Series of the families read in this scrape that the level left out."""
        self._families, self._misplaced = set[str](), ''
        """The verdict on the families of the last response: see `misplaced`."""
        self._lines: Iterable[str] = ()
        self._content_type = ''
        self._deadline: Deadline | None = None
        if component.version_family:
            transformer.add_custom_transformer(component.version_family, self._submit_version)

    @property
    def accept(self) -> str | None:
        """The header Accept of the base class."""
        accept: str | None = self.http.options['headers'].get('Accept')
        return accept

    def begin(self) -> None:
        """Begin a scrape: reset what was recorded in the last one."""
        self.version = ''
        for families in (self.seen, self.unmapped, self.untyped):
            families.clear()
        self.skipped = self._recorder.submitted = 0

    @property
    def submitted(self) -> int:
        """The number of series values that `submit` has submitted in this scrape."""
        return self._recorder.submitted

    def leaves_out(self, family: str) -> bool:
        """Tell whether the collection level leaves out a family on the wire, or some of its buckets."""
        return bool(self.left_out.families) and self.left_out.concerns(self._canonical(family))

    def _canonical(self, family: str) -> str:
        """Return the name under which a family on the wire is mapped."""
        return canonical_family(self.component, parsed_family(family))

    def reads_openmetrics(self, content_type: str) -> bool:
        """Tell whether a response is parsed as OpenMetrics, not as the older text format."""
        return self._use_latest_spec or content_type.split(';')[0] == OPENMETRICS

    def reads_whole(self, content_type: str, is_first: bool) -> bool:
        """Tell whether the format or an option makes families depend on each other, so that blocks cannot be split."""
        return bool(
            self.reads_openmetrics(content_type)
            or self.enable_telemetry
            or self.target_info
            or self.label_aggregator.configured
            or self.raw_line_filter is not None
            or (self.use_process_start_time and is_first)
        )

    def submit(
        self,
        lines: Iterable[str],
        flush_first_value: bool | None,
        content_type: str = '',
        deadline: Deadline | None = None,
    ) -> None:
        """
        Submit lines as the base class does.

        Raises whatever the base class raises for lines that it cannot parse: `ValueError`, `KeyError` and others. The
        deadline is checked before each family, because with some options the base class reads all lines first.
        """
        self._lines, self._content_type, self._deadline = lines, content_type, deadline
        self.flush_first_value = flush_first_value
        try:
            self.scrape()
        finally:
            self._deadline = None

    def submissions(self, lines: Iterable[str], flush_first_value: bool) -> list[Submission]:
        """Return the submissions that `submit` would make for lines in the text format. Raises the same."""
        submissions: list[Submission] = []
        self._recorder.recorded = submissions
        try:
            self.submit(lines, flush_first_value)
        finally:
            self._recorder.recorded = None
        return submissions

    def families(self, *head: str) -> tuple[list[Metric], list[Metric]]:
        """Return the families that TYPE lines announce, and those of them that `exclude_metrics` leaves."""
        self._lines = head
        return list(self.parse_metrics()), list(self.consume_metrics({}))

    def collects(self, *head: str) -> bool:
        """Tell whether the base class collects the family of a line `# TYPE family type`."""
        self._lines = head
        return any(self.metric_transformer.get(metric) is not None for metric in self.consume_metrics({}))

    def names(self, family: str) -> bool:
        """Tell whether the options name a family on the wire and exclude nothing: a shortcut for `collects`."""
        name = self._canonical(family)
        return self.exclude_metrics_pattern is None and name in self._types and name not in self.exclude_metrics

    def misplaced(self, families: set[str]) -> str:
        """Return a message if the families belong to another component, otherwise an empty string."""
        if 2 * len(families & self._families) <= len(families | self._families):  # Few come and go while it runs.
            mapped = sum(self._is_mapped(self._canonical(name)) for name in families)
            self._families, self._misplaced = families, misplaced(self.component, families, mapped)
        return self._misplaced

    def get_connection(self) -> Lines:
        """Return the lines in place of a response."""
        return Lines(self._lines, self._content_type)

    def parse_metrics(self) -> Iterator[Metric]:
        """Yield the families under their mapped names, without what the level leaves out."""
        for metric in super().parse_metrics():
            _note(self.seen, metric.name)
            metric.name = canonical_family(self.component, metric.name)
            if metric.name not in self.left_out.families or not any(p.search(metric.name) for p in self._patterns):
                self.skipped += self.left_out.taken_from(metric, self.pairs_buckets)
            for label, name in OWN_LABEL_NAMES.get(metric.name, {}).items():
                if self.rename_labels.get(label) == LABEL_PREFIX + label:  # The instance has no other name for it.
                    for sample in metric.samples:
                        if label in sample.labels:
                            sample.labels[name] = sample.labels.pop(label)
            yield metric

    def consume_metrics(self, runtime_data: dict[str, object]) -> Iterator[Metric]:
        """Yield the families that are not excluded, and record those that cannot be collected."""
        return self._collectable(super().consume_metrics(runtime_data))

    def consume_metrics_w_target_info(self, runtime_data: dict[str, object]) -> Iterator[Metric]:
        """As `consume_metrics`, with the option `target_info`."""
        return self._collectable(super().consume_metrics_w_target_info(runtime_data))

    def _collectable(self, metrics: Iterable[Metric]) -> Iterator[Metric]:
        for metric in metrics:
            if self._deadline is not None:
                self._deadline.check()
            if metric.type == 'counter' and self._is_left_out_or_mapped_as_written(f'{metric.name}_total', metric):
                continue
            if not self._is_mapped(metric.name):
                _note(self.unmapped, metric.name)
            elif metric.type not in TYPES and self._types.get(metric.name) in NATIVE:
                # The base class skips it for one of these types and stops the whole scrape for the other.
                _note(self.untyped, metric.name)
                continue
            yield metric

    def _is_left_out_or_mapped_as_written(self, family: str, metric: Metric) -> bool:
        """
        Tell whether a pattern excludes a counter by its name on the wire.

        If a pattern maps it by that name, map it under the parser's name too, which the base class looks up.
        """
        if self.exclude_metrics_pattern is not None and self.exclude_metrics_pattern.search(family):
            self.submit_telemetry_number_of_ignored_metric_samples(metric)
            return True
        transformer = self.metric_transformer
        if transformer.get(metric) is None:
            for pattern, config in transformer.metric_patterns:
                if pattern.search(family):
                    mapped = {'name': metric.name, **config}
                    transformer.transformer_data[metric.name] = transformer.compile_transformer(mapped)
                    self._types[metric.name] = config['type']
                    break
        return False

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
            if version := sample.labels.get('version', ''):
                self.version = version
                self.gauge(f'{self.component.name_prefix}version', 1, tags=tags, hostname=hostname)


def _note(families: set[str], family: str) -> None:
    if len(families) < MAX_FAMILIES_NOTED:
        families.add(family)
