# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write the table of dashboards in `README.md` from the assets: `python -m toolkit.readme`."""

from __future__ import annotations

from toolkit.readme.tables import write_table

if __name__ == '__main__':
    write_table()
