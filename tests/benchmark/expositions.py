# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Expositions of any size, with the mix of families, labels and lengths that a node with Hubble metrics by pod has."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BOUNDS = ('0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf')

Labels = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of family that makes up a share of the samples."""

    share: float
    family: str
    type: str
    labels: Callable[[int], Labels]
    """The labels of the series with a number."""


def _pod(number: int) -> str:
    return f'shop-{number % 23}/checkout-{number % 97}-{(number * 2654435761) % 0xFFFFF:05x}'


def _flow(number: int) -> Labels:
    return {
        'destination': _pod(number * 7 + 3),
        'protocol': ('TCP', 'UDP', 'DNS')[number % 3],
        'source': _pod(number),
        'subtype': ('to-endpoint', 'from-endpoint', 'to-overlay')[number % 3],
        'type': ('Trace', 'L7', 'PolicyVerdict')[number % 3],
        'verdict': ('FORWARDED', 'DROPPED')[number % 11 == 0],
    }


def _lookup(number: int) -> Labels:
    return {
        'destination': 'kube-system/coredns',
        'ips_returned': str(number % 4),
        'qtypes': ('A', 'AAAA')[number % 2],
        'rcode': ('', 'No Error', 'Non-Existent Domain')[number % 3],
        'source': _pod(number),
    }


MIX = (
    Kind(0.30, 'hubble_flows_processed_total', 'counter', _flow),
    Kind(0.08, 'hubble_dns_queries_total', 'counter', _lookup),
    Kind(
        0.06,
        'hubble_drop_total',
        'counter',
        lambda n: {'protocol': 'TCP', 'reason': 'POLICY_DENIED', 'source': _pod(n), 'destination': _pod(n + 5)},
    ),
    Kind(
        0.16,
        'hubble_http_request_duration_seconds',
        'histogram',
        lambda n: {
            'destination': _pod(n),
            'method': ('GET', 'POST')[n % 2],
            'reporter': 'server',
            'source': _pod(n * 3),
        },
    ),
    Kind(
        0.14,
        'cilium_k8s_client_api_latency_time_seconds',
        'histogram',
        lambda n: {'method': ('GET', 'PUT')[n % 2], 'path': f'/apis/cilium.io/v2/resource-{n}'},
    ),
    Kind(
        0.06,
        'cilium_statedb_table_contention_seconds',
        'histogram',
        lambda n: {'handle': f'reconciler-{n % 50}', 'table': f'table-{n}'},
    ),
    Kind(0.05, 'cilium_bpf_map_pressure', 'gauge', lambda n: {'map_name': f'cilium_policy_v2_{n:05d}'}),
    Kind(
        0.05,
        'cilium_controllers_group_runs_total',
        'counter',
        lambda n: {'group_name': f'endpoint-{n}-regeneration-recovery', 'status': ('success', 'failure')[n % 2]},
    ),
    # Nobody maps these.
    Kind(
        0.06,
        'container_network_transmit_packets_total',
        'counter',
        lambda n: {'interface': f'lxc{n:06x}', 'pod': _pod(n)},
    ),
    Kind(0.04, 'go_cgo_calls_seconds', 'histogram', lambda n: {'call': f'call-{n}'}),
)


def exposition(samples: int, scrape: int = 0, replaced: float = 0.0, mapped: float = 1.0, seed: int = 1) -> str:
    """
    Return the text of a scrape.

    `scrape` counts the scrapes: values grow from one to the next. `replaced` is the share of the series that is new
    in each scrape. `mapped` is the share of the families' samples that has a name that somebody maps.
    """
    chance = random.Random(seed * 1000 + scrape)
    lines: list[str] = []
    for kind in MIX:
        wanted = round(samples * kind.share)
        for family, share in ((kind.family, mapped), (f'unmapped_{kind.family}', 1 - mapped)):
            if round(wanted * share):
                lines.append(f'# HELP {family} What the family is about, in a sentence of some length.')
                lines.append(f'# TYPE {family} {kind.type}')
                lines.extend(_samples(kind, family, round(wanted * share), scrape, replaced, chance))
    return '\n'.join(lines) + '\n'


def _samples(kind: Kind, family: str, count: int, scrape: int, replaced: float, chance: random.Random) -> Iterator[str]:
    per_series = len(BOUNDS) + 2 if kind.type == 'histogram' else 1
    series = max(1, count // per_series)
    gone = round(scrape * replaced * series)
    for number in range(gone, gone + series):
        labels = ','.join(f'{name}="{value}"' for name, value in kind.labels(number).items())
        # Four of five series have not changed since the last scrape.
        value = number % 977 + (scrape * 13 if number % 5 == 0 else 0)
        if kind.type == 'histogram':
            for position, bound in enumerate(BOUNDS):
                yield f'{family}_bucket{{{labels},le="{bound}"}} {value + position}'
            yield f'{family}_sum{{{labels}}} {value * 0.37 + chance.random()}'
            yield f'{family}_count{{{labels}}} {value + len(BOUNDS) - 1}'
        else:
            yield f'{family}{{{labels}}} {value}'
