"""What is known of the streams."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.store.conftest import marked, marks_of

from gazelled.model import Event, Item, Position, StreamId
from gazelled.store import NAME, Hole, LookTransaction, Store, StreamState

BELL = StreamId("bell")
COLLAGE = StreamId("collage")
COLLAGE_1 = StreamId("collage 1")
INBOX = StreamId("inbox")
NOWHERE = StreamId("nowhere")
ODD = StreamId("odd")
OTHER = StreamId("other")
UPLOADS = StreamId("uploads")


async def test_a_stream_begins_with_its_first_look(store: Store) -> None:
    """Before the first look there is no watermark; afterwards it says how far."""
    before = await store.streams.state(UPLOADS)
    await store.commit_look(LookTransaction(UPLOADS, watermark=Position(100), floor=Position(90)))

    assert before == StreamState(UPLOADS, None, None, begun=False)
    assert await store.streams.state(UPLOADS) == StreamState(
        UPLOADS, Position(100), Position(90), begun=True
    )


async def test_ids_are_known_in_their_stream_only(store: Store) -> None:
    """The same id in another stream is news."""
    await store.commit_look(LookTransaction(UPLOADS, known=["1", "2"]))
    await store.commit_look(LookTransaction(COLLAGE_1, known=["3"]))

    assert await store.streams.known(UPLOADS, ["1", "2", "3"]) == {"1", "2"}
    assert await store.streams.known(COLLAGE_1, ["1", "2", "3"]) == {"3"}
    assert await store.streams.known(NOWHERE, ["1"]) == set()


async def test_ids_are_texts_and_not_numbers(store: Store) -> None:
    """Ids that are equal as numbers, or odd, are different ids."""
    odd = ["1", "01", "1.0", " 1", "", "é", "7:2026-03-01 12:00:00", "\x00", "x" * 5000]
    await store.commit_look(LookTransaction(ODD, known=odd[1:]))

    assert await store.streams.known(ODD, odd) == set(odd[1:])


async def test_any_number_of_ids_can_be_asked_for(store: Store) -> None:
    """Also more than one query takes."""
    ids = [str(number) for number in range(1_201)]
    await store.commit_look(LookTransaction(UPLOADS, known=ids[1:]))

    assert await store.streams.known(UPLOADS, ids) == set(ids[1:])
    assert await store.streams.known(UPLOADS, []) == set()


async def test_known_ids_can_be_forgotten(store: Store) -> None:
    """What comes back as a new revision takes the old one's place; adding wins."""
    await store.commit_look(LookTransaction(INBOX, known=["1:a", "2:a"]))
    await store.commit_look(LookTransaction(INBOX, forgotten=["1:a", "2:a"], known=["1:b", "2:a"]))

    assert await store.streams.known(INBOX, ["1:a", "1:b", "2:a"]) == {"1:b", "2:a"}


async def test_each_watch_has_its_own_first_look(store: Store) -> None:
    """That one watch has begun on a stream says nothing of another watch or stream."""
    await store.commit_look(LookTransaction(UPLOADS, begun=["yeast"], watermark=Position(7)))
    await store.commit_look(
        LookTransaction(UPLOADS, begun=["yeast", "mice"], watermark=Position(9))
    )
    await store.commit_look(LookTransaction(INBOX))

    assert (await store.streams.state(UPLOADS)).watches == {
        "yeast": Position(7),
        "mice": Position(9),
    }
    assert (
        (await store.streams.state(INBOX)).watches
        == (await store.streams.state(StreamId("never seen"))).watches
        == {}
    )


