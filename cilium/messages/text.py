# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Text that others wrote, such as an endpoint or a library, as it is quoted in a message."""

from __future__ import annotations

MAX_CAUSE_LENGTH = 300
_WITHOUT_SPACES = dict.fromkeys(map(ord, '\t\r\n'))


def printable(text: str) -> str:
    """Escape characters that are not printable."""
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str) -> str:
    """Escape a text and cut it to the length of a message."""
    text = printable(text[:MAX_CAUSE_LENGTH]) + text[MAX_CAUSE_LENGTH:][:1]  # Escapes make it longer.
    return text if len(text) <= MAX_CAUSE_LENGTH else f'{text[:MAX_CAUSE_LENGTH]}...'


def is_text(text: str) -> bool:
    """
    Tell whether a string is text that can be quoted. Binary data cannot, and would make messages differ in each run.

    Bytes that are not UTF-8 were decoded to U+FFFD.
    """
    return '\ufffd' not in text and text.translate(_WITHOUT_SPACES).isprintable()


def quoted(text: str, length: int) -> str:
    """Return the beginning of a text as a literal, or `binary data`."""
    return repr(text[:length]) if is_text(text) else 'binary data'


def sent_as_header(text: str) -> str:
    """Return a header or status line as sent. `http.client` decodes it as Latin-1."""
    return text.encode('latin-1', 'replace').decode(errors='replace')
