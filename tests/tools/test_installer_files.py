# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the asset installer reads and writes: files of assets, markers, links."""

from __future__ import annotations

import json
from pathlib import Path

import datadog_api_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.installer.__main__ import main
from toolkit.installer.assets import AssetError, read_dashboards, read_facets, read_monitors, read_pipelines
from toolkit.installer.content import fingerprint
from toolkit.installer.description import with_marker, without_marker
from toolkit.installer.links import ids_by_title, linked
from toolkit.installer.model import Asset, Existing, Marker
from toolkit.installer.plan import made_by_installer

fingerprints = st.text('0123456789abcdef', min_size=12, max_size=12)
markers = st.builds(Marker, st.from_regex('[a-z0-9_-]{1,80}', fullmatch=True), fingerprints, st.none() | fingerprints)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A folder with a few assets."""
    return samples.write_samples(tmp_path / 'assets')


def test_a_pipeline_has_the_keys_of_the_api(assets: Path) -> None:
    (pipeline,) = read_pipelines(assets)
    assert pipeline.id == 'sample'
    assert pipeline.content['is_enabled'] is True
    parser, inner = pipeline.content['processors']
    assert parser['grok'] == {'support_rules': 'word %{word}\n', 'match_rules': 'line level=%{word:level}\n'}
    assert parser['is_enabled'] is True
    remapper, builder, lookup = inner['processors']
    assert (remapper['source_type'], remapper['target_type']) == ('attribute', 'attribute')
    assert (remapper['preserve_source'], remapper['override_on_conflict']) == (False, True)
    assert builder['is_replace_missing'] is True
    assert lookup['lookup_table'] == ['info,6', 'error,3']


@pytest.mark.parametrize(
    ('file', 'text', 'message'),
    [
        ('dashboards/first.json', '{', 'first.json: not valid JSON'),
        ('dashboards/first.json', '[]', 'first.json: must be an object'),
        ('dashboards/first.json', '{"widgets": []}', 'first.json: `title` must be a text'),
        ('dashboards/first.json', '{"title": "x"}', "first.json: KeyError: 'widgets'"),
        ('dashboards/first.json', '{"title": "x", "widgets": [], "tags": ["team:x"]}', 'does not install `tags`'),
        ('dashboards/Big Title.json', '{}', 'lower-case letters'),
        ('monitors/one.json', '{}', 'one.json: `definition` must be an object'),
        ('monitors/one.json', '{"definition": {"name": "x", "draft_status": "draft"}}', 'install `draft_status`'),
        ('logs/sample.yaml', 'a: [', 'sample.yaml: not valid YAML'),
        ('logs/sample.yaml', 'id: sample', 'sample.yaml: `pipeline` must be an object'),
    ],
)
def test_a_file_that_cannot_be_installed(
    assets: Path, file: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (assets / file).write_text(text)
    # Nothing listens there: files are read before the first request.
    keys = {'DD_API_KEY': 'a' * 32, 'DD_APP_KEY': 'b' * 40}
    assert main(['install'], keys, assets, 'http://127.0.0.1:1') == 2
    assert message in capsys.readouterr().err


def test_broken_facets_are_named(assets: Path) -> None:
    path = assets / 'logs/sample.yaml'
    path.write_text(path.read_text().replace('path: dns.question.name', 'way: dns.question.name'))
    with pytest.raises(AssetError, match=r"sample\.yaml: KeyError: 'path'"):
        read_facets(assets)


def test_ids_of_widgets_make_no_difference(assets: Path) -> None:
    before = {asset.id: fingerprint(asset.content) for asset in read_dashboards(assets)}
    path = assets / 'dashboards/first.json'
    document = json.loads(path.read_text())
    document['widgets'][0]['id'] = 99
    document['widgets'][0]['definition']['widgets'][0]['id'] = 98
    samples.write(path, document)
    assert {asset.id: fingerprint(asset.content) for asset in read_dashboards(assets)} == before


def test_monitors_are_the_definitions(assets: Path) -> None:
    one, _ = read_monitors(assets)
    assert (one.id, one.title, one.tags) == ('one', 'Sample monitor one', ('integration:cilium',))
    assert 'version' not in one.content
    assert 'tags' not in one.content


@given(markers, st.text(max_size=20), st.text(max_size=20))
def test_a_marker_is_found_in_any_text(marker: Marker, before: str, after: str) -> None:
    assert Marker.find(f'{before} {marker} {after}') == marker


@given(markers)
def test_a_marker_can_be_a_tag(marker: Marker) -> None:
    # https://docs.datadoghq.com/getting_started/tagging/
    assert len(str(marker)) <= 200
    assert str(marker) == str(marker).lower()


@given(markers, st.text(max_size=40))
def test_a_description_comes_back_without_the_marker(marker: Marker, text: str) -> None:
    written = with_marker(text, marker)
    assert Marker.find(written) == marker
    assert without_marker(written) == text.rstrip()
    assert with_marker(without_marker(written), marker) == with_marker(text.rstrip(), marker)


@given(st.dictionaries(st.text(max_size=3), json_values, max_size=4))
def test_a_fingerprint_ignores_order_and_empty_values(content: dict[str, object]) -> None:
    turned = dict(reversed(content.items()))
    assert fingerprint({**turned, 'nothing there': None, 'none there': []}) == fingerprint(content)


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ({'a': [1, 2]}, {'a': [2, 1]}),
        ({'a': 0}, {}),
        ({'a': False}, {}),
        ({'a': 1.5}, {'a': 1}),
        ({'a': '1'}, {'a': 1}),
    ],
)
def test_a_fingerprint_tells_contents_apart(one: dict[str, object], other: dict[str, object]) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_oldest_of_several_copies_is_ours() -> None:
    marker = Marker('one', '0' * 12)
    young, old = (Existing(id, 'One', {}, marker, made) for id, made in (('b', '2026-02'), ('a', '2026-01')))
    assert made_by_installer([young, old]) == {'one': old}


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('/dashboard/lists?q=My+Title', '/dashboard/abc'),
        ('see [it](/dashboard/lists?q=My%20Title) or', 'see [it](/dashboard/abc) or'),
        ('/dashboard/lists?q=My%20Title&live=true', '/dashboard/abc?live=true'),
        ('https://app.datadoghq.com/dashboard/lists?q=My+Title', 'https://app.datadoghq.com/dashboard/abc'),
        ('/dashboard/lists?q=Other', '/dashboard/lists?q=Other'),
    ],
)
def test_links(text: str, expected: str) -> None:
    asset = Asset('mine', 'My Title', {'widgets': [{'definition': {'content': text}}]})
    existing = Existing('abc', 'Renamed', {}, Marker('mine', '0' * 12))
    (result,) = linked([asset], ids_by_title([asset], [existing]))
    assert result.content == {'widgets': [{'definition': {'content': expected}}]}
