# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write the table of `docs/migration.md` from `bundled.csv`: `python -m toolkit.migration`."""

from __future__ import annotations

from toolkit.migration.document import write_table

if __name__ == '__main__':
    write_table()
