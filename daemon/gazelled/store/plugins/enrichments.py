"""What plugins gave items, and what they said of those that fit."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from gazelled.model import StreamId
from gazelled.store.codec import dump_fields, from_number, load_fields, to_number
from gazelled.store.part import StorePart, reads
from gazelled.store.records import Enrichment, PluginVerdict


class Enrichments(StorePart):
    """
    The fields that plugins gave items, and their vetoes and notes.

    They are written with the look that they belong to, as a `LookTransaction` says.
    """

    @reads
    def fields(self, stream: StreamId, ids: Collection[str]) -> dict[str, list[Enrichment]]:
        """Return what plugins gave items of a stream, by the items' ids."""
        query = """
            SELECT plugin, fields, tries, at FROM enrichment
            WHERE id = ? AND stream = (SELECT id FROM stream WHERE name = ?) ORDER BY plugin
        """
        enrichments: dict[str, list[Enrichment]] = {}
        for item in ids:
            for plugin, text, tries, at in self._db.execute(query, (item, stream)):
                fields = None if text is None else load_fields(text)
                enrichment = Enrichment(item, plugin, fields, tries, from_number(at))
                enrichments.setdefault(item, []).append(enrichment)
        return enrichments

    @reads
    def verdicts(self, stream: StreamId, ids: Collection[str]) -> dict[str, list[PluginVerdict]]:
        """Return what plugins said of items of a stream, the oldest first, by the items' ids."""
        query = """
            SELECT watch.name, plugin, veto, reason, at FROM verdict
            JOIN watch ON watch.id = verdict.watch
            WHERE verdict.id = ? AND stream = (SELECT id FROM stream WHERE name = ?)
            ORDER BY at, watch.name, plugin
        """
        verdicts: dict[str, list[PluginVerdict]] = {}
        for item in ids:
            for watch, plugin, veto, reason, at in self._db.execute(query, (item, stream)):
                verdict = PluginVerdict(item, watch, plugin, bool(veto), reason, from_number(at))
                verdicts.setdefault(item, []).append(verdict)
        return verdicts


def write_enrichments(
    db: sqlite3.Connection, stream: int, enrichments: Iterable[Enrichment]
) -> None:
    """Write what plugins gave items of a stream; the caller has begun a transaction."""
    db.executemany(
        """INSERT OR REPLACE INTO enrichment (stream, id, plugin, fields, tries, at)
        VALUES (?, ?, ?, ?, ?, ?)""",
        (
            (
                stream,
                enrichment.item,
                enrichment.plugin,
                None if enrichment.fields is None else dump_fields(enrichment.fields),
                enrichment.tries,
                to_number(enrichment.at),
            )
            for enrichment in enrichments
        ),
    )


def write_verdicts(
    db: sqlite3.Connection,
    stream: int,
    verdicts: Iterable[PluginVerdict],
    watches: Mapping[str, int],
) -> None:
    """Write what plugins said; `watches` has the number of each watch."""
    db.executemany(
        """INSERT OR REPLACE INTO verdict (stream, id, watch, plugin, veto, reason, at)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            (
                stream,
                verdict.item,
                watches[verdict.watch],
                verdict.plugin,
                int(verdict.veto),
                verdict.reason,
                to_number(verdict.at),
            )
            for verdict in verdicts
        ),
    )


def prune(db: sqlite3.Connection, before: datetime, most: int) -> None:
    """Let go what is older than a time or beyond a number, and is of no item that is kept."""
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
