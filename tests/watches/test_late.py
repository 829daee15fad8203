"""Uploads that searches show late are found, too."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from gazelled.watches.catching import CatchUp
from gazelled.watches.look import OVERLAP

if TYPE_CHECKING:
    from .conftest import Post


async def test_what_was_late_is_caught_up_with_what_the_pages_hide(post: Post) -> None:
    """Although something newer was seen before, and it is behind the pages by now."""
    uploads = post.watch("uploads", "browse", last_page=2)
    await post.run(uploads)
    late = post.sim.world.publish("Late")
    late.searchable = post.clock.now() + timedelta(hours=2)
    post.sim.world.publish("Not late")
    assert [event.title for event in await post.run(uploads)] == ["Not late"]
    for number in range(120):
        post.sim.world.publish(f"Set {number}")
    post.clock.move(3 * 3600)
    watcher = post.watcher(uploads, catch_up=100)
    (source,) = watcher.sources
    await watcher.run(source)
    catcher = CatchUp(watcher, watcher.dense, post.site, post.dispatcher.call, post.clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(catcher.run())
        while await watcher.holes():  # noqa: ASYNC110 - it says it in the store
            await asyncio.sleep(0.01)
        task.cancel()
    titles = [event.title for event in await post.events()]
    assert sorted(titles) == sorted(
        ["Watching uploads", "Not late", "Late", *(f"Set {number}" for number in range(120))]
    )


async def test_what_is_late_is_looked_for_as_far_back_as_it_can_be(post: Post) -> None:
    """An hour before the newest that was seen, however long ago that was."""
    search = post.watch("search", "browse", {"searchstr": "Late"})
    await post.run(search)
    late = post.sim.world.publish("Late itself")
    late.searchable = post.clock.now() + timedelta(hours=2)
    for number in range(60):
        post.sim.world.publish(f"Late {number}")
    await post.run(search)
    post.clock.move(9 * 3600)
    sooner = [post.sim.world.publish(f"Late or {number}").group.title for number in range(30)]
    told = [event.title for event in await post.run(search)]
    assert told == ["Late itself", *sooner]


async def test_what_may_be_late_behind_the_pages_is_named(post: Post) -> None:
    """Where a search can't be asked about id by id, what it showed last may not be all."""
    search = post.watch("search", "browse", {"searchstr": "Late"}, last_page=2)
    await post.run(search)
    late = post.sim.world.publish("Late itself")
    late.searchable = post.clock.now() + timedelta(hours=2)
    newest = post.sim.world.publish("Late or not")
    await post.run(search)
    post.clock.move(3 * 3600)
    for number in range(120):
        post.sim.world.publish(f"Late {number}")
    missed = (await post.run(search))[-1]
    low, _, high = missed.text.partition(" to ")
    assert (int(low), int(high)) == (newest.id - OVERLAP, newest.id + 21)


async def test_pages_that_end_where_it_was_seen_are_not_enough(post: Post) -> None:
    """What was late may stand right behind their last entry."""
    search = post.watch("search", "browse", {"searchstr": "Late"}, last_page=2)
    await post.run(search)
    late = post.sim.world.publish("Late itself")
    late.searchable = post.clock.now() + timedelta(hours=2)
    newest = post.sim.world.publish("Late or not")
    await post.run(search)
    post.clock.move(3 * 3600)
    wanted = [post.sim.world.publish(f"Late {number}").group.title for number in range(99)]
    told = [(event.title, event.text) for event in await post.run(search)]
    assert [title for title, _ in told] == [*wanted, "missed"]
    assert told[-1][1] == f"{newest.id - OVERLAP} to {newest.id}"
