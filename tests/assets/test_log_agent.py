# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The log rules for the Agent: which lines of a container become one log, and which are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.logs.agent import LINE_BREAK, AgentRules
from toolkit.yaml_files import read_yaml

CASES = read_yaml(Path(__file__).parent / 'logs/agent_logs.yaml')
PIPELINE_SAMPLES = Path(__file__).parents[2] / 'assets/logs/cilium_tests.yaml'


@pytest.mark.parametrize('name', CASES)
def test_lines_become_logs(name: str) -> None:
    logs = [log.split(LINE_BREAK) for log in AgentRules.load().logs(CASES[name]['lines'].splitlines())]
    assert [[lines[0], len(lines)] for lines in logs] == CASES[name]['logs']


def test_samples_of_several_lines_stay_together() -> None:
    samples = [test['sample'] for test in read_yaml(PIPELINE_SAMPLES)['tests']]
    several = [sample for sample in samples if '\n' in sample]
    assert len(several) >= 8
    for sample in several:
        assert len(AgentRules.load().logs(sample.splitlines())) == 1, sample


def test_the_agent_can_compile_the_patterns() -> None:
    """Go has no groups that look around: https://github.com/google/re2/wiki/Syntax"""
    rules = AgentRules.load()
    for pattern in (rules.begin.pattern, rules.exclude.pattern):
        assert not {'(?=', '(?!', '(?<'} & {pattern[index : index + 3] for index in range(len(pattern))}
