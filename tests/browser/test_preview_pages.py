# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The preview in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from preview_server import INTERVAL, LONG_ENOUGH, PreviewServer

from toolkit.assets import load_dashboards
from toolkit.dashboards.definition import load_all

OpenPage = Callable[..., Page]

HOSTILE = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'

DASHBOARDS = load_dashboards()

# Widgets that need no feature and yet may draw nothing in the healthy demo, by the title of the dashboard.
NOTHING_HAPPENED = {
    definition.name: {widget.title for _, widget in definition.widgets() if widget.sparse} for definition in load_all()
}


def ready(page: Page) -> Page:
    """Wait until the widgets of a dashboard are drawn."""
    page.wait_for_selector('#dashboard[data-ready]')
    return page


def test_monitors_turn_red_in_the_incident_and_recover(open_page: OpenPage, preview: PreviewServer):
    """The first test: it moves the clock. The others look back at the incident."""
    page = open_page('/monitors')
    row = page.locator('tr[data-monitor=unreachable_nodes] .status')
    expect(row).to_have_text('OK')
    preview.advance(preview.incident_begins + LONG_ENOUGH - INTERVAL)
    # The page follows on its own.
    expect(row).to_have_text('ALERT', timeout=15_000)
    preview.advance(preview.feed.now + LONG_ENOUGH + INTERVAL)
    expect(row).to_have_text('OK', timeout=15_000)
    expect(page.locator('table', has_text='Changes of state')).to_contain_text('Nodes are unreachable')


@pytest.mark.parametrize('path', ['/', '/monitors', '/monitors/unreachable_nodes', '/logs', '/metrics', '/differences'])
def test_a_page_fits_wide_and_narrow_screens(open_page: OpenPage, path: str):
    page = open_page(path)
    assert page.locator('main h1').count() >= 1
    expect(page.locator('.approximation')).to_contain_text('A local approximation')
    for width in (1440, 390):
        page.set_viewport_size({'width': width, 'height': 800})
        assert page.evaluate('document.documentElement.scrollWidth') <= width


@pytest.mark.parametrize('name', DASHBOARDS)
def test_every_widget_is_drawn_or_says_why_not(open_page: OpenPage, name: str):
    page = ready(open_page(f'/dashboards/{name}?range=1h'))
    widgets = page.locator('.widget')
    assert widgets.count() == len(DASHBOARDS[name].widgets())
    for width in (390, 1440):
        page.set_viewport_size({'width': width, 'height': 800})
        assert page.evaluate('document.documentElement.scrollWidth') <= width
    expect(page.locator('.widget:not(:has(.markdown, .body > *))')).to_have_count(0)
    expect(page.locator('.widget[data-drawn=timeseries]:not(:has(canvas))')).to_have_count(0)
    empty = page.locator('.widget[data-drawn=empty]', has_not_text='No data. Needs ')
    without_reason = set(empty.locator('h3').all_inner_texts())
    assert without_reason <= NOTHING_HAPPENED[name]
    for kind in page.locator('.widget[data-drawn=message]').evaluate_all('all => all.map(one => one.dataset.kind)'):
        assert kind in ('list_stream', 'event_stream'), 'only streams have nothing to list in the demo'


@pytest.mark.parametrize('name', DASHBOARDS)
def test_no_title_is_cut_off(open_page: OpenPage, name: str):
    page = ready(open_page(f'/dashboards/{name}', viewport={'width': 1400, 'height': 1050}))
    cut_off = page.locator('.widget h3').evaluate_all(
        'all => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)'
    )
    assert cut_off == []


