"""
What is kept so that decisions can be made again: items as they were seen, and versions of rules.

Verdicts aren't kept: a thousand watches would make millions of rows a week. All take an open
database.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from gazelled.model import Event
from gazelled.store.codec import dump_item, from_number, load_event, load_item, to_number
from gazelled.store.records import Kept, Look, Progress, Rule

MOST_ITEMS = 50_000
"""So many items are kept at most, whatever their age."""


def commit(db: sqlite3.Connection, look: Look, stream: int) -> None:
    """Write the items of a look, and those rules that aren't what they were."""
    if look.at is None:
        if look.items or look.rules:
            raise ValueError("items and rules are kept with the time of their look")
        return
    at = to_number(look.at)
    db.executemany(
        """INSERT INTO item (stream, name, at, body) VALUES (?, ?, ?, ?)
        ON CONFLICT (name, stream) DO UPDATE SET at = excluded.at, body = excluded.body""",
        ((stream, item.id, at, dump_item(item)) for item in look.items),
    )
    for watch, text in look.rules:
        db.execute("INSERT INTO watch (name) VALUES (?) ON CONFLICT DO NOTHING", (watch,))
        (number,) = db.execute("SELECT id FROM watch WHERE name = ?", (watch,)).fetchone()
        query = "SELECT body FROM rule WHERE watch = ? ORDER BY id DESC LIMIT 1"
        if db.execute(query, (number,)).fetchone() != (text,):
            db.execute("INSERT INTO rule (watch, since, body) VALUES (?, ?, ?)", (number, at, text))


def items(db: sqlite3.Connection, stream: str, since: datetime) -> list[Kept]:
    """Tell the items of a stream that were seen since a time, in the order of being seen."""
    query = """
        SELECT stream.name, item.name, item.at, item.body
        FROM item JOIN stream ON stream.id = item.stream
        WHERE item.at >= ? AND stream.name = ? ORDER BY item.at, item.id
    """
    return _kept(db.execute(query, (to_number(since), stream)))


def kept_times(
    db: sqlite3.Connection, stream: str, ids: Sequence[str]
) -> dict[str, datetime | None]:
    """Return when items of a stream appeared, by the ids of those that are kept."""
    found: dict[str, datetime | None] = {}
    query = """
        SELECT item.body FROM item JOIN stream ON stream.id = item.stream
        WHERE stream.name = ? AND item.name = ?
    """
    for each in ids:
        row = db.execute(query, (stream, each)).fetchone()
        if row:
            found[each] = load_item(each, row[0]).time
    return found


def item(db: sqlite3.Connection, name: str) -> list[Kept]:
    """Tell an item as it was last seen in each stream, the earliest first."""
    query = """
        SELECT stream.name, item.name, item.at, item.body
        FROM item JOIN stream ON stream.id = item.stream
        WHERE item.name = ? ORDER BY item.at, item.id
    """
    return _kept(db.execute(query, (name,)))


def _kept(rows: Iterable[tuple[str, str, int, str]]) -> list[Kept]:
    return [Kept(stream, load_item(name, body), from_number(at)) for stream, name, at, body in rows]


def knowing(db: sqlite3.Connection, name: str) -> list[str]:
    """Tell the streams in which an item is known, kept or not, such as from a first look."""
    query = """
        SELECT name FROM stream WHERE EXISTS (
            SELECT 1 FROM known WHERE known.stream = stream.id AND known.item = ?
        ) ORDER BY id
    """
    return [stream for (stream,) in db.execute(query, (name,))]


def rules(db: sqlite3.Connection, watch: str) -> list[Rule]:
    """Tell the versions of a watch's rule, the oldest first."""
    query = """
        SELECT rule.body, rule.since FROM rule JOIN watch ON watch.id = rule.watch
        WHERE watch.name = ? ORDER BY rule.id
    """
    return [Rule(watch, body, from_number(since)) for body, since in db.execute(query, (watch,))]


def event_of(db: sqlite3.Connection, key: str) -> Event | None:
    """Tell the event of a key, if it is still kept."""
    row = db.execute("SELECT body FROM event WHERE key = ?", (key,)).fetchone()
    return load_event(row[0]) if row else None


def events_about(db: sqlite3.Connection, name: str) -> list[Event]:
    """Tell the events that are about an item, the oldest first."""
    # The id as it stands in the body; most events are passed over without being read.
    query = "SELECT body FROM event WHERE instr(body, ?) ORDER BY id"
    found = [load_event(body) for (body,) in db.execute(query, (f'"id":{json.dumps(name)}',))]
    return [event for event in found if any(each.id == name for each in event.items)]


def deliveries_of(db: sqlite3.Connection, event: str) -> list[Progress]:
    """Tell what became of the deliveries of an event, by its key."""
    query = """
        SELECT target, state, tries, due_at, settled_at, error FROM delivery
        WHERE event = (SELECT id FROM event WHERE key = ?) ORDER BY id
    """
    return [
        Progress(
            target,
            state,
            tries,
            from_number(due_at) if state == "pending" and due_at else None,
            None if settled_at is None else from_number(settled_at),
            error,
        )
        for target, state, tries, due_at, settled_at, error in db.execute(query, (event,))
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
