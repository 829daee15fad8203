"""A client that may change things at a simulated tracker, and what it can change there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from gazelled.clock import Clock
from gazelled.testing import Simulator, World
from gazelled.tracker import Api, Login, Profile, WriteResult, connect
from gazelled.tracker.forms.allowed import Allowed

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
    do: Callable[[Api], Awaitable[WriteResult]]
    holds: Callable[[World], bool]
    prepare: Callable[[World], object] = lambda _: None

    def __str__(self) -> str:
        """Return its name, for the names of tests."""
        return self.name


def found_by_a_filter(world: World) -> None:
    """Let a filter of the user find an upload; only some classes are told."""
    world.user("me").klass = "Power User"
    world.filters.create("DNA", ["dna"], user="me")
    world.publish("Found by a filter", tags=["dna"])


def news_in_a_subscription(world: World) -> None:
    """Let there be a new post where the user is subscribed."""
    world.forums.subscribe(1)
    world.forums.reply(1, "And now?")


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
    Case(
        "subscribe",
        "thread_subscribe",
        lambda api: api.write.subscribe(3),
        lambda world: (2, 3) in world.forums.subscribed,
        lambda world: world.forums.unsubscribe(3),
    ),
    Case(
        "unsubscribe",
        "thread_subscribe",
        lambda api: api.write.unsubscribe(3),
        lambda world: (2, 3) not in world.forums.subscribed,
        lambda world: world.forums.subscribe(3),
    ),
    Case(
        "catch-up-forum",
        "catchup",
        lambda api: api.write.catch_up_forum(2),
        lambda world: world.forums.read.get((2, 1)) == world.forums.threads[1].last.id,
        lambda world: world.forums.reply(1, "And now?"),
    ),
    Case(
        "catch-up-subscriptions",
        "catchup",
        lambda api: api.write.catch_up_subscriptions(),
        lambda world: not world.forums.has_news(2),
        news_in_a_subscription,
    ),
    Case(
        "catch-up-notifications",
        "notify_catchup",
        lambda api: api.write.catch_up_notifications(),
        lambda world: not world.filters.unread(2),
        found_by_a_filter,
    ),
    Case(
        "delete",
        "masschange",
        lambda api: api.write.delete(2, 3),
        lambda world: all(2 in world.conversations[number].deleted for number in (2, 3)),
        lambda world: world.conversations[2].deleted.discard(2),
    ),
    Case(
        "mark-read",
        "masschange",
        lambda api: api.write.mark_read(2, 3),
        lambda world: not any(2 in world.conversations[number].unread for number in (2, 3)),
        lambda world: world.conversations[3].unread.add(2),
    ),
    Case(
        "mark-unread",
        "masschange",
        lambda api: api.write.mark_unread(2, 3),
        lambda world: all(2 in world.conversations[number].unread for number in (2, 3)),
        lambda world: world.conversations[3].unread.discard(2),
    ),
    Case(
        "stick",
        "takeedit",
        lambda api: api.write.stick(2),
        lambda world: 2 in world.conversations[2].sticky,
        lambda world: world.conversations[2].sticky.discard(2),
    ),
    Case(
        "unstick",
        "takeedit",
        lambda api: api.write.unstick(3),
        lambda world: 2 not in world.conversations[3].sticky,
        lambda world: world.conversations[3].sticky.add(2),
    ),
]

ANSWER = Case(
    "answer",
    "takecompose",
    lambda api: api.write.answer(2, "Thank you — it works."),
    lambda world: world.conversations[2].messages[-1].body == "Thank you — it works.",
)
"""The change that is never so already: a message can be sent twice."""


@pytest.fixture(params=[*CASES, ANSWER], ids=str)
def any_case(request: pytest.FixtureRequest) -> Case:
    """Return each change in turn, also that which can be made twice."""
    case = request.param
    assert isinstance(case, Case)
    return case


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """Return each change in turn."""
    case = request.param
    assert isinstance(case, Case)
    return case


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulated tracker whose clock is fast, and that closes no connection that is in use."""
    clock = Clock(speed=SPEED)
    async with Simulator(clock=clock, per=1.0, close_after=75.0 * SPEED) as simulator:
        yield simulator


@pytest.fixture
async def api(sim: Simulator) -> AsyncIterator[Api]:
    """A client that is logged in and may change all that can be allowed."""
    auth = Login("me", sim.world.user("me").password)
    async with connect(sim.url, auth, profile=QUICK, clock=sim.clock, allow=ALL) as api:
        yield api
