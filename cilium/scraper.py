# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A scraper that submits what the base class's scraper submits, and remembers from one scrape to the next how.

The idea
--------
An exposition says much the same every 15 seconds. A line such as

    cilium_drop_count_total{direction="EGRESS",reason="Policy denied"} 12

is the text of a *series* and, after the last space, a *value*. Between two scrapes hardly anything but the values
changes. So what the text of a series turns into - a method such as `monotonic_count`, the name of a metric, tags - is
worked out once, when the series appears, and remembered. After that, a line costs a split, a lookup, `float()` and the
call of the public method that submits the value. Families that nobody asked for are remembered as such: their lines
are not looked at.

The mapping is not written a second time here. What a new series turns into is learnt from the base class: its own code
runs on samples whose values are their numbers 0, 1, 2, ..., while a recorder in the place of the check notes which
number comes out as which submission. See `_learn`.

What goes through the base class
--------------------------------
The exposition is cut into blocks, the lines of a family (`blocks.py`). A block is submitted as a whole: from memory if
every line of it is provably simple, otherwise by the base class, from the text of the block. In doubt it is the base
class: slow and right before fast and wrong. Simple means:

- The metadata is a line `# TYPE family type`, maybe with a line `# HELP` before it, and the type is one of `SUFFIXES`.
- Each line is a series in the strict grammar, one space, and a value. So no timestamps, exemplars or odd spacing.
- The family is mapped by its name, not through a pattern, and to what its type says, not to a special type such as
  `service_check`. Its histogram buckets are submitted as they are, not as distributions or without what is below.

An answer in the OpenMetrics format goes through the base class as a whole, and so do all answers with options that
change every line or that let one family change the tags of another. See `_goes_through_base_class`.

What is forgotten
-----------------
After a scrape, the series and the families that were not in it are forgotten. Labels that change with every scrape
cost time, not memory. No more than `max_remembered_series` are remembered, and no more than they take in the mean: the
blocks that do not fit any more go through the base class, and the log tells so, once. When the tags of the check
change (`set_dynamic_tags`), everything is forgotten.

What a bad line costs
---------------------
The base class ends a scrape at the first line that it cannot read. Here, a block that it cannot submit is tried again
line by line, up to a limit. The bad lines are left out and counted, and everything else is submitted. The service check
turns to WARNING with the first bad line, and the log names the family, once. Only an answer without a single sound line
fails. Lines and names that are too long count as bad too.

Then there is `flush_first_value`. It tells the Agent that a counter which it sees for the first time has begun at zero
since the last scrape, so that its whole value counts. That is wrong for a counter whose line was bad in the last
scrape: it may have grown for weeks. So in the scrape after one with a bad line, the counters of that family, and of
that family only, are submitted without it: the first value of a series sets the start, and counts from the next on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from math import isfinite
from sys import getsizeof
from typing import TYPE_CHECKING

from prometheus_client import Metric
from prometheus_client.parser import text_fd_to_metric_families as parse_prometheus
from prometheus_client.samples import Sample

from datadog_checks.base import ConfigurationError
from datadog_checks.base.checks.openmetrics.v2.scraper import OpenMetricsScraper
from datadog_checks.base.constants import ServiceCheck

from .blocks import MAX_QUOTED, METRIC_NAME, Block, ExpositionError, blocks
from .exposition import is_sample

if TYPE_CHECKING:
    from datadog_checks.base import OpenMetricsBaseCheckV2

MAX_REMEMBERED_SERIES = 300_000
"""The default of the option `max_remembered_series`. A remembered series takes some 400 bytes."""
BYTES_PER_SERIES = 1024
"""What a remembered series may take at most, in the mean, by `_size_of`. Few real ones come close."""
BYTES_FOR_FAMILIES = 16 * 1024 * 1024
"""What may be taken besides, for some thousand families. A component has some hundred."""
MAX_SHAPES_CHARACTERS = 1000
"""How long the texts are, together, that are remembered of a family for new series. Some are enough."""
MAX_BLOCK_LABELS = 1_000_000
"""How many labels are read at once. While it is read, each takes some 300 bytes."""
MAX_BAD_FAMILIES = 10_000
"""How many families with bad lines are told apart in a scrape."""
OTHER_FAMILIES = ''
"""What stands for the rest of them."""
MAX_FAMILIES_REPORTED = 100
"""How many families with bad lines a scraper names in the log, and remembers to have named."""
MAX_FAMILIES_CHARACTERS = 2000
"""How long the names in one message of the log are, together."""

