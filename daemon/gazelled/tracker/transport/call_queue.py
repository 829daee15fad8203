"""Calls that wait for their turn, and who waits for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gazelled.errors import TrackerError
from gazelled.model import Answer, Call, Lane


class Queue(Protocol):
    """Where tickets wait: the dispatcher."""

    def leave(self, entry: Entry, ticket: Ticket) -> None:
        """Take an asker away from a call."""

    def expected(self, entry: Entry) -> float:
        """Return the seconds until a call is sent, as far as can be known."""


@dataclass(eq=False)
class Entry:
    """
    A request that waits or is under way, with all who asked for it.

    Attributes:
        call: What is asked.
        key: What makes two calls the same request.
        order: Its place in the queue: the time of asking plus the patience of the lane.
        number: Decides between equal places.
        tickets: Who waits for it.
        tries: How often it failed.
        began: When it was sent last.
        answers_before: How many answers there were when it failed for the first time.
        failing_since: Since when its action was failing then.

    """

    call: Call
    key: object
    order: float
    number: int
    tickets: set[Ticket] = field(default_factory=set)
    tries: int = 0
    began: float = 0.0
    answers_before: int = 0
    failing_since: datetime | None = None

    @property
    def asked_by_person(self) -> bool:
        """Whether a person waits for it, who wants to know how it is now."""
        return any(ticket.call.lane is Lane.PERSON for ticket in self.tickets)

    @property
    def catches_up(self) -> bool:
        """Whether nobody else waits for it."""
        return all(ticket.call.lane is Lane.CATCH_UP for ticket in self.tickets)

    def __lt__(self, other: Entry) -> bool:
        """Return whether it comes before another one."""
        return (self.order, self.number) < (other.order, other.number)


class Ticket:
    """
    One asker's part in a call: await it for the answer, cancel it, ask it how long.

    Args:
        queue: Where it waits.
        entry: What it waits for.
        call: What was asked, and in which lane.

    """

    def __init__(self, queue: Queue, entry: Entry, call: Call) -> None:
        self.call = call
        self._queue = queue
        self._entry = entry
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def answer(self) -> Answer:
        """
        Wait for the answer; cancelling the wait cancels the ticket.

        Raises:
            TrackerError: If there is none, by what can be done about it.

        """
        try:
            return await self.future
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Don't wait any longer; a call that nobody waits for isn't sent."""
        self.future.cancel()
        self._queue.leave(self._entry, self)

    def fail(self, problem: TrackerError) -> None:
        """Tell the asker that there is no answer."""
        if not self.future.done():
            self.future.set_exception(problem)

    def expected(self) -> float:
        """Tell the seconds until the request is sent, as far as can be known; 0 once it is."""
        return self._queue.expected(self._entry)
