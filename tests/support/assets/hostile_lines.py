# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Log lines that make a careless regular expression go back and forth: many beginnings, no end."""

from __future__ import annotations

import json

HOSTILE = {
    'backslashes': 'level=info msg="' + '\\' * 50_000,
    'quotes': 'level=info msg="x" ' + 'a="' * 25_000,
    'keys': 'level=info msg="x" ' + 'a b ' * 20_000,
    'pairs': 'level=info msg="x" ' + 'a=b ' * 20_000 + 'error="',
    'errors': 'level=info msg="x" ' + 'error="a" ' * 9_000,
    'equals': 'level=info msg=x ' + '=' * 50_000,
    'spaces': 'level=info msg=x' + ' ' * 50_000 + '=',
    'go': '2026/11/23 01:21:15 INFO ' + 'a ' * 40_000 + '=',
    'envoy': '[2026-02-03 09:00:01.123][7][info][' * 2_000,
    'panic': 'panic: ' + '\n' * 50_000,
    'deadlock': 'POTENTIAL DEADLOCK:' + '\n ' * 30_000,
    'labels': json.dumps({'flow': {'verdict': 'X', 'source': {'labels': ['reserved:'] * 7_000}}}),
}
