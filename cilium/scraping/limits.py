# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Limits on what an endpoint may send, each with the failure that it prevents."""

from __future__ import annotations

MAX_TIMEOUTS = 3
"""
A scrape, from the request to the last submission, may take this many times the longest `timeout`: an endpoint that
trickles, or sends more than can be processed, would hold its thread for ever.
"""
MAX_REDIRECTS = 5
"""Two paths that redirect to each other would never answer."""
MAX_BODY_BYTES = 64 * 1024 * 1024
"""Compressed and decompressed: a few KB of gzip can expand to GBs. The largest nodes have tens of MB."""
MAX_ERROR_BYTES = 4 * 1024
"""Read from the body of an error, which may be endless. The reason is in its first lines."""
MAX_LINE_CHARACTERS = 16 * 1024
"""The parser's time grows with the square of a line's labels and escapes. A longer line counts as bad."""
MAX_BLOCK_LABELS = 1_000_000
"""Lines and labels of one family: the parser takes some 300 bytes for each of them while it reads the family."""
MAX_REMEMBERED_SERIES = 300_000
"""The default of the option `max_remembered_series`: labels that change all the time would fill the memory."""
BYTES_PER_SERIES = 1024
"""Room for one remembered series. A larger one, a rare case, counts several times: labels would fill the memory."""
MAX_TRIALS = 5000
"""Trials per scrape to find bad lines. Each takes 50 microseconds or more: a broken answer would take minutes."""
MAX_NAMED = 100
"""Families named in the log per endpoint: ever new families would fill the log."""
MAX_FAMILIES_NOTED = 1000
"""Families recorded per scrape as not collected or with bad lines: ever new families would fill the memory."""
MAX_QUOTED = 200
"""Characters quoted from a response: they go into the log and the service check."""
