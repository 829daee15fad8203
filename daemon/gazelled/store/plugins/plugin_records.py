"""What is remembered of plugins themselves: crashes, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping

from gazelled.store.codec import from_number, to_number
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.records import PluginRecord

_TABLES = ("plugin_value", "plugin_state", "enrichment", "verdict")


class PluginRecords(StorePart):
    """The records of plugins, by name."""

    @reads
    def all(self) -> Mapping[str, PluginRecord]:
        """Return the records of all plugins that have one."""
        query = "SELECT plugin, at, crashes, excluded, reason FROM plugin_state ORDER BY plugin"
        return {
            plugin: PluginRecord(plugin, from_number(at), crashes, bool(excluded), reason)
            for plugin, at, crashes, excluded, reason in self._db.execute(query)
        }

    @writes
    def set(self, record: PluginRecord) -> None:
        """Write the record of a plugin over the one that it has."""
        self._db.execute(
            """INSERT OR REPLACE INTO plugin_state (plugin, crashes, excluded, reason, at)
            VALUES (?, ?, ?, ?, ?)""",
            (
                record.plugin,
                record.crashes,
                int(record.excluded),
                record.reason,
                to_number(record.at),
            ),
        )

    @writes
    def forget(self, plugin: str) -> int:
        """Delete all that a plugin keeps, gave and said; return how many rows that were."""
        return sum(
            self._db.execute(f"DELETE FROM {table} WHERE plugin = ?", (plugin,)).rowcount  # noqa: S608 - ours
            for table in _TABLES
        )
