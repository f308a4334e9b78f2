# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the Agent makes of the annotations in `deploy/`, on the pods of Cilium's Helm charts 1.12 to 1.20, and what the
check makes of that.
"""

from __future__ import annotations

import json
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import trustme
import yaml
from autodiscovery import (
    AutodiscoveryError,
    Check,
    Container,
    Pod,
    annotated_templates,
    checks_of_endpoint,
    checks_of_pod,
    log_configs,
    resolved,
    service_of,
)
from deployment_files import ROOT, WORKLOADS, document, merged_files
from endpoints import Endpoint, plain
from expositions import RECORDED_COMPONENTS, family, recording

from datadog_checks.base.stubs.aggregator import AggregatorStub
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME

HEALTH = 'cilium.openmetrics.health'

NODE = {'IPv4': '10.0.0.1', 'IPv6': 'fd00::a'}
POD = {'IPv4': '10.1.0.{}', 'IPv6': 'fd00::1:{}'}
LOOPBACK = {'IPv4': '127.0.0.1', 'IPv6': '::1'}

# Which component answers on which port of which container: https://docs.cilium.io/en/stable/observability/metrics/
SERVED = {
    ('cilium-agent', 9962): 'agent',
    ('cilium-agent', 9964): 'envoy',
    ('cilium-agent', 9965): 'hubble',
    ('cilium-envoy', 9964): 'envoy',
    ('cilium-operator', 9963): 'operator',
    ('hubble-relay', 9966): 'hubble_relay',
    ('apiserver', 9962): 'clustermesh_apiserver',
    ('etcd', 9963): 'etcd',
    ('kvstoremesh', 9964): 'kvstoremesh',
}

# The Helm values that have `podAnnotations` and `podLabels` of a workload.
VALUES_OF_PODS = {
    'cilium': '',
    'cilium-envoy': 'envoy.',
    'cilium-operator': 'operator.',
    'hubble-relay': 'hubble.relay.',
    'clustermesh-apiserver': 'clustermesh.apiserver.',
}

# Options of the Agent's own checks that the files use: `assets/configuration/spec.yaml` of these integrations.
OPTIONS_OF_OTHERS = {
    'envoy': {'openmetrics_endpoint', 'collect_server_info', 'tags'},
    'etcd': {'prometheus_url', 'leader_tag', 'service', 'tags'},
}

CENTRAL = ('hubble-relay.yaml', 'clustermesh-apiserver.yaml')


@dataclass(frozen=True)
class Choice:
    """The files of `deploy/` that somebody has applied together."""

    values: tuple[str, ...]
    services: tuple[str, ...] = ('operator.yaml', *CENTRAL)
    embedded_envoy: bool = False


CHOICES = {
    'cluster checks': Choice(('values.yaml',)),
    'pod checks': Choice(('values.yaml', 'values-pod-checks.yaml'), services=()),
    'embedded Envoy': Choice(('values.yaml', 'values-embedded-envoy.yaml'), embedded_envoy=True),
    'TLS': Choice(('values.yaml', 'values-tls.yaml'), ('tls/operator.yaml', *CENTRAL)),
    'mutual TLS': Choice(('values.yaml', 'values-mutual-tls.yaml'), ('tls/operator-mutual.yaml', *CENTRAL)),
    'Hubble by pod': Choice(('values.yaml', 'values-hubble-by-pod.yaml')),
}

each_choice = pytest.mark.parametrize('choice', CHOICES.values(), ids=CHOICES)
each_version = pytest.mark.parametrize('version', WORKLOADS)
each_address_family = pytest.mark.parametrize('address_family', NODE)


def at(values: Mapping, path: str) -> dict:
    for key in path.split('.'):
        values = values.get(key) or {}
    return dict(values)


def values_of(choice: Choice) -> dict:
    return merged_files(*(f'cilium/{name}' for name in choice.values))


def workloads_of(version: str, choice: Choice) -> Iterator[dict]:
    """Return the workloads of a chart, without those that the choice excludes."""
    for workload in WORKLOADS[version]:
        if workload['name'] == 'cilium-envoy' and choice.embedded_envoy:
            continue
        # The apiserver has metrics since 1.14, which the files say.
        if workload['name'] == 'clustermesh-apiserver' and version.startswith('1.12.'):
            continue
        yield workload


def ports_of(container: Mapping) -> dict[str, int]:
    return {port['name']: port['container_port'] for port in container['ports']}


def pods_of(version: str, choice: Choice, address_family: str) -> dict[str, Pod]:
    """Return a pod of each workload, annotated by the chosen values. Those with `hostNetwork` share an address."""
    values = values_of(choice)
    pods = {}
    for number, workload in enumerate(workloads_of(version, choice), start=1):
        ip = NODE[address_family] if workload['host_network'] else POD[address_family].format(number)
        containers = tuple(Container(c['name'], c['image'], ports_of(c)) for c in workload['containers'])
        path = VALUES_OF_PODS[workload['name']]
        annotations = {**workload['pod_annotations'], **at(values, f'{path}podAnnotations')}
        labels = {**workload['pod_labels'], **at(values, f'{path}podLabels')}
        pods[workload['name']] = Pod(workload['name'], ip, containers, annotations, labels)
    return pods


def workloads_behind(service: Mapping, version: str, choice: Choice) -> list[str]:
    """Return the names of the workloads whose pods a Service selects."""
    selector, namespace = service['spec']['selector'].items(), service['metadata']['namespace']
    return [
        workload['name']
        for workload in workloads_of(version, choice)
        if selector <= workload['pod_labels'].items() and workload['namespace'] == namespace
    ]


def container_at(port: int, pod: Pod) -> str:
    """Return the container of a pod that answers on a port."""
    (container,) = (c.name for c in pod.containers if (c.name, port) in SERVED)
    return container


AUTO_CONF = {'check': 'cilium', **document(ROOT / 'cilium/data/auto_conf.yaml')}


@dataclass(frozen=True)
class Discovered:
    """A check that some Agent runs, and the container whose port its URL leads to."""

    check: Check
    pod: Pod
    container: str

    @property
    def url(self) -> str:
        (url,) = urls_of(self.check.instance)
        return url

    @property
    def port(self) -> int:
        return urlsplit(self.url).port


def urls_of(instance: Mapping) -> list[str]:
    return [value for value in instance.values() if isinstance(value, str) and '://' in value]


def discovered(version: str, choice: Choice, address_family: str) -> list[Discovered]:
    """Return all checks that run for a cluster: by annotations, by auto_conf.yaml and by the Cluster Agent."""
    pods = pods_of(version, choice, address_family)
    found = [
        Discovered(check, pod, check.container)
        for pod in pods.values()
        for check in checks_of_pod(pod, files=[AUTO_CONF])
    ]
    for name in choice.services:
        service = document(f'cluster-checks/{name}')
        selected = workloads_behind(service, version, choice)
        if version.startswith('1.12.') and not selected:
            continue  # No clustermesh-apiserver: see `workloads_of`.
        (pod,) = (pods[workload] for workload in selected)
        ports = {port['name']: port['targetPort'] for port in service['spec']['ports']}
        for check in checks_of_endpoint(service['metadata']['annotations'], pod.ip, ports, pod.labels):
            (url,) = urls_of(check.instance)
            assert urlsplit(url).port in ports.values()
            found.append(Discovered(check, pod, container_at(urlsplit(url).port, pod)))
    return found


def clashes(found: list[Discovered]) -> list[tuple[str, str]]:
    """Return what more than one check of the same name collects."""
    targets = Counter((one.check.name, one.url) for one in found)
    return [target for target, count in targets.items() if count > 1]


@cache
def options_of_the_check() -> set[str]:
    example = (ROOT / 'cilium/data/conf.yaml.example').read_text(encoding='utf-8')
    _, instances = example.split('\ninstances:\n')
    return set(re.findall(r'@param (\w+)', instances))


class TestDeploymentFiles:
    @each_choice
    @each_version
    @each_address_family
    def test_checks(self, version: str, choice: Choice, address_family: str) -> None:
        found = discovered(version, choice, address_family)

        assert not clashes(found)
        collected = set()
        for one in found:
            url = urlsplit(one.url)
            assert (url.hostname, url.path) == (one.pod.ip, '/metrics')
            component = SERVED[one.container, one.port]
            if one.check.name == 'cilium':
                collected.add(component)
                assert one.check.instance[COMPONENT_BY_NAME[component].option] == one.url
                assert one.check.instance.keys() <= options_of_the_check()
            else:
                assert one.check.name == component
                assert one.check.instance.keys() <= OPTIONS_OF_OTHERS[component]

        expected = {*RECORDED_COMPONENTS, 'envoy'}
        if version.startswith('1.12.'):
            expected -= {'clustermesh_apiserver', 'kvstoremesh'}
            expected -= set() if choice.embedded_envoy else {'envoy'}
        assert collected == expected

    @each_version
    def test_ports_are_those_that_the_charts_declare(self, version: str) -> None:
        choice = CHOICES['embedded Envoy' if version.startswith('1.12.') else 'cluster checks']
        for one in discovered(version, choice, 'IPv4'):
            if (one.container, version) == ('etcd', '1.14.19'):
                continue  # The chart switches etcd's metrics on by default only since 1.15.
            (container,) = (c for c in one.pod.containers if c.name == one.container)
            assert one.port in container.ports.values()

    @each_choice
    @each_version
    def test_logs_have_the_source_and_service_of_the_metrics(self, version: str, choice: Choice) -> None:
        services = {component.service for component in COMPONENT_BY_NAME.values()}
        for pod in pods_of(version, choice, 'IPv4').values():
            logs = log_configs(pod)
            assert logs.keys() == {container.name for container in pod.containers}
            for container, (config,) in logs.items():
                if container == 'etcd':
                    assert config == {'source': 'etcd', 'service': 'clustermesh-etcd'}
                else:
                    component = next(SERVED[key] for key in SERVED if key[0] == container)
                    assert config['source'] == config['service'] == COMPONENT_BY_NAME[component].service
                    assert config['service'] in services
                    assert config.keys() <= {'source', 'service', 'log_processing_rules'}
                # The label links what the Agent knows of the container: its processes, its connections, its memory.
                assert service_of(pod.labels, container) == config['service']

    def test_pod_checks_beside_cluster_checks_would_collect_twice(self) -> None:
        both = Choice(('values.yaml', 'values-pod-checks.yaml'))

        assert len(clashes(discovered('1.20.0', both, 'IPv4'))) == 5

    def test_auto_conf_steps_back_behind_an_annotation(self) -> None:
        pod = pods_of('1.20.0', CHOICES['cluster checks'], 'IPv4')['cilium']
        bare = Pod(pod.name, pod.ip, pod.containers)

        assert [check.instance for check in checks_of_pod(bare, [AUTO_CONF])] == [
            {'agent_endpoint': 'http://10.0.0.1:9962/metrics', 'tags': ['cilium-pod:10.0.0.1']}
        ]
        assert len(checks_of_pod(pod, [AUTO_CONF])) == len(checks_of_pod(pod)) == 2

    @each_version
    def test_auto_conf_matches_cilium_agent_alone(self, version: str) -> None:
        matching = [
            container['name']
            for workload in WORKLOADS[version]
            for container in workload['containers']
            if Container(container['name'], container['image']).short_image in AUTO_CONF['ad_identifiers']
        ]

        assert matching == ['cilium-agent']


class TestCiliumOfTheCloud:
    """Clusters where annotations are not possible: the Agent brings a file."""

    @pytest.mark.parametrize(
        ('name', 'endpoints'),
        [
            ('gke.yaml', {'agent_endpoint': 9990}),
            ('aks.yaml', {'agent_endpoint': 9962, 'hubble_endpoint': 9965}),
        ],
    )
    @each_address_family
    def test_file(self, name: str, endpoints: dict[str, int], address_family: str) -> None:
        values = document(f'datadog/overlays/{name}')['datadog']
        file = {'check': 'cilium', **yaml.safe_load(values['confd']['cilium.yaml'])}
        pods = pods_of('1.20.0', CHOICES['cluster checks'], address_family)
        pod = Pod('cilium', pods['cilium'].ip, pods['cilium'].containers)

        found = checks_of_pod(pod, [file])

        host = {'IPv4': '10.0.0.1', 'IPv6': '[fd00::a]'}[address_family]
        assert [check.instance for check in found] == [
            {option: f'http://{host}:{port}/metrics'} for option, port in endpoints.items()
        ]
        assert [(log['source'], log['service']) for log in file['logs']] == [('cilium-agent', 'cilium-agent')]
        # Both files would apply to the same container.
        assert values['ignoreAutoConfig'] == ['cilium']


@pytest.fixture(scope='module')
def certificates(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the Agent gets from the Secret `cilium-metrics-tls`."""
    folder = tmp_path_factory.mktemp('cilium-metrics-tls')
    client = authority.issue_cert('agent.datadog.test')
    for authority_file in ('ca.crt', 'operator-ca.crt'):
        authority.cert_pem.write_to_path(folder / authority_file)
    for certificate, key in (('tls.crt', 'tls.key'), ('operator.crt', 'operator.key')):
        client.cert_chain_pems[0].write_to_path(folder / certificate)
        client.private_key_pem.write_to_path(folder / key)
    return folder


