# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What Datadog makes of the tags that are submitted."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_TAG = 200
"""Characters, of key, colon and value together."""

_NOT_KEPT = re.compile(r'[^\w:./-]')
_UNDERSCORES = re.compile(r'__+')
_BEFORE_FIRST_LETTER = re.compile(r'^[\W\d_]+')


@lru_cache(maxsize=200_000)
def normalised_tag(tag: str) -> str:
    """
    Return a tag as Datadog stores it, or an empty string if nothing is left of it.

    It begins with a letter, is in lower case, and has only letters, digits, `_`, `-`, `:`, `.` and `/`. All else
    becomes an underscore, underscores in a row become one, and those at the end go. It has no more than 200 characters.
    Source: https://docs.datadoghq.com/getting_started/tagging/#define-tags
    """
    tag = _UNDERSCORES.sub('_', _NOT_KEPT.sub('_', tag.lower()))
    return _BEFORE_FIRST_LETTER.sub('', tag)[:LONGEST_TAG].rstrip('_')
