# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the asset installer reads and writes: files of assets, markers, links."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from datadog_api import samples
from hypothesis import given
from hypothesis import strategies as st

from toolkit.assets import AssetError
from toolkit.installer.__main__ import main
from toolkit.installer.assets.files import read_dashboards, read_facets, read_monitors, read_pipelines
from toolkit.installer.assets.links import ids_by_title, linked
from toolkit.installer.assets.model import (
    INSTALLED_TAG,
    Asset,
    Existing,
    Marker,
    fingerprint,
    with_marker,
    without_marker,
)
from toolkit.installer.plan import Action, made_by_installer, plan_install, plan_uninstall

fingerprints = st.text('0123456789abcdef', min_size=12, max_size=12)
markers = st.builds(
    Marker,
    st.from_regex('[a-z0-9_-]{1,80}', fullmatch=True),
    fingerprints,
    st.none() | fingerprints,
    st.none() | st.from_regex('[a-z0-9-]{1,32}', fullmatch=True),
)
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
        ('dashboards/first.json', '{"title": "x"}', 'first.json: `widgets` must be a list of objects'),
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
    with pytest.raises(AssetError, match=r'sample\.yaml: `path` must be a text'):
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


@given(markers, st.text(max_size=20))
def test_a_marker_is_a_whole_tag(marker: Marker, text: str) -> None:
    assert Marker.read(str(marker)) == marker
    assert Marker.of_tags(['team:a', str(marker), INSTALLED_TAG]) == marker
    assert Marker.of_tags([str(marker)]) is None
    assert not text or Marker.of_tags([INSTALLED_TAG, f'{text} {marker}']) is None


@given(markers, st.text(max_size=20))
def test_a_marker_that_is_quoted_does_not_count(marker: Marker, text: str) -> None:
    line = with_marker({}, marker)['description']
    for description in (f'See: {line}', f'{line}\nIs what it writes.', f'{line} {text}x', str(marker), f'{line}{line}'):
        assert Marker.of_description(description) is None
        assert without_marker(description) == description


@given(markers)
def test_a_marker_can_be_a_tag(marker: Marker) -> None:
    # https://docs.datadoghq.com/getting_started/tagging/
    assert len(str(marker)) <= 200
    assert str(marker) == str(marker).lower()


@given(markers, st.text(max_size=40))
def test_a_description_comes_back_without_the_marker(marker: Marker, text: str) -> None:
    written = with_marker({'description': text}, marker)['description']
    assert Marker.of_description(written) == marker
    assert without_marker(written) == text.rstrip()


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


def existing(id: str, content: dict[str, object], marker: Marker, made: str = '') -> Existing:
    """Return one that has a marker."""
    return Existing(id, 'One', content, marker, made)


def test_of_several_that_are_ours_the_oldest_counts_unless_one_was_edited() -> None:
    content = {'name': 'One'}
    seal = fingerprint(content)
    young, old = (
        existing(id, content, Marker('one', '0' * 12, seal, id), made)
        for id, made in (('b', '2026-02'), ('a', '2026-01'))
    )
    edited = existing('c', {'name': 'Mine'}, Marker('one', '0' * 12, seal, 'c'), '2026-03')
    assert made_by_installer([young, old]) == {'one': old}
    assert made_by_installer([young, edited, old]) == {'one': edited}


@pytest.mark.parametrize(
    ('marker', 'content', 'action'),
    [
        # The seal of `content`, and the id of another thing: a copy.
        (('sealed', 'other'), 'stored', None),
        (('sealed', 'x'), 'stored', Action.DELETE),
        (('sealed', 'x'), 'edited', Action.KEEP),
        # An update was not finished.
        (('unsealed', 'x'), 'stored', Action.DELETE),
        (('unsealed', 'x'), 'edited', Action.KEEP),
        # A creation was not finished.
        (('unsealed', None), 'stored', Action.DELETE),
        (('unsealed', None), 'edited', Action.DOUBT),
        # An earlier version did not write ids.
        (('sealed', None), 'stored', Action.DELETE),
        (('sealed', None), 'edited', Action.DOUBT),
    ],
)
def test_what_is_deleted_was_certainly_made_by_the_installer(
    marker: tuple[str, str | None], content: str, action: Action | None
) -> None:
    asset = Asset('one', 'One', {'name': 'One', 'message': '[it](/dashboard/lists?q=My+Title&a=b)'})
    stored = {'name': 'One', 'message': '[it](https://app.datadoghq.com/dashboard/abc-def?a=b)', 'a_default': 3}
    contents = {'stored': stored, 'edited': {**stored, 'name': 'Mine'}}
    state, id = marker
    there = existing('x', contents[content], Marker('one', asset.source, fingerprint(stored), id))
    if state == 'unsealed':
        there = existing('x', contents[content], Marker('one', asset.source, None, id))
    asset = replace(
        asset, content={**asset.content, 'message': '[it](https://app.datadoghq.com/dashboard/lists?q=T&a=b)'}
    )
    assert [step.action for step in plan_uninstall([asset], [there], False)] == ([action] if action else [])
    written = [step.action for step in plan_install([asset], [there], False) if step.existing]
    may_write = {Action.SEAL, Action.NOTHING, Action.UPDATE} if action is Action.DELETE else {action}
    assert set(written) <= may_write
    # Being asked to, it takes what it made and somebody edited. In doubt it does not.
    asked = [step.action for step in plan_uninstall([asset], [there], True)]
    assert asked == ([Action.DELETE if action is Action.KEEP else action] if action else [])


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
    there = Existing('abc', 'Renamed', {}, Marker('mine', '0' * 12))
    (result,) = linked([asset], ids_by_title([asset], {'mine': there}))
    assert result.content == {'widgets': [{'definition': {'content': expected}}]}
