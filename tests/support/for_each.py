# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Rules that hold for each of many things: one test for a rule, not one for each thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature

import pytest
from _pytest.mark import ParameterSet


def for_each(
    names: str | Sequence[str], values: Iterable[object], ids: Callable[[object], str] | Iterable[str] = repr
) -> Callable:
    """
    As `pytest.mark.parametrize`, but one test for all values. It goes on after a failure and names each that fails.

    Thousands of tests that take no time cost more to collect and to report than to run.
    """
    names = [names] if isinstance(names, str) else list(names)
    values = list(values)
    labels = list(map(ids, values)) if callable(ids) else list(ids)

    def decorate(function: Callable) -> Callable:
        def test(*instance: object, **fixtures: object) -> None:
            assert values, f'there is nothing that {function.__name__} could be asked of'
            failures = []
            for value, label in zip(values, labels, strict=True):
                if isinstance(value, ParameterSet):
                    arguments, label = value.values, value.id
                else:
                    arguments = [value] if len(names) == 1 else value
                try:
                    function(*instance, **dict(zip(names, arguments, strict=True)), **fixtures)
                except pytest.skip.Exception:
                    continue
                except (Exception, pytest.fail.Exception) as e:
                    failures.append(f'--- {label}\n{type(e).__name__}: {e}')
            if failures:
                pytest.fail('\n'.join(failures), pytrace=False)

        wanted = signature(function)
        others = [parameter for name, parameter in wanted.parameters.items() if name not in names]
        test.__signature__ = wanted.replace(parameters=others)  # What pytest takes for the fixtures.
        for attribute in ('__name__', '__qualname__', '__doc__', '__module__'):
            setattr(test, attribute, getattr(function, attribute))
        test.pytestmark = getattr(function, 'pytestmark', [])
        return test

    return decorate
