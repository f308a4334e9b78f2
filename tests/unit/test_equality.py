# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Our scraper submits what the base class's scraper submits, for three scrapes in a row."""

from __future__ import annotations

import os

from comparison import Comparison, texts
from exposition_strategies import configurations, three_expositions
from hypothesis import HealthCheck, example, given, settings

# `EQUALITY_CASES=20000 python -m pytest tests/unit/test_equality.py` looks longer. Each run takes a seed of its own.
CASES = int(os.environ.get('EQUALITY_CASES', '400'))


@settings(
    max_examples=CASES, deadline=None, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
@example(
    # In the lines of a family that nobody maps stands another one, without a type, that is mapped whatever its type.
    bodies=3 * ['# TYPE a counter\n\ne:f_x 0\ne:f 0\n'],
    config={'metrics': [{'e:f': {'name': 'm', 'type': 'counter'}}]},
)
@example(
    # The type of the family is told twice, the second time in a way that only a parser sees.
    bodies=['# TYPE a counter\n\n\na 1 2\na 0\n # TYPE a gauge\n', '\n', '\n'],
    config={'metrics': [{'a': 'm'}]},
)
@example(
    # The samples of a counter are called otherwise by the parser, and a `summary` goes by the names of samples.
    bodies=3 * ['# TYPE a counter\na 0\na{x="\\\\"} 1\n'],
    config={'metrics': [{'a': {'name': 'm', 'type': 'summary'}}]},
)
@example(
    # A family that was a summary when it was seen first.
    bodies=['# TYPE b summary\n', '# TYPE b counter\nb 0\n', '# TYPE b counter\nb 0\n'],
    config={'metrics': [{'b': 'm'}]},
)
@given(bodies=three_expositions(), config=configurations())
def test_submits_what_the_base_class_submits(bodies, config):
    comparison = Comparison(config)
    for answer in texts(bodies):
        base, ours = comparison.scrape(answer)
        if isinstance(base, Exception):
            return  # From here on the two differ on purpose.
        assert ours == base
