# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The saved views: their form, and what their queries find.

`ddev validate saved-views` checks the form too, but only of views in the manifest, and stops at the first error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

if sys.version_info < (3, 12):
    pytest.skip('vector-vrl, which runs the queries, needs Python 3.12', allow_module_level=True)

from toolkit.assets import read_assets
from toolkit.logs import attributes
from toolkit.logs.pipeline import Pipeline, ProcessedLog, matching
from toolkit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
VIEWS = {path.stem: view for path, view in read_assets('saved_views').items()}
SCHEMA = {row['name'] for row in read_yaml(ROOT / 'toolkit/logs/schema.yaml')}
# The rules of `ddev validate saved-views`.
REQUIRED = {'name', 'page', 'query', 'type'}
OPTIONAL = {'options', 'timerange', 'visible_facets'}
OPTIONS = {
    'stream': {
        'columns',
        'message_display',
        'show_date_column',
        'show_message_column',
        'show_timeline',
        'sort',
        'stream',
    },
    'analytics': {'aggregations', 'group_bys', 'limit', 'order', 'step_ms', 'widget'},
    'patterns': set(),
}
# Of the log itself, and tags that the Agent sets.
RESERVED = {'source', 'status', 'kube_cluster_name', 'kube_node', 'pod_name'}

# For each view, beginnings of messages: of the samples, it finds those that begin so and no others.
FINDS = {
    'denied_flows': [
        'DROPPED (POLICY_DENIED) demo/web-0',
        'DROPPED (POLICY_DENY) host',
        'DROPPED demo/web-0 -> demo/web-2 port 53: DNS Query evil.org',
        'DROPPED shop/api-0',
    ],
    # Those that no rule allowed name no policy.
    'flows_denied_by_rule': ['DROPPED (POLICY_DENY) host', 'DROPPED shop/api-0'],
    'dns_errors': [
        'DROPPED demo/web-0 -> demo/web-2 port 53: DNS Query evil.org',
        'FORWARDED demo/web-2 -> demo/web-0 port 45739: DNS Answer RCode: Non-Existent Domain',
        'FORWARDED shop/api-0 -> shop/web-1 port 50000: DNS Answer RCode: Server Failure',
    ],
    'drops_by_reason': [
        'DROPPED (POLICY_DENIED) demo/web-0',
        'DROPPED (POLICY_DENY) host',
        'DROPPED (STALE_OR_UNROUTABLE_IP) demo/web-0',
        'DROPPED (UNSUPPORTED_L3_PROTOCOL) ::',
        'DROPPED demo/web-0 -> demo/web-2 port 53: DNS Query evil.org',
        'DROPPED shop/api-0',
        'ERROR shop/api-0',
    ],
    'endpoint_regeneration': [
        'Agent event ENDPOINT_REGENERATE_FAILURE',
        'Failed to add PolicyMap key',
        'Failed to apply policy map changes',
        'Failed to compile',
        'Regeneration of endpoint failed',
    ],
    'http_errors': ['FORWARDED shop/api-0 -> shop/web-1 port 40000: HTTP/1.1 503'],
    'ipam': [
        'CIDR from pool still in use by node',
        'Failed to allocate CIDRs to node',
        'No more IPs available',
        'Subnet might be out of prefixes',
        'Unable to allocate IP',
    ],
    'kubernetes_api': [
        'Failed to update lease',
        'Health check failed',
        'Unable to contact k8s api-server',
        'Waited for 1.39s due to client-side throttling',
        'error retrieving resource lock',
        'pkg/k8s/resource/resource.go:814: Failed to watch',
        'pkg/k8s/resource/resource.go:814: failed to list',
    ],
    'kvstore_and_clustermesh': [
        'Error observed on etcd connection',
        'KVStore state not OK',
        'Lease expired',
        'Unable to establish etcd connection',
        'time="2024-05-02T10:31:03Z" level=warning error=',
    ],
    'panics': [
        'BUG: unreachable',
        'POTENTIAL DEADLOCK',
        'Timed out waiting for pre-existing resources',
        'Unable to configure the datapath',
        'Unable to initialize Kubernetes subsystem',
        'cannot start',
        'fatal error: all goroutines are asleep',
        'fatal error: fault',
        'http: panic serving',
        'panic: assignment to entry in nil map',
        'panic: close of closed channel',
        'panic: runtime error',
        'runtime/cgo: ',
        'runtime: ',
        'SIGQUIT: ',
        'unexpected fault address ',
    ],
    'policy_import': [
        'Error while parsing k8s kubernetes NetworkPolicy',
        'Timed out waiting for ipcache',
        'Unable to add CiliumClusterwideNetworkPolicy',
        'Unable to add CiliumNetworkPolicy',
        '[gRPC config for type.googleapis.com/cilium.NetworkPolicy rejected',
    ],
}
# These find every log with such a status that is not a flow.
ERRORS = ('errors_and_warnings', 'error_patterns')
BAD_STATUS = {'emergency', 'alert', 'critical', 'error', 'warn'}


