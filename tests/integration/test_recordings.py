# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Everything that running components of Cilium exposed is collected, as it is documented, under tag keys of its own."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from endpoints import plain
from expositions import DIRECTORIES, RECORDED_COMPONENTS, own_tags, recording
from submissions import mapped_name, submissions

from datadog_checks.base.utils.tagging import GENERIC_TAGS
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.commands.recorded_cluster import STAGES
from datadog_checks.cilium.components import COMPONENT_BY_NAME, left_out_reason
from datadog_checks.dev.utils import get_metadata_metrics

RECORDINGS = [
    (component, stage, version) for version in DIRECTORIES for component in RECORDED_COMPONENTS for stage in STAGES
]


def families_of(body):
    """Yield the families of an exposition as they stand on the wire: name, type, and the lines of their samples."""
    name = type_ = ''
    samples = []
    for line in body.splitlines():
        if line.startswith('# TYPE '):
            if name:
                yield name, type_, samples
            _, _, name, type_ = line.split()
            samples = []
        elif not line.startswith('#'):
            assert line.startswith(name), 'the recordings hold families with a type only'
            samples.append(line)
    yield name, type_, samples


def expected_submissions(component, body):
    """Return how many points each metric should get from an exposition."""
    families = list(families_of(body))
    names = {name for name, *_ in families}
    expected = Counter()
    for family, wire_type, samples in families:
        if left_out_reason(component, family) or component.superseded.get(family) in names:
            continue
        if family == component.version_family:
            expected[f'cilium.{component.name_prefix}version'] += len(samples)
            continue
        by_suffix = Counter(suffix_of(line, family, wire_type) for line in samples if is_submitted(line))
        for metric in submissions(mapped_name(component, family), wire_type):
            suffix = metric.rpartition('.')[2] if wire_type in ('histogram', 'summary') else ''
            if by_suffix[suffix]:
                expected[metric] += by_suffix[suffix]
    return expected


def suffix_of(line, family, wire_type):
    """Return which of the metrics of a histogram or a summary a sample belongs to."""
    name = line.split('{')[0].split(' ')[0]
    suffix = name.removeprefix(family).removeprefix('_')
    return suffix or ('quantile' if wire_type == 'summary' else '')


def is_submitted(line):
    """Tell whether a sample has a value that is a number, and is not the bucket that repeats the count."""
    return math.isfinite(float(line.rsplit(' ', 1)[1])) and 'le="+Inf"' not in line


@pytest.fixture(params=RECORDINGS, ids=' '.join)
def recorded(request, serve, run):
    """The component, the exposition, the tags of the endpoint, and a function that runs the check on it."""
    name, stage, version = request.param
    component = COMPONENT_BY_NAME[name]
    body = recording(name, stage, version)
    endpoint = serve(plain(body))
    check = CiliumCheck('cilium', {}, [{component.option: endpoint.url, 'go_metrics': True}])
    return component, body, own_tags(component.service, endpoint.url), lambda: run(check)


def test_a_recording_is_collected_completely_and_as_documented(recorded):
    component, body, tags, run_again = recorded
    expected = expected_submissions(component, body)
    for _ in ('a scrape that learns', 'a scrape that remembers'):
        submitted = run_again()

        stubs = [stub for name in submitted.metric_names for stub in submitted.metrics(name)]
        assert Counter(stub.name for stub in stubs) == expected
        submitted.assert_metrics_using_metadata(get_metadata_metrics(), check_submission_type=True)
        submitted.assert_no_duplicate_metrics()
        for stub in stubs:
            assert_tag_keys(stub, tags)
        submitted.assert_service_check('cilium.openmetrics.health', CiliumCheck.OK, tags=tags, count=1)


def assert_tag_keys(stub, own):
    """Our tags are there, and no key of a label is one of them, one that Datadog reserves, or there twice."""
    assert set(own) <= set(stub.tags)
    keys = Counter(tag.split(':', 1)[0] for tag in stub.tags)
    assert not {key for key, count in keys.items() if count > 1}, stub
    labels = set(keys) - {'source', 'service', 'endpoint'}
    assert not labels & (GENERIC_TAGS | {'source', 'endpoint'}), stub


def test_no_recording_holds_a_family_that_is_left_out():
    """The names in `left_out` end in `*`. Were one too wide, the test above would not expect what it hides."""
    families = {
        (name, family)
        for name, stage, version in RECORDINGS
        for family, *_ in families_of(recording(name, stage, version))
    }

    assert len(families) > 500
    assert {family for name, family in families if left_out_reason(COMPONENT_BY_NAME[name], family)} == set()
