# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options that are no sensible number: one error that names the option, and nobody is asked."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import family

from datadog_checks.base import ConfigurationError
from datadog_checks.cilium import CiliumCheck

OPTIONS = ('timeout', 'connect_timeout', 'read_timeout', 'min_collection_interval', 'request_size')
VALUES = (1e10, float('inf'), float('nan'), -1, 'x')


def error_of(instance: dict, init_config: dict, dd_run_check) -> str:
    with pytest.raises(Exception, match=ConfigurationError.__name__) as e:
        dd_run_check(CiliumCheck('cilium', init_config, [instance]))
    return str(e.value)


@pytest.mark.parametrize('value', VALUES, ids=repr)
@pytest.mark.parametrize('option', [*OPTIONS, 'max_remembered_series'])
def test_of_the_instance(option, value, serve, dd_run_check):
    agent = serve(plain(family('cilium_unreachable_nodes', 'gauge', 1)))

    assert option in error_of({'agent_endpoint': agent.url, option: value}, {}, dd_run_check)
    assert agent.requests == []


@pytest.mark.parametrize('value', VALUES, ids=repr)
@pytest.mark.parametrize('option', ['timeout', 'min_collection_interval'])
def test_of_init_config(option, value, serve, dd_run_check):
    agent = serve(plain(family('cilium_unreachable_nodes', 'gauge', 1)))

    assert option in error_of({'agent_endpoint': agent.url}, {option: value}, dd_run_check)
    assert agent.requests == []


@pytest.mark.parametrize(
    'options', [{'timeout': 3600}, {'min_collection_interval': 0}, {'min_collection_interval': 86400}], ids=repr
)
def test_large_ones_that_make_sense(options, serve, run):
    agent = serve(plain(family('cilium_unreachable_nodes', 'gauge', 1)))

    run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}]))
