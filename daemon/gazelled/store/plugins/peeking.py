"""What commands for plugins read of a state, whoever owns it: without a lock, changing nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gazelled.model import Event
from gazelled.store.backup.copying import read_only
from gazelled.store.codec import load_event
from gazelled.store.opening import NAME


@dataclass(frozen=True, slots=True)
class EventSample:
    """
    An event as it was stored.

    Attributes:
        targets: The names of the targets that it was for.
        source: The source of its first item, as a person types it; empty if that is not stored.

    """

    event: Event
    targets: tuple[str, ...] = ()
    source: str = ""


def read_samples(folder: Path, number: int) -> list[EventSample]:
    """Return the last events of a state, the oldest first; none if it can't be read."""
    query = """
        SELECT body, (SELECT group_concat(target, char(10)) FROM delivery WHERE event = event.id)
        FROM event ORDER BY id DESC LIMIT ?
    """
    of_item = """
        SELECT stream.name FROM item JOIN stream ON stream.id = item.stream
        WHERE item.name = ? ORDER BY item.at DESC LIMIT 1
    """
    samples: list[EventSample] = []
    try:
        with closing(read_only(folder / NAME)) as db:
            for body, targets in db.execute(query, (number,)).fetchall():
                event = load_event(body)
                row = db.execute(of_item, (event.item.id,)).fetchone() if event.items else None
                names = tuple(sorted(targets.split("\n"))) if targets else ()
                samples.insert(0, EventSample(event, names, row[0] if row else ""))
    except sqlite3.Error:
        return []
    return samples
