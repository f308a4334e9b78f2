# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""How the server that stands in for Datadog's API refuses a request."""

from __future__ import annotations


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