def exposition_of(component: str) -> str:
    if component == 'envoy':
        return family('envoy_cilium_npds_update_success', 'counter', 3) + family('envoy_server_live', 'gauge', 1)
    return recording(component)


def tls_for(component: str, choice: Choice, authority: trustme.CA) -> ssl.SSLContext | None:
    """Return how Cilium serves a component's metrics with the chosen values."""
    values = values_of(choice)
    path, name = {
        'hubble': ('hubble.metrics.tls', 'default.hubble-metrics.cilium.io'),
        'operator': ('operator.prometheus.tls', 'cilium-operator.kube-system.svc'),
    }.get(component, ('', ''))
    if not at(values, path).get('enabled'):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if at(values, f'{path}.server.mtls').get('enabled'):
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def on_loopback(instance: Mapping, url: str, endpoint: Endpoint, certificates: Path) -> dict:
    """Return the instance with the address and the port of the endpoint that stands in. The scheme stays."""
    parts = urlsplit(url)
    served = urlunsplit(parts._replace(netloc=urlsplit(endpoint.url).netloc))
    changed = {key: served if value == url else value for key, value in instance.items()}
    return {
        key: value.replace('/etc/cilium-metrics-tls', str(certificates)) if isinstance(value, str) else value
        for key, value in changed.items()
    }


