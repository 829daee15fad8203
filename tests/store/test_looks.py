"""The transaction of a look: what it collects is written as a whole, and nothing for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.store.conftest import marked

from gazelled.model import Event, EventKind, Item, Position, StreamId
from gazelled.store import Hole, LookTransaction, Store, StreamState

UPLOADS = StreamId("uploads")
BEFORE = StreamState(UPLOADS, Position(7), Position(3), begun=True)
NOTHING = LookTransaction(UPLOADS, watermark=Position(7), floor=Position(3))
READS = Item("8", "torrent", "Reads")
BEFORE_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_look_that_finds_nothing_changes_nothing() -> None:
    """Most are like that, and needn't be written."""
    assert not NOTHING.changes(BEFORE)


@pytest.mark.parametrize(
    "change",
    [
        {"watermark": Position(8)},
        {"watermark": None},
        {"floor": Position(0)},
        {"known": ["8"]},
        {"forgotten": ["6"]},
        {"items": [READS]},
        {"begun": ["yeast"]},
        {"rules": {"yeast": "{}"}},
        {"marks": [marked("yeast")]},
        {"gaps": [("3", "7")]},
        {"holes": [Hole(3, 7)]},
        {"holes": []},
        {"values": {"unfinished:uploads": None}},
    ],
    ids=str,
)
def test_each_change_is_one(change: dict[str, Any]) -> None:
    """Whatever it is alone."""
    assert replace(NOTHING, **change).changes(BEFORE)


def test_a_first_look_changes_something() -> None:
    """Even at an empty stream: that it was looked at."""
    assert LookTransaction(UPLOADS).changes(StreamState(UPLOADS))


async def test_what_is_kept_under_keys_is_part_of_it(store: Store) -> None:
    """It is there with the rest, or not at all."""
    await store.set_kv("unfinished:uploads", "{}")
    event = Event("e", EventKind.NEW, "yeast", BEFORE_AT, "e", "", (READS,))
    look = LookTransaction(
        UPLOADS, events=[(event, [])], values={"unfinished:uploads": None, "pages:uploads": "3"}
    )
    with pytest.raises(UnicodeEncodeError):
        await store.commit_look(replace(look, values={**look.values, "a": "\ud800"}))
    assert await store.get_kv("unfinished:uploads") == "{}"
    assert (await store.counts())["events"] == 0

    await store.commit_look(look)
    assert await store.get_kv("unfinished:uploads") is None
    assert await store.get_kv("pages:uploads") == "3"


async def test_a_state_knows_all_that_a_look_begins_with(store: Store) -> None:
    """Its watches and when it was asked, in one go."""
    await store.commit_look(replace(NOTHING, begun=["yeast"], above=Position(5)))
    assert (await store.streams.state(UPLOADS)).asked_at is None
    await store.mark_run(UPLOADS, BEFORE_AT)
    state = await store.streams.state(UPLOADS)
    assert state == BEFORE
    assert (state.watches, state.asked_at) == ({"yeast": Position(5)}, BEFORE_AT)


async def test_marks_of_another_scope_go(store: Store) -> None:
    """What a watch remembered as another kind can't be compared."""
    await store.commit_look(LookTransaction(UPLOADS, marks=[marked("yeast", a="x")]))
    other = replace(marked("yeast", b="y"), scope="alert 01234567")
    await store.commit_look(LookTransaction(UPLOADS, marks=[other]))
    assert await store.watches.marks("yeast", marked("yeast").scope) == {}
    assert (await store.watches.marks("yeast", other.scope)).keys() == {"b"}
