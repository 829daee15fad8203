"""Which sources the sentinel speaks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.watches.conftest import Post

from gazelled.model import Lane
from gazelled.tracker.listing import Column, Listing, Source
from gazelled.watches.sentinel import SENTINEL, heralded
from gazelled.watches.watch import Watch

PLAIN = Listing((Source("thing", (), (("id",),), Column(("title",)), "x", {}),))
INBOX = Listing(PLAIN.sources, heralds=("Inbox",))
NEWS = Listing(PLAIN.sources, heralds=("News", "Blog"))


@pytest.mark.parametrize(
    ("calls", "named"),
    [
        ({}, set()),
        ({"inbox": INBOX, "browse": PLAIN}, set()),
        ({"inbox": INBOX, "announcements": NEWS}, {"inbox", "announcements"}),
        ({"inbox": INBOX, SENTINEL: PLAIN}, {"inbox"}),
        ({"inbox": INBOX, SENTINEL: None}, {"inbox"}),
        ({"inbox": None, SENTINEL: PLAIN}, set()),
        ({"inbox": INBOX, "inbox sort=unread": INBOX}, {"inbox", "inbox sort=unread"}),
    ],
)
def test_it_speaks_for_others_where_that_saves_requests(
    calls: dict[str, Listing | None], named: set[str]
) -> None:
    """One source alone is asked itself, and so is one that must be seen whole."""
    assert heralded(calls) == named


def heralds(watch: Watch, *types: str) -> Watch:
    """Let the sentinel speak for the source of a watch."""
    assert watch.listing is not None
    return replace(watch, listing=replace(watch.listing, heralds=types))


def actions(post: Post) -> list[str]:
    """Tell what was asked since the last time."""
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
        heralds(post.watch("inbox", "inbox"), "Inbox"),
        heralds(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    assert sorted(actions(post)) == ["announcements", "get_user_notifications", "inbox"]
    assert await post.run(*watches) == []
    assert actions(post) == ["get_user_notifications"]
    post.sim.world.send("Hello")
    assert [event.title for event in await post.run(*watches)] == ["Hello"]
    assert actions(post) == ["get_user_notifications", "inbox"]


async def test_messages_are_asked_for_while_any_is_unread(post: Post) -> None:
    """Their notification has no id: another one may stand behind the same words."""
    read_all(post)
    watches = [
        heralds(post.watch("inbox", "inbox"), "Inbox"),
        heralds(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    for number in range(3):
        read_all(post)
        post.sim.world.send(f"Hello {number}")
        assert [event.title for event in await post.run(*watches)] == [f"Hello {number}"]


async def test_news_are_asked_for_once(post: Post) -> None:
    """Even if they stay unread: they have an id."""
    watches = [
        heralds(post.watch("inbox", "inbox"), "Inbox"),
        heralds(post.watch("news", "announcements"), "News", "Blog"),
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
        heralds(post.watch("inbox", "inbox"), "Inbox"),
        heralds(post.watch("news", "announcements"), "News", "Blog"),
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
        heralds(post.watch("inbox", "inbox"), "Inbox"),
        heralds(post.watch("news", "announcements"), "News", "Blog"),
    ]
    await post.run(*watches)
    actions(post)
    await post.run(*watches, lane=Lane.PERSON)
    assert sorted(actions(post)) == ["announcements", "get_user_notifications", "inbox"]
