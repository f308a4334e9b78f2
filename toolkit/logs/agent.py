# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the Datadog Agent makes of the lines of a container, with the rules of `agent_rules.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from toolkit.yaml_files import read_yaml

# The Agent's, for log lines that it has joined. Source: pkg/logs/internal/decoder/multiline_handler.go of the Agent.
LINE_BREAK = r'\n'


@dataclass(frozen=True)
class AgentRules:
    """The rules, compiled as the Agent does: `begin` matches the first line of a log, `exclude` a log to leave out."""

    begin: re.Pattern[str]
    exclude: re.Pattern[str]

    @classmethod
    def load(cls) -> Self:
        """Read the rules of `agent_rules.yaml`."""
        rules = read_yaml(Path(__file__).with_name('agent_rules.yaml'))
        patterns = {rule['type']: rule['pattern'] for rule in rules}
        # `^` without a group is no slip: the Agent compiles `"^" + pattern`.
        return cls(re.compile('^' + patterns['multi_line']), re.compile(patterns['exclude_at_match']))

    def logs(self, lines: Iterable[str]) -> list[str]:
        """Return the logs that the Agent sends for these lines of one container, in order."""
        logs: list[list[str]] = []
        for line in lines:
            if logs and not self.begin.search(line):
                logs[-1].append(line)
            else:
                logs.append([line])
        joined = [LINE_BREAK.join(log) for log in logs]
        return [log for log in joined if not self.exclude.search(log)]
