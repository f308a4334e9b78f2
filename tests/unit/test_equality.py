# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Our scraper submits what the base class's scraper submits, for three scrapes in a row."""

from __future__ import annotations

from comparison import Comparison, texts
from exposition_strategies import configurations, three_expositions
from hypothesis import given


@given(bodies=three_expositions(), config=configurations())
def test_submits_what_the_base_class_submits(bodies, config):
    comparison = Comparison(config)
    for answer in texts(bodies):
        base, ours = comparison.scrape(answer)
        if isinstance(base, Exception):
            return  # From here on the two differ on purpose.
        assert ours == base
