"""What must survive a restart: small texts by name, kept by whoever owns the state."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from gazelled.errors import StateError

T = TypeVar("T")


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


async def load_json(store: KeyValues, key: str, read: Callable[[Any], T]) -> T | None:
    """Return what is stored under a key, as `read` makes it of the JSON; see `parse_stored`."""
    return parse_stored(key, await store.get_kv(key), read)


def parse_stored(key: str, text: str | None, read: Callable[[Any], T]) -> T | None:
    """
    Return what `read` makes of a stored text; None for no text.

    Raises:
        StateError: If the text isn't JSON, or not what `read` expects.

    """
    if not text:
        return None
    try:
        return read(json.loads(text))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise StateError(
            f'What is stored as "{key}" is damaged. Restore a backup, or delete that entry.'
        ) from None


def as_object(stored: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an object as it is stored; an empty one in place of anything else."""
    return stored if isinstance(stored, dict) else {}


def stored_time(text: str) -> datetime:
    """Return a time as `save_json` writes it; raise ValueError if it has no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


async def save_json(store: KeyValues, key: str, data: object) -> None:
    """Keep data as JSON, times in ISO 8601; what is empty is forgotten."""
    text = json.dumps(data, default=datetime.isoformat) if data else None
    await store.set_kv(key, text)
