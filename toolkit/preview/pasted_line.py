# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the pipeline makes of a line that somebody pastes.

It runs in a process of its own, which is ended when it takes too long: the line may be anything, and the engine of the
pipeline cannot be interrupted.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from threading import Lock

from toolkit.checkout import PIPELINE, ROOT
from toolkit.logs.engine import EngineError
from toolkit.logs.pipeline import LineTooLong, Pipeline
from toolkit.preview.log_rows import log_row

SOURCES = (
    'cilium-agent',
    'cilium-operator',
    'hubble',
    'hubble-relay',
    'clustermesh-apiserver',
    'kvstoremesh',
    'cilium-envoy',
    'standalone-dns-proxy',
)
MOST_CHARACTERS = 20_000
MOST_SECONDS = 10
MOST_BYTES_OF_MEMORY = 2_000_000_000

_one_at_a_time = Lock()


class PastedLineError(ValueError):
    """The line cannot be read. The message says why, for whoever pasted it."""


def parse(line: str, source: str) -> dict[str, object]:
    """
    Return what becomes of a line, as `log_row` does.

    Raises `PastedLineError` for a line that is empty, too long or takes too long, and for an unknown source.
    """
    if source not in SOURCES:
        raise PastedLineError(f'There is no source {source[:40]!r}. Choose one of {", ".join(SOURCES)}.')
    if not line.strip():
        raise PastedLineError('The line is empty.')
    if len(line) > MOST_CHARACTERS:
        raise PastedLineError(f'The line has {len(line)} characters. Shorten it to {MOST_CHARACTERS}.')
    if not _one_at_a_time.acquire(timeout=MOST_SECONDS):
        raise PastedLineError('Another line is being read. Try again in a moment.')
    try:
        answer = subprocess.run(
            [sys.executable, '-m', 'toolkit.preview.pasted_line'],
            input=json.dumps({'line': line, 'source': source}),
            capture_output=True,
            cwd=ROOT,
            encoding='utf-8',
            timeout=MOST_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise PastedLineError(f'Reading the line took more than {MOST_SECONDS} seconds, and was given up.') from None
    except subprocess.CalledProcessError as e:
        reason = e.stderr.strip().splitlines()[-1:] or ['it ended without a word']
        raise PastedLineError(f'The line could not be read: {reason[0][:300]}') from None
    finally:
        _one_at_a_time.release()
    found = json.loads(answer.stdout)
    if 'error' in found:
        raise PastedLineError(found['error'])
    return found


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES_OF_MEMORY, MOST_BYTES_OF_MEMORY))
    request = json.load(sys.stdin)
    try:
        answer = log_row(Pipeline.load(PIPELINE).process(request['line'], request['source']))
    except (LineTooLong, EngineError) as e:
        answer = {'error': str(e)}
    json.dump(answer, sys.stdout)


if __name__ == '__main__':
    _main()
