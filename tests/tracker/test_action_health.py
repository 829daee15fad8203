"""One action's trouble is its own: what it holds, whom it is told, and when it is the tracker's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import TrackerUnavailable
from gazelled.model import Call, Lane
from gazelled.testing import Fault
from gazelled.tracker.answers.action_health import page_of
from gazelled.tracker.answers.health import PAUSES, TrackerState
from gazelled.tracker.transport.call_queue import Ticket
from gazelled.tracker.transport.dispatcher import Dispatcher

if TYPE_CHECKING:
    from .conftest import Client, Connect

PER = 6.0
MESSAGES = Call("inbox", lane=Lane.WATCH)


def search(word: str, lane: Lane = Lane.WATCH) -> Call:
    """Make a call that differs from others by a word."""
    return Call("browse", (("searchstr", word),), lane)


@asynccontextmanager
async def serving(client: Client) -> AsyncIterator[Dispatcher]:
    """Serve the queue; what still waits at the end is not waited for."""
    async with client.dispatcher.running():
        yield client.dispatcher


async def problem_of(ticket: Ticket) -> TrackerUnavailable:
    """Wait for what is told in place of an answer."""
    with pytest.raises(TrackerUnavailable) as caught:
        await ticket.answer()
    return caught.value


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - the tracker makes it hold
            await asyncio.sleep(0.002)


def fails(client: Client, call: Call) -> bool:
    """Return whether the action of a call is seen to fail."""
    return client.health.actions.of(call) is not None


def asked_at(client: Client, action: str) -> list[float]:
    """Return when an action was asked."""
    return [each.at for each in client.sim.arrivals if each.action == action]


@pytest.mark.parametrize(
    ("call", "page"),
    [
        (Call("browse", (("searchstr", "yeast"),)), "browse"),
        (Call("forum"), "forum"),
        (Call("forum", (("type", "main"),)), "forum"),
        (Call("forum", (("forumid", "1"), ("type", "viewforum"))), "forum type=viewforum"),
        (Call("inbox", (("id", "5"), ("type", "viewconv"))), "inbox type=viewconv"),
        (Call("requests", (("type", "created"),)), "requests"),
        (Call("download", (("id", "5"),)), "download"),
    ],
)
def test_pages_that_fail_by_themselves(call: Call, page: str) -> None:
    """What is another page of the site counts by itself; other parameters make no difference."""
    assert page_of(call) == page


async def test_others_are_asked_as_before(connect: Connect) -> None:
    """While one action fails, the others have all turns of the pace but the one of its try."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="browse")
    async with serving(client) as dispatcher:
        waiting = dispatcher.submit(search("yeast"))
        await until(lambda: fails(client, search("yeast")))
        for _ in range(8):
            await dispatcher.call(MESSAGES)
        assert not waiting.future.done()
        assert client.health.held_for() == 0.0
    assert client.asked == ["browse", *["inbox"] * 8]
    assert max(client.sim.gaps()) < 2 * PER
    assert client.states == []


