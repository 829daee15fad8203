"""What people look for in what is kept: things, and events. All take an open database."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from gazelled.model import Event
from gazelled.store.codec import load_event, to_number

_AFTER_COLON = chr(ord(":") + 1)


def revisions(db: sqlite3.Connection, thing: str) -> list[str]:
    """Tell the ids that are a thing or a revision of it: those kept, newest first, those known."""
    given = (thing, f"{thing}:", f"{thing}{_AFTER_COLON}")
    kept = """
        SELECT name FROM item WHERE name = ? OR (name >= ? AND name < ?)
        GROUP BY name ORDER BY max(at) DESC
    """
    # Each stream by itself, so that its part of the key is found without a scan.
    known = """
        SELECT item FROM stream CROSS JOIN known ON known.stream = stream.id
        AND item >= ? AND item < ? ORDER BY item DESC
    """
    found = [*db.execute(kept, given), *db.execute(known, given[1:])]
    return [*dict.fromkeys(name for (name,) in found)]


def names(db: sqlite3.Connection) -> list[str]:
    """Name the streams of which items are kept."""
    query = """
        SELECT name FROM stream
        WHERE EXISTS (SELECT 1 FROM item WHERE item.stream = stream.id) ORDER BY id
    """
    return [name for (name,) in db.execute(query)]


def told(db: sqlite3.Connection, watch: str, since: datetime) -> list[Event]:
    """Tell the events of a watch since a time, the oldest first."""
    query = "SELECT body FROM event WHERE key >= ? AND key < ? AND at >= ? ORDER BY id"
    given = (f"{watch}:", f"{watch}{_AFTER_COLON}", to_number(since))
    found = [load_event(body) for (body,) in db.execute(query, given)]
    return [event for event in found if event.watch == watch]
