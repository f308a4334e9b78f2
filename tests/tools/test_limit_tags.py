# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""`limit-tags` of the installer, against a server that stands in for Datadog's API."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from datadog_api.runs import Run, runner
from datadog_api.server import DatadogApi, Fault

from toolkit.assets import load_metadata
from toolkit.installer.limit_tags import read_table
from toolkit.levels.uses import uses

GRPC = 'cilium.hubble.grpc_server.handled.count'
"""Of Hubble, and used by no asset."""
API_TIME = 'cilium.agent.api_process_time.seconds'
"""A histogram. Assets use three of the labels of its sum and count, and no buckets."""
BUCKETS = f'{API_TIME}.bucket'
COUNT = f'{API_TIME}.count'
REGENERATION = 'cilium.endpoint.regeneration_time_stats.seconds'
"""A distribution of which assets ask for percentiles."""
STATEDB = 'cilium.statedb.table_revision'
NODES = 'cilium.unreachable.nodes'
"""A gauge without labels."""
KEPT = {'kube_cluster_name', 'kube_node'}
TYPES = {
    GRPC: 'count',
    API_TIME: 'distribution',
    BUCKETS: 'count',
    COUNT: 'count',
    REGENERATION: 'distribution',
    NODES: 'gauge',
    'cilium.of_somebody_else': 'gauge',
    'system.cpu.user': 'gauge',
}


