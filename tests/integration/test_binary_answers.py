# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Binary data in the place of metrics: it is not quoted, and the message is the same whatever the data are."""

from __future__ import annotations

from random import Random

import pytest
from endpoints import TEXT_FORMAT, plain, response_head
from expositions import family

from datadog_checks.cilium import CiliumCheck

AGENT = family('cilium_unreachable_nodes', 'gauge', 1)
SEEDS = range(40)


def garbage(seed: int, size: int = 5000) -> bytes:
    return Random(seed).randbytes(size)


ANSWERS = {
    'body': lambda seed: plain(garbage(seed)),
    'body that begins like a page': lambda seed: plain(b'<' + garbage(seed)),
    'Content-Type of a page': lambda seed: lambda _: (
        b'HTTP/1.1 200 OK\r\nContent-Type: \xff%c\r\nContent-Length: 6\r\n\r\n<html>' % (192 + seed),
    ),
    'Content-Encoding': lambda seed: lambda _: (
        b'HTTP/1.1 200 OK\r\nContent-Encoding: \xff%c\r\nContent-Length: 6\r\n\r\n<html>' % (192 + seed),
    ),
    'after metrics': lambda seed: plain(AGENT.encode() + garbage(seed)),
    'status line': lambda seed: lambda _: (garbage(seed),),
    'size of a chunk': lambda seed: lambda _: (
        response_head(Content_Type=TEXT_FORMAT, Transfer_Encoding='chunked') + b'\xff' + garbage(seed),
    ),
    'whole OpenMetrics': lambda seed: plain(
        b'\xff' + garbage(seed), Content_Type='application/openmetrics-text; version=1.0.0'
    ),
    'body of an error': lambda seed: plain(garbage(seed), status=500),
}


@pytest.mark.parametrize('kind', ANSWERS)
def test_the_message_is_the_same_with_each_run(kind, serve, aggregator):
    agent = serve(plain(''))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    messages = set()
    for seed in SEEDS:
        agent.answer = ANSWERS[kind](seed)
        aggregator.reset()
        check.run()
        (health,) = aggregator.service_checks('cilium.openmetrics.health')
        messages.add(health.message)

    assert len(messages) == 1, sorted(messages)
    message = messages.pop()
    assert message
    assert message.isascii()
    assert '\\x' not in message


def test_a_text_is_quoted_beside_metrics(serve, run):
    agent = serve(plain(AGENT + 'cilium_policy{x="y"} one\n'))

    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    (health,) = submitted.service_checks('cilium.openmetrics.health')
    assert health.message == (
        '1 lines could not be read and are left out. The first one is \'cilium_policy{x="y"} one\'.'
    )


def test_another_protocol_is_quoted(serve, failed_run):
    agent = serve(lambda _: (b'SSH-2.0-OpenSSH_9.2\r\n',))

    message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}]))

    assert "the response is not HTTP. It begins with 'SSH-2.0-OpenSSH_9.2" in message
