"""The commit of a look."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gazelled.model import Event, Item, Position, StreamId
from gazelled.store import outbox
from gazelled.store.codec import dump_item, to_number
from gazelled.store.records import Hole, Mark


@dataclass(frozen=True, slots=True)
class Look:
    """
    All that one look at a stream changes; it is committed as a whole or not at all.

    Attributes:
        stream: The stream.
        add: Ids that are known from now on.
        forget: Ids that aren't known any more; `add` wins over it.
        watermark: Where the stream has been seen up to.
        floor: See `StreamState`.
        begun: The watches that have had their first look at the stream.
        above: The position above which all is new to these; the watermark when None.
        events: What is worth telling, each with the names of its targets.
        gaps: Stretches that can't be recovered, as the ids around them.
        at: When it was made; what is kept has this time.
        items: Items to keep for a while as they are, so that can be told why they fit or didn't.
        marks: What watches remember from now on.
        holes: Stretches of the stream that are still to be asked for, id by id, as the ids around
            them, the oldest first: all that there are from now on; None leaves them as they are.
        rules: The text of each watch's rule, by the watch's name; it is a new version if it isn't
            what it was.

    """

    stream: StreamId
    add: Sequence[str] = ()
    forget: Sequence[str] = ()
    watermark: Position | None = None
    floor: Position | None = None
    begun: Sequence[str] = ()
    above: Position | None = None
    events: Sequence[tuple[Event, Sequence[str]]] = ()
    gaps: Sequence[tuple[str, str]] = ()
    at: datetime | None = None
    items: Sequence[Item] = ()
    marks: Sequence[Mark] = ()
    holes: Sequence[Hole] | None = None
    rules: Sequence[tuple[str, str]] = ()


def write_look(db: sqlite3.Connection, look: Look) -> None:
    """Write all that a look changes; the caller has begun a transaction."""
    stream = _stream(db, look)
    for event, targets in look.events:
        outbox.add_event(db, event, targets)
    _write_history(db, look, stream)
    db.executemany(
        "DELETE FROM known WHERE stream = ? AND item = ?", ((stream, each) for each in look.forget)
    )
    db.executemany(
        "INSERT INTO known (stream, item) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((stream, each) for each in look.add),
    )
    db.executemany(
        "INSERT INTO gap (stream, low, high) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        ((stream, low, high) for low, high in look.gaps),
    )
    if look.holes is not None:
        db.execute("DELETE FROM hole WHERE stream = ?", (stream,))
        db.executemany(
            "INSERT INTO hole (stream, low, high) VALUES (?, ?, ?)",
            ((stream, low, high) for low, high in look.holes),
        )
    db.executemany(
        "INSERT INTO watch (name) VALUES (?) ON CONFLICT DO NOTHING",
        ((watch,) for watch in {*look.begun, *(mark.watch for mark in look.marks)}),
    )
    db.executemany(
        """INSERT INTO begun (watch, stream, above) SELECT id, ?, ? FROM watch WHERE name = ?
        ON CONFLICT DO NOTHING""",
        (
            (stream, _text(look.watermark if look.above is None else look.above), watch)
            for watch in look.begun
        ),
    )
    for mark in look.marks:
        _set_mark(db, mark)
    # Where the newest entries are gone, what watches began above is new to them again.
    db.execute(
        """UPDATE begun SET above = ?
        WHERE stream = ? AND CAST(above AS REAL) > CAST(? AS REAL)""",
        (_text(look.watermark), stream, _text(look.watermark)),
    )


def _text(position: Position | None) -> str:
    return "" if position is None else str(position)


def _set_mark(db: sqlite3.Connection, mark: Mark) -> None:
    if mark.body is None:
        db.execute(
            "DELETE FROM mark WHERE watch = (SELECT id FROM watch WHERE name = ?) AND thing = ?",
            (mark.watch, mark.thing),
        )
    else:
        db.execute(
            """INSERT INTO mark (watch, thing, body) SELECT id, ?, ? FROM watch WHERE name = ?
            ON CONFLICT (watch, thing) DO UPDATE SET body = excluded.body""",
            (mark.thing, mark.body, mark.watch),
        )


def _stream(db: sqlite3.Connection, look: Look) -> int:
    """Write how far the stream has been seen, and return its number."""
    db.execute(
        """INSERT INTO stream (name, watermark, floor) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark, floor = excluded.floor""",
        (look.stream, _text(look.watermark), _text(look.floor)),
    )
    (number,) = db.execute("SELECT id FROM stream WHERE name = ?", (look.stream,)).fetchone()
    return int(number)


def _write_history(db: sqlite3.Connection, look: Look, stream: int) -> None:
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
