# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The command line, `python -m datadog_checks.cilium`. It runs in the Agent's own Python, without other packages."""
