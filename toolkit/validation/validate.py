# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Run the tests and the validations of ddev on a temporary view of this checkout.

It runs with the Python of the environment that holds ddev. Every validation runs, also when another one fails. The exit
status is 1 when one failed or nothing tells that it read the project: many of them are content when they find nothing
to validate, and the exit status of some is not to be trusted.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .ddev_view import CHECK, environment, make_view, write_models_as_ddev_does

CHECKOUT = Path(__file__).parents[2]
CODESPELL = Path(__file__).parent / 'codespell.cfg'
TESTS_OF_THE_CHECK = ('--numprocesses', 'auto', '--dist', 'loadfile', 'tests/unit', 'tests/integration')
"""Those of the assets need packages that ddev does not install, and do not depend on where they run."""
DDEV = Path(sys.executable).parent / 'ddev'


@dataclass(frozen=True)
class Validation:
    """A command of `ddev validate`, and what shows that it read the project and found it valid."""

    name: str
    proof: str
    """A regular expression that the output matches then."""
    exit_status: int = 0
    """The exit status then. One command has it the other way round."""


VALIDATIONS = (
    Validation('config', r'All 3 configuration files are valid!'),
    Validation('metadata', r'Passed: 1$'),
    Validation('service-checks', r'^1 valid files$'),
    Validation('dashboards', r'^Validating Dashboard definition files for 1 checks'),
    Validation('saved-views', r'^Validating saved views for 1 checks'),
    Validation('readmes', r'^All 1 READMEs are valid!'),
    Validation('package', r'^1 valid files$'),
    Validation('imports', r'^Validation passed!'),
    Validation('http', r'Passed: 1$'),
    Validation('license-headers', r'^All license headers are valid'),
    Validation('integration-style', r'^Validating integration style for 1 integrations'),
    Validation('legacy-signature', rf'^Check `{CHECK}` uses the new agent signature'),
    Validation('eula', r'^1 valid files$'),
    Validation('jmx-metrics', r'^0 total JMX integrations'),
    Validation('typos', r'^All files are valid!', exit_status=1),
    # The last one, because it needs other models in the view.
    Validation('models', r'^All 5 data model files are in sync!'),
)


def main() -> int:
    """Run everything, print what ddev prints and a summary, and return the exit status."""
    with tempfile.TemporaryDirectory(prefix='cilium-ddev-') as folder:
        scratch = Path(folder)
        view = make_view(CHECKOUT, scratch, CODESPELL)
        variables = _variables(scratch)
        failed = []
        if _ddev(view, variables, 'test', CHECK, '--', *TESTS_OF_THE_CHECK).returncode:
            failed.append('test')
        for validation in VALIDATIONS:
            if validation.name == 'models':
                write_models_as_ddev_does(view)
            run = _ddev(view, variables, 'validate', validation.name, CHECK, capture=True)
            proven = re.search(validation.proof, run.stdout, re.MULTILINE)
            if run.returncode != validation.exit_status or not proven:
                failed.append(validation.name)
    if failed:
        print(f'\nddev: failed: {", ".join(failed)}', file=sys.stderr)
        return 1
    print(f'\nddev: the tests and {len(VALIDATIONS)} validations passed')
    return 0


def _variables(scratch: Path) -> dict[str, str]:
    """Return the environment of ddev: nothing that it writes outlives the view, and nothing of the user's leads it."""
    configuration = scratch / 'configuration/ddev/config.toml'
    configuration.parent.mkdir(parents=True)
    configuration.write_text('upgrade_check = false\n', encoding='utf-8')
    return {
        **environment(),
        'COLUMNS': '200',
        'HATCH_DATA_DIR': str(scratch / 'hatch'),
        'NO_COLOR': '1',
        'PATH': f'{DDEV.parent}{os.pathsep}{os.environ["PATH"]}',
        'XDG_CONFIG_HOME': str(scratch / 'configuration'),
    }


def _ddev(
    view: Path, variables: dict[str, str], *arguments: str, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    command = [str(DDEV), '--here', '--no-interactive', *arguments]
    print(f'\n$ ddev --here {" ".join(arguments)}', flush=True)
    output = subprocess.PIPE if capture else None
    run = subprocess.run(
        command, cwd=view, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True
    )
    if capture:
        print(run.stdout, end='', flush=True)
    return run


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # So that the view is removed.
    sys.exit(main())
