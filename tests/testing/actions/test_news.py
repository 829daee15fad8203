"""The simulated notifications, which name less than there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def notified(tell: Tell) -> dict[str, dict[str, Any]]:
    """Return what is unread, by type."""
    found: dict[str, dict[str, Any]] = (await tell("get_user_notifications", token=True))[
        "response"
    ]
    return found


async def test_only_the_newest_news_and_important_posts_are_named(
    tell: Tell, sim: Simulator
) -> None:
    """Of two news the first isn't, and an ordinary blog post never is."""
    sim.world.announce("First of two")
    second = sim.world.announce("Second of two")
    important = sim.world.write_blog("Important & new", important=True)
    sim.world.write_blog("Ordinary")
    told = await notified(tell)
    assert (told["News"]["id"], told["News"]["message"]) == (
        second.id,
        "Announcement: Second of two",
    )
    assert (told["Blog"]["id"], told["Blog"]["message"]) == (
        important.id,
        "Blog: Important &amp; new",
    )


async def test_banners_have_no_id(tell: Tell, sim: Simulator) -> None:
    """One takes the place of another, until it is dismissed."""
    assert "Global" not in await notified(tell)
    sim.world.show_banner("We move on Friday", "wiki.php?id=1")
    sim.world.show_banner("We moved")
    told = (await notified(tell))["Global"]
    assert told == {"id": 0, "message": "We moved", "url": "", "importance": "alert"}
    sim.world.banner.read.add(sim.world.user("me").id)  # type: ignore[union-attr] # it is shown
    assert "Global" not in await notified(tell)
