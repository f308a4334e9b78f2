# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`check`: run the real check against endpoints and print what the Agent would submit."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict

from .instance_options import instance_of, validate
from .submissions import CheckRunner, Run
from .tables import printable, table


def command(options: argparse.Namespace) -> int:
    """Run the check twice and print the second run. Return 1 if an endpoint failed, otherwise 0."""
    instance = instance_of(options)
    validate(instance)
    runner = CheckRunner(instance)
    runner.run()
    time.sleep(options.interval)
    run = runner.run()
    if options.json:
        json.dump(asdict(run), sys.stdout, indent=2)
        print()
    else:
        _print_tables(run)
    if run.error:
        print(f'error: {printable(run.error)}', file=sys.stderr)
    return 1 if run.error else 0


def _print_tables(run: Run) -> None:
    metrics = sorted(run.metrics, key=lambda metric: (metric.name, metric.tags))
    rows = [(metric.name, metric.type, metric.value, ' '.join(metric.tags)) for metric in metrics]
    print(table(('METRIC', 'TYPE', 'VALUE', 'TAGS'), rows))
    print()
    checks = [(check.name, check.status, ' '.join(check.tags), check.message) for check in run.service_checks]
    print(table(('SERVICE CHECK', 'STATUS', 'TAGS', 'MESSAGE'), checks))
    print()
    names = len({metric.name for metric in metrics})
    print(f'{names} metrics, {len(metrics)} series, {len(checks)} service checks')