class TestCheck:
    """The check itself runs with what Autodiscovery makes, against the components that answer on these ports."""

    @each_choice
    @each_address_family
    def test_it_collects_every_component(
        self,
        choice: Choice,
        address_family: str,
        serve: Callable[..., Endpoint],
        run: Callable[[CiliumCheck], AggregatorStub],
        authority: trustme.CA,
        certificates: Path,
    ) -> None:
        for one in discovered('1.20.0', choice, address_family):
            if one.check.name != 'cilium':
                continue
            name = SERVED[one.container, one.port]
            component = COMPONENT_BY_NAME[name]
            tls = tls_for(name, choice, authority)
            endpoint = serve(plain(exposition_of(name)), address=LOOPBACK[address_family], tls=tls)
            assert urlsplit(one.url).scheme == ('https' if tls else 'http')
            instance = on_loopback(one.check.instance, one.url, endpoint, certificates)
            check = CiliumCheck('cilium', {}, [instance])
            check.load_configuration_models()

            submitted = run(check)

            (health,) = submitted.service_checks(HEALTH)
            assert health.status == CiliumCheck.OK
            # One service alone, and the component's own: the label of the pod adds none, and takes none away.
            assert [tag for tag in health.tags if tag.startswith('service:')] == [f'service:{component.service}']
            names = submitted.metric_names
            assert all(metric.startswith(f'cilium.{component.name_prefix}') for metric in names)
            # Another component's metrics under this option would leave next to nothing.
            assert len(names) >= {'envoy': 1}.get(name, 10)

    @pytest.mark.parametrize(
        ('container', 'port'), [('cilium-agent', 9962), ('cilium-operator', 9963)], ids=['agent', 'operator']
    )
    @each_version
    @each_address_family
    def test_annotations_for_the_check_that_the_agent_brings_go_on_working(
        self,
        container: str,
        port: int,
        version: str,
        address_family: str,
        serve: Callable[..., Endpoint],
        run: Callable[[CiliumCheck], AggregatorStub],
        certificates: Path,
    ) -> None:
        name = SERVED[container, port]
        option = COMPONENT_BY_NAME[name].option
        annotations = {
            f'ad.datadoghq.com/{container}.check_names': '["cilium"]',
            f'ad.datadoghq.com/{container}.init_configs': '[{}]',
            f'ad.datadoghq.com/{container}.instances': json.dumps(
                [{option: f'http://%%host%%:{port}/metrics', 'use_openmetrics': 'true'}]
            ),
        }
        (pod,) = (
            pod
            for pod in pods_of(version, CHOICES['cluster checks'], address_family).values()
            if any(c.name == container for c in pod.containers)
        )
        (found,) = checks_of_pod(Pod(pod.name, pod.ip, pod.containers, annotations), [AUTO_CONF])
        (url,) = urls_of(found.instance)
        endpoint = serve(plain(exposition_of(name)), address=LOOPBACK[address_family])

        submitted = run(CiliumCheck('cilium', {}, [on_loopback(found.instance, url, endpoint, certificates)]))

        (health,) = submitted.service_checks(HEALTH)
        assert health.status == CiliumCheck.OK
        assert f'source:{COMPONENT_BY_NAME[name].service}' in health.tags

    @pytest.mark.parametrize('path', ['README.md', 'deploy/platforms.md', 'deploy/annotations.md'])
    def test_annotations_in_texts(self, path: str) -> None:
        text = (ROOT / path).read_text(encoding='utf-8')
        pods = pods_of('1.20.0', CHOICES['cluster checks'], 'IPv4')
        for block in re.findall(r'^```yaml\n(.*?)^```', text, re.DOTALL | re.MULTILINE):
            for annotated in mappings_with_annotations(yaml.safe_load(block)):
                container = next(iter(annotated)).removeprefix('ad.datadoghq.com/').rpartition('.')[0]
                (pod,) = (pod for pod in pods.values() if any(c.name == container for c in pod.containers))
                log_configs(Pod(pod.name, pod.ip, pod.containers, annotated))
                for check in checks_of_pod(Pod(pod.name, pod.ip, pod.containers, annotated)):
                    assert check.name in {'cilium', *OPTIONS_OF_OTHERS}
                    options = OPTIONS_OF_OTHERS.get(check.name, {*options_of_the_check(), 'use_openmetrics'})
                    assert check.instance.keys() <= options


