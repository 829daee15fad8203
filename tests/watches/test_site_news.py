"""News, blog posts and banners: what a source names is told once, what it doesn't is said."""

from __future__ import annotations

import pytest
from tests.watches.conftest import Post

from gazelled.model import Event, EventKind
from gazelled.watches.sentinel import heralded
from gazelled.watches.watch import Watch

SHIPPED = {"type": ["News", "Blog", "Global"]}


def titles(events: list[Event]) -> list[str]:
    """Return the headlines of what is new."""
    return [event.title for event in events if event.kind is EventKind.NEW]


def notices(events: list[Event]) -> list[str]:
    """Return the texts of notices."""
    return [event.text for event in events if event.kind is EventKind.NOTICE]


def bell(post: Post, **match: object) -> Watch:
    """Make the watch that a new config has."""
    return post.watch("bell", "get_user_notifications", match=match or SHIPPED)


async def test_each_banner_is_told_once(post: Post) -> None:
    """All have the id 0: what they say tells them apart."""
    world, watch = post.sim.world, bell(post)
    await post.run(watch)
    for words in ("We move on Friday", "We moved", "We move on Friday"):
        world.show_banner(words)
        assert titles(await post.run(watch)) == [words]
        assert await post.run(watch) == []
    assert world.banner
    world.banner.read.add(world.user("me").id)
    assert await post.run(watch) == []
    world.show_banner("We move on Friday")
    assert titles(await post.run(watch)) == ["We move on Friday"]


async def test_more_messages_are_news_while_some_are_unread(post: Post) -> None:
    """A notification that counts says something new when it counts more."""
    watch = bell(post, type="Inbox")
    await post.run(watch)
    unread = post.sim.world.unread(post.sim.world.user("me"))
    post.sim.world.send("Hello")
    assert titles(await post.run(watch)) == [f"You have {unread + 1} new messages"]
    assert await post.run(watch) == []


async def test_of_two_news_the_first_is_named_as_unlisted(post: Post) -> None:
    """Only the newest stands there; that their numbers jump is told once."""
    watch = bell(post)
    await post.run(watch)
    world = post.sim.world
    first, second = world.announce("First"), world.announce("Second")
    told = await post.run(watch)
    assert titles(told) == ["Announcement: Second"]
    assert notices(told) == [f"announcement {first.id - 1} to {second.id} for bell"]
    assert (await post.store.counts())["gaps"] == 1
    assert await post.run(watch) == []
    world.announce("Third")
    told = await post.run(watch)
    assert (titles(told), notices(told)) == (["Announcement: Third"], [])


async def test_posts_between_two_important_ones_are_named_as_unlisted(post: Post) -> None:
    """Ordinary ones never stand there, and of two important ones the first doesn't."""
    watch = bell(post)
    await post.run(watch)
    world = post.sim.world
    before = max(each.id for each in world.blog if each.important)
    world.write_blog("Ordinary")
    assert await post.run(watch) == []
    newest = world.write_blog("Read this", important=True)
    told = await post.run(watch)
    assert titles(told) == ["Blog: Read this"]
    assert notices(told) == [f"blog post {before} to {newest.id} for bell"]


async def test_who_asks_for_none_is_not_told_of_unlisted_ones(post: Post) -> None:
    """A watch of messages doesn't care which news there were."""
    watch = bell(post, type="Inbox")
    await post.run(watch)
    post.sim.world.announce("First")
    post.sim.world.announce("Second")
    assert notices(await post.run(watch)) == []


@pytest.mark.parametrize(("count", "missed"), [(4, []), (5, []), (7, [(0, 3)])])
async def test_all_that_announcements_show_are_told(
    post: Post, count: int, missed: list[tuple[int, int]]
) -> None:
    """Ordinary posts, too; where more came than it shows, the others are named."""
    watch = post.watch("news", "announcements")
    await post.run(watch)
    world = post.sim.world
    before = world.blog[-1].id
    wanted = [f"Post {number}" for number in range(count)]
    for title in wanted:
        world.write_blog(title)
    told = await post.run(watch)
    assert sorted(titles(told)) == sorted(wanted[-5:])
    assert notices(told) == [
        f"blog post {before + low} to {before + high} for news" for low, high in missed
    ]


async def test_nothing_speaks_for_announcements(post: Post) -> None:
    """Since nothing names ordinary posts, each of them is told at the next look that is due."""
    inbox, news = post.watch("inbox", "inbox"), post.watch("news", "announcements")
    watches = [inbox, news, bell(post)]
    sources = {watch.source: [watch] for watch in watches}
    assert heralded(sources) == {inbox.source}
    await post.run(*watches)
    post.sim.world.write_blog("Ordinary")
    assert titles(await post.run(*watches)) == ["Ordinary"]