async def test_streams_are_told_with_what_could_not_be_seen(store: Store) -> None:
    """Each stream says how far it was seen, and its gaps from the oldest on, by number."""
    gaps = [("95", "110"), ("", "7"), ("9", "80")]
    await store.commit_look(
        LookTransaction(UPLOADS, watermark=Position(120), floor=Position(5), gaps=gaps)
    )
    await store.commit_look(LookTransaction(INBOX, watermark=Position(1772366400.5)))

    assert await store.streams.states() == [
        StreamState(UPLOADS, Position(120), Position(5), begun=True),
        StreamState(INBOX, Position(1772366400.5), begun=True),
    ]
    assert await store.streams.gaps(UPLOADS) == [("", "7"), ("9", "80"), ("95", "110")]
    assert await store.streams.gaps(INBOX) == await store.streams.gaps(NOWHERE) == []
    assert await store.streams.all_gaps() == {UPLOADS: [("", "7"), ("9", "80"), ("95", "110")]}


async def test_holes_stay_until_others_are_written(store: Store) -> None:
    """A look that says nothing of holes leaves them; one that does replaces those of its stream."""
    await store.commit_look(LookTransaction(UPLOADS, holes=[Hole(2000, 5000), Hole(40, 60)]))
    await store.commit_look(LookTransaction(StreamId("uploads of others"), holes=[Hole(1, 9)]))
    await store.commit_look(LookTransaction(UPLOADS))
    before = await store.streams.holes()
    await store.commit_look(LookTransaction(UPLOADS, holes=[Hole(2000, 4000)]))
    between = await store.streams.holes()
    await store.commit_look(LookTransaction(UPLOADS, holes=[]))

    assert before == {"uploads": [(40, 60), (2000, 5000)], "uploads of others": [(1, 9)]}
    assert between == {"uploads": [(2000, 4000)], "uploads of others": [(1, 9)]}
    assert await store.streams.holes() == {"uploads of others": [(1, 9)]}


async def test_watches_remember_things(store: Store) -> None:
    """What one remembers is replaced and forgotten thing by thing, and is no other watch's."""
    await store.commit_look(
        LookTransaction(
            COLLAGE,
            marks=[
                marked("seeds", **{"1": "3"}),
                marked("seeds", **{"2": ""}),
                marked("b", **{"1": "é"}),
            ],
        )
    )
    await store.commit_look(
        LookTransaction(
            OTHER,
            marks=[
                marked("seeds", **{"1": "4"}),
                marked("seeds", **{"2": None}),
                marked("c", **{"1": None}),
            ],
        )
    )

    assert await marks_of(store, "seeds") == {"1": "4"}
    assert await marks_of(store, "b") == {"1": "é"}
    assert await marks_of(store, "c") == await marks_of(store, "never seen") == {}


async def test_the_last_mark_of_a_thing_counts(store: Store) -> None:
    """A look that marks a thing several times leaves what it said last."""
    marks = [
        marked("a", **{"1": "x"}),
        marked("a", **{"1": None}),
        marked("a", **{"2": None}),
        marked("a", **{"2": "y"}),
    ]
    await store.commit_look(LookTransaction(COLLAGE, marks=marks))

    assert await marks_of(store, "a") == {"2": "y"}


async def test_a_look_again_changes_nothing(store: Store, make_event: Callable[..., Event]) -> None:
    """The same look committed twice is one: ids, events, deliveries, gaps, holes and marks."""
    look = LookTransaction(
        UPLOADS,
        known=["1", "1"],
        watermark=Position(1),
        begun=["yeast"],
        events=[(make_event("e"), ["phone", "feed"])],
        gaps=[("5", "9")],
        marks=[marked("yeast", **{"1": "x"})],
        holes=[Hole(9, 20)],
    )
    await store.commit_look(look)
    once = await store.counts()
    await store.commit_look(look)

    assert await marks_of(store, "yeast") == {"1": "x"}
    assert await store.streams.holes() == {"uploads": [(9, 20)]}

    assert once == {"pending": 2, "done": 0, "given_up": 0, "events": 1, "gaps": 1}
    assert await store.counts() == once


