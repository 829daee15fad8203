"""Turning pages of lists that change meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from gazelled.tracker.catalogue.listing import Paging
from gazelled.tracker.client.paging import MOST_SETTLING, ListEntry, ListPage, Pages

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


class Manner(TypedDict):
    """How a list is divided, as `Pages` takes it."""

    paging: Paging
    ordered: bool


DOWN = Manner(paging=Paging(3), ordered=True)
MOVING = Manner(paging=Paging(3), ordered=False)
UP = Manner(paging=Paging(3, oldest_first=True), ordered=False)
UP_FROM_LAST = Manner(paging=Paging(3, oldest_first=True, starts_last=True), ordered=False)
UP_TO_A_LAST = Manner(paging=Paging(3, oldest_first=True, last=1000), ordered=False)


@dataclass
class Shop:
    """
    A list on a site, in the site's order, that changes before some requests.

    Attributes:
        ids: What is in it.
        size: How many entries a page has.
        changes: What happens before a request, by its number from 1.
        sticky: What stays in front.
        clamp: The last page; later ones repeat it.
        told: Whether the site tells how many pages there are.

    """

    ids: list[int]
    size: int = 3
    changes: dict[int, Callable[[list[int]], object]] = field(default_factory=dict)
    sticky: frozenset[int] = frozenset()
    clamp: int = 0
    told: bool = True
    starts_last: bool = False
    asked: list[int | None] = field(default_factory=list)
    moved: dict[int, int] = field(default_factory=dict)

    def time(self, entry: int) -> datetime:
        """Return when an entry appeared, or came to the front."""
        days = 5000 + self.moved[entry] if entry in self.moved else entry
        return BEGIN + timedelta(days=days)

    def to_front(self, where: int = -1) -> None:
        """Let an entry come to the front."""
        entry = self.ids.pop(where)
        self.ids.insert(0, entry)
        self.moved[entry] = len(self.moved) + len(self.asked)

    async def turn(self, number: int | None) -> ListPage[str]:
        """Show a page."""
        self.asked.append(number)
        if change := self.changes.get(len(self.asked)):
            change(self.ids)
        pages = -(-len(self.ids) // self.size)
        number = number or (max(pages, 1) if self.starts_last else 1)
        shown = min(number, self.clamp or number)
        part = self.ids[(shown - 1) * self.size : shown * self.size]
        entries = [
            ListEntry(f"entry {each}", each, self.time(each), each in self.sticky) for each in part
        ]
        return ListPage(entries, pages if self.told else None, number)


async def read(pages: Pages[str]) -> list[int]:
    """Turn all pages and tell the ids."""
    return [int(value.removeprefix("entry ")) async for value in pages]


def down(most: int) -> list[int]:
    """List ids from one down to 1."""
    return list(range(most, 0, -1))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
@pytest.mark.parametrize("manner", [DOWN, MOVING])
async def test_all_pages_are_read_from_the_newest(count: int, manner: Manner) -> None:
    """Whether there is one page, or none, or the last one is full."""
    shop = Shop(down(count))
    assert await read(Pages(shop.turn, **manner)) == down(count)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
@pytest.mark.parametrize("manner", [UP, UP_FROM_LAST])
async def test_a_list_that_begins_with_the_oldest_is_read_from_its_end(
    count: int, manner: Manner
) -> None:
    """The newest come first all the same."""
    shop = Shop(down(count)[::-1], starts_last=manner["paging"].starts_last)
    assert await read(Pages(shop.turn, **manner)) == down(count)


async def test_a_last_page_without_a_number_is_the_last() -> None:
    """Where a site shows its last page first and doesn't say which it is, none before is lost."""
    shop = Shop(down(9)[::-1], starts_last=True)

    async def turn(number: int | None) -> ListPage[str]:
        return replace(await shop.turn(number), number=None)

    assert await read(Pages(turn, **UP_FROM_LAST)) == down(9)


@pytest.mark.parametrize("manner", [DOWN, UP, UP_FROM_LAST, UP_TO_A_LAST])
@pytest.mark.parametrize("count", [0, 3])
async def test_a_number_of_pages_that_is_no_such_number(count: int, manner: Manner) -> None:
    """A site that promises millions of pages and shows the same one is asked a few times."""
    asked: list[int | None] = []

    async def turn(number: int | None) -> ListPage[str]:
        asked.append(number)
        entries = [ListEntry(f"entry {each}", each) for each in down(count)]
        return ListPage(entries, 10**17, number)

    pages = Pages(turn, **manner)
    assert sorted(await read(pages)) == sorted(down(count))
    assert len(asked) <= 5


