"""Notices that a target sends about what became of an event."""

from __future__ import annotations

from typing import Protocol

from gazelled.model import Delivery


class Notify(Protocol):
    """Sends a notice about a delivery to other targets."""

    async def __call__(self, delivery: Delivery, topic: str, title: str, text: str, /) -> None:
        """
        Send a notice to the other targets of the event's watch, or those of notices if it has none.

        It is on the disk afterwards. The same topic of the same delivery is one notice, however
        often it is sent: an attempt that is repeated after a crash sends none twice.

        Args:
            delivery: The delivery that it is about.
            topic: What it says, in a word or two.
            title: The headline.
            text: The body in plain words.

        """


async def notify_nobody(delivery: Delivery, topic: str, title: str, text: str, /) -> None:
    """Send nothing, where there are no other targets."""
    del delivery, topic, title, text
