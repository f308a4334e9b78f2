# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Assets as custom resources of the Datadog Operator.

https://docs.datadoghq.com/containers/datadog_operator/crd_ddgr/. It has no type for log pipelines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from toolkit.installer.choice import Chosen
from toolkit.installer.content import Document
from toolkit.installer.model import Asset

TYPES = {'dashboards': 'dashboard', 'monitors': 'monitor', 'slos': 'slo'}
"""The value of `spec.type` for a kind of asset."""


def kubernetes_files(chosen: Chosen) -> dict[str, str]:
    """Return the text of each file by its name: a resource for each asset, and a kustomization with all of them."""
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