SUFFIXES = {
    'counter': ('',),
    'gauge': ('',),
    'histogram': ('_bucket', '_sum', '_count'),
    'summary': ('', '_sum', '_count'),
}
"""The types that are simple, and what the names of their samples add to the name of the family."""
SIMPLE_TARGETS = {'native', 'native_dynamic', *SUFFIXES}
"""The types in the option `metrics` for which a sample becomes at most one submission, with the sample's value."""

MAX_NAME_CHARACTERS = 400
"""How long the name of a family, a sample or a label is. In Datadog, that of a metric has 200 characters at most."""
MAX_LINE_CHARACTERS = 16 * 1024
"""How long a line is that is given to the parser, whose time grows with the square of a line's labels and escapes."""

NAME = rf'[a-zA-Z_:][a-zA-Z0-9_:]{{0,{MAX_NAME_CHARACTERS - 1}}}'
LABEL_NAME = re.compile(rf'[a-zA-Z_][a-zA-Z0-9_]{{0,{MAX_NAME_CHARACTERS - 1}}}')
LABEL_VALUE = re.compile(r'"(?:[^"\\]|\\[\\"n])*"')
LABEL = f'{LABEL_NAME.pattern}={LABEL_VALUE.pattern}'
HEAD = re.compile(rf'(?:# HELP {NAME}(?: .*)?\n)?# TYPE (?P<family>{NAME}) (?P<type>{"|".join(SUFFIXES)})(?:\n|$)')
SURE = re.compile(rf'{NAME}(?:\{{{LABEL}(?:,{LABEL})*\}})? (?:[-+]?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|NaN|[-+]Inf)')
SPECIAL = re.compile('_bucket|le="|quantile="')
SAMPLE = re.compile(rf'\s*(?:{METRIC_NAME}\s*[{{\s]|\{{)')
LABELS = re.compile(rf'{LABEL}(?:,{LABEL})*\}}')


MAX_TRIALS = 5000
"""
How many lines of a scrape are tried one by one, in blocks with bad lines. A trial takes some 50 microseconds. One that
takes longer, with much metadata before the line or a long line, counts more often.
"""
TRIAL_LINES = 10
TRIAL_CHARACTERS = 1000
"""How many lines and characters take about as long as one trial."""


class NotSimple(Exception):
    """A block, a series or a value is not of the form that can be remembered."""


Series = tuple[bool, str, str, tuple[str, ...]] | None
"""
What the text of a series turns into: whether its values go to `monotonic_count` and not to `gauge`, the name of the
metric, the host's name, and tags. None for a series that is not submitted.
"""


class Family:
    """What is remembered of a family: how it is submitted, and its series by their texts."""

    def __init__(self, name: str, type_: str) -> None:
        # The parser brings counters into the form of OpenMetrics, in which the names of their samples end in `_total`.
        total = '_total' if type_ == 'counter' and not name.endswith('_total') else ''
        self.sample_names = {name + suffix: name + suffix + total for suffix in SUFFIXES[type_]}
        """The names of samples on the wire: as the parser gives them on."""
        self.is_simple = True
        self.metric: Metric | None = None
        """The family as the base class names it, without samples. None if the configuration excludes it."""
        self.transformer: Callable | None = None
        """The base class's function that submits it. None if nobody maps it."""
        self.series: dict[str, Series] = {}
        self.shapes: dict[str, tuple[str, tuple[str, ...]]] = {}
        """Texts of series without the values of labels: the names of the sample and of its labels."""
        self.own_size = 2000 + 10 * len(name) + 8 * MAX_SHAPES_CHARACTERS
        self.series_size = 0
        """What the family and its series take, in bytes, rather more than less."""

    def keep_only(self, series: dict[str, Series]) -> None:
        """Forget all series but these, which are among them."""
        self.series_size -= _size_of(self.series.keys() - series.keys())
        self.series = series
        self.shapes = {}

    def owns(self, samples: list[str]) -> bool:
        """Tell whether all lines are samples of this family. To the base class, others are families without type."""
        beginnings = tuple(name + after for name in self.sample_names for after in '{ ')
        return all(line.startswith(beginnings) for piece in samples for line in piece.splitlines())


