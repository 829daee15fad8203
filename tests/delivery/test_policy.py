"""Digests, bursts, limits and merged uploads, from the store to the targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazelled.delivery import Deliverer, TargetPolicy
from gazelled.delivery.limit import DeliveryLimit
from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.model import Delivery, Event, EventKind, Item, QuietHours, StreamId
from gazelled.store import DeliveryState, LookTransaction, Store
from gazelled.store.backup.verifying import verify
from gazelled.store.history.deliveries import DeliveryChoice

if TYPE_CHECKING:
    from .conftest import HandClock, World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
NIGHT = (QuietHours(time(22), time(7), "UTC"),)


def every_quarter(first: datetime) -> datetime:
    """Return when a digest comes that begins with an event of a time."""
    return first + QUARTER


def at_eight(first: datetime) -> datetime:
    """Return when a daily digest comes that begins with an event of a time."""
    return datetime.combine(first + timedelta(hours=16), time(8), UTC)


DIGEST = TargetPolicy(digest=every_quarter, combines=True)
DAILY = TargetPolicy(digest=at_eight, combines=True)
MERGING = TargetPolicy(combines=True)
BURST = TargetPolicy(burst=3, combines=True)
TWO_AN_HOUR = TargetPolicy(limit=DeliveryLimit(2, 3600))


def upload(number: int | str, watch: str = "yeast", *, urgent: bool = False) -> Event:
    """Return the event of a new upload, found at noon."""
    item = Item(str(number), "torrent", f"Reads {number}")
    key = f"{watch}:new:{number}"
    return Event(key, EventKind.NEW, watch, NOON, item.title, "", (item,), urgent=urgent)


@dataclass
class Room:
    """A store, a deliverer, and what arrived at its targets."""

    store: Store
    world: World
    clock: HandClock
    policies: Mapping[str, TargetPolicy]
    arrived: list[Delivery] = field(default_factory=list)
    deliverer: Deliverer = field(init=False)

    def __post_init__(self) -> None:
        """Begin as a process does."""
        self.restart()

    def restart(self, policies: Mapping[str, TargetPolicy] | None = None) -> None:
        """Go on as a new process does, with other options or the same."""
        self.policies = self.policies if policies is None else policies
        self.deliverer = Deliverer(
            self.store, self.send, self.clock, self.world.on_change, self.policies
        )

    async def send(self, delivery: Delivery) -> None:
        """Take a delivery, unless the target fails."""
        await self.world.send(delivery)
        self.arrived.append(delivery)

    async def add(self, *events: Event, to: Sequence[str] = ("phone",)) -> None:
        """Commit events at once, found now."""
        found = [(replace(event, at=self.clock.now()), to) for event in events]
        await self.store.commit_look(LookTransaction(StreamId("browse"), events=found))

    async def drain(self, seconds: float = 0) -> list[str]:
        """Let time pass and deliver what is due; return the keys of what arrived."""
        self.clock.move(seconds)
        before = len(self.arrived)
        await self.deliverer.drain(30)
        return [delivery.key for delivery in self.arrived[before:]]

    async def states(self, *events: Event, target: str = "phone") -> list[DeliveryState]:
        """Return what became of events."""
        return [
            next(
                row
                for row in await self.store.archive.deliveries_of(event.key)
                if row.target == target
            )
            for event in events
        ]

    def reported(self) -> list[str]:
        """Return the keys of all events that arrived, alone or in a digest."""
        return [
            event.key
            for delivery in self.arrived
            for event in delivery.event.events or (delivery.event,)
        ]


Make = Callable[..., Room]


@pytest.fixture
def room(store: Store, world: World, clock: HandClock) -> Make:
    """Return a function that makes a room with the policies of targets."""

    def make(**policies: TargetPolicy) -> Room:
        return Room(store, world, clock, policies)

    return make


async def test_a_digest_is_one_message_of_what_came_meanwhile(room: Make) -> None:
    """It is due a quarter after the first event; other targets get each at once."""
    place = room(phone=DIGEST)
    events = [upload(1), upload(2, "mouse"), upload(3)]
    for event in events:
        await place.add(event, to=["phone", "feed"])
        assert await place.drain(60) == [f"{event.key}@feed"]
    held = await place.states(*events)
    assert {(row.state, row.held) for row in held} == {("held", "digest")}
    assert {row.due_at for row in held} == {NOON + QUARTER}
    assert await place.drain(11 * 60 + 59) == []
    (key,) = await place.drain(1)

    digest = place.arrived[-1].event
    assert digest.kind is EventKind.DIGEST
    assert key == f"{digest.key}@phone"
    assert digest.title == "3 new data sets in yeast and mouse"
    assert [event.key for event in digest.events] == [events[0].key, events[2].key, events[1].key]
    done = await place.states(*events)
    assert {(row.state, row.into) for row in done} == {("done", digest.key)}
    listed = await place.store.archive.events_after(0)
    assert [event.key for _, event in listed] == [event.key for event in events]
    ((_, listed_digest),) = await place.store.archive.events_after(0, kind="digest")
    assert listed_digest == digest
    assert await place.drain(3600) == []


async def test_what_is_alone_comes_as_it_is(room: Make) -> None:
    """A digest of one event would be worse than the event."""
    place = room(phone=DIGEST)
    await place.add(upload(1))
    assert await place.drain() == []
    assert await place.drain(900) == ["yeast:new:1@phone"]
    await place.add(upload(2))
    assert await place.drain() == []
    assert await place.drain(900) == ["yeast:new:2@phone"]


async def test_a_big_backlog_makes_several_digests(room: Make) -> None:
    """Each has a bounded number of events, the oldest come first, and none is missing."""
    place = room(phone=DIGEST)
    events = [upload(number) for number in range(450)]
    await place.add(*events)
    assert await place.drain() == []
    assert len(await place.drain(900)) == 3
    assert [len(delivery.event.events) for delivery in place.arrived] == [200, 200, 50]
    assert place.reported() == [event.key for event in events]


async def test_urgent_passes_digest_limit_and_quiet_hours(room: Make) -> None:
    """It comes at once and alone, whatever waits."""
    policy = replace(DIGEST, quiet=NIGHT, limit=DeliveryLimit(1, 3600), burst=1)
    place = room(phone=policy)
    place.clock.move(11 * 3600)  # 23:00
    calm, loud = upload(1), [upload(number, urgent=True) for number in (2, 3, 4)]
    await place.add(calm, *loud)
    assert await place.drain() == [f"{event.key}@phone" for event in loud]
    (row,) = await place.states(calm)
    assert (row.state, row.due_at) == ("held", NOON + timedelta(hours=19))
    assert await place.drain(8 * 3600) == [f"{calm.key}@phone"]


async def test_a_digest_does_not_come_in_quiet_hours(room: Make) -> None:
    """One that were due then comes at their end, with what was found meanwhile."""
    place = room(phone=replace(DIGEST, quiet=NIGHT))
    place.clock.move(10 * 3600 - 60)  # 21:59
    await place.add(upload(1))
    assert await place.drain() == []
    await place.add(upload(2))
    assert await place.drain(8 * 3600) == []
    await place.add(upload(3))
    assert await place.drain(3600 - 1) == []
    assert len(await place.drain(61)) == 1
    assert len(place.arrived[0].event.events) == 3


async def test_more_than_burst_in_one_commit_becomes_a_digest(room: Make) -> None:
    """As many as that do not, however many commits there are."""
    place = room(phone=BURST)
    few = [upload(number) for number in range(3)]
    await place.add(*few)
    await place.add(*(upload(number) for number in range(3, 6)))
    assert len(await place.drain()) == 6
    many = [upload(number) for number in range(10, 14)]
    await place.add(*many)
    (key,) = await place.drain()
    assert key.startswith("digest:phone:")
    assert [event.key for event in place.arrived[-1].event.events] == [it.key for it in many]


async def test_a_burst_keeps_its_place_in_the_line(room: Make) -> None:
    """What came after it does not come before it."""
    place = room(phone=BURST)
    place.world.failing["phone"] = RetryLater("busy")
    await place.add(upload(1))
    await place.drain()
    await place.add(*(upload(number) for number in range(2, 8)))
    await place.add(upload(9))
    place.world.failing.clear()
    first, second, third = await place.drain(3600)
    assert (first, third) == ("yeast:new:1@phone", "yeast:new:9@phone")
    assert second.startswith("digest:")


async def test_a_burst_in_quiet_hours_is_one_message_in_the_morning(room: Make) -> None:
    """It is combined when it may come; what came singly comes singly."""
    place = room(phone=replace(BURST, quiet=NIGHT))
    place.clock.move(11 * 3600)
    await place.add(*(upload(number) for number in range(5)))
    await place.add(upload(7))
    assert await place.drain() == []
    rows = await place.states(upload(0), upload(7))
    assert {(row.state, row.held) for row in rows} == {("held", "quiet")}
    assert {row.due_at for row in rows} == {NOON + timedelta(hours=19)}
    digest, single = await place.drain(8 * 3600)
    assert digest.startswith("digest:phone:")
    assert single == "yeast:new:7@phone"


async def test_what_is_beyond_max_waits_in_order(room: Make) -> None:
    """Two an hour, counted back from now, over a restart; nothing is dropped."""
    place = room(phone=TWO_AN_HOUR)
    events = [upload(number) for number in range(5)]
    await place.add(*events)
    assert await place.drain() == ["yeast:new:0@phone", "yeast:new:1@phone"]
    rows = await place.states(*events[2:])
    assert {(row.state, row.held, row.due_at) for row in rows} == {("held", "max", NOON + HOUR)}
    place.restart()
    await place.add(upload(9))
    assert await place.drain(3599) == []
    assert await place.drain(1) == ["yeast:new:2@phone", "yeast:new:3@phone"]
    assert await place.drain(3600) == ["yeast:new:4@phone", "yeast:new:9@phone"]


async def test_units_are_counted_as_the_plugin_counts(room: Make) -> None:
    """A message of three units waits until there is room for all, or nothing else was sent."""
    sizes = {"yeast:new:0": 1, "yeast:new:1": 3, "yeast:new:2": 9, "yeast:new:3": 1}
    limit = TargetPolicy(limit=DeliveryLimit(3, 3600), units=lambda event: sizes[event.key])
    place = room(phone=limit)
    await place.add(*(upload(number) for number in range(4)))
    assert await place.drain() == ["yeast:new:0@phone"]
    assert await place.drain(3600) == ["yeast:new:1@phone"]
    assert await place.drain(3600) == ["yeast:new:2@phone"]
    assert await place.drain(3599) == []
    assert await place.drain(1) == ["yeast:new:3@phone"]


async def test_a_refused_message_uses_the_limit_and_a_failed_one_does_not(room: Make) -> None:
    """What was refused did arrive; what failed has another try."""
    place = room(phone=TWO_AN_HOUR)
    place.world.failing["phone"] = GiveUp("no")
    await place.add(upload(0))
    await place.drain()
    place.world.failing["phone"] = RetryLater("busy")
    await place.add(upload(1), upload(2))
    await place.drain()
    place.world.failing.clear()
    assert await place.drain(60) == ["yeast:new:1@phone"]
    assert await place.drain(3480) == []
    assert await place.drain(60) == ["yeast:new:2@phone"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_set_back_costs_one_period(room: Make, *, restarted: bool) -> None:
    """Of the limit, and of the digest; not the year by which it was wrong."""
    place = room(phone=TWO_AN_HOUR, mail=DIGEST)
    place.clock.move(365 * 86400)
    await place.add(upload(0), upload(1), upload(2), to=["phone", "mail"])
    assert len(await place.drain()) == 2
    place.clock.move(-365 * 86400)
    if restarted:
        place.restart()
    assert await place.drain() == []
    assert [key.split(":")[0] for key in await place.drain(900)] == ["digest"]
    assert await place.drain(2699) == []
    assert await place.drain(1) == ["yeast:new:2@phone"]


async def test_one_upload_of_two_watches_is_one_message_that_names_both(room: Make) -> None:
    """Within one commit, and while the first waits; a target that takes each alone gets both."""
    place = room(phone=replace(MERGING, quiet=NIGHT), journal=TargetPolicy(combines=False))
    place.clock.move(11 * 3600)
    both, later = [upload(1), upload(1, "fungi")], upload(1, "all")
    await place.add(*both, to=["phone", "journal"])
    assert await place.drain() == ["yeast:new:1@journal", "fungi:new:1@journal"]
    await place.add(later, to=["phone", "journal"])
    assert await place.drain(3600) == ["all:new:1@journal"]
    assert await place.drain(7 * 3600) == ["yeast:new:1@phone"]
    assert place.arrived[-1].event.also == ("fungi", "all")
    rows = await place.states(both[1], later)
    assert [(row.state, row.into) for row in rows] == [("done", both[0].key)] * 2


async def test_a_late_watch_does_not_send_an_upload_again(room: Make) -> None:
    """Unless it has a format that the first message did not have; what it was is known."""
    place = room(phone=MERGING)
    first = replace(upload(1), items=(upload(1).item, upload(2).item))
    await place.add(first)
    assert await place.drain() == ["yeast:new:1@phone"]
    part, more = upload(2, "fungi"), replace(upload(3, "all"), items=(upload(2).item,) * 2)
    more = replace(more, items=(upload(2).item, upload(3).item))
    await place.add(part)
    await place.add(more)
    assert await place.drain() == ["all:new:3@phone"]
    ((part_row,), (more_row,)) = await place.states(part), await place.states(more)
    assert (part_row.state, part_row.into, part_row.tries) == ("done", first.key, 0)
    assert (more_row.state, more_row.into) == ("done", "")


async def test_an_upload_that_was_in_a_digest_is_not_sent_again(room: Make) -> None:
    """Its digest is the message that it is part of."""
    place = room(phone=BURST)
    await place.add(*(upload(number) for number in range(5)))
    (digest,) = await place.drain()
    late = upload(3, "fungi")
    await place.add(late)
    assert await place.drain() == []
    (row,) = await place.states(late)
    assert (row.state, f"{row.into}@phone") == ("done", digest)


async def test_a_digest_does_not_repeat_what_an_earlier_one_had(room: Make) -> None:
    """Nor does the second one of a big backlog, although the first is only just made."""
    place = room(phone=DIGEST)
    again = upload(1, "fungi")
    await place.add(upload(1), upload(2))
    assert await place.drain() == []
    (first,) = await place.drain(900)
    await place.add(again, upload(3), upload(4))
    assert await place.drain() == []
    assert len(await place.drain(900)) == 1
    assert [event.key for event in place.arrived[-1].event.events] == ["yeast:new:3", "yeast:new:4"]
    (row,) = await place.states(again)
    assert (row.state, row.held, f"{row.into}@phone") == ("done", "repeated", first)

    numbers = range(10, 160)
    both = [upload(number, watch) for watch in ("yeast", "fungi") for number in numbers]
    await place.add(*both)
    assert await place.drain() == []
    assert len(await place.drain(900)) == 1
    items = [item.id for item in place.arrived[-1].event.items]
    assert sorted(items) == sorted(map(str, numbers))
    assert {row.state for row in await place.states(*both)} == {"done"}


async def test_a_burst_does_not_repeat_what_was_sent(room: Make) -> None:
    """What is left comes by itself if that is no burst any more."""
    place = room(phone=BURST)
    await place.add(upload(1), upload(2))
    assert await place.drain() == ["yeast:new:1@phone", "yeast:new:2@phone"]
    again = [upload(1, "fungi"), upload(2, "fungi")]
    await place.add(*again, upload(3, "fungi"), upload(4, "fungi"))
    assert await place.drain() == ["fungi:new:3@phone", "fungi:new:4@phone"]
    assert [row.held for row in await place.states(*again)] == ["repeated", "repeated"]

    numbers = range(3, 9)
    await place.add(*(upload(number) for number in numbers))
    assert len(await place.drain()) == 1
    assert [item.id for item in place.arrived[-1].event.items] == ["5", "6", "7", "8"]


async def test_what_was_refused_does_not_hide_another_watch(room: Make) -> None:
    """A message that is dead told nobody; one that waits for another try is merged with."""
    place = room(phone=MERGING)
    place.world.failing["phone"] = GiveUp("no")
    await place.add(upload(1))
    await place.drain()
    place.world.failing["phone"] = RetryLater("busy")
    await place.add(upload(1, "fungi"))
    await place.drain()
    await place.add(upload(1, "all"))
    place.world.failing.clear()
    assert await place.drain(3600) == ["fungi:new:1@phone"]
    assert place.arrived[-1].event.also == ("all",)
    assert place.arrived[-1].attempt == 2


async def test_an_urgent_watch_is_not_held_with_another_one(room: Make) -> None:
    """Its message comes at once and names both; the other one is not sent again."""
    place = room(phone=replace(MERGING, quiet=NIGHT))
    place.clock.move(11 * 3600)
    await place.add(upload(1))
    assert await place.drain() == []
    await place.add(upload(1, "mine", urgent=True))
    assert await place.drain() == ["mine:new:1@phone"]
    assert await place.drain(8 * 3600) == []
    (row,) = await place.states(upload(1))
    assert (row.state, row.into) == ("done", "mine:new:1")


async def test_what_is_sent_again_by_a_person_is_sent(room: Make) -> None:
    """A replay of another watch is not taken for a repetition."""
    place = room(phone=MERGING)
    await place.add(upload(1))
    await place.drain()
    again = replace(upload(1, "fungi"), key="fungi:new:1:replay:2026-03-01T12:00:00+00:00")
    await place.store.outbox.add(again, ["phone"])
    assert await place.drain() == [f"{again.key}@phone"]


async def test_a_digest_that_fails_is_tried_again_as_it_was(room: Make) -> None:
    """With the same key and the same events; what came since is in the next one."""
    place = room(phone=DIGEST)
    place.world.failing["phone"] = RetryLater("busy")
    await place.add(upload(1), upload(2))
    await place.drain()
    await place.drain(900)
    await place.add(upload(3), upload(4))
    await place.drain(60)
    place.world.failing.clear()
    first, second = await place.drain(3600)
    tried = [key for key, _ in place.world.tried]
    assert {first} == {*tried[:-1]}
    assert second == tried[-1]
    assert [len(delivery.event.events) for delivery in place.arrived] == [2, 2]


async def test_a_digest_that_is_refused_is_dead_with_all_of_its_events(room: Make) -> None:
    """None of them comes by itself then, and all say so."""
    place = room(phone=DIGEST)
    place.world.failing["phone"] = GiveUp("too big")
    await place.add(upload(1), upload(2))
    await place.drain()
    await place.drain(900)
    rows = await place.states(upload(1), upload(2))
    assert {(row.state, row.error) for row in rows} == {("dead", "too big")}
    assert {row.into.split(":")[0] for row in rows} == {"digest"}


async def test_a_person_retries_a_dead_digest(room: Make) -> None:
    """It comes again as a whole, over restarts, and all of its events are done then."""
    place = room(phone=DIGEST)
    place.world.failing["phone"] = GiveUp("too big")
    await place.add(upload(1), upload(2))
    await place.drain()
    await place.drain(900)
    place.world.failing.clear()
    digest = (await place.states(upload(1)))[0].into
    choice = DeliveryChoice(keys=(digest,))
    await place.store.deliveries.retry(await place.store.deliveries.numbers(choice, ["dead"]))
    place.restart()
    await place.add(upload(3), upload(4))
    assert await place.drain() == [f"{digest}@phone"]
    assert len(await place.drain(900)) == 1
    assert place.reported() == [upload(number).key for number in (1, 2, 3, 4)]
    rows = await place.states(upload(1), upload(2))
    assert {(row.state, row.into) for row in rows} == {("done", digest)}


async def test_a_person_retries_a_dead_message_of_two_watches(room: Make) -> None:
    """It still names both."""
    place = room(phone=MERGING)
    place.world.failing["phone"] = GiveUp("no")
    await place.add(upload(1), upload(1, "fungi"))
    await place.drain()
    place.world.failing.clear()
    choice = DeliveryChoice(keys=(upload(1).key,))
    await place.store.deliveries.retry(await place.store.deliveries.numbers(choice, ["dead"]))
    place.restart()
    assert await place.drain() == ["yeast:new:1@phone"]
    assert place.arrived[-1].event.also == ("fungi",)
    assert {row.state for row in await place.states(upload(1), upload(1, "fungi"))} == {"done"}


async def test_a_target_that_is_down_gets_one_digest_of_all(room: Make) -> None:
    """While it fails no further digest is made: there will be more in the one that arrives."""
    place = room(phone=DIGEST)
    place.world.failing["phone"] = TargetFault("refused")
    for number in range(20):
        await place.add(upload(f"a{number}"), upload(f"b{number}"))
        await place.drain(900)
    place.world.failing.clear()
    await place.deliverer.forgive("phone", works=True)
    arrived = await place.drain(900)
    assert len(arrived) == 2
    assert sorted(place.reported()) == sorted(
        upload(f"{letter}{number}").key for letter in "ab" for number in range(20)
    )


@pytest.mark.parametrize(
    ("policy", "first"),
    [
        (TargetPolicy(combines=True), ["yeast:new:1@phone", "yeast:new:2@phone"]),
        (TargetPolicy(combines=False), ["yeast:new:1@phone", "yeast:new:2@phone"]),
        (TWO_AN_HOUR, ["yeast:new:1@phone", "yeast:new:2@phone"]),
        (replace(DIGEST, digest=lambda first: first + timedelta(seconds=60)), ["digest"]),
        (DIGEST, []),
    ],
)
async def test_other_options_hold_at_once(
    room: Make, policy: TargetPolicy, first: list[str]
) -> None:
    """What waits for a digest that isn't configured any more comes at the next start."""
    place = room(phone=DIGEST)
    await place.add(upload(1), upload(2))
    assert await place.drain() == []
    place.restart({"phone": policy})
    arrived = await place.drain(60)
    assert [key if key.startswith("yeast") else key.split(":")[0] for key in arrived] == first


