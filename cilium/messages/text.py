# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Text that others wrote, such as an endpoint or a library, as it is quoted in a message."""

from __future__ import annotations

MAX_CAUSE_LENGTH = 300
_WITHOUT_SPACES = dict.fromkeys(map(ord, '\t\r\n'))


def printable(text: str) -> str:
    """Return text with escapes in the place of characters that cannot be printed."""
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str) -> str:
    """Return the beginning of a text, printable, and short enough for a message."""
    text = printable(text[:MAX_CAUSE_LENGTH]) + text[MAX_CAUSE_LENGTH:][:1]  # Escapes make it longer.
    return text if len(text) <= MAX_CAUSE_LENGTH else f'{text[:MAX_CAUSE_LENGTH]}...'


def is_text(text: str) -> bool:
    """
    Tell whether it is worth to be quoted: binary data says nothing, and is another with each run.

    Its bytes that are no UTF-8 have become U+FFFD.
    """
    return '\ufffd' not in text and text.translate(_WITHOUT_SPACES).isprintable()


def quoted(text: str, length: int) -> str:
    """Return the beginning of a text as a literal, or what it is instead of text."""
    return repr(text[:length]) if is_text(text) else 'binary data'


def sent_as_header(text: str) -> str:
    """Return a header, or a status line, as it was sent. `http.client` takes each byte for a character."""
    return text.encode('latin-1', 'replace').decode(errors='replace')
