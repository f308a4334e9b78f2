# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A small folder of assets to install: two dashboards that link to each other, two monitors, an SLO, one
log pipeline."""

from __future__ import annotations

import json
from pathlib import Path

FIRST, SECOND = 'Sample First', 'Sample & Second'

PIPELINE = r"""
id: sample
metric_id: sample
backend_only: false
facets:
  - {groups: [Cilium], name: Node, path: cilium.node.name, source: log}
  - {groups: [DNS], name: Question, path: dns.question.name, source: log}
  - {groups: [Cilium], name: Pod, path: cilium.pod.name, source: log}
pipeline:
  type: pipeline
  name: Sample
  enabled: true
  filter:
    query: source:sample
  processors:
    - type: grok-parser
      name: Read the line
      enabled: true
      source: message
      samples:
        - level=info
      grok:
        supportRules: |
          word %{word}
        matchRules: |
          line level=%{word:level}
    - type: pipeline
      name: Inner
      enabled: true
      filter: {query: '*'}
      processors:
        - type: attribute-remapper
          name: Rename
          enabled: true
          sources: [level]
          sourceType: attribute
          target: severity
          targetType: attribute
          preserveSource: false
          overrideOnConflict: true
        - type: string-builder-processor
          name: Build
          enabled: true
          template: '%{level}'
          target: text
          replaceMissing: true
        - type: lookup-processor
          name: Look up
          enabled: true
          source: level
          target: number
          lookupTable: |-
            info,6
            error,3
"""


def write_samples(folder: Path) -> Path:
    """Write the assets into a folder and return it."""
    write(folder / 'dashboards/first.json', dashboard(FIRST, links_to=SECOND.replace(' ', '%20').replace('&', '%26')))
    write(folder / 'dashboards/second.json', dashboard(SECOND, links_to=FIRST.replace(' ', '+')))
    write(folder / 'monitors/one.json', monitor('Sample monitor one'))
    write(folder / 'monitors/two.json', monitor('Sample monitor two'))
    write(folder / 'slos/sample.json', SLO)
    write(folder / 'saved_views/errors.json', SAVED_VIEW)
    (folder / 'logs').mkdir()
    (folder / 'logs/sample.yaml').write_text(PIPELINE)
    (folder / 'logs/sample_tests.yaml').write_text('id: sample\ntests: []\n')
    return folder


def write(path: Path, document: object) -> None:
    """Write a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def dashboard(title: str, links_to: str) -> dict[str, object]:
    """Return a dashboard with a group in which a note links to another one."""
    link = f'[other](/dashboard/lists?q={links_to}&tpl_var_cluster=$cluster.value)'
    layout = {'x': 0, 'y': 0, 'width': 12, 'height': 1}
    note = {
        'id': 11,
        'layout': layout,
        'definition': {'type': 'note', 'content': link},
    }
    group = {'type': 'group', 'title': 'Group', 'layout_type': 'ordered', 'widgets': [note]}
    return {
        'title': title,
        'description': 'What it shows.',
        'layout_type': 'ordered',
        'reflow_type': 'fixed',
        'notify_list': [],
        'template_variables': [{'name': 'cluster', 'prefix': 'kube_cluster_name', 'defaults': ['*']}],
        'widgets': [{'id': 1, 'layout': {**layout, 'height': 2}, 'definition': group}],
    }


def monitor(name: str, **definition: object) -> dict[str, object]:
    """Return a monitor in format 2. `definition` replaces parts of what the API takes."""
    return {
        'version': 2,
        'created_at': '2026-01-01',
        'last_updated_at': '2026-01-01',
        'title': name,
        'description': 'Why.',
        'tags': ['integration:cilium'],
        'definition': {
            'name': name,
            'type': 'query alert',
            'query': 'avg(last_5m):avg:cilium.controllers.failing{*} > 3',
            'message': 'Something fails.',
            'tags': ['integration:cilium'],
            'priority': None,
            'options': {'thresholds': {'critical': 3}, 'include_tags': True, 'silenced': {}},
            **definition,
        },
    }


SAVED_VIEW = {
    'name': 'Sample errors',
    'type': 'logs',
    'page': 'stream',
    'query': 'source:sample status:error',
    'options': {'columns': ['host', 'service']},
}

SLO = {
    'name': 'Sample SLO',
    'description': 'What it measures.',
    'type': 'metric',
    'query': {
        'numerator': 'sum:cilium.forward_count.count{*}.as_count()',
        'denominator': 'sum:cilium.forward_count.count{*}.as_count() + sum:cilium.drop_count.count{*}.as_count()',
    },
    'thresholds': [{'timeframe': '30d', 'target': 99.9}],
    'tags': ['integration:cilium'],
}
