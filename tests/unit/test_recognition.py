# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""An endpoint in the option of another component is told, whichever they are."""

from __future__ import annotations

import pytest
from comparison import TEXT_FORMAT, Answer, Ours
from expositions import DIRECTORIES, RECORDED_COMPONENTS, recording

from datadog_checks.base.constants import ServiceCheck
from datadog_checks.cilium.components import COMPONENT_BY_NAME, COMPONENTS
from datadog_checks.cilium.configuration import scraper_config

URL = 'http://cilium.test/metrics'


def health(option: str, text: str, **options: object) -> tuple[int, str]:
    """Return the service check of a scrape, by the component whose option holds the URL."""
    component = COMPONENT_BY_NAME[option]
    ours = Ours(scraper_config(component, URL, options, {}), component)
    ours.scrape(Answer(text.encode(), TEXT_FORMAT))
    return ours.check.health


@pytest.mark.parametrize('version', DIRECTORIES)
@pytest.mark.parametrize('recorded', RECORDED_COMPONENTS)
@pytest.mark.parametrize('option', [component.name for component in COMPONENTS])
def test_a_recording_in_an_option(option, recorded, version):
    status, message = health(option, recording(recorded, version=version))

    if option == recorded:
        assert (status, message) == (ServiceCheck.OK, '')
    else:
        assert status == ServiceCheck.WARNING
        assert f'its URL belongs in the option `{recorded}_endpoint`' in message


def test_families_of_nobody():
    status, message = health('agent', '# TYPE apples gauge\napples 1\n# TYPE pears gauge\npears 1\n')

    assert status == ServiceCheck.WARNING
    assert message == (
        'Only 0 of 2 families are known as those of cilium-agent. Check the port and the path of the URL.'
    )


@pytest.mark.parametrize(
    'options', [{'metrics': ['apples']}, {'extra_metrics': ['apples']}, {'extra_metrics': ['app.+']}], ids=repr
)
def test_families_that_the_instance_maps_are_known(options):
    assert health('agent', '# TYPE apples gauge\napples 1\n', **options) == (ServiceCheck.OK, '')


def test_the_metrics_of_hubble_that_the_instance_wants_from_the_option_of_the_agent():
    """What the configuration maps is what its author wants."""
    metrics = scraper_config(COMPONENT_BY_NAME['hubble'], URL, {}, {})['metrics']

    assert health('agent', recording('hubble'), metrics=metrics) == (ServiceCheck.OK, '')


def test_families_without_their_types():
    text = (
        '\thubble_drop_total{protocol="TCP",reason="POLICY_DENIED",source="kube-system/a"} 24\n'
        '\thubble_dns_responses_total{ips_returned="0",qtypes="A",rcode="Non-Existent Domain"} 1\n'
    )

    status, message = health('hubble', text)

    assert status == ServiceCheck.WARNING
    assert message.startswith('The response has no `# TYPE` lines for most of its families')


def test_a_recording_without_its_type_lines():
    text = ''.join(line for line in recording('agent').splitlines(keepends=True) if not line.startswith('#'))

    status, message = health('agent', text)

    assert status == ServiceCheck.WARNING
    assert '`# TYPE` lines' in message
