# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
A program that loads a check and runs it once, the way the Agent does: `load_and_run.py PACKAGE INSTANCE`.

The instance is JSON. It prints JSON: the folder that the package was loaded from, whether `datadog_checks.cilium` was
loaded, the error of the run, and the names of the metrics.
"""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from datadog_checks.base import AgentCheck
from datadog_checks.base.stubs import aggregator


def check_class(package: ModuleType) -> type[AgentCheck]:
    """Return the first class of the package that is a check and has no subclasses."""
    members = (getattr(package, name) for name in dir(package))
    classes = (member for member in members if inspect.isclass(member) and issubclass(member, AgentCheck))
    return next(cls for cls in classes if cls is not AgentCheck and not cls.__subclasses__())


def main(name: str, instance: str) -> None:
    package = import_module(name)
    error = check_class(package)('cilium', {}, [json.loads(instance)]).run()
    result = {
        'folder': str(Path(package.__file__).parent),
        'loaded as datadog_checks.cilium': 'datadog_checks.cilium' in sys.modules,
        'error': error,
        'metrics': sorted(aggregator.metric_names),
    }
    print(json.dumps(result))


if __name__ == '__main__':
    main(*sys.argv[1:])
