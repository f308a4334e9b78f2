# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Input and output like other Unix tools: streams may be closed, full, endless, or abandoned by their reader."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from ..scraping.limits import MAX_BODY_BYTES
from .tables import printable


class InputError(Exception):
    """A file or the standard input cannot be read."""


class OutputError(Exception):
    """The standard output cannot be written."""


def name_of(target: str) -> str:
    """Return the name of a file argument for errors."""
    return 'the standard input' if target == '-' else target


def read(target: str) -> str:
    """
    Return the text of a file, or of the standard input for `-`, decoded like a response.

    Raises `InputError`. It reads no more than the limit of a response: `/dev/zero` is endless.
    """
    name = name_of(target)
    try:
        if target != '-':
            with open(target, 'rb') as file:
                body = file.read(MAX_BODY_BYTES + 1)
        elif sys.stdin is None:
            raise InputError(f'{name} is closed')
        else:
            body = sys.stdin.buffer.read(MAX_BODY_BYTES + 1)
    except OSError as e:
        raise InputError(f'cannot read {name}: {e.strerror}') from None
    if len(body) > MAX_BODY_BYTES:
        raise InputError(f'{name} is larger than {MAX_BODY_BYTES} bytes. The check refuses such an answer')
    return body.decode(errors='replace')


def write(text: str) -> None:
    """
    Write text to the standard output and flush it.

    Raises `BrokenPipeError` if the reader, such as `head`, has gone, and `OutputError` for other failures.
    """
    if sys.stdout is None:
        raise OutputError('the standard output is closed')
    rest = memoryview(text.encode(sys.stdout.encoding, 'backslashreplace'))
    try:
        while rest:
            # With PYTHONUNBUFFERED this is a raw file, which may take a part only. `print` loses the others then.
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    except OSError as e:
        # Python would write what is left when it exits, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(e, BrokenPipeError):
            raise
        raise OutputError(f'cannot write to the standard output: {e.strerror}') from None


def complain(text: str) -> None:
    """Print an error to standard error. If that fails, the exit status still tells it."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f'error: {printable(text)}', file=sys.stderr, flush=True)