async def test_neighbours_need_no_second_look() -> None:
    """Where ids go on without a hole, each page is read once."""
    shop = Shop(down(9))
    await read(Pages(shop.turn, **DOWN))
    assert shop.asked == [1, 2, 3]


async def test_a_hole_between_pages_is_looked_at_again() -> None:
    """Something may have moved past a page that was read; nothing had."""
    shop = Shop([9, 8, 7, 5, 4, 3])
    assert await read(Pages(shop.turn, **DOWN)) == [9, 8, 7, 5, 4, 3]
    assert shop.asked == [1, 2, 1]


async def test_no_more_is_read_than_is_wanted() -> None:
    """A page that isn't needed isn't asked for."""
    shop = Shop(down(9))
    assert await read(Pages(shop.turn, **DOWN, newest=3)) == [9, 8, 7]
    assert shop.asked == [1]
    assert await read(Pages(shop.turn, **DOWN, newest=0)) == []
    assert shop.asked == [1]


async def test_it_stops_before_a_known_id() -> None:
    """Also when that one was deleted: any older one will do."""
    shop = Shop([9, 8, 7, 5, 4, 3, 2, 1])
    assert await read(Pages(shop.turn, **DOWN, until_id=6)) == [9, 8, 7]
    assert await read(Pages(shop.turn, **DOWN, until_id=5)) == [9, 8, 7]


async def test_it_stops_before_what_is_older() -> None:
    """What appeared at that very time is still told."""
    shop = Shop(down(9))
    pages = Pages(shop.turn, **DOWN, until=BEGIN + timedelta(days=5))
    assert await read(pages) == [9, 8, 7, 6, 5]
    assert pages.read == 2


@pytest.mark.parametrize("stop", [{"until_id": 6}, {"until": BEGIN + timedelta(days=7)}])
async def test_what_stays_in_front_does_not_stop_it(stop: dict[str, int]) -> None:
    """A sticky entry may be old."""
    shop = Shop([1, 9, 8, 7, 6, 5], sticky=frozenset({1}))
    assert await read(Pages(shop.turn, **MOVING, **stop)) == [1, 9, 8, 7]  # type: ignore[arg-type] # either


async def test_a_list_from_the_end_stops_too() -> None:
    """By an id, a time or a count."""
    shop = Shop(down(9)[::-1])
    assert await read(Pages(shop.turn, **UP, until_id=4)) == [9, 8, 7, 6, 5]
    assert await read(Pages(shop.turn, **UP, newest=4)) == [9, 8, 7, 6]


async def test_pages_that_repeat_for_ever_end() -> None:
    """It is known from the catalogue which page is the last, or seen; and it says so."""
    known = Pages(Shop(down(30), clamp=2).turn, Paging(3, last=2), ordered=True)
    assert await read(known) == down(30)[:6]
    assert (known.cut, known.read) == (True, 2)
    for manner in (DOWN, MOVING):
        seen = Pages(Shop(down(30), clamp=2).turn, **manner)
        assert await read(seen) == down(30)[:6]
        assert seen.cut
    whole = Pages(Shop(down(6)).turn, Paging(3, last=2), ordered=True)
    assert await read(whole) == down(6)
    assert not whole.cut


async def test_a_site_that_tells_no_pages_is_read_until_nothing_comes() -> None:
    """A page without entries is behind the last one."""
    shop = Shop(down(7), told=False)
    assert await read(Pages(shop.turn, **DOWN)) == down(7)


async def test_pages_that_were_promised_and_are_not_there_end_it() -> None:
    """Some searches tell more pages than they have."""

    async def turn(number: int | None) -> ListPage[str]:
        first = [ListEntry("entry 1", 1)] if number == 1 else []
        return ListPage(first, 5)

    assert await read(Pages(turn, **DOWN)) == [1]


