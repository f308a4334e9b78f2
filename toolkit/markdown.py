# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Tables in Markdown."""

from __future__ import annotations


def table_row(*cells: str) -> str:
    """Return a row of a table. Texts of several lines become one, and `|` does not end a cell."""
    return f'| {" | ".join(" ".join(cell.split()).replace("|", "&#124;") for cell in cells)} |'
