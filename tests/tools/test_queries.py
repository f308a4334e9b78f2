# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import pytest

from toolkit.queries.building import FUNCTIONS
from toolkit.queries.parsing import (
    DEEPEST,
    LONGEST,
    QueryError,
    parse_formula,
    parse_monitor,
    parse_query,
    references_of,
    series_of,
)
from toolkit.queries.syntax import (
    AllOf,
    AnyOf,
    Binary,
    Call,
    ChangeMonitor,
    CheckMonitor,
    Everything,
    Fill,
    LogMonitor,
    MetricMonitor,
    MetricSeries,
    Negative,
    NoneOf,
    Number,
    Reference,
    Rollup,
    Tag,
    TagIn,
    Text,
    Variable,
    Window,
)

A, B, C = (MetricSeries(None, name, Everything()) for name in 'abc')


# ---- series


@pytest.mark.parametrize(
    ('text', 'series'),
    [
        ('cilium.version{*}', MetricSeries(None, 'cilium.version', Everything())),
        ('avg:a{*}', MetricSeries('avg', 'a', Everything())),
        ('p95:a{*}', MetricSeries('p95', 'a', Everything())),
        ('p99.9:a{*}', MetricSeries('p99.9', 'a', Everything())),
        ('sum:a{*} by {x}', MetricSeries('sum', 'a', Everything(), ('x',))),
        ('sum:a{*}by{x, y}', MetricSeries('sum', 'a', Everything(), ('x', 'y'))),
        ('sum:a{ * }  by  { x }', MetricSeries('sum', 'a', Everything(), ('x',))),
        ('a{*}.as_count()', MetricSeries(None, 'a', Everything(), form='as_count')),
        ('a{*}.as_rate()', MetricSeries(None, 'a', Everything(), form='as_rate')),
        ('a{*}.weighted()', MetricSeries(None, 'a', Everything(), weighted=True)),
        ('a{*}.rollup(max)', MetricSeries(None, 'a', Everything(), rollup=Rollup('max', None))),
        ('a{*}.rollup(60)', MetricSeries(None, 'a', Everything(), rollup=Rollup(None, 60))),
        ('a{*}.rollup(sum,60)', MetricSeries(None, 'a', Everything(), rollup=Rollup('sum', 60))),
        ('a{*}.fill(zero)', MetricSeries(None, 'a', Everything(), fill=Fill('zero', None))),
        (
            'a{*} by {x}.fill(last, 600).as_rate()',
            MetricSeries(None, 'a', Everything(), ('x',), 'as_rate', fill=Fill('last', 600)),
        ),
    ],
    ids=str,
)
def test_series(text, series):
    assert parse_query(text) == series


@pytest.mark.parametrize(
    ('text', 'scope'),
    [
        ('k:v', Tag('k', 'v')),
        ('k:a:b/c.d-e_f', Tag('k', 'a:b/c.d-e_f')),
        ('k:web-*', Tag('k', 'web-*')),
        ('k:*-web', Tag('k', '*-web')),
        ('production', Tag('', 'production')),
        ('$cluster', Variable('cluster')),
        ('$cluster.value', Tag('', '$cluster.value')),
        ('k:$cluster.value', Tag('k', '$cluster.value')),
        ('k:a-$cluster.value*', Tag('k', 'a-$cluster.value*')),
        ('!k:v', NoneOf(Tag('k', 'v'))),
        ('!$cluster', NoneOf(Variable('cluster'))),
        ('NOT k:v', NoneOf(Tag('k', 'v'))),
        ('NOT NOT k:v', Tag('k', 'v')),
        ('k:v,l:w', AllOf((Tag('k', 'v'), Tag('l', 'w')))),
        ('$a, !k:v', AllOf((Variable('a'), NoneOf(Tag('k', 'v'))))),
        ('k:v AND l:w and m:x', AllOf((Tag('k', 'v'), Tag('l', 'w'), Tag('m', 'x')))),
        ('k:v AND (l:w AND m:x)', AllOf((Tag('k', 'v'), Tag('l', 'w'), Tag('m', 'x')))),
        ('k:v OR l:w AND m:x', AnyOf((Tag('k', 'v'), AllOf((Tag('l', 'w'), Tag('m', 'x')))))),
        ('(k:v OR l:w) AND m:x', AllOf((AnyOf((Tag('k', 'v'), Tag('l', 'w'))), Tag('m', 'x')))),
        ('NOT (k:v or l:w)', NoneOf(AnyOf((Tag('k', 'v'), Tag('l', 'w'))))),
        ('k IN (a,b*)', TagIn('k', ('a', 'b*'))),
        ('k in (a)', TagIn('k', ('a',))),
        ('k NOT IN (a, $b.value)', NoneOf(TagIn('k', ('a', '$b.value')))),
        ('k not in (a) AND l:w', AllOf((NoneOf(TagIn('k', ('a',))), Tag('l', 'w')))),
        # Words within tags are not operators.
        ('and:or,not:in', AllOf((Tag('and', 'or'), Tag('not', 'in')))),
        ('android:1', Tag('android', '1')),
    ],
    ids=str,
)
def test_scope(text, scope):
    assert parse_query(f'a{{{text}}}').scope == scope


