"""The transaction of a look: all that it changes, collected bit by bit and committed at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gazelled.model import Event, Item, Position, StreamId
from gazelled.store import outbox
from gazelled.store.codec import dump_item, to_number
from gazelled.store.kv import write_kv
from gazelled.store.plugins.enrichments import write_enrichments, write_verdicts
from gazelled.store.records import Enrichment, Hole, MarkChanges, PluginVerdict, StreamState


@dataclass(slots=True)
class LookTransaction:
    """
    All that one look at a stream changes; it is committed as a whole or not at all.

    Attributes:
        at: When it was made; what is kept has this time.
        watermark: The newest position of the last look.
        floor: The position up to which everything counts as known.
        known: Ids that are known from now on.
        forgotten: Ids that aren't known any more; `known` wins over it.
        items: Items to keep for a while, so that it can be explained why they fit or didn't.
        begun: The watches that have had their first look at the stream.
        above: The position above which all is new to these; the watermark when None.
        events: What is reported, each with the names of its targets.
        rules: The text of each watch's rule, by the watch's name; it is a new version if it isn't
            what it was.
        gaps: Stretches that can't be recovered, as the ids around them.
        holes: All that is still to be asked for, id by id, the oldest first; None leaves it as it
            is.
        values: Small values to keep under their keys; None deletes one.
        enrichments: What plugins gave items, or how often they tried; it replaces the earlier.
        verdicts: What plugins said of items that fit; it replaces the earlier.
        request: Its id in the log, which its events keep.

    """

    stream: StreamId
    at: datetime | None = None
    watermark: Position | None = None
    floor: Position | None = None
    known: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    above: Position | None = None
    events: list[tuple[Event, Sequence[str]]] = field(default_factory=list)
    marks: list[MarkChanges] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    gaps: list[tuple[str, str]] = field(default_factory=list)
    holes: Sequence[Hole] | None = None
    values: dict[str, str | None] = field(default_factory=dict)
    enrichments: list[Enrichment] = field(default_factory=list)
    verdicts: list[PluginVerdict] = field(default_factory=list)
    request: str = ""

    def changes(self, before: StreamState) -> bool:
        """Return whether it changes anything: most looks find nothing new, and write nothing."""
        moved = (self.watermark, self.floor) != (before.watermark, before.floor)
        collected = (
            self.known,
            self.forgotten,
            self.items,
            self.begun,
            self.events,
            self.marks,
            self.rules,
            self.gaps,
            self.values,
            self.enrichments,
            self.verdicts,
        )
        return moved or not before.begun or self.holes is not None or any(collected)


def write_look(db: sqlite3.Connection, look: LookTransaction) -> list[outbox.Addressed]:
    """Write all that a look changes in a transaction that has begun; return its new events."""
    stream = _write_stream(db, look)
    events = [(replace(event, request=look.request), names) for event, names in look.events]
    new_events = outbox.add_events(db, events)
    _write_items(db, look, stream)
    _write_watches(db, look, stream)
    write_enrichments(db, stream, look.enrichments)
    write_verdicts(db, stream, look.verdicts)
    for key, value in look.values.items():
        write_kv(db, key, value)
    return new_events


def _write_stream(db: sqlite3.Connection, look: LookTransaction) -> int:
    db.execute(
        """INSERT INTO stream (name, watermark, floor) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark, floor = excluded.floor""",
        (look.stream, _text(look.watermark), _text(look.floor)),
    )
    (stream,) = db.execute("SELECT id FROM stream WHERE name = ?", (look.stream,)).fetchone()
    # First what is forgotten: an id that was given again is forgotten, and known as another thing.
    db.executemany(
        "DELETE FROM known WHERE stream = ? AND item = ?", ((stream, id_) for id_ in look.forgotten)
    )
    db.executemany(
        "INSERT INTO known (stream, item) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((stream, id_) for id_ in look.known),
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
    return int(stream)


def _write_items(db: sqlite3.Connection, look: LookTransaction, stream: int) -> None:
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
    for watch, text in look.rules.items():
        number = _watch(db, watch)
        query = "SELECT body FROM rule WHERE watch = ? ORDER BY id DESC LIMIT 1"
        if db.execute(query, (number,)).fetchone() != (text,):
            db.execute("INSERT INTO rule (watch, since, body) VALUES (?, ?, ?)", (number, at, text))


def _write_watches(db: sqlite3.Connection, look: LookTransaction, stream: int) -> None:
    """Write which watches had their first look, and what watches remember."""
    above = _text(look.watermark if look.above is None else look.above)
    db.executemany(
        "INSERT INTO begun (watch, stream, above) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(_watch(db, watch), stream, above) for watch in look.begun],
    )
    for marks in look.marks:
        _write_marks(db, marks)
    # Where the newest entries are gone, what watches began above is new to them again.
    db.execute(
        """UPDATE begun SET above = ?
        WHERE stream = ? AND CAST(above AS REAL) > CAST(? AS REAL)""",
        (_text(look.watermark), stream, _text(look.watermark)),
    )


def _write_marks(db: sqlite3.Connection, marks: MarkChanges) -> None:
    watch = _watch(db, marks.watch)
    db.execute("DELETE FROM mark WHERE watch = ? AND scope <> ?", (watch, marks.scope))
    db.executemany(
        "DELETE FROM mark WHERE watch = ? AND scope = ? AND thing = ?",
        [(watch, marks.scope, thing) for thing, mark in marks.changes.items() if mark is None],
    )
    db.executemany(
        """INSERT INTO mark (watch, scope, thing, state, body) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET state = excluded.state, body = excluded.body""",
        [
            (watch, marks.scope, thing, mark.state.value, mark.body)
            for thing, mark in marks.changes.items()
            if mark
        ],
    )


def _watch(db: sqlite3.Connection, name: str) -> int:
    """Return the number of a watch, which gets one when it is met first."""
    db.execute("INSERT INTO watch (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    (number,) = db.execute("SELECT id FROM watch WHERE name = ?", (name,)).fetchone()
    return int(number)


def _text(position: Position | None) -> str:
    return "" if position is None else str(position)
