"""The simulated world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from gazelled.clock import Clock
from gazelled.testing import Simulator, World
from gazelled.testing.content.records import CATEGORIES, TorrentRecord

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def outline(world: World) -> list[tuple[int, str, str, int, str]]:
    """Return what there is."""
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
    first: TorrentRecord = world.publish("S288C reads")
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


def test_edit() -> None:
    """An edit changes what it names and nothing else."""
    world = World()
    new = world.publish("Before", tags=["a"], year=2001)
    group = world.edit(new.group.id, title="After", tags=["b", "c"])
    assert (group.title, group.tags, group.year) == ("After", ["b", "c"], 2001)


def test_peers() -> None:
    """Seeders, leechers and snatches can be set one by one."""
    world = World()
    new = world.publish("A", seeders=3, leechers=2, snatched=1)
    world.set_peers(new.id, seeders=0)
    assert (new.seeders, new.leechers, new.snatched) == (0, 2, 1)


def test_a_deleted_data_set_leaves_bookmarks_and_collages() -> None:
    """Nothing points to what is no more."""
    world = World()
    group = world.collages.all[1].groups[0]
    world.bookmark(group)
    for torrent in world.formats(world.groups[group]):
        world.delete(torrent.id)
    assert group not in world.collages.all[1].groups
    assert group not in world.user("me").bookmarks


def test_everything_belongs_together() -> None:
    """Threads, requests, comments, collages and filters name what exists."""
    world = World()
    posts = [post for thread in world.forums.threads.values() for post in thread.posts]
    assert {post.author for post in posts} <= set(world.users)
    assert [post.id for post in posts] == [*range(1, len(posts) + 1)]
    wishes = world.requests.all.values()
    assert {voter for wish in wishes for voter in wish.votes} <= set(world.users)
    assert {wish.torrent for wish in wishes} <= {0, *world.torrents}
    assert {wish.time < world.clock.now() for wish in wishes} == {True}
    collected = {group for collage in world.collages.all.values() for group in collage.groups}
    assert collected <= set(world.groups)
    assert {each.torrent.id for each in world.filters.matches} <= set(world.torrents)


SMALL: dict[str, list[dict[str, Any]]] = {
    "users": [
        {
            "id": 7,
            "name": "ann",
            "class": "User",
            "uploaded": 3,
            "downloaded": 2,
            "required_ratio": 0.5,
            "joined": "2026-01-02 03:04:05",
            "last_access": "2026-11-23 08:00:00",
            "profile": "",
        }
    ],
    "groups": [
        {
            "id": 40,
            "title": "Reads",
            "category": 1,
            "organism": "Danio rerio",
            "strain": "",
            "authors": [],
            "year": 2020,
            "accession": "",
            "lab": "",
            "location": "",
            "picture": "",
            "tags": ["open_data"],
            "description": "",
            "time": "2026-11-01 00:00:00",
        }
    ],
    "news": [{"id": 5, "title": "Hello", "body": "", "time": "2026-11-02 00:00:00"}],
}


def test_load() -> None:
    """A world of one's own holds what was written down and nothing else, and ids go on."""
    world = World.load(SMALL, Clock(start=NINE))
    assert [user.name for user in world.users.values()] == ["ann"]
    assert world.user("ann").joined == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert world.groups[40].tags == ["open.data"]
    assert (world.torrents, world.blog, world.forums.places) == ({}, [], {})
    new = world.publish("More", uploader="ann")
    assert (new.group.id, new.id) == (41, 1)
    assert world.announce("Next").id == 6
    assert [news.id for news in world.visible_news()] == [6, 5]


async def test_one_logs_in_to_a_loaded_world() -> None:
    """By the password that everyone has there."""
    world = World.load(SMALL, Clock(start=NINE))
    form = {"username": "ann", "password": "ann-password-123456"}
    async with (
        Simulator(world=world) as sim,
        ClientSession() as session,
        session.post(f"{sim.url}/login.php", data=form, allow_redirects=False) as got,
    ):
        assert got.headers["Location"] == "index.php"
