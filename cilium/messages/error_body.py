# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Finds the reason in the body of an error response."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .text import is_text

_TAG = re.compile('<[^<>]*>')
_WORD = re.compile(r'\w+')
EMPTY_WORDS = {'page', 'error', 'http'}


def reason_in(body: str, status: str) -> str:
    """
    Return the first informative line of a body, or an empty string.

    `status` is the status code with its phrase. Lines that repeat it are not informative, and neither are headlines.
    client_golang writes `An error has occurred while serving metrics:`, `1 error(s) occurred:`, and then the error:
    https://github.com/prometheus/client_golang/blob/v1.20.5/prometheus/promhttp/http.go
    """
    return next((line for line in _telling_lines(body, status) if not line.endswith(':')), '')


def _telling_lines(body: str, status: str) -> Iterator[str]:
    if not is_text(body):
        return
    known = {*_WORD.findall(status.lower()), *EMPTY_WORDS}
    text = _TAG.sub('', body) if body.lstrip().startswith('<') else body
    for line in text.splitlines():
        line = ' '.join(line.split()).removeprefix('* ')
        if not known.issuperset(_WORD.findall(line.lower())):
            yield line
