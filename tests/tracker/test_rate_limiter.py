"""The rule of pace."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazelled.clock import Clock
from gazelled.tracker.transport.rate_limiter import FINE, RateLimiter, Slot, SlotSource

PER = 10.0
SPEED = 1000.0

ENDINGS: dict[str, tuple[Callable[[Slot], None], float]] = {
    "answered": (Slot.answered, PER),
    "lost": (Slot.lost, 2 * PER),
    "unused": (Slot.unused, 0.0),
}


def limiter(requests: int = 1, per: float = PER, first_after: float = 0.0) -> RateLimiter:
    """Make a rate limiter whose seconds are milliseconds."""
    return RateLimiter(Clock(speed=SPEED), requests=requests, per=per, first_after=first_after)


@pytest.mark.parametrize(("ending", "least"), [("answered", PER), ("lost", 2 * PER)])
async def test_next_slot_waits(ending: str, least: float) -> None:
    """After headers the next request waits one window, after a lost connection two."""
    paced = limiter()
    slot = await paced.take()
    await paced.clock.sleep(3)
    ended = paced.clock.monotonic()
    ENDINGS[ending][0](slot)
    await paced.take()
    assert paced.clock.monotonic() - ended >= least


async def test_unused_slot_is_free_at_once() -> None:
    """A slot in which nothing was sent costs nothing, also for who waits already."""
    paced = limiter(per=1e9)
    slot = await paced.take()
    waiting = asyncio.ensure_future(paced.take())
    await asyncio.sleep(0)
    slot.unused()
    assert isinstance(await waiting, Slot)


async def test_first_slot_waits_for_what_came_before() -> None:
    """What a predecessor asked isn't known, so the first request waits too."""
    paced = limiter(requests=2, first_after=PER)
    await paced.take()
    assert paced.clock.monotonic() >= PER


