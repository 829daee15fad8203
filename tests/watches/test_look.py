"""Looking at a stream: how far pages are turned, and that nothing slips between them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gazelled.errors import BadAnswer
from gazelled.model import Answer, Call, Lane, Position, StreamId
from gazelled.store import Gap, StreamState
from gazelled.tracker.catalogue.listing import ONE_PAGE, ItemList, Listing, Paging
from gazelled.tracker.client.paging import MOST_SETTLING
from gazelled.tracker.decoding.plan import field as model_field
from gazelled.tracker.decoding.schema import AnswerModel, Model
from gazelled.tracker.decoding.types import Flag, Text, Time
from gazelled.tracker.sites.site import Site
from gazelled.watches.streams.look import LookResult, look, news
from gazelled.watches.streams.stream import OVERLAP, Placed, Stream

SHOP = StreamId("shop")

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
SITE = Site(url="http://127.0.0.1:1", name="Shop")
FRESH = StreamState(SHOP)


class ShopEntry(Model):
    """An entry of the list."""

    id: Text
    time: Time
    sticky: Flag = model_field(rule=True)


class ShopAnswer(AnswerModel):
    """The answer with the list."""

    entries: tuple[ShopEntry, ...]


def paged(listing: Listing, **paging: Any) -> Listing:  # noqa: ANN401 - as `Paging` has it
    """Return a list that is divided in another way."""
    return replace(listing, paging=replace(listing.paging, **paging))


ENTRIES = ItemList(
    ShopAnswer,
    "entries",
    kind="torrent",
    id="id",
    title="id",
    url="torrents.php?id={id}",
    time="time",
)
IDS = Listing((ENTRIES,), order="id", paging=Paging(50, last=20))
TIMES = replace(IDS, lists=(replace(ENTRIES, id="id time"),), order="time", front="sticky")
WHOLE = replace(IDS, order="whole")
POSTS = paged(IDS, oldest_first=True)
COMMENTS = paged(POSTS, starts_last=True)


@dataclass
class Shop:
    """
    A list on a site that changes between requests.

    Attributes:
        listing: How it is read.
        ids: What is in it, in the site's order.
        size: How many entries a page has.
        changes: What happens before a request, by its number from 1.
        days: When each entry appeared or changed, in days; by its id unless it is here.
        sticky: What stays in front.
        asked: The pages that were asked for; 0 when none was named.

    """

    listing: Listing
    ids: list[int]
    size: int = 5
    changes: dict[int, Callable[[], object]] = field(default_factory=dict)
    days: dict[int, int] = field(default_factory=dict)
    sticky: frozenset[int] = frozenset()
    lane: Lane = Lane.WATCH
    asked: list[int] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    odd: bool = False

    @property
    def stream(self) -> Stream:
        """The stream that it is."""
        return Stream(Call("browse", lane=self.lane), self.listing)

    def entry(self, number: int) -> dict[str, object]:
        """Write an entry as the site does."""
        time = BEGIN + timedelta(days=self.days.get(number, number))
        return {"id": number, "sticky": number in self.sticky, "time": f"{time:%F %T}"}

    async def ask(self, call: Call) -> Answer:
        """Show a page."""
        number = int(dict(call.params).get("page", "0"))
        self.asked.append(number)
        self.lanes.append(call.lane)
        if change := self.changes.get(len(self.asked)):
            change()
        pages = max(-(-len(self.ids) // self.size), 1)
        shown = number or (pages if self.listing.paging.starts_last else 1)
        part = self.ids[(shown - 1) * self.size : shown * self.size]
        entries: list[object] = [self.entry(each) for each in part]
        entries += [{}] if self.odd else []
        return Answer(call, {"entries": entries, "pages": pages}, b"raw", BEGIN, 0.1)

    async def look(
        self,
        before: StreamState = FRESH,
        *,
        known: Collection[str] | None = None,
        **how: object,
    ) -> LookResult:
        """Look at it; without others all ids up to the watermark are known."""
        self.asked.clear()
        self.lanes.clear()

        async def recognise(entries: Sequence[Placed]) -> set[str]:
            mark = float(before.watermark or 0)
            return {
                each.id
                for each in entries
                if (self.stream.position(each) <= mark if known is None else each.id in known)
            }

        return await look(self.stream, before, SITE, self.ask, recognise=recognise, **how)  # type: ignore[arg-type] # as look has it


def down(most: int) -> list[int]:
    """List ids from one down to 1."""
    return list(range(most, 0, -1))


def ids(found: LookResult) -> list[int]:
    """Return what was found."""
    return [int(item.id.partition(":")[0]) for item in found.items]


def seen(watermark: int, floor: int | None = None) -> StreamState:
    """Return the state after an earlier look."""
    return StreamState(
        SHOP,
        Position(watermark),
        None if floor is None else Position(floor),
        begun=True,
    )


# How far


async def test_a_first_look_turns_one_page() -> None:
    """What is there already is known, so that the newest will do."""
    found = await Shop(IDS, down(30)).look()
    assert ids(found) == [30, 29, 28, 27, 26]
    assert (found.newest, found.lowest, found.pages) == (30.0, 26.0, 1)
    assert (found.more, found.complete, found.gap) == (True, False, None)
    assert (found.watermark(FRESH), found.floor(FRESH)) == (Position(30), Position(26))


async def test_it_goes_on_behind_the_watermark() -> None:
    """Uploads may be found late, below what was seen: ten known entries are looked at again."""
    shop = Shop(IDS, down(60))
    found = await shop.look(seen(55))
    assert shop.asked == [0, 2, 3]
    assert ids(found) == list(range(60, 45, -1))
    assert found.gap is None
    assert sum(each <= 55 for each in ids(found)) == OVERLAP


async def test_a_usual_look_is_one_request() -> None:
    """A page is longer than what is looked at again."""
    shop = Shop(IDS, down(200), size=50)
    assert (await shop.look(seen(190))).pages == 1
    assert shop.asked == [0]


async def test_it_stops_at_the_floor() -> None:
    """What is below the end of the first look counts as known."""
    shop = Shop(IDS, down(60))
    await shop.look(seen(60, floor=56))
    assert shop.asked == [0]


async def test_all_pages_are_asked_for_in_one_lane() -> None:
    """Those of a person and of a watch alike."""
    shop = Shop(IDS, down(60))
    await shop.look(seen(55))
    assert shop.lanes == [Lane.WATCH] * 3
    shop.lane = Lane.PERSON
    await shop.look(seen(55))
    assert set(shop.lanes) == {Lane.PERSON}


async def test_a_whole_look_turns_all_pages() -> None:
    """Whatever was seen before, and it says that this was all."""
    shop = Shop(IDS, down(23))
    found = await shop.look(seen(23), whole=True)
    assert ids(found) == down(23)
    assert (found.complete, found.pages, found.more) == (True, 5, False)


@pytest.mark.parametrize("listing", [IDS, TIMES, WHOLE, POSTS, COMMENTS])
async def test_what_is_cut_is_not_complete(listing: Listing) -> None:
    """Nobody can say that something is gone which may be on a page that isn't shown."""
    order = down(30)[::-1] if listing.paging.oldest_first else down(30)
    shop = Shop(paged(listing, last=3), order)
    found = await shop.look(whole=True)
    assert ids(found) == list(range(30, 15, -1))
    assert (found.complete, found.more) == (False, True)


