"""What nobody asks for any more goes after a while; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.store.conftest import marked, marks_of

from gazelled.model import Event, Item, Position, StreamId
from gazelled.store import Hole, LookTransaction, Store, StreamState
from gazelled.store.backup.verifying import verify

REMOVED = StreamId("removed")
UPLOADS = StreamId("uploads")

KEPT = timedelta(days=90)
DAY = timedelta(days=1)


def look(stream: str, watch: str, at: datetime) -> LookTransaction:
    """Make a look that leaves something in every table."""
    return LookTransaction(
        StreamId(stream),
        known=["1", "2"],
        watermark=Position(2),
        begun=[watch],
        gaps=[("5", "9")],
        at=at,
        items=[Item("2", "torrent", "Reads")],
        marks=[marked(watch, **{"1": "x"})],
        holes=[Hole(2, 5)],
        rules={watch: "{}"},
    )


async def keep_up(store: Store, now: datetime, *configured: str) -> None:
    """Do what a daemon does a few times a day; streams and watches have the same names here."""
    await store.mark_in_use([*map(StreamId, configured)], configured, now)
    await store.prune(now - KEPT)


async def test_what_is_not_configured_any_more_goes(store: Store, noon: datetime) -> None:
    """After 90 days all of a removed source and watch goes, and all of the others stays."""
    for name in ("kept", "removed"):
        await store.commit_look(look(name, name, noon))
    await keep_up(store, noon, "kept", "removed")
    await keep_up(store, noon + KEPT, "kept")
    before = await store.streams.knowing("1")
    await keep_up(store, noon + KEPT + DAY, "kept")

    assert before == ["kept", "removed"]
    assert await store.streams.states() == [StreamState(StreamId("kept"), Position(2), begun=True)]
    assert await store.streams.state(REMOVED) == StreamState(REMOVED)
    assert await store.streams.known(StreamId("kept"), ["1", "2"]) == {"1", "2"}
    assert await store.streams.known(REMOVED, ["1", "2"]) == set()
    assert await store.streams.holes() == {"kept": [(2, 5)]}
    assert (
        await store.streams.gaps(StreamId("kept")),
        await store.streams.gaps(REMOVED),
    ) == (
        [("5", "9")],
        [],
    )
    assert (await marks_of(store, "kept"), await marks_of(store, "removed")) == (
        {"1": "x"},
        {},
    )
    assert [len(await store.watches.rules(name)) for name in ("kept", "removed")] == [1, 0]
    assert await store.watches.names() == {"kept"}
    assert verify(store.path).wrong == ()


async def test_what_was_not_seen_for_long_stays(store: Store, noon: datetime) -> None:
    """Neither an outage nor a daemon that was off for a year makes news into a first look."""
    await store.commit_look(look("uploads", "yeast", noon))
    await store.mark_in_use([UPLOADS], ["yeast"], noon)
    for days in (100, 365, 365 + 91):  # the first one is after a pause, too
        await store.mark_in_use([UPLOADS], ["yeast"], noon + days * DAY)
        await store.prune(noon + days * DAY - KEPT)

    assert await store.streams.state(UPLOADS) == StreamState(UPLOADS, Position(2), begun=True)
    assert await store.streams.known(UPLOADS, ["1", "2"]) == {"1", "2"}
    assert (await store.streams.state(UPLOADS)).watches.keys() == {"yeast"}
    assert await marks_of(store, "yeast") == {"1": "x"}


async def test_what_was_never_noted_counts_from_now_on(store: Store, noon: datetime) -> None:
    """What an older version left behind goes too, and not at once."""
    await store.commit_look(look("uploads", "yeast", noon))
    await store.prune(noon + 1000 * DAY)
    await keep_up(store, noon + 1000 * DAY)
    before = (await store.streams.state(UPLOADS)).watches
    await keep_up(store, noon + 1000 * DAY + KEPT + DAY)

    assert before.keys() == {"yeast"}
    assert await store.streams.states() == []
    assert await store.watches.names() == set()


async def test_a_source_outlives_a_watch(store: Store, noon: datetime) -> None:
    """A watch that is removed goes with what it remembers; its source is another one's too."""
    await store.commit_look(look("uploads", "yeast", noon))
    await store.commit_look(look("uploads", "mice", noon))
    await store.mark_in_use([UPLOADS], ["yeast", "mice"], noon)
    await store.mark_in_use([UPLOADS], ["mice"], noon + KEPT + DAY)
    await store.prune(noon + DAY)

    assert (
        (await store.streams.state(UPLOADS)).watches.keys()
        == await store.watches.names()
        == {"mice"}
    )
    assert await store.streams.known(UPLOADS, ["1", "2"]) == {"1", "2"}


async def test_a_watch_that_is_forgotten_begins_anew(
    store: Store, make_event: Callable[..., Event], noon: datetime
) -> None:
    """What it remembers goes; what it told can still be explained, and its source stays."""
    await store.commit_look(look("uploads", "yeast", noon))
    await store.commit_look(look("uploads", "mice", noon))
    await store.outbox.add(make_event("e"), [])
    await store.watches.forget("yeast")
    await store.watches.forget("never seen")

    assert (await store.streams.state(UPLOADS)).watches.keys() == {"mice"}
    assert await marks_of(store, "yeast") == {}
    assert await marks_of(store, "mice") == {"1": "x"}
    assert [rule.text for rule in await store.watches.rules("yeast")] == ["{}"]
    assert [kept.item.id for kept in await store.archive.item("2")] == ["2"]
    assert await store.streams.known(UPLOADS, ["1"]) == {"1"}
    assert await store.archive.event_of("e") is not None
    assert await store.watches.names() == {"yeast", "mice"}
