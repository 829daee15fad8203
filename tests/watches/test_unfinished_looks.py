"""A look of many pages that is cut off goes on where it was."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from tests.watches.conftest import Post
from tests.watches.oracle import Crash

from gazelled.errors import TrackerUnavailable
from gazelled.model import Call, Event, EventKind
from gazelled.watches.watch import Watch

PAGE = 50


def told(events: list[Event]) -> Counter[str]:
    """Count the titles of what was told as new."""
    return Counter(
        item.title for event in events if event.kind is EventKind.NEW for item in event.items
    )


def publish(post: Post, count: int, name: str = "Upload") -> list[str]:
    """Upload many; tell their titles in this order."""
    titles = [f"{name} {number}" for number in range(count)]
    for title in titles:
        post.sim.world.publish(title)
    return titles


async def cut_off(post: Post, watch: Watch, page: int, error: BaseException) -> None:
    """Let a look end before it asks for a page."""

    def end(call: Call) -> None:
        if dict(call.params).get("page") == str(page):
            raise error

    post.before = end
    with pytest.raises(type(error)):
        await post.run(watch)
    post.before = lambda _: None
    assert told(await post.events()) == {}
    post.asked.clear()


@pytest.mark.parametrize("error", [TrackerUnavailable("502 Bad Gateway"), Crash()])
@pytest.mark.parametrize(
    ("meanwhile", "pages"),
    [(0, ["1", "5", "6", "7"]), (3, ["1", "5", "6", "7"]), (120, ["1", "2", "3", "7", "8", "9"])],
)
async def test_it_goes_on_where_it_was(
    post: Post, error: BaseException, meanwhile: int, pages: list[str]
) -> None:
    """Whether a page failed or the process died; all is told once, the oldest first."""
    watch = post.watch("all", "browse")
    await post.run(watch)
    wanted = publish(post, 6 * PAGE)
    await cut_off(post, watch, 6, error)
    wanted += publish(post, meanwhile, "Later")
    found = await post.run(watch)
    assert [event.title for event in found] == wanted
    assert post.pages == pages
    post.asked.clear()
    assert await post.run(watch) == []
    assert post.pages == ["1"]


async def test_it_may_be_cut_off_again(post: Post) -> None:
    """Each time it comes a little further."""
    watch = post.watch("all", "browse")
    await post.run(watch)
    wanted = publish(post, 6 * PAGE)
    for page in (3, 5, 7):
        await cut_off(post, watch, page, TrackerUnavailable("502 Bad Gateway"))
    assert told(await post.run(watch)) == dict.fromkeys(wanted, 1)
    assert post.pages == ["1", "6", "7"]


async def test_where_too_much_went_meanwhile_it_begins_anew(post: Post) -> None:
    """What it saw doesn't go together with the list as it is."""
    watch = post.watch("all", "browse")
    await post.run(watch)
    publish(post, 6 * PAGE)
    await cut_off(post, watch, 5, TrackerUnavailable("502 Bad Gateway"))
    newest = max(post.sim.world.torrents)
    for number in range(newest - 3 * PAGE, newest - PAGE):
        post.sim.world.delete(number)
    there = {each.group.title for each in post.sim.world.torrents.values() if each.gone is None}
    found = told(await post.run(watch))
    assert all(count == 1 for count in found.values())
    assert {each for each in there if each.startswith("Upload")} == {*found}


async def test_what_was_seen_is_kept_for_a_day(post: Post) -> None:
    """Then all is looked at again."""
    watch = post.watch("all", "browse")
    await post.run(watch)
    wanted = publish(post, 3 * PAGE)
    await cut_off(post, watch, 3, TrackerUnavailable("502 Bad Gateway"))
    post.clock.move(timedelta(days=2).total_seconds())
    assert told(await post.run(watch)) == dict.fromkeys(wanted, 1)
    assert post.pages == ["1", "2", "3", "4"]
