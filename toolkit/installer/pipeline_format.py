# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Log pipelines: from the format of an integration's files to that of Datadog's API.

They differ in the spelling of keys. The API's is that of
https://docs.datadoghq.com/api/latest/logs-pipelines/#create-a-pipeline
"""

from __future__ import annotations

import re

from toolkit.installer.content import Document

_RENAMED = {
    'enabled': 'is_enabled',
    'replaceMissing': 'is_replace_missing',
}


def api_pipeline(pipeline: Document) -> Document:
    """Return a pipeline for the API, with the pipelines nested in it."""
    return {_api_key(key): _api_value(key, value) for key, value in pipeline.items()}


def _api_key(key: str) -> str:
    return _RENAMED.get(key) or re.sub('[A-Z]', lambda letter: '_' + letter[0].lower(), key)


def _api_value(key: str, value: object) -> object:
    if key == 'lookupTable' and isinstance(value, str):
        return value.splitlines()
    if isinstance(value, dict):
        return api_pipeline(value)
    if isinstance(value, list):
        return [_api_value('', item) for item in value]
    return value
