# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What is wrong with the text of a query, and where."""

from __future__ import annotations

import re

_BEFORE, _AFTER = 100, 60


class QueryError(ValueError):
    """A text is not a query. The message says why, and quotes the text with a mark below the place."""

    def __init__(self, problem: str, text: str, position: int) -> None:
        start = max(0, position - _BEFORE)
        excerpt = re.sub(r'\s', ' ', text[start : position + _AFTER])
        super().__init__(f'{problem}\n  {excerpt}\n  {" " * (position - start)}^')
        self.problem = problem
        self.text = text
        self.position = position