async def test_a_list_with_odd_entries_is_not_complete() -> None:
    """What could not be read may be what one looks for."""
    shop = Shop(IDS, down(3), odd=True)
    found = await shop.look(whole=True)
    assert (found.complete, len(found.odd)) == (False, 1)


async def test_a_first_look_goes_back_to_a_time() -> None:
    """Until entries are older, or the pages end."""
    shop = Shop(IDS, down(60))
    found = await shop.look(back_to=BEGIN + timedelta(days=48))
    assert shop.asked == [0, 2, 3]
    assert 48 in ids(found)
    shop.listing = paged(IDS, last=4)
    found = await shop.look(back_to=BEGIN)
    assert shop.asked == [0, 2, 3, 4]
    assert (found.gap, found.floor(FRESH)) == (None, Position(41))


async def test_what_is_too_far_back_is_a_gap() -> None:
    """From the watermark to the lowest entry that the tracker shows."""
    shop = Shop(paged(IDS, last=3), down(60))
    assert (await shop.look(seen(20))).gap == Gap(Position(20), Position(46))
    assert (await shop.look(StreamState(SHOP, begun=True))).gap == Gap(None, Position(46))
    assert (await shop.look(seen(46))).gap is None


@pytest.mark.parametrize(("listing", "asked", "first"), [(POSTS, [0, 5], 0), (COMMENTS, [0], 1)])
async def test_the_newest_may_stand_on_the_last_page(
    listing: Listing, asked: list[int], first: int
) -> None:
    """Posts begin with the oldest; what is new is asked for in the watch's own lane."""
    shop = Shop(listing, down(23)[::-1])
    found = await shop.look()
    assert (ids(found), shop.asked) == ([23, 22, 21], asked)
    assert set(shop.lanes) == {Lane.WATCH}
    assert (found.newest, found.floor(FRESH)) == (Position(23), Position(21))
    found = await shop.look(seen(21))
    assert shop.asked == asked
    found = await shop.look(seen(20))
    assert shop.asked == [*asked, 4]
    assert [item.id for item in news(shop.stream, found, ids_known(20), seen(20))] == [
        "21",
        "22",
        "23",
    ]
    found = await shop.look(whole=True)
    assert ids(found) == down(23)
    assert found.complete
    assert shop.asked[-1] == first


