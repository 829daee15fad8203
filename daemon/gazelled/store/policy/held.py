"""
What waits for its time: quiet hours, the limit of a target, its next digest.

What is held has left its target's line until it is released: it costs nothing meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime

from gazelled.model import Event
from gazelled.store.codec import from_number, load_event, to_number
from gazelled.store.part import StorePart, reads, writes

OPEN = "settled_at IS NULL AND target = :target AND urgent = 0"
"""What is open at a target and isn't urgent."""
FRESH = "tries = 0 AND kills = 0 AND combined IS NULL"
"""What wasn't tried yet, and is no part of another delivery."""


class HeldDeliveries(StorePart):
    """What is held."""

    @writes
    def release_all(self, digests: Collection[str]) -> None:
        """
        Release what was held by the policy of a target: it may have another one now.

        What waits for a digest of one of the targets in `digests` stays, and what was merged into
        a delivery that never began is released, too.
        """
        self._db.execute(
            """UPDATE delivery SET state = 'waiting', held = '', combined = NULL
            WHERE settled_at IS NULL AND combined IS NOT NULL AND EXISTS (
                SELECT 1 FROM delivery AS whole JOIN event ON event.id = whole.event
                WHERE whole.id = delivery.combined AND whole.settled_at IS NULL
                AND whole.tries = 0 AND json_extract(event.body, '$.kind') <> 'digest'
            )"""
        )
        self._db.execute(
            """UPDATE delivery SET state = 'waiting', held = '', due_at = 0, paused_at = NULL
            WHERE settled_at IS NULL AND state = 'held' AND combined IS NULL
            AND (held IN ('quiet', 'max')
                OR (held = 'digest' AND target NOT IN (SELECT value FROM json_each(?))))""",
            (json.dumps([*digests]),),
        )

    @writes
    def hold(self, target: str, reason: str, until: datetime, now: datetime) -> None:
        """Hold what waits in a target's line and isn't urgent."""
        self._db.execute(
            f"""UPDATE delivery
            SET state = 'held', held = :reason, due_at = :until, paused_at = :now
            WHERE {OPEN} AND place = 0 AND state = 'waiting'""",  # noqa: S608 - constants
            {
                "target": target,
                "reason": reason,
                "until": to_number(until),
                "now": to_number(now),
            },
        )

    @writes
    def release(self, target: str, most: int = -1) -> None:
        """Let what is held, but not for a digest, take its place again: all, or the oldest."""
        self._db.execute(
            f"""UPDATE delivery SET state = 'waiting', held = '', due_at = 0, paused_at = NULL
            WHERE id IN (
                SELECT id FROM delivery WHERE {OPEN} AND place = 2 AND held IN ('quiet', 'max')
                ORDER BY id LIMIT :most
            )""",  # noqa: S608 - constants
            {"target": target, "most": most},
        )

    @writes
    def gather(self, target: str, due: Callable[[datetime], datetime], now: datetime) -> None:
        """
        Hold what waits in a target's line for its next digest, unless a digest released it.

        `due` returns when the digest comes that begins with an event of a time.
        """
        about = {"target": target}
        new = f"""{OPEN} AND place = 0 AND state = 'waiting' AND {FRESH} AND held <> 'digest'
            AND NOT EXISTS (SELECT 1 FROM delivery AS part WHERE part.combined = delivery.id)"""  # noqa: S608 - constants
        first = self._db.execute(
            f"""SELECT event.at FROM delivery JOIN event ON event.id = delivery.event
            WHERE {new} ORDER BY delivery.id LIMIT 1""",  # noqa: S608 - constants
            about,
        ).fetchone()
        if first is None:
            return
        until = self._next_digest(target)
        if until is None:
            until = to_number(due(min(from_number(first[0]), now)))
        self._db.execute(
            f"""UPDATE delivery SET state = 'held', held = 'digest', due_at = :until,
            paused_at = :now WHERE {new}""",  # noqa: S608 - constants
            about | {"until": until, "now": to_number(now)},
        )

    @writes
    def redate(self, target: str, due: Callable[[datetime], datetime]) -> None:
        """Let a digest come when `due` says now; it began when its first event was found."""
        # An event of a clock that was wrong counts from when it was held.
        row = self._db.execute(
            f"""SELECT min(event.at, paused_at)
            FROM delivery JOIN event ON event.id = delivery.event
            WHERE {OPEN} AND place = 2 AND held = 'digest' ORDER BY delivery.id LIMIT 1""",  # noqa: S608 - constants
            {"target": target},
        ).fetchone()
        if row is not None:
            self._db.execute(
                f"""UPDATE delivery SET due_at = :until
                WHERE {OPEN} AND place = 2 AND held = 'digest'""",  # noqa: S608 - constants
                {"target": target, "until": to_number(due(from_number(row[0])))},
            )

    @reads
    def next_digest(self, target: str) -> datetime | None:
        """Return when what is held for a digest is due; None if nothing is."""
        at = self._next_digest(target)
        return None if at is None else from_number(at)

    @reads
    def sent_since(self, target: str, since: datetime) -> list[tuple[datetime, Event]]:
        """Return what was sent to a target since a time, the oldest first, and when."""
        rows = self._db.execute(
            """SELECT delivery.settled_at, event.body
            FROM delivery JOIN event ON event.id = delivery.event
            WHERE target = ? AND settled_at > ? AND combined IS NULL AND tries > 0
            ORDER BY settled_at""",
            (target, to_number(since)),
        )
        return [(from_number(at), load_event(body)) for at, body in rows]

    def _next_digest(self, target: str) -> int | None:
        row = self._db.execute(
            f"""SELECT due_at FROM delivery WHERE {OPEN} AND place = 2 AND held = 'digest'
            ORDER BY due_at, id LIMIT 1""",  # noqa: S608 - constants
            {"target": target},
        ).fetchone()
        return None if row is None else int(row[0])
