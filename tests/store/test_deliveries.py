"""Deliveries as people list, retry and drop them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gazelled.model import Delivery, Event
from gazelled.store import DeliveryChoice, Store
from gazelled.store.database import read_deliveries, read_delivery_keys
from gazelled.store.opening import NAME, connect

Make = Callable[..., Event]

OPEN = ("waiting", "failed", "dead")
ALL = DeliveryChoice()


def change(folder: Path, query: str) -> None:
    """Change a state behind its owner's back, as the parts that combine deliveries do."""
    with closing(connect(folder)) as db:
        db.execute(query)


async def keys(store: Store, choice: DeliveryChoice = ALL) -> list[str]:
    """Return the keys of the deliveries that are meant."""
    return [row.key for row in await store.deliveries.chosen(choice)]


@pytest.fixture
async def full(store: Store, make_event: Make, noon: datetime) -> Store:
    """Return a store with a delivery in each of some states."""
    for key in ("yeast:new:1", "yeast:new:2", "mice:new:3", "mice:a:new:4"):
        event = replace(make_event(key), watch=key.partition(":new")[0])
        await store.outbox.add(event, ["phone"])
    await store.outbox.add(replace(make_event("notice:x"), watch=""), ["lab"])
    first, second = (Delivery(make_event(f"yeast:new:{number}"), "phone") for number in (1, 2))
    await store.outbox.postpone(first, noon + timedelta(minutes=5), "503", noon)
    await store.outbox.settle(second, "dead", noon, "413")
    await store.outbox.settle(Delivery(make_event("mice:new:3"), "phone"), "done", noon)
    return store


async def test_all_conditions_must_fit(full: Store) -> None:
    """By key, target, watch and state; what is done is listed only on demand."""
    assert await keys(full) == [
        "yeast:new:1@phone",
        "yeast:new:2@phone",
        "mice:a:new:4@phone",
        "notice:x@lab",
    ]
    assert await keys(full, DeliveryChoice(target="lab")) == ["notice:x@lab"]
    assert await keys(full, DeliveryChoice(watch="yeast", state="dead")) == ["yeast:new:2@phone"]
    assert await keys(full, DeliveryChoice(watch="mice")) == ["mice:a:new:4@phone"]
    assert await keys(full, DeliveryChoice(watch="notice")) == []
    assert await keys(full, DeliveryChoice(state="done")) == ["mice:new:3@phone"]
    assert await keys(full, DeliveryChoice(("mice:new:3", "notice:x@lab"))) == [
        "mice:new:3@phone",
        "notice:x@lab",
    ]
    rows = await full.deliveries.chosen(ALL, most=1)
    assert [row.key for row in await full.deliveries.chosen(ALL, after=rows[0].number, most=1)] == [
        "yeast:new:2@phone"
    ]


async def test_a_row_says_what_became_of_a_delivery(full: Store, noon: datetime) -> None:
    """Its state with its time, and why."""
    failed, dead, *_ = await full.deliveries.chosen(ALL)
    assert (failed.state, failed.due, failed.error) == (
        "failed",
        noon + timedelta(minutes=5),
        "503",
    )
    assert (dead.state, dead.due, dead.settled, dead.error) == ("dead", None, noon, "413")
    assert await full.deliveries.states(DeliveryChoice(target="phone")) == {
        "failed": 1,
        "dead": 1,
        "waiting": 1,
    }


async def test_what_is_retried_is_due_at_once(full: Store, noon: datetime) -> None:
    """As if it hadn't been tried, in its place in the line, dead or not; what is done stays."""
    choice = DeliveryChoice(target="phone")
    await full.deliveries.retry(await full.deliveries.numbers(choice, OPEN))
    due = [pending.delivery.key for pending in await full.outbox.due(noon)]
    assert due == ["yeast:new:1@phone", "notice:x@lab"]
    states = [(row.state, row.settled) for row in await full.deliveries.chosen(choice)]
    assert states == [("failed", None), ("failed", None), ("waiting", None)]
    oldest = await full.outbox.oldest("phone")
    assert oldest is not None
    assert (oldest.failures, oldest.failing_since, oldest.aside) == (0, None, False)
    assert await keys(full, DeliveryChoice(state="done")) == ["mice:new:3@phone"]


async def test_what_is_dropped_counts_no_longer(full: Store, folder: Path, noon: datetime) -> None:
    """It is never due, and meant only by its key."""
    choice = DeliveryChoice(watch="yeast")
    await full.deliveries.drop(await full.deliveries.numbers(choice, OPEN), noon)
    assert await keys(full, choice) == []
    assert await keys(full, DeliveryChoice(state="dead")) == []
    assert await full.deliveries.counts() == {("phone", "waiting"): 1, ("lab", "waiting"): 1}
    assert read_deliveries(folder) == await full.deliveries.counts()
    assert (await full.counts())["given_up"] == 0
    assert [pending.delivery.key for pending in await full.outbox.due(noon)] == [
        "mice:a:new:4@phone",
        "notice:x@lab",
    ]
    assert (await full.deliveries.chosen(DeliveryChoice(("yeast:new:1",))))[0].held == "dropped"


async def test_a_part_of_a_message_goes_with_the_whole(
    full: Store, folder: Path, noon: datetime
) -> None:
    """It is neither retried nor dropped by itself."""
    change(
        folder,
        "UPDATE delivery SET combined = 2, state = 'dead', settled_at = 1, held = 'digest'"
        " WHERE id = 1",
    )
    part = DeliveryChoice(("yeast:new:1",))
    assert await full.deliveries.numbers(part, OPEN) == {}
    (row,) = await full.deliveries.chosen(part)
    assert row.into == "yeast:new:2"
    whole = await full.deliveries.numbers(DeliveryChoice(("yeast:new:2",)), OPEN)
    await full.deliveries.retry(whole)
    assert [row.state for row in await full.deliveries.chosen(DeliveryChoice(watch="yeast"))] == [
        "failed",
        "failed",
    ]
    await full.deliveries.drop(whole, noon)
    assert await keys(full, DeliveryChoice(watch="yeast")) == []


async def test_keys_for_a_shell_are_those_of_what_is_not_done(full: Store, folder: Path) -> None:
    """The last first; a folder without a state has none."""
    del full
    assert read_delivery_keys(folder) == [
        "notice:x@lab",
        "mice:a:new:4@phone",
        "yeast:new:2@phone",
        "yeast:new:1@phone",
    ]
    assert read_delivery_keys(folder / "nowhere") == []
    assert (folder / NAME).exists()


async def test_a_dead_letter_is_history_after_a_while(full: Store, noon: datetime) -> None:
    """It is no longer listed or counted, but is found by its key, and can still be sent again."""
    key = "yeast:new:2@phone"
    await full.deliveries.expire(noon)
    before = key in await keys(full)
    await full.deliveries.expire(noon + timedelta(seconds=1))

    assert before
    assert key not in await keys(full)
    assert ("phone", "dead") not in await full.deliveries.counts()
    (row,) = await full.deliveries.chosen(DeliveryChoice(keys=(key,)))
    assert (row.state, row.error) == ("dead", "413")
    await full.deliveries.retry(await full.deliveries.numbers(DeliveryChoice(keys=(key,)), OPEN))
    assert key in await keys(full)