Call = tuple[str, tuple, dict]
"""A submission that was noted: the name of the check's method, and its arguments."""


class Recorder:
    """
    Stands in the place of the check for the base class. While it records, it notes submissions instead of making them.

    Everything else that is asked of it, it asks of the check.
    """

    def __init__(self, check: OpenMetricsBaseCheckV2) -> None:
        self._check = check
        self._calls: list[Call] | None = None
        self._series: list[Series] | None = None
        self._same = {}.setdefault
        """Returns the first of equal things. Series share most of their tags, which are long strings."""
        for name in ('rate', 'count', 'histogram', 'submit_histogram_bucket', 'service_check', 'set_metadata'):
            setattr(self, name, partial(self._submit, name))

    def gauge(self, name: str, value: float, tags: Sequence[str] | None = None, hostname: str | None = None) -> None:
        """Note or submit a gauge."""
        if self._series is None:
            self._submit('gauge', name, value, tags=tags, hostname=hostname)
        else:
            self._series[value] = False, name, hostname, tuple(map(self._same, tags, tags))

    def monotonic_count(
        self,
        name: str,
        value: float,
        tags: Sequence[str] | None = None,
        hostname: str | None = None,
        flush_first_value: bool = False,
    ) -> None:
        """Note or submit a monotonic count."""
        if self._series is None:
            self._submit(
                'monotonic_count', name, value, tags=tags, hostname=hostname, flush_first_value=flush_first_value
            )
        else:
            self._series[value] = True, name, hostname, tuple(map(self._same, tags, tags))

    def _submit(self, method: str, *arguments: object, **options: object) -> None:
        if self._calls is not None:
            self._calls.append((method, arguments, options))
        else:
            getattr(self._check, method)(*arguments, **options)

    def record(self, submit: Callable[..., None], *arguments: object) -> list[Call]:
        """Call a function and return the submissions that it wants to make."""
        self._calls = calls = []
        try:
            submit(*arguments)
        finally:
            self._calls = None
        return calls

    def learn(self, count: int, submit: Callable[..., None], *arguments: object) -> list[Series]:
        """
        Call a function that submits samples, whose values are their numbers from 0 to `count`.

        Return what each of them turned into.
        """
        self._series = series = [None] * count
        try:
            submit(*arguments)
        finally:
            self._series = None
            self._same = {}.setdefault
        return series

    def __getattr__(self, name: str) -> object:
        return getattr(self._check, name)


