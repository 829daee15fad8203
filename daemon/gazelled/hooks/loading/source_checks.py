"""Checks a source that a plugin registers, before a watch may ask it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import SecretStr

from gazelled.fields import AGE, SIZE, TAGS, FieldType
from gazelled.hooks.loading.plugin_entry import BadPluginError
from gazelled.plugin import PluginConfig
from gazelled.plugin.sources import AnySource
from gazelled.tracker.catalogue.actions import ACTIONS

LONGEST_POLL = 600.0
"""Seconds that a source may take at most."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_ORDERS = {"id", "time", "whole", "value"}
_OWN_TYPES = {"size": SIZE, "tags": TAGS, "age": AGE}
"""The types of the fields that an item has itself."""


def check_source(source: AnySource) -> None:
    """
    Refuse a source that can't be asked.

    Raises:
        BadPluginError: With what is wrong.

    """
    name = getattr(source, "name", None)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise BadPluginError(f"gazelled_sources: {name!r} is no name; write a word in lower case")
    if name in ACTIONS:
        raise BadPluginError(
            f'gazelled_sources: "{name}" is an action of the tracker; give the source another name'
        )
    wrong = _wrong_options(source) or _wrong_fields(source) or _wrong_rest(source)
    if wrong:
        raise BadPluginError(f'gazelled_sources: "{name}": {wrong}')


def _wrong_options(source: AnySource) -> str:
    model = getattr(source, "options", None)
    if not (inspect.isclass(model) and issubclass(model, PluginConfig)):
        return "its options must be a subclass of PluginConfig, or PluginConfig if it has none"
    for name, field in model.model_fields.items():
        if SecretStr in {field.annotation, *get_args(field.annotation)}:
            return (
                f"its option {name} is a secret, which would stand in names and the state; it"
                " belongs to the plugin's own options"
            )
    return ""


def _wrong_fields(source: AnySource) -> str:
    fields: Mapping[Any, object] = source.fields
    for name, type_ in fields.items():
        if not (isinstance(name, str) and name.isascii() and name.isidentifier()):
            return f"{name!r} is no name of a field"
        if not isinstance(type_, FieldType):
            return f"the type of its field {name} must be one of those in gazelled.plugin"
        if name == "title":
            return "title is a field of every item; leave it out"
        if name in _OWN_TYPES and type_ is not _OWN_TYPES[name]:
            return f"its field {name} is of the type {_OWN_TYPES[name].name}"
    return ""


def _wrong_rest(source: AnySource) -> str:
    if not (isinstance(getattr(source, "about", None), str) and source.about):
        return "it has no about, which says what it returns"
    if not inspect.iscoroutinefunction(source.poll):
        return "its poll must be async def: it would block the daemon"
    if source.order not in _ORDERS:
        return f'its order is {source.order!r}, expected "id", "time", "whole" or "value"'
    if not str(source.item or ""):
        return "its item is no word"
    if not 0 < source.timeout <= LONGEST_POLL:
        return f"its timeout is not between 0 and {LONGEST_POLL:.0f} seconds"
    return ""