def ids_known(most: int) -> set[str]:
    """Return the ids from 1 to one."""
    return {str(each) for each in range(1, most + 1)}


async def test_a_value_is_one_request() -> None:
    """It has no pages and no place in an order."""
    shop = Shop(replace(IDS, order="value", paging=ONE_PAGE), down(9))
    found = await shop.look(seen(3), whole=True)
    assert (shop.asked, found.complete, found.newest, found.gap) == ([0], True, None, None)
    assert shop.stream.position(found.items[0]) == 0.0


async def test_an_id_that_is_no_number_is_told_with_the_answer() -> None:
    """The list isn't what it is taken for; what came is kept."""
    shop = Shop(replace(IDS, lists=(replace(ENTRIES, prefix="x"),)), down(3))
    with pytest.raises(BadAnswer, match="not a number") as problem:
        await shop.look()
    assert problem.value.raw == b"raw"


async def test_sticky_entries_have_no_place() -> None:
    """They stay in front, however old they are."""
    shop = Shop(TIMES, [1, 2, *range(30, 2, -1)], sticky=frozenset({1, 2}))
    found = await shop.look()
    assert ids(found) == [1, 2, 30, 29, 28]
    assert found.lowest == (BEGIN + timedelta(days=28)).timestamp()


@pytest.mark.parametrize(
    ("params", "contiguous_ids"),
    [((("group_results", "0"),), True), ((("group_results", "0"), ("searchstr", "x")), False)],
)
def test_contiguous_ids(params: tuple[tuple[str, str], ...], contiguous_ids: bool) -> None:  # noqa: FBT001 - a case
    """Ids without holes need a list that leaves nothing out."""
    listing = replace(IDS, contiguous_ids=True, with_=(("group_results", "0"),))
    assert Stream(Call("browse", params), listing).contiguous_ids is contiguous_ids
    assert not Stream(Call("browse", params), IDS).contiguous_ids


# Lists that change between two requests


async def test_a_deletion_between_pages_hides_nothing() -> None:
    """What moves onto a page that was read is found there."""
    shop = Shop(IDS, down(60))
    shop.changes = {2: lambda: shop.ids.remove(58)}
    found = await shop.look(seen(40))
    assert set(down(60)[:30]) - {58} <= set(ids(found))
    assert shop.asked[:4] == [0, 2, 0, 2]


