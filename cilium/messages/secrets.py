# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""The secrets of an instance, and keeping them out of what is told."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from logging import Logger, LoggerAdapter
from traceback import format_exc
from urllib.parse import quote, unquote_plus, urlsplit

from ..options.mappings import mapping_in

HIDDEN = '***'
SHORTEST = 4
"""Characters. Shorter values occur in ordinary words: hiding them would make messages unreadable."""

PUBLIC_HEADERS = frozenset({'accept', 'accept-encoding', 'connection', 'content-type', 'host', 'user-agent'})
"""Headers without secrets. Messages show their values, such as the name in a certificate."""

_CREDENTIAL = re.compile(
    r'token|secret|passw|passphrase|signature|credential|authori[sz]|authent|(?:api|access|private)key'
    r'|(?<![a-z])(?:o?auth|key|sig|pass|pw|pwd|jwt|sas)(?![a-z])'
)


def looks_like_credential(name: str) -> bool:
    """Tell whether a parameter with this name is likely a secret, such as `api_key`, `X-Amz-Signature` or `sig`."""
    return _CREDENTIAL.search(name.lower()) is not None


def parameters(query: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a URL's query, decoded."""
    for parameter in re.split('[&;]', query):
        name, _, value = parameter.partition('=')
        yield unquote_plus(name), unquote_plus(value)


def without_query(url: str) -> str:
    """Return a URL for messages, without its query, which may contain secrets."""
    address, mark, _ = url.partition('?')
    return f'{address}?...' if mark else address


class Secrets:
    """Values to hide in messages."""

    def __init__(self, values: Iterable[object] = ()) -> None:
        self._spellings: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: object) -> None:
        """Add a value, in every spelling in which errors quote it."""
        text = str(value).strip()
        if len(text) >= SHORTEST:
            self._spellings |= {text, repr(text)[1:-1], ascii(text)[1:-1], quote(text), quote(text, safe='')}

    def add_header(self, value: object) -> None:
        """Add the value of a header, and the part after a word such as `Bearer`."""
        self.add(value)
        self.add(str(value).rpartition(' ')[2])

    def hide(self, text: str) -> str:
        """Return a text with the secrets replaced."""
        for spelling in sorted(self._spellings, key=len, reverse=True):
            text = text.replace(spelling, HIDDEN)
        return text


def secrets_of(config: Mapping[str, object]) -> Secrets:
    """Return the secrets in a scraper configuration from `scraper_config`."""
    secrets = Secrets(config.get(option) or '' for option in ('password', 'tls_private_key_password'))
    if config.get('password') is not None:
        pair = f'{config.get("username")}:{config["password"]}'
        secrets.add(b64encode(pair.encode()).decode())
    for option in ('headers', 'extra_headers'):
        for name, value in mapping_in(config, option).items():
            if str(name).lower() not in PUBLIC_HEADERS:
                secrets.add_header(value)
    secrets.add(urlsplit(str(config['openmetrics_endpoint'])).query)
    for value in _secrets_of_reader(mapping_in(mapping_in(config, 'auth_token'), 'reader')):
        secrets.add(value)
    return secrets


def _secrets_of_reader(reader: Mapping[str, object]) -> Iterator[object]:
    """Yield the secrets in the settings of a token reader."""
    for name, value in reader.items():
        if isinstance(value, Mapping):
            yield from _secrets_of_reader(value)
        elif looks_like_credential(str(name)):
            yield value
        elif isinstance(value, str) and '?' in value:
            yield value.partition('?')[2]


class HidingLog(LoggerAdapter[LoggerAdapter[Logger]]):
    """A log that hides secrets in messages and tracebacks."""

    def __init__(self, log: LoggerAdapter[Logger], secrets: Secrets) -> None:
        super().__init__(log)
        self._secrets = secrets

    def log(self, level: int, msg: object, *args: object, exc_info: object = None, **_: object) -> None:
        if not self.isEnabledFor(level):
            return
        text = str(msg) % args if args else str(msg)
        if exc_info:
            text = f'{text}\n{format_exc()}'
        self.logger.log(level, '%s', self._secrets.hide(text))