class RememberingScraper(OpenMetricsScraper):
    """See the head of this module."""

    def __init__(self, check: OpenMetricsBaseCheckV2, config: Mapping) -> None:
        self._check = check
        self._recorder = Recorder(check)
        super().__init__(self._recorder, config)
        self._target_types = {
            name: options['type'] for name, options in self.metric_transformer.normalize_metric_config(config).items()
        }
        self._all_targets_are_native = set(self._target_types.values()) <= {'native', 'native_dynamic'}
        self._max_series = config.get('max_remembered_series', MAX_REMEMBERED_SERIES)
        if not isinstance(self._max_series, int) or self._max_series < 0:
            raise ConfigurationError('Setting `max_remembered_series` must be a number of series, 0 or more')
        self._families: dict[tuple[str, str], Family] = {}
        self._lines: Iterable[str] | None = None
        """The lines that the base class gets instead of those of the endpoint."""
        self._sound_lines = 0
        self._trials = MAX_TRIALS
        """How many more lines of this scrape may be tried one by one."""
        self._bad_lines: Counter[str] = Counter()
        """How many bad lines the families of the current scrape have."""
        self._first_bad_line = ''
        self._bad_families: frozenset[str] = frozenset()
        """The families that had bad lines in the scrape before."""
        self._reported: set[str] = set()
        self._room = self._max_series
        """How many more series may be remembered."""
        self._room_bytes = 0
        """How many more bytes what is remembered may take."""
        self._forgotten = 0
        """How many series and families of this scrape there was no room for."""
        self._has_told_of_forgotten = False

    def set_dynamic_tags(self, *tags: str) -> None:
        """Set tags that every metric gets from now on."""
        super().set_dynamic_tags(*tags)
        self._families.clear()

    @property
    def is_openmetrics(self) -> bool:
        """Whether the answer, once it has begun, is in the OpenMetrics format and not in the older text format."""
        return self.parse_metric_families is not parse_prometheus

    def select(self, family_blocks: Iterator[Block]) -> Iterator[Block]:
        """Choose among the blocks of an exposition. Subclasses may leave some out, or change their order."""
        return family_blocks

    def stream_connection_lines(self) -> Iterator[str]:
        """Yield the lines for the base class: those of the block at hand, or those of the whole answer."""
        if self._lines is not None:
            return iter(self._lines)
        return _lines_of(self._blocks())

    def parse_metrics(self) -> Iterator[Metric]:
        """Yield the families of the lines. Raises `ValueError` for a name that is too long, as for other bad lines."""
        for metric in super().parse_metrics():
            names = chain.from_iterable((sample.name, *sample.labels) for sample in metric.samples)
            if len(metric.name) > MAX_NAME_CHARACTERS or max(map(len, names), default=0) > MAX_NAME_CHARACTERS:
                raise ValueError(f'a name is longer than {MAX_NAME_CHARACTERS} characters')
            yield metric

    def _blocks(self) -> Iterator[Block]:
        # The connection yields text in pieces of many lines where others yield lines: see `BoundedResponse`.
        return self.select(blocks(super().stream_connection_lines()))

    # The one private seam of the base class that this module uses: `_scrape` makes the submissions of one scrape,
    # within `scrape`, which keeps account of `flush_first_value`. It was checked in datadog-checks-base 37.22.0 to
    # 38.7.0. `TestSeamOfTheBaseClass` fails if it changes.
    def _scrape(self) -> None:
        if self._goes_through_base_class():
            self._families.clear()
            super()._scrape()
            return

        answer = self._blocks()
        first = next(answer, None)
        if first is not None and self.is_openmetrics:
            self._submit_by_base_class(_lines_of(chain((first,), answer)))
            return

        self._sound_lines = 0
        self._bad_lines = Counter()
        self._first_bad_line = ''
        self._trials = MAX_TRIALS
        known = self._families.values()
        self._room = self._max_series - sum(len(family.series) for family in known)
        size = sum(family.own_size + family.series_size for family in known)
        self._room_bytes = self._max_series * BYTES_PER_SERIES + BYTES_FOR_FAMILIES - size
        self._forgotten = 0
        families: dict[tuple[str, str], Family] = {}
        answer, first = chain(() if first is None else (first,), answer), None
        for block in answer:
            self._submit(block, families)
            del block
        self._families = families
        self._tell_of_forgotten()
        self._account_for_bad_lines()

    def _goes_through_base_class(self) -> bool:
        """Tell whether the configuration lets lines or families depend on others, or wants to count them."""
        return bool(
            self.enable_telemetry
            or self.target_info
            or self.label_aggregator.configured
            or self.raw_line_filter is not None
            or (self.use_process_start_time and self.flush_first_value is None)
        )

    def _submit(self, block: Block, families: dict[tuple[str, str], Family]) -> None:
        """Submit a block, from memory if that is possible, and add its family to those of this scrape."""
        try:
            family, samples = self._recall(block, families)
            if family.transformer is not None:
                self._submit_from_memory(family, samples, flush=self._flush_first_value_of(block.family))
            elif self._may_want_untyped() and not family.owns(samples):
                raise NotSimple
            else:
                self._sound_lines += 1  # There may be more. They are not looked at.
        except NotSimple:
            self._submit_block_by_base_class(block)

    def _may_want_untyped(self) -> bool:
        """Tell whether the configuration maps families whatever their type is."""
        return bool(self.metric_transformer.metric_patterns) or not self._all_targets_are_native

    def _recall(self, block: Block, families: dict[tuple[str, str], Family]) -> tuple[Family, list[str]]:
        """Return the family of a block, remembered or learnt now, and the text of its samples, in pieces."""
        head = HEAD.match(block.pieces[0])
        if head is None or block.is_odd:
            raise NotSimple
        samples = [block.pieces[0][head.end() :], *block.pieces[1:]]
        if any(piece.startswith('#') or '\n#' in piece for piece in samples):
            raise NotSimple
        key = head['family'], head['type']
        family = self._families.get(key)
        if family is None:
            family = families.get(key) or self._new_family(key, families)
        else:
            families[key] = family
        if not family.is_simple:
            raise NotSimple
        return family, samples

    def _new_family(self, key: tuple[str, str], families: dict[tuple[str, str], Family]) -> Family:
        """Learn a family, and add it to those of this scrape if there is room."""
        family = self._learn_family(*key)
        if family.own_size > self._room_bytes:
            self._forgotten += 1
        else:
            self._room_bytes -= family.own_size
            families[key] = family
        return family

    def _learn_family(self, name: str, type_: str) -> Family:
        """Let the base class tell what it calls a family and how it would submit it."""
        family = Family(name, type_)
        self._lines = [f'# TYPE {name} {type_}']
        try:
            metrics = list(self.consume_metrics({}))
        finally:
            self._lines = None
        if metrics:
            family.metric = metrics[0]
            family.transformer = self.metric_transformer.get(family.metric)
        if family.transformer is None:
            return family
        target_type = self._target_types.get(family.metric.name)
        buckets_change = (
            self.metric_transformer.histogram_buckets_as_distributions
            or self.metric_transformer.non_cumulative_histogram_buckets
        )
        family.is_simple = target_type in SIMPLE_TARGETS and not (
            buckets_change and 'histogram' in (type_, target_type)
        )
        if family.is_simple:
            # The type that a `native` family has when it is seen first is the one that it keeps.
            family.transformer(family.metric, iter(()), {'flush_first_value': False})
        return family

    def _submit_from_memory(self, family: Family, samples: list[str], flush: bool) -> None:
        """Submit the samples of a family. Raises `NotSimple`, before it submits anything, if one of them is not."""
        values: list[float] = []
        series: list[Series] = []
        try:
            for piece in filter(None, samples):
                texts, _, value_texts = zip(*(line.rpartition(' ') for line in piece.splitlines()), strict=True)
                values += _values(value_texts)
                series += self._series_of(family, texts)
        except NotSimple:
            family.keep_only({})
            raise
        if len(series) != len(family.series):
            present = (line.rpartition(' ')[0] for piece in samples for line in piece.splitlines())
            family.keep_only(dict(zip(present, series, strict=True)))
        self._sound_lines += len(series)

        gauge, monotonic_count = self._check.gauge, self._check.monotonic_count
        for submission, value in zip(series, values, strict=True):
            if submission is None or not isfinite(value):
                continue
            is_count, name, hostname, tags = submission
            if is_count:
                monotonic_count(name, value, tags=tags, hostname=hostname, flush_first_value=flush)
            else:
                gauge(name, value, tags=tags, hostname=hostname)

    def _series_of(self, family: Family, texts: Sequence[str]) -> list[Series]:
        """Return what the texts of series turn into. Those that are new are learnt."""
        known = family.series
        try:
            return [known[text] for text in texts]
        except KeyError:
            new = (text for text in texts if text not in known) if known else texts
            self._learn(family, list(dict.fromkeys(new)))
            return [known[text] for text in texts]

    def _learn(self, family: Family, texts: list[str]) -> None:
        """Let the base class tell what the texts of series turn into, and remember it."""
        size = _size_of(texts)
        if len(texts) > self._room or size > self._room_bytes:
            self._forgotten += len(texts)
            raise NotSimple
        if size > MAX_LINE_CHARACTERS and (max(map(len, texts)) > MAX_LINE_CHARACTERS or _has_too_many_labels(texts)):
            raise NotSimple
        # The value of each sample is its number. It comes out again as the value of the submission.
        metric = family.metric
        try:
            metric.samples = self._samples(family, texts)
            series = self._recorder.learn(
                len(texts), family.transformer, metric, self.generate_sample_data(metric), {'flush_first_value': False}
            )
        except Exception:  # The base class will raise it again, and then the bad line is found.
            raise NotSimple from None
        finally:
            metric.samples = []
            if sum(map(len, family.shapes)) > MAX_SHAPES_CHARACTERS:
                family.shapes = {}
        family.series.update(zip(texts, series, strict=True))
        self._room -= len(texts)
        family.series_size += size
        self._room_bytes -= size

    def _samples(self, family: Family, texts: list[str]) -> list[Sample]:
        """
        Return the samples that the texts of series stand for. Their values are their numbers.

        Raises `NotSimple` if a text is outside the strict grammar.
        """
        text = '\n'.join(texts)
        if '\\' in text:
            return [self._parsed_sample(family, text, number) for number, text in enumerate(texts)]
        # Without escapes, a quotation mark begins or ends the value of a label, whatever else a value holds.
        parts = text.split('"')
        label_values = iter(parts[1::2])
        shapes = '""'.join(parts[::2]).split('\n')
        if len(shapes) != len(texts):
            raise NotSimple
        known = family.shapes
        samples = []
        for number, shape in enumerate(shapes):
            if shape not in known:
                known[shape] = _names(family, shape)
            name, label_names = known[shape]
            # Takes as many values as there are names. The values that follow are those of the next series.
            labels = dict(zip(label_names, label_values))  # noqa: B905
            samples.append(Sample(name, labels, number))
        return samples

    def _parsed_sample(self, family: Family, text: str, number: int) -> Sample:
        """Return the sample that the text of one series stands for, with the parser of the base class."""
        name, _ = _names(family, LABEL_VALUE.sub('""', text))
        (metric,) = self.parse_metric_families([f'{text} {number}'])
        return Sample(name, metric.samples[0].labels, number)

    def _submit_block_by_base_class(self, block: Block) -> None:
        """Submit a block as the base class submits it, without its bad lines."""
        flush_first_value = self.flush_first_value
        self.flush_first_value = self._flush_first_value_of(block.family)
        try:
            lines = list(block.lines())
            try:
                if _has_too_many_labels(lines):
                    raise NotSimple
                calls = self._recorder.record(self._submit_by_base_class, _checked_lines(lines))
            except Exception:
                lines, calls = self._without_bad_lines(block.family, lines)
        finally:
            self.flush_first_value = flush_first_value
        for method, arguments, options in calls:
            getattr(self._check, method)(*arguments, **options)
        self._sound_lines += sum(map(is_sample, lines))

    def _submit_by_base_class(self, lines: Iterable[str]) -> None:
        self._lines = lines
        try:
            super()._scrape()
        finally:
            self._lines = None

    def _without_bad_lines(self, family: str, lines: list[str]) -> tuple[list[str], list[Call]]:
        """Leave out of a block what keeps the base class from submitting it. Return the rest, and its submissions."""
        # Lines in the strict grammar are taken for good ones at first: a trial of each takes long.
        for may_trust in () if _has_too_many_labels(lines) else (True, False):
            sound, bad = self._tried(lines, may_trust)
            try:
                calls = self._recorder.record(self._submit_by_base_class, sound)
            except Exception:
                continue
            break
        else:
            sound, bad, calls = [], lines, []
        if bad:
            family = family[:MAX_NAME_CHARACTERS]
            if family not in self._bad_lines and len(self._bad_lines) >= MAX_BAD_FAMILIES:
                family = OTHER_FAMILIES
            self._bad_lines[family] += len(bad)
            self._first_bad_line = self._first_bad_line or bad[0][:MAX_QUOTED]
        return sound, calls

    def _tried(self, lines: list[str], may_trust: bool) -> tuple[list[str], list[str]]:
        """
        Return the lines that the base class can submit when it gets each alone, after its metadata, and the others.

        When `MAX_TRIALS` are used up in a scrape, the rest of the lines counts as bad.
        """
        sound: list[str] = []
        bad: list[str] = []
        metadata: list[str] = []
        for line in lines:
            if len(line) > MAX_LINE_CHARACTERS:
                bad.append(line)
                continue
            if may_trust and SURE.fullmatch(line) and not SPECIAL.search(line):
                sound.append(line)
                continue
            if self._trials <= 0:
                bad.append(line)
                continue
            if not is_sample(line) and sound and is_sample(sound[-1]):
                metadata = []
            trial = [*metadata, line]
            self._trials -= 1 + len(trial) // TRIAL_LINES + sum(map(len, trial)) // TRIAL_CHARACTERS
            try:
                # The parser takes some garbage for a sample, and all that follows it for families without a type.
                if is_sample(line) and not SAMPLE.match(line):
                    raise NotSimple
                self._recorder.record(self._submit_by_base_class, trial)
            except Exception:
                bad.append(line)
                continue
            sound.append(line)
            if not is_sample(line):
                metadata.append(line)
        return sound, bad

    def _flush_first_value_of(self, family: str) -> bool:
        """Tell whether new counters of a family count from zero. See the head of this module."""
        bad = self._bad_families
        return (
            bool(self.flush_first_value)
            and family[:MAX_NAME_CHARACTERS] not in bad
            and (len(bad) <= MAX_BAD_FAMILIES or OTHER_FAMILIES not in bad)
        )

    def _tell_of_forgotten(self) -> None:
        """Log, once, that there is more than what may be remembered."""
        if self._forgotten and not self._has_told_of_forgotten:
            self._has_told_of_forgotten = True
            self.log.warning(
                '%s: %d series or families do not fit into what is remembered, and cost more CPU. The option '
                '`max_remembered_series` is %d: it allows for that many series, of %d bytes in the mean',
                self.endpoint,
                self._forgotten,
                self._max_series,
                BYTES_PER_SERIES,
            )

    def _account_for_bad_lines(self) -> None:
        """Tell of the bad lines of this scrape. Raises `ExpositionError` if there was no other."""
        self._bad_families = frozenset(self._bad_lines)
        count = self._bad_lines.total()
        if not count:
            return
        first = self._first_bad_line
        if not self._sound_lines:
            raise ExpositionError(
                f'the answer is not in the Prometheus text format. None of its lines is. The first one is {first!r}. '
                'Check the port and the path of the URL'
            )
        new = sorted(self._bad_families - self._reported)[: MAX_FAMILIES_REPORTED - len(self._reported)]
        if new:
            self._reported.update(new)
            self.log.warning(
                '%s: lines of these families cannot be read, and are left out: %s. The first one is %r',
                self.endpoint,
                ', '.join(new)[:MAX_FAMILIES_CHARACTERS],
                first,
            )
        self.submit_health_check(
            ServiceCheck.WARNING,
            message=f'{count} lines could not be read and are left out. The first one is {first!r}.',
        )


