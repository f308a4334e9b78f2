# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Hypothesis strategies for expositions, as servers write them and as nobody should, and for configurations."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

NAMES = ('a', 'b', 'b_total', 'c_count', 'd_seconds', 'e:f')
TYPES = ('counter', 'gauge', 'histogram', 'summary', 'untyped', 'unknown', 'info', 'stateset', 'gaugehistogram', 'x')
LABEL_NAMES = ('x', 'y', 'host', 'le', 'quantile', 'z_1')
ODD_VALUES = (
    '',
    ' ',
    'a b',
    ' #',
    '# TYPE a gauge',
    ',',
    '}',
    '{',
    '="',
    '",',
    '"',
    '\\',
    '\\"',
    '\\n',
    '\n',
    'n\\',
    'é',
    '\u2028',
    '\x85',
    '\x0b',
    '\t',
    '名',
    '1',
)

label_values = st.one_of(st.sampled_from(('u', 'v', 'w')), st.sampled_from(ODD_VALUES), st.text(max_size=3))
bounds = st.sampled_from(('0.1', '1', '2.5', '10', '+Inf', '1e3', '-1'))
values = st.one_of(
    st.sampled_from(('0', '1', '7', '1.5', '-3', '1e5', '2.5e-07', 'NaN', '+Inf', '-Inf', '9007199254740993')),
    st.integers(-(10**9), 10**9).map(str),
    st.floats().map(repr),
)
odd_values = st.sampled_from(
    ('1_0', '0x1', 'x', '', '1 2', '1 1700000000000', '1\t5', ' 1', '\uff11', 'inf', 'nan', '+1', '.5')
)


def escaped(value: str) -> str:
    """Return the value of a label as the text format writes it."""
    return value.replace('\\', r'\\').replace('\n', r'\n').replace('"', r'\"')


@dataclass(frozen=True)
class Line:
    """A sample: the text of its series, what separates it from its value, and the value."""

    series: str
    value: str
    separator: str = ' '
    end: str = ''

    def __str__(self) -> str:
        return f'{self.series}{self.separator}{self.value}{self.end}'


@dataclass(frozen=True)
class FamilyText:
    """A family: its metadata lines and its samples."""

    metadata: tuple[str, ...]
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return '\n'.join((*self.metadata, *map(str, self.lines)))


@st.composite
def series_texts(draw: st.DrawFn, name: str) -> str:
    names = draw(st.lists(st.sampled_from(LABEL_NAMES), max_size=3, unique=draw(st.integers(0, 9)) > 0))
    labels = []
    for label in names:
        value = draw(bounds if label in ('le', 'quantile') else label_values)
        labels.append(f'{label}="{escaped(value) if draw(st.integers(0, 19)) else value}"')
    if not labels:
        return name + draw(st.sampled_from(('', '', '', '{}')))
    comma = draw(st.sampled_from((',',) * 12 + (', ', ' ,', ',,')))
    closing = draw(st.sampled_from(('}',) * 12 + (',}', ' }')))
    return f'{name}{draw(st.sampled_from(("",) * 12 + (" ",)))}{{{comma.join(labels)}{closing}'


ODD_METADATA = (
    lambda name, lines: [],
    lambda name, lines: [line.replace(' ', '  ', 1) for line in lines],
    lambda name, lines: [f' {line}' for line in lines],
    lambda name, lines: lines[:-1],
    lambda name, lines: [*lines, f'# TYPE {name} gauge'],
    lambda name, lines: [*lines, f'# TYPE {name} counter'],
    lambda name, lines: [*lines, '# a comment'],
    lambda name, lines: [*lines, f'# HELPING TYPE {name} gauge'],
    lambda name, lines: [*lines, f'#x TYPE {name} gauge'],
    lambda name, lines: [*lines, '# "TYPE" a gauge'],
    lambda name, lines: [*lines, '# TYPE'],
    lambda name, lines: [line.replace(name, f'"{name}"') for line in lines],
    lambda name, lines: [*lines, ''],
)


@st.composite
def metadata(draw: st.DrawFn, name: str, type_: str) -> list[str]:
    """Return the metadata lines of a family: most of them as servers write them."""
    lines = [f'# TYPE {name} {type_}']
    if draw(st.booleans()):
        lines.insert(draw(st.sampled_from((0, 0, 0, 1))), f'# HELP {name} What it is.')
    if draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(ODD_METADATA))(name, lines)
    return lines