async def test_its_pauses_grow_and_its_callers_are_answered(connect: Connect) -> None:
    """A call that waits for its action is sent when that has rested, and answered like any."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="browse", times=2)
    async with serving(client) as dispatcher:
        answer = await dispatcher.call(search("yeast"))
    first, second, third = asked_at(client, "browse")
    assert answer.call == search("yeast")
    assert second - first >= PAUSES[0]
    assert third - second >= PAUSES[1]
    assert client.states == []


async def test_it_is_told_once_and_so_is_its_end(connect: Connect) -> None:
    """The third failure in a row is news, with the action; so is its next answer."""
    client = connect()
    client.sim.fail(Fault.SEARCH_DOWN)
    async with serving(client) as dispatcher:
        problem = await problem_of(dispatcher.submit(search("yeast")))
        again = connect(memory=client.memory)
        await again.health.recall()
        for _ in range(2):
            with pytest.raises(TrackerUnavailable, match="500 Internal Server Error"):
                await dispatcher.call(search("yeast", Lane.PERSON))
        client.sim.repair()
        await dispatcher.call(search("yeast", Lane.PERSON))
    assert problem.action == "browse"
    assert problem.after
    assert [(each.state, each.action) for each in client.changes] == [
        (TrackerState.FAILING, "browse"),
        (TrackerState.WORKING, "browse"),
    ]
    assert client.changes[0].since == client.changes[1].since
    # A successor tells the same, and tries at once.
    assert [each.state for each in again.changes] == [TrackerState.FAILING]
    assert again.changes[0].since == client.changes[0].since
    assert again.health.actions.held_for(search("yeast")) == 0.0
    after = connect(memory=client.memory)
    await after.health.recall()
    assert after.changes == []


async def test_what_is_known_to_fail_occupies_no_place(connect: Connect) -> None:
    """Every waiting call of it is told, and later ones are at once, with the time."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="browse")
    async with serving(client) as dispatcher:
        tickets = [dispatcher.submit(search(word)) for word in "abc"]
        problems = await asyncio.gather(*(problem_of(ticket) for ticket in tickets))
        assert client.asked == ["browse"] * 3
        assert dispatcher.idle
        assert {each.action for each in problems} == {"browse"}
        with pytest.raises(TrackerUnavailable, match="browse can't be answered") as caught:
            dispatcher.submit(search("d"))
        assert caught.value.after
        assert PAUSES[1] < caught.value.after <= PAUSES[2]


async def test_a_person_is_told_at_once_and_tries_it(connect: Connect) -> None:
    """Healthy actions answer a person; the failing one is tried, and rests no longer for that."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="browse")
    async with serving(client) as dispatcher:
        watch = dispatcher.submit(search("yeast"))
        await until(lambda: fails(client, search("yeast")))
        rest = client.health.actions.held_for(search("yeast"))
        assert (await dispatcher.call(Call("inbox"))).payload
        with pytest.raises(TrackerUnavailable, match="browse can't be answered"):
            await dispatcher.call(search("mould", Lane.PERSON))
        with pytest.raises(TrackerUnavailable, match="browse can't be answered"):
            await dispatcher.call(search("yeast", Lane.PERSON))
        assert client.health.actions.held_for(search("yeast")) < rest
        client.sim.repair()
        assert (await dispatcher.call(search("mould", Lane.PERSON))).payload
        assert (await watch.answer()).payload
    browse = asked_at(client, "browse")
    assert browse[-1] - browse[0] < PAUSES[0]


async def test_resume_has_it_asked_at_once(connect: Connect) -> None:
    """A person who resumes ends the rest of an action too."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="browse", times=1)
    async with serving(client) as dispatcher:
        watch = dispatcher.submit(search("yeast"))
        await until(lambda: fails(client, search("yeast")))
        await dispatcher.resume()
        await watch.answer()
    first, second = asked_at(client, "browse")
    assert second - first < PAUSES[0]


async def test_who_can_do_without_it_is_told_at_once(connect: Connect) -> None:
    """A dispensable call isn't kept waiting, and another one for the same is."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="inbox", times=1)
    async with serving(client) as dispatcher:
        patient = dispatcher.submit(MESSAGES)
        dispensable = dispatcher.submit(Call("inbox", lane=Lane.WATCH, dispensable=True))
        assert (await problem_of(dispensable)).action == "inbox"
        assert not patient.future.done()
        assert (await patient.answer()).payload


# When it is the tracker's


async def test_actions_that_share_nothing(connect: Connect) -> None:
    """Two of them that fail in a row, with no success between, are an outage."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500)
    async with serving(client) as dispatcher:
        tickets = [dispatcher.submit(search("yeast")), dispatcher.submit(MESSAGES)]
        await until(lambda: bool(client.health.held_for()))
        assert client.asked == ["browse", "inbox"]
        with pytest.raises(TrackerUnavailable, match="No requests are sent until"):
            dispatcher.submit(Call("stats"))
        client.sim.repair()
        await asyncio.gather(*(ticket.answer() for ticket in tickets))
    assert client.asked == ["browse", "inbox", "browse", "inbox"]
    assert client.sim.gaps()[1] >= PAUSES[0]


