"""The page of an event or an item: why it was reported or not, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.errors import GazelledError
from gazelled.explain.item_ref import event_by_key
from gazelled.explain.results import Explanation
from gazelled.service.control.event_replies import DeliveryEntry
from gazelled.service.control.handlers.deliveries import delivery_entries
from gazelled.service.control.protocol import DeliveriesRequest, WhyRequest
from gazelled.service.web.models.replies import reply_to
from gazelled.service.web.web_page import NoSuchPageError, PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App


@dataclass(frozen=True, slots=True)
class EventPage:
    """
    An event with its deliveries, or an item.

    Attributes:
        key: The key of the event; empty for an item.
        title: The headline.
        text: What the message says, in plain words.
        why: What `gazelled why` says of it.

    """

    now: datetime
    key: str
    kind: str
    watch: str
    title: str
    text: str
    at: datetime | None
    urgent: bool
    why: Explanation
    deliveries: tuple[DeliveryEntry, ...]


async def event_page(app: App, request: PageRequest) -> EventPage:
    """Return the page of an event by its `key`, or that of an item by its id or address."""
    key = request.query.get("key", "").strip()
    event = await event_by_key(app.store, key)
    try:
        why = (await reply_to(app, WhyRequest(key))).why
    except GazelledError as error:
        raise NoSuchPageError(app.redactor.scrub(str(error))) from None
    if event is None:
        title = why.seen[0].title if why.seen else ""
        return EventPage(app.clock.now(), "", "", "", title, "", None, False, why, ())  # noqa: FBT003 - it isn't urgent
    scrub = app.redactor.scrub_foreign if event.watch else app.redactor.scrub
    rows = await delivery_entries(app, DeliveriesRequest(keys=(event.key,)))
    return EventPage(
        now=app.clock.now(),
        key=event.key,
        kind=event.kind.value,
        watch=event.watch,
        title=scrub(event.title),
        text=scrub(event.text),
        at=event.at,
        urgent=event.urgent,
        why=why,
        deliveries=rows.entries,
    )