async def test_a_digest_comes_when_the_options_of_this_start_say(room: Make) -> None:
    """Sooner or later than what it was held for until then."""
    place = room(phone=DIGEST)
    await place.add(upload(1), upload(2))
    assert await place.drain() == []
    place.restart({"phone": DAILY})
    assert await place.drain(19 * 3600) == []
    place.restart({"phone": DIGEST})
    assert len(await place.drain()) == 1
    await place.add(upload(3), upload(4))
    assert await place.drain() == []
    place.restart({"phone": DAILY})
    assert await place.drain(3599) == []
    assert len(await place.drain(1)) == 1


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_daily_digest_keeps_its_time_when_the_clock_is_set_back(
    room: Make, *, restarted: bool
) -> None:
    """What was held by a wrong clock comes at the time of day that is configured."""
    place = room(phone=DAILY)
    place.clock.move(400 * 86400 + 5 * 3600)
    await place.add(upload(1), upload(2))
    assert await place.drain() == []
    place.clock.move(-400 * 86400)
    if restarted:
        place.restart()
    assert await place.drain() == []
    assert await place.drain(15 * 3600 - 1) == []
    assert len(await place.drain(1)) == 1


async def test_another_plugin_takes_a_digest_apart(room: Make) -> None:
    """What was combined and did not arrive comes event by event, to one that takes each alone."""
    place = room(phone=DIGEST)
    place.world.failing["phone"] = RetryLater("busy")
    await place.add(upload(1), upload(2), upload(2, "fungi"))
    await place.drain()
    await place.drain(900)
    place.world.failing.clear()
    place.restart({"phone": TargetPolicy(combines=False)})
    keys = ["yeast:new:1@phone", "yeast:new:2@phone", "fungi:new:2@phone"]
    assert sorted(await place.drain(3600)) == sorted(keys)
    counts = await place.store.counts()
    assert (counts["events"], counts["pending"]) == (3, 0)


