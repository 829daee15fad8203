"""Forms whose caller, connection or answer is lost on the way, and sites that answer oddly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from aiohttp import web

from gazelled.clock import Clock
from gazelled.errors import BadAnswer
from gazelled.testing import Fault, Simulator
from gazelled.tracker import Api, Login, Profile, WriteOutcome, connect

from .conftest import ALL, QUICK, SPEED


class SlowForms(Simulator):
    """A tracker that lets forms wait until the gate is open."""

    def __init__(self) -> None:
        super().__init__(clock=Clock(speed=SPEED), per=1.0, close_after=75.0 * SPEED)
        self.waiting = 0
        self.open = asyncio.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/userhistory.php":
            self.waiting += 1
            await self.open.wait()
        return await super()._handle(request)


async def until(holds: Callable[[], object]) -> None:
    """Wait until something is so, and let all others go on meanwhile."""
    for _ in range(1_000_000):
        if holds():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came")


def sent(sim: Simulator, action: str) -> int:
    """Count how often a request reached the site."""
    return sum(arrival.action == action for arrival in sim.arrivals)


async def test_what_nobody_waits_for_any_more_is_not_sent(sim: Simulator, api: Api) -> None:
    """Whoever gave up while the key was fetched finds later what they found before."""
    task = asyncio.create_task(api.write.bookmark("group", 7))
    await until(lambda: sent(sim, "index"))
    task.cancel()
    await api.stats()
    assert not sent(sim, "add")
    assert (await api.write.bookmark("group", 7)).outcome is WriteOutcome.DONE


async def test_nothing_is_read_while_a_form_is_under_way() -> None:
    """
    Also where several requests are under way at once, and though nobody waits for the form.

    Who reads then sees the state before, and would turn the subscription over again.
    """
    five = Profile("five", "A simulated site", requests=5, per=1.0)
    async with SlowForms() as sim:
        auth = Login("me", sim.world.user("me").password)
        async with connect(sim.url, auth, profile=five, clock=sim.clock, allow=ALL) as api:
            given_up = asyncio.create_task(api.write.subscribe(3))
            await until(lambda: sim.waiting)
            given_up.cancel()
            looks = sent(sim, "forum")
            again = asyncio.create_task(api.write.subscribe(3))
            await asyncio.sleep(0.1)
            assert sent(sim, "forum") == looks
            sim.open.set()
            assert (await again).outcome is WriteOutcome.ALREADY
    assert sent(sim, "thread_subscribe") == 1
    assert (2, 3) in sim.world.forums.subscribed


async def test_a_connection_that_ends_with_a_form_under_way() -> None:
    """It may have been carried out: that is said, and not that nothing was sent."""
    async with SlowForms() as sim:
        auth = Login("me", sim.world.user("me").password)
        async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, allow=ALL) as api:
            task = asyncio.create_task(api.write.subscribe(3))
            await until(lambda: sim.waiting)
        written = await task
        assert (written.outcome, written.in_effect) == (WriteOutcome.UNKNOWN, None)
        assert "Check before you repeat it" in written.text


async def test_a_key_that_can_not_be_fetched_again_is_no_proof(sim: Simulator, api: Api) -> None:
    """The form was sent and may have been stored: `index` failing then changes nothing of that."""
    await api.write.subscribe(3)  # the key is known from here on
    for fault in (Fault.STORED_500, Fault.EMPTY_500):
        sim.fail(fault, times=1, action="add")
        sim.fail(Fault.DROP, action="index")
        sim.world.user("me").bookmarks.discard(7)
        written = await api.write.bookmark("group", 7)
        sim.repair()
        stored = fault is Fault.STORED_500
        assert written.outcome is (WriteOutcome.DONE if stored else WriteOutcome.UNKNOWN)
        assert written.in_effect is stored
    assert sent(sim, "add") == 2


async def test_without_a_key_nothing_was_sent(sim: Simulator, api: Api) -> None:
    """`index` could not be read before the form: an error, not a form whose answer is lost."""
    sim.fail(Fault.NOT_JSON, action="index")
    with pytest.raises(BadAnswer):
        await api.write.bookmark("group", 7)
    assert not sent(sim, "add")


async def test_an_endless_answer_is_a_lost_one(sim: Simulator, api: Api) -> None:
    """What is so is read, and nothing is sent again."""
    sim.settings.huge = 16 * 2**20
    sim.fail(Fault.TOO_LARGE, times=1, action="add")
    written = await api.write.bookmark("group", 7)
    assert written.outcome is WriteOutcome.DONE
    assert "larger than" in written.text
    assert sent(sim, "add") == 1


async def test_a_redirect_elsewhere_is_followed_by_nothing(sim: Simulator, api: Api) -> None:
    """Neither to another host nor to the same page by https, which would make a GET of a POST."""
    for elsewhere in ("http://localhost", "https://127.0.0.1", "http://127.0.0.1:99999999"):
        sim.settings.elsewhere = elsewhere
        sim.fail(Fault.REDIRECT_ELSEWHERE, times=1, action="takeedit")
        written = await api.write.stick(2)
        assert (written.outcome, written.in_effect) == (WriteOutcome.UNKNOWN, False)
        assert "the site redirects to" in written.text
    assert sent(sim, "takeedit") == 3


@pytest.mark.parametrize("as_entities", [False, True])
async def test_words_that_quote_the_key_are_returned_without_it(
    sim: Simulator, api: Api, *, as_entities: bool
) -> None:
    """However the page writes it; other words stay."""
    key = sim.world.user("me").authkey
    quoted = "".join(f"&#{ord(sign)};" for sign in key) if as_entities else key
    sim.settings.words = f"You sent {quoted}, which is wrong."
    sim.fail(Fault.REFUSED, times=1, action="add")
    written = await api.write.bookmark("group", 7)
    assert written.outcome is WriteOutcome.REFUSED
    assert key not in written.text
    assert "You sent [redacted], which is wrong." in written.text


async def test_lists_that_claim_to_be_endless_end(sim: Simulator, api: Api) -> None:
    """Behind the last page there is nothing new, however many are said to follow."""
    sim.settings.rewrite = lambda body: re.sub(rb'"pages":\d+', b'"pages":1000000000', body)
    for action in ("inbox", "forum"):
        sim.fail(Fault.REWRITTEN, action=action)
    assert (await api.write.delete(999_999)).outcome is WriteOutcome.ALREADY
    await api.write.catch_up_forum(2)
    assert (await api.write.catch_up_forum(2)).outcome is WriteOutcome.ALREADY


async def test_the_words_of_the_site_make_whole_sentences(sim: Simulator, api: Api) -> None:
    """With one full stop."""
    for words, text in (
        (
            "No more bookmarks.",
            "The site refuses it and says: No more bookmarks. Data set 7 is not",
        ),
        ("No more", "The site refuses it and says: No more. Data set 7 is not bookmarked."),
    ):
        sim.settings.words = words
        sim.fail(Fault.REFUSED, times=1, action="add")
        assert (await api.write.bookmark("group", 7)).text.startswith(text)


async def test_the_key_as_the_name_of_a_page_is_not_shown(sim: Simulator, api: Api) -> None:
    """Where a redirect leads stands in the text."""
    key = sim.world.user("me").authkey
    sim.settings.elsewhere = f"{sim.url}/{key}#"
    sim.fail(Fault.REDIRECT_ELSEWHERE, times=1, action="add")
    written = await api.write.bookmark("group", 7)
    assert key not in written.text
    assert "the site redirects to [redacted]" in written.text
