"""The forms of the simulated site answer as the application's do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import ClientSession, DummyCookieJar

from gazelled.testing import Simulator

FORM = Mapping[str, str] | list[tuple[str, str]]


class Browser:
    """Somebody who is logged in and sends forms."""

    def __init__(self, sim: Simulator, client: ClientSession, session: str) -> None:
        self.sim = sim
        self.client = client
        self.session = session

    async def sends(
        self,
        page: str,
        query: Mapping[str, str] | None = None,
        form: FORM | None = None,
        *,
        key: str = "",
    ) -> tuple[int, str, str]:
        """Send a form with the key, and return status, place and text."""
        auth = key or self.sim.world.user("me").authkey
        fields = [*(form.items() if isinstance(form, Mapping) else form or ())]
        async with self.client.request(
            "POST" if fields else "GET",
            f"{self.sim.url}/{page}",
            params={**(query or {}), **({} if fields else {"auth": auth})},
            data=[*fields, ("auth", auth)] if fields else None,
            headers={"Cookie": self.session},
            allow_redirects=False,
        ) as response:
            return response.status, response.headers.get("Location", ""), await response.text()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A user of a simulated site."""
    async with Simulator() as sim, ClientSession(cookie_jar=DummyCookieJar()) as client:
        form = {"username": "me", "password": sim.world.user("me").password}
        async with client.post(
            f"{sim.url}/login.php", data=form, allow_redirects=False
        ) as response:
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
        session = "; ".join(f"{name}={value}" for name, value in cookies.items())
        yield Browser(sim, client, session)


async def test_a_bookmark_is_an_empty_page_whether_it_exists_or_not(browser: Browser) -> None:
    """The group and an id that was never given."""
    for number in ("7", "999999"):
        query = {"action": "add", "type": "torrent", "id": number}
        assert await browser.sends("bookmarks.php", query) == (200, "", "")
    assert {7, 999999} <= browser.sim.world.user("me").bookmarks


@pytest.mark.parametrize(
    ("page", "query", "form", "title"),
    [
        ("bookmarks.php", {"action": "add", "type": "book", "id": "7"}, {}, "404 Not Found"),
        ("bookmarks.php", {"action": "add", "type": "torrent", "id": "x"}, {}, "Other Error"),
        ("forums.php", {"action": "catchup"}, {}, "403 Forbidden"),
        ("inbox.php", {}, {"action": "takeedit", "convid": "999"}, "403 Forbidden"),
        ("inbox.php", {}, {"action": "takecompose", "body": "x"}, "404 Not Found"),
        ("inbox.php", {}, {"action": "masschange", "delete": "1"}, "Other Error"),
    ],
)
async def test_a_refusal_is_500_and_a_page(
    browser: Browser, page: str, query: dict[str, str], form: dict[str, str], title: str
) -> None:
    """Its title and its words stand in the page alone."""
    status, place, text = await browser.sends(page, query, form)
    assert (status, place) == (500, "")
    assert f'<h2 class="header">{title}</h2>\n<p>' in text


async def test_the_last_check_of_a_message_is_the_one_that_is_told(browser: Browser) -> None:
    """One sentence, even if several things are wrong."""
    form = {"action": "takecompose", "toid": "x", "subject": " ", "body": " "}
    *_, text = await browser.sends("inbox.php", form=form)
    assert "You cannot send a message without a body." in text
    *_, text = await browser.sends("inbox.php", form=form | {"body": "x"})
    assert "You cannot send a message without a subject." in text
    *_, text = await browser.sends("inbox.php", form=form | {"body": "x", "subject": "y"})
    assert "This recipient does not exist." in text


async def test_a_message_to_nobody_is_lost_with_the_answer_of_success(browser: Browser) -> None:
    """Only the page to write one looks whether there is such a user."""
    form = {"action": "takecompose", "toid": "999999", "subject": "Hi", "body": "x"}
    before = len(browser.sim.world.conversations)
    assert (await browser.sends("inbox.php", form=form))[:2] == (302, "inbox.php")
    assert len(browser.sim.world.conversations) == before


