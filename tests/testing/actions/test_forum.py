"""The simulated forums, as a cookie sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from gazelled.testing import Simulator
from gazelled.testing.content.forums import ForumRecord

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_reading_moves_the_marker(tell: Tell, sim: Simulator) -> None:
    """A thread is read by looking at it, unless `updatelastread` is 0."""
    post = sim.world.forums.reply(5, "New!")
    place = {"type": "viewthread", "threadid": "5"}
    await tell("forum", **place, updatelastread="0")
    assert (await tell("index"))["response"]["notifications"]["newSubscriptions"]
    await tell("forum", **place)
    assert not (await tell("index"))["response"]["notifications"]["newSubscriptions"]
    assert sim.world.forums.read[sim.world.user("me").id, 5] == post.id


async def test_a_post_is_found_by_its_page(tell: Tell, sim: Simulator) -> None:
    """A thread opens on the page of the post that is asked for."""
    late = sim.world.forums.threads[1].last.id
    told = await tell("forum", type="viewthread", threadid="1", postid=str(late))
    assert told["response"]["currentPage"] == 2
    assert told["response"]["posts"][-1]["postId"] == late


async def test_the_list_follows_what_is_written(tell: Tell, sim: Simulator) -> None:
    """A new thread shows in its forum, with its title escaped."""
    thread = sim.world.forums.open("Q & A", forum=1, author="power1")
    shown = (await tell("forum"))["response"]["categories"][0]["forums"][0]
    assert (shown["lastTopicId"], shown["lastTopic"]) == (thread.id, "Q &amp; A")
    listed = (await tell("forum", type="viewforum", forumid="1"))["response"]["threads"]
    assert listed[0]["authorName"] == "power1"
    assert not listed[0]["read"]


async def test_forums_of_the_staff(tell: Tell, sim: Simulator) -> None:
    """Others neither see them in the list nor read them."""
    sim.world.forums.places[4].staff = True
    assert [each["categoryName"] for each in (await tell("forum"))["response"]["categories"]] == [
        "Site",
        "Community",
        "Help",
    ]
    refused = await tell("forum", type="viewforum", forumid="4")
    assert refused["error"] == "insufficient permissions to view page"
    assert "response" in await tell("forum", "mod1", type="viewforum", forumid="1")


async def test_edited_posts_say_so(tell: Tell, sim: Simulator) -> None:
    """Who changed a post is told, and its BBCode is the new one."""
    post = sim.world.forums.threads[2].first
    sim.world.forums.edit(post.id, "Solved [b]it[/b] & more")
    shown = await tell("forum", type="viewthread", threadid="2", updatelastread="0")
    assert shown["response"]["posts"][0]["editedUsername"] == "mod1"
    raw = await tell("raw_bbcode", postid=str(post.id))
    assert raw["response"] == {"body": "Solved [b]it[/b] &amp; more"}


async def test_sticky_threads_come_first_then_the_latest_post(tell: Tell, sim: Simulator) -> None:
    """The list is in the order of posts, not of threads; what is sticky doesn't show."""
    forums = sim.world.forums
    forums.threads[1].sticky = True
    place = forums.threads[1].forum
    old = next(each for each in forums.threads.values() if each.forum == place and each.id != 1)
    forums.open("Newer", forum=place)
    sim.world.forums.reply(old.id, "Up", time=sim.clock.now() + timedelta(minutes=1))
    listed = (await tell("forum", type="viewforum", forumid=str(place)))["response"]["threads"]
    assert [each["topicId"] for each in listed[:2]] == [1, old.id]
    assert listed[2]["title"] == "Newer"
    assert not any(each["sticky"] for each in listed)


async def test_an_empty_page_has_no_response(tell: Tell, sim: Simulator) -> None:
    """Neither has a forum without threads; one that isn't there is refused."""
    sim.world.forums.places[9] = ForumRecord(9, 5, "Lounge", "empty")
    empty = {"status": "success", "forumName": "Lounge", "threads": []}
    assert await tell("forum", type="viewforum", forumid="9") == empty
    behind = await tell("forum", type="viewforum", forumid="1", page="9")
    assert behind == empty | {"forumName": sim.world.forums.places[1].name}
    unknown = await tell("forum", type="viewforum", forumid="99")
    assert unknown["error"] == "bad parameters"
