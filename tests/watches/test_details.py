"""What a list doesn't tell is asked for by itself, as often as that makes sense."""

from __future__ import annotations

import pytest
from tests.watches.conftest import Post

from gazelled.errors import Broken, Refused, Stopped, TrackerError, Unavailable
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.actions import ACTIONS
from gazelled.tracker.catalogue import Details
from gazelled.watches.details import MOST_TRIES, Particulars


def details() -> Details:
    """Tell how the catalogue asks for one upload."""
    listing = ACTIONS["browse"].listing(())
    assert listing
    assert listing.details
    return listing.details


async def test_an_item_is_asked_for_once(post: Post) -> None:
    """Whoever needs it again gets what was told."""
    made = post.sim.world.publish("S288C reads")
    particulars = Particulars(post.site, post.dispatcher.call)
    for _ in range(2):
        item = await particulars.of(str(made.id), details(), Lane.WATCH)
        assert item is not None
        assert item.fields["files"] is not None
    assert particulars.asked == 1


async def test_what_was_deleted_is_none(post: Post) -> None:
    """The tracker has words for it."""
    made = post.sim.world.publish("S288C reads")
    post.sim.world.delete(made.id)
    particulars = Particulars(post.site, post.dispatcher.call)
    assert await particulars.of(str(made.id), details(), Lane.WATCH) is None


@pytest.mark.parametrize(
    "problem", [Refused("insufficient permissions"), Broken("no list"), Unavailable("later")]
)
async def test_what_cant_be_told_holds_up_nothing_for_ever(
    post: Post, problem: TrackerError
) -> None:
    """It is asked for again and told as a trouble, and decided on without it in the end."""

    async def ask(_: Call) -> Answer:
        raise problem

    particulars = Particulars(post.site, ask)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(type(problem)):
            await particulars.of("7", details(), Lane.WATCH)
    assert await particulars.of("7", details(), Lane.WATCH) is None


@pytest.mark.parametrize(
    ("problem", "lane"),
    [(Stopped("see your account"), Lane.WATCH), (Unavailable("down"), Lane.PERSON)],
)
async def test_an_outage_is_not_about_an_item(
    post: Post, problem: TrackerError, lane: Lane
) -> None:
    """However often it is met."""

    async def ask(_: Call) -> Answer:
        raise problem

    particulars = Particulars(post.site, ask)
    for _ in range(2 * MOST_TRIES):
        with pytest.raises(type(problem)):
            await particulars.of("7", details(), lane)