async def test_a_long_message_is_cut_without_a_word(browser: Browser) -> None:
    """At a number of bytes."""
    form = {"action": "takecompose", "toid": "4", "convid": "2", "body": "x" * 50_000}
    await browser.sends("inbox.php", form=form)
    assert len(browser.sim.world.conversations[2].messages[-1].body) == 49_135


async def test_what_the_address_has_to_hold_no_body_holds(browser: Browser) -> None:
    """These forms are read from the address alone, also in a POST."""
    form = {"action": "thread_subscribe", "topicid": "3"}
    status, _, text = await browser.sends("userhistory.php", form=form)
    assert (status, "Other Error" in text) == (500, True)


async def test_subscribing_turns_over(browser: Browser) -> None:
    """The answer is the same both ways, and for a thread that doesn't exist."""
    forums = browser.sim.world.forums
    query = {"action": "thread_subscribe", "topicid": "3"}
    for subscribed in (True, False):
        assert await browser.sends("userhistory.php", query) == (200, "", "")
        assert ((2, 3) in forums.subscribed) is subscribed
    query["topicid"] = "999"
    assert await browser.sends("userhistory.php", query) == (200, "", "")


async def test_several_conversations_are_changed_together_or_not_at_all(browser: Browser) -> None:
    """One that isn't one's own, or twice the same, spoils it for all."""
    world = browser.sim.world
    foreign = world.send("Between others", to="mod1", sender="power1").id
    for numbers in ((2, foreign), (2, 2)):
        chosen = [("messages[]", str(number)) for number in numbers]
        form = [("action", "masschange"), ("delete", "1"), *chosen]
        assert (await browser.sends("inbox.php", form=form))[0] == 500
    assert not world.conversations[2].deleted


async def test_without_sticky_a_conversation_is_not_sticky(browser: Browser) -> None:
    """Whatever else the form changes; to delete one takes it from the top as well."""
    conversation = browser.sim.world.conversations[3]
    form = {"action": "takeedit", "convid": "3", "mark_unread": "1"}
    assert (await browser.sends("inbox.php", form=form))[:2] == (302, "inbox.php")
    assert 2 not in conversation.sticky
    assert 2 in conversation.unread


async def test_a_wrong_key_is_500_and_nothing(browser: Browser) -> None:
    """For every form; nothing is done."""
    query = {"action": "add", "type": "torrent", "id": "7"}
    assert await browser.sends("bookmarks.php", query, key="wrong") == (500, "", "")
    assert 7 not in browser.sim.world.user("me").bookmarks


async def test_without_a_session_one_is_sent_to_the_log_in(browser: Browser) -> None:
    """Except that one form asks for the key first, unless there is a stale session."""
    notified = {"action": "notify_catchup"}
    browser.sim.expire_sessions()
    assert (await browser.sends("torrents.php", notified))[:2] == (302, "login.php")
    browser.session = ""
    assert (await browser.sends("torrents.php", notified))[:2] == (500, "")
    assert (await browser.sends("userhistory.php", {"action": "catchup"}))[:2] == (302, "login.php")


async def test_a_deleted_conversation_comes_back_with_the_next_message(browser: Browser) -> None:
    """It is hidden from both boxes until then, and from the counter of unread ones."""
    world = browser.sim.world
    conversation = world.conversations[3]
    conversation.unread.add(2)
    unread = world.unread(world.user("me"))
    form = [("action", "masschange"), ("messages[]", "3"), ("delete", "1")]
    await browser.sends("inbox.php", form=form)
    assert world.unread(world.user("me")) == unread - 1
    assert 2 not in conversation.sticky
    world.reply(3, "One more thing", sender="mod1")
    assert not conversation.deleted
