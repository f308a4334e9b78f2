# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
The deployment files against the schemas of Kubernetes, Cilium and Datadog. Unknown keys are errors everywhere.

The schemas of Kubernetes come with a library. Those of Cilium and Datadog are these projects' own files: the charts'
`values.schema.json`, and the custom resource definitions. They are read from a schemas folder beside the checkout, or
from the one that the environment variable SCHEMAS names. Without it their tests are skipped, and say so.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from deployment_files import DEPLOY, ROOT, YAML_FILES, applied, document, documents, merged, relative
from jsonschema import Draft7Validator

SCHEMAS = Path(os.environ.get('SCHEMAS') or ROOT.parent / 'shared/reference/schemas')
with_schemas = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason=f'no schemas of Cilium and Datadog: {SCHEMAS} is no folder. Set SCHEMAS to one.'
)

Schema = dict[str, object]

CILIUM_VALUES = sorted((DEPLOY / 'cilium').glob('*.yaml'))
CILIUM_CHARTS = ('1.16.19', '1.18.12', '1.20.0')

# Values that came with a later chart than the one tested. Older charts ignore them, which the files say.
CAME_LATER = {'1.16.19': {'operator.prometheus.tls'}, '1.18.12': {'operator.prometheus.tls'}}

# The chart `datadog` publishes a schema of a few keys only. These keys are in the table of values of its README, as of
# the chart that brings Agent 7.59: https://github.com/DataDog/helm-charts/blob/main/charts/datadog/README.md
# `*` stands for content that Kubernetes or the Agent defines.
DATADOG_VALUES = {
    'datadog.apiKeyExistingSecret',
    'datadog.clusterName',
    'datadog.logs.enabled',
    'datadog.logs.containerCollectAll',
    'datadog.processAgent.processCollection',
    'datadog.processAgent.containerCollection',
    'datadog.networkMonitoring.enabled',
    'datadog.systemProbe.collectDNSStats',
    'datadog.systemProbe.enableConntrack',
    'datadog.clusterChecks.enabled',
    'datadog.prometheusScrape.enabled',
    'datadog.ignoreAutoConfig.*',
    'datadog.confd.*',
    'agents.image.repository',
    'agents.image.tag',
    'agents.image.digest',
    'agents.tolerations.*',
    'agents.volumes.*',
    'agents.volumeMounts.*',
    'agents.containers.initContainers.volumeMounts.*',
    'clusterAgent.enabled',
    'clusterAgent.replicas',
    'clusterAgent.createPodDisruptionBudget',
    'clusterChecksRunner.enabled',
    'clusterChecksRunner.image.repository',
    'clusterChecksRunner.image.tag',
    'clusterChecksRunner.image.digest',
    'clusterChecksRunner.volumes.*',
    'clusterChecksRunner.volumeMounts.*',
}