@pytest.fixture
def limit(api: DatadogApi, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `limit-tags`."""
    api.tags.types = dict(TYPES)
    return partial(runner(api, capsys, tmp_path), 'limit-tags')


def kept(api: DatadogApi, metric: str) -> set[str]:
    """Return the tags that are indexed of a metric, without the marker."""
    tags = api.tags.configurations[metric]['tags']
    assert len([tag for tag in tags if re.fullmatch('limited-by-datadog-cilium-[0-9a-f]{12}', tag)]) == 1
    return {tag for tag in tags if not tag.startswith('limited-by-')}


class TestTable:
    def test_it_has_every_metric_and_its_distribution(self) -> None:
        names = [metric.name for metric in read_table()]
        assert len(names) == len(set(names))
        assert set(names) >= {name for name in load_metadata() if name.startswith('cilium.')} | {API_TIME}

    def test_no_asset_asks_for_a_tag_that_goes(self) -> None:
        tags = {metric.name: metric.tags for metric in read_table()}
        series = [one for use in uses() for one in use.series if one.metric.startswith('cilium.')]
        assert series
        assert not [one for one in series if not {*one.keys, *one.scope_keys, *KEPT} <= tags[one.metric]]


def test_a_dry_run_shows_the_plan_and_what_it_saves_and_writes_nothing(limit: Run) -> None:
    outcome = limit('--dry-run')
    assert outcome.status == 0
    assert outcome.writes == []
    assert f'+ limit    {GRPC}: keeps kube_cluster_name, kube_node (204 -> 1 in the recordings)' in outcome.output
    assert 'Plan: limit: 4\n' in outcome.output
    # 204 + 80 buckets + 5 + 5 * 85 + 10 * 144 + 1, and 1 + 1 + 5 + 5 * 1 + 10 * 16 + 1.
    assert 'for a node like the recorded one: 2,155 -> 173 indexed custom metrics, of 6 names' in outcome.output
    assert '1 other metrics begin with `cilium.`' in outcome.output
    assert 'Nothing was written' in outcome.output


def test_metrics_keep_the_tags_that_are_looked_at(limit: Run, api: DatadogApi) -> None:
    outcome = limit()
    assert outcome.status == 0
    assert '4 of 4 metrics were changed' in outcome.output
    assert api.tags.configurations.keys() == {GRPC, API_TIME, BUCKETS, REGENERATION}
    assert kept(api, GRPC) == KEPT
    assert kept(api, REGENERATION) == KEPT | {'scope'}


def test_percentiles_are_switched_on_where_they_are_asked_for(limit: Run, api: DatadogApi) -> None:
    limit()
    assert api.tags.configurations[REGENERATION]['include_percentiles'] is True
    assert api.tags.configurations[API_TIME]['include_percentiles'] is False
    assert 'include_percentiles' not in api.tags.configurations[GRPC]


def test_where_nothing_is_saved_nothing_is_limited(limit: Run, api: DatadogApi) -> None:
    limit()
    assert not {COUNT, NODES} & api.tags.configurations.keys()


def test_what_people_query_stays(limit: Run, api: DatadogApi) -> None:
    api.tags.queried = {GRPC: ['grpc_code', 'kube_node'], NODES: ['env']}
    outcome = limit()
    assert kept(api, GRPC) == KEPT | {'grpc_code'}
    assert '(204 -> 17 in the recordings)' in outcome.output


def test_tags_that_are_asked_for_stay(limit: Run, api: DatadogApi) -> None:
    limit('--keep', 'env, Team')
    assert kept(api, GRPC) == KEPT | {'env', 'team'}


@pytest.mark.parametrize('keep', ['env:prod', 'env,!x', '1'])
def test_values_cannot_be_kept(keep: str, limit: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        limit('--keep', keep)
    assert error.value.code == 2
    assert 'is no key of a tag' in capsys.readouterr().err


def test_the_second_run_changes_nothing(limit: Run) -> None:
    limit()
    outcome = limit()
    assert outcome.status == 0
    assert outcome.writes == []
    assert 'Plan: nothing to do' in outcome.output
    assert '173 -> 173 indexed custom metrics' in outcome.output


def test_a_run_with_other_tags_updates(limit: Run, api: DatadogApi) -> None:
    limit()
    outcome = limit('--keep', 'env')
    assert {write.split()[0] for write in outcome.writes} == {'PATCH'}
    assert kept(api, GRPC) == KEPT | {'env'}
    assert limit('--keep', 'env').writes == []


def test_it_can_be_undone(limit: Run, api: DatadogApi) -> None:
    limit()
    assert '- release  ' in limit('--undo', '--dry-run').output
    assert api.tags.configurations
    outcome = limit('--undo')
    assert outcome.status == 0
    assert 'Plan: release: 4' in outcome.output
    assert api.tags.configurations == {}


class TestOfOthers:
    OTHER = {'tags': ['grpc_code'], 'metric_type': 'count'}

    @pytest.mark.parametrize('arguments', [(), ('--undo',), ('--overwrite',), ('--undo', '--overwrite')])
    def test_what_somebody_else_made_is_left_alone(
        self, arguments: tuple[str, ...], limit: Run, api: DatadogApi
    ) -> None:
        api.tags.configurations[GRPC] = dict(self.OTHER)
        outcome = limit(*arguments)
        assert api.tags.configurations[GRPC] == self.OTHER
        assert ('? foreign' in outcome.output) == ('--undo' not in arguments)

    def test_what_somebody_edited_is_left_alone(self, limit: Run, api: DatadogApi) -> None:
        limit()
        edited = api.tags.configurations[GRPC]['tags']
        edited.append('grpc_code')
        assert f'! keep     {GRPC}: edited in Datadog' in limit().output
        limit('--undo')
        assert api.tags.configurations.keys() == {GRPC}
        assert api.tags.configurations[GRPC]['tags'] == edited

    @pytest.mark.parametrize('change', [{'exclude_tags_mode': True}, {'include_percentiles': False}])
    def test_other_edits_count_too(self, change: dict[str, object], limit: Run, api: DatadogApi) -> None:
        limit()
        api.tags.configurations[REGENERATION] |= change
        assert f'! keep     {REGENERATION}' in limit().output

    def test_overwrite_replaces_what_somebody_edited(self, limit: Run, api: DatadogApi) -> None:
        limit()
        api.tags.configurations[GRPC]['tags'].append('grpc_code')
        limit('--overwrite')
        assert kept(api, GRPC) == KEPT

    def test_what_changes_during_the_run_is_left_alone(self, limit: Run, api: DatadogApi) -> None:
        limit()
        of_a_list = api.tags.page

        def change_after_the_list(parameters: dict[str, str]) -> dict[str, object]:
            page = of_a_list(parameters)
            api.tags.configurations[GRPC] = dict(self.OTHER)
            return page

        api.tags.page = change_after_the_list
        api.tags.types = {GRPC: 'count'}
        outcome = limit('--undo')
        assert outcome.status == 1
        assert f'the tags of {GRPC} were changed in Datadog during this run' in outcome.output
        assert api.tags.configurations[GRPC] == self.OTHER


class TestFailures:
    def test_what_cannot_be_configured_is_not_tried(self, limit: Run, api: DatadogApi) -> None:
        api.tags.fixed = set(TYPES)
        outcome = limit()
        assert outcome.status == 0
        assert 'There is no metric of Cilium whose tags can be limited' in outcome.output

    def test_a_refused_metric_does_not_stop_the_others(self, limit: Run, api: DatadogApi) -> None:
        api.faults.append(Fault('POST', f'/api/v2/metrics/{re.escape(API_TIME)}/tags', 400, text='wrong type'))
        outcome = limit()
        assert outcome.status == 1
        assert f'could not limit the tags of {API_TIME}: HTTP 400, "wrong type"' in outcome.output
        assert '3 of 4 metrics were changed' in outcome.output

    def test_without_the_permission_it_says_which_and_stops(self, limit: Run, api: DatadogApi) -> None:
        api.faults.append(Fault('POST', '/api/v2/metrics/.*/tags', 403))
        outcome = limit()
        assert outcome.status == 1
        assert '`metric_tags_write`' in outcome.output
        assert len(outcome.writes) == 1

    def test_without_the_list_nothing_is_written(self, limit: Run, api: DatadogApi) -> None:
        api.faults.append(Fault('GET', '/api/v2/metrics/.*/active-configurations', 500, times=100))
        api.tags.queried = {GRPC: ['grpc_code']}
        outcome = limit()
        assert outcome.status == 1
        assert outcome.writes == []

    def test_where_the_marker_is_not_kept_it_takes_back_what_it_made(self, limit: Run, api: DatadogApi) -> None:
        api.tags.drops = 'limited-by-'
        outcome = limit()
        assert outcome.status == 1
        assert 'Datadog did not keep them as written' in outcome.output
        assert api.tags.configurations == {}
        assert [write.split()[0] for write in outcome.writes] == ['POST', 'DELETE']