async def test_what_comes_meanwhile_is_for_the_next_look() -> None:
    """It doesn't move the watermark past what was not seen."""
    shop = Shop(IDS, down(60))
    shop.changes = {2: lambda: shop.ids.insert(0, 61), 3: lambda: shop.ids.remove(52)}
    found = await shop.look(seen(50))
    assert found.watermark(seen(50)) == Position(60)
    shop.changes = {}
    assert ids(await shop.look(seen(60)))[0] == 61


async def test_a_whole_look_finds_what_comes_to_the_front() -> None:
    """An entry that moves past the page one reads isn't taken for gone."""
    shop = Shop(TIMES, down(20))

    def reply() -> None:
        shop.ids.remove(4)
        shop.ids.insert(0, 4)
        shop.days[4] = 100

    shop.changes = {3: reply}
    found = await shop.look(whole=True)
    assert sorted(set(ids(found))) == down(20)[::-1]
    assert found.complete
    assert found.newest == (BEGIN + timedelta(days=20)).timestamp()


@dataclass
class Memory:
    """What a watcher keeps of a stream, and what it told."""

    state: StreamState = FRESH
    known: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)

    def take(self, shop: Shop, found: LookResult) -> None:
        """Commit what a look found."""
        least = float(self.state.floor or "-inf")
        below = {each.id for each in found.entries if shop.stream.position(each) <= least}
        fresh = news(shop.stream, found, self.known | below, self.state)
        self.told += [item.id for item in fresh]
        self.known |= {item.id for item in found.items}
        if found.gap:
            self.gaps.append((float(found.gap[0] or 0), float(found.gap[1])))
        mark, floor = found.watermark(self.state), found.floor(self.state)
        self.state = StreamState(SHOP, mark, floor, begun=True)

    def missed(self, position: float) -> bool:
        """Return whether a gap names a position."""
        return any(low <= position <= high for low, high in self.gaps)


Change = tuple[int, Sequence[float], Sequence[float]]

_where = some.floats(0, 1, exclude_max=True)
_change = some.tuples(
    some.integers(0, 6), some.lists(_where, max_size=3), some.lists(_where, max_size=2)
)
_looks = some.lists(
    some.tuples(
        some.tuples(
            some.integers(0, 25),
            some.lists(_where, max_size=6),
            some.lists(_where, max_size=2),
        ),
        some.lists(some.tuples(some.integers(1, 4), _change), max_size=4),
    ),
    min_size=1,
    max_size=5,
)


def schedule(
    inner: Sequence[tuple[int, Change]], happen: Callable[[Change], object]
) -> dict[int, Callable[[], object]]:
    """Put changes between requests, at least three from one to the next."""
    at, found = -1, dict[int, Callable[[], object]]()
    for wait, change in inner:
        at += wait + 2
        found[at] = lambda change=change: happen(change)  # type: ignore[misc] # its own change
    return found


@dataclass
class Uploads:
    """A list of uploads that grows and shrinks; some are found late."""

    shop: Shop
    late: bool
    next: int = 1000
    hidden: list[int] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)

    def happen(self, change: Change) -> None:
        """Upload and delete; what was hidden until now is found."""
        added, gone, hide = change
        shop = self.shop
        for where in gone[: len(shop.ids)]:
            self.deleted.add(shop.ids.pop(int(where * len(shop.ids))))
        self.reveal()
        for _ in range(added):
            self.next += 1
            if self.late and hide and len(self.hidden) < 2 and added < 4:
                self.hidden.append(self.next)
            else:
                shop.ids.append(self.next)
        shop.ids.sort(reverse=not shop.listing.paging.oldest_first)

    def reveal(self) -> None:
        """Let the search find all that there is."""
        self.shop.ids += self.hidden
        self.hidden.clear()
        self.shop.ids.sort(reverse=not self.shop.listing.paging.oldest_first)