def strict(schema: object) -> object:
    """
    Return a schema in which every object that lists its properties has no others.

    Objects that list none stay free: maps such as `podAnnotations`. It also turns what Kubernetes adds to JSON schema
    into plain JSON schema, but for rules in CEL (`x-kubernetes-validations`), which it leaves out:
    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    """
    if isinstance(schema, list):
        return [strict(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    # Alternatives say something more of the same object, and list only the properties that they are about.
    result = {
        key: value if key in ('anyOf', 'oneOf', 'allOf', 'not') else strict(value) for key, value in schema.items()
    }
    if isinstance(schema.get('properties'), dict):
        # Here the keys are names and not keywords, such as a property that is called `properties`.
        result['properties'] = {name: strict(value) for name, value in schema['properties'].items()}
        if not schema.get('x-kubernetes-preserve-unknown-fields'):
            result.setdefault('additionalProperties', False)
    if schema.get('x-kubernetes-int-or-string'):
        result['type'] = ['integer', 'string']
    if schema.get('nullable'):
        result['type'] = [result['type'], 'null']
    return result


def errors(validator: Draft7Validator, value: object) -> list[str]:
    """Return what is wrong with a value, each with its path."""
    return [f'{".".join(map(str, error.absolute_path))}: {error.message}' for error in validator.iter_errors(value)]


@cache
def chart(version: str) -> Draft7Validator:
    """Return what knows the values of a version of Cilium's chart."""
    return Draft7Validator(strict(read_json(f'cilium-chart-{version}.values.schema.json')))


@cache
def resources(kind: str) -> Draft7Validator:
    """Return what knows the custom resources of a kind."""
    if kind == 'DatadogAgent':
        return Draft7Validator(strict(read_json('datadogagent_v2alpha1.schema.json')))
    name = {
        'CiliumNetworkPolicy': 'ciliumnetworkpolicies',
        'CiliumClusterwideNetworkPolicy': 'ciliumclusterwidenetworkpolicies',
    }[kind]
    definition = yaml.load((SCHEMAS / f'{name}.yaml').read_bytes(), getattr(yaml, 'CSafeLoader', yaml.SafeLoader))
    assert definition['spec']['names']['kind'] == kind
    (version,) = (version for version in definition['spec']['versions'] if version['name'] == 'v2')
    schema = version['schema']['openAPIV3Schema']
    schema['properties']['metadata'] = {'type': 'object', 'required': ['name']}
    return Draft7Validator(strict(schema))


def read_json(name: str) -> Schema:
    return json.loads((SCHEMAS / name).read_text(encoding='utf-8'))


def without(values: Mapping, path: str) -> dict:
    """Return values without one key."""
    key, _, rest = path.partition('.')
    if key not in values:
        return dict(values)
    if not rest:
        return {name: value for name, value in values.items() if name != key}
    return {**values, key: without(values[key], rest)}


def keys_of_the_chart(values: Mapping, prefix: str = '') -> Iterator[str]:
    """Return the paths of all values that are not mappings with keys of the chart."""
    for key, value in values.items():
        path = f'{prefix}{key}'
        free = f'{path}.*' in DATADOG_VALUES
        if free or not isinstance(value, Mapping):
            yield f'{path}.*' if free else path
        else:
            yield from keys_of_the_chart(value, f'{path}.')


RESOURCES = [
    pytest.param(resource, id=f'{relative(path)}-{resource["metadata"]["name"]}')
    for path in YAML_FILES
    for resource in documents(path)
    if 'kind' in resource
]


class TestResources:
    @pytest.mark.parametrize('resource', RESOURCES)
    def test_resource(self, resource: dict) -> None:
        group = resource['apiVersion'].partition('/')[0]
        if group in ('v1', 'apps'):
            kubernetes_validate.validate(resource, '1.37', strict=True)
        elif not SCHEMAS.is_dir():
            pytest.skip(f'no schemas of Cilium and Datadog: {SCHEMAS} is no folder. Set SCHEMAS to one.')
        else:
            assert not errors(resources(resource['kind']), resource)

    @with_schemas
    @pytest.mark.parametrize(
        'patches',
        [
            ('datadog/overlays/image-operator.yaml',),
            ('datadog/overlays/tls-operator.yaml',),
            ('datadog/overlays/init-script-operator.yaml',),
            ('datadog/overlays/init-script-operator.yaml', 'datadog/overlays/tls-operator.yaml'),
        ],
    )
    def test_patched_datadog_agent(self, patches: tuple[str, ...]) -> None:
        new = patched = document('datadog/new/datadog-agent.yaml')
        for patch in patches:
            patched = applied(patched, document(patch))

        assert patched != new
        assert not errors(resources('DatadogAgent'), patched)

    def test_volumes_are_what_kubernetes_wants(self) -> None:
        for path in sorted((DEPLOY / 'datadog').rglob('*.yaml')):
            agents = document(path).get('agents', {})
            init = agents.get('containers', {}).get('initContainers', {}).get('volumeMounts', [])
            for mounts in (agents.get('volumeMounts', []), init):
                container = {'name': 'agent', 'image': 'agent', 'volumeMounts': mounts}
                spec = {
                    'containers': [container],
                    'volumes': agents.get('volumes', []),
                    'tolerations': agents.get('tolerations', []),
                }
                pod = {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'agent'}, 'spec': spec}
                kubernetes_validate.validate(pod, '1.37', strict=True)


@with_schemas
class TestValuesForCilium:
    @pytest.mark.parametrize('path', CILIUM_VALUES, ids=relative)
    @pytest.mark.parametrize('version', CILIUM_CHARTS)
    def test_chart_knows_every_key(self, path: Path, version: str) -> None:
        values = document(path)
        for later in CAME_LATER.get(version, ()):
            values = without(values, later)

        assert not errors(chart(version), values)

    @pytest.mark.parametrize('version', CAME_LATER)
    def test_what_came_later_did(self, version: str) -> None:
        found = errors(chart(version), document('cilium/values-tls.yaml'))

        assert len(found) == len(CAME_LATER[version]) == 1
        assert "'tls' was unexpected" in found[0]

    @pytest.mark.parametrize(
        ('wrong', 'message'),
        [
            ({'prometheus': {'enable': True}}, "'enable' was unexpected"),
            ({'operator': {'prometheus': {'enabled': 'yes'}}}, "'yes' is not of type 'boolean'"),
            ({'hubble': {'metrics': {'enabled': 'dns'}}}, "'dns' is not of type"),
        ],
    )
    def test_mistakes_are_found(self, wrong: dict, message: str) -> None:
        (found,) = errors(chart('1.20.0'), merged(document('cilium/values.yaml'), wrong))

        assert message in found


class TestValuesForDatadog:
    PATHS = [path for path in sorted((DEPLOY / 'datadog').rglob('*.yaml')) if 'kind' not in document(path)]

    @pytest.mark.parametrize('path', PATHS, ids=relative)
    def test_chart_documents_every_key(self, path: Path) -> None:
        assert set(keys_of_the_chart(document(path))) <= DATADOG_VALUES

    @with_schemas
    @pytest.mark.parametrize('path', PATHS, ids=relative)
    def test_schema(self, path: Path) -> None:
        # Not strict: it lists few keys of many.
        assert not errors(Draft7Validator(read_json('datadog-chart.values.schema.json')), document(path))


@with_schemas
class TestStrictness:
    """A mistake in a resource is found: the schemas would let unknown keys pass."""

    @pytest.mark.parametrize(
        ('path', 'wrong', 'message'),
        [
            ('network-policies/datadog-agent.yaml', {'spec': {'egres': []}}, "'egres' was unexpected"),
            ('network-policies/datadog-agent.yaml', {'spec': {'egress': [{'toEntities': ['node']}]}}, "'node' is not"),
            ('network-policies/host-firewall.yaml', {'spec': {'enableDefaultDeny': {'all': False}}}, "'all' was"),
            ('datadog/new/datadog-agent.yaml', {'spec': {'features': {'cnm': {}}}}, "'cnm' was unexpected"),
        ],
    )
    def test_mistakes_are_found(self, path: str, wrong: dict, message: str) -> None:
        resource = merged(document(path), wrong)

        assert any(message in error for error in errors(resources(resource['kind']), resource))
