"""`context.store`: values of JSON under keys of the plugin's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from gazelled.plugin.json_values import MOST_BYTES, checked_key, json_text
from gazelled.plugin.plugin_context import Json, PluginStoreFullError
from gazelled.redact import Redactor
from gazelled.store.plugins.plugin_values import PluginValues
from gazelled.units import human_size


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
        text = await self._values.get(self._plugin, checked_key(key))
        return default if text is None else cast("Json", json.loads(text))

    async def set(self, key: str, value: Json, /) -> None:
        """
        Store a value; it is on the disk afterwards.

        Raises:
            ValueError: If it is not of JSON, or holds a secret of the config.
            PluginStoreFullError: If it doesn't fit any more.

        """
        text = json_text(checked_key(key), value)
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
        await self._values.delete(self._plugin, checked_key(key))

    async def keys(self, prefix: str = "", /) -> Sequence[str]:
        """Return the keys that begin so, sorted."""
        if not isinstance(prefix, str):
            raise TypeError(f"a prefix of keys must be a text, not {type(prefix).__name__}")
        return tuple(await self._values.keys(self._plugin, prefix))
