"""What is known of the tracker's state."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from gazelled.clock import Clock
from gazelled.errors import ActionRequired, Reason, TrackerUnavailable
from gazelled.model import Call
from gazelled.tracker.answers.health import (
    LONGEST_PAUSE,
    PAUSES,
    HealthChange,
    TrackerHealth,
    TrackerState,
)
from gazelled.tracker.key_values import InMemoryStore

CALL = Call("index")


class Jumping(Clock):
    """A clock whose time of day can be set."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.now(UTC) + self.ahead


def noting(changes: list[HealthChange]) -> Callable[[HealthChange], Awaitable[None]]:
    """Make something that keeps changes."""

    async def note(change: HealthChange) -> None:
        changes.append(change)

    return note


async def test_pauses_grow() -> None:
    """Each failure in a row holds the queue longer, up to half an hour."""
    health = TrackerHealth(Clock(), InMemoryStore())
    held = []
    for _ in range(6):
        await health.failed(CALL, "502", after=None)
        held.append(round(health.held_for() or 0.0))
    assert held == [60, 240, 900, 1800, 1800, 1800]


async def test_down_and_back_are_told_once() -> None:
    """The third failure is news, further ones aren't; the first answer is."""
    changes: list[HealthChange] = []
    health = TrackerHealth(Clock(), InMemoryStore(), on_change=noting(changes))
    for _ in range(5):
        await health.failed(CALL, "502", after=None)
    await health.answered(CALL)
    await health.answered(CALL)
    assert [change.state for change in changes] == [TrackerState.DOWN, TrackerState.BACK]
    assert [change.tries for change in changes] == [3, 5]
    assert health.held_for() == 0.0


async def test_short_trouble_is_not_told() -> None:
    """One or two failures are nobody's business."""
    changes: list[HealthChange] = []
    health = TrackerHealth(Clock(), InMemoryStore(), on_change=noting(changes))
    for _ in range(2):
        await health.failed(CALL, "502", after=None)
    await health.answered(CALL)
    assert changes == []


async def test_spread() -> None:
    """Each installation has pauses of its own, at most a quarter longer."""
    held = set()
    for salt in ("a", "b", "c"):
        health = TrackerHealth(Clock(), InMemoryStore(), spread=salt)
        await health.failed(CALL, "502", after=None)
        held.add(health.held_for())
        assert PAUSES[0] - 1 < (health.held_for() or 0.0) <= PAUSES[0] * 1.25
    assert len(held) == 3


@pytest.mark.parametrize(("after", "longest"), [(5000.0, 5000.0), (1e12, LONGEST_PAUSE)])
async def test_retry_after(after: float, longest: float) -> None:
    """The tracker's wish is honoured up to a day, also over a restart."""
    memory = InMemoryStore()
    health = TrackerHealth(Clock(), memory)
    await health.failed(CALL, "503", after=after)
    left = await TrackerHealth(Clock(), memory).recall()
    assert longest - 60 < (health.held_for() or 0.0) <= longest
    assert longest - 60 < left <= longest


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
async def test_wall_clock_that_jumps(jump: timedelta) -> None:
    """A jump of the wall clock can't make a kept pause longer than it was."""
    clock, memory = Jumping(), InMemoryStore()
    await TrackerHealth(clock, memory).limited(6.0, after=100.0)
    clock.ahead = jump
    assert 0.0 <= await TrackerHealth(clock, memory).recall() <= 100.0


async def test_refusals_in_a_row() -> None:
    """Refusals double the pause up to ten minutes; an answer begins anew; one is told."""
    changes: list[HealthChange] = []
    health = TrackerHealth(Clock(), InMemoryStore(), on_change=noting(changes))
    pauses = [await health.limited(6.0, after=None) for _ in range(9)]
    assert pauses == [6, 12, 24, 48, 96, 192, 384, 600, 600]
    await health.answered(CALL)
    assert await health.limited(6.0, after=30.0) == 30.0
    assert [change.state for change in changes] == [TrackerState.LIMITED, TrackerState.LIMITED]


async def test_stop_is_told_once() -> None:
    """A stop is news once, and so is its end."""
    changes: list[HealthChange] = []
    memory = InMemoryStore()
    health = TrackerHealth(Clock(), memory, on_change=noting(changes))
    await health.stop("Revoked.")
    await health.stop("Revoked.")
    assert health.held_for() is None
    assert isinstance(health.problem(), ActionRequired)
    await health.resume()
    await health.resume()
    assert health.problem() is None
    assert await TrackerHealth(Clock(), memory).recall() == 0.0
    assert [change.state for change in changes] == [TrackerState.STOPPED, TrackerState.RESUMED]


async def test_reason_of_a_stop_survives() -> None:
    """What a person must do is known to programs after a restart, too; an unknown one is other."""
    memory = InMemoryStore()
    await TrackerHealth(Clock(), memory).stop("Revoked.", Reason.CREDENTIALS)
    for known, reason in ((Reason.CREDENTIALS, Reason.CREDENTIALS), ("later", Reason.OTHER)):
        stop = json.loads(await memory.get_kv("stop") or "{}")
        await memory.set_kv("stop", json.dumps(stop | {"reason": known}))
        health = TrackerHealth(Clock(), memory)
        await health.recall()
        problem = health.problem()
        assert isinstance(problem, ActionRequired)
        assert problem.reason is reason


async def test_reason_of_a_pause() -> None:
    """A pause for the rate limit differs from an outage, after a restart too; both have an end."""
    clock, memory = Clock(), InMemoryStore()
    await TrackerHealth(clock, memory).limited(6.0, after=100.0)
    health = TrackerHealth(clock, memory)
    await health.recall()
    limited = health.problem()
    await health.failed(CALL, "502 Bad Gateway", after=None)
    await health.failed(CALL, "502 Bad Gateway", after=None)
    down = health.problem()
    for problem, reason in ((limited, Reason.LIMITED), (down, Reason.UNAVAILABLE)):
        assert isinstance(problem, TrackerUnavailable)
        assert problem.reason is reason
        assert problem.until
        assert problem.after
        ends = clock.now() + timedelta(seconds=problem.after)
        assert abs(problem.until - ends) < timedelta(seconds=5)


async def test_person_is_told_when() -> None:
    """In an outage a person hears when it is tried again."""
    health = TrackerHealth(Clock(), InMemoryStore())
    assert health.problem() is None
    await health.failed(CALL, "502 Bad Gateway", after=None)
    problem = health.problem()
    assert isinstance(problem, TrackerUnavailable)
    assert problem.after
    assert re.search(
        r"until \d\d:\d\d \(502 Bad Gateway\); to try at once: gazelled resume", str(problem)
    )


async def test_what_a_person_can_do_is_remembered() -> None:
    """Whether the cause says what to do is told with it, also after a restart."""
    for explained in (False, True):
        changes: list[HealthChange] = []
        memory = InMemoryStore()
        health = TrackerHealth(Clock(), memory, on_change=noting(changes))
        for _ in range(3):
            await health.failed(CALL, "set the clock right", after=None, explained=explained)
        await TrackerHealth(Clock(), memory, on_change=noting(changes)).recall()
        assert [change.explained for change in changes] == [explained, explained]
