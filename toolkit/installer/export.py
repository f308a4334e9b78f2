# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Write what is chosen as files for those who keep Datadog as code. It talks to nobody and needs no keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from toolkit.installer.assets.choice import Choice, Chosen, choose
from toolkit.installer.assets.limits import Limits
from toolkit.installer.assets.links import linked
from toolkit.installer.assets.model import MUTED_TAG, Asset, Document
from toolkit.installer.install import counted
from toolkit.installer.run import Say
from toolkit.installer.settings import SettingsError, page
from toolkit.queries.syntax import Tag

FORMATS = ('kubernetes', 'terraform')
NAMES = {'dashboards': 'dashboard', 'monitors': 'monitor', 'slos': 'SLO'}
LIST = '.exported'
"""The file that lists the others, so that the next export can take away what is too many."""

TYPES = {'dashboards': 'dashboard', 'monitors': 'monitor', 'slos': 'slo'}
"""The value of `spec.type` for a kind of asset."""

PROVIDER = {'datadog': {'source': 'DataDog/datadog', 'version': '>= 3.39.0'}}
"""With `query_interval_seconds` of time-slice SLOs: https://github.com/DataDog/terraform-provider-datadog/pull/2349"""

TAG = r'[a-z][a-z0-9_./-]*:[A-Za-z0-9_.*/-]+'
"""A tag that needs no escaping in a search."""

_PLACE = Tag('scope_of_terraform', 'x')
_PLACES = {
    # Where the scope stands, and what stands there in a template.
    f'{{{_PLACE}}}': '{${local.scope_alone}}',
    f'{{{_PLACE},': '{${local.scope_first}',
    f',{_PLACE}': '${local.scope_comma}',
    f' AND {_PLACE}': '${local.scope_and}',
    f',"{_PLACE}"': '${local.scope_check}',
    f' {_PLACE}': '${local.scope_search}',
}
_LOCALS = {
    'scope_alone': '${length(var.scope) == 0 ? "*" : join(",", var.scope)}',
    'scope_first': '${join("", [for tag in var.scope : "${tag},"])}',
    'scope_comma': '${join("", [for tag in var.scope : ",${tag}"])}',
    'scope_and': '${join("", [for tag in var.scope : " AND ${tag}"])}',
    'scope_check': '${join("", [for tag in var.scope : ",${jsonencode(tag)}"])}',
    'scope_search': '${join("", [for tag in var.scope : " ${tag}"])}',
    'recipients': '${length(var.recipients) == 0 ? "" : "\\n\\n${join(" ", var.recipients)}"}',
}


def export(say: Say, assets: Path, choice: Choice, format: str, folder: Path, site: str) -> None:
    """Write the files of a format into a folder. Raises `AssetError` and `SettingsError`."""
    if format == 'terraform':
        limits = with_a_place_for_the_scope(choice.limits)
        chosen = choose(assets, replace(choice, limits=limits), page(site, '/'))
        files = terraform_files(chosen, choice.limits)
    else:
        chosen = choose(assets, choice, page(site, '/'))
        files = kubernetes_files(chosen)
    _write(folder, files)
    counts = ', '.join(counted(len(chosen.of(kind)), name) for kind, name in NAMES.items() if kind in chosen.assets)
    say(f'Wrote {counts} to {folder}.')
    if 'pipelines' in chosen.assets:
        say('The log pipeline is not among them: `install --only pipelines` makes it.')
    if any(MUTED_TAG in monitor.tags for monitor in chosen.of('monitors')):
        say(f'Muted monitors have the tag {MUTED_TAG}. They are silent when you make a downtime for it.')


