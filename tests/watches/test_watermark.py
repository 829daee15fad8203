"""What was seen is decided by ids: no absurd one, and no older database, hides what is new."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.watches.conftest import Post

from gazelled.model import Event, EventKind, Position, StreamId
from gazelled.testing.content.records import TorrentRecord
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.watch import Watch

STREAM = StreamId("browse group_results=0")
ABSURD = 10**12


def absurd(post: Post) -> TorrentRecord:
    """Let an upload with an absurd id appear."""
    torrent = replace(post.sim.world.publish("Absurd"), id=ABSURD)
    post.sim.world.delete(max(post.sim.world.torrents))
    post.sim.world.groups[torrent.group.id] = torrent.group
    post.sim.world.torrents[ABSURD] = torrent
    return torrent


def publish(post: Post, count: int) -> set[str]:
    """Upload many; tell their titles."""
    post.clock.move(60)
    start = max(each for each in post.sim.world.torrents if each != ABSURD)
    titles = [f"Upload {start}+{number}" for number in range(count)]
    for title in titles:
        post.sim.world.publish(title)
    return {*titles}


async def run(post: Post, *watches: Watch) -> list[Event]:
    """Run watches, and note when, as the daemon does."""
    found = await post.run(*watches)
    for each in watches:
        await post.store.mark_run(each.source, post.clock.now())
    return found


def told(events: list[Event]) -> Counter[str]:
    """Count the titles of what was told as new."""
    return Counter(
        item.title for event in events if event.kind is EventKind.NEW for item in event.items
    )


async def catch_up(post: Post, *watches: Watch, most: int) -> list[Event]:
    """Look, then ask for all that lies behind the pages."""
    before = len(await post.events())
    watcher = post.watcher(*watches, catch_up=most)
    post.clock.move(3600)
    await watcher.run(watches[0].source)
    catcher = CatchUp(watcher, watcher.contiguous, post.site, post.dispatcher.call, post.clock)
    while await watcher.holes():
        await catcher.once()
    return (await post.events())[before:]


@pytest.mark.parametrize("stays", [False, True])
async def test_an_absurd_id_hides_nothing(post: Post, stays: bool) -> None:  # noqa: FBT001 - a case
    """Whether it stays or goes, all that is uploaded afterwards is told once."""
    watch = post.watch("all", "browse")
    await run(post, watch)
    absurd(post)
    assert told(await run(post, watch)) == {"Absurd": 1}
    if not stays:
        del post.sim.world.torrents[ABSURD]
        assert told(await run(post, watch)) == {}
    wanted = publish(post, 200)
    assert told(await run(post, watch)) == dict.fromkeys(wanted, 1)
    assert told(await run(post, watch)) == {}


@pytest.mark.parametrize("stays", [False, True])
async def test_behind_the_pages_an_absurd_id_hides_nothing(
    post: Post,
    stays: bool,  # noqa: FBT001 - a case
) -> None:
    """What pages don't show is asked for from what was really seen last."""
    watch = post.watch("all", "browse", last_page=1)
    await run(post, watch)
    absurd(post)
    await run(post, watch)
    if not stays:
        del post.sim.world.torrents[ABSURD]
        await run(post, watch)
    late = replace(watch, name="late")
    await run(post, watch, late)
    wanted = publish(post, 120)
    found = await catch_up(post, watch, late, most=1000)
    for name in ("all", "late"):
        heard = [event for event in found if event.watch == name]
        assert told(heard) == dict.fromkeys(wanted, 1)
    assert not [event for event in found if event.kind is EventKind.NOTICE]


@pytest.mark.parametrize("stays", [False, True])
async def test_a_gap_names_what_is_real(post: Post, stays: bool) -> None:  # noqa: FBT001 - a case
    """Also of a search, whose ids aren't asked for one by one."""
    watch = post.watch("listed", "browse", {"taglist": "yeast"}, last_page=1)
    await run(post, watch)
    newest = max(post.sim.world.torrents)
    absurd(post)
    await run(post, watch)
    if not stays:
        del post.sim.world.torrents[ABSURD]
        await run(post, watch)
    publish(post, 120)
    found = await run(post, watch)
    (notice,) = [event for event in found if event.kind is EventKind.NOTICE]
    low, _, high = notice.text.partition(" to ")
    assert int(low) <= newest
    assert int(high) == min(int(event.item.id) for event in found if event.kind is EventKind.NEW)


