"""Catching up by ids: all that is in a hole, once, and what can't be had by its name."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gazelled.clock import Clock
from gazelled.errors import ActionRequired, RequestRefused, TrackerUnavailable
from gazelled.model import Answer, Call, Item, Lane, Position, StreamId
from gazelled.store import Gap, Hole
from gazelled.testing import Fault
from gazelled.tracker.catalogue import Details
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.watches.catching_up import (
    BATCH,
    LONGEST_BATCH,
    MOST_TRIES,
    CatchUp,
    divide,
    left,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .conftest import Post

ELSEWHERE = StreamId("elsewhere")

SOURCE = StreamId("browse group_results=0")
FAST = 100_000.0


def details() -> Details:
    """Return how the catalogue asks for one upload."""
    listing = ACTIONS["browse"].listing(())
    assert listing
    assert listing.details
    return listing.details


@dataclass
class Keeper:
    """Keeps holes as the watcher does, and what was caught."""

    kept: dict[StreamId, list[Hole]]
    items: list[Item] = field(default_factory=list)
    lost: list[Hole] = field(default_factory=list)
    batches: list[Hole] = field(default_factory=list)
    added: list[Hole] = field(default_factory=list)
    tries: Counter[int] = field(default_factory=Counter)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def holes(self) -> Mapping[StreamId, Sequence[Hole]]:
        """Return what is still to be asked for."""
        if not self.kept[SOURCE]:
            self.done.set()
        return {name: [*each] for name, each in self.kept.items()}

    async def caught(
        self, source: StreamId, items: Sequence[Item], done: Hole, lost: Sequence[Hole]
    ) -> None:
        """Commit what was caught up; what a look added meanwhile stays."""
        await asyncio.sleep(0)
        self.kept[source] = left([*self.kept[source], *self.added], done)
        self.added.clear()
        self.items += items
        self.lost += lost
        self.batches.append(done)

    async def failed(self, source: StreamId, number: int) -> int:
        """Count that an id could not be had."""
        assert source == SOURCE
        self.tries[number] += 1
        return self.tries[number]

    @property
    def ids(self) -> list[int]:
        """What was caught, in that order."""
        return [int(item.id) for item in self.items]


Ask = Callable[[Call], Awaitable[Answer]]


class Leaping(Clock):
    """A clock on which time also passes by hand."""

    leapt = 0.0

    def monotonic(self) -> float:
        """Return the seconds since the beginning."""
        return super().monotonic() + self.leapt


def catching(
    post: Post, keeper: Keeper, ask: Ask | None = None, clock: Clock | None = None
) -> CatchUp:
    """Make what catches up."""
    clock = clock or Clock()
    return CatchUp(keeper, {SOURCE: details()}, post.site, ask or post.dispatcher.call, clock)


@asynccontextmanager
async def running(catch_up: CatchUp) -> AsyncIterator[None]:
    """Let it run for a while; it ends cleanly."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(catch_up.run(), name="catching up")
        yield
        task.cancel()
    assert task.cancelled()


async def catch_all(
    post: Post, keeper: Keeper, ask: Ask | None = None, clock: Clock | None = None
) -> None:
    """Catch up until nothing is left."""
    keeper.done.clear()
    async with running(catching(post, keeper, ask, clock)), asyncio.timeout(60):
        await keeper.done.wait()


# Dividing


@pytest.mark.parametrize(
    ("gap", "most", "hole", "missed"),
    [
        (("10", "20"), 100, Hole(10, 20), None),
        (("10", "20"), 9, Hole(10, 20), None),
        (("10", "20"), 8, Hole(11, 20), ("10", "12")),
        (("10", "20"), 0, Hole(19, 20), ("10", "20")),
        (("", "20"), 5, Hole(14, 20), ("", "15")),
        (("", "6"), 5, Hole(0, 6), None),
        (("19", "20"), 5, Hole(19, 20), None),
    ],
)
def test_divide(
    gap: tuple[str, str], most: int, hole: Hole, missed: tuple[str, str] | None
) -> None:
    """The newest are caught up; the rest is named by the ids around it."""
    low, high = gap
    assert divide(Gap(Position.parse(low), Position(high)), most) == (
        hole,
        missed and Gap(Position.parse(missed[0]), Position(missed[1])),
    )


