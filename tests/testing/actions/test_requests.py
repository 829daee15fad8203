"""Requests of the simulated tracker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gazelled.testing import Simulator

Tell = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_request_is_voted_for_and_filled(tell: Tell, sim: Simulator) -> None:
    """Votes add to the bounty; a filled one names the torrent and who filled it."""
    wish = sim.world.requests.ask("A & B", author="me", bounty=10)
    sim.world.requests.vote(wish.id, user="donor1", bounty=5)
    sim.world.requests.fill(wish.id, 5)
    sim.world.comments.write(wish.id, "Thanks", page="requests", author="me")
    told = (await tell("request", id=str(wish.id)))["response"]
    assert (told["title"], told["totalBounty"], told["voteCount"]) == ("A &amp; B", 15, 2)
    assert (told["isFilled"], told["torrentId"], told["fillerName"]) == (True, 5, "uploader1")
    assert [comment["name"] for comment in told["comments"]] == ["me"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [30, 29, 28]),
        ({"sort": "asc"}, [1, 2, 3]),
        ({"page": "2"}, [5, 4, 3]),
        ({"submit": "1", "page": "2"}, [5, 3, 2]),
        ({"type": "created"}, [28, 25, 22]),
        ({"type": "filled", "userid": "5"}, [4]),
        ({"type": "bookmarks"}, [2]),
        ({"filter_cat[1]": "1"}, [24, 12]),
        ({"tags": "yeast"}, [25, 19, 13]),
        ({"tags": "yeast,plant"}, []),
        ({"tags": "yeast,plant", "tags_type": "0"}, [29, 25, 23]),
        ({"search": "annotation gff"}, [27, 22, 17]),
        ({"requestor": "5"}, [30, 27, 24]),
        ({"order": "bounty"}, [30, 28, 29]),
    ],
)
async def test_lists(tell: Tell, params: dict[str, str], expected: list[int]) -> None:
    """Requests come newest first, filled ones too, and can be narrowed down."""
    told = (await tell("requests", **params))["response"]["results"]
    assert [row["requestId"] for row in told][:3] == expected


async def test_a_token_cannot_edit(tell: Tell) -> None:
    """A token is told that it may neither edit nor vote."""
    told = [(await tell("request", token=by, id="1"))["response"] for by in (False, True)]
    assert [(each["canEdit"], each["canVote"]) for each in told] == [(True, True), (False, False)]
