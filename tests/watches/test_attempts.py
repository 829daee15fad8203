"""How often something failed is known in the next process, too."""

from __future__ import annotations

from datetime import timedelta

from tests.watches.conftest import HandClock

from gazelled.store import Store
from gazelled.watches.attempts import MOST_KEPT, Attempts


async def test_they_are_counted_over_restarts(store: Store, clock: HandClock) -> None:
    """Each thing for itself, until it is done."""
    assert await Attempts(store, clock).failures("a") == 0
    assert [await Attempts(store, clock).add_failure(each) for each in "aab"] == [1, 2, 1]
    assert [await Attempts(store, clock).failures(each) for each in "ab"] == [2, 1]
    await Attempts(store, clock).forget(["a", "c"])
    assert [await Attempts(store, clock).failures(each) for each in "ab"] == [0, 1]


async def test_what_is_done_leaves_nothing_behind(store: Store, clock: HandClock) -> None:
    """The state doesn't grow by it."""
    tries = Attempts(store, clock)
    await tries.add_failure("a")
    await tries.forget(["a"])
    assert await store.get_kv("tries") is None


async def test_the_oldest_are_let_go(store: Store, clock: HandClock) -> None:
    """Nobody may ever say that they are done."""
    tries = Attempts(store, clock)
    for number in range(MOST_KEPT + 1):
        await tries.add_failure(str(number))
    await tries.add_failure("1")  # which is no longer the oldest
    await tries.add_failure("new")
    assert [await tries.failures(each) for each in ("0", "1", "2", "3", "new")] == [0, 2, 0, 1, 1]


async def test_what_comes_together_counts_once(store: Store, clock: HandClock) -> None:
    """Where it must be apart, however the time of day is changed."""
    tries = Attempts(store, clock)
    apart = timedelta(minutes=15)
    assert [await tries.add_failure("a", apart=apart) for _ in range(3)] == [1, 1, 1]
    clock.move(15 * 60)
    assert [await tries.add_failure("a", apart=apart) for _ in range(3)] == [2, 2, 2]
    clock.move(-3600)
    assert await tries.add_failure("a", apart=apart) == 3
