"""Comments on data sets of the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_the_last_page_is_the_default(tell: Tell, sim: Simulator) -> None:
    """New comments stand on the last page, which is shown unless another is asked for."""
    new = sim.world.comments.write(1, "Which aligner?")
    told = (await tell("tcomments", token=True, id="1"))["response"]
    assert (told["page"], told["comments"][-1]["postId"]) == (2, new.id)
    first = (await tell("tcomments", token=True, id="1", page="1"))["response"]
    assert (first["page"], len(first["comments"])) == (1, 10)


async def test_edited_comments_say_so(tell: Tell, sim: Simulator) -> None:
    """Who changed a comment is told."""
    new = sim.world.comments.write(2, "Typo")
    sim.world.comments.edit(new.id, "No typo", editor="root")
    told = (await tell("tcomments", token=True, id="2"))["response"]["comments"][0]
    assert (told["bbBody"], told["editedUserId"], told["editedUsername"]) == ("No typo", 1, "root")