@st.composite
def sample_lines(draw: st.DrawFn, name: str, type_: str) -> Line:
    """Return a sample of a family: most of them as servers write them."""
    suffixes = {'histogram': ('_bucket', '_sum', '_count'), 'summary': ('', '_sum', '_count')}.get(type_, ('',))
    suffix = draw(st.sampled_from(suffixes)) if draw(st.integers(0, 19)) else draw(st.sampled_from(('_x', '_sum')))
    series = draw(series_texts(name + suffix))
    if suffix == '_bucket' and 'le="' not in series and draw(st.integers(0, 9)):
        series = f'{name}_bucket{{le="{draw(bounds)}"}}'
    if type_ == 'summary' and suffix == '' and 'quantile="' not in series:
        series = f'{name}{{quantile="{draw(st.sampled_from(("0.5", "0.9")))}"}}'
    value = draw(values) if draw(st.integers(0, 19)) else draw(odd_values)
    separator = draw(st.sampled_from((' ',) * 25 + ('  ', '\t', '')))
    return Line(series, value, separator, draw(st.sampled_from(('',) * 25 + (' ', '\t', ' # x="y"} 1'))))


@st.composite
def family_texts(draw: st.DrawFn) -> FamilyText:
    """Return a family."""
    name = draw(st.sampled_from(NAMES))
    type_ = draw(st.sampled_from(TYPES[:4] * 5 + TYPES))
    lines = draw(st.lists(sample_lines(name, type_), max_size=5))
    return FamilyText(tuple(draw(metadata(name, type_))), tuple(lines))


@st.composite
def next_families(draw: st.DrawFn, families: list[FamilyText]) -> list[FamilyText]:
    """Return the families of the scrape after one: most of them as they were, with other values."""
    later = []
    for family in families:
        lines = [replace(line, value=draw(values)) if draw(st.integers(0, 4)) else line for line in family.lines]
        match draw(st.integers(0, 12)):
            case 0:
                continue
            case 1:
                lines = draw(st.permutations(lines))
            case 2:
                lines = lines[1:]
            case 3:
                lines = lines + lines[:1]
            case 4:
                lines = [*lines, *draw(family_texts()).lines]
            case 5:
                later.append(draw(family_texts()))
            case 6 if family.metadata:
                later.append(replace(draw(family_texts()), lines=tuple(lines)))
                continue
        later.append(replace(family, lines=tuple(lines)))
    if draw(st.integers(0, 9)) == 0:
        later = draw(st.permutations(later))
    return later


@st.composite
def three_expositions(draw: st.DrawFn) -> list[str]:
    """Return the bodies of three scrapes of one endpoint."""
    families = draw(st.lists(family_texts(), min_size=1, max_size=5))
    end = draw(st.sampled_from(('\n',) * 8 + ('\r\n', '\n\n')))
    bodies = []
    for _ in range(3):
        text = '\n'.join(map(str, families)).replace('\n', end)
        bodies.append(text + draw(st.sampled_from((end, end, end, ''))))
        families = draw(next_families(families))
    return bodies


_targets = st.one_of(
    st.sampled_from(('m', 'n.o')),
    st.fixed_dictionaries(
        {'name': st.sampled_from(('m', 'n.o'))},
        optional={
            'type': st.sampled_from(('native', 'counter', 'gauge', 'histogram', 'summary', 'counter_gauge', 'rate'))
        },
    ),
)


