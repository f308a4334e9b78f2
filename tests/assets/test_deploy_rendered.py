# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
What the chart `datadog` makes of the values of an installed Agent, with an overlay and without.

The chart is Datadog's own, and too much to copy. These tests run where it is at hand, and say so where it is not:

    git clone https://github.com/DataDog/helm-charts /tmp/helm-charts
    .venv/bin/pip install --requirement requirements/charts.txt
    DATADOG_CHART=/tmp/helm-charts/charts/datadog .venv/bin/python -m pytest tests/assets/test_deploy_rendered.py

Elsewhere test_deploy_overlays.py compares the values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from deployment_files import INSTALLED, document, merged

CHART = os.environ.get('DATADOG_CHART')
pytestmark = pytest.mark.skipif(not CHART, reason='Set DATADOG_CHART to the folder of the chart `datadog`.')

# What the chart makes anew each time: the Cluster Agent's token with its checksum, and who installed it when.
MADE_ANEW = ('checksum/clusteragent_token', 'data.token', 'data.install_id', 'data.install_time')
# What the dispatch of cluster checks is to the Agents and to the Cluster Agent.
DISPATCH = ('DD_CLUSTER_CHECKS_ENABLED', 'DD_EXTRA_CONFIG_PROVIDERS', 'DD_EXTRA_LISTENERS')
# Charts that this one brings, which are not in its folder.
WITHOUT_OTHER_CHARTS = {
    'datadog': {'kubeStateMetricsEnabled': False, 'operator': {'enabled': False}, 'csi': {'enabled': False}}
}


def rendered(values: dict) -> dict[tuple[str, str], dict]:
    """Return the resources that the chart makes of values, by kind and name."""
    helm = pytest.importorskip('helm_python', reason='run: pip install --requirement requirements/charts.txt')
    with helm.Chart.load(CHART) as chart:
        files = chart.render(merged(values, WITHOUT_OTHER_CHARTS), name='datadog', namespace='datadog')
    resources = (
        resource
        for name, text in files.items()
        if not name.endswith('NOTES.txt')
        for resource in yaml.safe_load_all(text)
        if resource
    )
    return {(resource['kind'], resource['metadata']['name']): resource for resource in resources}


def flat(value: object, path: str = '') -> Iterator[tuple[str, object]]:
    """Yield the paths and the values of a resource. Entries of lists go by name, where they have one."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from flat(entry, f'{path}.{key}')
    elif isinstance(value, list) and value:
        for index, entry in enumerate(value):
            name = entry.get('name', index) if isinstance(entry, dict) else index
            yield from flat(entry, f'{path}[{name}]')
    else:
        yield path, value


def differences(before: dict, after: dict) -> dict[tuple[str, str, str], tuple[object, object]]:
    """Return what differs between two renders, but for what is made anew each time."""
    missing = {'': None}
    found = {}
    for kind, name in before.keys() | after.keys():
        old = dict(flat(before.get((kind, name), missing)))
        new = dict(flat(after.get((kind, name), missing)))
        for path in old.keys() | new.keys():
            if old.get(path) != new.get(path) and not path.endswith(MADE_ANEW):
                found[kind, name, path] = (old.get(path), new.get(path))
    return found


@pytest.mark.parametrize('installed', INSTALLED['helm'].values(), ids=INSTALLED['helm'])
def test_only_the_image_of_agents_and_runners_differs(installed: dict) -> None:
    overlay = document('datadog/overlays/image.yaml')
    image = overlay['agents']['image']
    # As the walk-through has it: the Agent stays the version that it is.
    version = installed.get('agents', {}).get('image', {}).get('tag') or default_tag()
    for part in ('agents', 'clusterChecksRunner'):
        overlay = merged(overlay, {part: {'image': {**image, 'tag': version}}})

    found = differences(rendered(installed), rendered(merged(installed, overlay)))

    assert found
    for (kind, name, path), (_, new) in found.items():
        assert kind in ('DaemonSet', 'Deployment')
        if any(f'env[{variable}]' in path for variable in DISPATCH):
            assert installed['datadog']['clusterChecks'] == {'enabled': False}
            continue
        assert name in ('datadog', 'datadog-clusterchecks')
        assert path.endswith('.image')
        assert new.startswith(f'{image["repository"]}:{version}')


def default_tag() -> str:
    """Return the version of the Agent that the chart brings."""
    return yaml.safe_load((Path(CHART) / 'values.yaml').read_text(encoding='utf-8'))['agents']['image']['tag']
