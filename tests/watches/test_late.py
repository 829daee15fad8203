"""Uploads that searches show late are found, too."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from gazelled.watches.catching_up import CatchUp

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
    catcher = CatchUp(watcher, watcher.contiguous, post.site, post.dispatcher.call, post.clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(catcher.run())
        while await watcher.holes():  # noqa: ASYNC110 - it says it in the store
            await asyncio.sleep(0.01)
        task.cancel()
    titles = [event.title for event in await post.events()]
    assert sorted(titles) == sorted(
        ["Watching uploads", "Not late", "Late", *(f"Set {number}" for number in range(120))]
    )


async def test_what_was_late_before_a_pause_is_found_after_it(post: Post) -> None:
    """A look goes back to an hour before the last one, however long ago that was, and no more."""
    search = post.watch("search", "browse", {"searchstr": "Late"})
    await post.run(search)
    for number in range(60):
        post.sim.world.publish(f"Late before {number}")
    post.clock.move(9 * 3600)
    late = post.sim.world.publish("Late itself")
    late.searchable = post.clock.now() + timedelta(hours=2)
    for number in range(60):
        post.sim.world.publish(f"Late {number}")
    post.clock.move(-1800)  # of the hour that a run takes here
    await post.run(search)
    await post.store.mark_run(search.source, post.clock.now())
    post.clock.move(9 * 3600)
    sooner = [post.sim.world.publish(f"Late or {number}").group.title for number in range(30)]
    assert [event.title for event in await post.run(search)] == ["Late itself", *sooner]
    await post.store.mark_run(search.source, post.clock.now())
    post.asked.clear()
    post.clock.move(9 * 3600)
    assert await post.run(search) == []
    assert len(post.asked) == 1
