"""The store of tests: in memory, and as strict as the daemon's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from gazelled.plugin.plugin_context import Json


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
        return cast("Json", json.loads(self.values[key])) if key in self.values else default

    async def set(self, key: str, value: Json, /) -> None:
        """
        Store a value.

        Raises:
            ValueError: If it is not of JSON.

        """
        try:
            self.values[key] = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"the value of {key} is not of JSON: {error}") from error

    async def delete(self, key: str, /) -> None:
        """Remove a value, if there is one."""
        self.values.pop(key, None)

    async def keys(self, prefix: str = "", /) -> Sequence[str]:
        """Return the keys that begin so, sorted."""
        return sorted(key for key in self.values if key.startswith(prefix))
