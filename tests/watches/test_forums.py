"""Watching forums, as a cookie sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.watches.conftest import HandClock, Post, open_post

from gazelled.model import EventKind
from gazelled.store import Store
from gazelled.testing import Simulator
from gazelled.testing.content.forums import ForumRecord
from gazelled.tracker.login.auth import LoginAuth
from gazelled.tracker.models import decode

LOUNGE = 9
FULL_PAGE = 50


@pytest.fixture
async def visitor(sim: Simulator, clock: HandClock, store: Store) -> AsyncIterator[Post]:
    """A watcher of an account that logs in, beside a forum without threads."""
    sim.world.forums.places[LOUNGE] = ForumRecord(LOUNGE, 5, "Lounge", "empty")
    auth = LoginAuth("me", sim.world.user("me").password)
    async with open_post(sim, clock, store, auth) as opened:
        yield opened


async def test_the_first_thread_of_an_empty_forum_is_news(visitor: Post) -> None:
    """Its list has no response while it is empty, which is no failure."""
    watch = visitor.watch("lounge", "forum", {"type": "viewforum", "forumid": LOUNGE})
    first = await visitor.run(watch)
    assert [event.kind for event in first] == [EventKind.FIRST_LOOK]
    assert await visitor.run(watch) == []
    assert visitor.troubles == []
    visitor.sim.world.forums.open("Hello", forum=LOUNGE)
    assert [event.title for event in await visitor.run(watch)] == ["Hello"]


async def test_a_look_at_a_forum_without_news_is_one_request(visitor: Post) -> None:
    """However many pages it has: the threads with the latest posts come first."""
    forums, now = visitor.sim.world.forums, visitor.clock.now()
    for number in range(3 * FULL_PAGE):
        time = now - timedelta(days=1, minutes=number)
        forums.open(f"Thread {number}", forum=LOUNGE, time=time).sticky = (
            number > 3 * FULL_PAGE - 12
        )
    watch = visitor.watch("lounge", "forum", {"type": "viewforum", "forumid": LOUNGE})
    await visitor.run(watch)
    visitor.asked.clear()
    assert await visitor.run(watch) == []
    assert visitor.pages == ["1"]
    visitor.asked.clear()
    newest = forums.open("Newest", forum=LOUNGE)
    forums.reply(newest.id - 30, "Still here")
    told = await visitor.run(watch)
    assert sorted(event.title for event in told) == sorted(
        ["Newest", forums.threads[newest.id - 30].title]
    )
    assert visitor.pages == ["1"]


def test_an_empty_page_is_no_change_of_the_answers() -> None:
    """What it leaves out is never there, so that nobody is told of it."""
    payload = {"forumName": "Lounge", "threads": []}
    assert decode("forum", payload, params={"type": "viewforum"}).drift == ()


async def test_sticky_threads_do_not_hide_what_is_on_the_next_page(visitor: Post) -> None:
    """They are known and stand in front, before what is new."""
    forums = visitor.sim.world.forums
    for number in range(2 * FULL_PAGE):
        forums.open(f"Old {number}", forum=LOUNGE).sticky = number < 2 * FULL_PAGE // 5
        visitor.clock.move(1)
    watch = visitor.watch("lounge", "forum", {"type": "viewforum", "forumid": LOUNGE})
    await visitor.run(watch)
    wanted = {f"New {number}" for number in range(FULL_PAGE)}
    for title in sorted(wanted):
        visitor.clock.move(60)
        forums.open(title, forum=LOUNGE)
    told = [event.title for event in await visitor.run(watch)]
    assert len(told) == len(wanted)
    assert {*told} == wanted
