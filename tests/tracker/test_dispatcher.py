"""The dispatcher: order, sharing, and what each consequence does to the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from gazelled.errors import (
    ActionRequired,
    BadAnswer,
    RequestRefused,
    TrackerError,
    TrackerUnavailable,
)
from gazelled.model import Answer, Call, Lane
from gazelled.testing import Fault
from gazelled.tracker.answers.health import HealthChange, TrackerState
from gazelled.tracker.forms.form import AnswerLost
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.login.auth import LoginAuth, TokenAuth
from gazelled.tracker.transport.call_queue import Ticket
from gazelled.tracker.transport.dispatcher import Dispatcher

if TYPE_CHECKING:
    from .conftest import Client, Connect

PER = 6.0
CLEAR = Call("clear_user_notification", (("type", "News"),), writes=True)


def search(word: str, lane: Lane = Lane.WATCH) -> Call:
    """Make a call that differs from others by a word."""
    return Call("browse", (("searchstr", word),), lane)


async def serve(client: Client, stack: AsyncExitStack) -> Dispatcher:
    """Serve the queue until the test ends."""
    await stack.enter_async_context(client.dispatcher.running())
    return client.dispatcher


async def outcome(ticket: Ticket) -> Answer | TrackerError:
    """Wait for the answer, or for why there is none."""
    try:
        return await ticket.answer()
    except TrackerError as problem:
        return problem


async def until(told: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(15_000):
        if told():
            return
        await asyncio.sleep(0.002)
    pytest.fail("it never came")


async def arrived(client: Client) -> None:
    """Wait until the tracker has seen a request."""
    await until(lambda: bool(client.sim.arrivals))


async def held(client: Client) -> None:
    """Wait until the queue is held, or the pace for long."""
    await until(lambda: bool(client.health.held_for()) or client.limiter.wait() > 4 * PER)


# Order


async def test_order_by_patience(connect: Connect, stack: AsyncExitStack) -> None:
    """Persons come first, then watches, plugins and what catches up, in the order of asking."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    tickets = [
        client.dispatcher.submit(search("catch up", Lane.CATCH_UP)),
        client.dispatcher.submit(search("plugin", Lane.PLUGIN)),
        client.dispatcher.submit(search("watch 1")),
        client.dispatcher.submit(search("watch 2")),
        client.dispatcher.submit(search("person", Lane.PERSON)),
    ]
    await serve(client, stack)
    await asyncio.gather(*(ticket.answer() for ticket in tickets))
    assert order == ["person", "watch 1", "watch 2", "plugin", "catch up"]
    assert min(client.sim.gaps()) >= PER


@pytest.mark.parametrize("seed", range(4))
async def test_limits_that_change_are_kept_at_the_tracker(
    connect: Connect, stack: AsyncExitStack, seed: int
) -> None:
    """No request arrives before the limits allow it that held from the earlier one on."""
    client = connect()
    random = Random(seed)  # noqa: S311 - it guards no secret
    dispatcher = await serve(client, stack)
    changes = [(-1.0, PER)]

    async def change() -> None:
        while True:
            await client.clock.sleep(random.uniform(0, 4 * PER))
            per = random.choice([PER, 1.5 * PER, 3 * PER])
            changes.append((client.clock.monotonic(), per))
            dispatcher.follow(replace(client.site, requests=1, per=per))

    changing = asyncio.create_task(change())
    for number in range(8):
        await dispatcher.call(search(f"{seed} {number}"))
    changing.cancel()
    for earlier, later in pairwise(client.sim.arrivals):
        held = [per for at, per in changes if at <= earlier.at][-1:]
        # One that was admitted just before a change arrives just after it.
        held += [per for at, per in changes if earlier.at < at < later.at - PER]
        assert later.at - earlier.at >= max(held)


