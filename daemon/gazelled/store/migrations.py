"""
The tables, and how older ones become these.

`known` is the one that grows: an id costs its own text and a few bytes, since streams are numbered
and the row lives in the key. Never edit a migration that was released; append one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION_ID = 0x67_61_7A_6C
"""Stands in the file's header and says that it is gazelled's: "gazl"."""

_SCOPED = f"thing GLOB '[a-z]* {'[0-9a-f]' * 8}:*'"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE run (job TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE stream (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            watermark TEXT NOT NULL,
            floor TEXT NOT NULL
        )""",
        """CREATE TABLE known (
            stream INTEGER NOT NULL REFERENCES stream,
            item TEXT NOT NULL,
            PRIMARY KEY (stream, item)
        ) WITHOUT ROWID""",
        "CREATE TABLE watch (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        """CREATE TABLE begun (
            watch INTEGER NOT NULL REFERENCES watch,
            stream INTEGER NOT NULL REFERENCES stream,
            PRIMARY KEY (watch, stream)
        ) WITHOUT ROWID""",
        """CREATE TABLE gap (
            stream INTEGER NOT NULL REFERENCES stream,
            low TEXT NOT NULL,
            high TEXT NOT NULL,
            PRIMARY KEY (stream, low, high)
        ) WITHOUT ROWID""",
        """CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL,
            body TEXT NOT NULL
        )""",
        """CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            event INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
            target TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'given-up')),
            tries INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            settled_at INTEGER,
            error TEXT NOT NULL,
            UNIQUE (event, target)
        )""",
        # The head of each target's queue is read from here, however many are settled.
        "CREATE INDEX pending ON delivery (target, id) WHERE state = 'pending'",
    ),
    (
        # What is kept to decide again: items as they were seen, rules since they are valid.
        """CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES stream,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (name, stream)
        )""",
        # An index for retention and for what was seen since a time, read without the bodies.
        "CREATE INDEX item_at ON item (at, stream)",
        """CREATE TABLE rule (
            id INTEGER PRIMARY KEY,
            watch INTEGER NOT NULL REFERENCES watch,
            since INTEGER NOT NULL,
            body TEXT NOT NULL
        )""",
        "CREATE INDEX rule_of ON rule (watch)",
    ),
    (
        # What watches remember of things: what their fields were, that they are raised.
        """CREATE TABLE mark (
            watch INTEGER NOT NULL REFERENCES watch,
            thing TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (watch, thing)
        ) WITHOUT ROWID""",
        # What is still to be asked for id by id.
        """CREATE TABLE hole (
            stream INTEGER NOT NULL REFERENCES stream,
            low INTEGER NOT NULL,
            high INTEGER NOT NULL,
            PRIMARY KEY (stream, low)
        ) WITHOUT ROWID""",
        # How far the stream had been seen when the watch began: what is older is no news for it.
        "ALTER TABLE begun ADD above TEXT NOT NULL DEFAULT ''",
        # When they were last configured; not noted yet when it is NULL.
        "ALTER TABLE stream ADD used INTEGER",
        "ALTER TABLE watch ADD used INTEGER",
    ),
    (
        # Since when a try is under way: who finds it after a start knows that the last one was cut.
        "ALTER TABLE delivery ADD begun INTEGER",
        # How often in a row the process was killed while it was under way.
        "ALTER TABLE delivery ADD kills INTEGER NOT NULL DEFAULT 0",
        # Since when it is paused: a clock that was wrong then makes no pause longer.
        "ALTER TABLE delivery ADD paused_at INTEGER",
        "DROP INDEX pending",
        # The head of each target's queue is read from here, however many are settled.
        "CREATE INDEX pending ON delivery (target, kills, id) WHERE state = 'pending'",
    ),
    (
        # Kind and stream stood before the thing, and a sign of absence before the body.
        """CREATE TABLE mark_of_things (
            watch INTEGER NOT NULL REFERENCES watch,
            scope TEXT NOT NULL,
            thing TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('present', 'absent')),
            body TEXT NOT NULL,
            PRIMARY KEY (watch, scope, thing)
        ) WITHOUT ROWID""",
        f"""INSERT INTO mark_of_things (watch, scope, thing, state, body)
        SELECT
            watch,
            CASE WHEN {_SCOPED} THEN substr(thing, 1, instr(thing, ':') - 1) ELSE '' END,
            CASE WHEN {_SCOPED} THEN substr(thing, instr(thing, ':') + 1) ELSE thing END,
            CASE WHEN body GLOB '-*' THEN 'absent' ELSE 'present' END,
            CASE WHEN body GLOB '-*' THEN substr(body, 2) ELSE body END
        FROM mark""",  # noqa: S608 - a constant of this module
        "DROP TABLE mark",
        "ALTER TABLE mark_of_things RENAME TO mark",
        # All else that is kept under a key is JSON.
        "UPDATE kv SET value = json_quote(value) WHERE key GLOB 'restored:*'",
    ),
    (
        # The states as people see them; which is open is whatever isn't settled.
        """CREATE TABLE delivery_in_states (
            id INTEGER PRIMARY KEY,
            event INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
            target TEXT NOT NULL,
            state TEXT NOT NULL CHECK (
                state IN ('waiting', 'held', 'sending', 'done', 'failed', 'dead')
            ),
            urgent INTEGER NOT NULL,
            -- Tries that began, those that failed for a reason of its own, and since when.
            tries INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            failing_since INTEGER,
            error TEXT NOT NULL DEFAULT '',
            -- Before that it isn't tried; the pause began at paused_at, which shows a wrong clock.
            due_at INTEGER NOT NULL DEFAULT 0,
            paused_at INTEGER,
            -- Whether it stepped aside, so that those behind it go on.
            aside INTEGER NOT NULL DEFAULT 0,
            -- Why it is held until due_at: quiet, digest, max, removed.
            held TEXT NOT NULL DEFAULT '',
            -- How many parts of its message were sent.
            parts INTEGER NOT NULL DEFAULT 0,
            begun INTEGER,
            kills INTEGER NOT NULL DEFAULT 0,
            settled_at INTEGER,
            -- The delivery of the same target whose message is this one's, too.
            combined INTEGER REFERENCES delivery ON DELETE SET NULL,
            -- 0 in line, 1 aside, 2 held, 3 suspect after a kill, 4 in another one.
            place INTEGER NOT NULL GENERATED ALWAYS AS (
                CASE
                    WHEN combined IS NOT NULL THEN 4
                    WHEN kills > 0 THEN 3
                    WHEN state = 'held' THEN 2
                    ELSE aside
                END
            ) VIRTUAL,
            UNIQUE (event, target)
        )""",
        """INSERT INTO delivery_in_states (
            id, event, target, state, urgent, tries, failures, failing_since, error, due_at,
            paused_at, begun, kills, settled_at
        )
        SELECT
            delivery.id,
            event,
            target,
            CASE
                WHEN state = 'done' THEN 'done'
                WHEN state = 'given-up' THEN 'dead'
                WHEN begun IS NOT NULL THEN 'sending'
                WHEN error <> '' OR kills > 0 THEN 'failed'
                ELSE 'waiting'
            END,
            coalesce(json_extract(event.body, '$.urgent'), 0),
            tries,
            CASE WHEN error <> '' THEN tries ELSE 0 END,
            CASE WHEN error <> '' THEN event.at END,
            error,
            due_at,
            paused_at,
            CASE WHEN state = 'pending' THEN begun END,
            kills,
            settled_at
        FROM delivery JOIN event ON event.id = delivery.event""",
        # Each row that the old table loses is looked for in this one: without it all are read.
        "CREATE INDEX combined ON delivery_in_states (combined) WHERE combined IS NOT NULL",
        "DROP TABLE delivery",
        "ALTER TABLE delivery_in_states RENAME TO delivery",
        # The next one of each target is read from these, however many wait or are settled.
        """CREATE INDEX in_line ON delivery (target, place, urgent, id)
        WHERE settled_at IS NULL""",
        """CREATE INDEX next_in_place ON delivery (target, place, urgent, due_at, id)
        WHERE settled_at IS NULL""",
        "CREATE INDEX under_way ON delivery (id) WHERE state = 'sending'",
        "CREATE INDEX suspects ON delivery (due_at, id) WHERE kills > 0 AND settled_at IS NULL",
        "CREATE INDEX dead ON delivery (settled_at) WHERE state = 'dead'",
    ),
    (
        # What was committed at once, by the id of the first delivery; NULL for a single event.
        "ALTER TABLE delivery ADD batch INTEGER",
        """CREATE INDEX batch ON delivery (target, batch)
        WHERE batch IS NOT NULL AND settled_at IS NULL""",
        # The name that the target had before it was renamed: the id that it knows has it.
        "ALTER TABLE delivery ADD first_target TEXT",
        # Which events report an item as new: other watches may find the same upload.
        """CREATE TABLE upload (
            item TEXT NOT NULL,
            event INTEGER NOT NULL,
            PRIMARY KEY (item, event)
        ) WITHOUT ROWID""",
        """INSERT INTO upload (item, event)
        SELECT DISTINCT
            coalesce(json_extract(item.value, '$.kind'), '') || ' '
            || coalesce(json_extract(item.value, '$.id'), ''), event.id
        FROM event, json_each(event.body, '$.items') AS item
        WHERE json_extract(event.body, '$.kind') = 'new'""",
    ),
    (
        # What plugins keep. The size stands before the value, so that a sum reads no value.
        """CREATE TABLE plugin_value (
            plugin TEXT NOT NULL,
            key TEXT NOT NULL,
            size INTEGER NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (plugin, key)
        )""",
        # Fields that a plugin gave an item; NULL as long as no try succeeded. The error is that of
        # the last try, or what was refused of what it gave.
        """CREATE TABLE enrichment (
            stream INTEGER NOT NULL REFERENCES stream,
            id TEXT NOT NULL,
            plugin TEXT NOT NULL,
            fields TEXT,
            tries INTEGER NOT NULL,
            at INTEGER NOT NULL,
            error TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (id, stream, plugin)
        ) WITHOUT ROWID""",
        # What a plugin said of an item that fits a watch: a veto, a note, or nothing. The digest is
        # of the item as it was then.
        """CREATE TABLE verdict (
            stream INTEGER NOT NULL REFERENCES stream,
            id TEXT NOT NULL,
            watch INTEGER NOT NULL REFERENCES watch,
            plugin TEXT NOT NULL,
            veto INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            digest TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (id, stream, watch, plugin)
        ) WITHOUT ROWID""",
    ),
)


def migrate(
    db: sqlite3.Connection, version: int, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> None:
    """Bring the tables from a version to the newest; the caller has begun a transaction."""
    for migration in migrations[version:]:
        for statement in migration:
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(migrations)}")
