"""What is known of the streams."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from gazelled.model import Position, StreamId
from gazelled.store.codec import from_number
from gazelled.store.part import StorePart, reads
from gazelled.store.records import Hole, StreamState

_HIGHEST = 2**63 - 1
"""What SQLite casts the text of any higher number to."""
_NUMBERS = """
    SELECT item FROM known JOIN stream ON stream.id = known.stream
    WHERE stream.name = ? AND item <> '' AND item NOT GLOB '*[^0-9]*'
"""
_AT_ONCE = 500
"""So many ids are asked for at once: any SQLite takes as many parameters."""


class StreamStore(StorePart):
    """How far streams have been seen, and which of their ids are known."""

    @reads
    def state(self, name: StreamId) -> StreamState:
        """Return what is known of a stream, in one go: each look begins with it."""
        query = "SELECT name, watermark, floor FROM stream WHERE name = ?"
        row = self._db.execute(query, (name,)).fetchone()
        if row is None:
            return StreamState(name)
        run = self._db.execute("SELECT at FROM run WHERE job = ?", (name,)).fetchone()
        return replace(
            _state(*row),
            watches=begun(self._db, name),
            asked_at=from_number(run[0]) if run else None,
        )

    @reads
    def states(self) -> list[StreamState]:
        """Return how far each stream has been seen, in the order of their first looks."""
        rows = self._db.execute("SELECT name, watermark, floor FROM stream ORDER BY id")
        return [_state(*row) for row in rows]

    @reads
    def known(self, stream: StreamId, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that have been seen in a stream."""
        row = self._db.execute("SELECT id FROM stream WHERE name = ?", (stream,)).fetchone()
        if row is None:
            return set()
        known: set[str] = set()
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))  # json_each would end texts at their first NUL
            query = f"SELECT item FROM known WHERE stream = ? AND item IN ({marks})"  # noqa: S608 - marks
            known.update(item for (item,) in self._db.execute(query, (row[0], *some)))
        return known

    @reads
    def known_from(self, stream: StreamId, least: int) -> list[str]:
        """Return the known ids that are numbers and no lower than one, in their order."""
        query = f"{_NUMBERS} AND CAST(item AS INTEGER) >= ? ORDER BY CAST(item AS INTEGER)"
        return [item for (item,) in self._db.execute(query, (stream, min(least, _HIGHEST)))]

    @reads
    def known_below(self, stream: StreamId, most: int, number: int) -> int | None:
        """Return the known id that so many are above, below another; None without any."""
        query = f"""{_NUMBERS} AND CAST(item AS INTEGER) < ?
            ORDER BY CAST(item AS INTEGER) DESC LIMIT 1 OFFSET ?"""
        row = self._db.execute(query, (stream, min(most, _HIGHEST), number)).fetchone()
        return int(row[0]) if row else None

    @reads
    def known_with(self, stream: StreamId, prefixes: Sequence[str]) -> set[str]:
        """Return the known ids that begin with one of some prefixes."""
        query = """
            SELECT item FROM known JOIN stream ON stream.id = known.stream
            WHERE stream.name = ? AND substr(item, 1, ?) = ?
        """
        return {
            item
            for prefix in prefixes
            for (item,) in self._db.execute(query, (stream, len(prefix), prefix))
        }

    @reads
    def knowing(self, item: str) -> list[StreamId]:
        """Return the streams that know an id, kept or not, such as from a first look."""
        query = """
            SELECT name FROM stream WHERE EXISTS (
                SELECT 1 FROM known WHERE known.stream = stream.id AND known.item = ?
            ) ORDER BY id
        """
        return [StreamId(stream) for (stream,) in self._db.execute(query, (item,))]

    @reads
    def gaps(self, stream: StreamId) -> list[tuple[str, str]]:
        """Return what could not be seen of a stream, as the ids around it, the oldest first."""
        query = """
            SELECT low, high FROM gap JOIN stream ON stream.id = gap.stream
            WHERE stream.name = ? ORDER BY CAST(low AS REAL)
        """
        return [(low, high) for low, high in self._db.execute(query, (stream,))]

    @reads
    def all_gaps(self) -> dict[StreamId, list[tuple[str, str]]]:
        """Return what could not be seen of all streams, as `gaps` does of one."""
        gaps: dict[StreamId, list[tuple[str, str]]] = {}
        query = """
            SELECT stream.name, low, high FROM gap JOIN stream ON stream.id = gap.stream
            ORDER BY stream.id, CAST(low AS REAL)
        """
        for stream, low, high in self._db.execute(query):
            gaps.setdefault(StreamId(stream), []).append((low, high))
        return gaps

    @reads
    def gap_count(self) -> int:
        """Count the gaps of all streams."""
        (number,) = self._db.execute("SELECT count(*) FROM gap").fetchone()
        return int(number)

    @reads
    def holes(self) -> dict[StreamId, list[Hole]]:
        """Return what is still to be asked for id by id, by stream, the oldest first."""
        holes: dict[StreamId, list[Hole]] = {}
        query = """
            SELECT stream.name, low, high FROM hole JOIN stream ON stream.id = hole.stream
            ORDER BY stream.id, low
        """
        for stream, low, high in self._db.execute(query):
            holes.setdefault(StreamId(stream), []).append(Hole(low, high))
        return holes


def begun(db: sqlite3.Connection, stream: StreamId) -> dict[str, Position | None]:
    """Return the watches that had a first look at a stream, and above what all is new to each."""
    query = """
        SELECT watch.name, begun.above FROM begun
        JOIN watch ON watch.id = begun.watch
        JOIN stream ON stream.id = begun.stream
        WHERE stream.name = ?
    """
    return {watch: Position.parse(above) for watch, above in db.execute(query, (stream,))}


def _state(name: str, watermark: str, floor: str) -> StreamState:
    parse = Position.parse
    return StreamState(StreamId(name), parse(watermark), parse(floor), begun=True)
