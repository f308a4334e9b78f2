# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Assets as code: what the exports hold, and that they end in the same dashboards, monitors and SLOs as `install`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
from datadog_api import samples
from datadog_api.runs import KEYS
from datadog_api.server import API_KEY, APP_KEY, DatadogApi
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor
from datadog_api_client.v1.model.service_level_objective_request import ServiceLevelObjectiveRequest

from toolkit.checkout import ASSETS
from toolkit.installer.__main__ import main
from toolkit.installer.assets.links import without_links
from toolkit.installer.assets.model import INSTALLED_TAG, Marker, canonical, without_marker
from toolkit.installer.export import TAG
from toolkit.queries.errors import QueryError
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.yaml_files import read_yaml

RESOURCE = read_yaml(Path(__file__).parent / 'generic_resource_schema.yaml')
Document = dict[str, object]

EVERYTHING = ('--monitors', 'all')
LIMITED = ('--features', 'bgp,logs', '--scope', 'env:prod,team:net', '--exclude', 'kube_cluster_name:ci-*')
CHOICES = [EVERYTHING, LIMITED]


def export(format: str, folder: Path, *arguments: str, assets: Path = ASSETS) -> int:
    """Export. It needs no server."""
    environment = {**KEYS, 'DD_SITE': 'us5.datadoghq.com'}
    return main(['export', '--format', format, str(folder), *arguments], environment, assets, 'http://127.0.0.1:1')


def installed(api: DatadogApi, *arguments: str) -> list[Document]:
    """Return what `install` makes of dashboards, monitors and SLOs."""
    kinds = ('--only', 'dashboards', 'monitors', 'slos')
    assert main(['install', *kinds, *arguments], {**KEYS, 'DD_SITE': 'us5.datadoghq.com'}, ASSETS, api.url) == 0
    return everything(api)


def everything(api: DatadogApi) -> list[Document]:
    """Return what is there, without what tells who made it, and when."""
    there = [*api.dashboards.values(), *api.monitors.values(), *api.slos.values()]
    return sorted(map(_comparable, there), key=lambda one: str(one.get('title') or one['name']))


def _comparable(document: Document) -> Document:
    passing = ('id', 'url', 'created', 'created_at', 'modified_at')
    kept = {key: value for key, value in deepcopy(document).items() if key not in passing}
    if 'widgets' in kept:
        kept['widgets'] = _without_ids(kept['widgets'])
        kept['description'] = without_marker(kept['description'])
    kept['tags'] = sorted(tag for tag in kept.get('tags', ()) if tag != INSTALLED_TAG and not Marker.read(tag))
    return canonical(_same_form(without_links(kept)))


