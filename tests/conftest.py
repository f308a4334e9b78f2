# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from endpoints import Answer, Endpoint
from hypothesis import settings
from read_first import mistakes

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck

# The stub of the aggregator refuses every tag key that Datadog reserves. Ours sends `service:` on purpose.
os.environ['DDEV_SKIP_GENERIC_TAGS_CHECK'] = 'true'
# A proxy of the machine is not for the servers of the tests.
os.environ['NO_PROXY'] = os.environ['no_proxy'] = '127.0.0.1,::1,localhost'
# That of the terminal changes what commands print.
os.environ['COLUMNS'] = '120'
# How long an example takes tells more about the machine than about the code.
settings.register_profile('tests', deadline=None)
settings.load_profile('tests')


def pytest_sessionstart(session: pytest.Session) -> None:
    """Run nothing where what nearly all tests read is wrong."""
    is_worker = hasattr(session.config, 'workerinput')  # Of pytest-xdist: who started it has looked.
    if not is_worker and (found := list(mistakes())):
        pytest.exit('\n'.join(('put this right first:', *found)), returncode=1)


SLOW = {
    # Minutes of a recorded or generated cluster, evaluated.
    'assets/test_distributions.py',
    'assets/test_levels.py',
    'assets/test_log_monitors.py',
    'assets/test_log_recordings.py',
    'assets/test_monitor_recordings.py',
    'assets/test_monitor_scenarios.py',
    'assets/test_monitors_on_a_fleet.py',
    'assets/test_monitors_over_time.py',
    'assets/test_monitors_ordinary_week.py',
    'tools/test_playback.py',
    'tools/test_preview.py',
    # A browser, wheels, processes of their own.
    'browser/test_preview_pages.py',
    'integration/test_commands.py',
    'integration/test_commands_screen.py',
    'integration/test_commands_streams.py',
    'integration/test_installation.py',
    'integration/test_memory.py',
    'tools/test_make.py',
    # Endpoints that hang until a time is over.
    'integration/test_failures.py',
    'integration/test_proxies.py',
    'integration/test_secrets.py',
    'integration/test_slow_endpoints.py',
    # Many cases, or large ones.
    'assets/test_autodiscovery.py',
    'assets/test_log_processors.py',
    'integration/test_bundled_configuration.py',
    'integration/test_explain_openmetrics.py',
    'integration/test_recordings.py',
    'tools/test_commands_cost.py',
    'tools/test_installer.py',
    'tools/test_installer_choice.py',
    'tools/test_installer_export.py',
    'tools/test_installer_faults.py',
    'tools/test_migration_names.py',
    'unit/test_cut_off.py',
    'unit/test_explain.py',
    'unit/test_linear_work.py',
}
"""Files whose tests take seconds, and why. `make check` leaves them out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        if item.path.relative_to(folder).as_posix() in SLOW:
            item.add_marker('slow')


@pytest.fixture
def serve() -> Iterator[Callable[..., Endpoint]]:
    """Start endpoints on loopback, each with an answer and the keyword arguments of `Endpoint`."""
    started: list[Endpoint] = []

    def serve(answer: Answer, **options: object) -> Endpoint:
        started.append(Endpoint(answer, **options))
        return started[-1]

    yield serve
    for endpoint in started:
        endpoint.stop()


OWN_METRICS = ('cilium.scrape.series.left_out', 'cilium.scrape.series.submitted')


@pytest.fixture
def run(aggregator: AggregatorStub, dd_run_check: Callable[..., str]) -> Callable[[CiliumCheck], AggregatorStub]:
    """Run a check that must succeed. Return what this run alone submitted, but for what it tells of itself."""

    def run(check: CiliumCheck) -> AggregatorStub:
        aggregator.reset()
        dd_run_check(check)
        for name in OWN_METRICS:
            aggregator._metrics.pop(name, None)
        return aggregator

    return run


@pytest.fixture
def failed_run(aggregator: AggregatorStub) -> Callable[[CiliumCheck], str]:
    """Run a check that must fail. Return the message of its error."""

    def failed_run(check: CiliumCheck) -> str:
        aggregator.reset()
        report = check.run()
        assert report, 'the run did not fail'
        return json.loads(report)[0]['message']

    return failed_run


@pytest.fixture(scope='session')
def authority() -> trustme.CA:
    """A certificate authority that nobody but the tests knows."""
    return trustme.CA(organization_name='Authority of the tests')


@pytest.fixture(scope='session')
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the authority's certificate, for the option `tls_ca_cert`."""
    path = tmp_path_factory.mktemp('authority') / 'ca.pem'
    authority.cert_pem.write_to_path(path)
    return str(path)
