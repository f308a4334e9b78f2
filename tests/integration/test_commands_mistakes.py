# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the commands say of arguments and files that cannot work: a line, and never a traceback."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec

import pytest
from endpoints import plain
from expositions import family

from datadog_checks.cilium.commands.main import main
from datadog_checks.cilium.configuration import endpoints_of
from datadog_checks.cilium.scraping.limits import MAX_BODY_BYTES

NO_HOST_NAMES = ('a..b', '.', '*', '*.example.com', 'a' * 64, 'ü..b')
HOST_NAMES = ('a_b', 'host.', '[::1]', '[fe80::1%25eth0]', 'bücher.example', 'a' * 63)
PACKAGES = {'kerberos': 'requests_kerberos', 'ntlm': 'requests_ntlm', 'aws': 'aws_requests_auth'}


@pytest.mark.parametrize('host', NO_HOST_NAMES)
@pytest.mark.parametrize('command', [['explain'], ['check', '--interval', '0', '--agent-endpoint']], ids=lambda c: c[0])
def test_a_host_that_is_no_host_name_is_refused(command, host, capsys):
    assert main([*command, f'http://{host}:9962/metrics']) == 2
    assert f'has an invalid host: {host!r}' in capsys.readouterr().err


@pytest.mark.parametrize('host', HOST_NAMES)
def test_a_host_that_may_be_one_is_taken(host):
    url = f'http://{host}:9962/metrics'
    assert list(endpoints_of({'agent_endpoint': url})) == [url]


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('tags=' + '[' * 1000, 'nested too deeply'),
        ('tags=' + '[' * 1000 + ']' * 1000, 'nested too deeply'),
        ('service=2020-13-45', 'is not YAML: month must be in 1..12'),
    ],
    ids=['open', 'closed', 'date'],
)
def test_a_value_that_yaml_cannot_read_is_refused(option, message, capsys):
    with pytest.raises(SystemExit) as e:
        main(['check', '--option', option])
    assert e.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('tags=&a [*a]', 'contains itself'),
        ('headers=&a {x: *a}', 'contains itself'),
        ('auth_type=null', 'cannot use these options'),
    ],
)
def test_a_value_that_the_check_cannot_use_is_refused(option, message, capsys):
    assert main(['check', '--agent-endpoint', 'http://localhost:1/metrics', '--option', option]) == 2
    assert message in capsys.readouterr().err


def test_an_interval_that_is_no_number_is_refused(capsys):
    with pytest.raises(SystemExit) as e:
        main(['check', '--interval', '1x'])
    assert e.value.code == 2
    assert "'1x' is not a number of seconds" in capsys.readouterr().err


@pytest.mark.parametrize('auth_type', PACKAGES)
@pytest.mark.parametrize('command', [['explain'], ['check', '--interval', '0', '--agent-endpoint']], ids=lambda c: c[0])
def test_a_package_that_is_missing_is_named(command, auth_type, capsys):
    if find_spec(PACKAGES[auth_type]):
        pytest.skip(f'{PACKAGES[auth_type]} is there')
    options = {
        'auth_type': auth_type,
        'ntlm_domain': 'example\\user',
        'aws_host': 'example.com',
        'aws_region': 'a',
        'aws_service': 'b',
    }
    if auth_type != 'ntlm':
        del options['ntlm_domain']
    arguments = [part for name, value in options.items() for part in ('--option', f'{name}={value}')]
    assert main([*command, 'http://localhost:1/metrics', *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert f"No module named '{PACKAGES[auth_type]}'" in error
    assert 'a package is missing that the Python of the Agent has' in error
    assert 'Traceback' not in error
    assert 'lazily' not in error


@pytest.mark.parametrize(
    ('target', 'message'),
    [
        ('/dev/zero', f'is larger than {MAX_BODY_BYTES} bytes'),
        ('/', 'cannot read /: Is a directory'),
        ('/nowhere', 'cannot read /nowhere: No such file or directory'),
        ('', 'No such file or directory'),
        ('a' * 5000, 'File name too long'),
        ('/dev/null', 'holds no metrics'),
    ],
    ids=['endless', 'folder', 'missing', 'no-name', 'long-name', 'nothing'],
)
def test_a_file_that_cannot_be_explained(target, message, capsys):
    assert main(['explain', target]) == 1
    assert message in capsys.readouterr().err


def test_a_file_that_is_no_text_is_read_as_the_check_reads_it(tmp_path, capsys):
    path = tmp_path / 'binary'
    path.write_bytes(b'\xff\xfe\x00\x01' * 1000)
    assert main(['explain', str(path)]) == 1
    assert 'not in the Prometheus text format' in capsys.readouterr().err


@pytest.mark.parametrize('label', [b'caf\xc3\xa9', b'caf\xe9'], ids=['utf-8', 'latin-1'])
def test_bytes_that_are_no_utf_8_cost_nothing(label, monkeypatch, capsys):
    """As in an answer: https://docs.python.org/3/library/codecs.html#error-handlers"""
    text = family('cilium_unreachable_nodes', 'gauge', 1, node='NAME').encode().replace(b'NAME', label)
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(text), encoding='utf-8'))
    assert main(['explain', '-']) == 0
    assert '1 families with 1 series are collected' in capsys.readouterr().out


def test_what_the_base_package_cannot_do_with_an_option_is_told(serve, capsys):
    """The file for the token is no key, which shows when the request is made."""
    reader = {'type': 'dcos_auth', 'login_url': 'http://localhost:1', 'service_account': 'a'}
    token = {'reader': {**reader, 'private_key_path': __file__}, 'writer': {'type': 'header', 'name': 'a'}}
    url = serve(plain(family('cilium_unreachable_nodes', 'gauge', 1))).url
    assert main(['explain', url, '--option', f'auth_token={token}']) == 1
    assert f'error: cannot read {url}: ' in capsys.readouterr().err
