"""Two runs of a source at once: what was asked for first may be committed last."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post
from tests.watches.oracle import condition

from gazelled.errors import BadAnswer
from gazelled.model import Call, Event, EventKind, Lane, StreamId
from gazelled.watches.watch import Watch
from gazelled.watches.watcher import Watcher


@asynccontextmanager
async def slow_run(post: Post, watcher: Watcher, source: str) -> AsyncIterator[None]:
    """Let the schedule ask for a source, and go on only when the block is over."""
    answered, goes_on = asyncio.Event(), asyncio.Event()

    async def hold(call: Call) -> None:
        if call.lane is Lane.WATCH:
            answered.set()
            await goes_on.wait()

    post.after = hold
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        _ = group.create_task(watcher.run(StreamId(source)), name="run")
        await answered.wait()
        yield
        goes_on.set()
    post.after = None


async def told_since(post: Post, count: int) -> list[Event]:
    """Return what was told after so many events."""
    return (await post.events())[count:]


def of_collage(post: Post, kind: str) -> Watch:
    """Make a watch that compares states of a collage."""
    watch = post.watch(kind, "collage", {"id": 1})
    rare = condition(watch, "seeders < 1")
    return replace(watch, kind=KINDS[kind], fields=("seeders",), raised=rare)


@pytest.mark.parametrize("kind", ["change", "alert"])
async def test_older_values_are_compared_with_nothing(post: Post, kind: str) -> None:
    """Neither they nor what is there at the next look are news."""
    watch = of_collage(post, kind)
    group = post.sim.world.collages.all[1].groups[0]
    thing = post.sim.world.formats(post.sim.world.groups[group])[0].id
    post.sim.world.set_peers(thing, seeders=5)
    await post.run(watch)
    watcher = post.watcher(watch)
    count = len(await post.events())
    async with slow_run(post, watcher, watch.source):
        post.sim.world.set_peers(thing, seeders=0)
        await watcher.run(watch.source, Lane.PERSON)
    assert len(await told_since(post, count)) == 1
    await watcher.run(watch.source)
    assert len(await told_since(post, count)) == 1
    # The next one is compared with what was last.
    post.sim.world.set_peers(thing, seeders=5)
    await watcher.run(watch.source)
    assert len(await told_since(post, count)) == 2


async def test_what_went_does_not_go_twice(post: Post) -> None:
    """An older look at a list that still shows it doesn't bring it back."""
    watch = of_collage(post, "gone")
    await post.run(watch)
    watcher = post.watcher(watch)
    group = post.sim.world.collages.all[1].groups[0]
    formats = len(post.sim.world.formats(post.sim.world.groups[group]))
    async with slow_run(post, watcher, watch.source):
        post.sim.world.collages.remove(1, group)
        for _ in range(2):
            await watcher.run(watch.source, Lane.PERSON)
    for _ in range(3):
        await watcher.run(watch.source)
    gone = [event for event in await post.events() if event.kind is EventKind.GONE]
    assert sum(len(event.items) for event in gone) == formats


@pytest.mark.parametrize("there", [True, False])
async def test_what_comes_back_is_told_once(post: Post, there: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whether an older look still shows it or not yet."""
    world = post.sim.world
    news = post.watch("news", "get_user_notifications", match={"type": "Inbox"})

    def read() -> None:
        for conversation in world.conversations.values():
            conversation.unread.clear()

    if not there:
        read()
    await post.run(news)
    watcher = post.watcher(news)
    async with slow_run(post, watcher, news.source):
        if there:
            read()
        else:
            world.send("Hello")
        await watcher.run(news.source, Lane.PERSON)
    await watcher.run(news.source)
    told = [event for event in await post.events() if event.kind is EventKind.NEW]
    assert len(told) == (0 if there else 1)


async def test_who_joins_has_a_first_look_whatever_became_of_the_newer_one(post: Post) -> None:
    """A newer look that could not be committed leaves nothing to compare with."""
    watch = of_collage(post, "change")
    watcher = post.watcher(watch)
    with closing(sqlite3.connect(post.store.path)) as db:
        db.execute(
            "CREATE TRIGGER crash BEFORE INSERT ON known BEGIN SELECT RAISE(ABORT, 'crash'); END"
        )
        db.commit()
        async with slow_run(post, watcher, watch.source):
            with pytest.raises(BadAnswer, match="IntegrityError: crash"):
                await watcher.run(watch.source, Lane.PERSON)
            db.execute("DROP TRIGGER crash")
            db.commit()
    assert [event.kind for event in await post.events()] == [EventKind.FIRST_LOOK]
    with closing(sqlite3.connect(post.store.path)) as state:
        assert state.execute("SELECT count(*) FROM mark").fetchone() != (0,)
