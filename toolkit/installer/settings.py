# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Where to install, and the keys for it: read from the environment, never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datadog_api_client import Configuration

KEYS = ('DD_API_KEY', 'DD_APP_KEY')
SHORTEST_KEY = 8
"""Characters. Keys of Datadog have 32 and more. Something shorter would be masked in the middle of words."""
SITES: Sequence[str] = tuple(
    dict.fromkeys(Configuration().get_host_settings()[0]['variables']['site']['enum_values']),
)
"""The sites that the client of Datadog knows."""


class SettingsError(ValueError):
    """A setting is missing or wrong. The message names it and never holds a key."""


@dataclass(frozen=True)
class Settings:
    """Where to install, and the keys for it."""

    api_key: str = field(repr=False)
    app_key: str = field(repr=False)
    site: str

    def without_keys(self, text: str) -> str:
        """Return the text with the keys replaced."""
        masks = {self.api_key: '<DD_API_KEY>', self.app_key: '<DD_APP_KEY>'}
        # The longer one first: it may hold the other.
        keys = sorted((key for key in masks if len(key) >= SHORTEST_KEY), key=len, reverse=True)
        return re.sub('|'.join(map(re.escape, keys)), lambda found: masks[found[0]], text) if keys else text

    def page(self, path: str) -> str:
        """Return the address of a page of Datadog for people."""
        return page(self.site, path)


def page(site: str, path: str) -> str:
    """Return the address of a page of Datadog for people."""
    # The two oldest sites and the first one for governments have a host for it, the others do not:
    # https://docs.datadoghq.com/getting_started/site/
    host = site if site.count('.') > 1 else f'app.{site}'
    return f'https://{host}{path}'


def read_settings(environment: Mapping[str, str]) -> Settings:
    """
    Read `DD_API_KEY`, `DD_APP_KEY` and `DD_SITE`, which is `datadoghq.com` unless it is set.

    Raises `SettingsError`.
    """
    for name in KEYS:
        if not environment.get(name):
            raise SettingsError(f'{name} is not set. The keys are made in Datadog under Organization Settings')
        # Others cannot be sent as a header, and the error about it would show the key.
        if not re.fullmatch('[!-~]+', environment[name]):
            raise SettingsError(f'{name} holds a character that no key has. Check for blanks and line breaks')
        if len(environment[name]) < SHORTEST_KEY:
            raise SettingsError(
                f'{name} is not a key: it has fewer than {SHORTEST_KEY} characters. Was it pasted whole?'
            )
    return Settings(environment['DD_API_KEY'], environment['DD_APP_KEY'], read_site(environment))


def read_site(environment: Mapping[str, str]) -> str:
    """Read `DD_SITE`, which is `datadoghq.com` unless it is set. Raises `SettingsError`."""
    site = environment.get('DD_SITE') or 'datadoghq.com'
    if site not in SITES:
        # Without the value: it may be a key in the wrong place.
        raise SettingsError(f'DD_SITE is not a site of Datadog. It must be one of {", ".join(SITES)}')
    return site