def _size_of(texts: Collection[str]) -> int:
    """
    Return how many bytes series take when they are remembered, rather more than less.

    The tags of a series hold as many characters as its text, and each label becomes a string of its own.
    """
    return 2 * sum(map(getsizeof, texts)) + 30 * _quotes_in(texts) + 200 * len(texts)


def _has_too_many_labels(texts: Iterable[str]) -> bool:
    return _quotes_in(texts) > 2 * MAX_BLOCK_LABELS


def _quotes_in(texts: Iterable[str]) -> int:
    """Return how many quotation marks there are in texts. A label has two, or more."""
    return sum(map(str.count, texts, repeat('"')))


def _lines_of(answer: Iterable[Block]) -> Iterator[str]:
    """Yield the lines of blocks for the parser. Raises `ValueError` for what is too long for it."""
    for block in answer:
        if _has_too_many_labels(block.pieces):
            raise ValueError(f'a family has more than {MAX_BLOCK_LABELS} labels')
        yield from _checked_lines(block.lines())
        del block


def _checked_lines(lines: Iterable[str]) -> Iterator[str]:
    """Pass lines on to the parser. Raises `ValueError` for one that is too long for it."""
    for line in lines:
        if len(line) > MAX_LINE_CHARACTERS:
            raise ValueError(f'a line is longer than {MAX_LINE_CHARACTERS} characters')
        yield line


def _names(family: Family, shape: str) -> tuple[str, tuple[str, ...]]:
    """
    Return the name of a sample and the names of its labels, from the text of a series without the labels' values.

    Raises `NotSimple` outside the strict grammar.
    """
    wire_name, brace, labels = shape.partition('{')
    name = family.sample_names.get(wire_name)
    if name is None or (brace and not LABELS.fullmatch(labels)):
        raise NotSimple
    label_names = tuple(LABEL_NAME.findall(labels))
    if len(set(label_names)) < len(label_names) or '__name__' in label_names:
        raise NotSimple
    return name, label_names


def _values(texts: Sequence[str]) -> list[float]:
    """Return the values of samples. Raises `NotSimple` for texts that only Python takes for numbers."""
    if '_' in ''.join(texts):
        raise NotSimple
    try:
        return list(map(float, texts))
    except ValueError:
        raise NotSimple from None
