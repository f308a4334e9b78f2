# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A slow endpoint costs the others nothing, and is waited for.

The slow ones answer when a test lets them, and not after some time: what is asserted does not depend on the machine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from threading import Event, Thread

import pytest
from endpoints import TEXT_FORMAT, Answer, Endpoint, Request, plain, response_head
from expositions import family, own_tags

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck

HEALTH = 'cilium.openmetrics.health'
BODY = family('cilium_unreachable_nodes', 'gauge', 1).encode()
OTHERS = {
    'operator': family('cilium_operator_unmanaged_pods', 'gauge', 2),
    'hubble': family('hubble_dynamic_exporter_up', 'gauge', 3),
    'hubble_relay': family('hubble_relay_pool_peer_connection_status', 'gauge', 4),
    'clustermesh_apiserver': family('cilium_clustermesh_apiserver_kvstore_sync_queue_size', 'gauge', 5),
    'kvstoremesh': family('cilium_kvstoremesh_remote_clusters', 'gauge', 6),
}
RUNS = 2
INTERVAL = 2
"""Seconds. Most of it, each run waits for a slow endpoint. The others need a small part of it."""
A_LONG_TIME = 60
"""Seconds. Nothing that works takes as long."""


class Slow:
    """An answer that goes on when the test lets it. How it begins is up to its kind."""

    def __init__(self, kind: str) -> None:
        self.may_go_on = Event()
        self._kind = kind

    def __call__(self, request: Request) -> Iterable[bytes]:
        if self._kind == 'hangs after the headers':
            yield response_head(Content_Type=TEXT_FORMAT)
        if self._kind == 'trickles':
            yield response_head(Content_Type=TEXT_FORMAT)
            while not self.may_go_on.wait(0.05) and not request.over.is_set():
                yield b'# more\n'
        while not self.may_go_on.wait(0.05) and not request.over.is_set():
            pass
        if self._kind == 'hangs':
            yield response_head(Content_Type=TEXT_FORMAT)
        yield BODY


KINDS = ('hangs', 'hangs after the headers', 'trickles')


@pytest.fixture
def others(serve) -> dict[str, Endpoint]:
    return {name: serve(plain(body)) for name, body in OTHERS.items()}


@pytest.fixture
def make(others) -> Iterator[CiliumCheck]:
    """Make a check on an agent and five others. It is cancelled at the end."""
    made: list[CiliumCheck] = []

    def make(agent: Endpoint, **options: object) -> CiliumCheck:
        urls = {f'{name}_endpoint': endpoint.url for name, endpoint in others.items()}
        instance = {'agent_endpoint': agent.url, **urls, 'min_collection_interval': INTERVAL, 'timeout': 600, **options}
        made.append(CiliumCheck('cilium', {}, [instance]))
        return made[-1]

    yield make
    for check in made:
        check.cancel()


def scrapes() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith('scrape of ')]


def wait_for_scrapes() -> None:
    """Wait until no scrape is running any more."""
    for thread in scrapes():
        thread.join(A_LONG_TIME)
    assert scrapes() == []


def assert_others_are_collected(submitted: AggregatorStub, others: dict[str, Endpoint], runs: int = 1) -> None:
    for endpoint in others.values():
        assert len(endpoint.requests) == runs
    assert len([check for check in submitted.service_checks(HEALTH) if check.status == CiliumCheck.OK]) == len(others)
    submitted.assert_metric('cilium.operator.unmanaged_pods', value=2, count=1)
    submitted.assert_metric('cilium.kvstoremesh.remote_clusters', value=6, count=1)


@pytest.mark.parametrize('kind', KINDS)
def test_the_others_are_collected_in_each_run_and_it_is_asked_once(kind, serve, others, make, failed_run, aggregator):
    agent = serve(Slow(kind))
    check = make(agent)
    for number in range(RUNS):
        message = failed_run(check)

        assert_others_are_collected(aggregator, others, runs=number + 1)
        assert len(agent.requests) == 1
        first, line = message.splitlines()
        assert first == '1 of 6 endpoints could not be scraped:'
        assert line.startswith(f'`agent_endpoint` {agent.url}: no complete response after ')
        assert line.endswith(' seconds. The check keeps waiting for it.')


