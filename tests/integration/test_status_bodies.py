# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The body of an answer with the status of an error may hold the only reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from endpoints import dripping, endless, plain, response_head

from datadog_checks.cilium import CiliumCheck

# What the handler of client_golang answers when two collectors give the same series.
CLIENT_GOLANG = (Path(__file__).parents[1] / 'recordings/status-500/agent.txt').read_text(encoding='utf-8')
DUPLICATE = (
    'It says \'collected metric "cilium_endpoint_state" { label:{name:"endpoint_state" value:"ready"} '
    "gauge:{value:12}} was collected before with the same name and label values'."
)
WORDS = 'It says '


@pytest.fixture
def failure(serve, failed_run, aggregator):
    """Return what is told of an endpoint with an answer, in the error and in the service check."""

    def failure(answer, **options: object) -> str:
        agent = serve(answer)
        message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'timeout': 0.5, **options}]))
        (check,) = aggregator.service_checks('cilium.openmetrics.health')
        assert message.splitlines()[1] == f'`agent_endpoint` {agent.url}: {check.message}'
        return check.message

    return failure


@pytest.mark.parametrize(
    'answer',
    [
        plain(CLIENT_GOLANG, status=500),
        plain(gzip.compress(CLIENT_GOLANG.encode()), status=500, Content_Encoding='gzip'),
        plain(CLIENT_GOLANG, status=500, Content_Length=len(CLIENT_GOLANG) + 100),
        dripping(response_head(500) + CLIENT_GOLANG.encode(), b'\nand more', 0.05),
        endless(response_head(500) + CLIENT_GOLANG.encode(), b'\nand more'),
    ],
    ids=['plain', 'compressed', 'cut off', 'dripping', 'endless'],
)
def test_the_reason_of_client_golang(answer, failure):
    assert failure(answer) == (
        'the response has the status 500 Internal Server Error. Check the log of the component. ' + DUPLICATE
    )


def test_a_token_does_not_hide_it(failure, tmp_path):
    """With one, the base package asks a second time."""
    (tmp_path / 'token').write_text('token')
    auth_token = {
        'reader': {'type': 'file', 'path': str(tmp_path / 'token')},
        'writer': {'type': 'header', 'name': 'Authorization'},
    }

    assert DUPLICATE in failure(plain(CLIENT_GOLANG, status=500), auth_token=auth_token)


@pytest.mark.parametrize(
    ('status', 'body', 'reason'),
    [
        (500, 'An error has occurred while serving metrics:\n\ncollection took too long', "'collection took too long'"),
        (503, '\n  \tno leader\there \r\nmore', "'no leader here'"),
        (503, 'only a headline:\n', ''),
        (403, 'Forbidden (user=system:anonymous, verb=get)', "'Forbidden (user=system:anonymous, verb=get)'"),
        (401, '{"error": "token expired"}', '\'{"error": "token expired"}\''),
        (404, '404 page not found\n', ''),
        (500, 'Internal Server Error', ''),
        (500, '', ''),
        (502, '<html>\n<head><title>502 Bad Gateway</title></head>\n<hr><center>nginx</center></html>', "'nginx'"),
        (502, '<!DOCTYPE html\n "x">\n<style\n>\n<p>upstream is gone</p>', "'upstream is gone'"),
        (500, 1000 * 'x', f"'{300 * 'x'}...'"),
        # It is read up to half of a character.
        (500, 'x' + 5000 * '\N{LATIN SMALL LETTER E WITH ACUTE}', f"'x{299 * chr(0xE9)}...'"),
    ],
    ids=range(12),
)
def test_the_first_line_that_says_something(status, body, reason, failure):
    message = failure(plain(body, status=status))

    assert message.endswith(f'It says {reason}.') if reason else WORDS not in message


@pytest.mark.parametrize(
    'body', [b'\x1f\x8b\x08\x00 text\nmore text', b'\x00\x01\x02\ntext', b'\x1b[2Jtext'], ids=['gzip', 'nul', 'escape']
)
def test_what_is_not_text_is_not_quoted(body, failure):
    head = response_head(500, Content_Length=len(body))

    assert WORDS not in failure(lambda _: (head, body))


def test_a_body_that_cannot_be_read_does_not_hide_the_status(failure):
    assert failure(plain('x', status=503, Content_Encoding='br')) == (
        'the response has the status 503 Service Unavailable. Check the log of the component.'
    )