def _same_form(value: object, key: str = '') -> object:
    """Return a value whose queries are written in the same form: with a scope, they are parsed and written again."""
    if isinstance(value, dict):
        return {key: _same_form(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_same_form(item) for item in value]
    if key in ('query', 'q') and isinstance(value, str):
        for parse in (parse_query, parse_monitor):
            with suppress(QueryError):
                return str(parse(value))
    return value


def _without_ids(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_ids(member) for key, member in value.items() if key != 'id'}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


def store(api: DatadogApi, type: str, body: Document) -> Document:
    """Create what a tool creates from an export, and return what Datadog keeps."""
    match type:
        case 'dashboard':
            return api.store_dashboard(api.checked(Dashboard, body))
        case 'monitor':
            return api.store_monitor(api.checked(Monitor, body))
        case 'slo':
            return api.store_slo(api.checked(ServiceLevelObjectiveRequest, body))['data'][0]
    raise ValueError(type)


# ---- Kubernetes


def resources_in(folder: Path) -> list[Document]:
    """Return the resources that the kustomization lists."""
    kustomization = read_yaml(folder / 'kustomization.yaml')
    assert (kustomization['apiVersion'], kustomization['kind']) == ('kustomize.config.k8s.io/v1beta1', 'Kustomization')
    return [read_yaml(folder / name) for name in kustomization['resources']]


@pytest.mark.parametrize('arguments', CHOICES, ids=' '.join)
def test_resources_of_kubernetes_end_in_the_same(api: DatadogApi, tmp_path: Path, arguments: Sequence[str]) -> None:
    assert export('kubernetes', tmp_path, *arguments) == 0
    other = DatadogApi()
    for resource in resources_in(tmp_path):
        store(other, resource['spec']['type'], json.loads(resource['spec']['jsonSpec']))
    other.stop()
    assert everything(other) == installed(api, *arguments)


def test_resources_of_kubernetes_are_valid(tmp_path: Path) -> None:
    assert export('kubernetes', tmp_path, *EVERYTHING) == 0
    resources = resources_in(tmp_path)
    assert len(resources) == sum(
        len(list((ASSETS / kind).glob('*.json'))) for kind in ('dashboards', 'monitors', 'slos')
    )
    schema = deepcopy(RESOURCE)
    schema['additionalProperties'] = schema['properties']['spec']['additionalProperties'] = False
    for resource in resources:
        jsonschema.validate(resource, schema)
        assert (resource['apiVersion'], resource['kind']) == ('datadoghq.com/v1alpha1', 'DatadogGenericResource')
        # https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
        assert re.fullmatch(r'[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?', resource['metadata']['name'])
    assert len({resource['metadata']['name'] for resource in resources}) == len(resources)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {f'{resource["metadata"]["name"]}.yaml' for resource in resources} | {
        'kustomization.yaml',
        '.exported',
    }


def test_resources_of_kubernetes_can_be_read_by_people(tmp_path: Path) -> None:
    assert export('kubernetes', tmp_path, *EVERYTHING) == 0
    for path in tmp_path.glob('*-*.yaml'):
        assert '\n  jsonSpec: |-\n    {\n' in path.read_text(encoding='utf-8')


# ---- Terraform. The provider's documentation says what its resources take:
# https://registry.terraform.io/providers/DataDog/datadog/latest/docs/resources/dashboard_json, monitor_json,
# service_level_objective


PROVIDER: dict[str, dict[str, set[str]]] = {
    'datadog_dashboard_json': {'required': {'dashboard'}, 'optional': {'dashboard_lists', 'url'}},
    'datadog_monitor_json': {'required': {'monitor'}, 'optional': {'url'}},
    'datadog_service_level_objective': {
        'required': {'name', 'type', 'thresholds'},
        'optional': {'description', 'query', 'sli_specification', 'tags'},
    },
}


class Terraform:
    """
    What Terraform makes of the files of a folder: the templates in their texts, with the variables set.

    It knows only the templates that the export writes, and fails at any other.
    """

    def __init__(self, folder: Path, **variables: list[str]) -> None:
        self.files = {path.name: json.loads(path.read_text(encoding='utf-8')) for path in folder.glob('*.tf.json')}
        defaults = {name: one['default'] for name, one in self.files['main.tf.json']['variable'].items()}
        self.variables = {**defaults, **variables}
        scope, recipients = self.variables['scope'], self.variables['recipients']
        self.locals = {
            'scope_alone': ','.join(scope) or '*',
            'scope_first': ''.join(f'{tag},' for tag in scope),
            'scope_comma': ''.join(f',{tag}' for tag in scope),
            'scope_and': ''.join(f' AND {tag}' for tag in scope),
            'scope_check': ''.join(f',"{tag}"' for tag in scope),
            'scope_search': ''.join(f' {tag}' for tag in scope),
            'recipients': '\n\n' + ' '.join(recipients) if recipients else '',
        }
        assert set(self.locals) == set(self.files['main.tf.json']['locals'])
        self.ids: dict[str, str] = {}

    def resources(self) -> Iterator[tuple[str, str, Document]]:
        """Yield the type, the name and the attributes of each resource, as written."""
        for file in self.files.values():
            for type, named in file.get('resource', {}).items():
                for name, attributes in named.items():
                    yield type, name, attributes

    def value(self, written: object) -> object:
        """Return a value with its templates filled in."""
        if isinstance(written, dict):
            return {key: self.value(member) for key, member in written.items()}
        if isinstance(written, list):
            return [self.value(item) for item in written]
        if not isinstance(written, str):
            return written
        if found := re.fullmatch(r'\$\{jsonencode\(local\.(\w+)\["([\w-]+)"\]\)\}', written):
            return json.dumps(self.value(self.files[f'{found[1]}.tf.json']['locals'][found[1]][found[2]]))
        if found := re.fullmatch(r'\$\{concat\((\[.*\]), var\.scope\)\}', written):
            return [*json.loads(found[1]), *self.variables['scope']]
        return re.sub(r'\$\$\{|%%\{|\$\{([^}]*)\}|%\{', self._template, written)

    def _template(self, found: re.Match[str]) -> str:
        if found[0] in ('$${', '%%{'):
            return found[0][1:]
        kind, *path = found[1].split('.')
        if kind == 'local':
            return self.locals[path[0]]
        assert (kind, path[1]) == ('datadog_dashboard_json', 'id')
        return self.ids[path[0]]

    def apply(self, api: DatadogApi) -> None:
        """Create everything."""
        for type, name, attributes in sorted(self.resources()):
            values = self.value(attributes)
            if type == 'datadog_service_level_objective':
                store(api, 'slo', _slo(values))
            else:
                short = type.split('_')[1]
                stored = store(api, short, json.loads(values[short]))
                if short == 'dashboard':
                    self.ids[name] = str(stored['id'])


def _slo(attributes: Document) -> Document:
    """Return what the provider sends for an SLO."""
    if 'sli_specification' not in attributes:
        return attributes
    condition = dict(attributes['sli_specification']['time_slice'])
    condition['query'] = {
        'formulas': [{'formula': one['formula_expression']} for one in condition['query']['formula']],
        'queries': [one['metric_query'] for one in condition['query']['query']],
    }
    return {**attributes, 'sli_specification': {'time_slice': condition}}


@pytest.mark.parametrize('arguments', CHOICES, ids=' '.join)
def test_files_of_terraform_end_in_the_same(api: DatadogApi, tmp_path: Path, arguments: Sequence[str]) -> None:
    assert export('terraform', tmp_path, *arguments) == 0
    other = DatadogApi()
    Terraform(tmp_path).apply(other)
    other.stop()
    assert everything(other) == installed(api, *arguments)


@pytest.mark.parametrize(
    ('scope', 'exclude'),
    [
        (['env:prod', 'team:net'], []),
        ([], ['--exclude', 'kube_cluster_name:ci-*']),
        (['env:prod'], ['--exclude', 'kube_cluster_name:ci-*']),
    ],
)
def test_the_scope_of_terraform_is_a_variable(
    api: DatadogApi, tmp_path: Path, scope: list[str], exclude: list[str]
) -> None:
    assert export('terraform', tmp_path, '--features', 'logs', *exclude) == 0
    other = DatadogApi()
    Terraform(tmp_path, scope=scope).apply(other)
    other.stop()
    expected = installed(api, '--features', 'logs', *exclude, *(['--scope', ','.join(scope)] if scope else []))
    for one, wanted in zip(everything(other), expected, strict=True):
        assert one == wanted


def test_the_recipients_of_terraform_are_a_variable(api: DatadogApi, tmp_path: Path) -> None:
    assert export('terraform', tmp_path) == 0
    Terraform(tmp_path, recipients=['@slack-a', '@pagerduty']).apply(api)
    assert all(one['message'].endswith('\n\n@slack-a @pagerduty') for one in api.monitors.values())


def test_monitors_of_terraform_link_to_its_dashboards(api: DatadogApi, tmp_path: Path) -> None:
    assert export('terraform', tmp_path) == 0
    Terraform(tmp_path).apply(api)
    linked = re.findall(r'/dashboard/([a-z0-9-]+)\?', json.dumps(list(api.monitors.values())))
    assert set(linked) <= set(api.dashboards)
    assert len(linked) >= len(api.monitors)


def test_files_of_terraform_have_what_the_provider_takes(tmp_path: Path) -> None:
    assert export('terraform', tmp_path, *EVERYTHING) == 0
    terraform = Terraform(tmp_path)
    resources = list(terraform.resources())
    assert len(resources) == sum(
        len(list((ASSETS / kind).glob('*.json'))) for kind in ('dashboards', 'monitors', 'slos')
    )
    for type, name, attributes in resources:
        assert PROVIDER[type]['required'] <= set(attributes) <= PROVIDER[type]['required'] | PROVIDER[type]['optional']
        # https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers
        assert re.fullmatch(r'[a-z_][a-z0-9_-]*', name)
        if type != 'datadog_service_level_objective':
            continue
        for threshold in attributes['thresholds']:
            assert {'timeframe', 'target'} <= set(threshold) <= {'timeframe', 'target', 'warning'}
        if 'query' in attributes:
            assert set(attributes['query']) == {'numerator', 'denominator'}
        if 'sli_specification' in attributes:
            condition = attributes['sli_specification']['time_slice']
            assert set(condition) <= {'query', 'comparator', 'threshold', 'query_interval_seconds'}
            assert [set(one) for one in condition['query']['formula']] == [{'formula_expression'}]
            for one in condition['query']['query']:
                assert set(one['metric_query']) == {'data_source', 'name', 'query'}


def test_what_looks_like_a_template_is_none(tmp_path: Path) -> None:
    assets = samples.write_samples(tmp_path / 'assets')
    message = 'Costs ${var.x}, %{if true} and $${y} or 5 %.'
    samples.write(assets / 'monitors/one.json', samples.monitor('Sample monitor one', message=message))
    assert export('terraform', tmp_path / 'out', assets=assets) == 0
    terraform = Terraform(tmp_path / 'out')
    monitor = terraform.files['monitors.tf.json']['resource']['datadog_monitor_json']['one']['monitor']
    text = terraform.files['monitors.tf.json']['locals']['monitors']['one']['message']
    assert text == 'Costs $${var.x}, %%{if true} and $$${y} or 5 %.${local.recipients}'
    assert json.loads(terraform.value(monitor))['name'] == 'Sample monitor one'


def test_scopes_that_terraform_cannot_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export('terraform', tmp_path, '--scope', 'env:a:b') == 2
    assert f"'env:a:b' cannot be a variable of Terraform: it must match {TAG}" in capsys.readouterr().err


# ---- both


@pytest.mark.parametrize('format', ['kubernetes', 'terraform'])
def test_exports_need_no_keys_and_hold_none(tmp_path: Path, format: str) -> None:
    assert main(['export', '--format', format, str(tmp_path / 'a')], {}) == 0
    assert export(format, tmp_path / 'b') == 0
    text = ''.join(path.read_text(encoding='utf-8') for path in (tmp_path / 'b').iterdir())
    assert API_KEY not in text
    assert APP_KEY not in text
    assert 'https://us5.datadoghq.com/dashboard/' in text
    assert 'datadog-cilium-asset' not in text, 'the installer must not take it for its own'


@pytest.mark.parametrize('format', ['kubernetes', 'terraform'])
def test_a_second_export_leaves_nothing_of_the_first(tmp_path: Path, format: str) -> None:
    assert export(format, tmp_path, *EVERYTHING) == 0
    assert export(format, tmp_path, '--monitors', 'none') == 0
    again = {path.name: path.read_text(encoding='utf-8') for path in tmp_path.iterdir()}
    assert export(format, tmp_path / 'fresh', '--monitors', 'none') == 0
    assert again == {path.name: path.read_text(encoding='utf-8') for path in (tmp_path / 'fresh').iterdir()}


@pytest.mark.parametrize('format', ['kubernetes', 'terraform'])
def test_a_folder_of_somebody_else(tmp_path: Path, format: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'main.tf').write_text('mine')
    assert export(format, tmp_path) == 2
    assert 'has files that are not of an export' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['main.tf']
    assert export(format, tmp_path / 'main.tf') == 2
    assert 'cannot be written: File exists' in capsys.readouterr().err


def test_overrides_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = tmp_path / 'overrides.yaml'
    overrides.write_text("agents_not_ready: {priority: 4, recipients: ['@slack-a'], muted: true, tags: ['team:a']}")
    assert export('kubernetes', tmp_path / 'out', '--overrides', str(overrides)) == 0
    assert 'make a downtime for it' in capsys.readouterr().out
    resource = read_yaml(tmp_path / 'out/monitor-agents-not-ready.yaml')
    monitor = json.loads(resource['spec']['jsonSpec'])
    assert monitor['priority'] == 4
    assert monitor['message'].endswith('@slack-a')
    assert {'team:a', 'muted-by:datadog-cilium'} <= set(monitor['tags'])