@given(some.integers(0, 99), some.integers(1, 99), some.integers(0, 120))
def test_each_missed_id_is_in_a_hole_or_named(low: int, width: int, most: int) -> None:
    """Not in both, and no more are asked for than is allowed."""
    hole, missed = divide(Gap(Position(low), Position(low + width)), most)
    asked = set(range(hole[0] + 1, hole[1]))
    named = set(range(int(missed.low or 0) + 1, int(missed.high))) if missed else set()
    assert asked | named == set(range(low + 1, low + width))
    assert not asked & named
    assert len(asked) <= most


_holes = some.tuples(some.integers(0, 30), some.integers(0, 30)).map(
    lambda ends: Hole(min(ends), max(ends))
)


@given(some.lists(_holes, max_size=4), _holes)
def test_what_is_left_of_holes(holes: list[Hole], done: Hole) -> None:
    """Exactly what was not asked for, without empty ones."""

    def inside(*stretches: Hole) -> set[int]:
        return {each for low, high in stretches for each in range(low + 1, high)}

    rest = left(holes, done)
    assert inside(*rest) == inside(*holes) - inside(done)
    assert all(high - low > 1 for low, high in rest)
    assert rest == sorted(rest)


# Asking


async def test_all_in_a_hole_is_found(post: Post) -> None:
    """From the oldest to the newest, with the fields that a list has, behind everything else."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(30)]
    asked: list[Call] = []

    async def ask(call: Call) -> Answer:
        asked.append(call)
        return await post.dispatcher.call(call)

    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper, ask)
    assert keeper.ids == made
    assert keeper.items[7].title == "Set 7"
    assert keeper.items[7].fields["license"] == "CC0"
    assert {call.lane for call in asked} == {Lane.CATCH_UP}
    between = first + BATCH
    assert keeper.batches == [(first, between + 1), (between, made[-1] + 1)]
    assert keeper.lost == []


async def test_a_slow_batch_is_handed_over_sooner(post: Post) -> None:
    """What was found isn't kept back for long when the lane has little room."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(3)]
    clock = Leaping()

    async def ask(call: Call) -> Answer:
        clock.leapt += LONGEST_BATCH / 2
        return await post.dispatcher.call(call)

    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper, ask, clock)
    assert keeper.batches == [(first, made[2]), (made[1], made[2] + 1)]
    assert keeper.ids == made


async def test_what_is_refused_for_another_reason_is_missed_by_name(post: Post) -> None:
    """Only the tracker's own words for it say that there is no such id."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    asked: list[str] = []

    async def ask(call: Call) -> Answer:
        asked.append(call.params[0][1])
        if asked[-1] in {str(made[1]), str(made[2])}:
            raise RequestRefused("insufficient permissions")
        return await post.dispatcher.call(call)

    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper, ask, Clock(speed=FAST))
    assert keeper.ids == [made[0], made[3]]
    assert keeper.lost == [(number - 1, number + 1) for number in made[1:3]]
    assert asked.count(str(made[1])) == asked.count(str(made[2])) == MOST_TRIES


async def test_neighbours_that_cant_be_read_are_one_gap(post: Post) -> None:
    """So that a bad day at the tracker isn't a flood of messages."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(5)]
    post.sim.fail(Fault.NOT_JSON, times=3)
    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper)
    assert keeper.ids == made[3:]
    assert keeper.lost == [(made[0] - 1, made[2] + 1)]


async def test_it_does_not_wait_for_who_does_not_stay(post: Post) -> None:
    """A single go at it ends where the tracker can't answer."""
    newest = post.sim.world.publish("Set").id

    async def ask(_: Call) -> Answer:
        raise TrackerUnavailable("later")

    keeper = Keeper({SOURCE: [Hole(newest - 1, newest + 1)]})
    async with asyncio.timeout(60):
        await catching(post, keeper, ask).once()
    assert keeper.kept[SOURCE] == [(newest - 1, newest + 1)]


