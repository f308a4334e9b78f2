# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Endpoints behind TLS, with certificates that are made for the test."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from endpoints import TEXT_FORMAT, dripping, plain, response_head
from expositions import family, own_tags

from datadog_checks.cilium import CiliumCheck

HEALTH = 'cilium.openmetrics.health'
AGENT = family('cilium_unreachable_nodes', 'gauge', 1)
# The name in the certificate of the Hubble metrics of Cilium's Helm chart.
HUBBLE_NAME = 'default.hubble-metrics.cilium.io'


def server_context(certificate, client_authority=None):
    """Return what a server needs to show a certificate, and to ask its clients for one of an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if client_authority:
        client_authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def client_files(authority, tmp_path):
    """The options for a client certificate of the authority that the server trusts."""
    certificate = authority.issue_cert('agent.datadog.test')
    certificate.cert_chain_pems[0].write_to_path(tmp_path / 'client.pem')
    certificate.private_key_pem.write_to_path(tmp_path / 'client.key')
    return {'tls_cert': str(tmp_path / 'client.pem'), 'tls_private_key': str(tmp_path / 'client.key')}


def assert_collected(submitted, option_service, url):
    submitted.assert_metric('cilium.unreachable.nodes', value=1, tags=own_tags(option_service, url), count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, tags=own_tags(option_service, url), count=1)


def assert_refused(submitted, message, url, reason):
    """The agent's endpoint failed for this reason, and the operator's metrics arrived."""
    line = message.splitlines()[1]
    assert line.startswith(f'`agent_endpoint` {url}: ')
    assert reason in line
    tags = own_tags('cilium-agent', url)
    submitted.assert_service_check(HEALTH, CiliumCheck.CRITICAL, tags=tags, message=re.escape(reason), count=1)
    submitted.assert_service_check(HEALTH, CiliumCheck.OK, count=1)
    submitted.assert_metric('cilium.operator.unmanaged_pods', value=2, count=1)


@pytest.fixture
def operator(serve):
    return serve(plain(family('cilium_operator_unmanaged_pods', 'gauge', 2)))


@pytest.fixture
def instance(operator, authority_file):
    """Make an instance with a healthy operator beside the agent, which trusts the authority."""
    return lambda url, **options: {
        'agent_endpoint': url,
        'operator_endpoint': operator.url,
        'tls_ca_cert': authority_file,
        'timeout': 2,
        **options,
    }


def test_private_authority(serve, authority, instance, run):
    agent = serve(plain(AGENT), tls=server_context(authority.issue_cert('127.0.0.1')))

    submitted = run(CiliumCheck('cilium', {}, [instance(agent.url)]))

    assert agent.url.startswith('https://')
    assert_collected(submitted, 'cilium-agent', agent.url)


def test_client_certificate(serve, authority, instance, client_files, run):
    agent = serve(plain(AGENT), tls=server_context(authority.issue_cert('127.0.0.1'), authority))

    submitted = run(CiliumCheck('cilium', {}, [instance(agent.url, **client_files)]))

    assert_collected(submitted, 'cilium-agent', agent.url)


@pytest.mark.parametrize('version', [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=['TLS 1.2', 'TLS 1.3'])
def test_client_certificate_missing(version, serve, authority, instance, failed_run, aggregator):
    context = server_context(authority.issue_cert('127.0.0.1'), authority)
    context.maximum_version = version
    agent = serve(plain(AGENT), tls=context)

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url)]))

    reason = 'the endpoint requires a client certificate that it trusts. Set `tls_cert` and `tls_private_key`'
    assert_refused(aggregator, message, agent.url, reason)


@pytest.mark.parametrize('version', [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=['TLS 1.2', 'TLS 1.3'])
def test_client_certificate_of_another_authority(
    version, serve, authority, instance, client_files, failed_run, aggregator
):
    context = server_context(authority.issue_cert('127.0.0.1'), trustme.CA())
    context.maximum_version = version
    agent = serve(plain(AGENT), tls=context)

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, **client_files)]))

    reason = 'the endpoint requires a client certificate that it trusts. Set `tls_cert` and `tls_private_key`'
    assert_refused(aggregator, message, agent.url, reason)


def test_untrusted_authority(serve, instance, failed_run, aggregator):
    agent = serve(plain(AGENT), tls=server_context(trustme.CA().issue_cert('127.0.0.1')))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url)]))

    reason = 'the certificate is not trusted. Set `tls_ca_cert` to the file with its CA certificate'
    assert_refused(aggregator, message, agent.url, reason)


def test_a_certificate_sends_nobody_elsewhere(serve, instance, failed_run, aggregator, tmp_path):
    """
    A certificate can name a URL where that of its authority is. The base class asks there, in some versions with the
    headers of the instance.
    """
    elsewhere = serve(plain('no'))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'agent')])
    issuers = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(elsewhere.url)
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.AuthorityInformationAccess([issuers]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (tmp_path / 'server.pem').write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / 'server.pem')
    agent = serve(plain(AGENT), tls=context)

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, extra_headers={'X-Secret': 'secret'})]))

    assert_refused(aggregator, message, agent.url, 'the certificate is not trusted. Set `tls_ca_cert`')
    assert elsewhere.requests == []


def test_no_authority_configured(serve, authority, operator, failed_run, aggregator):
    agent = serve(plain(AGENT), tls=server_context(authority.issue_cert('127.0.0.1')))

    message = failed_run(
        CiliumCheck('cilium', {}, [{'agent_endpoint': agent.url, 'operator_endpoint': operator.url, 'timeout': 2}])
    )

    reason = 'the certificate is not trusted. Set `tls_ca_cert` to the file with its CA certificate'
    assert_refused(aggregator, message, agent.url, reason)


def test_tls_verify_false_trusts_everybody(serve, instance, run):
    agent = serve(plain(AGENT), tls=server_context(trustme.CA().issue_cert('127.0.0.1')))

    submitted = run(CiliumCheck('cilium', {}, [instance(agent.url, tls_ca_cert=None, tls_verify=False)]))

    assert_collected(submitted, 'cilium-agent', agent.url)


@pytest.mark.parametrize('name', [HUBBLE_NAME, '10.0.0.1'], ids=['name', 'another address'])
def test_certificate_for_another_name(name, serve, authority, instance, failed_run, aggregator):
    agent = serve(plain(AGENT), tls=server_context(authority.issue_cert(name)))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url)]))

    reason = (
        'the certificate is not valid for the host in the URL. Set the header `Host` in the option `headers` to the '
        'name in the certificate, and set `tls_use_host_header: true`'
    )
    assert_refused(aggregator, message, agent.url, reason)


def test_certificate_for_another_name_that_the_configuration_tells(serve, authority, authority_file, run):
    hubble = serve(
        plain(family('hubble_dynamic_exporter_up', 'gauge', 1)),
        tls=server_context(authority.issue_cert(HUBBLE_NAME)),
    )
    instance = {
        'hubble_endpoint': hubble.url,
        'tls_ca_cert': authority_file,
        'headers': {'Host': HUBBLE_NAME},
        'tls_use_host_header': True,
    }
    check = CiliumCheck('cilium', {}, [instance])

    for _ in range(2):
        submitted = run(check)

        submitted.assert_metric(
            'cilium.hubble.dynamic_exporter.up', value=1, tags=own_tags('hubble', hubble.url), count=1
        )
    assert [request.headers['Host'] for request in hubble.requests] == [HUBBLE_NAME] * 2


def test_a_body_that_drips_for_ever(serve, authority, instance, failed_run, aggregator):
    drip = dripping(response_head(Content_Type=TEXT_FORMAT) + AGENT.encode(), b'# and more\n', 0.05)
    agent = serve(drip, tls=server_context(authority.issue_cert('127.0.0.1')))

    message = failed_run(CiliumCheck('cilium', {}, [instance(agent.url, timeout=0.5)]))

    assert_refused(aggregator, message, agent.url, 'the response was not read and submitted within 1.5 seconds')


def test_plain_http_to_a_tls_port(serve, authority, instance, failed_run, aggregator):
    agent = serve(plain(AGENT), tls=server_context(authority.issue_cert('127.0.0.1')))
    url = agent.url.replace('https://', 'http://')

    message = failed_run(CiliumCheck('cilium', {}, [instance(url)]))

    reason = (
        'the response has the status 400 Bad Request. A server that expects TLS responds like this: try `https://` in '
        'the URL.'
    )
    assert_refused(aggregator, message, url, reason)


def test_tls_to_a_plain_port(serve, instance, failed_run, aggregator):
    agent = serve(plain(AGENT))
    url = agent.url.replace('http://', 'https://')

    message = failed_run(CiliumCheck('cilium', {}, [instance(url)]))

    assert_refused(aggregator, message, url, 'the endpoint does not speak TLS. Use `http://` in the URL')
