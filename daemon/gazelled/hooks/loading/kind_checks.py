"""Checks a kind of watch that a plugin registers, before a watch may be of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from gazelled.hooks.loading.plugin_entry import BadPluginError
from gazelled.plugin import PluginConfig
from gazelled.plugin.kinds import AnyKind
from gazelled.tracker.catalogue.actions import ACTIONS

_TYPICAL = ("browse", "account")
"""The actions, a list and a single thing, of which each kind is asked whether it fits."""

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def check_kind(kind: AnyKind) -> None:
    """
    Refuse a kind of watch that can't be asked what all kinds are asked.

    Raises:
        BadPluginError: With what is wrong.

    """
    name = getattr(kind, "name", None)
    if not (isinstance(name, str) and _KIND.fullmatch(name)):
        raise BadPluginError(f"gazelled_kinds: {name!r} is no name; write a word in lower case")
    if not (isinstance(getattr(kind, "about", None), str) and kind.about):
        raise BadPluginError(f'gazelled_kinds: "{name}" has no about, which says what it does')
    if inspect.iscoroutinefunction(kind.decide):
        raise BadPluginError(f'gazelled_kinds: decide of "{name}" must be a plain def, not async')
    if kind.keys is not None and not (
        inspect.isclass(kind.keys) and issubclass(kind.keys, PluginConfig)
    ):
        raise BadPluginError(f'gazelled_kinds: keys of "{name}" must be a subclass of PluginConfig')
    if wrong := _wrong_answers(kind):
        raise BadPluginError(f'gazelled_kinds: "{name}": {wrong}')


def _wrong_answers(kind: AnyKind) -> str:
    """Return what is wrong in what a kind says of sources; what it raises goes on."""
    texts = (kind.afterwards, kind.tried, kind.silent, *kind.requires, *kind.requires.values())
    if not all(_is_text(text) for text in texts):
        return "its sentences are no texts"
    for listing in (listing for name in _TYPICAL for listing in ACTIONS[name].listings):
        unfit: object = kind.unfit(listing)
        if not _is_text(unfit):
            return f"unfit returned {type(unfit).__name__}, expected a text"
        if unfit:
            continue
        fields: object = kind.fields_of(listing)
        if not (isinstance(fields, Mapping) and isinstance(kind.reads_whole(listing), bool)):
            return "fields_of must return fields with their types, and reads_whole a bool"
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)
