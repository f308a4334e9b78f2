# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""What an answer as a whole is found to be, and what the service check says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from comparison import COMPONENT, OPENMETRICS, Answer, Ours

from datadog_checks.base.constants import ServiceCheck
from datadog_checks.cilium.components import COMPONENTS, Component
from datadog_checks.cilium.scraping.blocks import Block, ExpositionError, blocks
from datadog_checks.cilium.scraping.findings import Findings
from datadog_checks.cilium.scraping.interpreter import Interpreter
from datadog_checks.cilium.scraping.limits import MAX_FAMILIES_NOTED

NEVER_EMPTY = replace(COMPONENT, may_be_empty=False)


def interpreter(component: Component) -> Interpreter:
    """Return what interprets the answers of a component."""
    return Ours({'metrics': ['a', 'b']}, component).interpreter


def passed(*lines: str, content_type: str = 'text/plain') -> list[str]:
    """Return the lines that pass."""
    text = ''.join(f'{line}\n' for line in lines)
    return [line for block in Findings().of(blocks([text]), content_type) for line in block.lines()]


@pytest.mark.parametrize(
    'lines',
    [
        ['a 1'],
        ['# TYPE a gauge', 'a 1'],
        ['# a comment', '', 'a 1', ''],
        ['a{b="<html>"} 1'],
        ['a 1', '<html>'],
        ['# TYPE a gauge', 'a{b="\N{REPLACEMENT CHARACTER}"} 1'],
        ['# HELP a \N{REPLACEMENT CHARACTER}', 'a 1'],
        ['\N{REPLACEMENT CHARACTER}# HELP a', 'a 1'],
        ['\x00', 'a 1'],
    ],
    ids=repr,
)
def test_an_exposition_passes_unchanged(lines):
    assert passed(*lines) == lines


@pytest.mark.parametrize('first', ['<!doctype html>', '  <html>', '<?xml version="1.0"?>'], ids=repr)
@pytest.mark.parametrize('before', [(), ('', ' ')], ids=['at once', 'after blank lines'])
def test_a_web_page_is_refused(before, first):
    with pytest.raises(ExpositionError, match='not in the Prometheus text format') as e:
        passed(*before, first, 'a 1', content_type='text/html')

    assert repr(first.strip()) in str(e.value)
    assert "'text/html'" in str(e.value)


def test_no_more_than_the_start_of_what_the_endpoint_chooses_is_quoted():
    with pytest.raises(ExpositionError) as e:
        passed('<' + 1000 * 'x', content_type=1000 * 'y')

    assert len(str(e.value)) < 600


def test_nothing_is_read_after_a_page_has_begun():
    def family_blocks() -> Iterator[Block]:
        yield Block('', ('<html>\n',))
        pytest.fail('read on after garbage')

    with pytest.raises(ExpositionError):
        list(Findings().of(family_blocks(), ''))


class TestEmptyAnswers:
    EMPTY = ('', '\n', '# TYPE a gauge\n', '# a\n\n# HELP b x\n', '# TYPE a gauge\n# TYPE b gauge\n')

    @pytest.mark.parametrize('text', EMPTY, ids=repr)
    def test_fail_where_a_component_always_has_metrics(self, text):
        ours = Ours({'metrics': ['a']}, component=NEVER_EMPTY)
        with pytest.raises(ExpositionError, match='the response holds no metrics. Check the port and the path'):
            ours.scrape_text(text)
        assert ours.check.health[0] == ServiceCheck.CRITICAL

    @pytest.mark.parametrize('text', EMPTY, ids=repr)
    def test_are_ok_where_it_may_have_none_yet(self, text):
        ours = Ours({'metrics': ['a', 'b']})

        assert ours.scrape_text(text) == []
        assert ours.check.health == (ServiceCheck.OK, '')

    @pytest.mark.parametrize('options', [{}, {'telemetry': True}, {'target_info': True}], ids=repr)
    @pytest.mark.parametrize(('text', 'type_'), [('', 'text/plain'), ('# EOF\n', OPENMETRICS)], ids=['text', 'open'])
    def test_go_by_the_component_where_they_are_read_as_a_whole_too(self, text, type_, options):
        config = {'metrics': ['a'], **options}
        answer = Answer(text.encode(), type_)

        Ours(config).scrape(answer)
        with pytest.raises(ExpositionError, match='the response holds no metrics'):
            Ours(config, component=NEVER_EMPTY).scrape(answer)

    def test_a_sample_that_nobody_maps_is_enough(self):
        ours = Ours({'metrics': ['a']}, component=NEVER_EMPTY)

        assert ours.scrape_text('# TYPE x gauge\nx 1\n# TYPE a gauge\n') == []
        assert ours.check.health == (ServiceCheck.OK, '')

    def test_only_hubble_may_have_none(self):
        """Its metrics are vectors of events. All others have a gauge of themselves, or of Go, from the start."""
        assert [component.service for component in COMPONENTS if component.may_be_empty] == ['hubble']


class TestVerdict:
    BLOCK = Block('a', ('# TYPE a gauge\n',))

    def findings(self, *lines: str, sound: tuple[str, ...] = ()) -> Findings:
        findings = Findings()
        list(findings.of(blocks(['a 1\n']), ''))
        findings.add_block(self.BLOCK, sound, list(lines), 'text/plain')
        return findings

    def test_all_is_well(self):
        assert self.findings(sound=('a 1',)).verdict(interpreter(NEVER_EMPTY)) == (ServiceCheck.OK, '')

    def test_bad_lines(self):
        assert self.findings('a x', 'b x', sound=('a 1',)).verdict(interpreter(NEVER_EMPTY)) == (
            ServiceCheck.WARNING,
            "2 lines could not be read and are left out. The first one is 'a x'.",
        )

    def test_bad_lines_only(self):
        with pytest.raises(ExpositionError, match="of its lines can be parsed. The first one is 'a x'. Check the port"):
            self.findings('a x', sound=('# TYPE a gauge',)).verdict(interpreter(COMPONENT))

    def test_families_with_bad_lines_are_told_apart_up_to_a_limit(self):
        findings = Findings()
        for number in range(MAX_FAMILIES_NOTED + 5):
            assert not findings.may_have_bad_lines('other')
            findings.add_block(Block(f'a{number}', ('',)), (), ['x'], '')
            assert findings.may_have_bad_lines(f'a{number}')
            if number + 1 >= MAX_FAMILIES_NOTED:
                break
        assert findings.may_have_bad_lines('other')
        findings.add_block(Block('another', ('',)), ('a 1',), ['x'], '')
        assert len(findings.bad_families) == MAX_FAMILIES_NOTED
        assert findings.verdict(interpreter(COMPONENT))[1].startswith(
            f'{MAX_FAMILIES_NOTED + 1} lines could not be read'
        )
