"""The control handlers of deliveries: listing, retrying and dropping them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from gazelled.errors import ConfigError
from gazelled.model import idempotency_key
from gazelled.service.app import App
from gazelled.service.control import event_replies, protocol
from gazelled.service.control.handlers.events import check_watch
from gazelled.service.monitoring.target_problems import target_problem
from gazelled.store import DeliveryChoice, DeliveryRow
from gazelled.text import meant, missing

MOST = 200
_RETRIED = ("waiting", "failed", "dead")
_DROPPED = ("waiting", "held", "failed", "dead")


@dataclass(frozen=True, slots=True)
class ChosenDeliveries:
    """Some deliveries; `after` is the number of the last one, 0 if no more follow."""

    entries: tuple[event_replies.DeliveryEntry, ...]
    after: int


_Request = (
    protocol.DeliveriesRequest | protocol.DeliveriesRetryRequest | protocol.DeliveriesDropRequest
)


async def deliveries(
    app: App, request: protocol.DeliveriesRequest
) -> AsyncGenerator[event_replies.DeliveriesReply, None]:
    """Return the deliveries that are meant, some at a time."""
    chosen = await delivery_entries(app, request)
    while chosen.entries:
        yield event_replies.DeliveriesReply(chosen.entries)
        if not chosen.after:
            return
        chosen = await delivery_entries(app, request, after=chosen.after)


async def delivery_entries(
    app: App, request: protocol.DeliveriesRequest, *, after: int = 0, most: int = MOST
) -> ChosenDeliveries:
    """
    Return some of the deliveries that are meant, in the order of writing.

    Args:
        app: The daemon.
        request: Which are meant.
        after: The number that an earlier call returned; 0 for the first ones.
        most: How many to return at most.

    Raises:
        ConfigError: If there is no such target, watch or key.

    """
    choice = await _choice(app, request)
    rows = await app.store.deliveries.chosen(choice, after=after, most=most)
    following = rows[-1].number if len(rows) == most else 0
    return ChosenDeliveries(tuple(_entry(app, row) for row in rows), following)


async def retry(
    app: App, request: protocol.DeliveriesRetryRequest
) -> AsyncGenerator[event_replies.DeliveriesRetryReply, None]:
    """Make the deliveries due at once that are meant, those that are dead, too."""
    choice = await _choice(app, request)
    numbers, others = await _changeable(app, choice, _RETRIED)
    await app.store.deliveries.retry(numbers)
    for target in sorted({*numbers.values()}):
        await app.deliverer.forgive(target)
    yield event_replies.DeliveriesRetryReply(len(numbers), others)


async def drop(
    app: App, request: protocol.DeliveriesDropRequest
) -> AsyncGenerator[event_replies.DeliveriesDropReply, None]:
    """Drop the deliveries that are meant, or only count them."""
    choice = await _choice(app, request)
    numbers, others = await _changeable(app, choice, _DROPPED)
    if request.yes:
        await app.store.deliveries.drop(numbers, app.clock.now())
        app.deliverer.wake()
    yield event_replies.DeliveriesDropReply(len(numbers), others)


async def _choice(app: App, request: _Request) -> DeliveryChoice:
    """
    Return which deliveries are meant.

    Raises:
        ConfigError: If there is no such target, watch or key.

    """
    targets = {*app.config.targets, *await app.store.deliveries.targets()}
    if request.target and request.target not in targets:
        raise ConfigError(missing("target", request.target, targets))
    await check_watch(app, request.watch)
    for key in request.keys:
        if not await app.store.deliveries.chosen(DeliveryChoice((key,)), most=1):
            rows = await app.store.deliveries.chosen(DeliveryChoice(), most=MOST)
            hint = meant(key, {name for row in rows for name in (row.key, row.event)})
            raise ConfigError(f"there is no delivery {key}{hint}")
    return DeliveryChoice(request.keys, request.target, request.watch, request.state)


async def _changeable(
    app: App, choice: DeliveryChoice, states: Sequence[str]
) -> tuple[Mapping[int, str], Mapping[str, int]]:
    """Return those that are in one of some states, with their targets, and count the others."""
    numbers = await app.store.deliveries.numbers(choice, states)
    counts = await app.store.deliveries.states(choice)
    left = sum(counts.values()) - len(numbers)
    others = {state: count for state, count in counts.items() if state not in states}
    combined = left - sum(others.values())
    return numbers, others | ({"combined": combined} if combined else {})


def _entry(app: App, row: DeliveryRow) -> event_replies.DeliveryEntry:
    scrub = app.redactor.scrub_foreign if row.watch else app.redactor.scrub
    return event_replies.DeliveryEntry(
        key=row.key,
        id=idempotency_key(row.event, row.first_target or row.target),
        event=row.event,
        target=row.target,
        watch=row.watch,
        kind=row.kind,
        title=scrub(row.title),
        found_at=row.found_at,
        state=row.state,
        tries=row.tries,
        due=row.due,
        settled=row.settled,
        held=row.held,
        error=app.redactor.scrub(row.error),
        parts=row.parts,
        into=row.into,
        problem="" if row.settled else target_problem(app, row.target),
    )