async def test_who_does_not_stay_gives_an_id_up_in_the_end(post: Post) -> None:
    """Each go at it counts, whether the tracker says something or keeps one waiting."""
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    keeper = Keeper({SOURCE: [Hole(made[0] - 1, made[-1] + 1)]})

    async def ask(call: Call) -> Answer:
        if call.params[0][1] == str(made[1]):
            raise TrackerUnavailable("error 500")
        if call.params[0][1] == str(made[2]):
            await asyncio.Event().wait()
        return await post.dispatcher.call(call)

    goes = 0
    async with asyncio.timeout(60):
        while keeper.kept[SOURCE]:
            await catching(post, keeper, ask, Clock(speed=10 * LONGEST_BATCH)).once()
            goes += 1
    assert keeper.ids == [made[0], made[3]]
    assert keeper.lost == [(number - 1, number + 1) for number in made[1:3]]
    assert goes <= 2 * MOST_TRIES + 1


async def test_an_id_that_time_runs_out_for_was_not_tried(post: Post) -> None:
    """Only the first one had all of the time."""
    made = [post.sim.world.publish(f"Set {number}").id for number in range(2)]
    keeper = Keeper({SOURCE: [Hole(made[0] - 1, made[-1] + 1)]})

    async def ask(call: Call) -> Answer:
        if call.params[0][1] == str(made[1]):
            await asyncio.Event().wait()
        return await post.dispatcher.call(call)

    async with asyncio.timeout(60):
        await catching(post, keeper, ask, Clock(speed=LONGEST_BATCH / 2)).once()
    assert keeper.ids == made[:1]
    assert not keeper.tries


async def test_ids_that_are_nothing_are_passed(post: Post) -> None:
    """They were deleted, or never given."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    post.sim.world.delete(made[1])
    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 5)]})
    await catch_all(post, keeper)
    assert keeper.ids == [made[0], made[2], made[3]]
    assert keeper.lost == []


async def test_the_oldest_hole_comes_first(post: Post) -> None:
    """Empty ones are nothing, and those of a source that nobody watches any more wait."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    keeper = Keeper(
        {
            ELSEWHERE: [Hole(0, 9)],
            SOURCE: [Hole(made[2], made[3] + 1), Hole(first, made[1]), Hole(3, 3)],
        }
    )
    await catch_all(post, keeper)
    assert keeper.ids == [made[0], made[3]]
    assert keeper.kept[ELSEWHERE] == [(0, 9)]


async def test_what_a_look_adds_meanwhile_stays(post: Post) -> None:
    """A hole that is new at the commit is caught up like the others."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    keeper = Keeper({SOURCE: [Hole(first, made[1])]}, added=[Hole(made[1], made[3])])
    await catch_all(post, keeper)
    assert keeper.ids == [made[0], made[2]]


async def test_it_sleeps_until_it_is_woken(post: Post) -> None:
    """Nobody asks whether there is something."""
    keeper = Keeper({SOURCE: []})
    catch_up = catching(post, keeper)
    async with running(catch_up), asyncio.timeout(60):
        await keeper.done.wait()
        keeper.done.clear()
        newest = post.sim.world.publish("Set").id
        keeper.kept[SOURCE] = [Hole(newest - 1, newest + 1)]
        catch_up.wake()
        await keeper.done.wait()
    assert keeper.ids == [newest]


async def test_an_answer_that_cant_be_read_is_missed_by_name(post: Post) -> None:
    """One id is lost for sure, not all behind it."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(3)]
    post.sim.fail(Fault.NOT_JSON, times=1)
    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper)
    assert keeper.ids == made[1:]
    assert keeper.lost == [(made[0] - 1, made[0] + 1)]


async def test_an_answer_about_something_else_is_not_taken(post: Post) -> None:
    """What was asked for is missed by name."""
    made = [post.sim.world.publish(f"Set {number}").id for number in range(2)]

    async def ask(_: Call) -> Answer:
        return await post.dispatcher.call(details().call(str(made[1]), Lane.CATCH_UP))

    keeper = Keeper({SOURCE: [Hole(made[0] - 1, made[1] + 1)]})
    await catch_all(post, keeper, ask)
    assert keeper.ids == [made[1]]
    assert keeper.lost == [(made[0] - 1, made[0] + 1)]


