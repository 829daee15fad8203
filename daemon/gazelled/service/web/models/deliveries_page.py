"""The page of deliveries: what waits, failed or is dead, chosen by target, watch and state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gazelled.errors import ConfigError
from gazelled.service.control.event_replies import DeliveryEntry
from gazelled.service.control.handlers.deliveries import ChosenDeliveries, delivery_entries
from gazelled.service.control.protocol import DeliveriesRequest
from gazelled.service.web.models.replies import whole_number
from gazelled.service.web.web_page import PageRequest

if TYPE_CHECKING:  # the app has the server that shows its pages
    from gazelled.service.app import App

STATES = ("waiting", "held", "sending", "failed", "dead", "done")
A_PAGE = 100


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """
    Deliveries.

    Attributes:
        target: The target that was chosen; empty for all, as with `watch` and `state`.
        problem: Why nothing can be shown for that choice; empty otherwise.
        targets: The targets there are to choose from.
        after: What `after` in the query shows the next ones; 0 if there are none.

    """

    now: datetime
    target: str
    watch: str
    state: str
    problem: str
    targets: tuple[str, ...]
    states: tuple[str, ...]
    deliveries: tuple[DeliveryEntry, ...]
    after: int


async def deliveries_page(app: App, request: PageRequest) -> DeliveriesPage:
    """Return deliveries in the order of writing, as `target`, `watch` and `state` choose them."""
    target, watch, state = (
        request.query.get(name, "").strip() for name in ("target", "watch", "state")
    )
    choice = DeliveriesRequest(target=target, watch=watch, state=state)
    after = whole_number(request.query.get("after", ""))
    problem, chosen = "", ChosenDeliveries((), 0)
    try:
        chosen = await delivery_entries(app, choice, after=after, most=A_PAGE)
    except ConfigError as error:
        problem = app.redactor.scrub(str(error))
    return DeliveriesPage(
        now=app.clock.now(),
        target=target,
        watch=watch,
        state=state,
        problem=problem,
        targets=tuple(sorted({*app.config.targets, *await app.store.deliveries.targets()})),
        states=STATES,
        deliveries=chosen.entries,
        after=chosen.after,
    )
