# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What comes in and goes out, as Unix tools treat it: streams may be closed, full, endless, or left by their reader."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from ..scraping.limits import MAX_BODY_BYTES
from .tables import printable


class InputError(Exception):
    """A file or the standard input cannot be read."""


class OutputError(Exception):
    """The standard output takes no more."""


def name_of(target: str) -> str:
    """Return what errors call an argument that is a file, or `-`."""
    return 'the standard input' if target == '-' else target


def read(target: str) -> str:
    """
    Return the text of a file, or of the standard input for `-`, decoded as the check decodes an answer.

    Raises `InputError`. It reads no more than an answer may have: `/dev/zero` has no end.
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
    Write text to the standard output, at once.

    Raises `BrokenPipeError` where its reader, such as `head`, has left, and `OutputError` where it takes no text.
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
    """Tell of an error on the standard error, if it can be told there: the exit status tells it anyway."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f'error: {printable(text)}', file=sys.stderr, flush=True)
