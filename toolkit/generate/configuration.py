# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""
Write the configuration files that are made from `assets/configuration/spec.yaml`.

They are `conf.yaml.example` and `auto_conf.yaml` in `cilium/data/`, and the models in `cilium/config_models/`, against
which the Agent validates what users write. `datadog-checks-dev` makes them. Its version counts: templates and models
change between releases, so `requirements/` pins the one that the pinned `ddev` uses too.
"""

from __future__ import annotations

import runpy
from pathlib import Path

from datadog_checks.dev.tooling.configuration import ConfigSpec
from datadog_checks.dev.tooling.configuration.consumers import ExampleConsumer, ModelConsumer
from datadog_checks.dev.tooling.constants import set_root
from toolkit.checkout import ROOT
from toolkit.definitions import DefinitionError

CHECK = 'cilium'
HEADER = """\
# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
# This file is generated from assets/configuration/spec.yaml: `make assets`.
"""
WRITTEN_BY_HAND = 'validators.py'
AS_CLASS_METHOD = (
    '    def _final_validation(cls, model):\n'
    "        return validation.core.check_model(getattr(validators, 'check_{0}', identity)(model))\n"
)
AS_METHOD = (
    '    def _final_validation(self):\n'
    "        return validation.core.check_model(getattr(validators, 'check_{0}', identity)(self))\n"
)
"""
How the templates write the last validator of the model `{0}`, and how pydantic wants it. Since 2.12 it warns of the
other form: https://docs.pydantic.dev/latest/concepts/validators/#model-after-validator
`ddev validate models` insists on that form, so `toolkit/validation/ddev_view.py` writes it back in the view.
"""


def configuration_files() -> dict[Path, str]:
    """Return the text of each file. Raises `DefinitionError`."""
    set_root(str(ROOT))  # Models are formatted with the settings of the project, wherever this program is installed.
    text = (ROOT / 'assets/configuration/spec.yaml').read_text(encoding='utf-8')
    version = runpy.run_path(str(ROOT / CHECK / '__about__.py'))['__version__']
    spec = ConfigSpec(text, source=CHECK, version=version)
    spec.load()
    _raise_for(spec.errors)
    assert spec.data is not None  # It is None where there are errors.

    files: dict[Path, str] = {}
    for name, (content, errors) in ExampleConsumer(spec.data).render().items():
        _raise_for(errors)
        files[ROOT / CHECK / 'data' / name] = content
    models: dict[str, tuple[str, list[str]]]
    models = ModelConsumer(spec.data).render()[f'{CHECK}.yaml']  # type: ignore[assignment]  # It says str for the tuple.
    for name, (content, errors) in models.items():
        _raise_for(errors)
        if content and name != WRITTEN_BY_HAND:
            files[ROOT / CHECK / 'config_models' / name] = HEADER + _without_deprecated(content, Path(name).stem)
    return files


def configuration_files_there() -> list[Path]:
    """Return the files that are there now, but for the one that is written by hand."""
    found = (*(ROOT / CHECK / 'data').glob('*.yaml*'), *(ROOT / CHECK / 'config_models').glob('*.py'))
    return [path for path in found if path.name != WRITTEN_BY_HAND]


def _without_deprecated(content: str, model: str) -> str:
    return content.replace(AS_CLASS_METHOD.format(model), AS_METHOD.format(model))


def _raise_for(errors: list[str]) -> None:
    if errors:
        raise DefinitionError('\n'.join(('assets/configuration/spec.yaml:', *errors)))