async def test_more_requests_at_once_after_a_change(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """There are workers for all slots of the new limit, once the old one counts nothing."""
    client = connect()
    dispatcher = await serve(client, stack)
    await dispatcher.call(search("one"))
    dispatcher.follow(replace(client.site, requests=2, per=2 * PER))
    client.sim.fail(Fault.HANG)
    waiting = [dispatcher.submit(search(f"at once {number}")) for number in range(2)]
    await until(lambda: len(client.sim.arrivals) == 3)
    assert client.sim.gaps()[0] >= 2 * PER
    assert len(waiting) == len([call for call in dispatcher.expected_calls() if not call.seconds])


async def test_a_call_that_is_refused_for_an_old_token_is_sent_again(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """What was under way when the token was renewed stops nothing."""
    client = connect(requests=2)
    dispatcher = await serve(client, stack)
    client.sim.revoke()
    client.sim.jitter = (20.0, 20.0)
    asked = dispatcher.submit(search("under way"))
    await until(lambda: bool(client.sim.arrivals) and bool(client.sim.arrivals[0].verdict))
    client.sim.forget_tokens()
    dispatcher.session = dispatcher.session.by(TokenAuth(client.sim.token()))
    client.sim.jitter = (0.0, 0.0)
    assert isinstance(await outcome(asked), Answer)
    assert [arrival.verdict for arrival in client.sim.arrivals] == ["refused", "ok"]
    assert not client.health.stopped


async def test_patience_ends(connect: Connect, stack: AsyncExitStack) -> None:
    """Who has waited longer than their patience isn't overtaken: nothing starves."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    early = client.dispatcher.submit(search("watch"))
    client.skip(Lane.WATCH.value)
    late = client.dispatcher.submit(search("person", Lane.PERSON))
    await serve(client, stack)
    await asyncio.gather(early.answer(), late.answer())
    assert order == ["watch", "person"]


async def test_later_pages_keep_the_place_of_the_first(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """What a look asks for later goes before what others asked for since it began."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    began = client.clock.monotonic()
    await client.clock.sleep(1)
    tickets = [client.dispatcher.submit(search(word)) for word in ("a", "b")]
    page = client.dispatcher.submit(replace(search("page 2"), asked_at=began))
    ahead = client.dispatcher.submit(replace(search("early"), asked_at=began + 10_000))
    await serve(client, stack)
    await asyncio.gather(*(ticket.answer() for ticket in [*tickets, page, ahead]))
    assert order == ["page 2", "a", "b", "early"]


async def test_person_raises_a_waiting_call(connect: Connect, stack: AsyncExitStack) -> None:
    """A person who asks what a watch has asked already moves it to the front."""
    client = connect()
    order: list[str] = []
    client.dispatcher._answered = lambda answer: order.append(answer.call.params[0][1])
    tickets = [client.dispatcher.submit(search(word)) for word in ("a", "b", "c")]
    tickets.append(client.dispatcher.submit(search("c", Lane.PERSON)))
    await serve(client, stack)
    answers = await asyncio.gather(*(ticket.answer() for ticket in tickets))
    assert order == ["c", "a", "b"]
    assert answers[2] is answers[3]


# Sharing


async def test_equal_calls_share_a_request(connect: Connect, stack: AsyncExitStack) -> None:
    """Calls that are the same request are one request, while they wait and while it is sent."""
    client = connect()
    dispatcher = await serve(client, stack)
    client.sim.settings.pause = 5.0
    client.sim.fail(Fault.SLOW, times=1)
    waiting = [dispatcher.submit(search("a")), dispatcher.submit(search("a", Lane.CATCH_UP))]
    await arrived(client)
    under_way = dispatcher.submit(search("a", Lane.PERSON))
    assert under_way.expected() == 0.0
    answers = await asyncio.gather(*(ticket.answer() for ticket in [*waiting, under_way]))
    assert len({id(answer) for answer in answers}) == 1
    assert client.asked == ["browse"]


async def test_asking_again_afterwards_is_a_new_request(
    connect: Connect, stack: AsyncExitStack
) -> None:
    """An answer isn't kept for those who come later."""
    dispatcher = await serve(client := connect(), stack)
    await dispatcher.call(search("a"))
    await dispatcher.call(search("a"))
    assert client.asked == ["browse", "browse"]


async def test_writes_are_not_shared(connect: Connect, stack: AsyncExitStack) -> None:
    """Two equal writes are two requests."""
    dispatcher = await serve(client := connect(), stack)
    await asyncio.gather(dispatcher.call(CLEAR), dispatcher.call(CLEAR))
    assert client.asked == ["clear_user_notification"] * 2


# Forms of the website

BOOKMARK = Call("bookmark", (("id", "7"), ("type", "torrent")), writes=True, form=True)


async def test_forms_are_not_shared(connect: Connect, stack: AsyncExitStack, me: LoginAuth) -> None:
    """Two equal ones are two requests, each in a slot of its own."""
    dispatcher = await serve(client := connect(me), stack)
    await asyncio.gather(dispatcher.call(BOOKMARK), dispatcher.call(BOOKMARK))
    assert client.asked == ["/login.php", "index", "add", "add"]
    assert min(client.sim.gaps()) >= PER


async def test_what_is_read_after_a_change_is_no_older(
    connect: Connect, stack: AsyncExitStack, me: LoginAuth
) -> None:
    """A request that was under way is joined by nobody once a change is made."""
    dispatcher = await serve(client := connect(me, requests=2), stack)
    await dispatcher.call(Call("index"))
    client.sim.settings.pause = 10.0
    client.sim.fail(Fault.SLOW, times=1, action="browse")
    before = dispatcher.submit(search("a"))
    await until(lambda: client.asked[-1] == "browse")
    await dispatcher.call(BOOKMARK)
    assert not before.future.done()
    after = await dispatcher.call(search("a"))
    assert await before.answer() is not after
    assert client.asked.count("browse") == 2


async def test_a_form_fails_no_action(
    connect: Connect, stack: AsyncExitStack, me: LoginAuth
) -> None:
    """Its errors are no outage; only a gateway's are one."""
    dispatcher = await serve(client := connect(me), stack)
    client.sim.fail(Fault.EMPTY_500, times=4, action="add")
    for _ in range(4):
        await dispatcher.call(BOOKMARK)
    client.sim.fail(Fault.DROP, times=1, action="add")
    with pytest.raises(AnswerLost):
        await dispatcher.call(BOOKMARK)
    assert client.health.actions.resting == []
    assert client.health.failing_since is None
    client.sim.fail(Fault.BAD_GATEWAY, times=1, action="add")
    with pytest.raises(AnswerLost):
        await dispatcher.call(BOOKMARK)
    assert client.health.failing_since is not None


async def test_a_form_that_was_not_written_is_not_lost(
    connect: Connect, stack: AsyncExitStack, me: LoginAuth
) -> None:
    """Without a connection it is certain that nothing was done."""
    dispatcher = await serve(client := connect(me), stack)
    await dispatcher.call(BOOKMARK)
    await client.sim.stop()
    with pytest.raises(TrackerUnavailable) as error:
        await dispatcher.call(BOOKMARK)
    assert not isinstance(error.value, AnswerLost)


# Cancelling and expecting


async def test_cancelled_call_is_not_sent(connect: Connect, stack: AsyncExitStack) -> None:
    """A call that nobody waits for any more is not sent; others go on."""
    client = connect()
    first = client.dispatcher.submit(search("a"))
    second = client.dispatcher.submit(search("b"))
    first.cancel()
    await serve(client, stack)
    await second.answer()
    assert client.dispatcher.idle
    assert client.asked == ["browse"]


async def test_cancelled_share_leaves_the_others(connect: Connect, stack: AsyncExitStack) -> None:
    """Of two who ask the same, one may leave."""
    client = connect()
    first = client.dispatcher.submit(search("a"))
    second = client.dispatcher.submit(search("a"))
    first.cancel()
    await serve(client, stack)
    assert (await second.answer()).call == search("a")


async def test_cancelled_wait_cancels(connect: Connect) -> None:
    """Whoever stops awaiting leaves the queue."""
    client = connect()
    asking = asyncio.ensure_future(client.dispatcher.call(search("a")))
    await asyncio.sleep(0)
    assert client.dispatcher.waiting == 1
    asking.cancel()
    await asyncio.wait([asking])
    assert client.dispatcher.waiting == 0


async def test_expected_time(connect: Connect) -> None:
    """Each call knows how many windows are before it."""
    client = connect(per=60.0)
    tickets = [client.dispatcher.submit(search(word)) for word in ("a", "b", "c")]
    person = client.dispatcher.submit(search("d", Lane.PERSON))
    assert person.expected() < 60.0
    assert [ticket.expected() // 60 for ticket in tickets] == [1, 2, 3]


# Consequences


@pytest.mark.parametrize(
    ("fault", "problem", "words"),
    [
        (Fault.STATUS_ERROR, RequestRefused, "Search returned an error"),
        (Fault.SERVER_ERROR, RequestRefused, "no reason given"),
        (Fault.NOT_JSON, BadAnswer, "isn't JSON"),
        (Fault.CUT_OFF, BadAnswer, "incomplete"),
        (Fault.WRONG_SHAPE, BadAnswer, "isn't in the API's form"),
    ],
)
async def test_trouble_of_one_call(
    connect: Connect,
    stack: AsyncExitStack,
    fault: Fault,
    problem: type[TrackerError],
    words: str,
) -> None:
    """What is wrong with one call is told to who asked it, and holds nobody else."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(fault, times=1)
    with pytest.raises(problem, match=words):
        await dispatcher.call(search("a"))
    await dispatcher.call(search("b"))
    assert client.asked == ["browse", "browse"]
    assert client.states == []


async def test_broken_answer_is_kept(connect: Connect, stack: AsyncExitStack) -> None:
    """Who is told that an answer can't be read gets what came."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.WRONG_SHAPE, times=1)
    with pytest.raises(BadAnswer) as caught:
        await dispatcher.call(Call("index"))
    assert caught.value.raw == b'{"items":[],"total":0}'


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.NEW_RATE_REFUSAL])
async def test_refusal_of_the_limit(connect: Connect, stack: AsyncExitStack, fault: Fault) -> None:
    """A refusal waits a whole window, the next one two, and the call is answered all the same."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(fault, times=2)
    await dispatcher.call(Call("index"))
    first, second = client.sim.gaps()
    assert first >= PER
    assert second >= 2 * PER
    assert client.states == [TrackerState.LIMITED]


class SlowMemory(InMemoryStore):
    """A memory that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def set_kv(self, key: str, value: str | None) -> None:
        """Keep a text, later."""
        self.asked.set()
        await asyncio.sleep(0.03)
        await super().set_kv(key, value)


async def test_refusal_holds_all_slots(connect: Connect, stack: AsyncExitStack) -> None:
    """With several requests in a window too, none goes out in the window after a refusal."""
    memory = SlowMemory()
    dispatcher = await serve(client := connect(requests=2, memory=memory), stack)
    client.sim.fail(Fault.RATE_LIMITED, times=1)
    first = dispatcher.submit(search("a"))
    await memory.asked.wait()
    second = dispatcher.submit(search("b"))
    await asyncio.gather(first.answer(), second.answer())
    assert client.sim.gaps()[0] >= PER


async def test_retry_after_of_a_refusal(connect: Connect, stack: AsyncExitStack) -> None:
    """The tracker's own wish is honoured when it is longer."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.settings.retry_after = "90"
    client.sim.fail(Fault.TOO_MANY, times=1)
    await dispatcher.call(Call("index", lane=Lane.WATCH))
    assert min(client.sim.gaps()) >= 90


async def test_refused_write_is_not_sent_again(connect: Connect, stack: AsyncExitStack) -> None:
    """A write that the limit refused is told as not done, and left to the asker."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.RATE_LIMITED, times=1)
    with pytest.raises(TrackerUnavailable, match="nothing was changed"):
        await dispatcher.call(CLEAR)
    assert client.asked == ["clear_user_notification"]


async def test_pause_survives_a_restart(connect: Connect, stack: AsyncExitStack) -> None:
    """A new owner waits for what the tracker wanted of the last one."""
    for fault, seconds in ((Fault.TOO_MANY, 500), (Fault.RETRY_AFTER, 700)):
        client = connect()
        client.sim.settings.retry_after = str(seconds)
        client.sim.fail(fault, times=1)
        async with client.dispatcher.running():
            waiting = client.dispatcher.submit(search("a"))
            await held(client)
            waiting.cancel()
        left = await connect(memory=client.memory).health.recall()
        assert 0 < left <= seconds
    del stack


async def test_outage_holds_the_queue(connect: Connect, stack: AsyncExitStack) -> None:
    """An outage is met with pauses that grow; watches wait it out and are answered after it."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.BAD_GATEWAY, times=2)
    answers = await asyncio.gather(*(dispatcher.call(search(word)) for word in ("a", "b", "c")))
    assert [answer.call for answer in answers] == [search("a"), search("b"), search("c")]
    first, second, *_ = client.sim.gaps()
    assert first >= 60
    assert second >= 240
    assert len(client.sim.arrivals) == 5


async def test_retry_after_of_an_outage(connect: Connect, stack: AsyncExitStack) -> None:
    """An outage that names its end is believed."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.settings.retry_after = "100"
    client.sim.fail(Fault.RETRY_AFTER, times=1)
    await dispatcher.call(search("a"))
    assert min(client.sim.gaps()) >= 100


async def test_person_fails_fast(connect: Connect, stack: AsyncExitStack) -> None:
    """In an outage a person is told at once, when asking and when waiting; a watch waits."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.BAD_GATEWAY, times=1)
    watch = dispatcher.submit(search("a"))
    persons = [dispatcher.submit(search(word, Lane.PERSON)) for word in ("a", "b")]
    problems = await asyncio.gather(*(outcome(person) for person in persons))
    assert [type(problem) for problem in problems] == [TrackerUnavailable, TrackerUnavailable]
    with pytest.raises(TrackerUnavailable, match="to try at once: gazelled resume"):
        dispatcher.submit(search("c", Lane.PERSON))
    assert client.asked == ["browse"]
    assert (await watch.answer()).call == search("a")


async def test_resume_ends_an_outage(connect: Connect, stack: AsyncExitStack) -> None:
    """A person who resumes has the tracker asked at once, at the pace."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.settings.retry_after = "80000"
    client.sim.fail(Fault.RETRY_AFTER, times=1)
    watch = dispatcher.submit(search("a"))
    await held(client)
    await dispatcher.resume()
    await watch.answer()
    assert min(client.sim.gaps()) >= PER
    assert client.states == []


async def test_write_fails_in_an_outage(connect: Connect, stack: AsyncExitStack) -> None:
    """A write that met an outage is told and never sent again, whoever asked."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.BAD_GATEWAY, times=1)
    with pytest.raises(TrackerUnavailable, match="502"):
        await dispatcher.call(Call("clear_user_notification", lane=Lane.WATCH, writes=True))
    await dispatcher.resume()
    await dispatcher.call(Call("index"))
    assert client.asked == ["clear_user_notification", "index"]


async def test_poison_call(connect: Connect, stack: AsyncExitStack) -> None:
    """A call that fails again and again while others are answered is given up."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(Fault.EMPTY_500, action="torrent")
    poison = dispatcher.submit(Call("torrent", (("id", "1"),), Lane.WATCH))
    others = [dispatcher.submit(search(word)) for word in "abcd"]
    with pytest.raises(TrackerUnavailable, match="500 Internal Server Error"):
        await poison.answer()
    await asyncio.gather(*(other.answer() for other in others))
    assert client.asked.count("torrent") == 3
    assert min(client.sim.gaps()) >= PER


async def test_outage_poisons_nothing(connect: Connect, stack: AsyncExitStack) -> None:
    """A call is not given up for failing in an outage, whatever was answered before it."""
    dispatcher = await serve(client := connect(), stack)
    late = dispatcher.submit(search("late", Lane.CATCH_UP))
    await dispatcher.call(search("a"))
    client.sim.fail(Fault.BAD_GATEWAY, times=4)
    for _ in range(4):
        await held(client)
        await dispatcher.resume()
    assert (await late.answer()).call.params == search("late").params


# Stops


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault.TOKEN_REVOKED, "Only the oldest token"),
        (Fault.USER_DISABLED, "disabled"),
        (Fault.ADDRESS_BANNED, "banned"),
        (Fault.FORBIDDEN, "Your client asks too often. Write to staff@biotorrents.de."),
    ],
)
async def test_stop(connect: Connect, stack: AsyncExitStack, fault: Fault, text: str) -> None:
    """After a stop nothing is sent, whoever asks, until a person resumes."""
    dispatcher = await serve(client := connect(), stack)
    client.sim.fail(fault, times=1)
    watch = dispatcher.submit(search("a"))
    waiting = dispatcher.submit(search("b", Lane.PERSON))
    assert isinstance(await outcome(waiting), ActionRequired)
    with pytest.raises(ActionRequired, match="gazelled resume") as caught:
        dispatcher.submit(search("c", Lane.PERSON))
    assert text in str(caught.value)
    await client.clock.sleep(20 * PER)
    assert len(client.sim.arrivals) == 1
    await dispatcher.resume()
    await watch.answer()
    assert client.states == [TrackerState.STOPPED, TrackerState.RESUMED]