async def test_the_watermark_goes_down_and_that_is_told(post: Post) -> None:
    """Once, where more than a few uploads are gone; a deletion is nothing to be told of."""
    watch = post.watch("all", "browse")
    publish(post, 30)
    await run(post, watch)
    newest = max(post.sim.world.torrents)
    post.sim.world.delete(newest)
    assert await run(post, watch) == []
    assert (await post.store.streams.state(STREAM)).watermark == Position(newest - 1)
    post.sim.world.restore(newest - 20)
    (notice,) = await run(post, watch)
    assert (notice.kind, notice.text) == (
        EventKind.NOTICE,
        f"from {newest - 1} back to {newest - 20}",
    )
    assert (await post.store.streams.state(STREAM)).watermark == Position(newest - 20)
    assert await run(post, watch) == []


@pytest.mark.parametrize("known", [0, 30])
@pytest.mark.parametrize("count", [5, 200])
async def test_ids_that_are_given_again_are_news(post: Post, known: int, count: int) -> None:
    """After an older database was restored; whether those before them were told or only there."""
    watch = post.watch("all", "browse")
    await run(post, watch)
    publish(post, known)
    await run(post, watch)
    newest = max(post.sim.world.torrents)
    post.sim.world.restore(newest - 25)
    await run(post, watch)
    wanted = publish(post, count)
    assert told(await run(post, watch)) == dict.fromkeys(wanted, 1)
    assert told(await run(post, watch)) == {}
    more = publish(post, 60)
    assert told(await run(post, watch)) == dict.fromkeys(more, 1)
    assert told(await run(post, watch)) == {}


async def test_ids_below_the_first_look_are_given_again(post: Post) -> None:
    """What is older than a first look counts as known, but not what is uploaded later."""
    watch = post.watch("all", "browse")
    await run(post, watch)
    post.sim.world.restore(5)
    await run(post, watch)
    wanted = publish(post, 20)
    assert told(await run(post, watch)) == dict.fromkeys(wanted, 1)
    post.clock.move(timedelta(days=60).total_seconds())
    assert told(await run(post, watch)) == {}
    more = publish(post, 20)
    assert told(await run(post, watch)) == dict.fromkeys(more, 1)


async def test_ids_that_are_given_again_behind_the_pages_are_news(post: Post) -> None:
    """They are asked for one by one, though they are known."""
    watch = post.watch("all", "browse", last_page=1)
    await run(post, watch)
    newest = max(post.sim.world.torrents)
    post.sim.world.restore(newest - 25)
    await run(post, watch)
    wanted = publish(post, 150)
    assert told(await catch_up(post, watch, most=1000)) == dict.fromkeys(wanted, 1)
    assert told(await run(post, watch)) == {}


async def test_a_second_restoration_hides_nothing_of_the_first(post: Post) -> None:
    """What was given again and lies behind the pages is still news after the next one."""
    watch = post.watch("all", "browse", last_page=1)
    await run(post, watch)
    publish(post, 30)
    await run(post, watch)
    newest = max(post.sim.world.torrents)
    post.sim.world.restore(newest - 25)
    await run(post, watch)
    wanted = publish(post, 70)
    watcher = post.watcher(watch, catch_up=1000)
    post.clock.move(3600)
    before = len(await post.events())
    await watcher.run(STREAM)
    await post.store.mark_run(STREAM, post.clock.now())
    post.sim.world.restore(max(post.sim.world.torrents) - 5)
    await catch_up(post, watch, most=1000)
    assert told((await post.events())[before:]) == dict.fromkeys(wanted, 1)


async def test_a_page_that_is_wrong_once_tells_nothing_twice(post: Post) -> None:
    """An older part of the list, and then the list as it was."""
    watch = post.watch("all", "browse")
    await run(post, watch)
    publish(post, 30)
    await run(post, watch)
    world, newest = post.sim.world, max(post.sim.world.torrents)
    hidden = {number: world.torrents.pop(number) for number in range(newest - 40, newest + 1)}
    assert told(await run(post, watch)) == {}
    world.torrents |= hidden
    assert told(await run(post, watch)) == {}
    wanted = publish(post, 3)
    assert told(await run(post, watch)) == dict.fromkeys(wanted, 1)
