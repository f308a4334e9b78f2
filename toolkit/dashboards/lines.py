# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The lines, or columns, of a widget: what it shows, with means and percentiles of histograms written out."""

from __future__ import annotations

import re
from itertools import pairwise

from toolkit.dashboards.definition import Line, Mean, Quantiles, Widget
from toolkit.dashboards.from_monitors import scope
from toolkit.queries.parsing import parse_query
from toolkit.queries.syntax import Binary, Call, Expression, Number

_NAMED_SCOPE = re.compile(r'<(\w+)>')

ALMOST_NOTHING = 0.0001
"""Of a value. Divided by this, what is above zero becomes huge: a bucket that is empty is passed as a whole."""


def lines_of(widget: Widget) -> dict[str, tuple[Line, Expression]]:
    """
    Return the lines by the name in the legend, which is empty where a widget has one line without a name.

    Raises `DefinitionError` and `QueryError`.
    """
    lines: dict[str, tuple[Line, Expression]] = {}
    if widget.mean:
        lines[''] = Line(''), _parsed(_mean(widget.mean))
    elif isinstance(widget.show, dict):
        lines |= {name: (line, _parsed(line.query)) for name, line in widget.show.items()}
    elif widget.show:
        lines[''] = Line(widget.show), _parsed(widget.show)
    if widget.quantiles:
        # Times are in seconds: what a column shows beside a count has to say so.
        lines |= {
            name: (Line('', unit='second'), expression) for name, expression in _quantiles(widget.quantiles).items()
        }
    return lines


def _parsed(text: str) -> Expression:
    return parse_query(_NAMED_SCOPE.sub(lambda found: scope(found[1]), text))


def _mean(mean: Mean) -> str:
    by = f' by {{{",".join(mean.by)}}}' if mean.by else ''
    return ' / '.join(f'sum:{mean.of}.{part}{{{mean.where}}}{by}.as_rate()' for part in ('sum', 'count'))


def _quantiles(quantiles: Quantiles) -> dict[str, Expression]:
    """
    Return the percentiles by name, as Prometheus's histogram_quantile does it: in a bucket, values spread evenly.

    A percentile is the width of all buckets below it, and of its own bucket the part that is below it. That part is
    `(wanted - below) / (up to its bound - below)`, where `wanted` is how many values are below the percentile. It is 1
    or more for buckets further down and 0 or less for those further up: within 0 and 1, it is right for every bucket.
    Values above the highest bound count as being there.
    """
    by = f' by {{{",".join(quantiles.by)}}}' if quantiles.by else ''
    where = '' if quantiles.where == '*' else f',{quantiles.where}'

    def series(suffix: str, scope: str) -> Expression:
        return parse_query(f'sum:{quantiles.of}.{suffix}{{{scope}}}{by}.as_count()')

    count = series('count', quantiles.where)
    buckets = [(bound, series('bucket', f'upper_bound:{float(bound)}{where}')) for bound in quantiles.bounds]
    return {f'p{at * 100:g}': _quantile(at, count, buckets) for at in quantiles.at}


def _quantile(at: float, count: Expression, buckets: list[tuple[float, Expression]]) -> Expression:
    wanted = Binary('*', Number(at), count)
    first_bound, first = buckets[0]
    total = _within_0_and_1(Binary('/', wanted, Binary('+', first, Number(ALMOST_NOTHING))), first_bound)
    for (lower_bound, lower), (bound, bucket) in pairwise(buckets):
        share = Binary('/', Binary('-', wanted, lower), Binary('+', Binary('-', bucket, lower), Number(ALMOST_NOTHING)))
        total = Binary('+', total, _within_0_and_1(share, round(bound - lower_bound, 9)))
    return total


def _within_0_and_1(share: Expression, width: float) -> Expression:
    limited = _call('clamp_max', _call('clamp_min', share, 0), 1)
    return Binary('*', Number(width), limited)


def _call(function: str, operand: Expression, limit: float) -> Call:
    return Call(function, operand, (Number(limit),))
