"""What one follows and wrote at the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_only_what_is_new(tell: Tell, sim: Simulator) -> None:
    """A followed thread is listed while it has something new, or when all are asked for."""
    assert (await tell("subscriptions"))["response"] == {"threads": []}
    assert len((await tell("subscriptions", showunread="0"))["response"]["threads"]) == 2
    post = sim.world.forums.reply(5, "New!")
    listed = (await tell("subscriptions"))["response"]["threads"]
    assert [(row["threadId"], row["lastPostId"], row["new"]) for row in listed] == [
        (5, post.id, True)
    ]


async def test_own_posts_are_grouped(tell: Tell, sim: Simulator) -> None:
    """Of what one wrote, the last post of each thread with something unread; of others all."""
    sim.world.forums.reply(2, "Me too", author="me")
    own = (await tell("userhistory", type="posts"))["response"]["threads"]
    threads = [row["topicId"] for row in own]
    assert len(threads) == len({*threads})
    assert 1 not in threads
    power = str(sim.world.user("power1").id)
    others = (await tell("userhistory", type="posts", userid=power))["response"]["threads"]
    assert len(others) > len({row["topicId"] for row in others})