def _write(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = (folder / LIST).read_text(encoding='utf-8').split() if (folder / LIST).exists() else []
        if not before and any(folder.iterdir()):
            raise SettingsError(f'{folder} has files that are not of an export. Choose a folder that is new or empty')
        for name in before:
            # An asset that is not chosen any more would still be applied.
            if name not in files and '/' not in name:
                (folder / name).unlink(missing_ok=True)
        for name, text in {**files, LIST: '\n'.join(files) + '\n'}.items():
            (folder / name).write_text(text, encoding='utf-8')
    except OSError as error:
        raise SettingsError(f'{error.filename or folder} cannot be written: {error.strerror}') from None


def kubernetes_files(chosen: Chosen) -> dict[str, str]:
    """
    Return custom resources of the Datadog Operator: the text of each file by its name, and a kustomization with all.

    https://docs.datadoghq.com/containers/datadog_operator/crd_ddgr/. It has no type for log pipelines.
    """
    files = {
        f'{_name(TYPES[kind], asset)}.yaml': _yaml(_resource(TYPES[kind], asset))
        for kind in chosen.assets
        if kind in TYPES
        for asset in chosen.of(kind)
    }
    kustomization = {
        'apiVersion': 'kustomize.config.k8s.io/v1beta1',
        'kind': 'Kustomization',
        'resources': sorted(files),
    }
    return {**files, 'kustomization.yaml': _yaml(kustomization)}


def _resource(type: str, asset: Asset) -> Document:
    content = {**asset.initial, **asset.content, **({'tags': list(asset.tags)} if asset.tags else {})}
    return {
        'apiVersion': 'datadoghq.com/v1alpha1',
        'kind': 'DatadogGenericResource',
        'metadata': {'name': _name(type, asset)},
        'spec': {'type': type, 'jsonSpec': json.dumps(content, indent=2, ensure_ascii=False)},
    }


def _name(type: str, asset: Asset) -> str:
    """Return a name as those of DNS. Ids of assets have no dots."""
    return f'{type}-{asset.id}'.replace('_', '-').strip('-')


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as such."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style='|' if '\n' in text else None)


_Dumper.add_representer(str, _text)


def _yaml(document: Mapping[str, object]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100_000)


def with_a_place_for_the_scope(limits: Limits) -> Limits:
    """Return the limits that leave a place for the scope, which is a variable."""
    return Limits((_PLACE,), limits.exclude)


def terraform_files(chosen: Chosen, limits: Limits) -> dict[str, str]:
    """
    Return JSON for Terraform and the provider of Datadog: the text of each file by its name.

    Dashboards and monitors go through the provider's resources for JSON, SLOs through attributes:
    https://registry.terraform.io/providers/DataDog/datadog/latest/docs. The contents are locals, in which each text is
    a template: https://developer.hashicorp.com/terraform/language/syntax/json

    `chosen` must have `with_a_place_for_the_scope(limits)`.

    Raises `SettingsError` for a scope that would need escaping.
    """
    scope = [str(tag) for tag in limits.scope]
    if wrong := [tag for tag in scope if not re.fullmatch(TAG, tag)]:
        raise SettingsError(f'--scope: {wrong[0]!r} cannot be a variable of Terraform: it must match {TAG}')
    dashboards = _templates(chosen.of('dashboards'))
    slos = _templates(chosen.of('slos'))
    # Monitors link to dashboards. These link to each other, and so only by a search: Terraform has no cycles.
    ids = {asset.name: f'${{datadog_dashboard_json.{asset.id}.id}}' for asset in chosen.of('dashboards')}
    monitors = linked(_templates(chosen.of('monitors')), ids)
    files = {
        'main.tf.json': {
            'terraform': {'required_providers': PROVIDER},
            'provider': {'datadog': {}},
            'variable': {'scope': _scope_variable(scope), 'recipients': _recipients_variable()},
            'locals': _LOCALS,
        },
        'dashboards.tf.json': _json_resources(
            'dashboard', dashboards, lambda asset: {**asset.initial, **asset.content}
        ),
        'monitors.tf.json': _json_resources('monitor', monitors, _monitor),
        'slos.tf.json': {'resource': {'datadog_service_level_objective': {one.id: _slo(one) for one in slos}}},
    }
    return {name: json.dumps(file, indent=2, ensure_ascii=False) + '\n' for name, file in files.items()}


def _scope_variable(default: Sequence[str]) -> Document:
    return {
        'type': 'list(string)',
        'default': list(default),
        'description': 'Tags that everything must have, such as ["env:prod"]. They go into each query and search.',
        'validation': {
            'condition': '${alltrue([for tag in var.scope : can(regex("^' + TAG + '$", tag))])}',
            'error_message': 'Each must be key:value, without characters that searches of logs would read otherwise.',
        },
    }


def _recipients_variable() -> Document:
    return {
        'type': 'list(string)',
        'default': [],
        'description': 'Who is notified by each monitor, such as ["@slack-network"]. Notification rules need none.',
    }


def _json_resources(name: str, assets: Sequence[Asset], content: Callable[[Asset], Document]) -> Document:
    return {
        'locals': {f'{name}s': {asset.id: content(asset) for asset in assets}},
        'resource': {
            f'datadog_{name}_json': {
                asset.id: {name: f'${{jsonencode(local.{name}s["{asset.id}"])}}'} for asset in assets
            }
        },
    }


def _monitor(asset: Asset) -> Document:
    message = f'{asset.content["message"]}${{local.recipients}}'
    return {**asset.content, 'message': message, 'tags': list(asset.tags)}


def _slo(asset: Asset) -> Document:
    slo = {**asset.content, 'tags': list(asset.tags)}
    match slo.get('sli_specification'):
        case None:
            return slo
        case {'time_slice': {'query': {'formulas': list(formulas), 'queries': list(queries)}, **condition}}:
            query = {
                'formula': [{'formula_expression': one['formula']} for one in formulas],
                'query': [{'metric_query': one} for one in queries],
            }
            return {**slo, 'sli_specification': {'time_slice': {'query': query, **condition}}}
    raise ValueError(f'there is no way yet to write the SLO {asset.id} for Terraform')


def _templates(assets: Sequence[Asset]) -> list[Asset]:
    return [replace(asset, content=_templates_in(asset.content)) for asset in assets]


def _templates_in(document: Document) -> Document:
    return {key: _template(member) for key, member in document.items()}


def _template(value: object) -> object:
    """Return a value in which texts are templates."""
    if isinstance(value, dict):
        return _templates_in(value)
    if isinstance(value, list) and str(_PLACE) in value:
        others = [item for item in value if item != str(_PLACE)]
        return f'${{concat({json.dumps(others)}, var.scope)}}'
    if isinstance(value, list):
        return [_template(item) for item in value]
    if not isinstance(value, str):
        return value
    text = value.replace('${', '$${').replace('%{', '%%{')
    for place, template in _PLACES.items():
        text = text.replace(place, template)
    if str(_PLACE) in text:
        raise ValueError(f'there is no template for the scope in {value}')
    return text
