# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The dashboards in assets/dashboards: what Datadog accepts, and what they may ask of the metrics."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from assets_rules import metric_violations, tag_violations
from datadog_api_client.v1.model.dashboard import Dashboard
from for_each import for_each

from datadog_checks.cilium.components import COMPONENTS, datadog_name
from toolkit.api_models.schema import violations
from toolkit.assets import group_in, metric_queries, read_assets, widgets_in
from toolkit.catalog.catalog import catalog, rows
from toolkit.checkout import ASSETS
from toolkit.dashboards.widgets import HEALTH_CHECK
from toolkit.queries.parsing import parse_formula, parse_query
from toolkit.queries.syntax import MetricSeries, references_of, series_of

HERE = Path(__file__).parent
LONGEST_TITLE = 40
SERVICE_CHECKS = ASSETS / 'service_checks.json'
TITLES = {
    'Cilium Overview',
    'Cilium Agent',
    'Cilium Operator and IPAM',
    'Hubble Network Flows',
    'Cilium Cluster Mesh',
}
VARIABLE = re.compile(r'\$([a-z_]+)')

DASHBOARDS = {path.stem: dashboard for path, dashboard in read_assets('dashboards').items()}

each_dashboard = pytest.mark.parametrize('dashboard', DASHBOARDS.values(), ids=DASHBOARDS)


def groups_of(dashboard: dict) -> list[dict]:
    """Return the groups: on the top level there is nothing else."""
    return [widget['definition'] for widget in dashboard['widgets']]


def widgets_of(dashboard: dict) -> list[dict]:
    """Return the definitions of all widgets within groups."""
    return [widget['definition'] for widget in widgets_in(dashboard['widgets']) if not group_in(widget)]


def requests_of(dashboard: dict) -> Iterator[tuple[str, dict]]:
    """Yield each request for metrics with the title of its widget."""
    for widget in widgets_of(dashboard):
        for request in widget.get('requests', []):
            if 'queries' in request and all(query['data_source'] == 'metrics' for query in request['queries']):
                yield widget['title'], request


def metric_requests_of(widget: dict) -> list[dict]:
    """Return the requests of a widget for metrics."""
    return [request for request in widget.get('requests', ()) if 'formulas' in request]


def series_in(dashboard: dict) -> Iterator[tuple[str, MetricSeries]]:
    """Yield each series that a dashboard asks for with the title of its widget."""
    for widget in widgets_of(dashboard):
        for query in metric_queries(widget):
            for series in series_of(parse_query(query)):
                yield widget['title'], series


def test_all_dashboards_are_there():
    assert {dashboard['title'] for dashboard in DASHBOARDS.values()} == TITLES


@each_dashboard
def test_dashboard_fits_the_api(dashboard):
    assert violations(Dashboard, dashboard) == []


@each_dashboard
def test_metrics_exist_and_are_aggregated_as_their_type_asks(dashboard):
    assert [(title, told) for title, series in series_in(dashboard) for told in metric_violations(series)] == []


@each_dashboard
def test_tags_are_those_of_the_metrics(dashboard):
    assert [(title, told) for title, series in series_in(dashboard) for told in tag_violations(series)] == []


@each_dashboard
def test_series_of_a_mean_or_share_have_the_same_groups(dashboard):
    for title, request in requests_of(dashboard):
        keys = {query['name']: query['query'].rpartition(' by {')[2].partition('}')[0] for query in request['queries']}
        grouped = {query['name'] for query in request['queries'] if ' by {' in query['query']}
        for formula in request['formulas']:
            used = references_of(parse_formula(formula['formula']))
            assert len({keys[name] for name in used if name in grouped}) <= 1, title


@each_dashboard
def test_formulas_use_the_queries_of_their_request_and_all_of_them(dashboard):
    for title, request in requests_of(dashboard):
        names = [query['name'] for query in request['queries']]
        used = {name for f in request['formulas'] for name in references_of(parse_formula(f['formula']))}

        assert len(names) == len(set(names)), title
        assert used == set(names), title