@pytest.mark.parametrize('kind', KINDS)
def test_what_comes_late_is_submitted_and_the_next_runs_are_well(kind, serve, make, failed_run, run, aggregator):
    slow = Slow(kind)
    agent = serve(slow)
    check = make(agent)
    failed_run(check)

    slow.may_go_on.set()
    wait_for_scrapes()

    tags = own_tags('cilium-agent', agent.url)
    aggregator.assert_metric('cilium.unreachable.nodes', value=1, tags=tags, count=1)
    aggregator.assert_service_check(HEALTH, CiliumCheck.OK, tags=tags, count=1)
    for number in range(RUNS):
        run(check).assert_metric('cilium.unreachable.nodes', value=1, tags=tags, count=1)
        assert len(agent.requests) == number + 2


def test_one_that_recovers_while_the_next_run_waits_for_it_is_no_error_of_that_run(
    serve, others, make, failed_run, run
):
    slow = Slow('hangs')
    agent = serve(slow)
    check = make(agent)
    failed_run(check)
    # The next run asks the others. One of them lets the slow one go on.
    others['operator'].answer = lambda request: slow.may_go_on.set() or plain(OTHERS['operator'])(request)

    submitted = run(check)

    submitted.assert_metric('cilium.unreachable.nodes', value=1, count=1)
    assert len(agent.requests) == 1


def test_a_late_failure_is_told_by_the_next_run(serve, make, failed_run, run, aggregator):
    """Whatever that run finds: otherwise nobody would know why the values are missing."""
    gone = Event()

    def breaks_off(request: Request) -> Iterator[bytes]:
        yield response_head(Content_Type=TEXT_FORMAT, Content_Length=1000)
        while not gone.wait(0.05) and not request.over.is_set():
            pass

    agent = serve(breaks_off)
    check = make(agent)
    assert 'no complete response' in failed_run(check)
    gone.set()
    wait_for_scrapes()
    agent.answer = plain(BODY)

    message = failed_run(check)

    assert f'`agent_endpoint` {agent.url}: the response was cut off' in message
    aggregator.assert_metric('cilium.unreachable.nodes', value=1, count=1)
    run(check).assert_metric('cilium.unreachable.nodes', value=1, count=1)


def test_two_slow_ones_are_named_in_one_error(serve, others, make, failed_run, aggregator):
    agent = serve(Slow('hangs'))
    others['hubble'].answer = Slow('trickles')
    check = make(agent)

    lines = failed_run(check).splitlines()

    assert lines[0] == '2 of 6 endpoints could not be scraped:'
    assert [line.split()[0] for line in lines[1:]] == ['`agent_endpoint`', '`hubble_endpoint`']
    aggregator.assert_metric('cilium.operator.unmanaged_pods', count=1)


@pytest.mark.parametrize('kind', KINDS)
def test_a_slow_one_ends_with_its_time(kind, serve, others, make, failed_run, aggregator):
    """And then it is asked again, once in each time: see `MAX_TIMEOUTS`."""
    agent = serve(Slow(kind))
    check = make(agent, timeout=0.1, min_collection_interval=600)  # The run waits for it.
    for number in range(2):
        message = failed_run(check)

        assert f'`agent_endpoint` {agent.url}: the endpoint took too long: no complete response within' in message
        assert_others_are_collected(aggregator, others, runs=number + 1)
        assert len(agent.requests) == number + 1
        assert scrapes() == []


@pytest.mark.parametrize('kind', KINDS)
def test_cancel_ends_what_is_running(kind, serve, make, failed_run):
    """The Agent calls it when it unschedules the check. Nobody else would end the thread."""
    check = make(serve(Slow(kind)))
    failed_run(check)
    (thread,) = scrapes()
    assert thread.name == 'scrape of agent_endpoint'  # For those who look at a dump of the Agent's threads.
    assert thread.daemon  # It does not keep the Agent from ending.

    check.cancel()

    wait_for_scrapes()


def test_a_check_that_has_not_run_can_be_cancelled():
    CiliumCheck('cilium', {}, [{'agent_endpoint': 'http://cilium.invalid/metrics'}]).cancel()


def test_a_run_leaves_no_thread_behind(serve, make, run):
    run(make(serve(plain(BODY))))

    assert scrapes() == []


@pytest.mark.parametrize('answer', [plain(BODY), plain('no', status=500)], ids=['good', 'failing'])
def test_endpoints_are_asked_at_once(answer, serve, make, others):
    """Each waits for all others: one after the other would never end."""
    barrier = threading.Barrier(len(others) + 1)

    def together(answer: Answer) -> Answer:
        return lambda request: barrier.wait(A_LONG_TIME) is None or answer(request)

    for endpoint in others.values():
        endpoint.answer = together(endpoint.answer)
    make(serve(together(answer)), min_collection_interval=1).run()
    wait_for_scrapes()

    assert not barrier.broken
