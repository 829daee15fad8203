"""What lies behind the pages of a stream: which watches it is for, and who asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.kinds import KINDS
from tests.watches.conftest import Post
from tests.watches.oracle import Crash, Witness, wanting

from gazelled.errors import RequestRefused
from gazelled.model import Answer, Call, Event, EventKind, Lane
from gazelled.store import LookTransaction
from gazelled.watches.catching_up import MOST_TRIES, CatchUp
from gazelled.watches.streams.stream import OVERLAP
from gazelled.watches.watch import Watch
from gazelled.watches.watcher import Watcher


async def catch_up(post: Post, watcher: Watcher) -> list[Event]:
    """Catch up with all; tell the events that came of it."""
    before = {event.key for event in await post.events()}
    catcher = CatchUp(watcher, watcher.contiguous, post.site, post.dispatcher.call, post.clock)
    async with asyncio.timeout(60):
        while await watcher.holes():
            await catcher.once()
    return [event for event in await post.events() if event.key not in before]


def news(events: list[Event], watch: Watch) -> list[str]:
    """Return the titles of what a watch told as new."""
    return [
        event.title for event in events if event.kind is EventKind.NEW and event.watch == watch.name
    ]


def publish(post: Post) -> list[str]:
    """Publish more than two pages show; tell their titles."""
    titles = [f"Set {number}" for number in range(120)]
    for title in titles:
        post.sim.world.publish(title)
    return titles


async def test_what_is_older_than_its_first_look_is_no_news_for_a_watch(post: Post) -> None:
    """A watch that joins while others catch up begins with what comes from then on."""
    yeast, late = post.watch("yeast", "browse", last_page=2), post.watch("late", "browse")
    late = replace(late, listing=yeast.listing)
    await post.run(yeast)
    wanted = publish(post)
    watcher = post.watcher(yeast, late, catch_up=100)
    await watcher.run(yeast.source)
    told = await catch_up(post, watcher)
    assert news(told, yeast) == wanted[:20]
    assert news(told, late) == []
    assert await watcher.holes() == {}


async def test_two_runs_at_once_find_one_hole(post: Post) -> None:
    """The one that comes second knows what the first one saw."""
    yeast = post.watch("yeast", "browse", last_page=2)
    await post.run(yeast)
    wanted = publish(post)
    watcher = post.watcher(yeast, catch_up=100)
    async with asyncio.TaskGroup() as group:
        for lane in (Lane.WATCH, Lane.PERSON):
            _ = group.create_task(watcher.run(yeast.source, lane), name="run")
    [hole] = (await watcher.holes())[yeast.source]
    assert hole[1] - hole[0] == 21 + OVERLAP  # what searches show late lies below
    await catch_up(post, watcher)
    assert sorted(news(await post.events(), yeast)) == sorted(wanted)


@pytest.mark.parametrize("killed", [False, True])
async def test_slices_of_a_look_hide_nothing_behind_the_pages(
    post: Post,
    killed: bool,  # noqa: FBT001 - one of two cases
) -> None:
    """What it commits itself, details by details, isn't taken for what was seen before."""
    mine = wanting(post.watch("mine", "browse", last_page=2), {"uploader": "uploader1"})
    await post.run(mine)
    wanted = publish(post)

    def die(look: LookTransaction) -> None:
        del look
        raise Crash

    if killed:
        post.keeper = Witness(post.store, die)  # type: ignore[assignment]  # it does all that a store does
        with pytest.raises(Crash):
            await post.watcher(mine, catch_up=100).run(mine.source)
        post.keeper = None
    watcher = post.watcher(mine, catch_up=100)
    await watcher.run(mine.source)
    [hole] = (await watcher.holes())[mine.source]
    assert hole.high - hole.low == 21 + OVERLAP
    await catch_up(post, watcher)
    assert sorted(news(await post.events(), mine)) == sorted(wanted)


async def test_states_need_nothing_from_behind_the_pages(post: Post) -> None:
    """Only what was new is asked for: nobody compares what can't be seen twice."""
    seeds = replace(
        post.watch("seeds", "browse", last_page=2), kind=KINDS["change"], fields=("seeders",)
    )
    await post.run(seeds)
    publish(post)
    watcher = post.watcher(seeds, catch_up=100)
    await watcher.run(seeds.source)
    assert watcher.contiguous == {}
    assert await watcher.holes() == {}
    assert (await post.store.counts())["gaps"] == 0


async def test_an_id_that_always_fails_is_given_up_over_processes(post: Post) -> None:
    """As often as one process would try it; then it is missed by its name."""
    yeast = post.watch("yeast", "browse", last_page=2)
    await post.run(yeast)
    publish(post)
    await post.watcher(yeast, catch_up=15).run(yeast.source)
    [(low, _)] = (await post.store.streams.holes())[yeast.source]
    asked: list[str] = []

    async def ask(call: Call) -> Answer:
        asked.append(call.params[0][1])
        if asked[-1] == str(low + 1):
            raise RequestRefused("insufficient permissions")
        return await post.dispatcher.call(call)

    goes = 0
    async with asyncio.timeout(60):
        while await post.store.streams.holes():
            watcher = post.watcher(yeast, catch_up=15)
            await CatchUp(watcher, watcher.contiguous, post.site, ask, post.clock).once()
            goes += 1
    assert goes == MOST_TRIES
    assert asked.count(str(low + 1)) == MOST_TRIES
    missed = [event.text for event in await post.events() if event.title == "missed"]
    assert missed[-1] == f"{low} to {low + 2}"
    assert await post.store.get_kv("tries") is None
