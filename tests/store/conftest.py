"""A store in a folder of its own, and events to put into it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gazelled.model import Event, EventKind, Item
from gazelled.store import Mark, MarkChanges, Store
from gazelled.store.opening import NAME

SCOPE = "gone 01234567"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    """Return a time of day to begin with."""
    return NOON


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a state folder that doesn't exist yet."""
    return tmp_path / "state"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[Store]:
    """Open a store and close it afterwards."""
    async with await Store.open(folder) as opened:
        yield opened


@pytest.fixture
def make_event() -> Callable[..., Event]:
    """Make events that differ by their keys."""

    def make(key: str, *, minutes: float = 0) -> Event:
        return Event(
            key=key,
            kind=EventKind.NEW,
            watch="yeast",
            at=NOON + timedelta(minutes=minutes),
            title=f"New: {key}",
            text="",
            items=(Item(key, "torrent", key, fields={"license": "CC0", "seeders": 3}),),
        )

    return make


def marked(watch: str, **bodies: str | None) -> MarkChanges:
    """Make a watch remember something of things, or forget one."""
    changes = {thing: None if body is None else Mark(body) for thing, body in bodies.items()}
    return MarkChanges(watch, SCOPE, changes)


async def marks_of(store: Store, watch: str) -> dict[str, str]:
    """Return what a watch remembers of things."""
    return {thing: mark.body for thing, mark in (await store.watches.marks(watch, SCOPE)).items()}


@pytest.fixture
def version_1(folder: Path) -> Path:
    """Write the state as version 1 of its tables did; tell the folder."""
    return write(folder, "version_1.sql")


@pytest.fixture
def version_2(folder: Path) -> Path:
    """Write the state as version 2 of its tables did; tell the folder."""
    return write(folder, "version_2.sql")


@pytest.fixture
def version_3(folder: Path) -> Path:
    """Write the state as version 3 of its tables did; return the folder."""
    return write(folder, "version_3.sql")


def write(folder: Path, script: str) -> Path:
    """Write a state of a script beside this file; tell the folder."""
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / NAME)) as db:
        db.executescript(Path(__file__).with_name(script).read_text())
        db.execute("PRAGMA journal_mode = WAL")
    return folder