def test_what_a_scope_names():
    query = 'a{$cluster AND (k:v OR l:$node.value) AND m NOT IN (x, $pod.value)} by {k}'

    series = parse_query(query)

    assert series.scope_keys == {'k', 'l', 'm'}
    assert series.variables == {'cluster', 'node', 'pod'}
    assert series.tags == (Tag('k', 'v'), Tag('l', '$node.value'), Tag('m', 'x'), Tag('m', '$pod.value'))


# ---- arithmetic


@pytest.mark.parametrize(
    ('text', 'expression'),
    [
        ('a{*} - b{*} - c{*}', Binary('-', Binary('-', A, B), C)),
        ('a{*}-(b{*}-c{*})', Binary('-', A, Binary('-', B, C))),
        ('a{*} + b{*} * c{*}', Binary('+', A, Binary('*', B, C))),
        ('(a{*} + b{*}) % c{*}', Binary('%', Binary('+', A, B), C)),
        ('a{*} ** b{*} ** c{*}', Binary('**', A, Binary('**', B, C))),
        ('-a{*} ** 2', Negative(Binary('**', A, Number(2)))),
        ('--a{*}', A),
        ('a{*} - -2', Binary('-', A, Number(-2))),
        ('100 * a{*}', Binary('*', Number(100), A)),
        ('a{*} / 1e3', Binary('/', A, Number(1000))),
        ('a{*} / .5', Binary('/', A, Number(0.5))),
        ('abs(a{*})', Call('abs', A)),
        ('timeshift(a{*}, -3600)', Call('timeshift', A, (Number(-3600),))),
        ('top(a{*}, 10, \'mean\', "desc")', Call('top', A, (Number(10), Text('mean'), Text('desc')))),
        ("outliers(a{*}, 'dbscan', 7)", Call('outliers', A, (Text('dbscan'), Number(7)))),
        (
            "anomalies(a{*}, 'basic', 2, direction='above', interval=60)",
            Call('anomalies', A, (Text('basic'), Number(2)), (('direction', Text('above')), ('interval', Number(60)))),
        ),
    ],
    ids=str,
)
def test_arithmetic(text, expression):
    assert parse_query(text) == expression


def test_formula():
    expression = parse_formula("100 * (query1 - query2) / default_zero(query1) + moving_rollup(q, 60, 'avg')")

    assert references_of(expression) == ['query1', 'query2', 'q']
    assert parse_formula('a-b') == Binary('-', Reference('a'), Reference('b'))


def test_series_of_a_query():
    assert series_of(parse_query('abs(a{*}) / (b{*} + 1) - a{*}')) == [A, B, A]


def test_every_function_that_is_listed_is_read():
    for name, spec in FUNCTIONS.items():
        words = {'number': '1', 'text': "'x'", 'duration': "'1h'"}
        kinds = spec.get('arguments', [])
        arguments = ''.join(f', {words[k] if isinstance(k, str) else repr(k[0])}' for k in kinds)
        assert isinstance(parse_query(f'{name}(a{{*}}{arguments})'), Call)


# ---- monitors