def test_the_first_group_of_the_overview_is_on_the_first_screen(open_page: OpenPage):
    page = ready(open_page('/dashboards/cilium_overview', viewport={'width': 1400, 'height': 1050}))
    bottom = page.locator('.group').first.evaluate('one => one.getBoundingClientRect().bottom')
    assert bottom <= 1050
    drawn = (
        page.locator('.group').first.locator('.widget[data-drawn]').evaluate_all('all => all.map(w => w.dataset.drawn)')
    )
    assert {'value', 'checks', 'table', 'monitors', 'timeseries'} <= set(drawn)
    assert 'empty' not in drawn
    assert 'message' not in drawn


def test_the_overview_says_which_cluster_and_the_logs_say_when(open_page: OpenPage, preview: PreviewServer):
    page = ready(open_page('/dashboards/cilium_overview?range=1h'))
    table = page.locator('.widget', has_text='Clusters, worst first')
    expect(table.locator('tbody tr')).to_have_count(1)
    expect(page.locator('.situation')).to_contain_text('not yours')
    table.locator('tbody td').first.click()
    page.wait_for_url('**var-cluster=demo**')
    page.goto(f'{preview.url}/logs')
    expect(page.locator('[data-live=logs]')).not_to_contain_text('0 of 0 logs')
    expect(page.locator('.log').first).to_be_visible()


def test_a_graph_has_ink(open_page: OpenPage):
    page = ready(open_page('/dashboards/cilium_overview'))
    canvas = page.locator('.widget', has_text='Forwarded packets').locator('canvas')
    colours = canvas.evaluate(
        """canvas => {
            const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const colours = new Set();
            for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add(data.slice(i, i + 3).join());
            return colours.size;
        }"""
    )
    assert colours > 2


def test_a_variable_narrows_what_is_shown(open_page: OpenPage):
    page = ready(open_page('/dashboards/cilium_overview'))
    legend = page.locator('.widget', has_text='Agent CPU, busiest nodes').locator('.legend')
    expect(legend).to_contain_text('demo-node-2')
    page.locator('select[name=var-node]').select_option('demo-node-1')
    page.wait_for_url('**var-node=demo-node-1**')
    ready(page)
    expect(legend).to_contain_text('demo-node-1')
    expect(legend).not_to_contain_text('demo-node-2')


def test_the_menu_works_with_the_keyboard(open_page: OpenPage):
    page = open_page('/')
    menu = page.locator('details.menu')
    menu.locator('summary').focus()
    page.keyboard.press('Enter')
    expect(menu.get_by_role('link').first).to_be_visible()
    page.keyboard.press('Tab')
    page.keyboard.press('Enter')
    ready(page)
    page.locator('details.menu summary').focus()
    page.keyboard.press('Enter')
    page.keyboard.press('Escape')
    expect(page.locator('details.menu').get_by_role('link').first).to_be_hidden()