@pytest.fixture(scope='module')
def samples() -> list[ProcessedLog]:
    pipeline = Pipeline.load(ROOT / 'assets/logs/cilium.yaml')
    tests = read_yaml(ROOT / 'assets/logs/cilium_tests.yaml')['tests']
    return pipeline.process_all([test['sample'] for test in tests], 'cilium-agent')


def test_there_are_enough_and_all_are_described() -> None:
    assert len(VIEWS) >= 8
    described = {*FINDS, *ERRORS}
    forgotten = [
        f'tests/assets/test_saved_views.py: write `{name!r}: [...]` into FINDS, the beginnings of what it finds'
        for name in sorted(VIEWS.keys() - described)
    ]
    assert forgotten == []
    without_view = [
        f'assets/saved_views/{name}.json is not there: write it, or remove {name!r} from FINDS'
        for name in sorted(described - VIEWS.keys())
    ]
    assert without_view == []


def test_names_are_unique() -> None:
    assert len({view['name'] for view in VIEWS.values()}) == len(VIEWS)


@pytest.mark.parametrize('name', VIEWS)
def test_form(name: str) -> None:
    view = VIEWS[name]
    assert set(view) >= REQUIRED
    assert set(view) <= REQUIRED | OPTIONAL
    assert view['type'] == 'logs'
    assert view['timerange']['interval_ms'] > 0
    assert set(view.get('options', {})) <= OPTIONS[view['page']]


@pytest.mark.parametrize('name', [name for name, view in VIEWS.items() if 'cilium-envoy' in view['query']])
def test_views_of_all_components_name_all_sources(name: str) -> None:
    """Those of the pipeline, without the flows."""
    document = read_yaml(ROOT / 'assets/logs/cilium.yaml')
    components = document['pipeline']['filter']['query'].removesuffix(' OR hubble)') + ')'
    assert VIEWS[name]['query'].startswith(components + ' ')


@pytest.mark.parametrize('name', VIEWS)
def test_attributes_are_known(name: str) -> None:
    """Facets, columns and queries name attributes of the schema, or what every log has."""
    view = VIEWS[name]
    options = view.get('options', {})
    shown = [*view['visible_facets'], *options.get('columns', [])]
    shown += [group['facet'] for group in options.get('group_bys', [])]
    for facet in shown:
        assert facet in RESERVED or (facet[0] == '@' and known(facet[1:])), facet
    for attribute in re.findall(r'@([a-z_0-9.]+):', view['query']):
        assert known(attribute), attribute


def known(attribute: str) -> bool:
    return attribute in SCHEMA or attribute.startswith('http.url_details.')


@pytest.mark.parametrize('name', [name for name in FINDS if name in VIEWS])
def test_query_finds(samples: list[ProcessedLog], name: str) -> None:
    found = {log.message for log in matching(VIEWS[name]['query'], samples)}
    expected = {log.message for log in samples if log.message.startswith(tuple(FINDS[name]))}
    for beginning in FINDS[name]:
        assert any(message.startswith(beginning) for message in expected), (
            f'no sample begins with {beginning!r}: add one to assets/logs/cilium_tests.yaml'
        )
    assert found == expected, 'left: what the query finds. Right: what FINDS in this file says that it does'


@pytest.mark.parametrize('name', [name for name in ERRORS if name in VIEWS])
def test_errors_and_warnings_are_all_found(samples: list[ProcessedLog], name: str) -> None:
    expected = [
        log for log in samples if log.status in BAD_STATUS and attributes.get(log.attributes, 'hubble.category') is None
    ]
    assert matching(VIEWS[name]['query'], samples) == expected
    assert len(expected) > 50
