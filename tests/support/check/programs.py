# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The commands as programs of their own, with the streams that a shell gives them."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = (sys.executable, '-m', 'datadog_checks.cilium')


def start(*arguments: str, environment: dict[str, str] | None = None, **options: object) -> subprocess.Popen:
    """Start a command. The options are those of `Popen`. What this process sets for its own Python does not count."""
    own = {name: value for name, value in os.environ.items() if not name.startswith('PYTHON')}
    options = {'stderr': subprocess.PIPE, 'text': True, **options}
    return subprocess.Popen([*COMMAND, *arguments], env={**own, **(environment or {})}, **options)


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess:
    """Run a command to its end, and return its status and what it wrote to the standard error, and perhaps output."""
    with start(*arguments, **options) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def run_in_shell(redirections: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a command with redirections of the shell, such as `<&-`, which closes the standard input."""
    script = f'exec "$@" {redirections}'
    return subprocess.run(['sh', '-c', script, 'sh', *COMMAND, *arguments], capture_output=True, text=True, check=False)
