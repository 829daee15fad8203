"""A digest: what it is called, in which order its events come, and one upload named once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.delivery.digest import by_watch, digest_event
from gazelled.delivery.merging import covers, merged, overlap, without_repeats
from gazelled.model import Event, EventKind, Item
from gazelled.store.codec import dump_event, load_event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(
    watch: str, *ids: str, kind: EventKind = EventKind.NEW, of: str = "torrent", key: str = ""
) -> Event:
    """Return an event of a watch about items."""
    items = tuple(Item(id_, of, f"{watch} {id_}") for id_ in ids)
    name = f"{watch}:{kind}:{key or '+'.join(ids)}"
    return Event(name, kind, watch, NOON, items[0].title, "", items)


def several(watch: str, number: int, kind: EventKind = EventKind.NEW) -> list[Event]:
    """Return events of a watch, each about an item of its own."""
    return [event(watch, f"{watch}{count}", kind=kind) for count in range(number)]


@pytest.mark.parametrize(
    ("events", "title"),
    [
        (several("yeast", 7) + several("mouse", 5), "12 new data sets in yeast and mouse"),
        (several("yeast", 1), "1 new data set in yeast"),
        (
            several("a", 1) + several("b", 1) + several("c", 1) + several("d", 1) + several("e", 1),
            "5 new data sets in a, b, c and 2 other watches",
        ),
        (
            several("yeast", 2) + several("rescue", 1, EventKind.RAISED),
            "1 alert and 2 new data sets in rescue and yeast",
        ),
        ([event("news", "1", of="announcement")], "1 new item in news"),
        ([event("", "x", kind=EventKind.NOTICE, of="notice")], "1 notice"),
    ],
)
def test_its_title_counts_what_came(events: list[Event], title: str) -> None:
    """It says how many of what, and in which watches."""
    assert digest_event(events, "phone", NOON).title == title


def test_it_holds_its_events_and_all_of_their_items() -> None:
    """So that plugins that know no digests have something to show."""
    events = [event("yeast", "1", "2"), event("mouse", "3")]
    digest = digest_event(events, "phone", NOON)
    assert digest.kind is EventKind.DIGEST
    assert digest.events == tuple(events)
    assert [item.id for item in digest.items] == ["1", "2", "3"]
    assert digest.text == "yeast:\n- yeast 1\n\nmouse:\n- mouse 3"
    assert (digest.watch, digest.urgent) == ("", False)
    assert load_event(dump_event(digest)) == digest


def test_equal_events_make_one_digest() -> None:
    """Its key doesn't depend on when and in which order they were combined, but on the target."""
    events = several("yeast", 3)
    key = digest_event(events, "phone", NOON).key
    assert digest_event(events[::-1], "phone", NOON + timedelta(hours=1)).key == key
    assert digest_event(events, "mail", NOON).key != key
    assert digest_event(events[1:], "phone", NOON).key != key


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(EventKind)), max_size=30))
def test_watches_stay_together_and_the_most_important_comes_first(
    rows: list[tuple[str, EventKind]],
) -> None:
    """No watch comes twice, no event goes, and what is equal keeps its order."""
    events = [event(watch, str(number), kind=kind) for number, (watch, kind) in enumerate(rows)]
    ordered = by_watch(events)
    watches = [it.watch for it in ordered]
    runs = [watch for place, watch in enumerate(watches) if watches[place - 1 : place] != [watch]]
    assert len(runs) == len(set(runs))
    assert sorted(it.key for it in ordered) == sorted(it.key for it in events)
    for watch in set(watches):
        own = [it for it in ordered if it.watch == watch]
        assert own == by_watch(it for it in events if it.watch == watch)
        assert own == by_watch(own)


def test_one_upload_of_two_watches_is_named_once_with_both() -> None:
    """Its items are those of both, and it stands where it was found first."""
    found = [event("yeast", "1", "2"), event("mouse", "9"), event("fungi", "2", "3")]
    first, other = without_repeats(found)
    assert (first.watch, first.also) == ("yeast", ("fungi",))
    assert [item.id for item in first.items] == ["1", "2", "3"]
    assert other == found[1]
    digest = digest_event(found, "phone", NOON)
    assert digest.title == "2 new data sets in yeast and mouse"
    assert "- yeast 1 (also in fungi)" in digest.text


def test_three_watches_are_one_message() -> None:
    """However many found it."""
    found = [event(watch, "1") for watch in ("yeast", "fungi", "all")]
    (only,) = without_repeats(found)
    assert only.also == ("fungi", "all")
    assert merged(found[0], []) is found[0]


def test_what_is_not_the_same_upload() -> None:
    """Another kind of event or item, the same watch, a replay, or a number that was given again."""
    mine = event("yeast", "1")
    dated, later = (
        replace(it, items=(replace(it.item, time=NOON + timedelta(days=days)),))
        for it, days in ((mine, 0), (event("mouse", "1"), 9))
    )
    others = [
        event("mouse", "1", kind=EventKind.CHANGE),
        event("mouse", "1", of="conversation"),
        event("yeast", "1", key="again"),
        event("mouse", "1", key=f"1:replay:{NOON.isoformat()}"),
        event("mouse", "2"),
    ]
    assert not any(overlap(mine, other) or overlap(other, mine) for other in others)
    assert without_repeats([mine, *others]) == [mine, *others]
    assert not overlap(dated, later)
    assert overlap(mine, later)


def test_what_is_covered_needs_all_of_it() -> None:
    """A format that the first message didn't have is news."""
    first, part, more = event("yeast", "1", "2"), event("mouse", "2"), event("mouse", "2", "3")
    assert covers(first, part)
    assert overlap(first, more)
    assert not covers(first, more)


def test_a_big_digest_takes_no_quadratic_work() -> None:
    """Thousands of events, half of them of two watches, are looked at once each."""
    numbers = [str(number) for number in range(20_000)]
    events = [event(watch, number) for number in numbers for watch in ("a", "b")]
    assert len(without_repeats(events)) == 20_000
