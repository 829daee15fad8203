"""What is known of the streams: ids, watermarks, first looks, gaps. All take an open database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gazelled.store import history, outbox
from gazelled.store.records import Look, StreamState


def state(db: sqlite3.Connection, name: str) -> StreamState:
    """Tell how far a stream has been seen."""
    row = db.execute("SELECT watermark, floor FROM stream WHERE name = ?", (name,)).fetchone()
    return StreamState(name, row[0], row[1], begun=True) if row else StreamState(name)


def known(db: sqlite3.Connection, stream: str, ids: Sequence[str]) -> set[str]:
    """Tell which of the ids have been seen in the stream."""
    row = db.execute("SELECT id FROM stream WHERE name = ?", (stream,)).fetchone()
    if row is None:
        return set()
    query = "SELECT 1 FROM known WHERE stream = ? AND item = ?"
    return {each for each in ids if db.execute(query, (row[0], each)).fetchone()}


def begun(db: sqlite3.Connection, stream: str) -> set[str]:
    """Tell which watches have had their first look at the stream."""
    query = """
        SELECT watch.name FROM begun
        JOIN watch ON watch.id = begun.watch
        JOIN stream ON stream.id = begun.stream
        WHERE stream.name = ?
    """
    return {watch for (watch,) in db.execute(query, (stream,)).fetchall()}


def commit(db: sqlite3.Connection, look: Look) -> None:
    """Write all that a look changes; the caller has begun a transaction."""
    stream = _stream(db, look)
    for event, targets in look.events:
        outbox.add(db, event, targets)
    history.commit(db, look, stream)
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
    db.executemany(
        "INSERT INTO watch (name) VALUES (?) ON CONFLICT DO NOTHING",
        ((watch,) for watch in look.begun),
    )
    db.executemany(
        """INSERT INTO begun (watch, stream) SELECT id, ? FROM watch WHERE name = ?
        ON CONFLICT DO NOTHING""",
        ((stream, watch) for watch in look.begun),
    )


def _stream(db: sqlite3.Connection, look: Look) -> int:
    """Write how far the stream has been seen, and tell its number."""
    db.execute(
        """INSERT INTO stream (name, watermark, floor) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark, floor = excluded.floor""",
        (look.stream, look.watermark, look.floor),
    )
    (number,) = db.execute("SELECT id FROM stream WHERE name = ?", (look.stream,)).fetchone()
    return int(number)
