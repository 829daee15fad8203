"""
What nobody asks for any more goes after a while.

That a source wasn't seen for long says nothing: the tracker or the daemon may have been down, and
all that came meanwhile is still to be told. Only what isn't configured any more may go.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime

from gazelled.model import StreamId
from gazelled.store.codec import to_number

_OF_STREAMS = ("known", "gap", "hole", "begun", "item")
_OF_WATCHES = ("begun", "mark", "rule")


def mark_in_use(
    db: sqlite3.Connection, streams: Collection[StreamId], watches: Collection[str], now: datetime
) -> None:
    """Note what is configured; what isn't, and never was noted, counts from now on."""
    for table, names in (("stream", streams), ("watch", watches)):
        db.execute(
            f"""UPDATE {table} SET used = ?
            WHERE used IS NULL OR name IN (SELECT value FROM json_each(?))""",  # noqa: S608 - ours
            (to_number(now), json.dumps(list(names))),
        )


def prune(db: sqlite3.Connection, before: datetime) -> None:
    """Let go the streams and watches that were configured last before a time, wholly."""
    for owner, tables in (("stream", _OF_STREAMS), ("watch", _OF_WATCHES)):
        for table in tables:
            db.execute(
                f"DELETE FROM {table} WHERE {owner} IN (SELECT id FROM {owner} WHERE used < ?)",  # noqa: S608 - likewise
                (to_number(before),),
            )
        db.execute(f"DELETE FROM {owner} WHERE used < ?", (to_number(before),))  # noqa: S608 - likewise
