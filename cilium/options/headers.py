# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Which headers can be sent. Errors of `requests` quote the value of one that cannot, which may be a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping

from datadog_checks.base import ConfigurationError

# https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def sendable_headers(option: str, headers: Mapping[str, object]) -> dict[str, str]:
    """
    Return the headers of an option, without a trailing line break, which values from files have.

    Raises `ConfigurationError` for an invalid header. It names the option and the header, and shows no value.
    """
    sendable = {}
    for name, value in headers.items():
        text = str(value)
        text = text.removesuffix('\n').removesuffix('\r') if text.endswith('\n') else text
        if fault := header_fault(name, text):
            raise ConfigurationError(f'`{option}`: {fault}')
        sendable[name] = text
    return sendable


def header_fault(name: object, value: str) -> str:
    """Return what is wrong with a header, without showing its value, or an empty string."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return 'it contains an invalid header name. Use letters, digits and hyphens.'
    if value[:1].isspace():
        return f'the value of `{name}` begins with a space or a line break. Remove it.'
    if '\r' in value or '\n' in value:
        return f'the value of `{name}` contains a line break. A header is one line: remove it.'
    if not all(c == '\t' or (32 <= ord(c) < 256 and ord(c) != 127) for c in value):
        return f'the value of `{name}` contains characters that are not allowed in a header. Use printable ASCII.'
    return ''