@st.composite
def configurations(draw: st.DrawFn) -> dict:
    """Return a configuration of a scraper: in most of them little, in some of them anything."""
    metrics = draw(st.dictionaries(st.sampled_from((*NAMES, 'b', 'c', 'e:f')), _targets, min_size=1, max_size=6))
    config: dict = {'metrics': [metrics]}
    rare = {
        'exclude_metrics': st.lists(st.sampled_from(('a', 'b', 'c.*', 'd_seconds')), max_size=2),
        'extra_metrics': st.lists(st.sampled_from(('a', '.+', 'd_.*', {'d_.*': {'type': 'gauge'}})), max_size=2),
        'exclude_labels': st.lists(st.sampled_from(LABEL_NAMES), max_size=2),
        'include_labels': st.lists(st.sampled_from(LABEL_NAMES), max_size=3),
        'rename_labels': st.dictionaries(st.sampled_from(LABEL_NAMES), st.sampled_from(('r', 's')), max_size=2),
        'exclude_metrics_by_labels': st.dictionaries(
            st.sampled_from(LABEL_NAMES), st.one_of(st.just(True), st.just(['u', '^v$'])), max_size=1
        ),
        'tags': st.lists(st.sampled_from(('t:1', 'u', 'service:s')), max_size=2),
        'ignore_tags': st.just(['t']),
        'tag_by_endpoint': st.booleans(),
        'hostname_label': st.sampled_from(LABEL_NAMES),
        'hostname_format': st.just('h-<HOSTNAME>'),
        'collect_histogram_buckets': st.booleans(),
        'non_cumulative_histogram_buckets': st.booleans(),
        'histogram_buckets_as_distributions': st.booleans(),
        'collect_counters_with_distributions': st.booleans(),
        'collect_histograms_as_distributions': st.booleans(),
        'raw_line_filters': st.just(['_sum']),
        'raw_metric_prefix': st.sampled_from(('b_', 'd_', 'a')),
        'share_labels': st.sampled_from(({'a': True}, {'a': {'labels': ['x'], 'match': ['y']}})),
        'target_info': st.booleans(),
        'telemetry': st.booleans(),
        'cache_metric_wildcards': st.booleans(),
        'max_remembered_series': st.integers(0, 12),
        'use_process_start_time': st.booleans(),
    }
    for option in draw(st.lists(st.sampled_from(sorted(rare)), max_size=draw(st.sampled_from((0, 1, 1, 2, 4))))):
        config[option] = draw(rare[option])
    return config


@st.composite
def openmetrics_texts(draw: st.DrawFn) -> str:
    """Return a body in the OpenMetrics format, as servers write it: with exemplars and units, and an end."""
    lines: list[str] = []
    for name in draw(st.lists(st.sampled_from(('a', 'b', 'd_seconds')), min_size=1, max_size=3, unique=True)):
        type_ = draw(st.sampled_from(('counter', 'gauge', 'histogram', 'summary', 'info', 'unknown')))
        lines.append(f'# TYPE {name} {type_}')
        if name == 'd_seconds':
            lines.append('# UNIT d_seconds seconds')
        label = draw(st.sampled_from(('u', 'v', 'é', '\\"')))
        exemplar = draw(st.sampled_from(('', ' # {x="y"} 0.5', ' # {x="}"} 0.5 1.5')))
        value = draw(st.integers(0, 10**6))
        match type_:
            case 'counter':
                lines.append(f'{name}_total{{x="{label}"}} {value}{exemplar}')
            case 'histogram':
                lines.append(f'{name}_bucket{{x="{label}",le="1.0"}} {value}{exemplar}')
                lines.append(f'{name}_bucket{{x="{label}",le="+Inf"}} {value + 1}')
                lines.append(f'{name}_count{{x="{label}"}} {value + 1}')
                lines.append(f'{name}_sum{{x="{label}"}} {value / 7}')
            case 'summary':
                lines.append(f'{name}{{x="{label}",quantile="0.5"}} {value}')
            case 'info':
                lines.append(f'{name}_info{{x="{label}"}} 1')
            case _:
                lines.append(f'{name}{{x="{label}"}} {value}')
    return '\n'.join((*lines, '# EOF', ''))


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[str], bool]:
    """Return the bodies of three scrapes of one endpoint, and whether they are in the OpenMetrics format."""
    if draw(st.integers(0, 9)) == 0:
        return [draw(openmetrics_texts()) for _ in range(3)], True
    texts = draw(three_expositions())
    if draw(st.integers(0, 9)) == 0:
        type_ = draw(st.sampled_from(('gauge', 'untyped')))
        start = f'# TYPE process_start_time_seconds {type_}\nprocess_start_time_seconds {draw(values)}\n'
        texts = [start + text if draw(st.booleans()) else f'{text.rstrip()}\n{start}' for text in texts]
    return texts, False
