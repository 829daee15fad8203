"""A look that crashes is a failed look: told once, shown, and over once it works."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.watches.conftest import Post

from gazelled.errors import BadAnswer
from gazelled.model import StreamId
from gazelled.testing import Fault
from gazelled.watches.catching_up import CatchUp
from gazelled.watches.watch import Watch

STREAM = StreamId("browse group_results=0")
NO_NUMBER = "{:d}"
"""A form that only a number fits: titles are texts, so whoever reads one with it crashes."""


def crashing(watch: Watch) -> Watch:
    """Let the entries of a watch be read by what crashes."""
    assert watch.listing
    (list_,) = watch.listing.lists
    lists = (replace(list_, heading=NO_NUMBER),)
    return replace(watch, listing=replace(watch.listing, lists=lists))


async def test_a_crash_is_told_as_a_failed_look(post: Post) -> None:
    """With what went wrong and the answer, since the same moment however often; then it works."""
    watch = post.watch("all", "browse")
    await post.run(watch)
    post.sim.world.publish("New reads")
    for _ in range(2):
        with pytest.raises(BadAnswer, match="crashed while it processed the answer") as crash:
            await post.run(crashing(watch))
        assert "ValueError: " in str(crash.value)
        assert b"New reads" in crash.value.raw
    assert len({each.since for each in post.troubles}) == 1
    watcher = post.watcher(watch)
    assert "crashed" in await watcher.troubles.of(STREAM)
    told = await post.run(watch)
    assert [event.title for event in told] == ["New reads"]
    assert [each.problem is None for each in post.troubles] == [False, False, True]
    assert await watcher.troubles.of(STREAM) == ""


async def test_a_crash_while_catching_up_loses_one_item_by_name(post: Post) -> None:
    """The others are told, and it goes on."""
    watch = post.watch("all", "browse", last_page=1)
    await post.run(watch)
    for number in range(70):
        post.sim.world.publish(f"Reads {number}")
    watcher = post.watcher(watch, catch_up=1000)
    await watcher.run(STREAM)
    (hole,) = (await watcher.holes())[STREAM]
    details = watcher.contiguous[STREAM]
    (list_,) = details.listing.lists
    reads = replace(details.listing, lists=(replace(list_, heading=NO_NUMBER),))
    bad = {STREAM: replace(details, listing=reads)}
    await CatchUp(watcher, bad, post.site, post.dispatcher.call, post.clock).once()
    (left,) = (await watcher.holes())[STREAM]
    assert left[0] > hole[0]
    assert (await post.store.counts())["gaps"] > 0


async def test_trouble_of_the_tracker_is_no_crash(post: Post) -> None:
    """It is told as what it is."""
    watch = post.watch("all", "browse")
    post.sim.fail(Fault.STATUS_ERROR, times=1)
    with pytest.raises(Exception, match="Search returned an error"):
        await post.run(watch)
    assert "crashed" not in str(post.troubles[-1].problem)