@each_dashboard
def test_buckets_are_taken_at_one_bound_and_compared_with_all(dashboard):
    for title, series in series_in(dashboard):
        if series.metric.endswith('.bucket'):
            assert 'upper_bound' in series.scope_keys | set(series.keys), title


@each_dashboard
def test_template_variables_are_defined_and_used(dashboard):
    defined = {variable['name'] for variable in dashboard['template_variables']}
    # `$name` in a scope, and `{{$name.value}}` in a link.
    used = set(VARIABLE.findall(json.dumps([_without_notes(group) for group in groups_of(dashboard)])))
    told_of = set(VARIABLE.findall(json.dumps(dashboard['widgets'])))

    assert used == defined
    assert told_of <= defined
    assert {variable['prefix'] for variable in dashboard['template_variables']} >= {'kube_cluster_name'}
    assert all(variable['defaults'] == ['*'] for variable in dashboard['template_variables'])


def _without_notes(group: dict) -> list[dict]:
    return [widget for widget in group['widgets'] if widget['definition']['type'] != 'note']


@each_dashboard
def test_every_query_is_limited_to_the_chosen_cluster(dashboard):
    # What Datadog estimates of the account has no cluster.
    without = [(title, series) for title, series in series_in(dashboard) if 'cluster' not in series.variables]
    assert [title for title, series in without if not series.metric.startswith('datadog.estimated_usage.')] == []


@each_dashboard
def test_widgets_fit_twelve_columns_and_do_not_overlap(dashboard):
    for widgets in (dashboard['widgets'], *(group['widgets'] for group in groups_of(dashboard))):
        layouts = [widget['layout'] for widget in widgets]
        for layout in layouts:
            assert layout['x'] >= 0
            assert layout['width'] >= 2
            assert layout['x'] + layout['width'] <= 12
        for a, b in combinations(layouts, 2):
            assert (
                a['x'] + a['width'] <= b['x']
                or b['x'] + b['width'] <= a['x']
                or a['y'] + a['height'] <= b['y']
                or b['y'] + b['height'] <= a['y']
            ), (a, b)


@each_dashboard
def test_groups_have_the_full_width_and_room_for_their_widgets(dashboard):
    for widget in dashboard['widgets']:
        bottom = max(inner['layout']['y'] + inner['layout']['height'] for inner in widget['definition']['widgets'])

        assert widget['definition']['type'] == 'group'
        assert widget['layout']['width'] == 12
        assert widget['layout']['height'] == bottom + 1  # One row is the title.


def test_ids_are_unique_over_all_dashboards():
    ids = Counter(widget['id'] for dashboard in DASHBOARDS.values() for widget in widgets_in(dashboard['widgets']))

    assert [number for number, times in ids.items() if times > 1] == []


@each_dashboard
def test_everything_has_a_title_that_stands_once_in_its_group(dashboard):
    titles = [group['title'] for group in groups_of(dashboard)]

    assert len(titles) == len(set(titles))
    for group in groups_of(dashboard):
        inner = [widget['definition']['title'] for widget in _without_notes(group)]
        assert all(inner), group['title']
        assert len(inner) == len(set(inner)), group['title']


@each_dashboard
def test_every_group_begins_with_a_note_that_says_what_to_do(dashboard):
    for group in groups_of(dashboard):
        first = group['widgets'][0]['definition']

        assert first['type'] == 'note', group['title']
        assert len(first['content']) > 80, group['title']


@each_dashboard
def test_graphs_begin_at_zero_unless_they_can_fall_below(dashboard):
    for widget in widgets_of(dashboard):
        if widget['type'] == 'timeseries':
            formulas = [formula['formula'] for request in metric_requests_of(widget) for formula in request['formulas']]
            falls_below_zero = any(
                re.search(r'query\d+ - query|(^|[ (])diff\(query', text) and 'clamp_min' not in text
                for text in formulas
            )
            assert ('min' not in widget['yaxis']) == falls_below_zero, widget['title']
            assert widget['yaxis']['include_zero'], widget['title']


