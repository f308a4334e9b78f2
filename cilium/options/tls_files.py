# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Checks certificate and key files. The base package ignores missing ones, and the error would blame the endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .unusable import UnusableOption

OPTIONS = ('tls_ca_cert', 'tls_cert', 'tls_private_key')

# https://www.rfc-editor.org/rfc/rfc7468#section-4
_CERTIFICATE = b'CERTIFICATE-----'
_KEY = b'PRIVATE KEY-----'
MAX_BYTES = 16 * 1024 * 1024
"""A device file is endless. Bundles of all public CAs have less than a MB."""


def check_tls_files(config: Mapping[str, object], is_https: bool) -> None:
    """Raise `UnusableOption` for an option whose file is missing or invalid. The message names both."""
    paths = {option: path for option in OPTIONS if isinstance(path := config.get(option), str)}
    if not is_https:  # `requests` wants the client's files to be there all the same.
        for option in OPTIONS[1:]:
            if option in paths and not Path(paths[option]).exists():
                raise _missing(option, paths[option])
        return
    contents = {option: content for option, path in paths.items() if (content := _content(option, path)) is not None}
    for option in ('tls_ca_cert', 'tls_cert'):
        if option in contents and _CERTIFICATE not in contents[option]:
            raise UnusableOption(f'`{option}`: the file {config[option]} contains no certificate in PEM format')
    key_option = 'tls_private_key' if 'tls_private_key' in contents else 'tls_cert'
    if 'tls_cert' in contents and _KEY not in contents[key_option]:
        fault = f'`{key_option}`: the file {config[key_option]} contains no private key in PEM format'
        raise UnusableOption(fault if 'tls_private_key' in contents else f'{fault}. Set `tls_private_key` too')


def _content(option: str, path: str) -> bytes | None:
    """Return the content of an option's file, or None for a folder of CAs. Raises `UnusableOption`."""
    file = Path(path).expanduser()
    if option == 'tls_ca_cert' and file.is_dir():
        return None
    try:
        with file.open('rb') as stream:
            content = stream.read(MAX_BYTES)
    except FileNotFoundError:
        raise _missing(option, path) from None
    except OSError as e:
        raise UnusableOption(f'`{option}`: the file {path} cannot be read: {e.strerror}') from e
    if not content.strip():
        raise UnusableOption(f'`{option}`: the file {path} is empty')
    return content


def _missing(option: str, path: str) -> UnusableOption:
    return UnusableOption(
        f'`{option}`: there is no file {path}. In Kubernetes, mount it into the container that runs this check'
    )
