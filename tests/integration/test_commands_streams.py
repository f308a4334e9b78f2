# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The commands between other programs: closed and full streams, a reader that leaves, Ctrl-C, and the exit status."""

from __future__ import annotations

import os
import signal
import subprocess
from threading import Event

import pytest
from endpoints import plain
from expositions import family
from programs import run, run_in_shell, start

from datadog_checks.cilium.commands.recorded_cluster import RECORDINGS

RECORDING = str(RECORDINGS / 'kvstoremesh.incident.txt')
NODES = family('cilium_unreachable_nodes', 'gauge', 1)
COMMANDS = {
    'explain': ['explain', RECORDING],
    'json': ['explain', RECORDING, '--json'],
    'demo': ['demo'],
    'help': ['check', '--help'],
}
UNBUFFERED = [{}, {'PYTHONUNBUFFERED': '1'}]

by_command = pytest.mark.parametrize('arguments', COMMANDS.values(), ids=COMMANDS)
by_buffer = pytest.mark.parametrize('environment', UNBUFFERED, ids=['buffered', 'unbuffered'])


@by_command
def test_a_full_disk(arguments):
    with open('/dev/full', 'w') as full:
        result = run(*arguments, stdout=full)
    assert result.returncode == 2
    assert result.stderr == 'error: cannot write to the standard output: No space left on device\n'


def test_a_closed_output():
    result = run_in_shell('>&-', 'explain', RECORDING)
    assert (result.returncode, result.stderr) == (2, 'error: the standard output is closed\n')


@by_command
def test_a_reader_that_has_left(arguments):
    """As `| true`. The status is what the shell reports of a program that ends so: 128 and SIGPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    result = run(*arguments, stdout=writer)
    os.close(writer)
    assert (result.returncode, result.stderr) == (128 + signal.SIGPIPE, '')


@by_buffer
def test_a_reader_that_leaves_half_way(environment, tmp_path):
    """As `| head`, with more output than a pipe holds. Without a buffer, Python itself takes a part for all of it."""
    path = tmp_path / 'agent.txt'
    nodes = ''.join(f'cilium_{number}_{"x" * 1000} 1\n' for number in range(100))
    path.write_text(NODES + nodes)
    with start('explain', str(path), '--json', stdout=subprocess.PIPE, environment=environment) as process:
        assert process.stdout.read(1) == '{'
        process.stdout.close()
        assert process.stderr.read() == ''
    assert process.returncode == 128 + signal.SIGPIPE


def test_a_closed_input():
    result = run_in_shell('<&-', 'explain', '-')
    assert (result.returncode, result.stderr) == (1, 'error: the standard input is closed\n')


def test_an_endless_input():
    result = run_in_shell('< /dev/zero', 'explain', '-')
    assert result.returncode == 1
    assert result.stderr.startswith('error: the standard input is larger than ')


@pytest.mark.parametrize('redirection', ['2>&-', '2>/dev/full'])
def test_where_errors_cannot_be_told_the_status_tells_them(redirection):
    assert run_in_shell(redirection, 'explain', '/nowhere').returncode == 1
    assert run_in_shell(redirection, 'check').returncode == 2
    assert run_in_shell(redirection, 'explain').returncode == 2


def test_an_error_is_no_output():
    """Where there is no standard error, Python prints to the standard output."""
    assert run_in_shell('2>&-', 'explain', '/nowhere').stdout == ''


def test_an_output_that_knows_few_characters(tmp_path):
    path = tmp_path / 'agent.txt'
    path.write_text(NODES)
    options = ('--option', 'tags=["team:zürich"]')
    result = run('explain', str(path), *options, stdout=subprocess.PIPE, environment={'PYTHONIOENCODING': 'ascii'})
    assert result.returncode == 0
    assert r'team:z\xfcrich' in result.stdout


def _waiting(serve, on_interrupt: str) -> tuple[subprocess.Popen, Event]:
    """Return a command that waits for the answer of an endpoint, and what lets the endpoint answer."""
    asked, answered = Event(), Event()

    def answer(request):
        asked.set()
        answered.wait()
        return plain(NODES)(request)

    process = start(
        'explain',
        serve(answer).url,
        stdout=subprocess.PIPE,
        on_interrupt=on_interrupt,
    )
    asked.wait()
    return process, answered


def test_ctrl_c_ends_a_command_as_it_ends_any_other(serve):
    """By the signal itself: a shell goes on with its script after a program that exits with a status."""
    process, answered = _waiting(serve, 'SIG_DFL')
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ('', '')
    assert process.returncode == -signal.SIGINT
    answered.set()


def test_who_ignores_ctrl_c_still_does(serve):
    """As a script does for what it starts with `&`."""
    process, answered = _waiting(serve, 'SIG_IGN')
    process.send_signal(signal.SIGINT)
    answered.set()
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, '')
    assert 'cilium.unreachable.nodes' in output