@pytest.mark.parametrize(
    "problem", [TrackerUnavailable("later"), ActionRequired("see your account")]
)
async def test_it_waits_and_goes_on(post: Post, problem: Exception) -> None:
    """What was found until then is handed over first, and nothing is asked in vain."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(4)]
    problems = [problem]
    asked: list[str] = []

    async def ask(call: Call) -> Answer:
        asked.append(call.params[0][1])
        if len(asked) == 3:
            raise problems.pop()
        handed.append(len(keeper.ids))
        return await post.dispatcher.call(call)

    keeper, handed = Keeper({SOURCE: [Hole(first, made[-1] + 1)]}), list[int]()
    await catch_all(post, keeper, ask, Clock(speed=FAST))
    assert keeper.ids == made
    assert handed[2] == 2
    assert asked == [str(each) for each in (*made[:3], *made[2:])]


async def test_an_action_that_fails_loses_no_id(post: Post) -> None:
    """While all of it fails nothing is known of an id, however often it is asked for."""
    made = [post.sim.world.publish(f"Set {number}").id for number in range(2)]
    keeper = Keeper({SOURCE: [Hole(made[0] - 1, made[-1] + 1)]})
    asked = 0

    async def ask(call: Call) -> Answer:
        nonlocal asked
        asked += 1
        if asked <= 2 * MOST_TRIES:
            raise TrackerUnavailable("torrent can't be answered", after=60.0, action="torrent")
        return await post.dispatcher.call(call)

    await catch_all(post, keeper, ask, Clock(speed=FAST))
    assert keeper.ids == made
    assert keeper.lost == []
    assert not keeper.tries


async def test_a_person_ends_its_rest(post: Post) -> None:
    """After a failure it asks nothing for a while, unless somebody resumes."""
    made = post.sim.world.publish("Set").id
    keeper = Keeper({SOURCE: [Hole(made - 1, made + 1)]})
    failed = asyncio.Event()

    async def ask(call: Call) -> Answer:
        if not failed.is_set():
            failed.set()
            raise TrackerUnavailable("later")
        return await post.dispatcher.call(call)

    catch_up = catching(post, keeper, ask)
    async with running(catch_up), asyncio.timeout(30):
        await failed.wait()
        await asyncio.sleep(0.05)
        assert keeper.ids == []
        catch_up.resume()
        await keeper.done.wait()
    assert keeper.ids == [made]


async def test_an_id_that_is_never_answered_is_missed_by_name(post: Post) -> None:
    """It doesn't hold up the others for ever."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(3)]
    asked: list[str] = []

    async def ask(call: Call) -> Answer:
        asked.append(call.params[0][1])
        if asked[-1] == str(made[1]):
            raise TrackerUnavailable("the tracker fails on it")
        return await post.dispatcher.call(call)

    keeper = Keeper({SOURCE: [Hole(first, made[-1] + 1)]})
    await catch_all(post, keeper, ask, Clock(speed=FAST))
    assert keeper.ids == [made[0], made[2]]
    assert keeper.lost == [(made[1] - 1, made[1] + 1)]
    assert asked.count(str(made[1])) == MOST_TRIES


@pytest.mark.parametrize("crash_at", range(1, 7))
async def test_it_resumes_wherever_it_was_ended(post: Post, crash_at: int) -> None:
    """Each is committed once; at worst a batch is asked for again."""
    first = max(post.sim.world.torrents)
    made = [post.sim.world.publish(f"Set {number}").id for number in range(6)]
    keeper = Keeper({SOURCE: [Hole(first, made[2]), Hole(made[1], made[-1] + 1)]})
    asked = 0
    crashed = asyncio.Event()

    async def ask(call: Call) -> Answer:
        nonlocal asked
        asked += 1
        if asked == crash_at:
            crashed.set()
            await asyncio.Event().wait()
        return await post.dispatcher.call(call)

    async with running(catching(post, keeper, ask)):
        await crashed.wait()
    await catch_all(post, keeper)
    assert keeper.ids == made


async def test_a_failing_commit_is_not_swallowed(post: Post) -> None:
    """Whoever runs it must know; nothing is taken for done."""

    class Full(Keeper):
        async def caught(self, *_: object) -> None:
            raise OSError("no space left")

    newest = post.sim.world.publish("Set").id
    keeper = Full({SOURCE: [Hole(newest - 1, newest + 1)]})
    with pytest.raises(OSError, match="no space"):
        await catching(post, keeper).run()
    assert keeper.kept[SOURCE] == [(newest - 1, newest + 1)]
