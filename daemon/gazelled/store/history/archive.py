"""
What is kept so that decisions can be made again: items as they were seen, and what was reported.

Verdicts aren't kept: a thousand watches would make millions of rows a week.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from gazelled.model import Event, EventKind, StreamId
from gazelled.store.codec import from_number, load_event, load_item, to_number
from gazelled.store.part import StorePart, reads
from gazelled.store.records import DeliveryState, SeenItem, WatchFindings

_AFTER_COLON = chr(ord(":") + 1)
_LAST = chr(0x10FFFF)
MOST_ITEMS = 50_000
"""So many items are kept at most, whatever their age."""


class Archive(StorePart):
    """Items and events that are kept."""

    @reads
    def items(self, stream: StreamId, since: datetime) -> list[SeenItem]:
        """Return the items of a stream that were seen since a time, in the order of being seen."""
        query = """
            SELECT stream.name, item.name, item.at, item.body
            FROM item JOIN stream ON stream.id = item.stream
            WHERE item.at >= ? AND stream.name = ? ORDER BY item.at, item.id
        """
        return _seen_items(self._db.execute(query, (to_number(since), stream)))

    @reads
    def newest_items(self, stream: StreamId, most: int) -> list[SeenItem]:
        """Return the items of a stream that were seen last, the newest first."""
        # In the order of the index on times, which holds the stream: no body is read in vain.
        query = """
            SELECT stream.name, item.name, item.at, item.body
            FROM stream CROSS JOIN item INDEXED BY item_at ON stream.id = item.stream
            WHERE stream.name = ? ORDER BY item.at DESC LIMIT ?
        """
        return _seen_items(self._db.execute(query, (stream, most)))

    @reads
    def item(self, name: str) -> list[SeenItem]:
        """Return an item as it was last seen in each stream, the earliest first."""
        query = """
            SELECT stream.name, item.name, item.at, item.body
            FROM item JOIN stream ON stream.id = item.stream
            WHERE item.name = ? ORDER BY item.at, item.id
        """
        return _seen_items(self._db.execute(query, (name,)))

    @reads
    def kept_times(self, stream: StreamId, ids: Sequence[str]) -> dict[str, datetime | None]:
        """Return when items of a stream appeared, by the ids of those that are kept."""
        times: dict[str, datetime | None] = {}
        query = """
            SELECT item.body FROM item JOIN stream ON stream.id = item.stream
            WHERE stream.name = ? AND item.name = ?
        """
        for name in ids:
            row = self._db.execute(query, (stream, name)).fetchone()
            if row:
                times[name] = load_item(name, row[0]).time
        return times

    @reads
    def revisions(self, item_id: str) -> list[str]:
        """Return the ids, kept or known, that are a thing or a revision of it, the newest first."""
        bounds = (item_id, f"{item_id}:", f"{item_id}{_AFTER_COLON}")
        of_items = """
            SELECT name FROM item WHERE name = ? OR (name >= ? AND name < ?)
            GROUP BY name ORDER BY max(at) DESC
        """
        # Each stream by itself, so that its part of the key is found without a scan.
        known = """
            SELECT item FROM stream CROSS JOIN known ON known.stream = stream.id
            AND item >= ? AND item < ? ORDER BY item DESC
        """
        rows = [*self._db.execute(of_items, bounds), *self._db.execute(known, bounds[1:])]
        return [*dict.fromkeys(name for (name,) in rows)]

    @reads
    def streams(self) -> list[StreamId]:
        """Return the streams of which items are kept."""
        query = """
            SELECT name FROM stream
            WHERE EXISTS (SELECT 1 FROM item WHERE item.stream = stream.id) ORDER BY id
        """
        return [StreamId(name) for (name,) in self._db.execute(query)]

    @reads
    def event_of(self, key: str) -> Event | None:
        """Return the event of a key, if it is still kept."""
        row = self._db.execute("SELECT body FROM event WHERE key = ?", (key,)).fetchone()
        return load_event(row[0]) if row else None

    @reads
    def newest_events(self, watch: str, most: int, skip: int = 0) -> list[Event]:
        """Return the newest events of a watch but for the first `skip`, the newest first."""
        query = """
            SELECT body FROM event WHERE key >= ? AND key < ? ORDER BY id DESC LIMIT ? OFFSET ?
        """
        bounds = (f"{watch}:", f"{watch}{_AFTER_COLON}", most, skip)
        events = [load_event(body) for (body,) in self._db.execute(query, bounds)]
        return [event for event in events if event.watch == watch]

    @reads
    def events_of(self, watch: str, since: datetime) -> list[Event]:
        """Return the events of a watch since a time, the oldest first."""
        query = "SELECT body FROM event WHERE key >= ? AND key < ? AND at >= ? ORDER BY id"
        bounds = (f"{watch}:", f"{watch}{_AFTER_COLON}", to_number(since))
        events = [load_event(body) for (body,) in self._db.execute(query, bounds)]
        return [event for event in events if event.watch == watch]

    @reads
    def times_of(self, watch: str, since: datetime) -> list[datetime]:
        """Return when events of a watch were found since a time, first looks aside, in order."""
        query = """
            SELECT at FROM event WHERE key >= ? AND key < ? AND at >= ?
            AND json_extract(body, '$.watch') = ?
            AND json_extract(body, '$.kind') <> 'first-look' ORDER BY at
        """
        bounds = (f"{watch}:", f"{watch}{_AFTER_COLON}", to_number(since), watch)
        return [from_number(at) for (at,) in self._db.execute(query, bounds)]

    @reads
    def notices(self, topics: Sequence[str], since: datetime) -> list[Event]:
        """Return the notices since a time whose topics begin in one of some ways, oldest first."""
        query = "SELECT id, body FROM event WHERE key >= ? AND key < ? AND at >= ?"
        rows = [
            row
            for topic in topics
            for row in self._db.execute(
                query, (f"notice:{topic}", f"notice:{topic}{_LAST}", to_number(since))
            )
        ]
        return [load_event(body) for _, body in sorted(rows)]

    @reads
    def findings(self, watches: Iterable[str]) -> dict[str, WatchFindings]:
        """Return how much watches found, first looks aside, by those that found anything."""
        # Counted in the index on keys; only the newest event of each is read.
        counts = """
            SELECT count(*), max(id) FROM event
            WHERE key >= ? AND key < ? AND NOT (key >= ? AND key < ?)
        """
        newest = "SELECT key, json_extract(body, '$.title'), at FROM event WHERE id = ?"
        findings: dict[str, WatchFindings] = {}
        for watch in watches:
            first = f"{watch}:{EventKind.FIRST_LOOK}"
            bounds = (f"{watch}:", f"{watch}{_AFTER_COLON}", f"{first}:", f"{first}{_AFTER_COLON}")
            count, number = self._db.execute(counts, bounds).fetchone()
            if count:
                key, title, at = self._db.execute(newest, (number,)).fetchone()
                findings[watch] = WatchFindings(count, key, title or "", from_number(at))
        return findings

    @reads
    def events_after(
        self,
        number: int,
        *,
        since: datetime | None = None,
        watch: str = "",
        kind: str = "",
        most: int = 100,
    ) -> list[tuple[int, Event]]:
        """
        Return the events that were written after the one of a number, with theirs, oldest first.

        Args:
            number: That number; 0 for the beginning.
            since: Only events that were found since a time.
            watch: Only events of a watch, or of those that `each` made of it; empty for all.
            kind: Only events of a kind; empty for all but digests.
            most: How many to return at most.

        """
        query = """
            SELECT id, body FROM event
            WHERE id > :number AND at >= :since
            AND (:watch = '' OR (
                substr(key, 1, length(:watch) + 1) = :watch || ':'
                AND json_extract(body, '$.watch') IS NOT NULL  -- and no notice
            ))
            -- Each event of a digest is here, too.
            AND CASE WHEN :kind = '' THEN json_extract(body, '$.kind') <> 'digest'
                ELSE json_extract(body, '$.kind') = :kind END
            ORDER BY id LIMIT :most
        """
        values = {
            "number": number,
            "since": 0 if since is None else to_number(since),
            "watch": watch,
            "kind": kind,
            "most": most,
        }
        rows = self._db.execute(query, values)
        return [(number, load_event(body)) for number, body in rows.fetchall()]

    @reads
    def last_event(self) -> int:
        """Return the number of the event that was written last; 0 if there is none."""
        (number,) = self._db.execute("SELECT ifnull(max(id), 0) FROM event").fetchone()
        return int(number)

    @reads
    def events_about(self, name: str) -> list[Event]:
        """Return the events that are about an item, the oldest first."""
        # The id as it stands in the body; most events are passed over without being read.
        query = "SELECT body FROM event WHERE instr(body, ?) ORDER BY id"
        rows = self._db.execute(query, (f'"id":{json.dumps(name)}',))
        events = [load_event(body) for (body,) in rows]
        return [event for event in events if any(item.id == name for item in event.items)]

    @reads
    def deliveries_of(self, event: str) -> list[DeliveryState]:
        query = """
            SELECT
                target, state, tries, due_at, settled_at, error, held, coalesce((
                    SELECT event.key FROM delivery AS other JOIN event ON event.id = other.event
                    WHERE other.id = delivery.combined
                ), '')
            FROM delivery
            WHERE event = (SELECT id FROM event WHERE key = ?) ORDER BY id
        """
        return [
            DeliveryState(
                target,
                state,
                tries,
                from_number(due_at) if settled_at is None and due_at else None,
                None if settled_at is None else from_number(settled_at),
                error,
                held,
                into,
            )
            for (
                target,
                state,
                tries,
                due_at,
                settled_at,
                error,
                held,
                into,
            ) in self._db.execute(query, (event,))
        ]


def _seen_items(rows: Iterable[tuple[str, str, int, str]]) -> list[SeenItem]:
    return [
        SeenItem(StreamId(stream), load_item(name, body), from_number(at))
        for stream, name, at, body in rows
    ]


def prune(db: sqlite3.Connection, before: datetime, most: int) -> None:
    """Let go items from before a time, the oldest beyond a number, and rules of before them."""
    moment = to_number(before)
    db.execute("DELETE FROM item WHERE at < ?", (moment,))
    db.execute(
        "DELETE FROM item WHERE id IN (SELECT id FROM item ORDER BY at DESC LIMIT -1 OFFSET ?)",
        (most,),
    )
    db.execute(
        """DELETE FROM rule WHERE EXISTS (
            SELECT 1 FROM rule AS later
            WHERE later.watch = rule.watch AND later.id > rule.id AND later.since <= ?
        )""",
        (moment,),
    )
