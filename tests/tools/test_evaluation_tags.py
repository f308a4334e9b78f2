# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.evaluation.tags import LONGEST_TAG, normalised_tag


@pytest.mark.parametrize(
    ('tag', 'stored'),
    [
        ('kube_node:worker-1', 'kube_node:worker-1'),
        ('reason:Policy denied', 'reason:policy_denied'),
        ('reason:CT: Map insertion failed', 'reason:ct:_map_insertion_failed'),
        ('path:/v1/healthz.txt', 'path:/v1/healthz.txt'),
        ('k:a (b) [c]', 'k:a_b_c'),
        ('k:a__b', 'k:a_b'),
        ('k:a+_b', 'k:a_b'),
        ('k:a!', 'k:a'),
        ('k:_a', 'k:_a'),
        ('k:ÄÖ', 'k:äö'),
        ('1k:v', 'k:v'),
        ('_k:v', 'k:v'),
        ('%%', ''),
        ('', ''),
        ('k:' + 'x' * 300, 'k:' + 'x' * (LONGEST_TAG - 2)),
        ('k:' + 'x' * 197 + '  y', 'k:' + 'x' * 197),
    ],
    ids=lambda text: text[:30],
)
def test_normalised_tag(tag, stored):
    assert normalised_tag(tag) == stored


@given(st.text(max_size=250))
def test_a_stored_tag_stays_as_it_is(tag):
    stored = normalised_tag(tag)

    assert normalised_tag(stored) == stored
    assert len(stored) <= LONGEST_TAG
    assert not stored.endswith('_')
