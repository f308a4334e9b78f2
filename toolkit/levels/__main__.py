# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write what the levels of collection collect, and what that costs: `python -m toolkit.levels`."""

from __future__ import annotations

from toolkit.levels.lists import write_files
from toolkit.levels.tables import write_tables
from toolkit.levels.tags import write_table

if __name__ == '__main__':
    write_files()
    write_tables()
    write_table()
