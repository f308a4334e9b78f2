# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The specification of the configuration, and what the files that are made from it say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from datadog_checks.base import ConfigurationError
from datadog_checks.base.stubs.datadog_agent import DatadogAgentStub
from datadog_checks.cilium import CiliumCheck
from datadog_checks.cilium.components import COMPONENTS, Component
from datadog_checks.cilium.configuration import endpoints_of
from toolkit.yaml_files import parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
DATA = ROOT / 'cilium' / 'data'
URL = 'http://1.2.3.4:9090/metrics'


def specified_options() -> dict[str, dict]:
    """Return the options of an instance that are the check's own."""
    specification = read_yaml(ROOT / 'assets/configuration/spec.yaml')
    _, instances, _ = specification['files'][0]['options']
    return {option['name']: option for option in instances['options'] if 'name' in option}


def load_models(instance: dict, init_config: dict | None = None, provider: str = '') -> CiliumCheck:
    """Let the check validate an instance as the Agent does before the first run."""
    check = CiliumCheck('cilium', init_config or {}, [instance])
    check.provider = provider
    check.load_configuration_models()
    return check


class TestSpecification:
    def test_it_has_an_option_for_every_component_and_no_other_endpoint(self) -> None:
        endpoints = {name for name in specified_options() if name.endswith('_endpoint')}

        assert endpoints == {component.option for component in COMPONENTS}, (
            'assets/configuration/spec.yaml: write an option for each endpoint of cilium/components.py, and no other'
        )

    @pytest.mark.parametrize('component', COMPONENTS, ids=lambda component: component.name)
    def test_an_endpoint_is_described_as_the_code_knows_it(self, component: Component) -> None:
        option = specified_options().get(component.option)
        if option is None:
            pytest.skip('told by the test before')

        assert f'Port: {component.port}' in option['description']
        assert f'`{component.enabled_by}`' in option['description']
        assert option['value']['example'].endswith(f':{component.port}/metrics')


class TestExample:
    TEXT = (DATA / 'conf.yaml.example').read_text(encoding='utf-8')

    def test_it_is_a_configuration_that_works(self) -> None:
        instances = parse_yaml(self.TEXT)['instances']

        assert [endpoints_of(instance) for instance in instances] == [{'http://localhost:9962/metrics': COMPONENTS[0]}]

    def test_all_its_endpoints_together_are_a_configuration_that_works(self) -> None:
        lines = re.findall(r'^ +(?:# |- )?(\w+_endpoint): (\S+)$', self.TEXT, re.MULTILINE)
        instance = {option: re.sub('<.+>', 'cilium.example', url) for option, url in lines}

        assert tuple(endpoints_of(instance).values()) == COMPONENTS

    def test_the_logs_have_the_source_and_the_service_of_the_metrics(self) -> None:
        section = self.TEXT[self.TEXT.index('# logs:') :].replace('# ', '')
        services = {component.service for component in COMPONENTS}

        for entry in parse_yaml(section)['logs']:
            assert entry['source'] == entry['service']
            assert entry['source'] in services


class TestAutoConf:
    def test_it_configures_the_agent_by_the_name_of_its_image(self) -> None:
        text = (DATA / 'auto_conf.yaml').read_text(encoding='utf-8')
        configuration = parse_yaml(text.replace('%%host%%', '10.0.0.1'))

        assert configuration['ad_identifiers'] == ['cilium-agent', 'cilium']
        assert [endpoints_of(load_models(instance).instance) for instance in configuration['instances']] == [
            {'http://10.0.0.1:9962/metrics': COMPONENTS[0]}
        ]
        assert [instance['tags'] for instance in configuration['instances']] == [['cilium-pod:10.0.0.1']]


class TestModels:
    @pytest.mark.parametrize('value', [True, 'true', 'True', None])
    def test_an_instance_for_older_versions_is_valid(self, value: object) -> None:
        check = load_models({'agent_endpoint': URL, 'use_openmetrics': value})

        assert check._config_model_instance.agent_endpoint == URL
        assert check._config_model_instance.use_openmetrics is (None if value is None else True)

    def test_go_metrics_are_off_by_default(self) -> None:
        assert load_models({'agent_endpoint': URL})._config_model_instance.go_metrics is False

    @pytest.mark.parametrize(
        ('option', 'value'),
        [
            ('agent_endpoint', 9962),
            ('hubble_endpoint', [URL]),
            ('go_metrics', 'perhaps'),
            ('use_openmetrics', 'perhaps'),
            ('extra_metrics', 'go_goroutines'),
            ('tags', 'team:network'),
            ('timeout', 'long'),
            ('tls_verify', 'perhaps'),
        ],
    )
    def test_an_error_names_the_option(self, option: str, value: object) -> None:
        with pytest.raises(ConfigurationError, match=rf'(?m)^{option}\b'):
            load_models({'operator_endpoint': URL, option: value})

    def test_an_error_names_the_option_of_init_config(self) -> None:
        with pytest.raises(ConfigurationError, match=r'(?m)^timeout\b'):
            load_models({'agent_endpoint': URL}, {'timeout': 'long'})

    FILES = {
        'tls_ca_cert': '/ca.pem',
        'tls_cert': '/client.pem',
        'tls_private_key': '/client.key',
        'kerberos_cache': '/cache',
        'kerberos_keytab': '/keytab',
        'auth_token': {
            'reader': {'type': 'file', 'path': '/token'},
            'writer': {'type': 'header', 'name': 'Authorization', 'value': 'Bearer <TOKEN>'},
        },
    }

    @pytest.mark.parametrize('option', FILES)
    def test_options_that_name_files_are_valid(self, option: str) -> None:
        """The models of the template stop on them in base packages that lack `validation.security`."""
        check = load_models({'agent_endpoint': URL, option: self.FILES[option]})

        assert getattr(check._config_model_instance, option)

    @pytest.mark.parametrize('option', FILES)
    def test_files_are_for_trusted_providers_where_the_agent_says_so(
        self, datadog_agent: DatadogAgentStub, monkeypatch: pytest.MonkeyPatch, option: str
    ) -> None:
        pytest.importorskip(
            'datadog_checks.base.utils.models.validation.security', reason='Agents of this base package say nothing'
        )
        monkeypatch.setitem(datadog_agent._config, 'integration_ignore_untrusted_file_params', True)
        monkeypatch.setitem(datadog_agent._config, 'integration_trusted_providers', ['file'])

        assert load_models({'agent_endpoint': URL, option: self.FILES[option]}, provider='file')
        with pytest.raises(ConfigurationError, match=option):
            load_models({'agent_endpoint': URL, option: self.FILES[option]}, provider='kubernetes')
