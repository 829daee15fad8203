"""Events and times survive being written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazelled.model import Change, Event, EventKind, Item
from gazelled.store.codec import (
    dump_event,
    dump_item,
    from_number,
    load_event,
    load_item,
    to_number,
)

any_text = st.text(st.characters(codec=None))
texts = st.lists(any_text, max_size=3).map(tuple)
zones = st.integers(-14 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each)))
times = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - likewise
    timezones=zones,
)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | any_text | texts
items = st.builds(
    Item,
    id=any_text,
    kind=any_text,
    title=any_text,
    url=any_text,
    time=st.none() | times,
    summary=any_text,
    tags=st.none() | texts,
    size=st.none() | st.integers(),
    group=any_text,
    fields=st.dictionaries(any_text, values, max_size=4),
)
plain_events = st.builds(
    Event,
    key=any_text,
    kind=st.sampled_from(EventKind),
    watch=any_text,
    at=times,
    title=any_text,
    text=any_text,
    items=st.lists(items, min_size=1, max_size=3).map(tuple),
    why=texts,
    changes=st.lists(st.builds(Change, any_text, values, values), max_size=3).map(tuple),
    urgent=st.booleans(),
    also=texts,
)
events = st.one_of(
    plain_events,
    st.builds(
        replace, plain_events, events=st.lists(plain_events, min_size=1, max_size=2).map(tuple)
    ),
)


@given(events)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    """Whatever an event holds, it is read as it was written, types included."""
    again = load_event(dump_event(event))

    assert event == again
    assert repr([each.fields for each in event.items]) == repr(
        [each.fields for each in again.items]
    )
    assert repr(event.changes) == repr(again.changes)


@given(events)
def test_an_event_is_one_line_of_ascii(event: Event) -> None:
    """What is written can't be harmed by any encoding."""
    text = dump_event(event)

    assert text.isascii()
    assert "\n" not in text


@given(items)
def test_an_item_comes_back_as_it_was(item: Item) -> None:
    """Whatever an item holds, it is read as it was written; its id stands beside it."""
    text = dump_item(item)

    assert load_item(item.id, text) == item
    assert text.isascii()
    assert "\n" not in text


@given(times)
def test_a_time_comes_back_in_utc(moment: datetime) -> None:
    """A time is the same moment to the microsecond, and in UTC."""
    again = from_number(to_number(moment))

    assert moment == again
    assert again.tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time can't be mistaken for a moment."""
    with pytest.raises(ValueError, match="zone"):
        to_number(datetime(2026, 1, 1))  # noqa: DTZ001 - the point


def test_what_an_event_does_not_have_is_not_written() -> None:
    """An event without changes that isn't urgent is written as before there were such."""
    event = Event("k", EventKind.NEW, "w", from_number(0), "t", "", (Item("1", "torrent", "T"),))
    text = dump_event(event)

    assert text == (
        '{"key":"k","kind":"new","watch":"w","at":0,"title":"t",'
        '"items":[{"id":"1","kind":"torrent","title":"T"}]}'
    )
    assert load_event(text) == event


def test_empty_is_not_the_same_as_not_told() -> None:
    """An item without tags differs from one whose tags the tracker didn't tell."""
    item = Item("1", "torrent", "Reads", tags=(), size=0, time=from_number(0))
    event = Event("k", EventKind.NEW, "w", from_number(0), "t", "", (item,))

    assert item == load_event(dump_event(event)).item


def test_a_digest_holds_its_items_once() -> None:
    """The items of a digest are those of its events, and stand in these alone."""
    single = Event("k", EventKind.NEW, "w", from_number(0), "t", "", (Item("1", "torrent", "T"),))
    digest = Event(
        "d", EventKind.DIGEST, "", from_number(0), "t", "", single.items, events=(single,)
    )
    text = dump_event(digest)

    assert text.count('"items"') == 1
    assert load_event(text) == digest
