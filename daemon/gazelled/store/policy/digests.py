"""
Digests: deliveries that become parts of one.

Each method is one transaction, so a crash leaves no event out and none in two messages. A part
never comes by itself: it is settled with its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gazelled.model import Event
from gazelled.store.codec import dump_event, load_event, to_number
from gazelled.store.part import StorePart, writes
from gazelled.store.policy.held import FRESH, OPEN

Combine = Callable[[Sequence[Event]], Event]
"""Makes the digest of events."""


class _Row(NamedTuple):
    """A delivery and its event, as both are stored."""

    id: int
    event: int
    body: str


class Digests(StorePart):
    """Makes digests of what waits, and takes them apart."""

    @writes
    def make_digest(self, target: str, most: int, combine: Combine) -> None:
        """Combine the oldest of what is held for a digest; what is alone is released as it is."""
        rows = self._rows(f"{OPEN} AND place = 2 AND held = 'digest'", most, target=target)
        if len(rows) > 1:
            self._combine(rows, target, combine)
        for row in rows[:1]:
            self._db.execute(
                "UPDATE delivery SET state = 'waiting', due_at = 0, paused_at = NULL WHERE id = ?",
                (row.id,),
            )

    @writes
    def make_burst(self, target: str, burst: int, most: int, combine: Combine) -> None:
        """Combine the events of one commit if they come next and are more than so many."""
        head = self._db.execute(
            f"""SELECT batch FROM delivery WHERE {OPEN} AND place = 0 ORDER BY id LIMIT 1""",  # noqa: S608 - constants
            {"target": target},
        ).fetchone()
        if head is None or head[0] is None:
            return
        batch = f"{OPEN} AND batch = :batch AND {FRESH}"
        rows = self._rows(batch, -1, target=target, batch=head[0])
        if len(rows) <= burst:
            return
        for place in range(0, len(rows), most):
            chunk = rows[place : place + most]
            if len(chunk) > 1:
                self._combine(chunk, target, combine)

    @writes
    def take_apart(self, target: str) -> None:
        """Let all events of a target come by themselves: its plugin combines none any more."""
        about = {"target": target}
        digests = f"""SELECT delivery.id FROM delivery JOIN event ON event.id = delivery.event
            WHERE {OPEN} AND EXISTS (SELECT 1 FROM delivery AS part
                WHERE part.combined = delivery.id)
            AND json_extract(event.body, '$.kind') = 'digest'"""  # noqa: S608 - constants
        gone = [row[0] for row in self._db.execute(digests, about)]
        self._db.execute(
            """UPDATE delivery SET combined = NULL, state = 'waiting', held = '', due_at = 0
            WHERE settled_at IS NULL AND target = :target AND combined IS NOT NULL""",
            about,
        )
        self._db.executemany(
            "DELETE FROM event WHERE id = (SELECT event FROM delivery WHERE id = ?)",
            ((number,) for number in gone),
        )

    def _rows(self, which: str, most: int, **about: object) -> list[_Row]:
        query = f"""
            SELECT delivery.id, delivery.event, event.body
            FROM delivery JOIN event ON event.id = delivery.event
            WHERE {which} ORDER BY delivery.id LIMIT :most
        """  # noqa: S608 - constants
        return [_Row(*row) for row in self._db.execute(query, about | {"most": most})]

    def _combine(self, rows: Sequence[_Row], target: str, combine: Combine) -> None:
        """Put a digest in the place of the first of several deliveries, and these into it."""
        digest = combine([load_event(row.body) for row in rows])
        self._db.execute(
            "INSERT INTO event (key, at, body) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (digest.key, to_number(digest.at), dump_event(digest)),
        )
        first, *rest = rows
        self._db.execute(
            """UPDATE delivery SET event = (SELECT id FROM event WHERE key = ?), batch = NULL,
            state = 'waiting', held = 'digest', due_at = 0, paused_at = NULL WHERE id = ?""",
            (digest.key, first.id),
        )
        self._db.execute(
            """INSERT INTO delivery (event, target, state, urgent, held, combined)
            VALUES (?, ?, 'held', 0, 'digest', ?)""",
            (first.event, target, first.id),
        )
        self._db.executemany(
            """UPDATE delivery SET combined = ?, state = 'held', held = 'digest', due_at = 0,
            paused_at = NULL WHERE id = ?""",
            ((first.id, row.id) for row in rest),
        )
