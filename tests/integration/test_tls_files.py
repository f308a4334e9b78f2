# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""A file of an option for TLS that is not what it has to be: the message names the option and the file."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
from endpoints import plain
from expositions import family

from datadog_checks.cilium import CiliumCheck

AGENT = family('cilium_unreachable_nodes', 'gauge', 1)
OPTIONS = ('tls_ca_cert', 'tls_cert', 'tls_private_key')


@pytest.fixture
def agent(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert('127.0.0.1').configure_cert(context)
    return serve(plain(AGENT), tls=context)


@pytest.fixture
def files(authority, authority_file, tmp_path) -> dict[str, str]:
    """Sound files for all options."""
    certificate = authority.issue_cert('agent.datadog.test')
    certificate.cert_chain_pems[0].write_to_path(tmp_path / 'client.pem')
    certificate.private_key_pem.write_to_path(tmp_path / 'client.key')
    return {
        'tls_ca_cert': authority_file,
        'tls_cert': str(tmp_path / 'client.pem'),
        'tls_private_key': str(tmp_path / 'client.key'),
    }


def failure(failed_run, agent, options: dict) -> str:
    message = failed_run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **options}]))
    return message.splitlines()[1].removeprefix(f'`agent_endpoint` {agent.url}: ')


@pytest.mark.parametrize('option', OPTIONS)
class TestEachOption:
    def test_missing(self, option, files, agent, failed_run):
        message = failure(failed_run, agent, {**files, option: '/no/such/file.pem'})

        assert message == (
            f'`{option}`: there is no file /no/such/file.pem. In Kubernetes, mount it into the container that runs '
            'this check.'
        )

    @pytest.mark.parametrize('content', ['', '\n \n'], ids=['nothing', 'blank lines'])
    def test_empty(self, content, option, files, agent, failed_run, tmp_path):
        file = tmp_path / 'empty.pem'
        file.write_text(content)

        assert failure(failed_run, agent, {**files, option: str(file)}) == f'`{option}`: the file {file} is empty.'

    def test_something_else(self, option, files, agent, failed_run, tmp_path):
        file = tmp_path / 'other.pem'
        file.write_text('PRIVATE: CERTIFICATE')

        what = 'private key' if option == 'tls_private_key' else 'certificate'
        message = failure(failed_run, agent, {**files, option: str(file)})
        assert message == f'`{option}`: the file {file} contains no {what} in PEM format.'

    @pytest.mark.skipif(os.geteuid() == 0, reason='root reads every file')
    def test_not_readable(self, option, files, agent, failed_run, tmp_path):
        file = tmp_path / 'secret.pem'
        file.write_text('secret')
        file.chmod(0)

        message = failure(failed_run, agent, {**files, option: str(file)})

        assert message == f'`{option}`: the file {file} cannot be read: Permission denied.'

    def test_what_cannot_be_opened(self, option, files, agent, failed_run, tmp_path):
        """As a file without the permission to read it, whoever runs the tests."""
        loop = tmp_path / 'loop'
        loop.symlink_to(loop)

        message = failure(failed_run, agent, {**files, option: str(loop)})

        assert message.startswith(f'`{option}`: the file {loop} cannot be read: ')

    def test_one_that_comes_later_is_used(self, option, files, agent, failed_run, run, tmp_path):
        """A Secret may be mounted after the Agent has started."""
        late = tmp_path / 'late.pem'
        check = CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, **files, option: str(late)}])
        failed_run(check)
        late.write_bytes(Path(files[option]).read_bytes())

        run(check).assert_metric('cilium.unreachable.nodes', count=1)

    def test_without_tls_it_does_not_matter_what_it_holds(self, option, serve, run, tmp_path):
        """Another endpoint of the instance may need it."""
        agent = serve(plain(AGENT))
        (tmp_path / 'empty.pem').touch()

        run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, option: str(tmp_path / 'empty.pem')}]))


def test_a_missing_authority_does_not_matter_without_tls(serve, run):
    agent = serve(plain(AGENT))

    run(CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'tls_ca_cert': '/no/such/file.pem'}]))


def test_a_missing_certificate_without_tls(serve, failed_run):
    """`requests` insists on it."""
    agent = serve(plain(AGENT))

    assert '`tls_cert`: there is no file /no/such' in failure(failed_run, agent, {'tls_cert': '/no/such/file.pem'})


def test_a_certificate_without_its_key(files, agent, failed_run):
    del files['tls_private_key']

    assert failure(failed_run, agent, files) == (
        f'`tls_cert`: the file {files["tls_cert"]} contains no private key in PEM format. Set `tls_private_key` too.'
    )


def test_the_key_of_another_certificate(files, agent, failed_run, authority):
    authority.issue_cert('other.test').private_key_pem.write_to_path(files['tls_private_key'])

    assert failure(failed_run, agent, files).startswith(
        '`tls_ca_cert`, `tls_cert` or `tls_private_key` is unusable: [X509: KEY_VALUES_MISMATCH] '
    )


def test_a_folder_of_authorities(files, agent, failed_run, tmp_path):
    """It may be empty, and its files have names that OpenSSL chooses."""
    (tmp_path / 'authorities').mkdir()

    assert 'the certificate is not trusted' in failure(
        failed_run, agent, {**files, 'tls_ca_cert': str(tmp_path / 'authorities')}
    )


def test_certificate_and_key_in_one_file(files, agent, run, tmp_path):
    both = tmp_path / 'both.pem'
    both.write_text(Path(files['tls_cert']).read_text() + Path(files['tls_private_key']).read_text())

    run(
        CiliumCheck(
            'cilium',
            {},
            [{'agent_endpoint': agent.url, 'tls_ca_cert': files['tls_ca_cert'], 'tls_cert': str(both)}],
        )
    ).assert_metric('cilium.unreachable.nodes', count=1)
