# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Print what the Agent and the log pipeline make of lines: `kubectl logs ... | python -m toolkit.logs`.

The Agent's rules leave lines out and join others. The output has the form of `assets/logs/cilium_tests.yaml`: read it
before you add it there as a test.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import yaml

from toolkit.checkout import PIPELINE
from toolkit.logs.agent import AgentRules
from toolkit.logs.engine import EngineError
from toolkit.logs.pipeline import LineTooLong, Pipeline, ProcessedLog
from toolkit.logs.processors import ProcessorError


def main(arguments: Sequence[str] | None = None) -> None:
    """Process the lines of the standard input."""
    parser = argparse.ArgumentParser(prog='python -m toolkit.logs', description='Process lines of logs.')
    parser.add_argument('--source', default='cilium', help='the source that the Agent sets (default: %(default)s)')
    options = parser.parse_args(arguments)

    sent = AgentRules.load().logs(sys.stdin.read().splitlines())
    try:
        logs = Pipeline.load(PIPELINE).process_all(sent, options.source)
    except (EngineError, LineTooLong, ProcessorError) as error:
        sys.exit(str(error))
    tests = [_as_test(line, log) for line, log in zip(sent, logs, strict=True)]
    yaml.safe_dump(tests, sys.stdout, allow_unicode=True, sort_keys=False, width=10_000)


def _as_test(line: str, log: ProcessedLog) -> dict[str, object]:
    custom = {'custom': log.attributes} if log.attributes else {}
    result = {**custom, 'message': log.message, 'status': log.status, 'tags': ['source:LOGS_SOURCE']}
    return {'sample': line, 'result': {**result, 'timestamp': log.timestamp}}


if __name__ == '__main__':
    main()