@each_dashboard
def test_no_legend_is_a_formula(dashboard):
    for title, request in requests_of(dashboard):
        for formula in request['formulas']:
            assert formula.get('alias') or re.fullmatch(r'query\d+', formula['formula']), title


@each_dashboard
def test_titles_are_short_and_say_what_is_shown(dashboard):
    for widget in (one for group in groups_of(dashboard) for one in _without_notes(group)):
        assert len(widget['definition']['title']) <= LONGEST_TITLE, widget['definition']['title']
        assert 'needs' not in widget['definition']['title'], 'it belongs into `needs`'


@each_dashboard
def test_events_are_drawn_by_a_request_of_their_own(dashboard):
    for widget in widgets_of(dashboard):
        assert 'events' not in widget, 'deprecated'
        for request in widget.get('requests', ()):
            if any(query['data_source'] == 'events' for query in request.get('queries', ())):
                assert widget['type'] == 'timeseries'
                assert request['display_type'] == 'overlay', widget['title']
                assert '$cluster' in request['queries'][0]['search']['query'], widget['title']


@each_dashboard
def test_presets_choose_values_of_variables_that_there_are(dashboard):
    variables = {variable['name'] for variable in dashboard['template_variables']}
    for preset in dashboard['template_variable_presets']:
        assert {chosen['name'] for chosen in preset['template_variables']} <= variables, preset['name']
        assert all(chosen['values'] for chosen in preset['template_variables']), preset['name']


def test_rows_have_no_gaps():
    for dashboard in DASHBOARDS.values():
        for group in groups_of(dashboard):
            rows: dict[int, list[dict]] = {}
            for widget in group['widgets']:
                rows.setdefault(widget['layout']['y'], []).append(widget['layout'])
            for row in rows.values():
                assert sum(layout['width'] for layout in row) == 12, group['title']
                assert len({layout['height'] for layout in row}) == 1, group['title']


FIRST_SCREEN = 13
"""Rows of the grid, with the title of the group, that fit on a screen of 1400 x 1050 with the head of the page."""


def test_first_group_of_the_overview_is_the_first_screen():
    first, second = DASHBOARDS['cilium_overview']['widgets'][:2]
    kinds = {widget['definition']['type'] for widget in first['definition']['widgets']}

    assert second['layout']['y'] <= FIRST_SCREEN
    assert {'query_value', 'check_status', 'query_table', 'manage_status', 'timeseries'} <= kinds


def test_table_of_clusters_leads_to_the_page_of_the_cluster():
    (table,) = (widget for widget in widgets_of(DASHBOARDS['cilium_overview']) if widget['type'] == 'query_table')
    (request,) = table['requests']

    assert all(query['query'].rpartition(' by ')[2].startswith('{kube_cluster_name}') for query in request['queries'])
    assert any(
        'q=Cilium+Overview&' in link['link'] and 'tpl_var_cluster%5B0%5D={{kube_cluster_name.value}}' in link['link']
        for link in table['custom_links']
    )
    assert all('conditional_formats' in f for f in request['formulas'] if f['alias'] not in ('agents', 'endpoints'))


@each_dashboard
def test_lines_by_node_are_those_of_a_few_nodes(dashboard):
    for widget in widgets_of(dashboard):
        for request in metric_requests_of(widget) if widget['type'] == 'timeseries' else ():
            by_node = {
                query['name'] for query in request['queries'] if 'kube_node' in query['query'].partition(' by ')[2]
            }
            for formula in request['formulas']:
                if by_node & set(references_of(parse_formula(formula['formula']))):
                    assert formula['formula'].startswith('top('), widget['title']


@each_dashboard
def test_ratios_say_their_unit(dashboard):
    for title, request in requests_of(dashboard):
        for formula in request['formulas']:
            # Controllers and modules are counted per 100 agents.
            of_agents = any('cilium.version' in query['query'] for query in request['queries'])
            if formula['formula'].startswith(('100 * ', '100 - ')) and not of_agents:
                unit = formula.get('number_format', {}).get('unit', {}).get('unit_name')
                assert unit == 'percent', f'{title}: write `unit: percent` in its definition'


