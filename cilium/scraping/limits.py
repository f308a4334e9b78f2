# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The limits on what an endpoint may send, each with the fault that it prevents."""

from __future__ import annotations

MAX_TIMEOUTS = 3
"""
From the request to the last submission, a scrape takes so many times the longest `timeout` at most: an endpoint that
sends a byte every few seconds, or more than can be worked through, would hold its thread for ever.
"""
MAX_REDIRECTS = 5
"""Two paths that redirect to each other would never answer."""
MAX_BODY_BYTES = 64 * 1024 * 1024
"""As it arrives, and decompressed: a few KB of gzip can hold GBs. The largest nodes have tens of MB."""
MAX_ERROR_BYTES = 4 * 1024
"""Of the body of an error: it has its reason in the first lines, and may have no end."""
MAX_LINE_CHARACTERS = 16 * 1024
"""The parser's time grows with the square of a line's labels and escapes. A longer line counts as bad."""
MAX_BLOCK_LABELS = 1_000_000
"""Lines and labels of one family: the parser takes some 300 bytes for each of them while it reads the family."""
MAX_REMEMBERED_SERIES = 300_000
"""The default of the option `max_remembered_series`: labels that change all the time would fill the memory."""
BYTES_PER_SERIES = 1024
"""What a series of these may take: few come close, a longer one counts several times. Labels would fill the memory."""
MAX_TRIALS = 5000
"""Lines that are tried one by one in a scrape, to find bad ones. A trial takes some 50 microseconds, or more."""
MAX_NAMED = 100
"""Families that an endpoint's log messages name: an endpoint with ever new families would fill the log."""
MAX_FAMILIES_NOTED = 1000
"""Families that are not collected, or have bad lines, and are told apart in a scrape: they would fill the memory."""
MAX_QUOTED = 200
"""Characters of what an endpoint sent, quoted in an error: it goes into the log and the service check."""
