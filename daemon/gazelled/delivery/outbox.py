"""What delivering needs of the store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal, Protocol

from gazelled.model import Delivery
from gazelled.store import Pending


class Outbox(Protocol):
    """The part of `gazelled.store.Store` that the deliverer uses."""

    async def due(
        self,
        now: datetime,
        limit: int = 50,
        *,
        besides: Collection[str] = (),
        urgent: Collection[str] = (),
    ) -> list[Pending]:
        """Tell the oldest delivery of each target, or its oldest urgent one, if due now."""

    async def next_due(
        self, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> datetime | None:
        """Tell when `due` has something next; None when nothing is pending."""

    async def suspect(
        self, most: int, *, besides: Collection[str] = (), urgent: Collection[str] = ()
    ) -> Pending | None:
        """Return what was under way at a kill and comes next, unless that were so many."""

    async def resting(self, most: int) -> list[Pending]:
        """Return the deliveries that were under way at so many kills."""

    async def under_way(self) -> list[Pending]:
        """Return the deliveries that were begun and whose end isn't known."""

    async def start(self, delivery: Delivery, now: datetime) -> None:
        """Count a try and note that it is under way, before it is made."""

    async def record_kill(self, delivery: Delivery, until: datetime, now: datetime) -> None:
        """Note that the process was killed while a delivery was under way."""

    async def clear_under_way(self) -> None:
        """Note that what is under way was cut off in good order."""

    async def clear_kills(self) -> None:
        """Let what was under way at kills be tried as if it had not been."""

    async def rebase_pauses(self, now: datetime) -> None:
        """Begin the pauses now that began in the future."""

    async def settle(
        self, delivery: Delivery, state: Literal["done", "given-up"], now: datetime
    ) -> None:
        """Note that a delivery is done or given up."""

    async def postpone(
        self, delivery: Delivery, until: datetime, error: str, now: datetime
    ) -> None:
        """Note that a delivery failed, and when it is tried again."""

    async def get_kv(self, key: str) -> str | None:
        """Tell what was remembered under a key."""

    async def set_kv(self, key: str, value: str | None) -> None:
        """Remember a small thing under a key; None forgets it."""