@pytest.mark.parametrize(
    ('text', 'monitor'),
    [
        (
            'avg(last_5m):sum:a{*} by {k} > 5',
            MetricMonitor('avg', Window('last', 5, 'm'), MetricSeries('sum', 'a', Everything(), ('k',)), '>', 5),
        ),
        ('max(current_1mo):a{*} <= -0.5', MetricMonitor('max', Window('current', 1, 'mo'), A, '<=', -0.5)),
        (
            'sum(last_1h):a{*} / b{*} == 1',
            MetricMonitor('sum', Window('last', 1, 'h'), Binary('/', A, B), '==', 1),
        ),
        (
            "max(next_1w):forecast(a{*}, 'linear', 1, interval='60m', history='1w') >= 80",
            MetricMonitor(
                'max',
                Window('next', 1, 'w'),
                Call(
                    'forecast',
                    A,
                    (Text('linear'), Number(1)),
                    (('interval', Text('60m')), ('history', Text('1w'))),
                ),
                '>=',
                80,
            ),
        ),
        (
            'pct_change(avg(last_5m),last_30m):a{*} > -50',
            ChangeMonitor('pct_change', 'avg', Window('last', 5, 'm'), Window('last', 30, 'm'), A, '>', -50),
        ),
        (
            'change(sum(last_1d), 1d_ago):a{*} < 3',
            ChangeMonitor('change', 'sum', Window('last', 1, 'd'), Window('last', 1, 'd'), A, '<', 3),
        ),
        (
            '"cilium.openmetrics.health".over("service:cilium-agent").by("kube_cluster_name","endpoint").last(3)'
            '.count_by_status()',
            CheckMonitor(
                'cilium.openmetrics.health',
                ('service:cilium-agent',),
                (),
                ('kube_cluster_name', 'endpoint'),
                3,
            ),
        ),
        # The documentation of the API has `last` before `by`.
        (
            '"c".over("a:b","*").exclude("k:v").last(2).by("k").count_by_status()',
            CheckMonitor('c', ('a:b', '*'), ('k:v',), ('k',), 2),
        ),
        (
            r'logs("source:x \"panic: y\" \(z\)").index("*").rollup("count").by("a,@b").last("15m") > 5',
            LogMonitor(r'source:x "panic: y" \(z\)', '*', 'count', None, ('a', '@b'), Window('last', 15, 'm'), '>', 5),
        ),
        (
            'logs("x").index("main").rollup("cardinality", "@usr").last("1d") < 1',
            LogMonitor('x', 'main', 'cardinality', '@usr', (), Window('last', 1, 'd'), '<', 1),
        ),
    ],
    ids=str,
)
def test_monitor(text, monitor):
    assert parse_monitor(text) == monitor
    assert parse_monitor(str(monitor)) == monitor


@pytest.mark.parametrize(
    ('window', 'seconds'), [('5m', 300), ('4h', 14400), ('1d', 86400), ('1w', 604800), ('1mo', 30 * 86400)]
)
def test_length_of_a_window(window, seconds):
    assert parse_monitor(f'avg(last_{window}):a{{*}} > 1').window.seconds == seconds


# ---- what is refused


