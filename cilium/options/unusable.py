# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Options that are right as they are written, and cannot be used all the same."""

from __future__ import annotations

from requests.exceptions import RequestException


class UnusableOption(RequestException):
    """
    An option makes the request impossible. The message names the option, and shows no secret.

    Not a `ConnectionError`, because the option `ignore_connection_errors` would hide it.
    """
