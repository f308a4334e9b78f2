# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What the asset installer can be asked to choose: monitors, features, dashboards, a scope, overrides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from datadog_api import samples
from datadog_api.runs import KEYS
from datadog_api.server import DatadogApi, Fault
from for_each import for_each

from toolkit.checkout import ASSETS
from toolkit.installer.__main__ import main
from toolkit.installer.assets.choice import Choice, choose
from toolkit.installer.assets.files import read_dashboards, read_monitors, read_saved_views, read_slos
from toolkit.installer.assets.limits import read_limits
from toolkit.installer.assets.model import MUTED_TAG, Asset
from toolkit.installer.assets.overrides import overridden
from toolkit.installer.settings import SettingsError
from toolkit.queries.parsing import parse_monitor, parse_query
from toolkit.queries.syntax import AllOf, CheckMonitor, LogMonitor, MetricSeries, NoneOf, Tag, series_of

PROD, NO_CI = Tag('env', 'prod'), Tag('kube_cluster_name', 'ci-*')


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A folder with monitors of all tiers."""
    folder = samples.write_samples(tmp_path / 'assets')
    monitors = {
        'core': ('cilium_tier:core',),
        'bgp': ('cilium_tier:feature', 'cilium_feature:bgp'),
        'either': ('cilium_tier:feature', 'cilium_feature:bgp', 'cilium_feature:ipsec'),
        'dns_logs': ('cilium_tier:feature', 'cilium_feature:dns-proxy', 'cilium_feature:logs'),
        'extra': ('cilium_tier:extra',),
        'extra_bgp': ('cilium_tier:extra', 'cilium_feature:bgp'),
    }
    for path in (folder / 'monitors').iterdir():
        path.unlink()
    for id, tags in monitors.items():
        query = f'avg(last_5m):avg:cilium.{id.split("_")[-1]}.value{{*}} > 3'
        samples.write(folder / f'monitors/{id}.json', samples.monitor(id, query=query, tags=list(tags)))
    return folder


def run(api: DatadogApi, assets: Path, *arguments: str) -> int:
    """Run the installer and return its exit status."""
    return main(arguments, KEYS, assets, api.url, backoff=0.001)


def names(api: DatadogApi) -> set[str]:
    """Return the names of the monitors."""
    return {str(one['name']) for one in api.monitors.values()}


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        ('', 'core'),
        ('--monitors core', 'core'),
        ('--features bgp', 'core bgp either'),
        ('--features ipsec', 'core either'),
        ('--features dns-proxy', 'core'),
        ('--features dns-proxy,logs', 'core dns_logs'),
        ('--monitors all', 'core bgp either dns_logs extra extra_bgp'),
        ('--monitors all --features bgp', 'core bgp either extra extra_bgp'),
        ('--monitors none', ''),
        ('--monitors none --features bgp', ''),
    ],
)
def test_monitors_by_tier_and_feature(api: DatadogApi, assets: Path, arguments: str, expected: str) -> None:
    assert run(api, assets, 'install', *arguments.split()) == 0
    assert names(api) == set(expected.split())
    assert len(api.dashboards) == 2


@pytest.mark.parametrize(('ids', 'number'), [('all', 2), ('none', 0), ('first', 1), ('first,second', 2)])
def test_dashboards_by_name(api: DatadogApi, assets: Path, ids: str, number: int) -> None:
    assert run(api, assets, 'install', '--dashboards', ids) == 0
    assert len(api.dashboards) == number
    assert names(api) == {'core'}


def test_what_was_chosen_earlier_stays_and_is_updated(
    api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(api, assets, 'install', '--monitors', 'all') == 0
    samples.write(assets / 'monitors/extra.json', samples.monitor('extra', message='New.', tags=['cilium_tier:extra']))
    capsys.readouterr()
    assert run(api, assets, 'install') == 0
    assert 'create' not in capsys.readouterr().out
    assert len(api.monitors) == 6
    assert [one['message'] for one in api.monitors.values() if one['name'] == 'extra'] == ['New.']
    before = len(api.writes)
    assert run(api, assets, 'install', '--monitors', 'none', '--dashboards', 'none') == 0
    assert api.writes[before:] == []


def test_the_plan_counts_first(api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(api, assets, 'install', '--dry-run') == 0
    lines = capsys.readouterr().out.splitlines()
    start = lines.index('Plan: create: 5')
    assert lines[start + 1 : start + 5] == [
        '  dashboards: create: 2',
        '  monitors: create: 1, not chosen: 5',
        '  SLOs: create: 1',
        '  log pipelines: create: 1',
    ]
    assert lines[start + 5].startswith('  + create   dashboard')


@pytest.mark.parametrize(
    ('metrics', 'said'),
    [
        (['cilium.core.value', 'cilium.bgp.value'], '`--features bgp` adds 2 monitors'),
        (['cilium.core.value', 'system.cpu.user'], None),
    ],
)
def test_features_in_use_are_proposed(
    api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str], metrics: list[str], said: str | None
) -> None:
    api.metrics = metrics
    for arguments in (['--dry-run'], []):
        assert run(api, assets, 'install', *arguments) == 0
        output = capsys.readouterr().out
        assert said is None or said in output
        assert said or 'more features' not in output
    assert run(api, assets, 'install') == 0
    assert 'more features' not in capsys.readouterr().out, 'it was not the first run'


@pytest.mark.parametrize('status', [403, 404, 500])
def test_features_that_cannot_be_read_are_no_failure(
    api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    api.faults.append(Fault('GET', '/api/v1/metrics', status))
    assert run(api, assets, 'install') == 0
    assert 'warning: could not list the metrics' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--features', 'bpg'], '--features: there is no bpg. There are bgp, dns-proxy, ipsec, logs'),
        (['--dashboards', 'first,third'], '--dashboards: there is no third. There are first, second'),
        (['--scope', 'env:'], '--scope'),
        (['--scope', 'env:a OR env:b'], 'Service checks know no OR'),
        (['--scope', 'env IN (a,b)'], 'Service checks know no OR'),
        (['--scope', '!env:a'], 'Service checks know no OR'),
        (['--scope', 'prod'], 'must be key:value'),
        (['--scope', 'env:$env.value'], 'must be key:value'),
        (['--scope', '*} by {x'], 'must be key:value'),
        (['--exclude', 'a:b,c:d'], '--exclude takes one tag'),
        (['--overrides', 'no/such/file.yaml'], 'no/such/file.yaml: cannot be read: No such file'),
    ],
)
def test_a_choice_that_cannot_be(
    api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(api, assets, 'install', *arguments) == 2
    assert message in capsys.readouterr().err
    assert api.requests == []


# ---- the scope


LIMITS = read_limits('env:prod', ['kube_cluster_name:ci-*'])


def series_in(text: str) -> list[MetricSeries]:
    """Return the metric queries of the query of a widget or of an SLO."""
    return series_of(parse_query(text))


def assert_limited(series: MetricSeries, before: MetricSeries) -> None:
    """Both limits are there, and nothing else has changed."""
    assert isinstance(series.scope, AllOf)
    *given, scope, exclude = series.scope.scopes
    assert (scope, exclude) == (PROD, NoneOf(NO_CI))
    rest = str(AllOf(tuple(given))) if len(given) > 1 else str(given[0]) if given else '*'
    assert rest == str(before.scope)
    assert replace(series, scope=before.scope) == before


def queries_in(document: object) -> Iterator[str]:
    """Yield each query of a metric, wherever it is: this does not know how the installer finds them."""
    if isinstance(document, dict):
        for value in document.values():
            yield from queries_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from queries_in(value)
    elif isinstance(document, str) and re.search(r'(avg|sum|min|max|count|p\d\d):[a-z][\w.]+\{', document):
        yield document


@pytest.mark.parametrize('asset', [*read_dashboards(ASSETS), *read_slos(ASSETS)], ids=lambda asset: asset.id)
def test_each_query_of_dashboards_and_slos_is_limited(asset: Asset) -> None:
    before, after = list(queries_in(asset.content)), list(queries_in(LIMITS.content(asset.content)))
    assert len(before) == len(after) > 0
    for old, new in zip(before, after, strict=True):
        for series, original in zip(series_in(new), series_in(old), strict=True):
            assert_limited(series, original)


def test_each_search_of_dashboards_is_limited() -> None:
    text = json.dumps([asset.content for asset in read_dashboards(ASSETS)])
    limited = json.dumps([LIMITS.content(asset.content) for asset in read_dashboards(ASSETS)])
    # Those of lists of logs and events, and those of overlays.
    search = r'"(?:query_string|q)": "([^"]+)"|"search": \{"query": "([^"]+)"'
    searches = [listed or overlay for listed, overlay in re.findall(search, text)]
    assert len(searches) > 10
    found = [listed or overlay for listed, overlay in re.findall(search, limited)]
    assert found == [LIMITS.search(search) for search in searches]
    checks = re.findall(r'"check": "[^"]+".*?"tags": (\[.*?\])', limited)
    assert len(checks) == 6
    assert all('env:prod' in json.loads(tags) for tags in checks)


@for_each('asset', read_monitors(ASSETS), ids=lambda asset: asset.id)
def test_each_monitor_is_limited(asset: Asset) -> None:
    limited = LIMITS.content(asset.content)
    assert {**limited, 'query': ''} == {**asset.content, 'query': ''}
    before, after = parse_monitor(str(asset.content['query'])), parse_monitor(str(limited['query']))
    match after:
        case CheckMonitor():
            assert (after.over, after.excluded) == ((*before.over, str(PROD)), (*before.excluded, str(NO_CI)))
        case LogMonitor():
            assert after.search == LIMITS.search(before.search)
        case _:
            pairs = zip(series_of(after.expression), series_of(before.expression), strict=True)
            for series, original in pairs:
                assert_limited(series, original)


def test_searches() -> None:
    assert LIMITS.search('source:a OR source:b') == '(source:a OR source:b) env:prod -kube_cluster_name:ci-*'
    assert LIMITS.search('source:(a OR b) "c OR (d" -(e OR (f OR g))') == (
        'source:(a OR b) "c OR (d" -(e OR (f OR g)) env:prod -kube_cluster_name:ci-*'
    )
    assert LIMITS.search('source:a $cluster') == 'source:a $cluster env:prod -kube_cluster_name:ci-*'
    assert read_limits('a:b:c', []).search('x') == r'x a:b\:c'
    assert read_limits(None, []).search('x') == 'x'


def test_a_scope_of_several_tags_and_what_to_leave_out() -> None:
    limits = read_limits('env:prod AND team:net', ['a:b', 'c:d'])
    assert limits.query('avg:m{x:y OR z:w} by {k}') == (
        'avg:m{(x:y OR z:w) AND env:prod AND team:net AND NOT a:b AND NOT c:d} by {k}'
    )
    assert limits.query('avg:m{*}') == 'avg:m{env:prod,team:net,!a:b,!c:d}'
    assert limits.query('sum:m{$cluster,!a:*} / sum:n{*}') == (
        'sum:m{$cluster,!a:*,env:prod,team:net,!a:b,!c:d} / sum:n{env:prod,team:net,!a:b,!c:d}'
    )


def test_without_limits_nothing_changes() -> None:
    chosen = choose(ASSETS, Choice(monitors='all'), '/')
    for kind, read in (('dashboards', read_dashboards), ('monitors', read_monitors), ('slos', read_slos)):
        assert list(chosen.assets[kind]) == read(ASSETS)


def test_an_unknown_source_of_data_is_not_forgotten() -> None:
    with pytest.raises(ValueError, match='the data source security_signals has no limits yet'):
        LIMITS.content({'widgets': [{'data_source': 'security_signals', 'query': 'x'}]})


def test_saved_views_have_the_limits_too(api: DatadogApi, assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_saved_views(assets)
    assert run(api, assets, 'install', '--dry-run', '--scope', 'env:prod') == 0
    assert '/logs?query=source%3Asample%20status%3Aerror%20env%3Aprod&' in capsys.readouterr().out


def test_the_assets_of_the_project_with_limits(api: DatadogApi) -> None:
    arguments = ('--monitors', 'all', '--scope', 'env:prod', '--exclude', 'kube_cluster_name:ci-*')
    assert run(api, ASSETS, 'install', *arguments) == 0
    assert all('env:prod' in one['query'] for one in api.monitors.values())
    before = len(api.writes)
    assert run(api, ASSETS, 'install', *arguments) == 0
    assert api.writes[before:] == []


# ---- overrides


def monitor(**definition: object) -> Asset:
    """Return a monitor with thresholds on both levels."""
    thresholds = {'critical': 10, 'critical_recovery': 8, 'warning': 5, 'warning_recovery': 3}
    content = {
        'name': 'One',
        'type': 'query alert',
        'query': 'avg(last_5m):avg:m{*} by {kube_cluster_name} > 10',
        'message': 'Wrong.',
        'priority': 2,
        'options': {'thresholds': thresholds, 'include_tags': True},
    }
    return Asset('one', 'One', {**content, **definition}, ('integration:cilium',))


def override(tmp_path: Path, text: str, one: Asset | None = None) -> Asset:
    """Return a monitor with what a file sets."""
    path = tmp_path / 'overrides.yaml'
    path.write_text(text)
    (changed,) = overridden([one or monitor()], path)
    return changed


def test_what_can_be_overridden(tmp_path: Path) -> None:
    text = (
        "one: {threshold: {critical: 20, warning: 15.5}, priority: 1, recipients: ['@slack-a', '@pagerduty'], "
        "tags: ['team:a'], muted: true}"
    )
    changed = override(tmp_path, text)
    assert changed.content['query'] == 'avg(last_5m):avg:m{*} by {kube_cluster_name} > 20'
    assert changed.content['options'] == {
        'thresholds': {'critical': 20, 'critical_recovery': 8, 'warning': 15.5, 'warning_recovery': 3},
        'include_tags': True,
    }
    assert changed.content['priority'] == 1
    assert changed.content['message'] == 'Wrong.\n\n@slack-a @pagerduty'
    assert changed.tags == ('integration:cilium', 'team:a', MUTED_TAG)
    assert changed.source != monitor().source


def test_a_warning_can_be_taken_away(tmp_path: Path) -> None:
    changed = override(tmp_path, 'one: {threshold: {warning: null, warning_recovery: null}}')
    assert changed.content['options']['thresholds'] == {'critical': 10, 'critical_recovery': 8}


def test_a_number_is_the_critical_threshold(tmp_path: Path) -> None:
    assert override(tmp_path, 'one: {threshold: 12}').content['options']['thresholds']['critical'] == 12


CHECK = {
    'type': 'service check',
    'query': '"c".over("source:a").by("kube_cluster_name").last(13).count_by_status()',
    'options': {'thresholds': {'critical': 12, 'ok': 2}},
}
LOGS = {
    'type': 'log alert',
    'query': 'logs("source:a").index("*").rollup("count").by("kube_cluster_name").last("15m") > 10',
    'options': {'thresholds': {'critical': 10}},
}


@pytest.mark.parametrize(
    ('text', 'definition', 'message'),
    [
        ('two: {priority: 1}', {}, 'two: there is no such monitor'),
        ('onne: {priority: 1}', {}, 'onne: there is no such monitor. Do you mean one?'),
        ('[]', {}, 'must be a mapping'),
        ('one: [', {}, 'not valid YAML'),
        ('one: 3', {}, 'one: must set one of threshold, priority'),
        ('one: {}', {}, 'one: must set one of threshold, priority'),
        ('one: {prioritty: 1}', {}, 'there is no `prioritty`, only threshold, priority'),
        ('one: {priority: 0}', {}, '`priority` must be 1, 2, 3, 4 or 5'),
        ('one: {priority: true}', {}, '`priority` must be 1, 2, 3, 4 or 5'),
        ('one: {recipients: slack-a}', {}, '`recipients` must be a list of texts such as @slack-network'),
        ('one: {recipients: []}', {}, '`recipients` must be a list'),
        ("one: {tags: ['Team:A']}", {}, '`tags` must be a list of texts of lower-case letters'),
        ('one: {muted: 1}', {}, '`muted` must be true or false'),
        ('one: {threshold: high}', {}, 'threshold: `critical` must be a number'),
        ('one: {threshold: null}', {}, 'threshold: `critical` must be a number'),
        ('one: {threshold: .nan}', {}, 'threshold: `critical` must be a number'),
        ('one: {threshold: {warn: 1}}', {}, 'threshold: there is no `warn`, only critical, warning'),
        ('one: {threshold: 4}', {}, '`warning` (5) must be below `critical` (4)'),
        ('one: {threshold: {warning: 10}}', {}, '`warning` (10) must be below `critical` (10)'),
        ('one: {threshold: 7}', {}, '`critical_recovery` (8) must be below `critical` (7)'),
        ('one: {threshold: {warning_recovery: 6}}', {}, '`warning_recovery` (6) must be below `warning` (5)'),
        ('one: {threshold: {warning: null}}', {}, '`warning_recovery` (3) needs `warning`'),
        (
            'one: {threshold: {critical: 10, warning: 5}}',
            {'query': 'avg(last_5m):avg:m{*} < 10'},
            '`warning` (5) must be above `critical` (10)',
        ),
        ('one: {threshold: 13}', CHECK, '`critical` must be a whole number from 1 to 12'),
        ('one: {threshold: 2.5}', CHECK, '`critical` must be a whole number'),
        (
            'one: {threshold: {critical_recovery: 2}}',
            CHECK,
            'there is no `critical_recovery`, only critical, warning, ok',
        ),
        ('one: {threshold: {critical_recovery: 2}}', LOGS, 'monitors of logs have no recovery'),
    ],
)
def test_an_override_that_is_refused(tmp_path: Path, text: str, definition: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        override(tmp_path, text, monitor(**definition))
    assert message in str(raised.value)
    assert 'overrides.yaml' in str(raised.value)


def test_an_override_that_is_empty(tmp_path: Path) -> None:
    assert override(tmp_path, '# nothing yet\n') == monitor()


@for_each('asset', read_monitors(ASSETS), ids=lambda asset: asset.id)
def test_each_monitor_can_be_overridden(asset: Asset, tmp_path: Path) -> None:
    critical = asset.content['options']['thresholds']['critical']
    text = f"{asset.id}: {{threshold: {critical}, priority: 5, recipients: ['@a'], tags: ['a:b']}}"
    changed = override(tmp_path, text, asset)
    assert changed.content['options'] == asset.content['options']
    assert parse_monitor(str(changed.content['query'])) == parse_monitor(str(asset.content['query']))


def test_overrides_survive_updates_and_edits_win(
    api: DatadogApi, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / 'overrides.yaml'
    path.write_text("core: {priority: 4, recipients: ['@slack-a'], tags: ['team:a']}")
    arguments = ('install', '--overrides', str(path))
    assert run(api, assets, *arguments) == 0
    (made,) = api.monitors.values()
    assert (made['priority'], made['message']) == (4, 'Something fails.\n\n@slack-a')
    assert 'team:a' in made['tags']
    samples.write(assets / 'monitors/core.json', samples.monitor('core', message='New.', tags=['cilium_tier:core']))
    assert run(api, assets, *arguments) == 0
    (made,) = api.monitors.values()
    assert (made['priority'], made['message']) == (4, 'New.\n\n@slack-a')
    made['priority'] = 2
    path.write_text('core: {priority: 5}')
    capsys.readouterr()
    assert run(api, assets, *arguments) == 0
    assert made['priority'] == 2
    assert (
        "! keep     monitor 'core' (core): edited in Datadog; this version has a newer one" in capsys.readouterr().out
    )


def test_an_override_mutes_one_monitor(api: DatadogApi, assets: Path, tmp_path: Path) -> None:
    path = tmp_path / 'overrides.yaml'
    path.write_text('bgp: {muted: true}')
    arguments = ('install', '--features', 'bgp', '--overrides', str(path))
    assert run(api, assets, *arguments) == 0
    assert {one['name'] for one in api.monitors.values() if MUTED_TAG in one['tags']} == {'bgp'}
    assert len(api.downtimes) == 1
    path.write_text('bgp: {muted: false}')
    assert run(api, assets, *arguments, '--muted') == 0
    assert not any(MUTED_TAG in one['tags'] for one in api.monitors.values())