async def test_slots_are_given_in_order_of_asking() -> None:
    """Whoever asks first gets the first slot."""
    paced = limiter(per=1.0)
    order: list[int] = []

    async def ask(number: int) -> None:
        slot = await paced.take()
        order.append(number)
        slot.answered()

    await asyncio.gather(*(ask(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_cancelled_wait_takes_no_slot() -> None:
    """Whoever stops waiting leaves the slot to the next."""
    paced = limiter()
    (await paced.take()).answered()
    waiting = asyncio.ensure_future(paced.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert isinstance(await paced.take(), Slot)


async def test_pause_holds_all_slots() -> None:
    """A pause holds free slots too; a shorter one later doesn't end it."""
    paced = limiter(requests=2)
    began = paced.clock.monotonic()
    paced.pause(50)
    paced.pause(1)
    await paced.take()
    assert paced.clock.monotonic() - began >= 50


async def test_resume_ends_a_pause_but_not_the_pace() -> None:
    """A person can end a pause; the window of the last request stays."""
    paced = limiter()
    slot = await paced.take()
    paced.pause(1e9)
    waiting = asyncio.ensure_future(paced.take())
    await asyncio.sleep(0)
    ended = paced.clock.monotonic()
    slot.answered()
    paced.resume()
    await waiting
    assert paced.clock.monotonic() - ended >= PER


async def test_mark_stays_while_a_lost_request_may_arrive() -> None:
    """A successor is told to wait longer while a request is under way, or was just lost."""
    marks: list[bool] = []
    paced = RateLimiter(Clock(speed=SPEED), requests=1, per=PER, first_after=0.0, mark=marks.append)
    (await paced.take()).answered()
    (await paced.take()).lost()
    assert marks == [True, False, True]
    (await paced.take()).answered()
    assert marks == [True, False, True, True, False]


async def test_no_limit_gives_slots_at_once() -> None:
    """Without a window a slot is free again when its request has ended."""
    paced = limiter(requests=2, per=0.0)
    first, _ = await paced.take(), await paced.take()
    waiting = asyncio.ensure_future(paced.take())
    await asyncio.sleep(0)
    first.answered()
    assert isinstance(await waiting, Slot)


async def test_source_gives_back_what_was_not_used() -> None:
    """A call that sent nothing gives its slot back, whether handed in or made ready."""
    paced = limiter(per=1e9)
    given_in = SlotSource(paced, await paced.take())
    given_in.close()
    made_ready = SlotSource(paced)
    await made_ready.ready()
    await made_ready.ready()
    made_ready.close()
    made_ready.close()
    assert isinstance(await SlotSource(paced).take(), Slot)


@settings(max_examples=25, deadline=None)
@given(
    requests=st.integers(1, 3),
    turns=st.lists(
        st.tuples(st.floats(0, 15), st.sampled_from(sorted(ENDINGS))), min_size=2, max_size=10
    ),
)
def test_never_more_than_allowed(requests: int, turns: list[tuple[float, str]]) -> None:
    """Whatever becomes of requests, at no time do more than `requests` of them count."""
    assert most_at_once(asyncio.run(intervals(requests, turns))) <= requests


LIMITS = st.tuples(st.integers(1, 4), st.sampled_from([0.0, 2.0, PER, 3 * PER]))


@settings(max_examples=40, deadline=None)
@given(
    limits=st.lists(st.tuples(LIMITS, st.floats(0, 25)), min_size=2, max_size=5),
    turns=st.lists(
        st.tuples(st.floats(0, 8), st.floats(0, 8), st.sampled_from(["answered", "lost"])),
        min_size=2,
        max_size=12,
    ),
)
def test_changed_limits_are_kept(
    limits: list[tuple[tuple[int, float], float]], turns: list[tuple[float, float, str]]
) -> None:
    """However limits follow each other: what counts by an earlier one is kept by both."""
    asyncio.run(keep_changed_limits(limits, turns))


class Sent(NamedTuple):
    """A request: when it was sent, when it ended, and how many windows it counts after that."""

    at: float
    ended: float
    windows: int

    def counts(self, at: float, per: float) -> bool:
        """Return whether it counts at a moment, by a limit."""
        return self.at < at < self.ended + self.windows * per


async def keep_changed_limits(
    limits: list[tuple[tuple[int, float], float]], turns: list[tuple[float, float, str]]
) -> None:
    """Send in all turns while the limit changes, and check each request by what held before it."""
    (requests, per), _ = limits[0]
    paced, sent = limiter(requests, per), list[Sent]()
    began = [paced.clock.monotonic()]

    async def send(after: float, takes: float, ending: str) -> None:
        await paced.clock.sleep(after)
        slots = SlotSource(paced)
        await slots.ready()  # which may be of a limit that is no more when it is used
        await paced.clock.sleep(after / 2)
        slot = await slots.take()
        at = paced.clock.monotonic()
        await paced.clock.sleep(takes)
        ended = paced.clock.monotonic()
        ENDINGS[ending][0](slot)
        sent.append(Sent(at, ended, 2 if ending == "lost" else 1))

    async with asyncio.TaskGroup() as group:
        for turn in turns:
            group.create_task(send(*turn))
        for (requests, per), after in limits[1:]:
            await paced.clock.sleep(after)
            paced.change(requests=requests, per=per, limits={})
            began.append(paced.clock.monotonic())
    ends = [*began[1:], math.inf]
    for request in sent:
        for (limit, _), start, end in zip(limits, began, ends, strict=True):
            check_limit(request, sent, *limit, start=start, end=end)


def check_limit(
    request: Sent, sent: list[Sent], requests: int, per: float, *, start: float, end: float
) -> None:
    """Check a request by a limit that held from a moment to another."""
    counted = [other for other in sent if other.counts(request.at, per)]
    holds = start <= request.at < end
    by_earlier = request.at >= end and any(other.at < end for other in counted)
    if per and (holds or by_earlier):
        assert len(counted) < requests


async def test_another_limit_counts_what_is_under_way() -> None:
    """Nothing is sent beside what is under way, though the new limit has room for it."""
    paced = limiter()
    slots = SlotSource(paced)
    slot = await slots.take()
    paced.change(requests=3, per=2 * PER, limits={})
    waiting = asyncio.ensure_future(paced.take())
    await paced.clock.sleep(3 * PER)
    assert not waiting.done()
    ended = paced.clock.monotonic()
    slot.answered()
    await waiting
    await paced.take()
    await paced.take()
    assert paced.clock.monotonic() - ended >= 2 * PER


async def test_no_limit_any_more_counts_what_was_sent() -> None:
    """A donor is free once the window of the last request has passed."""
    paced = limiter()
    slot = await SlotSource(paced).take()
    ended = paced.clock.monotonic()
    slot.answered()
    paced.change(requests=2, per=0.0, limits={})
    slot = await paced.take()
    assert paced.clock.monotonic() - ended >= PER
    for _ in range(5):
        slot.answered()
        slot = await asyncio.wait_for(paced.take(), 60)


async def test_a_lost_request_counts_for_a_successor_by_the_new_limit() -> None:
    """Who restarts after a change waits for two windows while a lost request may arrive."""
    marks: list[bool] = []
    paced = RateLimiter(Clock(speed=SPEED), requests=1, per=PER, first_after=0.0, mark=marks.append)
    (await SlotSource(paced).take()).lost()
    paced.change(requests=1, per=1e6, limits={})
    assert marks[-1] is True
    assert paced.wait() > 1e6


async def intervals(requests: int, turns: list[tuple[float, str]]) -> list[tuple[float, float]]:
    """Send in all turns at once; tell from when to when each request counts."""
    paced = limiter(requests)
    counted: list[tuple[float, float]] = []

    async def send(takes: float, ending: str) -> None:
        slot = await paced.take()
        taken = paced.clock.monotonic()
        await paced.clock.sleep(takes)
        end, counts = ENDINGS[ending]
        ended = paced.clock.monotonic()
        end(slot)
        counted.append((taken, ended + counts))

    async with asyncio.TaskGroup() as group:
        for turn in turns:
            group.create_task(send(*turn))
    return counted


def most_at_once(counted: list[tuple[float, float]]) -> int:
    """Return how many intervals share a moment."""
    return max(sum(start <= at < end for start, end in counted) for at, _ in counted)


async def test_what_was_sent_is_counted() -> None:
    """What was lost may have arrived, so it counts; what wasn't sent doesn't."""
    paced = limiter(per=0.0)
    for ending in ENDINGS.values():
        ending[0](await paced.take())
    assert paced.sent == 2


class LateTimers(Clock):
    """A clock of a machine whose timers are late."""

    def world(self, seconds: float) -> float:
        """Convert seconds to what a timer is set to, which comes later than it should."""
        return super().world(seconds) + FINE * 0.9


async def test_late_timers_lose_no_slot() -> None:
    """The last moment before a slot isn't left to timers; a slot comes never too early, though."""
    paced = RateLimiter(LateTimers(), requests=1, per=0.02, first_after=0.0)
    waited: list[float] = []
    for _ in range(20):
        slot = await paced.take()
        slot.answered()
        ended = paced.clock.monotonic()
        (await paced.take()).unused()
        waited.append(paced.clock.monotonic() - ended - paced.per)
    # The best of many, since a busy machine may delay any of them.
    assert min(waited) < FINE / 2
    assert min(waited) >= -1e-3  # from just after the slot was given back