@each_dashboard
def test_links_to_dashboards_name_one_that_exists(dashboard):
    linked = re.findall(r'/dashboard/lists\?q=([^")&]+)', json.dumps(dashboard))

    assert {name.replace('+', ' ') for name in linked} <= TITLES


@each_dashboard
def test_status_widgets_show_a_check_that_exists_for_a_component_that_exists(dashboard):
    checks = {check['check'] for check in json.loads(SERVICE_CHECKS.read_text(encoding='utf-8'))}
    # Not `service`: the option of that name replaces it.
    sources = {f'source:{component.service}' for component in COMPONENTS}
    widgets = [widget for widget in widgets_of(dashboard) if widget['type'] == 'check_status']

    assert {HEALTH_CHECK} <= checks
    for widget in widgets:
        assert widget['check'] == HEALTH_CHECK
        assert {tag for tag in widget['tags'] if not tag.startswith('$')} <= sources
        assert '$cluster' in widget['tags']


@each_dashboard
def test_logs_come_from_components_that_exist(dashboard):
    sources = {component.service for component in COMPONENTS}
    for widget in widgets_of(dashboard):
        for request in widget.get('requests', []):
            query = request.get('query', {})
            if query.get('data_source', '').startswith('logs'):
                named = re.search(r'source:\(?([^)$]*?)(?:\)| status| \$)', query['query_string'])
                assert named, widget['title']
                assert set(named[1].split(' OR ')) <= sources, widget['title']
                assert '$cluster' in query['query_string'], widget['title']


# ---- Cilium's own dashboards


@cache
def families() -> set[str]:
    return {family.name for family in catalog().families}


WITHOUT_COUNTERPART = {row['metric']: row['reason'] for row in rows(HERE / 'grafana_without_counterpart.csv')}
PANELS = rows(HERE / 'grafana_panels.csv')


def family_of(metric: str) -> str | None:
    """Return the family that a panel of Grafana queries a part of."""
    if metric in families():
        return metric
    base = re.sub(r'_(sum|count|bucket)$', '', metric)
    return base if base in families() else None


def datadog_names(family: str) -> set[str]:
    """Return the names of a family, without the suffix of its type, in every component that has it."""
    components = {known.component for known in catalog().families if known.name == family}
    return {name for component in components if (name := datadog_name(component, family))}


@pytest.fixture(scope='module')
def shown() -> set[str]:
    """The names of all metrics on the dashboards, with and without the last part."""
    metrics = {series.metric for dashboard in DASHBOARDS.values() for _, series in series_in(dashboard)}
    return metrics | {metric.rpartition('.')[0] for metric in metrics}


@for_each('metric', sorted({m for panel in PANELS for m in panel['metrics'].split()}))
def test_metric_of_ciliums_dashboards_is_shown_or_has_a_reason(metric, shown):
    family = family_of(metric)
    is_shown = family is not None and bool(datadog_names(family) & shown)

    assert is_shown != (metric in WITHOUT_COUNTERPART)


def test_what_cilium_still_exposes_has_no_excuse():
    exposed = {family.name for family in catalog().families if catalog().newest in family.shapes}

    assert [metric for metric in WITHOUT_COUNTERPART if family_of(metric) in exposed] == []


def test_reasons_are_given_for_metrics_of_panels_only():
    assert set(WITHOUT_COUNTERPART) <= {m for panel in PANELS for m in panel['metrics'].split()}
    assert all(WITHOUT_COUNTERPART.values())


# ---- other peers: the dashboard that the Agent's own integration has, and the mixin of Grafana


@pytest.mark.parametrize(
    'panel', rows(HERE / 'peer_panels.csv'), ids=lambda panel: f'{panel["peer"]}: {panel["panel"]}'
)
def test_panel_of_a_peer_is_shown_or_has_a_reason(panel, shown):
    metrics = set(panel['metrics'].split())

    assert bool(metrics and metrics <= shown) != bool(panel['reason'])
