"""`context.store`: values of JSON under keys of the plugin's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from gazelled.plugin.plugin_context import Json, PluginStoreFullError
from gazelled.redact import Redactor
from gazelled.store.plugins.plugin_values import PluginValues
from gazelled.units import human_size

MOST_BYTES = 8 * 1024 * 1024
"""So many bytes a plugin may keep, keys and some bytes for each value included."""

LONGEST_KEY = 500


class StoredValues:
    """
    The values that one plugin keeps.

    Args:
        redactor: Knows the secrets of the tracker, which must not be stored.

    """

    def __init__(self, plugin: str, values: PluginValues, redactor: Redactor) -> None:
        self._plugin = plugin
        self._values = values
        self._redactor = redactor

    async def get(self, key: str, default: Json = None, /) -> Json:
        """Return a value, or the default if there is none."""
        text = await self._values.get(self._plugin, _checked(key))
        return default if text is None else cast("Json", json.loads(text))

    async def set(self, key: str, value: Json, /) -> None:
        """
        Store a value; it is on the disk afterwards.

        Raises:
            ValueError: If it is not of JSON, or holds a secret of the config.
            PluginStoreFullError: If it doesn't fit any more.

        """
        text = _text(_checked(key), value)
        if self._scrub(text) != text or self._scrub(key) != key:
            raise ValueError(
                f"{self._scrub(key)!r} or its value holds a secret of the config, which must not "
                "be stored"
            )
        if not await self._values.set(self._plugin, key, text, MOST_BYTES):
            raise PluginStoreFullError(
                f"the store of the plugin {self._plugin} is full: it may keep "
                f"{human_size(MOST_BYTES)}. Delete keys, or write larger data into context.folder"
            )

    def _scrub(self, text: str) -> str:
        """Take out what others can know of the account; a target's password may be any word."""
        return self._redactor.scrub_body(text.encode()).decode()

    async def delete(self, key: str, /) -> None:
        """Remove a value, if there is one."""
        await self._values.delete(self._plugin, _checked(key))

    async def keys(self, prefix: str = "", /) -> Sequence[str]:
        """Return the keys that begin so, sorted."""
        if not isinstance(prefix, str):
            raise TypeError(f"a prefix of keys must be a text, not {type(prefix).__name__}")
        return tuple(await self._values.keys(self._plugin, prefix))


def _checked(key: object) -> str:
    """Return a key that can be one; raise ValueError or TypeError otherwise."""
    if not isinstance(key, str):
        raise TypeError(f"a key must be a text, not {type(key).__name__}")
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key must have 1 to {LONGEST_KEY} characters, not {len(key)}")
    if "\0" in key or not _is_unicode(key):
        raise ValueError("a key must not have characters that are none")
    return key


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(key: str, value: object) -> str:
    """Return a value as JSON; raise ValueError unless it comes back as it is."""
    why = "it is not the same when it is read again"
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        if json.loads(text) == value:
            return text
    except (TypeError, ValueError, RecursionError) as error:
        why = str(error)
    raise ValueError(
        f"the value of {key!r} is not of JSON ({why}): use texts, numbers, booleans, None, lists "
        "and dicts with texts as keys"
    )
