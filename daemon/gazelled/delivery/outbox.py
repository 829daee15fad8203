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

    async def start(self, delivery: Delivery) -> None:
        """Count a try before it is made."""

    async def settle(
        self, delivery: Delivery, state: Literal["done", "given-up"], now: datetime
    ) -> None:
        """Note that a delivery is done or given up."""

    async def postpone(self, delivery: Delivery, until: datetime, error: str) -> None:
        """Note that a delivery failed, and when it is tried again."""

    async def recall(self, key: str) -> str | None:
        """Tell what was remembered under a key."""

    async def remember(self, key: str, value: str | None) -> None:
        """Remember a small thing under a key; None forgets it."""
