# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The version of Cilium, as metadata of the Agent and as a gauge for each component."""

from __future__ import annotations

import pytest
from endpoints import plain
from expositions import VERSION, family, own_tags, recording

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck

SERVICES = {
    'agent': 'cilium-agent',
    'operator': 'cilium-operator',
    'clustermesh_apiserver': 'clustermesh-apiserver',
    'kvstoremesh': 'kvstoremesh',
}
VERSION_FAMILIES = {
    'agent': ('cilium_version', 'cilium.version'),
    'operator': ('cilium_operator_version', 'cilium.operator.version'),
    'clustermesh_apiserver': ('cilium_clustermesh_apiserver_version', 'cilium.clustermesh_apiserver.version'),
    'kvstoremesh': ('cilium_kvstoremesh_version', 'cilium.kvstoremesh.version'),
}
RELEASE = {
    'version.raw': '1.16.15',
    'version.scheme': 'semver',
    'version.major': '1',
    'version.minor': '16',
    'version.patch': '15',
}
DEVELOPMENT = {
    'version.raw': '1.20.0-dev',
    'version.scheme': 'semver',
    'version.major': '1',
    'version.minor': '20',
    'version.patch': '0',
    'version.release': 'dev',
}
CHECK_ID = 'cilium:test'


def version_family(component, version, **labels):
    return family(VERSION_FAMILIES[component][0], 'gauge', 0, version=version, **labels)


@pytest.fixture
def run_with_id(serve, run):
    """Run a check, known to the stub of the Agent, on expositions by component."""

    def run_with_id(**expositions):
        endpoints = {f'{name}_endpoint': serve(plain(body)).url for name, body in expositions.items()}
        check = CiliumCheck('cilium', {}, [endpoints])
        check.check_id = CHECK_ID
        return run(check)

    return run_with_id


def assert_metadata(datadog_agent, expected):
    datadog_agent.assert_metadata(CHECK_ID, expected)
    datadog_agent.assert_metadata_count(len(expected))


@pytest.mark.parametrize(
    ('cilium', 'metadata'), [(VERSION, DEVELOPMENT), ('1.16', RELEASE)], ids=['1.20.0-dev', '1.16.15']
)
def test_recorded_versions(cilium, metadata, run_with_id, datadog_agent):
    submitted = run_with_id(agent=recording('agent', version=cilium))

    assert_metadata(datadog_agent, metadata)
    submitted.assert_metric('cilium.version', value=1, metric_type=AggregatorStub.GAUGE, count=1)
    submitted.assert_metric_has_tag('cilium.version', f'cilium_version:{metadata["version.raw"]}', count=1)


@pytest.mark.parametrize('component', VERSION_FAMILIES)
def test_every_component_that_tells_its_version(component, serve, run):
    endpoint = serve(plain(version_family(component, '1.20.0-dev', arch='linux/amd64', revision='0abb991080')))

    submitted = run(CiliumCheck('cilium', {}, [{f'{component}_endpoint': endpoint.url}]))

    submitted.assert_metric(
        VERSION_FAMILIES[component][1],
        value=1,
        tags=[
            'cilium_version:1.20.0-dev',
            'arch:linux/amd64',
            'revision:0abb991080',
            *own_tags(SERVICES[component], endpoint.url),
        ],
        count=1,
    )
    assert submitted.metric_names == [VERSION_FAMILIES[component][1]]


@pytest.mark.parametrize(
    'body',
    [family('cilium_version', 'gauge', 0, version=''), family('cilium_version', 'gauge', 0, arch='amd64')],
    ids=['empty label', 'no label'],
)
def test_no_version(body, run_with_id, datadog_agent):
    submitted = run_with_id(agent=body + family('cilium_unreachable_nodes', 'gauge', 0))

    assert submitted.metric_names == ['cilium.unreachable.nodes']
    assert_metadata(datadog_agent, {})


def test_a_version_that_is_none_is_a_tag_all_the_same(run_with_id, datadog_agent):
    submitted = run_with_id(agent=version_family('agent', 'main'))

    submitted.assert_metric_has_tag('cilium.version', 'cilium_version:main', count=1)
    assert_metadata(datadog_agent, {})


def test_the_first_component_that_tells_one_wins(run_with_id, datadog_agent):
    submitted = run_with_id(
        kvstoremesh=version_family('kvstoremesh', '1.20.0-dev'),
        operator=version_family('operator', '1.16.15'),
        agent=version_family('agent', ''),
    )

    assert_metadata(datadog_agent, RELEASE)
    submitted.assert_metric_has_tag('cilium.operator.version', 'cilium_version:1.16.15', count=1)
    submitted.assert_metric_has_tag('cilium.kvstoremesh.version', 'cilium_version:1.20.0-dev', count=1)


def test_the_version_is_told_at_every_scrape(serve, run, datadog_agent):
    agent = serve(plain(version_family('agent', '1.16.15')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    check.check_id = CHECK_ID

    for _ in range(3):
        datadog_agent.reset()

        run(check).assert_metric('cilium.version', value=1, count=1)
        assert_metadata(datadog_agent, RELEASE)


def test_an_upgrade_is_seen(serve, run, datadog_agent):
    agent = serve(plain(version_family('agent', '1.16.15')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    check.check_id = CHECK_ID
    run(check)
    agent.answer = plain(version_family('agent', '1.20.0-dev'))

    submitted = run(check)

    assert_metadata(datadog_agent, DEVELOPMENT)
    submitted.assert_metric_has_tag('cilium.version', 'cilium_version:1.20.0-dev', count=1)


def test_a_version_of_a_scrape_that_failed_is_not_told_again(serve, run, failed_run, datadog_agent):
    agent = serve(plain(version_family('agent', '1.16.15')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url}])
    check.check_id = CHECK_ID
    run(check)
    datadog_agent.reset()
    agent.answer = plain('no', status=500)

    failed_run(check)

    assert_metadata(datadog_agent, {})


def test_exclude_labels_takes_the_tag_and_leaves_the_metadata(serve, run, datadog_agent):
    agent = serve(plain(version_family('agent', '1.16.15')))
    check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'exclude_labels': ['version']}])
    check.check_id = CHECK_ID

    submitted = run(check)

    submitted.assert_metric('cilium.version', value=1, tags=own_tags('cilium-agent', agent.url), count=1)
    assert_metadata(datadog_agent, RELEASE)
