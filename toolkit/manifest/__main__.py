# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write the lists of dashboards, monitors and saved views in `manifest.json`: `python -m toolkit.manifest`."""

from __future__ import annotations

from toolkit.manifest.lists import write_lists

if __name__ == '__main__':
    write_lists()