async def test_a_success_between_them(connect: Connect) -> None:
    """Failures of several actions with answers in between are each its own."""
    client = connect()
    async with serving(client) as dispatcher:
        for action in ("browse", "inbox", "top10"):
            client.sim.fail(Fault.EMPTY_500, action=action, times=1)
            with pytest.raises(TrackerUnavailable):
                await dispatcher.call(Call(action))
            await dispatcher.call(Call("index"))
        assert client.health.held_for() == 0.0
        assert client.health.problem() is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (search("yeast", Lane.PERSON), Call("requests")),
        (Call("forum"), Call("forum", (("forumid", "1"), ("type", "viewforum")))),
        (Call("inbox"), Call("inbox", (("id", "1"), ("type", "viewconv")))),
    ],
)
async def test_what_fails_together_says_nothing_of_the_rest(
    connect: Connect, first: Call, second: Call
) -> None:
    """Searches and requests share the search engine; pages of an action share the action."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action=first.action)
    client.sim.fail(Fault.EMPTY_500, action=second.action)
    async with serving(client) as dispatcher:
        for call in (first, second, first):
            with pytest.raises(TrackerUnavailable, match="can't be answered"):
                await dispatcher.call(call)
        assert (await dispatcher.call(Call("stats"))).payload
    assert client.states == []


@pytest.mark.parametrize("fault", [Fault.BAD_GATEWAY, Fault.DROP, Fault.BAD_TOKEN_FORMAT])
async def test_what_concerns_every_action(connect: Connect, fault: Fault) -> None:
    """A gateway's page, a connection that fails and a token that isn't read hold all at once."""
    client = connect()
    client.sim.fail(fault)
    async with serving(client) as dispatcher:
        ticket = dispatcher.submit(MESSAGES)
        await until(lambda: bool(client.health.held_for()))
        assert client.health.actions.failing == []
        with pytest.raises(TrackerUnavailable, match="No requests are sent until"):
            dispatcher.submit(Call("stats"))
        ticket.cancel()


async def test_after_an_outage_every_action_is_tried(connect: Connect) -> None:
    """What failed just before the outage doesn't rest any longer when that is over."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, times=2)
    async with serving(client) as dispatcher:
        tickets = [dispatcher.submit(search("yeast")), dispatcher.submit(MESSAGES)]
        await asyncio.gather(*(ticket.answer() for ticket in tickets))
    assert (
        max(later - first for first, later in pairwise(asked_at(client, "inbox"))) < 2 * PAUSES[0]
    )
    assert client.states == []


async def test_a_call_that_fails_alone_is_given_up(connect: Connect) -> None:
    """Not the action fails, but one thing asked of it, while others of it are answered."""
    client = connect()
    async with serving(client) as dispatcher:
        client.sim.fail(Fault.EMPTY_500, action="torrent", times=1)
        poison = dispatcher.submit(Call("torrent", (("id", "1"),), Lane.WATCH))
        for _ in range(2):
            await until(lambda: fails(client, poison.call))
            await dispatcher.call(Call("torrent", (("id", "2"),)))
            client.sim.fail(Fault.EMPTY_500, action="torrent", times=1)
        problem = await problem_of(poison)
        assert problem.action == ""
    assert client.states == []


async def test_catching_up_waits_with_its_action(connect: Connect) -> None:
    """What waits for its action keeps nobody else who catches up from being asked."""
    client = connect()
    client.sim.fail(Fault.EMPTY_500, action="torrent")
    async with serving(client) as dispatcher:
        behind = dispatcher.submit(Call("torrent", (("id", "1"),), Lane.CATCH_UP))
        await until(lambda: fails(client, behind.call))
        await dispatcher.call(Call("inbox", lane=Lane.CATCH_UP))
        assert behind.expected() > PER
        with suppress(asyncio.CancelledError):
            behind.cancel()
    assert client.asked == ["torrent", "inbox"]
