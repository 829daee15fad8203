"""A client that may change things at a simulated tracker, and what it can change there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from gazelled.clock import Clock
from gazelled.testing import Simulator, World
from gazelled.tracker import Api, Login, Profile, Written, connect
from gazelled.tracker.forms.write import Allowed

SPEED = 300.0
QUICK = Profile("quick", "A simulated site", per=1.0)
ALL: frozenset[Allowed] = frozenset({"bookmark", "subscribe", "catch_up", "message"})


@dataclass(frozen=True)
class Case:
    """
    A change that can be verified.

    Attributes:
        action: The action of its form.
        holds: Whether it is so in the world.
        prepare: Makes the world such that it is not so.

    """

    name: str
    action: str
    do: Callable[[Api], Awaitable[Written]]
    holds: Callable[[World], bool]
    prepare: Callable[[World], object] = lambda _: None

    def __str__(self) -> str:
        """Return its name, for the names of tests."""
        return self.name


CASES = [
    Case(
        "bookmark-group",
        "add",
        lambda api: api.write.bookmark("group", 7),
        lambda world: 7 in world.user("me").bookmarks,
        lambda world: world.user("me").bookmarks.discard(7),
    ),
    Case(
        "unbookmark-group",
        "remove",
        lambda api: api.write.unbookmark("group", 7),
        lambda world: 7 not in world.user("me").bookmarks,
        lambda world: world.user("me").bookmarks.add(7),
    ),
    Case(
        "bookmark-artist",
        "add",
        lambda api: api.write.bookmark("artist", 3),
        lambda world: 3 in world.user("me").author_bookmarks,
        lambda world: world.user("me").author_bookmarks.discard(3),
    ),
    Case(
        "unbookmark-artist",
        "remove",
        lambda api: api.write.unbookmark("artist", 3),
        lambda world: 3 not in world.user("me").author_bookmarks,
        lambda world: world.user("me").author_bookmarks.add(3),
    ),
    Case(
        "bookmark-request",
        "add",
        lambda api: api.write.bookmark("request", 5),
        lambda world: 5 in world.user("me").request_bookmarks,
        lambda world: world.user("me").request_bookmarks.discard(5),
    ),
    Case(
        "unbookmark-request",
        "remove",
        lambda api: api.write.unbookmark("request", 5),
        lambda world: 5 not in world.user("me").request_bookmarks,
        lambda world: world.user("me").request_bookmarks.add(5),
    ),
]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """Return each change in turn."""
    case = request.param
    assert isinstance(case, Case)
    return case


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast."""
    async with Simulator(clock=Clock(speed=SPEED), per=1.0) as simulator:
        yield simulator


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Api]:
    """A client that is logged in and may change all that can be allowed."""
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, allow=ALL) as api:
        yield api
