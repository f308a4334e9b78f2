# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import subprocess
import sys


def test_the_models_use_nothing_of_pydantic_that_is_deprecated() -> None:
    """Since 2.12 it warns of what the templates write: `make assets` brings it into the form of today."""
    command = [
        sys.executable,
        '-W',
        'error:Using `@model_validator`',
        '-c',
        'import datadog_checks.cilium.config_models',
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