@pytest.mark.parametrize(
    ('text', 'problem', 'place'),
    [
        ('', 'the query ends too early', 0),
        ('avg:a', 'the query ends too early', 5),
        ('a{k:v', 'the query ends too early', 5),
        ('a{*} /', 'the query ends too early', 6),
        ('a', '`a` has no scope', 0),
        ('5 * 3', 'there is no metric', 0),
        ('a{}', '`}` cannot stand here', 2),
        ('a{*}}', '`}` cannot stand here', 4),
        ('a{*} b{*}', '`b` cannot stand here', 5),
        ('a{*} by {}', '`}` cannot stand here', 9),
        ('a{*} by {k,k}', '`k` is there twice', 9),
        ('garbage(', 'the query ends too early', 8),
        ('a{k:Policy denied}', '`denied` cannot stand here', 11),
        ('a{k:v AND}', '`AND` cannot stand here', 6),
        ('a{k:}', '`k:` is not key:value', 2),
        ('a{:v}', '`:v` is not key:value', 2),
        ('a{k:$cluster}', 'is written $name.value', 2),
        ('a{$k.value:v}', 'a template variable stands alone or after the colon', 2),
        ('a{k:v IN (w)}', '`k:v` is not a tag key', 2),
        ('a{k IN ()}', '`)` cannot stand here', 8),
        ('a{k:v, l IN (w)}', '`,` cannot be used together with IN', 5),
        ('a{!k:v AND l:w}', '`!` cannot be used together with AND', 2),
        ('b{*} + a{k:v OR !l:w}', '`!` cannot be used together with OR', 16),
        ('mean:a{*}', '`mean` is not an aggregator', 0),
        ('a.{*}', 'does not end with a dot', 0),
        ('a{*}.foo()', '`.foo()` is not a modifier', 5),
        ('a{*}.as_count().as_rate()', '`as_rate` is one too many', 16),
        ('a{*}.as_count(1)', 'takes no arguments', 5),
        ('a{*}.rollup()', '`.rollup()` takes', 5),
        ('a{*}.rollup(mean, 60)', '`.rollup()` takes', 5),
        ('a{*}.rollup(sum, 0)', '`.rollup()` takes', 5),
        ('a{*}.fill(zero, 601)', '`.fill()` takes', 5),
        ('bogus(a{*})', '`bogus` is not a function', 0),
        ('abs(a{*}, 3)', '`abs` takes 0 arguments after the series, not 1', 0),
        ('clamp_min(a{*})', '`clamp_min` takes 1 arguments', 0),
        ("clamp_min(a{*}, 'x')", 'is a number', 0),
        ("top(a{*}, 5, 'median', 'desc')", 'argument 2 of `top` after the series is one of max, mean', 0),
        ('calendar_shift(a{*}, 1)', 'is a text in quotes', 0),
        ("anomalies(a{*}, 'basic', 2, foo=3)", '`anomalies` does not take `foo`', 28),
        ("anomalies(a{*}, 'basic', 2, interval=1, interval=2)", '`interval` is there twice', 40),
        ("anomalies(a{*}, interval=1, 'basic', 2)", 'arguments with a name come last', 0),
        ('a{*} * 1e999', 'this number is too large', 7),
        ('a{*} > 3', '`>` cannot stand here', 5),
    ],
    ids=repr,
)
def test_refused_query(text, problem, place):
    with pytest.raises(QueryError) as caught:
        parse_query(text)

    assert problem in caught.value.problem
    assert caught.value.position == place
    mark = str(caught.value).splitlines()[-1]
    assert mark == f'  {" " * place}^'


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', 'the query ends too early'),
        ('a{*} > 3', 'cannot stand here'),
        ('avg(last_5m):a{*}', 'the query ends too early'),
        ('avg(last_5m):a > 3', '`a` has no scope'),
        ('avg(last_5m):a{*} != 3', '`!` cannot stand here'),
        ('avg(last_5x):a{*} > 3', 'cannot stand here'),
        ('avg(last_0m):a{*} > 3', 'a window of no length'),
        ('p95(last_5m):a{*} > 3', '`p95` is none of avg, sum, min, max'),
        ('changed(avg(last_5m),last_5m):a{*} > 3', '`changed` is none of change, pct_change'),
        ('avg(last_5m):a{*} > 3 extra', '`extra` cannot stand here'),
        ('"c".by("k").last(2).count_by_status()', '`by` cannot stand here'),
        ('"c".over("*").last(0).count_by_status()', 'last() takes a whole number'),
        ('"c".over("*").last(1.5).count_by_status()', 'last() takes a whole number'),
        ('"c".over("*").last(2)', 'the query ends too early'),
        ('logs("x").index("*").rollup("count").last("15x") > 5', 'last() takes a length of time'),
        ('logs("x").index("*").rollup("count", "@y").last("15m") > 5', 'rollup() takes "count"'),
        ('logs("x").index("*").rollup("avg").last("15m") > 5', 'rollup() takes "count"'),
        ('logs("x).index("*").rollup("count").last("15m") > 5', 'cannot stand here'),
    ],
    ids=repr,
)
def test_refused_monitor(text, problem):
    with pytest.raises(QueryError) as caught:
        parse_monitor(text)

    assert problem in caught.value.problem


def test_a_formula_has_no_queries():
    with pytest.raises(QueryError, match='a formula has names of queries, not queries'):
        parse_formula('query1 / sum:a{*}')


@pytest.mark.parametrize(
    'text',
    [
        'abs(' * (DEEPEST + 1) + 'a{*}' + ')' * (DEEPEST + 1),
        '+'.join(['a{*}'] * (DEEPEST + 1)),
        '(' * 2000 + 'a{*}' + ')' * 2000 + '+a{*}' * 1000,
        'a{' + '(k:v OR l:w AND ' * DEEPEST + 'm:x' + ')' * DEEPEST + '}',
        'a{k:v}' + ' ' * LONGEST,
    ],
    ids=['functions', 'sums', 'brackets', 'scopes', 'length'],
)
def test_what_would_exhaust_the_stack_is_refused(text):
    with pytest.raises(QueryError, match='inside each other|is longer than'):
        parse_query(text)


def test_a_long_text_is_quoted_in_part():
    text = ' + '.join(f'metric_{number}{{*}}' for number in range(50)) + ' + ?'

    with pytest.raises(QueryError) as caught:
        parse_query(text)

    _, excerpt, mark = str(caught.value).split('\n')
    assert excerpt.endswith(' + ?')
    assert len(excerpt) < 200
    assert excerpt[mark.index('^')] == '?'
