"""Values that plugins keep, each plugin under keys of its own."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.store.part import StorePart, reads, writes

ROW = 32
"""Bytes that a row counts beside its key and value, so that many small ones count, too."""


class PluginValues(StorePart):
    """Texts by plugin and key."""

    @reads
    def get(self, plugin: str, key: str) -> str | None:
        """Return the value of a key; None if there is none."""
        query = "SELECT value FROM plugin_value WHERE plugin = ? AND key = ?"
        row = self._db.execute(query, (plugin, key)).fetchone()
        return None if row is None else str(row[0])

    @writes
    def set(self, plugin: str, key: str, value: str, most: int) -> bool:
        """
        Write the value of a key, unless the plugin then kept more than so many bytes.

        Returns:
            Whether it was written. If not, nothing was changed.

        """
        size = len(key.encode()) + len(value.encode()) + ROW
        (others,) = self._db.execute(
            "SELECT coalesce(sum(size), 0) FROM plugin_value WHERE plugin = ? AND key <> ?",
            (plugin, key),
        ).fetchone()
        if others + size > most:
            return False
        self._db.execute(
            """INSERT INTO plugin_value (plugin, key, size, value) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET size = excluded.size, value = excluded.value""",
            (plugin, key, size, value),
        )
        return True

    @writes
    def delete(self, plugin: str, key: str) -> bool:
        """Delete a key; return whether it was there."""
        query = "DELETE FROM plugin_value WHERE plugin = ? AND key = ?"
        return self._db.execute(query, (plugin, key)).rowcount > 0

    @reads
    def keys(self, plugin: str, prefix: str) -> list[str]:
        """Return the keys that begin with a text, sorted."""
        query = """
            SELECT key FROM plugin_value WHERE plugin = ? AND substr(key, 1, ?) = ? ORDER BY key
        """
        return [key for (key,) in self._db.execute(query, (plugin, len(prefix), prefix))]

    @reads
    def sizes(self) -> Mapping[str, int]:
        """Return how many bytes each plugin keeps, those without any left out."""
        query = "SELECT plugin, sum(size) FROM plugin_value GROUP BY plugin ORDER BY plugin"
        return dict(self._db.execute(query).fetchall())
