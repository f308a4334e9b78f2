# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The commands as programs of their own, with the streams that a shell gives them."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = (sys.executable, '-m', 'datadog_checks.cilium')
# Not `preexec_fn` of `Popen`: what this process runs after a fork, native threads of ddtrace, may write to the errors.
_ON_INTERRUPT = 'import os, signal, sys; signal.signal(2, signal.{}); os.execv(sys.argv[1], sys.argv[1:])'


def start(
    *arguments: str, environment: dict[str, str] | None = None, on_interrupt: str = '', **options: object
) -> subprocess.Popen:
    """
    Start a command. The options are those of `Popen`. What this process sets for its own Python does not count.

    `on_interrupt` is the name of what Ctrl-C means for it at first: `SIG_DFL` or `SIG_IGN`.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    options = {'stderr': subprocess.PIPE, 'text': True, **options}
    first = [sys.executable, '-c', _ON_INTERRUPT.format(on_interrupt)] if on_interrupt else []
    return subprocess.Popen([*first, *COMMAND, *arguments], env={**own, **(environment or {})}, **options)


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess:
    """Run a command to its end, and return its status and what it wrote to the standard error, and perhaps output."""
    with start(*arguments, **options) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def run_in_shell(redirections: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a command with redirections of the shell, such as `<&-`, which closes the standard input."""
    script = f'exec "$@" {redirections}'
    return subprocess.run(['sh', '-c', script, 'sh', *COMMAND, *arguments], capture_output=True, text=True, check=False)
