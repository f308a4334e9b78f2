# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
"""Widgets of every kind that `datadog-api-client` knows, with a query of a metric in every place that can hold one."""

from __future__ import annotations

from collections.abc import Iterator

from datadog_api_client.model_utils import ModelComposed, ModelNormal, OpenApiModel
from datadog_api_client.v1.model.formula_and_function_metric_query_definition import (
    FormulaAndFunctionMetricQueryDefinition,
)
from datadog_api_client.v1.model.widget_definition import WidgetDefinition
from datadog_api_client.v1.model.widget_event import WidgetEvent

from toolkit.api_models.schema import Json, Type, alternatives_of, required_of


def widget_kinds() -> tuple[type[OpenApiModel], ...]:
    """Return the class of each kind of widget."""
    return alternatives_of(WidgetDefinition)


def forms(kind: type[OpenApiModel], query: str) -> Iterator[tuple[str, Json]]:
    """Yield widgets of a kind, each with the query in one place, and the path of that place."""
    yield from _forms(kind, query, '', ())


def _forms(type_: Type, query: str, path: str, within: tuple[Type, ...]) -> Iterator[tuple[str, Json]]:
    if isinstance(type_, list):
        yield from ((place, [form]) for place, form in _forms(type_[0], query, f'{path}[0]', within))
    elif isinstance(type_, type) and issubclass(type_, ModelComposed):
        for alternative in alternatives_of(type_):
            yield from _forms(alternative, query, path, within)
    # A group in a group, and events, whose `q` is no query of metrics, are left out.
    elif isinstance(type_, type) and issubclass(type_, ModelNormal) and type_ not in (*within, WidgetEvent):
        if type_ is FormulaAndFunctionMetricQueryDefinition:
            yield f'{path}.query', {**_smallest(type_), 'query': query}
            return
        for name, key in type_.attribute_map.items():
            for member in type_.openapi_types[name]:
                if key == 'q' and member is str:
                    yield f'{path}.q', {**_smallest(type_), key: query}
                for place, form in _forms(member, query, f'{path}.{key}', (*within, type_)):
                    yield place, {**_smallest(type_), key: form}


def _smallest(type_: Type) -> Json:
    """Return the smallest document of a type."""
    if isinstance(type_, list):
        return [_smallest(type_[0])]
    if isinstance(type_, dict):
        return {}
    if issubclass(type_, ModelComposed):
        return _smallest(alternatives_of(type_)[0])
    if issubclass(type_, ModelNormal):
        return {type_.attribute_map[name]: _smallest(type_.openapi_types[name][0]) for name in required_of(type_)}
    if issubclass(type_, OpenApiModel):
        return sorted(type_.allowed_values)[0] if type_.allowed_values else _smallest(type_.openapi_types['value'][0])
    return {str: 'text', int: 1, float: 1.0, bool: True, dict: {}}[type_]
