"""What plugins gave items, and what they said of those that fit."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime

from gazelled.model import StreamId
from gazelled.store.codec import dump_fields, from_number, load_fields, to_number
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.records import Enrichment, PluginVerdict


class Enrichments(StorePart):
    """
    The fields that plugins gave items, and their vetoes and notes.

    They are written as soon as a plugin gave them, so that it isn't asked again after a crash. Of a
    stream that has had no look yet they are written with its first one, as `LookTransaction` says.
    """

    @writes
    def keep_fields(self, stream: StreamId, enrichments: Collection[Enrichment]) -> None:
        """Write what plugins gave items of a stream; nothing before its first look."""
        if (number := _number(self._db, stream)) is not None:
            write_enrichments(self._db, number, enrichments)

    @writes
    def keep_verdicts(self, stream: StreamId, verdicts: Collection[PluginVerdict]) -> None:
        """Write what plugins said of items of a stream; nothing before its first look."""
        if (number := _number(self._db, stream)) is not None:
            write_verdicts(self._db, number, verdicts)

    @reads
    def fields(self, stream: StreamId, ids: Collection[str]) -> dict[str, list[Enrichment]]:
        """Return what plugins gave items of a stream, by the items' ids."""
        query = """
            SELECT plugin, fields, tries, at, error FROM enrichment
            WHERE id = ? AND stream = (SELECT id FROM stream WHERE name = ?) ORDER BY plugin
        """
        enrichments: dict[str, list[Enrichment]] = {}
        for item in ids:
            for plugin, text, tries, at, error in self._db.execute(query, (item, stream)):
                fields = None if text is None else load_fields(text)
                enrichment = Enrichment(item, plugin, fields, tries, from_number(at), error)
                enrichments.setdefault(item, []).append(enrichment)
        return enrichments

    @reads
    def verdicts(self, stream: StreamId, ids: Collection[str]) -> dict[str, list[PluginVerdict]]:
        """Return what plugins said of items of a stream, the oldest first, by the items' ids."""
        query = """
            SELECT watch.name, plugin, veto, reason, at, digest FROM verdict
            JOIN watch ON watch.id = verdict.watch
            WHERE verdict.id = ? AND stream = (SELECT id FROM stream WHERE name = ?)
            ORDER BY at, watch.name, plugin
        """
        verdicts: dict[str, list[PluginVerdict]] = {}
        for item in ids:
            for watch, plugin, veto, reason, at, digest in self._db.execute(query, (item, stream)):
                verdict = PluginVerdict(
                    *(item, watch, plugin, bool(veto), reason, from_number(at), digest)
                )
                verdicts.setdefault(item, []).append(verdict)
        return verdicts


def write_enrichments(
    db: sqlite3.Connection, stream: int, enrichments: Iterable[Enrichment]
) -> None:
    """Write what plugins gave items of a stream; the caller has begun a transaction."""
    db.executemany(
        """INSERT OR REPLACE INTO enrichment (stream, id, plugin, fields, tries, at, error)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            (
                stream,
                enrichment.item,
                enrichment.plugin,
                None if enrichment.fields is None else dump_fields(enrichment.fields),
                enrichment.tries,
                to_number(enrichment.at),
                enrichment.error,
            )
            for enrichment in enrichments
        ),
    )


def write_verdicts(
    db: sqlite3.Connection, stream: int, verdicts: Collection[PluginVerdict]
) -> None:
    """Write what plugins said of items of a stream; the caller has begun a transaction."""
    db.executemany(
        "INSERT INTO watch (name) VALUES (?) ON CONFLICT DO NOTHING",
        [(name,) for name in {verdict.watch for verdict in verdicts}],
    )
    db.executemany(
        """INSERT OR REPLACE INTO verdict (stream, id, watch, plugin, veto, reason, at, digest)
        VALUES (?, ?, (SELECT id FROM watch WHERE name = ?), ?, ?, ?, ?, ?)""",
        (
            (
                stream,
                verdict.item,
                verdict.watch,
                verdict.plugin,
                int(verdict.veto),
                verdict.reason,
                to_number(verdict.at),
                verdict.digest,
            )
            for verdict in verdicts
        ),
    )


def _number(db: sqlite3.Connection, stream: StreamId) -> int | None:
    row = db.execute("SELECT id FROM stream WHERE name = ?", (stream,)).fetchone()
    return row[0] if row else None


def prune(db: sqlite3.Connection, before: datetime, most: int) -> None:
    """Delete what is older than a time or beyond a number, and is of no item that is kept."""
    for table in ("enrichment", "verdict"):
        db.execute(
            f"""DELETE FROM {table}
            WHERE NOT EXISTS (
                SELECT 1 FROM item WHERE item.name = {table}.id AND item.stream = {table}.stream
            )
            AND at < max(?, coalesce(
                (SELECT at FROM {table} ORDER BY at DESC LIMIT 1 OFFSET ?), 0
            ))""",  # noqa: S608 - ours
            (to_number(before), most),
        )
