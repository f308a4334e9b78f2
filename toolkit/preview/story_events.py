# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The events of Kubernetes that belong to the story of the demo. Nobody recorded them: playback.yaml has them."""

from __future__ import annotations

from toolkit.logs.pipeline import ProcessedLog
from toolkit.preview.demo_cluster import CLUSTER
from toolkit.preview.log_book import LoggedLine
from toolkit.preview.playback import BESIDE_RECORDINGS, Story


def story_events(story: Story) -> list[LoggedLine]:
    """Return the events of each incident, as lines that a `LogBook` plays: their source is `kubernetes`."""
    begins = {'incident': 0.0, 'recovery': story.incident}
    return [
        LoggedLine(
            ProcessedLog(
                message=event['text'],
                status=event['status'],
                timestamp=0,
                source='kubernetes',
                service='',
                tags=(f'kube_cluster_name:{CLUSTER}', *event['tags']),
                attributes={},
                rules=(),
            ),
            begins[event['at']] + event['seconds'],
            repeats=True,
        )
        for event in BESIDE_RECORDINGS['events']
    ]