@settings(max_examples=100, deadline=None)
@given(
    looks=_looks,
    count=some.integers(0, 30),
    size=some.integers(2, 8),
    last=some.sampled_from([3, 1000]),
    listing=some.sampled_from([IDS, POSTS, COMMENTS]),
)
async def test_each_upload_is_told_once_or_a_gap_names_it(
    looks: Sequence[tuple[Change, Sequence[tuple[int, Change]]]],
    count: int,
    size: int,
    last: int,
    listing: Listing,
) -> None:
    """Whatever is uploaded, deleted and found late, between looks and between their requests."""
    start = [each * 3 for each in down(count)]
    order = start[::-1] if listing.paging.oldest_first else [*start]
    shop = Shop(paged(listing, last=last), order, size)
    late = last > 3 and not listing.paging.oldest_first
    uploads, memory = Uploads(shop, late), Memory()
    memory.take(shop, await shop.look())
    for between, inner in looks:
        uploads.happen(between)
        shop.changes = schedule(inner, uploads.happen)
        memory.take(shop, await shop.look(memory.state, known=memory.known))
    shop.changes = {}
    uploads.reveal()
    memory.take(shop, await shop.look(memory.state, known=memory.known))
    assert len(memory.told) == len(set(memory.told))
    assert not {str(each) for each in start} & set(memory.told)
    for each in shop.ids:
        assert each <= 1000 or str(each) in memory.told or memory.missed(each)


@settings(max_examples=100, deadline=None)
@given(looks=_looks, count=some.integers(0, 20), size=some.integers(2, 8))
async def test_each_reply_is_told_once(
    looks: Sequence[tuple[Change, Sequence[tuple[int, Change]]]], count: int, size: int
) -> None:
    """In a list whose entries come to the front again, each is known by its last change."""
    shop = Shop(paged(TIMES, last=1000), down(count), size)
    memory, day, number = Memory(), 1000, 500

    def happen(change: Change) -> None:
        nonlocal day, number
        added, gone, replied = change
        for where in gone[: len(shop.ids)]:
            shop.ids.pop(int(where * len(shop.ids)))
        for where in replied[: len(shop.ids)]:
            day += 1
            each = shop.ids.pop(int(where * len(shop.ids)))
            shop.ids.insert(0, each)
            shop.days[each] = day
        for _ in range(added):
            day, number = day + 1, number + 1
            shop.ids.insert(0, number)
            shop.days[number] = day

    memory.take(shop, await shop.look())
    for between, inner in looks:
        happen(between)
        shop.changes = schedule(inner, happen)
        memory.take(shop, await shop.look(memory.state, known=memory.known))
    shop.changes = {}
    memory.take(shop, await shop.look(memory.state, known=memory.known))
    assert len(memory.told) == len(set(memory.told))
    for each in shop.ids:
        text = f"{each}:{shop.entry(each)['time']}"
        assert each not in shop.days or text in memory.told


@settings(max_examples=100, deadline=None)
@given(
    # With as many as it tries to settle, a look never sees the list at rest, and says so.
    changes=some.lists(some.tuples(some.integers(1, 4), _change), max_size=MOST_SETTLING - 1),
    count=some.integers(0, 30),
    size=some.integers(2, 8),
    listing=some.sampled_from([IDS, TIMES, POSTS, COMMENTS]),
)
async def test_a_whole_look_sees_all_that_stays(
    changes: Sequence[tuple[int, Change]], count: int, size: int, listing: Listing
) -> None:
    """What is there all the time is in it, once; so what isn't in it is gone."""
    start = down(count)
    order = start[::-1] if listing.paging.oldest_first else [*start]
    shop = Shop(paged(listing, last=1000), order, size)
    uploads = Uploads(shop, late=False)
    shop.changes = schedule(changes, uploads.happen)
    found = await shop.look(whole=True)
    assert found.complete
    assert len(found.items) == len({item.id for item in found.items})
    assert set(start) - uploads.deleted <= set(ids(found))


def test_a_stream_is_named_for_what_is_asked() -> None:
    """Watches that ask the same share it."""
    call = Call("browse", (("searchstr", "yeast"),))
    assert Stream(call, IDS).name == "browse searchstr=yeast" == str(call)


def test_places() -> None:
    """Positions are written as people read them."""
    names: Mapping[str, str] = {"": "the beginning", "7": "7"}
    stream = Stream(Call("browse"), IDS)
    assert {each: stream.place(Position.parse(each)) for each in names} == names
    assert Stream(Call("inbox"), TIMES).place(Position(0)).startswith("1970-01-01")
