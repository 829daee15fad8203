"""Small values, each under a key."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gazelled.store.part import StorePart, reads, writes

if TYPE_CHECKING:  # completion reads the store without it
    from pydantic import TypeAdapter

T = TypeVar("T")


class KeyValueStore(StorePart):
    """Small values under their keys."""

    @reads
    def get_kv(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    @reads
    def kv_names(self, topic: str) -> set[str]:
        """Return what follows a topic and a colon in the keys that begin so."""
        query = "SELECT substr(key, ?) FROM kv WHERE key >= ? AND key < ?"
        bounds = (len(topic) + 2, f"{topic}:", f"{topic};")
        return {name for (name,) in self._db.execute(query, bounds)}

    @reads
    def kv_texts(self, *topics: str) -> dict[str, str]:
        """Return all values whose keys begin with one of the topics and a colon, under the keys."""
        query = "SELECT key, value FROM kv WHERE key >= ? AND key < ?"
        bounds = [(f"{topic}:", f"{topic};") for topic in topics]
        return {
            str(key): str(value) for pair in bounds for key, value in self._db.execute(query, pair)
        }

    @writes
    def set_kv(self, key: str, value: str | None) -> None:
        """Keep a value under a key; None deletes it."""
        write_kv(self._db, key, value)


def write_kv(db: sqlite3.Connection, key: str, value: str | None) -> None:
    """Write or delete the value of a key."""
    if value is None:
        db.execute("DELETE FROM kv WHERE key = ?", (key,))
    else:
        db.execute("INSERT OR REPLACE INTO kv (key, value) VALUES (?, ?)", (key, value))


_ADAPTERS: dict[object, TypeAdapter[Any]] = {}
"""One for each type, since to make one takes milliseconds."""


class JsonRecords(Generic[T]):
    """Values of one type as JSON, under keys that begin with one word, such as `trouble:browse`."""

    def __init__(self, store: KeyValueStore, topic: str, kind: type[T]) -> None:
        self._store = store
        self._topic = topic
        if kind not in _ADAPTERS:
            from pydantic import TypeAdapter  # noqa: PLC0415 - as above

            _ADAPTERS[kind] = TypeAdapter(kind)
        self._adapter: TypeAdapter[T] = _ADAPTERS[kind]

    async def get(self, name: str) -> T | None:
        text = await self._store.get_kv(self._key(name))
        return None if text is None else self._adapter.validate_json(text)

    async def names(self) -> set[str]:
        """Return the names of all values."""
        return await self._store.kv_names(self._topic)

    async def set(self, name: str, value: T | None) -> None:
        for key, text in self.rows(name, value).items():
            await self._store.set_kv(key, text)

    def rows(self, name: str, value: T | None) -> dict[str, str | None]:
        """Return what `set` writes, for a transaction that writes more."""
        text = None if value is None else self._adapter.dump_json(value).decode()
        return {self._key(name): text}

    def _key(self, name: str) -> str:
        return f"{self._topic}:{name}" if name else self._topic
