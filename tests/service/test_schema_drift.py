"""Answers that change their shape are told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from gazelled.model import Answer, Call
from gazelled.service.schema_drift import MOST_WAITING, DriftMonitor
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.models import Drift

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHORT = {"id": 1, "novel": 2}


class Told(list[tuple[str, list[str]]]):
    """What was told."""

    async def tell(self, action: str, drift: Sequence[Drift]) -> None:
        """Note it."""
        new = [str(each) for each in drift if each.kind == "new"]
        self.append((action, new))


@pytest.fixture
def told() -> Told:
    """Nothing yet."""
    return Told()


def answer(payload: object, action: str = "index") -> Answer:
    """Make an answer."""
    return Answer(Call(action), payload, b"", NOW, 0.1)


async def test_what_is_new_is_told_once(told: Told) -> None:
    """Also across restarts; what is new later is told by itself."""
    memory = InMemoryStore()
    drifting = DriftMonitor(UTC, "cookie", memory, told.tell)
    async with drifting.running():
        drifting.see(answer(SHORT))
        drifting.see(answer(SHORT))
    again = DriftMonitor(UTC, "cookie", memory, told.tell)
    async with again.running():
        again.see(answer(SHORT))
        again.see(answer({**SHORT, "later": "x"}))
    assert told == [("index", ["novel is new: a number"]), ("index", ["later is new: a text"])]


async def test_what_cannot_be_read_or_is_no_reading_is_left_alone(told: Told) -> None:
    """Others tell of that."""
    drifting = DriftMonitor(UTC, "token", InMemoryStore(), told.tell)
    async with drifting.running():
        drifting.see(answer([1, 2]))
        drifting.see(answer(None, "clear_user_notification"))
        drifting.see(answer(None, "nonsense"))
    assert told == []


async def test_it_never_waits_and_never_ends_for_a_mistake() -> None:
    """Answers beyond a few aren't looked at, and telling may fail."""
    tries: list[str] = []

    async def fail(action: str, _: Sequence[Drift]) -> None:
        tries.append(action)
        raise OSError("disk full")

    drifting = DriftMonitor(UTC, "cookie", InMemoryStore(), fail)
    for number in range(2 * MOST_WAITING):
        drifting.see(answer({f"novel{number}": 1, "id": 1}))
    async with drifting.running():
        pass
    assert len(tries) == MOST_WAITING
