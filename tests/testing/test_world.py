"""The simulated world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gazelled.clock import Clock
from gazelled.testing import World
from gazelled.testing.records import CATEGORIES, Torrent

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def outline(world: World) -> list[tuple[int, str, str, int, str]]:
    """Tell what there is."""
    return [
        (each.id, each.group.title, each.hash, each.size, each.format)
        for each in world.torrents.values()
    ]


def test_built_alike() -> None:
    """Two worlds hold the same."""
    assert outline(World()) == outline(World())


def test_coherent() -> None:
    """Ids ascend with the times, every category is used, nothing lies in the future."""
    world = World(Clock(start=NINE))
    times = [torrent.time for torrent in world.torrents.values()]
    assert times == sorted(times)
    assert times[-1] < NINE
    assert {group.category for group in world.groups.values()} == {*range(1, len(CATEGORIES) + 1)}
    assert {each.group.id for each in world.torrents.values()} == set(world.groups)


def test_publish() -> None:
    """An upload is a new group, a new torrent and has the size asked for."""
    world = World()
    new = world.publish("S288C reads", size=1000, files=3, license="CC0", tags=["yeast"])
    assert new.id == max(world.torrents)
    assert new.group.id == max(world.groups)
    assert (new.size, len(new.files)) == (1000, 3)


def test_publish_one_more_format() -> None:
    """With a group, it gets one more torrent and stays what it is."""
    world = World()
    first: Torrent = world.publish("S288C reads")
    second = world.publish(group=first.group.id, format="BAM")
    assert second.group is first.group
    assert world.formats(first.group) == [first, second]
    assert first.group.title == "S288C reads"


def test_ids_are_not_used_twice() -> None:
    """After a deletion the next upload has a new id."""
    world = World()
    gone = world.publish("A")
    world.delete(gone.id)
    after = world.publish("B")
    assert world.torrent(gone.id) is None
    assert (after.id, after.group.id) == (gone.id + 1, gone.group.id + 1)


def test_news_of_the_future_are_hidden() -> None:
    """An announcement shows when its time has come."""
    world = World()
    later = world.announce("Soon", time=world.clock.now() + timedelta(hours=1))
    now = world.announce("Now")
    assert world.visible_news()[0] is now
    assert later not in world.visible_news()


def test_reply_keeps_the_conversation() -> None:
    """A reply is one more message, and unread again."""
    world = World()
    me = world.user("me")
    before = world.unread(me)
    conversation = world.send("Hello", "How are you?")
    conversation.unread.clear()
    world.reply(conversation.id, "Still there?")
    assert len(conversation.messages) == 2
    assert world.unread(me) == before + 1


def test_no_such_user() -> None:
    """An unknown name is an error of the test."""
    with pytest.raises(KeyError):
        World().user("nobody")