async def test_a_look_that_fails_changes_nothing(
    store: Store, make_event: Callable[..., Event]
) -> None:
    """If a part of a look can't be written, none of it is."""
    broken = LookTransaction(
        UPLOADS,
        known=["1"],
        watermark=Position(1),
        events=[(make_event("e"), ["phone"])],
        holes=[Hole(1, 2)],
        marks=[marked("yeast", **{"1": "x"}), marked("yeast", **{"2": "\ud800"})],
    )

    with pytest.raises(UnicodeEncodeError):
        await store.commit_look(broken)

    assert await store.streams.holes() == {}
    assert await marks_of(store, "yeast") == {}

    assert await store.streams.state(UPLOADS) == StreamState(UPLOADS)
    assert (await store.counts())["events"] == 0


@pytest.mark.parametrize(
    "shape",
    ["{0}", "{0}:2026-11-23 12:00:00", "{0}:{1}"],
    ids=["upload", "conversation", "thread"],
)
async def test_a_known_id_costs_few_bytes(store: Store, folder: Path, shape: str) -> None:
    """An id costs at most 40 bytes, whatever its kind and in whatever order they come."""
    ids = [shape.format(60_000 + each, 10_000_000 + 7 * each) for each in range(50_000)]
    random.Random(shape).shuffle(ids)  # noqa: S311 - no secret
    empty = (folder / NAME).stat().st_size
    for start in range(0, len(ids), 1_000):
        await store.commit_look(
            LookTransaction(StreamId("a stream"), known=ids[start : start + 1_000])
        )
    await store.close()

    assert ((folder / NAME).stat().st_size - empty) / len(ids) <= 40


async def test_known_numbers_are_found_by_their_order(store: Store) -> None:
    """Whatever else is known; numbers beyond what SQLite counts to are the highest."""
    ids = ["9", "10", "100", "2", str(10**12), str(10**30), "News:7", "", "-3", "7:x"]
    await store.commit_look(LookTransaction(UPLOADS, known=ids))
    await store.commit_look(LookTransaction(OTHER, known=["50"]))

    assert await store.streams.known_from(UPLOADS, 10) == [
        "10",
        "100",
        str(10**12),
        str(10**30),
    ]
    assert await store.streams.known_from(UPLOADS, 10**40) == [str(10**30)]
    below = [await store.streams.known_below(UPLOADS, 100, number) for number in range(4)]
    assert below == [10, 9, 2, None]
    assert await store.streams.known_below(NOWHERE, 100, 0) is None


async def test_known_ids_are_found_by_how_they_begin(store: Store) -> None:
    """With no sign that means something else."""
    await store.commit_look(
        LookTransaction(BELL, known=["News:7", "News:8", "Blog:7", "Newsy", "N%:1"])
    )

    assert await store.streams.known_with(BELL, ["News:", "N%:"]) == {
        "News:7",
        "News:8",
        "N%:1",
    }
    assert await store.streams.known_with(BELL, []) == set()


async def test_times_of_kept_items(store: Store) -> None:
    """Of those that are kept in that stream; the latest one counts."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    items = [Item("1", "torrent", "A", time=at), Item("2", "torrent", "B")]
    await store.commit_look(LookTransaction(UPLOADS, items=items, at=at))
    later = [Item("1", "torrent", "A", time=at + timedelta(days=1))]
    await store.commit_look(LookTransaction(UPLOADS, items=later, at=at + timedelta(days=1)))

    found = await store.archive.kept_times(UPLOADS, ["1", "2", "3"])
    assert found == {"1": at + timedelta(days=1), "2": None}
    assert await store.archive.kept_times(OTHER, ["1"]) == {}


async def test_what_a_watch_began_above_goes_down_with_the_watermark(store: Store) -> None:
    """Else what is given those ids again would be no news for it."""
    await store.commit_look(LookTransaction(UPLOADS, watermark=Position(1000), begun=["yeast"]))
    await store.commit_look(LookTransaction(UPLOADS, watermark=Position(1200)))
    assert (await store.streams.state(UPLOADS)).watches == {"yeast": Position(1000)}
    await store.commit_look(LookTransaction(UPLOADS, watermark=Position(900)))
    assert (await store.streams.state(UPLOADS)).watches == {"yeast": Position(900)}
