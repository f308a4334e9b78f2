# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A name in an option that matches no family is said once, with the nearest names."""

from __future__ import annotations

import logging

import pytest
from endpoints import late, plain
from expositions import family

from datadog_checks.cilium import CiliumCheck

DROPS = family('cilium_drop_count_total', 'counter', 3, reason='Policy denied', direction='EGRESS')
FLOWS = family('hubble_flows_processed_total', 'counter', 3)
SAID = 'No endpoint of this instance has families with these names from the option '


@pytest.fixture
def said(caplog):
    """Return what was said of names."""
    caplog.set_level(logging.INFO)
    return lambda: [r.getMessage().removeprefix(SAID) for r in caplog.records if r.getMessage().startswith(SAID)]


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'exclude_metrics': ['cilium_drop_cuont_total']}, '`exclude_metrics`: cilium_drop_cuont_total (nearest: '),
        ({'exclude_metrics': ['cilium_dorp_.*']}, '`exclude_metrics`: cilium_dorp_.*'),
        ({'extra_metrics': [{'apples': 'a', 'cilium_drop_count': 'd'}]}, '`extra_metrics`: apples'),
        ({'share_labels': {'apples': True}}, '`share_labels`: apples'),
    ],
    ids=repr,
)
def test_what_matches_nothing(options, expected, serve, run, said):
    agent = serve(plain(DROPS))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}])

    for _ in range(3):
        run(check)

    (message,) = said()
    assert message.startswith(expected)
    assert 'cuont' not in message or 'cilium_drop_count_total' in message


@pytest.mark.parametrize(
    'name', ['cilium_drop_count_total', 'cilium_drop_count', 'cilium_drop_.*', 'drop_count_total$', 'hubble_flows.*']
)
def test_what_matches_a_family_of_any_endpoint(name, serve, run, said):
    agent, hubble = serve(plain(DROPS)), serve(plain(FLOWS))
    instance = {'agent_endpoint': agent.url, 'hubble_endpoint': hubble.url, 'exclude_metrics': [name]}

    run(CiliumCheck('cilium', {}, [instance]))

    assert said() == []


def test_nothing_is_said_before_all_endpoints_have_answered(serve, run, failed_run, said):
    agent, hubble = serve(plain(DROPS)), serve(plain('', status=500))
    instance = {'agent_endpoint': agent.url, 'hubble_endpoint': hubble.url, 'exclude_metrics': ['hubble_flows.*', 'x']}
    check = CiliumCheck('cilium', {}, [instance])
    failed_run(check)
    assert said() == []

    hubble.answer = late(0, plain(FLOWS))
    run(check)

    assert said() == ['`exclude_metrics`: x']