async def test_quiet_hours_that_are_gone_hold_nothing(room: Make) -> None:
    """So do limits; and what a target without a policy has held before is released, too."""
    place = room(phone=TargetPolicy(quiet=NIGHT))
    place.clock.move(11 * 3600)
    await place.add(upload(1))
    assert await place.drain() == []
    place.restart({})
    assert await place.drain() == ["yeast:new:1@phone"]


async def test_thousands_that_are_held_cost_nothing_for_each_wake(room: Make) -> None:
    """What is held is not looked at again: a wake reads as many rows as with ten."""
    place = room(phone=replace(DIGEST, quiet=NIGHT), mail=replace(TWO_AN_HOUR, quiet=NIGHT))
    place.clock.move(11 * 3600)
    steps: list[list[int]] = [[], []]
    for number, counted in zip((10, 3000), steps, strict=True):
        await place.add(*(upload(f"{number}-{it}") for it in range(number)), to=["phone", "mail"])
        await place.drain()
        await count_steps(place.store, counted)
        await place.deliverer._policies.arrange(place.clock.now())
        await count_steps(place.store, None)
    assert len(steps[1]) <= len(steps[0]) + 2


async def test_few_are_released_at_once_however_many_a_limit_lets_through(room: Make) -> None:
    """The line closes again after each message in the end: few go back and forth, in order."""
    place = room(mail=TargetPolicy(quiet=NIGHT, limit=DeliveryLimit(1000, 3600)))
    place.clock.move(11 * 3600)
    await place.add(*(upload(f"{number:03}") for number in range(200)), to=["mail"])
    await place.drain()
    place.clock.move(9 * 3600)
    await place.deliverer._policies.arrange(place.clock.now())
    counts = await place.store.deliveries.counts()
    arrived = await place.drain()

    assert counts == {("mail", "waiting"): 10, ("mail", "held"): 190}
    assert arrived == [f"yeast:new:{number:03}@mail" for number in range(200)]


