"""The sentinel: one request that names what is new, so that much else need not be asked for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from gazelled.clock import Clock
from gazelled.model import Answer, Call, Lane
from gazelled.tracker.listing import Listing

SENTINEL = "get_user_notifications"
"""The action that names news, blog and messages which are new; by itself a source, too."""

ANYWAY = timedelta(days=1)
FRESH = timedelta(minutes=15)
"""How long an answer of the sentinel serves all that ask for it."""


def heralded(calls: Mapping[str, Listing | None]) -> frozenset[str]:
    """
    Tell which sources are asked only when the sentinel names something new, and once a day anyway.

    With a single one to ask, the sentinel would save nothing.

    Args:
        calls: How each source is read, by its name; None for one that must be asked each time,
            since it serves more than what is new.

    """
    named = {name for name, listing in calls.items() if listing and listing.heralds}
    return frozenset(named if len(named | (calls.keys() & {SENTINEL})) > 1 else ())


class Memory(Protocol):
    """Where is kept what the sentinel named when a source was asked."""

    async def recall(self, key: str) -> str | None:
        """Return what was remembered last."""

    async def remember(self, key: str, value: str | None) -> None:
        """Keep a text; None forgets it."""


class Sentinel:
    """
    Tells whether a source needs to be asked.

    Args:
        ask: Asks the tracker.
        memory: The store.
        clock: The time of day.

    """

    def __init__(
        self, ask: Callable[[Call], Awaitable[Answer]], memory: Memory, clock: Clock
    ) -> None:
        self._ask = ask
        self._memory = memory
        self._clock = clock
        self._last: tuple[datetime, object] | None = None

    def saw(self, answer: Answer) -> None:
        """Learn from an answer that somebody else asked for."""
        if answer.call.action == SENTINEL:
            self._last = (self._clock.now(), answer.payload)

    async def names(self, source: str, heralds: tuple[str, ...], lane: Lane) -> str:
        """
        Tell what is new for a source: a text to remember once it was asked, or nothing.

        Args:
            source: The source.
            heralds: The types of notifications that are about it.
            lane: Who asks.

        Raises:
            TrackerError: If the tracker can't be asked.

        """
        now = self._clock.now()
        if self._last is None or now - self._last[0] >= FRESH:
            self.saw(await self._ask(Call(SENTINEL, (), lane)))
        payload = self._last[1] if self._last else None
        told = payload if isinstance(payload, dict) else {}  # without any it is an empty list
        named = {each: told[each] for each in heralds if each in told}
        kept = json.loads(await self._memory.recall(_key(source)) or "{}")
        due = datetime.fromisoformat(kept["at"]) + ANYWAY if kept else now
        if now >= due or any(_new(entry, kept["named"].get(each)) for each, entry in named.items()):
            return json.dumps({"at": now.isoformat(), "named": named})
        if kept["named"] != named:  # what was read may be named with the same words again
            await self.asked(source, json.dumps(kept | {"named": named}))
        return ""

    async def asked(self, source: str, named: str) -> None:
        """Remember that a source was asked, since the sentinel named this."""
        await self._memory.remember(_key(source), named)


def _new(entry: object, before: object) -> bool:
    """Tell whether an entry may be about something else than before; that on messages has no id."""
    unnamed = isinstance(entry, dict) and not entry.get("id")
    return unnamed or entry != before


def _key(source: str) -> str:
    return f"heralded:{source}"