async def test_stop_survives_a_restart(connect: Connect, stack: AsyncExitStack) -> None:
    """A stop holds over a restart, until the credentials change."""
    client = connect(credentials="token 1")
    await serve(client, stack)
    client.sim.revoke()
    with pytest.raises(ActionRequired):
        await client.dispatcher.call(Call("index"))
    again = connect(memory=client.memory, credentials="token 1")
    await again.health.recall()
    with pytest.raises(ActionRequired, match="token revoked"):
        again.dispatcher.submit(Call("index"))
    changed = connect(memory=client.memory, credentials="token 2")
    await changed.health.recall()
    await serve(changed, stack)
    assert (await changed.dispatcher.call(Call("index"))).payload


async def test_refused_log_in_stops(connect: Connect, stack: AsyncExitStack) -> None:
    """However many watches wait, a wrong password is sent once."""
    client = connect(LoginAuth("me", "wrong-password-12345"), requests=2)
    dispatcher = await serve(client, stack)
    tickets = [dispatcher.submit(search(word)) for word in "abc"]
    with pytest.raises(ActionRequired, match="user name or password"):
        await dispatcher.call(search("d", Lane.PERSON))
    await client.clock.sleep(10 * PER)
    assert client.asked == ["/login.php"]
    for ticket in tickets:
        ticket.cancel()


