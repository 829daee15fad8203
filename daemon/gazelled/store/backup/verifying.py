"""What can be wrong with a state, beyond what SQLite notices."""

from __future__ import annotations

import json
import math
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazelled.errors import StateError
from gazelled.store.backup.copying import flaw_and_version, one_line, read_only
from gazelled.store.codec import from_number, load_event, load_item, to_number
from gazelled.store.migrations import MIGRATIONS, migrate

MOST = 20
"""So many sentences of each kind are enough to know that it is bad."""

Sentences = Iterator[str]
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
_HISTORY = 2
"""The version since which items and rules are kept."""
_HOLES = 3
"""The version since which holes are kept, and when what was in use."""
_PLUGINS = 8
"""The version since which plugins keep something."""
_NEWLINES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a database: its tables' version, 0 if unknown, and all that is wrong."""

    file: Path
    version: int
    size: int
    wrong: tuple[str, ...]


def verify(file: Path) -> Report:
    """
    Read a whole database, of a daemon that runs or a backup, and say all that is wrong with it.

    It may be in use: what is looked at is the state of one moment. It isn't changed.

    Raises:
        StateError: If there is no such file, or it can't be read.

    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise StateError(f"{file} can't be read ({error.strerror}).") from error
    if not file.is_file():
        raise StateError(f"{file} is not a file. Choose a backup.")
    if not os.access(file, os.R_OK):
        raise StateError(f"{file} can't be read. Choose a file that you may read.")
    wrong, later = flaw_and_version(file)
    if wrong:
        return Report(file, later, size, (f"It can't be used: {wrong}.",))
    with closing(read_only(file)) as db:
        try:
            db.execute("BEGIN")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            return Report(file, version, size, tuple(_all_wrong(db, version)))
        except sqlite3.Error as error:
            return Report(file, 0, size, (f"It can't be read to its end: {error}.",))


def _all_wrong(db: sqlite3.Connection, version: int) -> Sentences:
    for (verdict,) in db.execute(f"PRAGMA integrity_check({MOST})").fetchall():
        if verdict != "ok":
            yield f"SQLite finds: {one_line(verdict)}."
    missing = list(_schema(db, version))
    yield from missing
    if not missing:  # what follows reads the tables as they should be
        checks = [_references, _streams, _runs, _events, _deliveries]
        checks += [_items, _rules] if version >= _HISTORY else []
        checks += [_holes, _uses] if version >= _HOLES else []
        checks += [_plugin_rows] if version >= _PLUGINS else []
        for check in checks:
            yield from _first(check(db))


def _first(sentences: Sentences) -> Sentences:
    """Return the first few, and how many more there are."""
    more = 0
    for number, sentence in enumerate(sentences):
        if number < MOST:
            yield sentence
        else:
            more += 1
    if more:
        yield f"… and {more} more like that."


def _schema(db: sqlite3.Connection, version: int) -> Sentences:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        migrate(model, 0, MIGRATIONS[:version])
        wanted = _shape(model)
    present = _shape(db)
    for name, text in wanted.items():
        if name not in present:
            yield f"The {name} is missing."
        elif present[name] != text:
            yield f"The {name} isn't as version {version} of the state has it."


def _shape(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {f"{kind} {name}": _NEWLINES.sub(" ", text) for kind, name, text in rows}


def _references(db: sqlite3.Connection) -> Sentences:
    """Every row that names another one finds it: deliveries their event, ids their stream."""
    for table, row, aim, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        where = "" if row is None else f" {row}"
        yield f"A row{where} of {table} belongs to a row of {aim} that isn't there."


def _streams(db: sqlite3.Connection) -> Sentences:
    for name, *marks in db.execute("SELECT name, watermark, floor FROM stream"):
        for kind, mark in zip(("watermark", "floor"), marks, strict=True):
            if not _is_position(mark):
                yield f"The {kind} of the source {name} is no position: {mark!r}."


def _is_position(mark: object) -> bool:
    try:
        return mark == "" or math.isfinite(float(str(mark)))
    except ValueError:
        return False


def _runs(db: sqlite3.Connection) -> Sentences:
    for job, at in db.execute("SELECT job, at FROM run"):
        if not _are_times(at):
            yield f"When {job} ran last is no time: {at!r}."


def _events(db: sqlite3.Connection) -> Sentences:
    for number, key, at, body in db.execute("SELECT id, key, at, body FROM event"):
        try:
            event = load_event(body)
            same = (event.key, to_number(event.at)) == (key, at)
        except _UNREADABLE as error:
            yield f"The event {number} ({key}) can't be read: {type(error).__name__}: {error}."
            continue
        if not same:
            yield f"The event {number} ({key}) says that it is another one: {event.key}."
        if not event.items:
            yield f"The event {number} ({key}) is about nothing."


def _deliveries(db: sqlite3.Connection) -> Sentences:
    query = "SELECT id, target, state, tries, due_at, settled_at FROM delivery"
    for number, target, state, tries, due_at, settled_at in db.execute(query):
        about = f"The delivery {number}"
        if not target or not isinstance(target, str):
            yield f"{about} has no target."
        if (settled_at is not None) != (state in {"done", "dead"}):
            yield f"{about} is {state}, but {'not ' if settled_at is None else ''}settled."
        if not isinstance(tries, int) or tries < 0:
            yield f"{about} was tried {tries!r} times."
        if not _are_times(due_at, settled_at or 0):
            yield f"The times of the delivery {number} can't be read."


def _items(db: sqlite3.Connection) -> Sentences:
    for number, name, at, body in db.execute("SELECT id, name, at, body FROM item"):
        try:
            load_item(name, body)
            from_number(at)
        except _UNREADABLE as error:
            yield f"The item {number} ({name}) can't be read: {type(error).__name__}: {error}."


def _rules(db: sqlite3.Connection) -> Sentences:
    query = "SELECT watch.name, since FROM rule JOIN watch ON watch.id = rule.watch"
    for watch, since in db.execute(query):
        if not _are_times(since):
            yield f"When a rule of {watch} became valid is no time: {since!r}."


def _holes(db: sqlite3.Connection) -> Sentences:
    query = "SELECT stream.name, low, high FROM hole JOIN stream ON stream.id = hole.stream"
    for stream, low, high in db.execute(query):
        if not (isinstance(low, int) and isinstance(high, int) and low < high):
            yield f"A hole of the source {stream} is none: {low!r} to {high!r}."


def _uses(db: sqlite3.Connection) -> Sentences:
    query = (
        "SELECT 'source', name, used FROM stream UNION ALL SELECT 'watch', name, used FROM watch"
    )
    for kind, name, used in db.execute(query):
        if not _are_times(used or 0):
            yield f"When the {kind} {name} was in use last is no time: {used!r}."


def _plugin_rows(db: sqlite3.Connection) -> Sentences:
    """Check that what plugins keep and gave can be read."""
    query = """
        SELECT 'A value of', plugin, value FROM plugin_value
        UNION ALL SELECT 'The fields of ' || id || ' by', plugin, fields FROM enrichment
        WHERE fields IS NOT NULL
    """
    for what, plugin, text in db.execute(query):
        try:
            json.loads(text)
        except _UNREADABLE as error:
            yield f"{what} the plugin {plugin} can't be read: {error}."


def _are_times(*numbers: Any) -> bool:  # noqa: ANN401 - whatever stands in the table
    try:
        for number in numbers:
            from_number(number)
    except (TypeError, OverflowError, ValueError):
        return False
    return True
