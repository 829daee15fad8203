"""Which sources the sentinel speaks for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post

from gazelled.errors import RequestRefused, TrackerUnavailable
from gazelled.model import Call, Lane, StreamId
from gazelled.rules import Rule
from gazelled.testing import Fault
from gazelled.tracker.catalogue.collages import COLLECTED
from gazelled.tracker.catalogue.listing import Listing
from gazelled.watches.sentinel import SENTINEL, heralded
from gazelled.watches.watch import Watch

PLAIN = Listing(COLLECTED.lists)
INBOX = Listing(PLAIN.lists, announced_by=("Inbox",))
NEWS = Listing(PLAIN.lists, announced_by=("News", "Blog"))


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ([], set()),
        ([("inbox", INBOX, "new"), ("browse", PLAIN, "new")], set()),
        (
            [("inbox", INBOX, "new"), ("announcements", NEWS, "new")],
            {"inbox", "announcements"},
        ),
        ([("inbox", INBOX, "new"), (SENTINEL, PLAIN, "new")], {"inbox"}),
        ([("inbox", INBOX, "new"), (SENTINEL, None, "call")], {"inbox"}),
        ([("inbox", INBOX, "change"), (SENTINEL, PLAIN, "new")], set()),
        (
            [("inbox", INBOX, "new"), ("inbox", INBOX, "alert"), (SENTINEL, PLAIN, "new")],
            set(),
        ),
        ([("inbox", INBOX, "new"), ("inbox sort", INBOX, "new")], {"inbox", "inbox sort"}),
    ],
)
def test_it_speaks_for_others_where_that_saves_requests(
    asked: list[tuple[str, Listing | None, str]], named: set[str]
) -> None:
    """One source alone is asked itself, and so is one that must be seen whole."""
    sources: dict[StreamId, list[Watch]] = {}
    for name, listing, kind in asked:
        watch = Watch(name=name, call=Call(name), listing=listing, match=Rule(), kind=KINDS[kind])
        sources.setdefault(StreamId(name), []).append(watch)
    assert heralded(sources) == named


def announced(watch: Watch, *types: str) -> Watch:
    """Let the sentinel speak for the source of a watch."""
    assert watch.listing is not None
    return replace(watch, listing=replace(watch.listing, announced_by=types))


def actions(post: Post) -> list[str]:
    """Return what was asked since the last time."""
    asked = [call.action for call in post.asked]
    post.asked.clear()
    return asked


def read_all(post: Post) -> None:
    """Read every message on the site."""
    for conversation in post.sim.world.conversations.values():
        conversation.unread.clear()


async def test_quiet_sources_are_not_asked(post: Post) -> None:
    """One request tells that there is nothing new in two of them."""
    read_all(post)
    watches = [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    assert sorted(actions(post)) == ["announcements", "get_user_notifications", "inbox"]
    assert await post.run(*watches) == []
    assert actions(post) == ["get_user_notifications"]
    post.sim.world.send("Hello")
    assert [event.title for event in await post.run(*watches)] == ["Hello"]
    assert actions(post) == ["get_user_notifications", "inbox"]


async def test_how_often_a_source_is_named_is_learned(post: Post) -> None:
    """For the plan: each time that it was asked, of all times that it was due."""
    inbox, news = two(post)
    await post.run(inbox, news)
    assert await post.store.get_kv(f"named:{inbox.source}") == "1.0"
    await post.run(inbox, news)
    assert await post.store.get_kv(f"named:{inbox.source}") == "0.8"


async def test_messages_are_asked_for_while_any_is_unread(post: Post) -> None:
    """Their notification has no id: another one may stand behind the same words."""
    read_all(post)
    watches = [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    for number in range(3):
        read_all(post)
        post.sim.world.send(f"Hello {number}")
        assert [event.title for event in await post.run(*watches)] == [f"Hello {number}"]


async def test_news_are_asked_for_once(post: Post) -> None:
    """Even if they stay unread: they have an id."""
    watches = [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    read_all(post)
    actions(post)
    post.sim.world.announce("Maintenance")
    assert [event.title for event in await post.run(*watches)] == ["Maintenance"]
    for _ in range(3):
        assert await post.run(*watches) == []


async def test_all_is_asked_for_once_a_day(post: Post) -> None:
    """In case that the sentinel says nothing of something new."""
    read_all(post)
    watches = [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    post.sim.world.send("Hello")
    read_all(post)
    for _ in range(22):
        assert await post.run(*watches) == []
    told = await post.run(*watches) + await post.run(*watches)
    assert [event.title for event in told] == ["Hello"]


async def test_a_person_asks_all(post: Post) -> None:
    """Whoever wants to know at once isn't told that nobody was asked."""
    read_all(post)
    watches = [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    actions(post)
    await post.run(*watches, lane=Lane.PERSON)
    assert sorted(actions(post)) == ["announcements", "inbox"]


async def test_what_is_due_waits_for_news_also_where_a_person_started_it(post: Post) -> None:
    """As `run --once` does for cron."""
    inbox, news = two(post)
    await post.run(inbox, news)
    post.clock.move(timedelta(hours=1).total_seconds())
    watcher = post.watcher(inbox, news)
    actions(post)
    for each in (inbox, news):
        await watcher.run(each.source, Lane.PERSON, due=True)
    assert actions(post) == [SENTINEL]


@pytest.mark.parametrize("first", [0, 1])
async def test_its_own_watches_share_its_answer(post: Post, first: int) -> None:
    """Whoever comes first; so they hear of what others mark as read meanwhile."""
    read_all(post)
    told_of = announced(post.watch("news", "announcements"), "News", "Blog")
    own = post.watch("own", SENTINEL)
    pair = [told_of, own]
    await post.run(*pair)
    post.clock.move(timedelta(hours=1).total_seconds())
    post.sim.world.announce("Maintenance")
    watcher = post.watcher(*pair)
    actions(post)
    before = len(await post.events())
    for each in (pair[first], pair[1 - first]):
        await watcher.run(each.source)
    assert sorted(actions(post)) == ["announcements", SENTINEL]
    told = (await post.events())[before:]
    assert sorted((event.watch, event.title) for event in told) == [
        ("news", "Maintenance"),
        ("own", "Announcement: Maintenance"),
    ]
    await watcher.run(own.source)
    assert actions(post) == [SENTINEL]
    await watcher.run(own.source, Lane.PERSON)
    assert actions(post) == [SENTINEL]


def two(post: Post) -> list[Watch]:
    """Make two watches that the sentinel speaks for, with nothing unread."""
    read_all(post)
    return [
        announced(post.watch("inbox", "inbox"), "Inbox"),
        announced(post.watch("news", "announcements"), "News", "Blog"),
    ]


async def test_an_answer_serves_each_source_once(post: Post) -> None:
    """So that one which is asked for often is as fresh as it was promised."""
    inbox, news = two(post)
    watcher = post.watcher(inbox, news)
    await watcher.run(inbox.source)
    await watcher.run(news.source)
    actions(post)
    for _ in range(3):
        post.clock.move(300)
        await watcher.run(inbox.source)
        await watcher.run(news.source)
        assert actions(post) == [SENTINEL]
    post.sim.world.send("Hello")
    post.clock.move(60)
    await watcher.run(inbox.source)
    assert actions(post) == [SENTINEL, "inbox"]


async def test_a_clock_that_was_wrong_makes_nobody_wait(post: Post) -> None:
    """What was asked in the future is asked again."""
    inbox, news = two(post)
    post.clock.move(timedelta(days=365).total_seconds())
    await post.run(inbox, news)
    post.clock.move(timedelta(days=-300).total_seconds())
    post.sim.world.send("Hello")
    read_all(post)
    assert [event.title for event in await post.run(inbox, news)] == ["Hello"]


async def test_sources_that_are_due_together_share_an_answer(post: Post) -> None:
    """They don't all ask while none is there yet."""
    inbox, news = two(post)
    watcher = post.watcher(inbox, news)
    async with asyncio.TaskGroup() as group:
        for each in (inbox, news):
            _ = group.create_task(watcher.run(each.source), name=each.name)
    assert sorted(actions(post)) == ["announcements", SENTINEL, "inbox"]


@pytest.mark.parametrize("first", [0, 1])
async def test_what_two_ask_at_once_serves_both(post: Post, first: int) -> None:
    """The next time neither is served the old answer, whether they shared a request or not."""
    read_all(post)
    pair = [announced(post.watch("inbox", "inbox"), "Inbox"), post.watch("own", SENTINEL)]
    watcher = post.watcher(*pair)
    for each in pair:
        await watcher.run(each.source)
    post.clock.move(3600)
    actions(post)
    async with asyncio.TaskGroup() as group:
        for each in pair:
            _ = group.create_task(watcher.run(each.source), name=each.name)
    assert set(actions(post)) == {SENTINEL}
    post.clock.move(300)
    await watcher.run(pair[first].source)
    assert actions(post) == [SENTINEL]


async def test_all_is_asked_for_where_there_is_no_sentinel(post: Post) -> None:
    """A site that refuses it, or answers otherwise, keeps nobody from being asked."""
    inbox, news = two(post)
    await post.run(inbox, news)

    def refuse(call: Call) -> None:
        if call.action == SENTINEL:
            raise RequestRefused("bad parameters")

    post.before = refuse
    post.sim.world.send("Hello")
    read_all(post)
    assert [event.title for event in await post.run(inbox, news)] == ["Hello"]
    assert post.troubles == []


async def test_all_is_asked_for_while_the_sentinel_fails(post: Post) -> None:
    """What it speaks for isn't kept waiting until its action has rested; an outage is one."""
    inbox, news = two(post)
    await post.run(inbox, news)
    actions(post)
    post.sim.fail(Fault.EMPTY_500, action=SENTINEL)
    post.sim.world.send("Hello")
    async with asyncio.timeout(20):
        assert [event.title for event in await post.run(inbox, news)] == ["Hello"]
    assert sorted(actions(post)) == ["announcements", SENTINEL, "inbox"]
    assert post.troubles == []

    def down(call: Call) -> None:
        if call.action == SENTINEL:
            raise TrackerUnavailable("502 Bad Gateway")

    post.before = down
    with pytest.raises(TrackerUnavailable):
        await post.run(inbox, news)
    assert actions(post) == [SENTINEL]


async def test_a_watch_that_joins_later_looks_at_once(post: Post) -> None:
    """It doesn't wait for something new."""
    inbox, news = two(post)
    await post.run(inbox, news)
    late = replace(inbox, name="late")
    assert [event.title for event in await post.run(inbox, news, late)] == ["Watching late"]


async def test_what_failed_is_asked_for_again(post: Post) -> None:
    """Though the sentinel doesn't name it any more; nothing works that wasn't asked."""
    inbox, news = two(post)
    await post.run(inbox, news)
    post.sim.world.send("Hello")
    watcher = post.watcher(inbox, news)
    post.clock.move(timedelta(hours=1).total_seconds())

    def refuse(call: Call) -> None:
        if call.action == "inbox":
            raise RequestRefused("bad parameters")

    post.before = refuse
    with pytest.raises(RequestRefused):
        await watcher.run(inbox.source)
    post.before = lambda _: None
    read_all(post)
    assert [event.title for event in await post.run(inbox, news)] == ["Hello"]
    assert [trouble.problem is None for trouble in post.troubles] == [False, True]
