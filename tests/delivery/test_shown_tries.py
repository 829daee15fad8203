"""How tries of deliveries end is shown, once it is on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.delivery.test_policy import DIGEST, upload

from gazelled.delivery import Deliverer, TargetPolicy
from gazelled.errors import GiveUp, RetryLater, TargetFault
from gazelled.model import Delivery, Event, EventKind, StreamId
from gazelled.plugin import DeliveryDone, DeliveryFailure
from gazelled.store import LookTransaction

if TYPE_CHECKING:
    from gazelled.store import Store

    from .conftest import HandClock, World


async def tried(
    store: Store,
    world: World,
    clock: HandClock,
    *errors: Exception | None,
    policy: TargetPolicy | None = None,
) -> list[DeliveryDone | DeliveryFailure]:
    """Deliver two events, with an error or none at each try; return what was shown."""
    shown: list[DeliveryDone | DeliveryFailure] = []
    ends = iter(errors)

    async def send(_: Delivery) -> None:
        if error := next(ends):
            raise error

    policies = {"phone": policy} if policy else {}
    deliverer = Deliverer(store, send, clock, world.on_change, policies, shown.append)
    events: list[tuple[Event, Sequence[str]]] = [(upload(number), ["phone"]) for number in (1, 2)]
    await store.commit_look(LookTransaction(StreamId("browse"), events=events))
    for _ in errors:
        await deliverer.drain(30)
        clock.move(16 * 60)
    return shown


async def test_a_message_of_several_events_is_shown_as_it_was_sent(
    store: Store, world: World, clock: HandClock
) -> None:
    """A digest, and not the event whose row it took."""
    (failure, done) = await tried(
        store, world, clock, RetryLater("later"), None, None, policy=DIGEST
    )
    assert isinstance(failure, DeliveryFailure)
    assert isinstance(done, DeliveryDone)
    for outcome in (failure, done):
        assert outcome.delivery.event.kind is EventKind.DIGEST
        assert len(outcome.delivery.event.events) == 2
    assert (failure.error, failure.final, failure.retry_at is not None) == ("later", False, True)
    assert done.took >= 0


async def test_each_kind_of_failure_is_shown(store: Store, world: World, clock: HandClock) -> None:
    """A fault of the target, one of the message, and what ends it for good."""
    shown = await tried(store, world, clock, TargetFault("locked"), GiveUp("no"), None)
    assert [
        (outcome.error, outcome.final) if isinstance(outcome, DeliveryFailure) else "done"
        for outcome in shown
    ] == [("locked", False), ("no", True), "done"]
