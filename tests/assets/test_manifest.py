# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The manifest lists every asset that there is, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolkit.assets import read_assets
from toolkit.generate.manifest import NAMED_BY
from toolkit.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / 'manifest.json').read_text(encoding='utf-8'))
ASSETS = MANIFEST['assets']


@pytest.mark.parametrize('kind', NAMED_BY)
def test_every_file_is_listed_under_its_own_name(kind: str) -> None:
    documents = read_assets(kind)
    assert ASSETS[kind] == {
        document[NAMED_BY[kind]]: path.relative_to(ROOT).as_posix() for path, document in documents.items()
    }, 'run: make assets'
    assert len(ASSETS[kind]) == len(documents) > 0


def test_the_log_pipeline_is_the_one_that_is_listed() -> None:
    (pipeline,) = read_assets('logs').values()
    assert ASSETS['logs'] == {'source': pipeline['id']}


def test_data_flows_are_those_of_the_manifest() -> None:
    flows = read_yaml(ROOT / 'assets/dataflows.yaml')['provides']
    types = [flow['data_type'] for flow in flows]

    assert [f'Queried Data Type::{kind.title()}' for kind in sorted(types)] == [
        tag for tag in MANIFEST['tile']['classifier_tags'] if tag.startswith('Queried Data Type::')
    ]
    assert ('events' in types) is ASSETS['integration']['events']['creates_events']
    for flow in flows:
        assert set(flow) == {'id', 'data_type', 'direction', 'always_on'}
        assert flow['id'] == f'{MANIFEST["app_id"]}-{flow["data_type"]}'
        assert flow['direction'] == 'inbound'
        # Logs need annotations on the pods, and `logs_enabled` in the Agent.
        assert flow['always_on'] is (flow['data_type'] == 'metrics')


@pytest.mark.parametrize('kind', NAMED_BY)
def test_order_of_the_manifest_is_that_of_names(kind: str) -> None:
    assert list(ASSETS[kind]) == sorted(ASSETS[kind])


def test_pictures_of_the_tile_are_there() -> None:
    pictures = [ROOT / medium['image_url'] for medium in MANIFEST['tile']['media']]

    assert len(pictures) > len(ASSETS['dashboards'])
    assert all(picture.read_bytes().startswith(b'\x89PNG') for picture in pictures)
