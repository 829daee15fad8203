"""Freezing: what every plugin is shown must not be changed by one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from gazelled.model import Answer


def frozen(answer: Answer) -> Answer:
    """Return the answer with a payload that can't be changed."""
    return replace(answer, payload=_freeze(answer.payload))


def _freeze(value: object) -> object:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _freeze(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_freeze(inner) for inner in value)
    return value
