# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What `manifest.json` and `service_checks.json` promise."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from endpoints import Endpoint, plain
from expositions import DIRECTORIES, recording

from datadog_checks.base.constants import ServiceCheck
from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / 'manifest.json').read_text(encoding='utf-8'))
INTEGRATION = MANIFEST['assets']['integration']
SERVICE_CHECKS = json.loads((ROOT / INTEGRATION['service_checks']['metadata_path']).read_text(encoding='utf-8'))

STATUSES = {ServiceCheck.OK: 'ok', ServiceCheck.WARNING: 'warning', ServiceCheck.CRITICAL: 'critical'}


def test_the_id_of_the_app_is_one() -> None:
    assert str(uuid.UUID(MANIFEST['app_uuid'])) == MANIFEST['app_uuid']


@pytest.mark.parametrize(
    'path',
    [
        INTEGRATION['configuration']['spec'],
        INTEGRATION['metrics']['metadata_path'],
        INTEGRATION['service_checks']['metadata_path'],
        *(MANIFEST['tile'][part] for part in ('overview', 'configuration', 'support', 'changelog')),
    ],
)
def test_what_it_leads_to_exists(path: str) -> None:
    name, _, heading = path.partition('#')
    text = (ROOT / name).read_text(encoding='utf-8')

    assert not heading or f'\n## {heading}\n' in text


@pytest.mark.parametrize('version', DIRECTORIES)
def test_the_metrics_that_tell_that_the_integration_works_are_there(
    serve: Callable[..., Endpoint], run: Callable[[CiliumCheck], AggregatorStub], version: str
) -> None:
    agent, operator = (serve(plain(recording(name, version=version))) for name in ('agent', 'operator'))
    submitted = run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': operator.url}]))

    assert set(INTEGRATION['metrics']['check']) <= set(submitted.metric_names)


@pytest.mark.parametrize('status', [200, 500])
def test_the_service_check_is_the_one_that_is_described(
    serve: Callable[..., Endpoint], aggregator: AggregatorStub, status: int
) -> None:
    endpoint = serve(plain(recording('hubble_relay'), status=status))
    CiliumCheck('cilium', {}, [{'hubble_relay_endpoint': endpoint.url}]).run()

    (described,) = SERVICE_CHECKS
    (submitted,) = aggregator.service_checks(described['check'])
    assert STATUSES[submitted.status] in described['statuses']
    assert {'host', *(tag.split(':', 1)[0] for tag in submitted.tags)} == set(described['groups'])