async def test_entries_without_an_id_are_told_once() -> None:
    """They are known by what they say."""
    entries = [ListEntry("entry 3", None), ListEntry("entry 3", None), ListEntry("entry 2", 2)]

    async def turn(number: int | None) -> ListPage[str]:
        return ListPage(entries if number == 1 else [], None)

    assert await read(Pages(turn, **DOWN)) == [3, 2]


async def test_a_deletion_loses_nothing() -> None:
    """What it pulled past the page that was read is found."""
    shop = Shop(down(9), changes={2: lambda ids: ids.remove(9)})
    assert await read(Pages(shop.turn, **DOWN)) == down(9)


async def test_the_last_page_may_vanish() -> None:
    """Its entries are on the page before, then."""
    shop = Shop(down(4), changes={2: lambda ids: ids.remove(4)})
    assert await read(Pages(shop.turn, **DOWN)) == down(4)


async def test_what_is_added_meanwhile_is_not_told() -> None:
    """It is newer than the beginning; the next time finds it."""
    shop = Shop(down(9), changes={2: lambda ids: ids.insert(0, 10)})
    assert await read(Pages(shop.turn, **DOWN)) == down(9)


async def test_what_comes_to_the_front_meanwhile_is_told_at_the_end() -> None:
    """In a list where entries move, such as conversations with a reply."""
    shop = Shop(down(9), changes={2: lambda _: shop.to_front()})
    assert await read(Pages(shop.turn, **MOVING)) == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert sorted(await read(Pages(shop.turn, **MOVING))) == sorted(down(9))


async def test_a_list_that_never_rests_ends_all_the_same() -> None:
    """The number of second looks has a bound."""
    shop = Shop(
        list(range(1000, 0, -2)),
        changes=dict.fromkeys(range(1, 200), lambda ids: ids.remove(ids[0])),
    )
    await read(Pages(shop.turn, **DOWN, newest=30))
    assert len(shop.asked) <= 10 * 2 * (MOST_SETTLING + 1)


Change = tuple[int, Sequence[float], Sequence[float]]


@settings(max_examples=300, deadline=None)
@given(
    count=some.integers(0, 40),
    size=some.integers(1, 6),
    holes=some.sets(some.integers(1, 40)),
    changes=some.lists(
        some.tuples(
            some.integers(1, 4),
            some.integers(0, 5),
            some.lists(some.floats(0, 1, exclude_max=True), max_size=5),
            some.lists(some.floats(0, 1, exclude_max=True), max_size=2),
        ),
        max_size=6,
    ),
    which=some.sampled_from(["ordered", "moving", "from the end"]),
)
@example(  # pages behind an end that came nearer are all the same, and no reason to stop
    count=9,
    size=1,
    holes=set(),
    changes=[(1, 0, [0.0] * 3, []), (1, 0, [0.0] * 4, [])],
    which="from the end",
)
async def test_nothing_is_lost_and_nothing_comes_twice(
    count: int,
    size: int,
    holes: set[int],
    changes: list[tuple[int, int, list[float], list[float]]],
    which: str,
) -> None:
    """Whatever is added, deleted or moved, as long as three requests lie between two changes."""
    start = [each for each in down(count) if each not in holes]
    deleted: set[int] = set()
    fresh = iter(range(1000, 2000))
    up = which == "from the end"

    def change(added: int, gone: list[float], moved: list[float]) -> Callable[[list[int]], None]:
        def happen(ids: list[int]) -> None:
            for where in gone[: len(ids)]:
                each = ids.pop(int(where * len(ids)))
                deleted.add(each)
            if which == "moving":
                for where in moved[: len(ids)]:
                    shop.to_front(int(where * len(ids)))
            for _ in range(added):
                ids.insert(len(ids) if up else 0, next(fresh))

        return happen

    at, schedule = 0, dict[int, Callable[[list[int]], object]]()
    for wait, added, gone, moved in changes:
        at += wait + 2
        schedule[at] = change(added, gone, moved)
    manner = {"ordered": DOWN, "moving": MOVING, "from the end": UP}[which]
    shop = Shop(start[::-1] if up else [*start], size, schedule)
    found = await read(Pages(shop.turn, **manner))
    assert len(found) == len(set(found))
    assert set(start) - deleted <= set(found)
    assert which == "moving" or [each for each in found if each < 1000] == sorted(
        (each for each in found if each < 1000), reverse=True
    )
