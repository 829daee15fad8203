"""The store of tests: in memory, and as strict as the daemon's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from gazelled.plugin.json_values import MOST_BYTES, checked_key, json_text
from gazelled.plugin.plugin_context import Json, PluginStoreFullError


class KitStore:
    """
    The store of `PluginContext`.

    Attributes:
        values: What is stored, as texts of JSON.

    """

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, key: str, default: Json = None, /) -> Json:
        """Return a value, or the default if there is none."""
        text = self.values.get(checked_key(key))
        return default if text is None else cast("Json", json.loads(text))

    async def set(self, key: str, value: Json, /) -> None:
        """
        Store a value.

        Raises:
            ValueError: If it is not of JSON.
            PluginStoreFullError: If it doesn't fit any more.

        """
        text = json_text(checked_key(key), value)
        others = (len(one) + len(self.values[one]) for one in self.values if one != key)
        if sum(others) + len(key) + len(text) > MOST_BYTES:
            raise PluginStoreFullError("the store of the plugin is full: delete keys")
        self.values[key] = json.dumps(value)

    async def delete(self, key: str, /) -> None:
        """Remove a value, if there is one."""
        self.values.pop(checked_key(key), None)

    async def keys(self, prefix: str = "", /) -> Sequence[str]:
        """Return the keys that begin so, sorted."""
        return tuple(sorted(key for key in self.values if key.startswith(prefix)))
