"""What catches up takes half of the limit at most, and nobody waits behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

from gazelled.model import Answer, Call, Lane
from gazelled.testing import Fault
from gazelled.tracker.transport.call_queue import Ticket

from .test_dispatcher import PER, held, search, serve

if TYPE_CHECKING:
    from .conftest import Client, Connect


def old(number: int) -> Call:
    """Make a call that catches up."""
    return search(f"old {number}", Lane.CATCH_UP)


def due(word: str) -> Call:
    """Make a call of a watch, which the tracker sees as another action."""
    return Call("requests", (("search", word),), Lane.WATCH)


def arrivals(client: Client, action: str) -> list[float]:
    """Return when the requests for an action reached the tracker."""
    return [each.at for each in client.sim.arrivals if each.action == action]


async def answers(tickets: Sequence[Ticket]) -> list[Answer]:
    """Wait for all answers."""
    return await asyncio.gather(*(ticket.answer() for ticket in tickets))


async def test_every_second_slot_is_left(connect: Connect, stack: AsyncExitStack) -> None:
    """Also when nobody else asks: between two requests two spacings pass."""
    dispatcher = await serve(client := connect(), stack)
    await answers([dispatcher.submit(old(number)) for number in range(5)])
    assert len(client.sim.arrivals) == 5
    assert min(client.sim.gaps()) >= 2 * PER


async def test_a_slower_pace_is_halved_too(connect: Connect, stack: AsyncExitStack) -> None:
    """Whoever makes room for others makes it with all that they ask."""
    client = connect()
    client.health.shared_use.slowness = 2
    dispatcher = await serve(client, stack)
    await answers([dispatcher.submit(old(number)) for number in range(3)])
    assert min(client.sim.gaps()) >= 4 * PER


async def test_half_of_several_slots(connect: Connect, stack: AsyncExitStack) -> None:
    """Of four requests in a window, catching up takes two."""
    client = connect(requests=4)
    dispatcher = await serve(client, stack)
    await answers([dispatcher.submit(old(number)) for number in range(6)])
    times = arrivals(client, "browse")
    assert len(times) == 6
    assert min(later - earlier for earlier, later in zip(times, times[2:], strict=False)) >= PER


async def test_the_slots_between_are_for_others(connect: Connect, stack: AsyncExitStack) -> None:
    """What is due or a person's goes out while the other lane rests, though it asked later."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    catching = [client.dispatcher.submit(old(number)) for number in range(3)]
    client.skip(Lane.CATCH_UP.value)  # so that these are first in the queue
    tickets = [*catching, *(client.dispatcher.submit(due(word)) for word in ("a", "b"))]
    await serve(client, stack)
    await answers(tickets)
    # By milliseconds the rest may end before or behind a slot.
    assert order in (["old 0", "a", "old 1", "b", "old 2"], ["old 0", "a", "b", "old 1", "old 2"])
    assert min(client.sim.gaps()) >= PER
    times = arrivals(client, "browse")
    assert min(later - earlier for earlier, later in pairwise(times)) >= 2 * PER


async def test_a_person_goes_first(connect: Connect, stack: AsyncExitStack) -> None:
    """A request that a person wants is theirs, whoever asked for it before, and needs no rest."""
    dispatcher = await serve(client := connect(), stack)
    await dispatcher.call(old(0))
    waiting = [dispatcher.submit(old(number)) for number in (1, 2)]
    asked = dispatcher.submit(search("old 2", Lane.PERSON))
    assert asked.expected() < waiting[0].expected()
    first, second = waiting
    person = await asked.answer()
    assert not first.future.done()
    assert await second.answer() is person
    await first.answer()
    assert client.asked == ["browse"] * 3


async def test_nothing_starves(connect: Connect, stack: AsyncExitStack) -> None:
    """However many watches are due, what catches up has its turn when its patience ends."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    tickets = [client.dispatcher.submit(old(number)) for number in range(2)]
    client.skip(Lane.CATCH_UP.value)
    tickets += [client.dispatcher.submit(due(str(number))) for number in range(6)]
    await serve(client, stack)
    await answers(tickets)
    assert [name for name in order if name not in {"old 0", "old 1"}] == [*"012345"]
    assert order[0] == "old 0"
    assert order.index("old 1") in {2, 3}  # a rest that ends late lets one more go first


async def test_what_was_cancelled_needs_no_rest(connect: Connect, stack: AsyncExitStack) -> None:
    """A queue of nothing but calls that rest wakes up for what comes."""
    dispatcher = await serve(client := connect(), stack)
    await dispatcher.call(old(0))
    resting = dispatcher.submit(old(1))
    await client.clock.sleep(PER)
    await dispatcher.call(due("a"))
    resting.cancel()
    assert dispatcher.idle
    assert client.asked == ["browse", "requests"]


async def test_expected_time_counts_the_rest(connect: Connect) -> None:
    """Each call that catches up knows that it takes two windows from one to the next."""
    client = connect(per=60.0)
    tickets = [client.dispatcher.submit(old(number)) for number in range(3)]
    assert [ticket.expected() // 60 for ticket in tickets] == [0, 2, 4]
    watch = client.dispatcher.submit(due("a"))
    assert watch.expected() < 60.0


async def test_what_is_due_after_an_outage_is_spread(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """What waited goes out at the pace, in its order, and catching up comes after it."""
    dispatcher = await serve(client := connect(), stack)
    order: list[str] = []
    dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    client.sim.fail(Fault.BAD_GATEWAY, times=1)
    tickets = [dispatcher.submit(old(number)) for number in range(2)]
    await held(client)
    tickets += [dispatcher.submit(due(str(number))) for number in range(6)]
    await answers(tickets)
    assert order[:6] == ["0", "1", "2", "3", "4", "5"]
    assert sorted(order[6:]) == ["old 0", "old 1"]
    assert min(client.sim.gaps()) >= PER
    earlier, later = arrivals(client, "browse")[-2:]
    assert later - earlier >= 2 * PER


async def test_what_is_due_after_a_restart_is_spread(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """A new owner of the same state waits for the tracker, then asks in the same way."""
    first = connect()
    first.sim.settings.retry_after = "90"
    first.sim.fail(Fault.TOO_MANY, times=1)
    async with first.dispatcher.running():
        waiting = first.dispatcher.submit(due("0"))
        await held(first)
        waiting.cancel()
    client = connect(memory=first.memory)
    client.limiter.pause(await client.health.recall())
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    tickets = [client.dispatcher.submit(old(number)) for number in range(2)]
    tickets += [client.dispatcher.submit(due(str(number))) for number in range(6)]
    await serve(client, stack)
    await answers(tickets)
    assert order == ["0", "1", "2", "3", "4", "5", "old 0", "old 1"]
    pause, *gaps = client.sim.gaps()
    assert pause >= PER
    assert min(gaps) >= PER
    earlier, later = arrivals(client, "browse")
    assert later - earlier >= 2 * PER