def mappings_with_annotations(value: object) -> Iterator[dict[str, str]]:
    """Return all mappings in a document that hold annotations of Autodiscovery, and of these only the annotations."""
    if isinstance(value, dict):
        annotations = {key: text for key, text in value.items() if str(key).startswith('ad.datadoghq.com/')}
        if annotations:
            yield annotations
        for entry in value.values():
            yield from mappings_with_annotations(entry)


class TestRules:
    """The rules of Autodiscovery themselves."""

    POD = Pod('cilium', '10.0.0.1', (Container('cilium-agent', 'r.test:5000/cilium/cilium:v1.20.0@sha256:1'),))

    def annotated(self, **annotations: str) -> Pod:
        named = {f'ad.datadoghq.com/cilium-agent.{part}': text for part, text in annotations.items()}
        return Pod(self.POD.name, self.POD.ip, self.POD.containers, named)

    @pytest.mark.parametrize(
        ('labels', 'container', 'service'),
        [
            ({}, 'apiserver', ''),
            ({'tags.datadoghq.com/service': 'a'}, 'apiserver', 'a'),
            ({'tags.datadoghq.com/apiserver.service': 'b'}, 'apiserver', 'b'),
            ({'tags.datadoghq.com/apiserver.service': 'b'}, 'etcd', ''),
            ({'tags.datadoghq.com/apiserver.service': 'b'}, '', ''),
        ],
    )
    def test_service_of_labels(self, labels: dict[str, str], container: str, service: str) -> None:
        assert service_of(labels, container) == service

    def test_labels_add_a_tag_to_every_check_of_the_pod(self) -> None:
        annotated = self.annotated(checks='{"cilium": {"instances": [{"a": 1}, {"tags": ["b:c"]}]}}')
        pod = replace(annotated, labels={'tags.datadoghq.com/service': 'x'})

        assert [check.instance['tags'] for check in checks_of_pod(pod)] == [['service:x'], ['b:c', 'service:x']]

    def test_second_form_wins(self) -> None:
        pod = self.annotated(
            checks='{"cilium": {"instances": [{"a": 2}]}}', check_names='["x"]', init_configs='[{}]', instances='[{}]'
        )

        assert [(c.name, c.instance) for c in checks_of_pod(pod)] == [('cilium', {'a': 2})]

    def test_first_form_takes_several_instances_of_a_check(self) -> None:
        pod = self.annotated(
            check_names='["cilium", "tls"]', init_configs='[{}, {}]', instances='[[{"a": 1}, {"a": 2}], {"b": 3}]'
        )

        assert [(c.name, c.instance) for c in checks_of_pod(pod)] == [
            ('cilium', {'a': 1}),
            ('cilium', {'a': 2}),
            ('tls', {'b': 3}),
        ]

    def test_short_image_name(self) -> None:
        assert self.POD.containers[0].short_image == 'cilium'

    @pytest.mark.parametrize(
        ('text', 'expected'),
        [
            ('http://%%host%%:9962/metrics', 'http://[fd00::1]:9962/metrics'),
            ('%%host%%', 'fd00::1'),
            ('%%port%%', 9965),
            ('%%port_0%%', 9962),
            ('http://x:%%port_prometheus%%', 'http://x:9963'),
            (['%%port_prometheus%%', True], [9963, True]),
        ],
    )
    def test_variables(self, text: object, expected: object) -> None:
        assert resolved(text, 'fd00::1', {'prometheus': 9963, 'hubble': 9965, 'health': 9962}) == expected

    @pytest.mark.parametrize('text', ['%%env_PORT%%', '%%port_3%%', '%%port_other%%'])
    def test_unknown_variables(self, text: str) -> None:
        with pytest.raises(AutodiscoveryError, match='%%'):
            resolved(text, '10.0.0.1', {'prometheus': 9962})

    @pytest.mark.parametrize(
        ('annotations', 'message'),
        [
            ({'cilium_agent.checks': '{}'}, 'cilium_agent'),
            ({'cilium-agent.check': '{}'}, 'no annotation of Autodiscovery'),
            ({'cilium-agent.checks': '{"cilium": {"instances": [{}],}}'}, 'not JSON'),
            ({'cilium-agent.checks': '{"cilium": {"instance": [{}]}}'}, 'which the Agent ignores'),
            ({'cilium-agent.checks': '{"cilium": {"instances": {}}}'}, 'not a list'),
            ({'cilium-agent.check_names': '["cilium"]'}, 'without the others'),
            (
                {
                    'cilium-agent.check_names': '["cilium"]',
                    'cilium-agent.init_configs': '[]',
                    'cilium-agent.instances': '[{}]',
                },
                '1, 0 and 1 entries',
            ),
        ],
    )
    def test_what_the_agent_would_not_schedule(self, annotations: dict[str, str], message: str) -> None:
        named = {f'ad.datadoghq.com/{key}': text for key, text in annotations.items()}
        pod = Pod(self.POD.name, self.POD.ip, self.POD.containers, named)

        with pytest.raises(AutodiscoveryError, match=message):
            annotated_templates(pod)

    def test_load_balanced_checks_are_refused(self) -> None:
        with pytest.raises(AutodiscoveryError, match='service'):
            checks_of_endpoint({'ad.datadoghq.com/service.checks': '{}'}, '10.0.0.1', {})
