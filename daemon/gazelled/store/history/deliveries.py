"""What people see and change of deliveries: which there are, in which state, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gazelled.store.codec import from_number, to_number
from gazelled.store.part import StorePart, reads, writes

DROPPED = "dropped"
"""Why a delivery is dead that a person dropped."""
EXPIRED = "expired"
"""Why one is no dead letter any more that was dead for long."""
NO_LETTER = f"('{DROPPED}', '{EXPIRED}')"
"""Both, as in a query."""

DELIVERY_COUNTS = f"""
    SELECT target, state, count(*) FROM delivery WHERE settled_at IS NULL GROUP BY target, state
    UNION ALL
    SELECT target, state, count(*) FROM delivery WHERE state = 'dead' AND held NOT IN {NO_LETTER}
    GROUP BY target
"""  # noqa: S608 - a constant of this module
"""Counts the deliveries that are open or dead letters, by target and state."""

_ROWS = """
    FROM delivery JOIN event ON event.id = delivery.event
    LEFT JOIN delivery AS whole ON whole.id = delivery.combined
    LEFT JOIN event AS of_whole ON of_whole.id = whole.event
"""
# What is changed: a part of a message only with the whole of it, and none that began meanwhile.
_WHOLES = """(
    SELECT id FROM delivery
    WHERE id IN (SELECT value FROM json_each(:ids)) AND state <> 'sending'
)"""
_THESE = f"(id IN {_WHOLES} OR combined IN {_WHOLES})"


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """
    Which deliveries are meant: those that fit everything that isn't empty.

    Attributes:
        keys: Keys of deliveries, or of events for all deliveries of each.
        watch: A watch, or those that `each` made of it.
        state: A state; empty for all but what is done. What was dropped or is dead for long is only
            meant by its key.

    """

    keys: tuple[str, ...] = ()
    target: str = ""
    watch: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """
    A delivery as people see it.

    Attributes:
        number: Its place in the order of writing.
        found_at: When its event was found.
        due: When it is tried again, or until when it is held; None if that is at once or never.
        held: Why it is held; `dropped` if a person dropped it.
        parts: How many parts of its message were sent.
        into: The key of the event whose message is this one's, too; empty if it has its own.
        first_target: The name that the target had before it was renamed; empty if it was not.

    """

    number: int
    event: str
    target: str
    watch: str
    kind: str
    title: str
    found_at: datetime
    state: str
    tries: int
    due: datetime | None
    settled: datetime | None
    held: str
    error: str
    parts: int
    into: str
    first_target: str

    @property
    def key(self) -> str:
        return f"{self.event}@{self.target}"


class DeliveryStore(StorePart):
    """The deliveries of all targets, as people list, retry and drop them."""

    @reads
    def chosen(
        self, choice: DeliveryChoice, *, after: int = 0, most: int = 100
    ) -> list[DeliveryRow]:
        """Return some of the deliveries that are meant, from the one after a number on."""
        where, values = _condition(choice)
        query = f"""
            SELECT
                delivery.id, event.key, delivery.target,
                ifnull(json_extract(event.body, '$.watch'), ''),
                json_extract(event.body, '$.kind'),
                ifnull(json_extract(event.body, '$.title'), ''),
                event.at, delivery.state, delivery.tries, delivery.due_at, delivery.settled_at,
                delivery.held, delivery.error, delivery.parts, ifnull(of_whole.key, ''),
                ifnull(delivery.first_target, '')
            {_ROWS} WHERE {where} AND delivery.id > :after ORDER BY delivery.id LIMIT :most
        """
        rows = self._db.execute(query, values | {"after": after, "most": most})
        return [*map(_row, rows)]

    @reads
    def numbers(self, choice: DeliveryChoice, states: Sequence[str]) -> dict[int, str]:
        """Return the numbers of what is meant and in one of some states, with the targets."""
        where, values = _condition(choice)
        query = f"""
            SELECT delivery.id, delivery.target {_ROWS}
            WHERE {where} AND delivery.combined IS NULL
            AND delivery.state IN (SELECT value FROM json_each(:states)) ORDER BY delivery.id
        """  # noqa: S608 - likewise
        rows = self._db.execute(query, values | {"states": json.dumps([*states])})
        return dict(rows.fetchall())

    @reads
    def states(self, choice: DeliveryChoice) -> Mapping[str, int]:
        """Count the deliveries that are meant, by their states."""
        where, values = _condition(choice)
        query = f"SELECT delivery.state, count(*) {_ROWS} WHERE {where} GROUP BY delivery.state"
        return dict(self._db.execute(query, values).fetchall())

    @reads
    def targets(self) -> set[str]:
        """Return all targets that deliveries are stored for, configured or not."""
        return {target for (target,) in self._db.execute("SELECT DISTINCT target FROM delivery")}

    @reads
    def counts(self) -> Mapping[tuple[str, str], int]:
        """Count the deliveries that are open or dead letters, by target and state."""
        rows = self._db.execute(DELIVERY_COUNTS)
        return {(target, state): number for target, state, number in rows}

    @reads
    def oldest_open(self) -> Mapping[str, datetime]:
        """Return when the oldest event that waits for a target was found; none held on purpose."""
        query = """
            SELECT delivery.target, event.at FROM (
                SELECT min(id) AS id FROM delivery
                WHERE settled_at IS NULL AND state <> 'held' GROUP BY target
            ) AS first
            JOIN delivery ON delivery.id = first.id JOIN event ON event.id = delivery.event
        """
        return {target: from_number(at) for target, at in self._db.execute(query)}

    @writes
    def retry(self, ids: Iterable[int]) -> None:
        """Make deliveries due at once, those that are dead, too, as if they had not been tried."""
        self._db.execute(
            f"""UPDATE delivery SET
                state = CASE WHEN error = '' THEN 'waiting' ELSE 'failed' END,
                due_at = 0, paused_at = NULL, failures = 0, failing_since = NULL, aside = 0,
                held = '', kills = 0, begun = NULL, settled_at = NULL
            WHERE {_THESE} AND state <> 'done'""",  # noqa: S608 - likewise
            {"ids": json.dumps([*ids])},
        )

    @writes
    def drop(self, ids: Iterable[int], now: datetime) -> None:
        """Note that deliveries are not wanted any more: they are dead, and count no longer."""
        self._db.execute(
            f"""UPDATE delivery SET
                state = 'dead', held = :dropped, settled_at = ifnull(settled_at, :now), begun = NULL
            WHERE {_THESE} AND state <> 'done'""",  # noqa: S608 - likewise
            {"ids": json.dumps([*ids]), "dropped": DROPPED, "now": to_number(now)},
        )

    @writes
    def expire(self, before: datetime) -> None:
        """Let deliveries that were dead before a time be dead letters no longer, but history."""
        self._db.execute(
            f"""UPDATE delivery SET held = ?
            WHERE state = 'dead' AND settled_at < ? AND held NOT IN {NO_LETTER}""",  # noqa: S608 - ours
            (EXPIRED, to_number(before)),
        )


def _row(row: tuple[Any, ...]) -> DeliveryRow:
    number, event, target, watch, kind, title, at, *rest = row
    state, tries, due_at, settled_at, held, error, parts, into, first_target = rest
    return DeliveryRow(
        number=number,
        event=event,
        target=target,
        watch=watch,
        kind=kind,
        title=title,
        found_at=from_number(at),
        state=state,
        tries=tries,
        due=from_number(due_at) if due_at and settled_at is None else None,
        settled=None if settled_at is None else from_number(settled_at),
        held=held,
        error=error,
        parts=parts,
        into=into,
        first_target=first_target,
    )


def _condition(choice: DeliveryChoice) -> tuple[str, dict[str, object]]:
    """Return the condition of a query for the deliveries that are meant, and its values."""
    parts = ["1"]
    if choice.keys:
        parts.append(
            "(event.key IN (SELECT value FROM json_each(:keys))"
            " OR event.key || '@' || delivery.target IN (SELECT value FROM json_each(:keys)))"
        )
    if choice.target:
        parts.append("delivery.target = :target")
    if choice.watch:
        parts.append(
            "substr(event.key, 1, length(:watch) + 1) = :watch || ':'"
            " AND json_extract(event.body, '$.watch') IS NOT NULL"
        )
    if choice.state:
        parts.append("delivery.state = :state")
    elif not choice.keys:
        parts.append("delivery.state <> 'done'")
    if not choice.keys:
        parts.append(f"delivery.held NOT IN {NO_LETTER}")
    values: dict[str, object] = {
        "keys": json.dumps([*choice.keys]),
        "target": choice.target,
        "watch": choice.watch,
        "state": choice.state,
    }
    return " AND ".join(parts), values
