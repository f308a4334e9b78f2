# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Tags that are remembered go to the Agent as they are. All others go the way of the base class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import Mock, patch

import pytest
from endpoints import plain
from expositions import recording
from for_each import for_each

from datadog_checks.base import OpenMetricsBaseCheckV2
from datadog_checks.base.checks import base
from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck


class BaseCheck(OpenMetricsBaseCheckV2):
    """The base class under our name."""

    __NAMESPACE__ = 'cilium'
    DEFAULT_METRIC_LIMIT = 0


TYPES = {name: getattr(AggregatorStub, name) for name in dir(AggregatorStub) if name.isupper()}
METHODS: dict[str, Callable] = {
    'gauge': lambda check, tags: check.gauge('a', 1, tags=tags),
    'gauge of a host': lambda check, tags: check.gauge('a', 1, tags=tags, hostname='h'),
    'gauge of a device': lambda check, tags: check.gauge('a', 1, tags=tags, device_name='sda'),
    'gauge of a device in bytes': lambda check, tags: check.gauge('a', 1, tags=tags, device_name=b'sda'),
    'rate': lambda check, tags: check.rate('a', 1, tags=tags),
    'count': lambda check, tags: check.count('a', 1, tags=tags),
    'histogram': lambda check, tags: check.histogram('a', 1, tags=tags),
    'monotonic_count': lambda check, tags: check.monotonic_count('a', 1, tags=tags, flush_first_value=True),
    'bucket': lambda check, tags: check.submit_histogram_bucket('a', 1, 0.0, 1.0, True, 'h', tags),
    'service_check': lambda check, tags: check.service_check('a', 0, tags=tags),
}
TAGS = (
    None,
    [],
    (),
    ['a:b'],
    ('a:b',),
    ('a:b', 'a:b', 'c'),
    ['a:b', 'a:b', 'c'],
    ('caf\u00e9:\U0001f41d', '', ':', 'a:b:c'),
    [b'a:b', 'c:d'],
    ['a:b', None, 'c:d'],
    ['caf\u00e9'.encode(), '\u00e9'],
    [b'\xff\xfe', 'a:b'],
    ['service:x', 'host:y', 'env', 'a:b'],
    ('service:x', 'host:y', 'env', 'a:b'),
)


@contextmanager
def recording_aggregator() -> Iterator[Mock]:
    """Put what records its calls in the place of the Agent's aggregator."""
    with patch.object(base, 'aggregator', Mock(**TYPES)) as aggregator:
        yield aggregator


def submitted(kind: type[OpenMetricsBaseCheckV2], method: Callable, tags: object, options: dict) -> list[tuple]:
    """Return the calls of the aggregator, without the check and its id."""
    with recording_aggregator() as aggregator:
        method(kind('cilium', {}, [{'agent_endpoint': 'http://cilium.test/metrics', **options}]), tags)
    return [
        (name, *(list(argument) if isinstance(argument, (list, tuple)) else argument for argument in arguments[2:]))
        for name, arguments, _ in aggregator.mock_calls
    ]


@for_each('options', [{}, {'disable_generic_tags': True}, {'disable_generic_tags': False}], ids=repr)
@for_each('tags', TAGS, ids=repr)
@for_each('method', METHODS.values(), ids=METHODS)
def test_the_agent_gets_what_the_base_class_gives_it(method, tags, options):
    if method is METHODS['bucket'] and tags is None:
        tags = []  # The base class fails.

    expected = submitted(BaseCheck, method, tags, options)

    assert len(expected) == 1
    assert submitted(CiliumCheck, method, tags, options) == expected


@pytest.mark.parametrize('tags', [('a:b', 'c:d'), ()], ids=repr)
def test_a_tuple_is_not_copied(tags):
    with recording_aggregator() as aggregator:
        CiliumCheck('cilium', {}, [{}]).gauge('a', 1, tags=tags)

    ((_, arguments, _),) = aggregator.mock_calls
    assert arguments[5] == (tags or [])
    assert type(arguments[5]) is type(tags or [])


def test_a_list_that_the_caller_changes_afterwards_is_copied():
    tags = ['a:b']
    with recording_aggregator() as aggregator:
        CiliumCheck('cilium', {}, [{}]).gauge('a', 1, tags=tags)
    tags.append('c:d')

    ((_, arguments, _),) = aggregator.mock_calls
    assert arguments[5] == ['a:b']


@pytest.mark.parametrize('options', [{}, {'disable_generic_tags': True}], ids=repr)
def test_all_tags_of_a_recorded_agent_are_strings(options, serve):
    """In the first scrape, and in one from memory."""
    agent = serve(plain(recording('agent', 'incident')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'enable_health_service_check': True, **options}])
    with recording_aggregator() as aggregator:
        check.run()
        check.run()

    calls = [arguments for name, arguments, _ in aggregator.mock_calls if name == 'submit_metric']
    assert len(calls) > 1000
    tags = [arguments[5] for arguments in calls]
    assert {type(tag) for some in tags for tag in some} == {str}
    assert {type(some) for some in tags} <= {tuple, list}
    generic = {tag.partition(':')[0] for some in tags for tag in some} & {'service', 'cilium_service'}
    assert generic == ({'cilium_service'} if options else {'service'})