def test_a_search_finds_metrics_and_a_click_sorts_them(open_page: OpenPage):
    page = open_page('/metrics')
    page.get_by_label('Search').fill('drop count')
    rows = page.locator('#metrics tbody tr')
    expect(rows.filter(has_text='cilium_drop_count_total')).to_have_count(1)
    page.get_by_label('Search').fill('')
    page.get_by_role('button', name='Series').click()
    counts = [int(text) for text in page.locator('#metrics tbody td:nth-child(5)').all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 100


def test_a_pasted_line_is_parsed_and_stays_text(open_page: OpenPage):
    page = open_page('/logs')
    page.get_by_label('Paste a line').fill(f'level=warning msg="{HOSTILE.replace(chr(34), chr(39))}" subsys=daemon')
    page.get_by_role('button', name='See what the pipeline').click()
    parsed = page.locator('#parsed')
    expect(parsed.locator('tr', has_text='status')).to_contain_text('warn', timeout=15_000)
    expect(parsed).to_contain_text('<img src=x')
    assert parsed.locator('img, script').count() == 0
    assert page.evaluate('window.hacked') is None


def test_hostile_text_in_every_kind_of_widget_stays_text(open_page: OpenPage, preview: PreviewServer):
    widget = {'label': HOSTILE, 'value': 1, 'palette': HOSTILE}
    line = {**widget, 'values': [1, 2], 'display': 'line'}
    chart = {'start': 0, 'step': 30, 'count': 2, 'format': {'unit': HOSTILE}}
    log = {'time': 0, 'status': HOSTILE, 'source': HOSTILE, 'message': HOSTILE, 'attributes': [[HOSTILE, HOSTILE]]}
    column = {'label': HOSTILE, 'format': {'unit': HOSTILE}}
    drawings = [
        {
            'kind': 'timeseries', **chart, 'series': [line], 'legend': True, 'note': HOSTILE,
            'events': [{'time': 10, 'text': HOSTILE, 'status': HOSTILE}],
        },
        {
            'kind': 'monitors',
            'counts': [[HOSTILE, 1]],
            'rows': [
                {'status': HOSTILE, 'name': HOSTILE, 'title': HOSTILE, 'priority': 1, 'group': HOSTILE, 'since': 0}
            ],
        },
        {'kind': 'value', 'value': 1, 'format': {'unit': HOSTILE}, 'palette': HOSTILE},
        {'kind': 'list', 'rows': [widget], 'format': {'unit': HOSTILE}},
        {'kind': 'change', 'rows': [{'label': HOSTILE, 'before': 1, 'now': 2}], 'format': {'unit': HOSTILE}},
        {'kind': 'table', 'keys': [HOSTILE], 'columns': [column], 'rows': [{'group': [HOSTILE], 'cells': [widget]}]},
        {'kind': 'heatmap', **chart, 'rows': [{'label': HOSTILE, 'values': [1, 2]}]},
        {'kind': 'histogram', 'counts': [1], 'edges': [0, 1], 'format': {'unit': HOSTILE}},
        {'kind': 'checks', 'counts': {HOSTILE: 1}, 'groups': [{'label': HOSTILE, 'status': HOSTILE}]},
        {'kind': 'logs', 'rows': [log], 'total': 1},
        {'kind': 'patterns', 'rows': [{'pattern': HOSTILE, 'status': HOSTILE, 'source': HOSTILE, 'count': 1}]},
        {'kind': 'message', 'text': HOSTILE},
        {'kind': HOSTILE, 'text': HOSTILE},
    ]  # fmt: skip

    def answer(route: Route) -> None:
        places = len(DASHBOARDS['cilium_overview'].widgets())
        widgets = [drawings[place % len(drawings)] for place in range(places)]
        route.fulfill(body=json.dumps({'now': 1, 'widgets': widgets}), content_type='application/json')

    page = open_page('/')
    page.route('**/dashboards/cilium_overview/data*', answer)
    page.goto(f'{preview.url}/dashboards/cilium_overview')
    ready(page)
    kinds = set(page.locator('.widget[data-drawn]').evaluate_all('all => all.map(one => one.dataset.drawn)'))
    assert kinds == {drawing['kind'] for drawing in drawings}
    assert page.locator('#dashboard img, #dashboard script').count() == 0
    assert page.locator('#dashboard .body', has_text='<img src=x').count() > 10
    assert page.evaluate('window.hacked') is None


def test_an_inline_script_does_not_run(browser: Browser, preview: PreviewServer):
    page = browser.new_page()
    page.goto(preview.url)
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.hacked = true';
        addEventListener('securitypolicyviolation', () => { window.refused = true; });
        document.body.append(script);
    }""")
    page.wait_for_function('window.refused')
    assert page.evaluate('window.hacked') is None
    page.close()


def test_dark_where_the_reader_wants_it_dark(open_page: OpenPage):
    colours = [
        open_page('/monitors', color_scheme=scheme).evaluate('getComputedStyle(document.body).backgroundColor')
        for scheme in ('light', 'dark')
    ]
    brightness = [sum(int(part) for part in colour[4:-1].split(',')) for colour in colours]
    assert brightness[0] > 600
    assert brightness[1] < 150