# The end


async def test_end_tells_all_who_wait(connect: Connect) -> None:
    """At the end everybody is told, also whose request is under way; later ones are refused."""
    client = connect()
    client.sim.fail(Fault.HANG)
    async with client.dispatcher.running():
        tickets = [client.dispatcher.submit(search(word)) for word in ("a", "b")]
        await arrived(client)
    problems = await asyncio.gather(*(outcome(ticket) for ticket in tickets))
    assert [str(problem) for problem in problems] == ["gazelled is stopping"] * 2
    with pytest.raises(TrackerUnavailable, match="stopping"):
        client.dispatcher.submit(search("c"))
    assert client.dispatcher._limiter._under_way == 0


async def test_problem_of_the_caller(connect: Connect) -> None:
    """What goes wrong while the queue is served comes out as it is."""
    with pytest.raises(RequestRefused, match="mine"):
        async with connect().dispatcher.running():
            raise RequestRefused("mine")


async def test_end_while_an_answer_is_noted(connect: Connect) -> None:
    """Also who waits for an answer that is being noted when the end comes is told."""
    client = connect()
    reached = asyncio.Event()

    async def hang(change: HealthChange) -> None:
        del change
        reached.set()
        await asyncio.Event().wait()

    client.health._on_change = hang
    client.sim.fail(Fault.RATE_LIMITED)
    async with client.dispatcher.running():
        ticket = client.dispatcher.submit(search("a"))
        await reached.wait()
    assert str(await outcome(ticket)) == "gazelled is stopping"


async def test_overdue(connect: Connect) -> None:
    """A request that should have ended long ago is named, for the watchdog."""
    client = connect()
    client.sim.fail(Fault.HANG)
    async with client.dispatcher.running():
        ticket = client.dispatcher.submit(Call("index"))
        await arrived(client)
        in_time = client.dispatcher.overdue()
        ticket._queued.began -= 10 * (60.0 + PER) + 600.0
        late = client.dispatcher.overdue()
    assert (in_time, late) == ("", "index")
    assert isinstance(await outcome(ticket), TrackerUnavailable)


async def test_the_queue_says_what_is_expected_when(connect: Connect) -> None:
    """In the order in which it is sent, with the most urgent lane of those who asked for it."""
    client = connect()
    queue = client.dispatcher
    for call in (search("b"), search("a", Lane.PERSON), search("b", Lane.PLUGIN)):
        queue.submit(call)

    expected = queue.expected_calls()
    assert [(str(each.call), each.lane) for each in expected] == [
        ("browse searchstr=a", Lane.PERSON),
        ("browse searchstr=b", Lane.WATCH),
    ]
    assert [each.tries for each in expected] == [0, 0]
    assert expected[1].seconds - expected[0].seconds == pytest.approx(PER, abs=1.0)