async def count_steps(store: Store, steps: list[int] | None) -> None:
    """Let each hundred steps of the database be noted in a list; None ends that."""
    database = store._database
    note = None if steps is None else lambda: steps.append(1)
    await database.run(lambda: database.connection.set_progress_handler(note, 100))


step = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 6), st.sampled_from(["yeast", "fungi"])),
    st.tuples(st.just("wait"), st.sampled_from([60, 600, 1800, 7200]), st.just("")),
    st.tuples(st.just("wait"), st.just(-100_000), st.just("")),  # the wall clock is set back
    st.tuples(st.just("fail"), st.just(0), st.sampled_from(["", "later"])),
    st.tuples(st.just("restart"), st.integers(0, 4), st.just("")),
)
SOME = [
    DIGEST,
    replace(DIGEST, quiet=NIGHT, limit=DeliveryLimit(2, 3600)),
    replace(BURST, limit=DeliveryLimit(3, 3600)),
    replace(MERGING, quiet=NIGHT),
    TargetPolicy(combines=False, limit=DeliveryLimit(2, 3600)),
]


def found(number: int, many: int, watch: str) -> Iterable[Event]:
    """Return the events of one commit: both watches find the same uploads sometimes."""
    return (upload(number // 2 * 10 + it, watch) for it in range(many))


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(step, max_size=14))
async def test_whatever_happens_each_event_is_reported_once(
    tmp_path_factory: pytest.TempPathFactory,
    new_world: Callable[[], tuple[World, HandClock]],
    steps: list[tuple[str, int, str]],
) -> None:
    """Alone, in a digest, or merged with another one that is; over restarts with other options."""
    world, clock = new_world()
    folder: Path = tmp_path_factory.mktemp("store")
    async with await Store.open(folder) as store:
        place = Room(store, world, clock, {"phone": SOME[0]})
        events: dict[str, Event] = {}
        for number, (what, amount, name) in enumerate(steps):
            if what == "add":
                batch = [event for event in found(number, amount, name) if event.key not in events]
                events |= {event.key: event for event in batch}
                await place.add(*batch)
            elif what == "fail":
                world.failing = {"phone": RetryLater("busy")} if name else {}
            elif what == "restart":
                place.restart({"phone": SOME[amount]})
            await place.drain(amount if what == "wait" else 0)
        world.failing.clear()
        for _ in range(60):
            await place.drain(3600)
        counts = await store.counts()
        rows = await place.states(*events.values())
        assert verify(store.path).wrong == ()

    assert counts["pending"] == 0
    assert {row.state for row in rows} <= {"done"}
    reported = place.reported()
    assert len(reported) == len(set(reported))
    items = [item.id for delivery in place.arrived for item in delivery.event.items]
    assert {item.id for event in events.values() for item in event.items} == {*items}
    alone = {row.into for row in rows if row.into}
    assert {key for key, row in zip(events, rows, strict=True) if not row.into} <= {*reported}
    assert alone <= {delivery.event.key for delivery in place.arrived}
