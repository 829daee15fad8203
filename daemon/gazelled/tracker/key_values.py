"""What must survive a restart: small texts by name, kept by whoever owns the state."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class KeyValues(Protocol):
    """Keeps small texts by name."""

    async def get_kv(self, key: str) -> str | None:
        """Return what was set last; None for nothing."""

    async def set_kv(self, key: str, value: str | None) -> None:
        """Keep a text; None forgets it."""


class InMemoryStore:
    """Keeps texts as long as the process lasts, for scripts."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    async def get_kv(self, key: str) -> str | None:
        return self._texts.get(key)

    async def set_kv(self, key: str, value: str | None) -> None:
        if value is None:
            self._texts.pop(key, None)
        else:
            self._texts[key] = value


async def load_json(store: KeyValues, key: str) -> Any:  # noqa: ANN401 - as JSON is
    """Return the data under a key; None for none."""
    return json.loads(await store.get_kv(key) or "null")


async def save_json(store: KeyValues, key: str, data: object) -> None:
    """Keep data as JSON, times in ISO 8601; what is empty is forgotten."""
    text = json.dumps(data, default=datetime.isoformat) if data else None
    await store.set_kv(key, text)
