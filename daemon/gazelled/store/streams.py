"""What is known of the streams, and what watches remember. All take an open database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence

from gazelled.store import history, outbox
from gazelled.store.records import Look, Mark, StreamState

_HIGHEST = 2**63 - 1
_NUMBERS = """
    SELECT item FROM known JOIN stream ON stream.id = known.stream
    WHERE stream.name = ? AND item NOT GLOB '*[^0-9]*'
"""
_AT_ONCE = 500
"""So many ids are asked for at once: any SQLite takes as many parameters."""


def state(db: sqlite3.Connection, name: str) -> StreamState:
    """Tell how far a stream has been seen."""
    row = db.execute("SELECT watermark, floor FROM stream WHERE name = ?", (name,)).fetchone()
    return StreamState(name, row[0], row[1], begun=True) if row else StreamState(name)


def states(db: sqlite3.Connection) -> list[StreamState]:
    """Tell how far each stream has been seen, in the order of their first looks."""
    rows = db.execute("SELECT name, watermark, floor FROM stream ORDER BY id")
    return [StreamState(name, mark, floor, begun=True) for name, mark, floor in rows]


def known(db: sqlite3.Connection, stream: str, ids: Sequence[str]) -> set[str]:
    """Tell which of the ids have been seen in the stream."""
    row = db.execute("SELECT id FROM stream WHERE name = ?", (stream,)).fetchone()
    if row is None:
        return set()
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))  # json_each would end texts at their first NUL
        query = f"SELECT item FROM known WHERE stream = ? AND item IN ({marks})"  # noqa: S608 - marks
        found.update(item for (item,) in db.execute(query, (row[0], *some)))
    return found


def known_from(db: sqlite3.Connection, stream: str, least: int) -> list[str]:
    """Return the known ids that are numbers and no lower than one, in their order."""
    query = f"{_NUMBERS} AND CAST(item AS INTEGER) >= ? ORDER BY CAST(item AS INTEGER)"
    return [item for (item,) in db.execute(query, (stream, _bounded(least)))]


def known_below(db: sqlite3.Connection, stream: str, most: int, number: int) -> str:
    """Return the known id that so many are above, below another; empty without any."""
    query = f"""{_NUMBERS} AND CAST(item AS INTEGER) < ?
        ORDER BY CAST(item AS INTEGER) DESC LIMIT 1 OFFSET ?"""
    row = db.execute(query, (stream, _bounded(most), number)).fetchone()
    return row[0] if row else ""


def known_with(db: sqlite3.Connection, stream: str, prefixes: Sequence[str]) -> set[str]:
    """Return the known ids that begin in one of some ways."""
    query = """
        SELECT item FROM known JOIN stream ON stream.id = known.stream
        WHERE stream.name = ? AND substr(item, 1, ?) = ?
    """
    return {
        item for prefix in prefixes for (item,) in db.execute(query, (stream, len(prefix), prefix))
    }


def _bounded(number: int) -> int:
    """Return a number as SQLite takes it; it casts texts of higher ones to the highest."""
    return min(number, _HIGHEST)


def begun(db: sqlite3.Connection, stream: str) -> dict[str, str]:
    """Tell which watches have had a first look at the stream, and how far it was seen then."""
    query = """
        SELECT watch.name, begun.above FROM begun
        JOIN watch ON watch.id = begun.watch
        JOIN stream ON stream.id = begun.stream
        WHERE stream.name = ?
    """
    return dict(db.execute(query, (stream,)).fetchall())


def gaps(db: sqlite3.Connection, stream: str) -> list[tuple[str, str]]:
    """Tell what could not be seen of a stream, as the positions around it, the oldest first."""
    query = """
        SELECT low, high FROM gap JOIN stream ON stream.id = gap.stream
        WHERE stream.name = ? ORDER BY CAST(low AS REAL)
    """
    return [(low, high) for low, high in db.execute(query, (stream,))]


def holes(db: sqlite3.Connection) -> dict[str, list[tuple[int, int]]]:
    """Tell what is still to be asked for, by stream, the oldest first."""
    found: dict[str, list[tuple[int, int]]] = {}
    query = """
        SELECT stream.name, low, high FROM hole JOIN stream ON stream.id = hole.stream
        ORDER BY stream.id, low
    """
    for stream, low, high in db.execute(query):
        found.setdefault(stream, []).append((low, high))
    return found


def marks(db: sqlite3.Connection, watch: str) -> dict[str, str]:
    """Tell what a watch remembers, by thing."""
    query = """
        SELECT thing, body FROM mark JOIN watch ON watch.id = mark.watch WHERE watch.name = ?
    """
    return dict(db.execute(query, (watch,)).fetchall())


def watches(db: sqlite3.Connection) -> set[str]:
    """Tell which watches have had a first look, remember something or have a rule."""
    return {name for (name,) in db.execute("SELECT name FROM watch")}


def gone(db: sqlite3.Connection, configured: Collection[str]) -> dict[str, str]:
    """Tell the rules of the watches that have begun, were configured until now, and aren't."""
    query = """
        SELECT watch.name, rule.body FROM watch
        JOIN rule ON rule.id = (SELECT max(id) FROM rule WHERE rule.watch = watch.id)
        WHERE watch.name NOT IN (SELECT value FROM json_each(?))
        AND (watch.used IS NULL OR watch.used = (SELECT max(used) FROM watch))
        AND EXISTS (SELECT 1 FROM begun WHERE begun.watch = watch.id)
    """
    return dict(db.execute(query, (json.dumps(list(configured)),)).fetchall())


def rename(db: sqlite3.Connection, before: str, now: str) -> None:
    """Give what a watch has begun and remembers, and its rules, another name."""
    db.execute("UPDATE watch SET name = ? WHERE name = ?", (now, before))


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
            (stream, look.watermark if look.above is None else look.above, watch)
            for watch in look.begun
        ),
    )
    for mark in look.marks:
        _set_mark(db, mark)
    # Where the newest entries are gone, what watches began above is new to them again.
    db.execute(
        """UPDATE begun SET above = ?
        WHERE stream = ? AND CAST(above AS REAL) > CAST(? AS REAL)""",
        (look.watermark, stream, look.watermark),
    )


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
    """Write how far the stream has been seen, and tell its number."""
    db.execute(
        """INSERT INTO stream (name, watermark, floor) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark, floor = excluded.floor""",
        (look.stream, look.watermark, look.floor),
    )
    (number,) = db.execute("SELECT id FROM stream WHERE name = ?", (look.stream,)).fetchone()
    return int(number)
