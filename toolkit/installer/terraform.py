# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Assets as JSON for Terraform and the provider of Datadog.

Dashboards and monitors go through the provider's resources for JSON, SLOs through attributes:
https://registry.terraform.io/providers/DataDog/datadog/latest/docs. The contents are locals, in which each text is a
template: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from toolkit.installer.choice import Chosen
from toolkit.installer.content import Document
from toolkit.installer.links import linked
from toolkit.installer.model import Asset
from toolkit.installer.scoping import Limits
from toolkit.installer.settings import SettingsError
from toolkit.queries.syntax import Tag

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


def with_a_place_for_the_scope(limits: Limits) -> Limits:
    """Return the limits that leave a place for the scope, which is a variable."""
    return Limits((_PLACE,), limits.exclude)


def terraform_files(chosen: Chosen, limits: Limits) -> dict[str, str]:
    """
    Return the text of each file by its name. `chosen` must have `with_a_place_for_the_scope(limits)`.

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
